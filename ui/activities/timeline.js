// All that happened with a lead, the newest first, a page at a time. Stands in the lead's panel, and follows the lead there.

import { api } from "../kit/api.js";
import { note } from "../kit/notes.js";
import { exact, now, relative } from "../kit/time.js";
import { isCaller } from "../kit/who.js";
import { entryOf } from "./words.js";

const PAGE = 30;
const MOST = 200;
const HOUR = 3_600_000;
/** For how long what was logged can be taken back. */
const TAKEN_BACK_MS = isCaller ? HOUR : 24 * HOUR;

export function timeline() {
  let asked = 0;
  return {
    events: [],
    next: null,
    problem: null,
    busy: false,

    init() {
      this.load();
      this.$watch("lead", () => this.load());
    },

    /** As much of it as is shown. */
    async load() {
      if (!this.lead) return;
      const turn = ++asked;
      try {
        const { items, next } = await api.get(`${this.address}?limit=${Math.min(MOST, Math.max(PAGE, this.events.length))}`);
        if (turn === asked) Object.assign(this, { events: items, next, problem: null });
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      }
    },
    async more() {
      const turn = ++asked;
      try {
        const { items, next } = await api.get(`${this.address}?limit=${PAGE}&after=${this.next}`);
        if (turn === asked) Object.assign(this, { events: [...this.events, ...items], next, problem: null });
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      }
    },

    /** What one tapped by mistake. */
    async takeBack({ activity }) {
      this.busy = true;
      try {
        await api.post(`/api/activities/${activity.id}/withdraw`);
        note("Taken back, with what followed from it.");
      } catch (problem) {
        note(problem.message);
      } finally {
        this.busy = false;
      }
      window.dispatchEvent(new CustomEvent("lead:changed"));
    },

    get address() { return `/api/leads/${this.lead.id}/timeline`; },
    get entries() {
      const entries = this.events.map(entryOf).filter(Boolean);
      const { source, created_at: at } = this.lead;
      if (!this.next && this.events.length) entries.push({ ...entryOf({ kind: "lead.held", data: {}, actor: "" }), id: 0, at, text: "Received", by: source && `through ${source.name}` });
      return entries;
    },
    canTakeBack({ activity, isGone }) {
      return Boolean(activity) && !isGone && (activity.is_own || !isCaller) && now() - Date.parse(activity.at) < TAKEN_BACK_MS;
    },

    exact, relative,
  };
}
