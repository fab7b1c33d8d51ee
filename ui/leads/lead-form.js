// The dialog that edits what a lead says, or adds a lead: that one says at once who would get it.

import { api } from "../kit/api.js";
import { bodyOf, maybe } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { budgetDraft } from "./details.js";

const SOON_MS = 400;

const phones = {
  blank: () => "",
  edit: (list) => (list ?? []).join(", "),
  send: (value) => value.split(/[,;]/).map((one) => one.trim()).filter(Boolean),
};
const budget = { blank: () => "", edit: budgetDraft, send: maybe.send };
const months = { blank: () => "", edit: (value) => String(value ?? ""), send: maybe.send };
const FIELDS = {
  name: maybe, first_name: maybe, last_name: maybe, phone: maybe, other_phones: phones, email: maybe, company: maybe, job_title: maybe,
  city: maybe, state: maybe, country: maybe, language: maybe, lead_source: maybe, medium: maybe, term: maybe,
  product: maybe, budget, authority: maybe, timeline_months: months, message: maybe,
};

/** The button that opens it for a new lead. */
export const addLead = () => ({ add() { window.dispatchEvent(new CustomEvent("lead:edit", { detail: null })); } });

export function leadForm() {
  let soon = 0;
  let asked = 0;
  return form({
    path: "/api/leads",
    noun: "lead",
    verb: "patch",
    fields: FIELDS,
    states: [],
    sources: [],
    answer: null,
    moreOpen: false,

    async opened(lead) {
      Object.assign(this, { answer: null, moreOpen: Boolean(lead) });
      if (this.states.length) return;
      const lists = await Promise.allSettled([api.get("/api/states"), api.get("/api/lead-sources")]);
      [this.states, this.sources] = lists.map(({ value }) => value?.items ?? []);
    },

    /** Of an edit, what is different; of a new lead, what is said. */
    bodyOf(draft) {
      const before = JSON.parse(this.before);
      const sent = Object.entries(bodyOf(FIELDS, draft)).filter(([name, value]) => (this.isNew ? value !== null && name !== "other_phones" : draft[name] !== before[name]));
      return Object.fromEntries(sent);
    },
    saved(lead, isNew) {
      const holder = lead.assigned_caller ? `with ${lead.assigned_caller.name}` : "in the queue";
      note(isNew ? `${lead.name ?? "The lead"} is added, ${holder}.` : `${lead.name ?? "The lead"} is saved.`);
      window.dispatchEvent(new CustomEvent("lead:saved", { detail: lead }));
    },

    // Who would get it

    typed() {
      if (!this.isNew) return;
      clearTimeout(soon);
      soon = setTimeout(() => this.askWho(), SOON_MS);
    },
    async askWho() {
      const turn = ++asked;
      const answer = await api.post("/api/leads/preview", this.bodyOf(this.draft)).catch(() => null);
      if (turn === asked) this.answer = answer;
    },
    get whoText() {
      if (!this.answer) return "A name, a phone or an e-mail must be there. Who would get the lead stands here.";
      return `${this.answer.caller ? `${this.answer.caller.name} would get it` : "It would wait in the queue"}: ${this.answer.reason}`;
    },
    get placeHint() { return this.isNew ? "" : "Another state or city moves the lead to nobody else: reassign it, if somebody else is to have it."; },
    toggleMore() { this.moreOpen = !this.moreOpen; },
    /** A mistake in what is folded away is shown. */
    faulted() { this.moreOpen = true; },
  });
}
