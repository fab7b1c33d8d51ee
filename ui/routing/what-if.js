// What if: the leads of the period of the reports assigned again under other settings, beside what happened.

import { api } from "../kit/api.js";
import { form } from "../kit/form.js";
import { count, plural } from "../kit/words.js";

const NUMBERS = ["daily_limit", "max_load", "weight"];
const FEW = 12;

const draftOf = ({ id, name, status, ...caller }) => ({
  id, name, active: status === "active", ...Object.fromEntries(NUMBERS.map((field) => [field, String(caller[field])])),
});

export function whatIf() {
  let ticking = 0;
  return form({
    asIs: {},
    elapsed: 0,
    rows: [],
    most: 1,
    asked: "",
    every: false,

    init() {
      this.start();
      this.load();
      window.addEventListener("fairlead:retry", () => { if (!this.draft.callers.length) this.load(); });
    },

    async load() {
      try {
        const { items } = await api.get("/api/callers");
        this.asIs = Object.fromEntries(items.map((caller) => [caller.id, draftOf(caller)]));
        this.take(null);
      } catch (problem) {
        this.problem = problem;
      }
    },

    toggle(caller) { caller.active = !caller.active; },
    differs(caller, field) { return String(caller[field]) !== String(this.asIs[caller.id][field]); },
    isOther(caller) { return ["active", ...NUMBERS].some((field) => this.differs(caller, field)); },
    get changedCallers() { return this.draft.callers.filter((caller) => this.isOther(caller)); },
    get anyChange() { return !!this.draft.strategy || this.changedCallers.length > 0; },
    get changedText() { return this.changedCallers.length ? `(${count(this.changedCallers.length)} changed)` : "(as they are now)"; },

    blank() { return { strategy: "", callers: Object.values(this.asIs).map((caller) => ({ ...caller })) }; },
    /** What to ask for: only what is to be different. */
    bodyOf({ strategy }) {
      const change = (caller) => ({
        ...(this.differs(caller, "active") ? { status: caller.active ? "active" : "paused" } : {}),
        ...Object.fromEntries(NUMBERS.filter((field) => this.differs(caller, field)).map((field) => [field, Number(caller[field])])),
      });
      return {
        ...this.span,
        ...(strategy ? { strategy } : {}),
        callers: Object.fromEntries(this.changedCallers.map((caller) => [caller.id, change(caller)])),
      };
    },
    get wanted() { return JSON.stringify(this.bodyOf(this.draft)); },
    get stale() { return this.rows.length > 0 && this.wanted !== this.asked; },
    /** What was tried has been seen, and may be left. */
    get isChanged() { return this.anyChange && this.wanted !== this.asked; },

    async send(body) {
      const began = performance.now();
      this.elapsed = 0;
      ticking = setInterval(() => { this.elapsed = Math.floor((performance.now() - began) / 1000); }, 250);
      try {
        return await api.post("/api/simulate", body);
      } finally {
        clearInterval(ticking);
        this.asked = JSON.stringify(body);
      }
    },
    settle({ items }) {
      this.rows = ranked(items.filter(({ id, happened, simulated }) => !id || happened || simulated || this.asIs[id]));
      this.most = Math.max(1, ...items.map(({ happened, simulated }) => Math.max(happened, simulated)));
    },

    get elapsedText() { return this.elapsed ? `${this.elapsed} s` : ""; },
    get problemText() { return this.problem?.besides([]) ?? null; },

    get shownRows() { return this.every || this.rows.length <= FEW ? this.rows : [...this.rows.slice(0, FEW), this.rows.at(-1)]; },
    get allRowsText() { return `Show all ${count(this.rows.length - 1)} callers`; },
    showAllRows() { this.every = true; },

    get says() { return this.busy || !this.rows.length ? "" : sentence(this.rows); },
    share(value) { return { width: `${(value / this.most) * 100}%` }; },
  });
}

/** Whose number would change most comes first; the queue stands at the end, where nobody has to look for it. */
function ranked(items) {
  const rows = items.map((item) => ({
    ...item, key: item.id ?? "queue", label: item.name ?? "In the queue at first", change: item.simulated - item.happened, ...inWords(item),
  }));
  const size = ({ change }) => Math.abs(change);
  const callers = rows.filter(({ id }) => id).sort((one, other) => size(other) - size(one) || one.name.localeCompare(other.name));
  return [...callers, ...rows.filter(({ id }) => !id)];
}

function inWords({ happened, simulated }) {
  const change = simulated - happened;
  if (!change) return { words: "No change", way: "none" };
  return change > 0 ? { words: `${count(change)} more`, way: "more" } : { words: `${count(-change)} fewer`, way: "fewer" };
}

/** What would change most, and what that means for the queue. */
function sentence(rows) {
  const leads = rows.reduce((sum, { happened }) => sum + happened, 0);
  if (!leads) return "There are no leads in this period to try it with.";
  const [first] = rows;
  const queue = rows.at(-1);
  const waiting = queue.change ? ` ${plural(queue.simulated, "lead")} would have waited in the queue at first, not ${count(queue.happened)}.` : "";
  if (!first.id || !first.change) return waiting ? `Every caller would have got as many leads.${waiting}` : `Nothing would change: every caller would have got as many of the ${plural(leads, "lead")}.`;
  return `Most would change for ${first.name}: ${plural(first.simulated, "lead")}, not ${count(first.happened)}.${waiting}`;
}
