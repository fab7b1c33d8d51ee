// Logging what came of a call: one tap on the outcome, or a note and a call-back with it. Stands in the lead's panel.

import { api } from "../kit/api.js";
import { onEvents } from "../kit/feed.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { addDays, localMinute, momentOf, now, today } from "../kit/time.js";
import { activityText, dueText, entryOf, STATUSES } from "./words.js";

const HOUR = 3_600_000;
const MORNING = "10:00";
/** Has the panel show the lead as it is now. */
const changed = () => window.dispatchEvent(new CustomEvent("lead:changed"));

let known = null;
onEvents((events) => { if (events.some(({ subject }) => subject === "disposition")) known = null; });
const dispositions = () => (known ??= api.get("/api/dispositions").then(({ items }) => items, (problem) => { known = null; throw problem; }));

/** Not everywhere there is crypto.randomUUID(): behind TLS only. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function logCall() {
  let sent = { body: "", key: "" };
  return form({
    dispositions: [],
    callBack: false,
    meanwhile: "",

    init() {
      this.start();
      this.fetch();
      this.$watch("lead", () => this.fetch());
    },
    async fetch() {
      try {
        this.dispositions = await dispositions();
      } catch (problem) {
        this.problem = problem;
      }
    },

    blank: () => ({ disposition_id: null, body: "", when: "" }),
    get chosen() { return this.dispositions.find(({ id }) => id === this.draft.disposition_id) ?? null; },
    get asksWhen() { return this.callBack || Boolean(this.draft.when) || Boolean(this.chosen?.needs_time); },
    get action() { return this.chosen ? `Save “${this.chosen.name}”` : "Save note"; },
    get canSave() { return Boolean(this.chosen) || Boolean(this.draft.body.trim()); },
    get isLead() { return Boolean(this.lead) && !this.lead.is_test; },

    /** One tap, unless the outcome asks for more. */
    choose(disposition) {
      this.draft.disposition_id = disposition.id;
      this.submit();
    },
    inAnHour() { this.draft.when = localMinute(now() + HOUR); },
    tomorrow() { this.draft.when = `${addDays(today(), 1)}T${MORNING}`; },
    inAWeek() { this.draft.when = `${addDays(today(), 7)}T${MORNING}`; },
    askWhen() {
      this.callBack = true;
      focusOn(() => this.element.querySelector("[type=datetime-local]"));
    },

    check({ body, when }) {
      const { chosen } = this;
      return {
        body: chosen?.needs_note && !body.trim() && `With “${chosen.name}” goes a note: say in a few words why.`,
        task: chosen?.needs_time && !when && "Say when to call again.",
      };
    },
    bodyOf({ disposition_id: id, body, when }) {
      const said = { body: body.trim() || null, task: when ? { due_at: momentOf(when) } : null };
      return id ? { kind: "call", disposition_id: id, ...said } : { kind: "note", ...said };
    },
    /** What is sent again is stored once. */
    send(body) {
      const text = JSON.stringify(body);
      if (sent.body !== text) sent = { body: text, key: newKey() };
      this.meanwhile = "";
      return api.post(`/api/leads/${this.lead.id}/activities`, body, { match: this.lead.etag, key: sent.key });
    },
    saved({ activity, task, lead }) {
      sent = { body: "", key: "" };
      this.callBack = false;
      const told = [activityText(activity), task && `call again ${dueText(task)}`, lead.closed_at && "closed"].filter(Boolean);
      note(`${told.join("; ")}.`);
      changed();
    },
    /** Somebody was faster: what they did is told, and what was typed stays. */
    async refused(problem) {
      this.problem = problem;
      if (problem.status !== 412) return;
      sent = { body: "", key: "" };
      changed();
      const { items } = await api.get(`/api/leads/${this.lead.id}/timeline?limit=1`).catch(() => ({ items: [] }));
      const entry = items.length ? entryOf(items[0]) : null;
      this.problem = null;
      this.meanwhile = `Somebody was faster${entry ? `: ${entry.text} ${entry.by ?? ""}`.trimEnd() : ""}. Nothing of yours is stored yet: save it again if it still holds.`;
    },
    close() {
      this.take(null);
      Object.assign(this, { callBack: false, meanwhile: "" });
    },
  });
}

/** How far the lead has come, set by hand: what ends it asks why. */
export function leadProgress() {
  return {
    statuses: STATUSES,
    wanted: "",
    reason: "",
    problem: null,
    sending: false,

    get ends() { return STATUSES.some(({ id, ends }) => ends && id === this.wanted); },
    get current() { return this.wanted || (this.lead ? this.lead.status : "new"); },

    choose(event) {
      Object.assign(this, { wanted: event.target.value, problem: null });
      if (!this.ends) this.store();
      else focusOn(() => this.$refs.reason);
    },
    async store() {
      if (this.sending) return;
      Object.assign(this, { sending: true, problem: null });
      try {
        await api.put(`/api/leads/${this.lead.id}/status`, { status: this.wanted, reason: this.reason.trim() || null }, { match: this.lead.etag });
        Object.assign(this, { wanted: "", reason: "" });
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.sending = false;
      }
      changed();
      focusOn(() => this.$refs.progress);
    },
    cancel() {
      Object.assign(this, { wanted: "", reason: "", problem: null });
      focusOn(() => this.$refs.progress);
    },
  };
}

/** What is still to be done about the lead. */
export function leadTasks() {
  let asked = 0;
  return {
    tasks: [],
    busy: "",

    init() {
      this.fetch();
      this.$watch("lead", () => this.fetch());
    },
    async fetch() {
      if (!this.lead) return;
      const turn = ++asked;
      try {
        const { items } = await api.get(`/api/tasks?lead_id=${this.lead.id}`);
        if (turn === asked) this.tasks = items;
      } catch { /* the panel says that the server cannot be reached */ }
    },
    async finish(task) {
      this.busy = task.id;
      try {
        await api.post(`/api/tasks/${task.id}/done`, undefined, { match: task.etag });
        note(`Done: ${task.title}.`);
      } catch (problem) {
        note(problem.message);
      } finally {
        this.busy = "";
      }
      this.fetch();
    },
    isLate: ({ due_date: date }) => date < today(),
    dueText,
  };
}
