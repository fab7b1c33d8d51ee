// The audit: who changed what, when, before and after. It stands still while one reads; a button loads what is new.

import { api } from "../kit/api.js";
import { entryInWords } from "./audit-words.js";
import { addDays, dates, day, startOfDay, today } from "../kit/time.js";

const NONE = { what: "", who: "", period: "", from: "", to: "", lead: "", caller: "" };

export function audit() {
  let asked = 0;
  return {
    filters: { ...NONE },
    entries: [],
    people: [],
    next: null,
    loading: true,
    loadingMore: false,
    problem: null,

    init() {
      this.filters = readFilters();
      window.addEventListener("fairlead:retry", () => { if (this.problem) this.reload(); });
      window.addEventListener("popstate", () => { this.filters = readFilters(); this.reload(); });
      this.loadPeople();
      this.reload();
    },

    async loadPeople() {
      this.people = (await api.get("/api/audit/actors").catch(() => null))?.items ?? [];
    },

    async reload() {
      const turn = ++asked;
      this.loading = true;
      try {
        const page = await api.get(`/api/audit?${toQuery(this.filters)}`);
        if (turn !== asked) return;
        this.entries = page.items.map(entryInWords);
        this.next = page.next;
        this.problem = null;
      } catch (problem) {
        if (turn !== asked) return;
        this.problem = problem;
        this.entries = [];
      } finally {
        if (turn === asked) this.loading = false;
      }
    },

    async more() {
      const turn = asked;
      this.loadingMore = true;
      try {
        const page = await api.get(`/api/audit?${toQuery(this.filters, { after: this.next })}`);
        if (turn !== asked) return;
        this.entries.push(...page.items.map(entryInWords));
        this.next = page.next;
        this.problem = null;
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      } finally {
        this.loadingMore = false;
      }
    },

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
    get csv() { return `/api/audit.csv?${toQuery(this.filters)}`; },
    get filtered() { return Object.values(this.filters).some(Boolean); },
    get listed() { return this.entries.length > 0; },
    get isEmpty() { return !this.loading && !this.problem && !this.listed; },
    get failedMore() { return !!this.problem && this.listed; },
    get failed() { return !!this.problem && !this.listed; },
    get hasMore() { return this.next !== null && this.listed && !this.failedMore; },
    get ended() { return this.next === null && this.listed && !this.loading; },
  };
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
function toQuery(filters, extra = {}) {
  const query = new URLSearchParams();
  if (!["", "everything"].includes(filters.what)) query.set("kind", filters.what);
  if (filters.what !== "everything" && !filters.lead) query.set("dealt", "false");
  if (filters.who) query.set("actor", filters.who);
  if (filters.lead) query.set("lead_id", filters.lead);
  if (filters.caller) query.set("caller_id", filters.caller);
  const { from, to } = dates(filters);
  if (from) query.set("since", startOfDay(from));
  if (to) query.set("until", startOfDay(addDays(to, 1)));
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  return query.toString();
}
