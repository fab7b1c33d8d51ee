// A caller's own leads: first what is to be claimed, what ends soonest at the top; then the other open ones; then those closed.
// The feed says only that something has happened to them, so then they are fetched again.

import { api } from "../kit/api.js";
import { filterParts, queryOf } from "./filters.js";
import { list } from "../kit/list.js";
import { address } from "../kit/live.js";
import { fillLead } from "./row.js";
import { note } from "../kit/notes.js";
import { isUnclaimed, phone, plural } from "../kit/words.js";

const PAGE = 100;

export function myLeads() {
  let rows = null;
  let shownBy = null;
  return list({
    ...filterParts(),
    list: "my-leads",
    noun: "lead",
    refresh: ["own_leads"],
    open: [],
    closed: [],

    init() {
      rows = this.windowFor(fillLead);
      this.startChoices();
      // The time left to claim is told by the second.
      setInterval(() => rows.refillAll(), 1_000);
      this.arrange();
      this.loadOnScroll();
      return this.start();
    },

    /** All open ones, and as many of those closed as were shown; or more of those. */
    async request({ after = null } = {}) {
      if (after) return this.fetch("closed", PAGE, after);
      const [open, closed] = await Promise.all([this.fetch("assigned", Infinity), this.fetch("closed", Math.max(PAGE, this.closed.length))]);
      return { open: open.items, closed };
    },
    receive({ open, closed }) {
      const by = JSON.stringify(this.filters);
      const before = shownBy === by ? new Set([...this.open, ...this.closed].map(({ id }) => id)) : null;
      shownBy = by;
      this.open = open.sort(mostUrgentFirst);
      this.closed = closed.items;
      this.next = closed.next;
      this.draw(before ? this.open.filter(({ id }) => !before.has(id)) : []);
    },
    extend({ items, next }) {
      this.closed = [...this.closed, ...items];
      this.next = next;
      this.draw([]);
    },

    /** The leads of one status that the filters let through, `most` of them or a page more, and where the rest begins. */
    async fetch(status, most, after = null) {
      if (this.filters.status && this.filters.status !== status) return { items: [], next: null };
      const items = [];
      let next = after;
      do {
        const page = await api.get(address("/api/leads", { ...queryOf({ ...this.filters, status }), limit: PAGE, after: next }));
        items.push(...page.items);
        ({ next } = page);
      } while (next && items.length < most);
      return { items, next };
    },

    draw(arrived) {
      rows.replace([...this.open, ...this.closed]);
      rows.arrive(new Set(arrived.map(({ id }) => id)));
      rows.refillAll();
      this.settle();
      if (arrived.length) note(arrived.length > 1 ? `${arrived.length} new leads.` : `New lead: ${arrived[0].name || phone(arrived[0].phone) || "no name"}.`);
    },

    get listed() { return this.open.length + this.closed.length; },
    get summary() {
      if (this.loading || (this.problem && !this.listed)) return "";
      const unclaimed = this.open.filter(isUnclaimed).length;
      return unclaimed ? `${plural(unclaimed, "lead")} to claim` : "Nothing to claim just now";
    },
    get countText() { return this.listed ? `${this.open.length} assigned, ${this.closed.length}${this.next ? " or more" : ""} closed` : ""; },
  });
}

/** What is to be claimed, by the time left; then what came last. */
function mostUrgentFirst(one, other) {
  const [here, there] = [one, other].map(isUnclaimed);
  if (here !== there) return there - here;
  return here ? Date.parse(one.claim_by) - Date.parse(other.claim_by) : Date.parse(other.assigned_at) - Date.parse(one.assigned_at);
}
