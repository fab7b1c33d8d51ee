// Part of a component that shows rows of an import by outcome, a page at a time. The component has `path`.

import { api } from "../kit/api.js";
import { count, initials, phone, tone } from "../kit/words.js";

const PAGE = 25;

export function rowPages() {
  let asked = 0;
  return {
    outcome: null,
    rows: [],
    nextRow: null,
    rowsLoading: false,
    rowsProblem: null,

    async open(outcome) {
      this.outcome = outcome;
      this.rows = [];
      this.nextRow = null;
      await this.moreRows();
    },
    close() {
      asked++;
      this.outcome = null;
      this.rows = [];
    },

    async moreRows() {
      const turn = ++asked;
      const { outcome } = this;
      this.rowsLoading = true;
      this.rowsProblem = null;
      try {
        const after = this.nextRow === null ? "" : `&after=${encodeURIComponent(this.nextRow)}`;
        const page = await api.get(`${this.path}/rows?outcome=${outcome}&limit=${PAGE}${after}`);
        if (turn !== asked) return;
        this.rows = [...this.rows, ...page.items.map(readable)];
        this.nextRow = page.next;
      } catch (problem) {
        if (turn === asked) this.rowsProblem = problem.message;
      } finally {
        if (turn === asked) this.rowsLoading = false;
      }
    },
    showsLead() { return this.outcome !== "refused"; },
    showsWhy() { return this.outcome === "refused" || this.outcome === "duplicate"; },
    rowsMore() { return this.nextRow !== null && !this.rowsLoading; },
    callerOf(row) { return row.caller_name ?? (row.status === "queued" ? "In the queue" : ""); },
    number: count,
    initials, tone,
    noRows() { return !this.rowsLoading && !this.rowsProblem && !this.rows.length; },
  };
}

/** A row with what its cells show. */
function readable(row) {
  const lead = row.lead ?? {};
  return {
    ...row,
    name: lead.name || lead.phone || lead.email || "No name",
    phone: phone(lead.phone),
    email: lead.email ?? "",
    city: lead.city ?? "",
    state: lead.state ?? "",
    reason: row.reason ?? "",
    href: row.lead_id ? `/leads/${row.lead_id}` : null,
  };
}
