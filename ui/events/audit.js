// The audit: who changed what, when, before and after. It stands still while one reads; a button loads what is new.

import { api } from "../kit/api.js";
import { entryInWords } from "./audit-words.js";
import { addressFilters, spanOf } from "../kit/filters.js";
import { list } from "../kit/list.js";
import { address } from "../kit/live.js";
import { dates, day, today } from "../kit/time.js";

export function audit() {
  return list({
    ...addressFilters("/audit", ["what", "who", "period", "from", "to", "lead", "caller"]),
    list: "audit",
    path: "/api/audit",
    fills: "entries",
    size: 50,
    people: [],

    init() {
      this.startFilters();
      this.loadPeople();
      this.arrange();
      return this.start();
    },
    /** It stands still while one reads. */
    again() { if (this.problem || this.loading) this.reload(); },

    async loadPeople() {
      this.people = (await api.get("/api/audit/actors").catch(() => null))?.items ?? [];
    },
    query() { return queryOf(this.filters); },
    read: entryInWords,

    forgetSubject() {
      this.filters.lead = this.filters.caller = "";
      this.changed();
    },

    /** Somebody from the address stays choosable who is not a person here: a login of the database, say. */
    get choices() {
      const { who } = this.filters;
      const known = who === "" || NOBODY.has(who) || this.people.some(({ id }) => id === who);
      return known ? this.people : [...this.people, { id: who, name: who.startsWith("user:") ? "Somebody" : who }];
    },
    get subject() {
      if (!this.filters.lead && !this.filters.caller) return "";
      const named = this.entries.find(({ about }) => about?.name);
      return `Only about ${named?.about.name ?? (this.filters.lead ? "one lead" : "one caller")}`;
    },
    get summary() {
      const { from, to } = dates(this.filters);
      if (!from && !to) return "Who changed what, newest first";
      if (from && (to ?? today()) === from) return day(from);
      return [from && day(from), to ? day(to) : "today"].filter(Boolean).join(" to ");
    },
    get csv() { return address("/api/audit.csv", this.query()); },
  });
}

const NOBODY = new Set(["intake", "tick", "cli"]);

/** What most events are, leads being assigned, shows only where it is asked for, or of one lead. */
function queryOf({ what, who, lead, caller, ...period }) {
  const isAll = what === "everything";
  const query = { actor: who, lead_id: lead, caller_id: caller, ...spanOf(period) };
  if (!isAll) query.kind = what;
  if (!isAll && !lead) query.dealt = String(false);
  return query;
}
