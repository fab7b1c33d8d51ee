// The live list of leads: filters, search, loading on while scrolling, and events that arrive while one looks.

import { api } from "../kit/api.js";
import { onEvents, onRejoin, opened } from "../kit/feed.js";
import { filterParts, matches, toQuery } from "./filters.js";
import { fillLead } from "./row.js";
import { Rows } from "../kit/rows.js";
import { count, plural } from "../kit/words.js";

const PAGE = 100;
const MOST_COUNTED = 10_000;
// A list that has grown this long by itself forgets its far end, so that a page left open for a week stays light.
const MOST_KEPT = 3_000;
const KEPT = 500;
const AIM_MS = 1_200;

export function leads() {
  let rows = null;
  let known = new Map();
  let held = new Map();
  let asked = 0;
  let aimed = 0;
  let releasing = 0;

  return {
    ...filterParts(),
    loading: true,
    loadingMore: false,
    problem: null,
    ended: false,
    total: null,
    listed: 0,
    heldCount: 0,

    async init() {
      rows = new Rows(this.$refs.rows, this.$refs.row, fillLead);
      this.startFilters();
      api.get("/api/lead-sources").then(({ items }) => { this.sources = items; }, () => {});
      api.get("/api/campaigns").then(({ items }) => { this.campaigns = items; }, () => {});
      this.watchScreen();
      window.addEventListener("fairlead:retry", () => this.catchUp());
      await opened;
      await this.reload();
      onEvents((events) => this.apply(events));
      onRejoin(() => this.catchUp());
      setInterval(() => rows.refillAll(), 5_000);
    },

    watchScreen() {
      new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) this.more(); }, { rootMargin: "800px" })
        .observe(this.$refs.end);
      this.$refs.rows.addEventListener("pointermove", () => { aimed = Date.now(); }, { passive: true });
      window.addEventListener("scroll", () => { if (held.size && !this.holding()) this.release(); }, { passive: true });
    },

    // Loading

    fetchPage(after) { return api.get(`/api/leads?${toQuery(this.filters, { limit: PAGE, after })}`); },

    async reload() {
      const turn = ++asked;
      this.loading = !rows.items.length || this.loading;
      this.problem = null;
      try {
        const page = await this.fetchPage();
        if (turn !== asked) return;
        this.show(page);
        this.recount(turn);
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      } finally {
        if (turn === asked) this.loading = false;
      }
    },

    show(page) {
      known = new Map(page.items.map((lead) => [lead.id, lead]));
      held = new Map();
      this.heldCount = 0;
      this.ended = !page.next;
      rows.items = page.items;
      rows.refillAll();
      rows.draw();
      this.listed = rows.items.length;
    },

    async recount(turn) {
      const answer = await api.get(`/api/leads/count?${toQuery(this.filters)}`).catch(() => null);
      if (turn === asked && answer) this.total = answer.count;
    },

    async more() {
      if (this.loading || this.loadingMore || this.ended || this.problem) return;
      const turn = asked;
      this.loadingMore = true;
      try {
        const page = await this.fetchPage(rows.items.at(-1)?.id);
        if (turn !== asked) return;
        const fresh = page.items.filter((lead) => !known.has(lead.id));
        for (const lead of fresh) known.set(lead.id, lead);
        rows.items.push(...fresh);
        this.ended = !page.next;
        this.listed = rows.items.length;
        rows.draw();
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.loadingMore = false;
      }
      // The end may still be in sight, and the observer speaks only when that changes.
      if (!this.ended && this.$refs.end.getBoundingClientRect().top < window.innerHeight + 800) this.more();
    },

    // Events

    /** After a pause without events: asks for what is new, and leaves the place where one reads alone. */
    async catchUp() {
      const page = this.holding() && !this.problem && (await this.fetchPage().catch(() => null));
      if (!page || !page.items.some(({ id }) => known.has(id))) {
        await this.reload();
        return;
      }
      for (const lead of page.items) this.take(lead);
      this.release();
    },

    apply(events) {
      for (const { lead } of events) {
        if (!lead) continue;
        this.learnSource(lead.lead_source);
        this.take(lead);
      }
      this.release();
    },

    take(lead) {
      if (known.has(lead.id)) this.change(lead);
      else this.hold(lead);
    },

    hold(lead) {
      const was = held.delete(lead.id);
      const is = matches(lead, this.filters) && this.isRecent(lead);
      if (is) held.set(lead.id, lead);
      this.countOn(is - was);
    },

    countOn(difference) {
      if (this.total !== null && this.total <= MOST_COUNTED) this.total += difference;
    },

    learnSource(source) {
      if (source && !this.sources.some((known) => known.toLowerCase() === source.toLowerCase())) this.sources.push(source);
    },

    /** A lead older than the last row shown is reached by scrolling. */
    isRecent(lead) {
      const last = rows.items.at(-1);
      return this.ended || !last || lead.id > last.id;
    },

    change(lead) {
      const shown = known.get(lead.id);
      Object.assign(shown, lead);
      if (matches(shown, this.filters)) {
        rows.refill(shown);
        return;
      }
      known.delete(lead.id);
      rows.items = rows.items.filter(({ id }) => id !== lead.id);
      this.countOn(-1);
      this.listed = rows.items.length;
      rows.arrive(new Set());
    },

    /** New rows wait while one reads further down, filters, or is about to click. */
    holding() {
      return this.filtered() || this.$refs.list.getBoundingClientRect().top < 0;
    },

    release() {
      const holding = this.holding();
      this.heldCount = holding ? held.size : 0;
      if (holding || !held.size) return;
      const aiming = aimed + AIM_MS - Date.now();
      if (aiming > 0) {
        clearTimeout(releasing);
        releasing = setTimeout(() => this.release(), aiming);
        return;
      }
      this.insertHeld();
    },

    insertHeld() {
      const arrived = held;
      held = new Map();
      this.heldCount = 0;
      for (const [id, lead] of arrived) known.set(id, lead);
      rows.items = [...arrived.values(), ...rows.items].sort(newestFirst);
      if (rows.items.length > MOST_KEPT) this.forgetEnd();
      this.listed = rows.items.length;
      rows.arrive(new Set(arrived.keys()));
    },

    forgetEnd() {
      for (const { id } of rows.items.splice(KEPT)) known.delete(id);
      this.ended = false;
    },

    async showHeld() {
      window.scrollTo({ top: 0 });
      if (this.filtered()) await this.reload();
      else this.insertHeld();
      this.$refs.rows.querySelector("a")?.focus({ preventScroll: true });
    },

    // Words and keys

    get heldText() { return `${plural(this.heldCount, "new lead")}`; },
    get countText() {
      if (this.total === null) return "";
      return this.total > MOST_COUNTED ? `More than ${count(MOST_COUNTED)} leads` : plural(this.total, "lead");
    },
    /** What is shown is not what was asked for. */
    get stale() { return Boolean(this.problem) && this.listed > 0; },
    get isEmpty() { return !this.loading && !this.problem && !this.listed && !this.filtered(); },
    get isUnmatched() { return !this.loading && !this.problem && !this.listed && this.filtered(); },

    down(event) { event.preventDefault(); rows.moveFocus(1); },
    up(event) { event.preventDefault(); rows.moveFocus(-1); },
  };
}

/** As the server sorts: ids grow with every arrival, and the last one seen is where the next page goes on. */
const newestFirst = (one, other) => (one.id < other.id ? 1 : -1);
