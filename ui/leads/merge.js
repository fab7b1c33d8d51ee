// Merging a lead's contact with that of another lead, which is searched for. Lives inside the contact's part of the panel.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { exact, relative } from "../kit/time.js";
import { phone, plural } from "../kit/words.js";

const SEARCH_PAUSE_MS = 250;
const MOST_SHOWN = 20;
// A page of the server's: the contact's own leads, who often have the name searched for, take up to 100 of it.
const MOST_ASKED = 200;

export function merge() {
  let typing = 0;
  let asked = 0;
  return form({
    search: "",
    found: null,
    more: false,
    holders: [],

    typed() {
      clearTimeout(typing);
      typing = setTimeout(() => this.look(), SEARCH_PAUSE_MS);
    },

    async look() {
      clearTimeout(typing);
      const turn = ++asked;
      const wanted = this.search.trim();
      try {
        const page = wanted && (await api.get(`/api/leads?${new URLSearchParams({ search: wanted, limit: MOST_ASKED })}`));
        if (turn !== asked) return;
        this.problem = null;
        this.show(page);
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      }
    },

    show(page) {
      const own = new Set([this.lead.id, ...this.lead.contact.leads.map(({ id }) => id)]);
      const others = page ? page.items.filter(({ id }) => !own.has(id)) : [];
      this.more = page ? others.length > MOST_SHOWN || Boolean(page.next) : false;
      this.found = page ? others.slice(0, MOST_SHOWN).map(match) : null;
      if (!others.some(({ id }) => id === this.draft.into)) this.draft.into = "";
    },

    get into() { return this.found?.find(({ id }) => id === this.draft.into) ?? null; },
    get question() { return this.into ? `Merge with the contact of ${this.into.name}?` : ""; },
    get foundText() {
      if (!this.found) return "";
      if (!this.found.length) return this.more ? "Too many leads match. Write more." : "No other lead matches.";
      return this.more ? `The newest ${this.found.length} that match. Write more to see others.` : plural(this.found.length, "lead matches", "leads match");
    },

    action: "Merge",
    blank: () => ({ into: "", hand_over: "" }),
    check: (draft) => ({ into: !draft.into && "Search for a lead of the other contact, and choose it." }),
    bodyOf: (draft) => ({ into: draft.into, hand_over: draft.hand_over || null }),
    async send(body) {
      const lead = await api.post(`/api/leads/${this.lead.id}/merge`, body);
      note(`Merged with the contact of ${this.into.name}.`);
      return lead;
    },
    saved(lead) {
      this.reset();
      this.merged(lead);
    },
    async refused(problem) {
      if (problem.at("hand_over") && !this.draft.hand_over) await this.askWho(problem);
      else this.problem = problem;
    },

    /** Open leads of the two are with different callers: who gets them all? Who has the most is proposed. */
    async askWho(problem) {
      try {
        const other = await api.get(`/api/leads/${this.draft.into}`);
        const open = [...this.lead.contact.leads, ...other.contact.leads].filter((lead) => lead.assignment_status === "assigned");
        const callers = new Map(open.map(({ caller }) => [caller.id, caller.name]));
        this.holders = [...callers]
          .map(([id, name]) => ({ id, name, open: open.filter(({ caller }) => caller.id === id).length }))
          .sort((a, b) => b.open - a.open)
          .map((holder) => ({ ...holder, label: `${holder.name} gets all of them`, has: `has ${plural(holder.open, "open lead")} now` }));
        this.draft.hand_over = this.holders[0]?.id ?? "";
      } catch {
        this.problem = problem;
      }
      focusOn(() => this.$refs.holders.querySelector("input:checked") ?? this.$refs.submit);
    },
    get isAsking() { return this.holders.length > 0; },

    chosen() {
      Object.assign(this, { missing: {}, problem: null, holders: [] });
      this.draft.hand_over = "";
    },
    close() {
      this.take(null);
      this.reset();
      this.stopMerge();
    },
    reset() {
      asked++;
      clearTimeout(typing);
      Object.assign(this, { search: "", found: null, more: false, holders: [] });
    },
  });
}

function match(lead) {
  return {
    id: lead.id,
    name: lead.name || phone(lead.phone) || "No name",
    phone: lead.name ? phone(lead.phone) || "No phone" : "",
    date: relative(lead.created_at),
    received: exact(lead.created_at),
  };
}
