// A caller's own leads: first what is to be claimed, what ends soonest at the top; then the other open ones; then those closed.
// The feed says only that something has happened to them, so then they are fetched again.

import { api } from "../kit/api.js";
import { OWN_LEADS, onEvents, onRejoin, opened } from "../kit/feed.js";
import { filterParts, toQuery } from "./filters.js";
import { fillLead } from "./row.js";
import { note } from "../kit/notes.js";
import { Rows } from "../kit/rows.js";
import { isUnclaimed, phone, plural } from "../kit/words.js";

const PAGE = 100;
const SOON_MS = 250;

export function myLeads() {
  let rows = null;
  let asked = 0;
  let soon = 0;
  let shownBy = null;
  return {
    ...filterParts(),
    open: [],
    closed: [],
    next: null,
    loading: true,
    loadingMore: false,
    problem: null,

    async init() {
      rows = new Rows(this.$refs.rows, this.$refs.row, fillLead);
      this.startFilters();
      new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) this.more(); }, { rootMargin: "800px" })
        .observe(this.$refs.end);
      window.addEventListener("fairlead:retry", () => this.reload());
      await opened;
      await this.reload();
      onEvents((events) => { if (events.some(({ kind }) => kind === OWN_LEADS)) soon ||= setTimeout(() => { soon = 0; this.reload(); }, SOON_MS); });
      onRejoin(() => this.reload());
      // The time left to claim is told by the second.
      setInterval(() => rows.refillAll(), 1_000);
    },

    /** All open ones, and as many of those closed as were shown. */
    async reload() {
      const turn = ++asked;
      const query = toQuery(this.filters);
      try {
        const [open, closed] = await Promise.all([this.fetch("assigned", Infinity), this.fetch("closed", Math.max(PAGE, this.closed.length))]);
        if (turn !== asked) return;
        const before = shownBy === query ? new Set([...this.open, ...this.closed].map(({ id }) => id)) : null;
        shownBy = query;
        this.open = open.items.sort(mostUrgentFirst);
        this.closed = closed.items;
        this.next = closed.next;
        this.problem = null;
        this.show(before ? this.open.filter(({ id }) => !before.has(id)) : []);
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      } finally {
        if (turn === asked) this.loading = false;
      }
    },

    /** The leads of one status that the filters let through, `most` of them or a page more, and where the rest begins. */
    async fetch(status, most, after = null) {
      if (this.filters.status && this.filters.status !== status) return { items: [], next: null };
      const items = [];
      let next = after;
      do {
        const page = await api.get(`/api/leads?${toQuery({ ...this.filters, status }, { limit: PAGE, after: next })}`);
        items.push(...page.items);
        ({ next } = page);
      } while (next && items.length < most);
      return { items, next };
    },

    show(arrived) {
      rows.replace([...this.open, ...this.closed]);
      rows.arrive(new Set(arrived.map(({ id }) => id)));
      rows.refillAll();
      if (arrived.length) note(arrived.length > 1 ? `${arrived.length} new leads.` : `New lead: ${arrived[0].name || phone(arrived[0].phone) || "no name"}.`);
    },

    async more() {
      if (this.loading || this.loadingMore || !this.next || this.problem) return;
      const turn = asked;
      this.loadingMore = true;
      try {
        const page = await this.fetch("closed", PAGE, this.next);
        if (turn !== asked) return;
        this.closed = [...this.closed, ...page.items];
        this.next = page.next;
        this.show([]);
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.loadingMore = false;
      }
    },

    get listed() { return this.open.length + this.closed.length; },
    get summary() {
      if (this.loading || (this.problem && !this.listed)) return "";
      const unclaimed = this.open.filter(isUnclaimed).length;
      return unclaimed ? `${plural(unclaimed, "lead")} to claim` : "Nothing to claim just now";
    },
    get countText() { return this.listed ? `${this.open.length} assigned, ${this.closed.length}${this.next ? " or more" : ""} closed` : ""; },
    get stale() { return Boolean(this.problem) && this.listed > 0; },
    get isEmpty() { return !this.loading && !this.problem && !this.listed && !this.filtered(); },
    get isUnmatched() { return !this.loading && !this.problem && !this.listed && this.filtered(); },

    down(event) { event.preventDefault(); rows.moveFocus(1); },
    up(event) { event.preventDefault(); rows.moveFocus(-1); },
  };
}

/** What is to be claimed, by the time left; then what came last. */
function mostUrgentFirst(one, other) {
  const [here, there] = [one, other].map(isUnclaimed);
  if (here !== there) return there - here;
  return here ? Date.parse(one.claim_by) - Date.parse(other.claim_by) : Date.parse(other.assigned_at) - Date.parse(one.assigned_at);
}
