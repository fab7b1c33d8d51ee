// The plan: its rules in order, what each would take, moved by button or by dragging, switched on and off, archived.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { focusOn } from "../kit/focus.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { duration, strategyOf, whomOf } from "./words.js";
import { count, plural } from "../kit/words.js";

export function plan() {
  let storing = false;
  let last = null; // moved
  let counted = 0;
  return list({
    list: "rules",
    path: "/api/rules",
    fills: "rules",
    refresh: ["rule"],
    reach: {},
    names: new Map(), // of callers that rules name
    busy: "",
    dragged: null,
    target: { id: null, side: "" },

    init() {
      window.addEventListener("rule:saved", ({ detail }) => this.saved(detail));
      this.arrange();
      return this.start();
    },

    /** While an order is being stored, what storing is answered with is newer. */
    receive(answer) { if (!storing) this.show(answer); },
    show({ items }) {
      this.rules = items;
      window.dispatchEvent(new CustomEvent("fairlead:plan"));
      this.loadReach();
      if (items.some(({ callers }) => callers.some((id) => !this.names.has(id)))) this.loadNames();
    },

    /** What each rule fits of the leads of late; it takes longer to count, and the list stands meanwhile. */
    async loadReach() {
      const turn = ++counted;
      try {
        const { items } = await api.get("/api/rules/reach");
        if (turn === counted) this.reach = Object.fromEntries(items.map((item) => [item.id, item]));
      } catch {
        // The rules can be read without.
      }
    },
    async loadNames() {
      try {
        this.names = new Map((await api.get("/api/callers")).items.map(({ id, name }) => [id, name]));
      } catch {
        // A caller without a name is shown as a gap.
      }
    },

    async saved({ rule, isNew }) {
      await this.reload();
      const next = this.rules.find(({ step }) => step === rule.step + 1);
      const where = next ? `before ${next.name}` : "at the end of the plan";
      note(isNew ? `${rule.name} is added ${where}.` : `${rule.name} is saved.`);
    },

    get cards() {
      return this.rules.map((rule, index) => ({
        ...rule,
        first: index === 0,
        last: index === this.rules.length - 1,
        whom: whomOf(rule, this.names),
        fits: this.fitsText(rule),
        fitsNone: this.fitsNone(rule),
        how: strategyOf(rule.strategy),
        claim: rule.claim_minutes ? `Claimed within ${duration(rule.claim_minutes)}, or assigned again; after ${plural(rule.most_expiries, "time")} held in the queue` : "",
      }));
    },
    icon(name) { return `#i-${name}`; },
    fitsNone({ id, condition }) { return Boolean(condition) && Boolean(this.reach[id]?.leads) && !this.reach[id].matched; },
    fitsText(rule) {
      const { leads, matched } = this.reach[rule.id] ?? {};
      if (leads === undefined || rule.old_condition) return "";
      if (!leads) return "No leads yet";
      const of = leads === 1 ? "the only lead" : `the last ${count(leads)} leads`;
      if (this.fitsNone(rule)) return `None of ${of}`;
      return `${count(matched)} of ${of}`;
    },
    unreached(card) { return card.hidden_by ? `Never reached: ${card.hidden_by.name} before it takes every lead.` : ""; },
    /** Before the rule that takes everything. */
    lift(card) { this.moveTo(card.id, this.rules.findIndex(({ id }) => id === card.hidden_by.id), "down"); },

    add() { window.dispatchEvent(new CustomEvent("rule:edit", { detail: null })); },
    edit(card) { window.dispatchEvent(new CustomEvent("rule:edit", { detail: this.rules.find(({ id }) => id === card.id) })); },

    async toggle(card) {
      if (card.old_condition) {
        this.edit(card);
        return;
      }
      const rule = this.rules.find(({ id }) => id === card.id);
      this.busy = card.id;
      try {
        const saved = await api.put(`/api/rules/${card.id}`, { ...rule, is_on: !rule.is_on }, { match: rule.etag });
        this.show({ items: this.rules.map((other) => (other.id === saved.id ? { ...other, ...saved } : other)) });
        note(saved.is_on ? `${saved.name} is on: leads are assigned by it.` : `${saved.name} is off and passed over.`);
      } catch (problem) {
        note(`${card.name} was not changed. ${problem.message}`);
        if (problem.status === 412) this.reload();
      } finally {
        this.busy = "";
      }
    },

    // Order

    up(card) { this.moveTo(card.id, card.step - 2, "up"); },
    down(card) { this.moveTo(card.id, card.step, "down"); },

    /**
     * To a place counted from 0; what is moved while an order is being stored is stored after it. The focus goes along
     * with the rule, whichever way it was moved.
     */
    async moveTo(id, index, by) {
      const before = this.rules;
      const moved = before.find((rule) => rule.id === id);
      const others = before.filter((rule) => rule.id !== id);
      const after = [...others.slice(0, index), moved, ...others.slice(index)].map((rule, place) => ({ ...rule, step: place + 1 }));
      if ((this.busy && !storing) || after.every((rule, place) => rule.id === before[place].id)) return;
      last = { id, by, name: moved.name };
      this.rules = after;
      this.refocus(last);
      if (!storing) await this.store(before);
    },

    async store(before) {
      let stored = { items: before };
      let ids = [];
      storing = true;
      try {
        while (`${ids}` !== `${this.rules.map((rule) => rule.id)}`) {
          this.busy = last.id;
          ids = this.rules.map((rule) => rule.id);
          stored = await api.put("/api/rules/order", { ids });
        }
        note(`${last.name} is now rule ${ids.indexOf(last.id) + 1} of ${ids.length}.`);
      } catch (problem) {
        note(`${last.name} was not moved. ${problem.message}`);
        if (problem.status === 409) setTimeout(() => this.reload());
      } finally {
        storing = false;
        this.busy = "";
        this.show(stored);
        this.refocus(last);
      }
    },

    refocus({ id, by }) {
      if (!by) return;
      focusOn(() => {
        const buttons = [...document.querySelectorAll(`[data-rule="${CSS.escape(id)}"] [data-move]:not(:disabled)`)];
        return buttons.find((button) => button.dataset.move === by) ?? buttons[0];
      });
    },

    drag(event, card) {
      this.dragged = card.id;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", card.name);
      event.dataTransfer.setDragImage(event.target.closest("[data-rule]"), 24, 24);
    },
    aim(event, card) {
      if (!this.dragged) return;
      event.preventDefault();
      const { top, height } = event.currentTarget.getBoundingClientRect();
      this.target = { id: card.id, side: event.clientY < top + height / 2 ? "above" : "below" };
    },
    sideOf(card) { return this.dragged && this.dragged !== card.id && this.target.id === card.id ? this.target.side : null; },
    drop(event) {
      event.preventDefault();
      const { dragged, target } = this;
      this.endDrag();
      const others = this.rules.filter(({ id }) => id !== dragged);
      const index = others.findIndex(({ id }) => id === target.id);
      if (dragged && index >= 0) this.moveTo(dragged, index + (target.side === "below" ? 1 : 0), "");
    },
    endDrag() {
      this.dragged = null;
      this.target = { id: null, side: "" };
    },

    archive({ id, name }) {
      const { etag: match } = this.rules.find((rule) => rule.id === id);
      ask({
        title: `Archive ${name}?`, action: "Archive",
        text: "No lead is assigned by it from now on. What it assigned stays as it is, and the history keeps it.",
        run: () => api.delete(`/api/rules/${id}`, { match }),
        done: async () => {
          await this.reload();
          note(`${name} is archived.`, { label: "Undo", act: () => restore(id, name) });
        },
      });
    },
  });
}

/** The list hears of it by the feed. */
async function restore(id, name) {
  try {
    await api.post(`/api/rules/${id}/restore`);
    note(`${name} is back in the plan.`);
  } catch (problem) {
    note(problem.message);
  }
}
