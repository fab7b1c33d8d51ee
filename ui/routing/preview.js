// Asking the plan: who would get such a lead now, and why. Nothing is stored.

import { api } from "../kit/api.js";
import { outcomeChip, outcomeText, stepsOf } from "./steps.js";
import { initials, tone } from "../kit/words.js";

const FIELDS = ["state", "city", "lead_source", "language", "campaign", "team"];
const SOON_MS = 300;

export function preview() {
  let asked = 0;
  let soon = 0;
  return {
    draft: Object.fromEntries(FIELDS.map((field) => [field, ""])),
    states: [],
    sources: [],
    answer: null,
    problem: null,
    busy: false,
    allCandidates: false,

    async init() {
      // An answer given by a plan that has changed since would mislead.
      window.addEventListener("fairlead:plan", () => { if (this.answer) soon ||= setTimeout(() => { soon = 0; this.ask(); }, SOON_MS); });
      const lists = await Promise.allSettled([api.get("/api/states"), api.get("/api/lead-sources")]);
      [this.states, this.sources] = lists.map(({ value }) => value?.items ?? []);
    },

    async ask() {
      const turn = ++asked;
      const lead = Object.fromEntries(Object.entries(this.draft).filter(([, value]) => value.trim()));
      this.busy = true;
      try {
        const answer = await api.post("/api/leads/preview", lead);
        if (turn === asked) { this.answer = answer; this.problem = null; }
      } catch (problem) {
        if (turn === asked) { this.problem = problem; this.answer = null; }
      } finally {
        if (turn === asked) this.busy = false;
      }
    },

    errorAt(field) { return this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },
    get isQueued() { return !this.answer?.caller; },
    get who() { return this.answer?.caller?.name ?? "It would wait in the queue"; },
    get steps() { return stepsOf(this.answer?.explanation, this.answer?.state, this.allCandidates); },
    outcomeChip, outcomeText, initials, tone,
  };
}
