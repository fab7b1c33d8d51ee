// Asking the plan: who would get such a lead now, and why. Nothing is stored.

import { api } from "../kit/api.js";
import { form } from "../kit/form.js";
import { initials, tone } from "../kit/words.js";
import { outcomeChip, outcomeText, stepsOf } from "./steps.js";

const SOON_MS = 300;

export function preview() {
  let soon = 0;
  return form({
    keeps: false,
    states: [],
    sources: [],
    answer: null,
    allCandidates: false,

    async init() {
      this.start();
      // An answer given by a plan that has changed since would mislead. Asked by itself, it takes the focus from nobody.
      window.addEventListener("fairlead:plan", () => { if (this.answer) soon ||= setTimeout(() => { soon = 0; this.store(); }, SOON_MS); });
      const lists = await Promise.allSettled([api.get("/api/states"), api.get("/api/lead-sources")]);
      [this.states, this.sources] = lists.map(({ value }) => value?.items ?? []);
    },

    blank: () => ({ state: "", city: "", lead_source: "", language: "", campaign: "", team: "" }),
    bodyOf: (draft) => Object.fromEntries(Object.entries(draft).filter(([, value]) => value.trim())),
    send: (lead) => api.post("/api/leads/preview", lead),
    settle(answer) { this.answer = answer; },
    refused(problem) { Object.assign(this, { problem, answer: null }); },

    get isQueued() { return !this.answer?.caller; },
    get who() { return this.answer?.caller?.name ?? "It would wait in the queue"; },
    get steps() { return stepsOf(this.answer?.explanation, this.answer?.state, this.allCandidates); },
    outcomeChip, outcomeText, initials, tone,
  });
}
