// The audit: who changed what, when, before and after. It stands still while one reads; a button loads what is new.

import { api } from "../kit/api.js";
import { entryInWords } from "./audit-words.js";
import { list } from "../kit/list.js";
import { address } from "../kit/live.js";
import { addDays, dates, day, startOfDay, today } from "../kit/time.js";

const NONE = { what: "", who: "", period: "", from: "", to: "", lead: "", caller: "" };

export function audit() {
  return list({
    list: "audit",
    path: "/api/audit",
    fills: "entries",
    size: 50,
    filters: { ...NONE },
    people: [],

    init() {
      this.filters = readFilters();
      window.addEventListener("popstate", () => { this.filters = readFilters(); this.reload(); });
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

    changed() {
      if (this.filters.period === "dates" && !this.filters.from && !this.filters.to) this.filters.from = this.filters.to = today();
      history.replaceState(history.state, "", location.pathname + toAddress(this.filters));
      this.reload();
    },

    clearFilters() {
      this.filters = { ...NONE };
      this.changed();
    },

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
    filtered() { return Object.values(this.filters).some(Boolean); },
  });
}

const NOBODY = new Set(["intake", "tick", "cli"]);

function readFilters() {
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(Object.keys(NONE).map((name) => [name, given.get(name) ?? ""]));
}

function toAddress(filters) {
  const query = new URLSearchParams(Object.entries(filters).filter(([name, value]) => value && (!["from", "to"].includes(name) || filters.period === "dates")));
  return query.size ? `?${query}` : "";
}

/** What most events are, leads being assigned, shows only where it is asked for, or of one lead. */
function queryOf(filters) {
  const query = {};
  if (!["", "everything"].includes(filters.what)) query.kind = filters.what;
  if (filters.what !== "everything" && !filters.lead) query.dealt = "false";
  const { from, to } = dates(filters);
  return {
    ...query, actor: filters.who, lead_id: filters.lead, caller_id: filters.caller,
    since: from && startOfDay(from), until: to && startOfDay(addDays(to, 1)),
  };
}
