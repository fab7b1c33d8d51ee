// Rows of an import by outcome. Lives inside a component that has the `path` of the import and the `outcome` that is shown.

import { api } from "../kit/api.js";
import { list } from "../kit/list.js";
import { address } from "../kit/live.js";
import { count, initials, phone, tone } from "../kit/words.js";

export function importRows() {
  return list({
    list: "import-rows",
    fills: "rows",
    size: 25,
    read: readable,

    init() {
      this.$watch("outcome", () => { this.rows = []; this.loading = true; this.reload(); });
      this.arrange();
      return this.start();
    },
    request(page) { return this.outcome ? api.get(address(`${this.path}/rows`, { outcome: this.outcome, ...page })) : { items: [] }; },

    showsLead() { return this.outcome !== "refused"; },
    showsWhy() { return this.outcome === "refused" || this.outcome === "duplicate"; },
    callerOf(row) { return row.caller_name ?? (row.status === "queued" ? "In the queue" : ""); },
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
    email: lead.email ?? "",
    city: lead.city ?? "",
    state: lead.state ?? "",
    reason: row.reason ?? "",
    href: row.lead_id ? `/leads/${row.lead_id}` : null,
  };
}
