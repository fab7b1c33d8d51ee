// Reports: the period they are about, and whether its leads were shared out fairly.

import { api } from "../kit/api.js";
import { addDays, dates, day, today } from "../kit/time.js";
import { count, plural } from "../kit/words.js";

const FEW = 12;
// A rotation that has not come round leaves somebody a lead ahead; only more than that is worth a word.
const A_LEAD = 1;

const decimals = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1, signDisplay: "exceptZero" });

export function reports() {
  let asked = 0;
  let asking = false;
  let wanted = {};
  return {
    period: { period: "7-days", from: "", to: "" },
    items: [],
    loading: true,
    problem: null,
    all: false,
    most: 1,

    init() {
      this.period.from = addDays(today(), -6);
      this.period.to = today();
      window.addEventListener("fairlead:retry", () => { if (this.problem) this.reload(); });
      this.reload();
    },

    /** The dates chosen, both included; `to` may be missing. */
    get days() { return dates(this.period); },
    get dateProblem() {
      const { from, to } = this.days;
      if (!from) return "Choose the first day.";
      return to && to < from ? "The last day comes before the first." : null;
    },
    get periodText() {
      if (this.dateProblem) return "";
      const { from, to } = this.days;
      const last = to ?? today();
      return from === last ? day(from) : `${day(from)} to ${day(last)}`;
    },
    /** The period as the API wants it: dates in the workspace's timezone, the last one not included. */
    get span() {
      const { from, to } = this.days;
      return { from, ...(to ? { until: addDays(to, 1) } : {}) };
    },

    changed() { if (!this.dateProblem) this.reload(); },

    /** One question at a time, since a person may have only a few that take long: the newest period counts. */
    async reload() {
      asked++;
      wanted = this.span;
      this.loading = true;
      if (asking) return;
      asking = true;
      for (let turn = 0; turn !== asked;) {
        turn = asked;
        const answer = await this.ask(wanted);
        if (turn === asked) Object.assign(this, answer);
      }
      asking = false;
      this.loading = false;
    },

    async ask(span) {
      try {
        const items = ranked((await api.get(`/api/fairness?${new URLSearchParams(span)}`)).items);
        return { items, most: Math.max(1, ...items.map(({ given, expected }) => Math.max(given, expected))), problem: null };
      } catch (problem) {
        return { items: [], problem };
      }
    },

    get shown() { return this.all ? this.items : this.items.slice(0, FEW); },
    get hidden() { return this.items.length - this.shown.length; },
    get allText() { return `Show all ${count(this.items.length)} callers`; },
    showAll() { this.all = true; },

    get listed() { return !this.dateProblem && this.items.some(({ eligible, given }) => eligible || given); },
    get isEmpty() { return !this.loading && !this.problem && !this.dateProblem && !this.listed; },
    get verdict() {
      const [first] = this.items;
      if (!first) return "";
      const given = this.items.reduce((sum, caller) => sum + caller.given, 0);
      const says = `${plural(given, "lead")} assigned. `;
      if (first.way === "none") return `${says}Nobody is more than one lead off the share due.`;
      return `${says}Furthest off is ${first.name}: ${first.words} than the ${decimals.format(first.expected)} due.`;
    },

    width(value) { return { width: `${(value / this.most) * 100}%` }; },
    left(value) { return { left: `${(value / this.most) * 100}%` }; },
    number: count,
    oneDecimal: (value) => decimals.format(value),
  };
}

/** Whoever is furthest from the share due comes first. */
function ranked(items) {
  return items
    .map((caller) => ({ ...caller, ...inWords(caller) }))
    .sort((one, other) => Math.abs(other.difference) - Math.abs(one.difference) || one.name.localeCompare(other.name));
}

/** The difference as words, and which way it goes. */
function inWords({ eligible, given, difference }) {
  if (!eligible && !given) return { words: "Never free", way: "none" };
  const size = Math.round(Math.abs(difference) * 10) / 10;
  if (!size) return { words: "As due", way: "none" };
  if (size <= A_LEAD) return { words: `As due (${signed.format(difference)})`, way: "none" };
  const way = difference > 0 ? "more" : "fewer";
  return { words: `${decimals.format(size)} ${way}`, way };
}
