// The live list of leads: filters, search, loading on while scrolling, and events that arrive while one looks.

import { api } from "../kit/api.js";
import { openAction } from "../actions/open.js";
import { filterParts, matches, queryOf } from "./filters.js";
import { list } from "../kit/list.js";
import { address } from "../kit/live.js";
import { fillLead } from "./row.js";
import { count, plural } from "../kit/words.js";

const PAGE = 100;
const MOST_COUNTED = 1_000;
// A list that has grown this long by itself forgets its far end, so that a page left open for a week stays light.
const MOST_KEPT = 3_000;
const KEPT = 500;
const AIM_MS = 1_200;

export function leads() {
  let rows = null;
  let known = new Map();
  let held = new Map();
  let aimed = 0;
  let releasing = 0;

  return list({
    ...filterParts(),
    list: "leads",
    noun: "lead",
    path: "/api/leads",
    size: PAGE,
    total: null,
    newest: null,
    listed: 0,
    heldCount: 0,

    init() {
      rows = this.windowFor(fillLead);
      this.startChoices();
      api.get("/api/lead-sources").then(({ items }) => { this.sources = items; }, () => {});
      api.get("/api/campaigns").then(({ items }) => { this.campaigns = items; }, () => {});
      this.$refs.rows.addEventListener("pointermove", () => { aimed = Date.now(); }, { passive: true });
      window.addEventListener("scroll", () => { if (held.size && !this.holding()) this.release(); }, { passive: true });
      setInterval(() => rows.refillAll(), 5_000);
      this.arrange();
      this.loadOnScroll();
      return this.start();
    },

    // Loading

    query() { return queryOf(this.filters); },
    receive(page) {
      known = new Map(page.items.map((lead) => [lead.id, lead]));
      held = new Map();
      this.heldCount = 0;
      this.next = page.next;
      rows.items = page.items;
      rows.refillAll();
      this.draw();
      this.recount();
    },
    extend(page) {
      const fresh = page.items.filter((lead) => !known.has(lead.id));
      for (const lead of fresh) known.set(lead.id, lead);
      rows.items.push(...fresh);
      this.next = page.next;
      this.draw();
    },
    /** `arrived` are the ids that are new. */
    draw(arrived = null) {
      this.listed = rows.items.length;
      if (arrived) rows.arrive(arrived);
      else rows.draw();
      this.settle();
    },

    async recount() {
      const wanted = address("/api/leads/count", this.query());
      const answer = await api.get(wanted).catch(() => null);
      if (!answer || wanted !== address("/api/leads/count", this.query())) return;
      this.total = answer.count;
      this.newest = answer.newest;
    },

    // Events

    /** After a pause without events: asks for what is new, and leaves the place where one reads alone. */
    async again() {
      const page = this.holding() && !this.problem && (await this.request({ limit: PAGE }).catch(() => null));
      if (!page || !page.items.some(({ id }) => known.has(id))) {
        await this.reload();
        return;
      }
      for (const lead of page.items) this.take(lead);
      this.release();
    },

    hear(events) {
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
      return !this.next || !last || lead.id > last.id;
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
      this.draw(new Set());
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
      this.draw(new Set(arrived.keys()));
    },

    forgetEnd() {
      for (const { id } of rows.items.splice(KEPT)) known.delete(id);
      this.next = rows.items.at(-1).id;
    },

    async showHeld() {
      window.scrollTo({ top: 0 });
      if (this.filtered()) await this.reload();
      else this.insertHeld();
      this.$refs.rows.querySelector("a")?.focus({ preventScroll: true });
    },

    // What is done to those selected

    get picking() { return this.everything ? { filter: filled(this.query()) } : { ids: this.pickedIds }; },
    actOnPicked(action) {
      openAction({ action, ...this.picking, holders: this.pickedItems.map(({ assigned_caller: caller }) => caller?.id) }, () => this.clearPicks());
    },

    // Words

    get heldText() { return `${plural(this.heldCount, "new lead")}`; },
    get countText() {
      if (this.total === null) return "";
      if (this.newest && this.total <= MOST_COUNTED) return `${plural(this.total, "lead")}; parts of short words only among the newest ${count(this.newest)}`;
      return this.total > MOST_COUNTED ? `More than ${count(MOST_COUNTED)} leads` : plural(this.total, "lead");
    },
  });
}

/** A filter as the API takes it in a body: without what is left open. */
function filled(query) {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value));
  return given.campaign_id ? { ...given, campaign_id: Number(given.campaign_id) } : given;
}

/** As the server sorts: ids grow with every arrival, and the last one seen is where the next page goes on. */
const newestFirst = (one, other) => (one.id < other.id ? 1 : -1);
