// Rows of an import by outcome. Lives inside a component that has the `path` of the import and the `outcome`, or
// the `note`, that is shown.

import { api } from "../kit/api.js";
import { notRead } from "./notices.js";
import { list } from "../kit/list.js";
import { address } from "../kit/live.js";
import { count, initials, phone, tone } from "../kit/words.js";

// Where a lead is that nobody has.
const NOWHERE = { queued: "In the queue", test: "Test" };

export function importRows() {
  return list({
    list: "import-rows",
    fills: "rows",
    size: 25,
    read: readable,

    init() {
      for (const which of ["outcome", "note"]) this.$watch(which, () => { this.rows = []; this.loading = true; this.reload(); });
      this.arrange();
      return this.start();
    },
    request(page) {
      const which = this.note ? { note: this.note } : { outcome: this.outcome };
      return this.note || this.outcome ? api.get(address(`${this.path}/rows`, { ...which, ...page })) : { items: [] };
    },

    showsLead() { return Boolean(this.note) || this.outcome !== "refused"; },
    showsWhy() { return Boolean(this.note) || this.outcome !== "ready" && this.outcome !== "imported"; },
    callerOf(row) { return row.caller_name ?? NOWHERE[row.status] ?? ""; },
    number: count,
    initials, tone,
  });
}

/** A row with what its cells show. */
function readable(row) {
  const lead = row.lead ?? {};
  return {
    ...row,
    id: row.row,
    name: lead.name || lead.phone || lead.email || "No name",
    phone: phone(lead.phone),
    otherPhones: (lead.other_phones ?? []).map(phone).join(", "),
    email: lead.email ?? "",
    city: lead.city ?? "",
    state: lead.state ?? "",
    reason: row.reason ?? notRead(lead),
    href: row.lead_id ? `/leads/${row.lead_id}` : null,
  };
}
