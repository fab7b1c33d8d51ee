// Part of a component that chooses callers: all of them with search and team, who is in already, and what they have room for.
// Needs startChoice() once; `chosen` holds the ids, `fixed` those of callers who are in already.

import { api } from "../kit/api.js";
import { count, initials, load, plural, standingChip, standingText, tone } from "../kit/words.js";

const MOST_SHOWN = 100;

export function callerChoice() {
  return {
    callers: [],
    callersLoading: true,
    callersProblem: null,
    chosen: [],
    fixed: [],
    callerSearch: "",
    team: "",

    async startChoice() {
      try {
        this.callers = (await api.get("/api/callers")).items;
        this.callersProblem = null;
      } catch (problem) {
        this.callersProblem = problem;
      } finally {
        this.callersLoading = false;
      }
    },

    teams() { return [...new Set(this.callers.map(({ team }) => team).filter(Boolean))].sort(); },
    matching() {
      const wanted = this.callerSearch.trim().toLowerCase();
      return this.callers.filter((caller) => (!this.team || caller.team === this.team)
        && (!wanted || [caller.name, caller.role, caller.team, ...caller.states, ...caller.languages].join(" ").toLowerCase().includes(wanted)));
    },
    choices() {
      const chosen = new Set(this.chosen);
      const fixed = new Set(this.fixed);
      const most = Math.max(1, ...this.callers.map(({ assigned_today: today }) => today));
      return this.matching().slice(0, MOST_SHOWN).map((caller) => ({
        ...caller, load: load(caller, most), isFixed: fixed.has(caller.id), isChosen: fixed.has(caller.id) || chosen.has(caller.id),
      }));
    },
    choicesCut() {
      const rest = this.matching().length - this.choices().length;
      return rest > 0 ? `And ${plural(rest, "caller")} more: search to find them.` : "";
    },
    noCallers() { return !this.callersLoading && !this.callersProblem && !this.callers.length; },
    noMatching() { return this.callers.length > 0 && !this.matching().length; },

    toggleCaller(caller) {
      this.chosen = this.chosen.includes(caller.id) ? this.chosen.filter((id) => id !== caller.id) : [...this.chosen, caller.id];
    },
    chooseAll() { this.chosen = [...new Set([...this.chosen, ...this.eligible().map(({ id }) => id)])]; },
    chooseNone() { this.chosen = []; },
    /** Those in sight who can be chosen. */
    eligible() { return this.matching().filter(({ id }) => !this.fixed.includes(id)); },
    isAll() { return this.eligible().every(({ id }) => this.chosen.includes(id)); },
    selectText() { return this.team || this.callerSearch.trim() ? `Select these ${count(this.eligible().length)}` : "Select all"; },

    /** Everybody who will get leads. */
    party() {
      const ids = new Set([...this.fixed, ...this.chosen]);
      return this.callers.filter(({ id }) => ids.has(id));
    },
    partyText() {
      const added = this.chosen.filter((id) => !this.fixed.includes(id)).length;
      if (!this.party().length) return "Nobody selected";
      return this.fixed.length ? `${plural(this.party().length, "caller")}, ${count(added)} of them new` : `${plural(this.party().length, "caller")} selected`;
    },

    aboutCaller({ role, team }) { return [role, team].filter(Boolean).join(", "); },
    callerBar(caller) { return { width: `${Math.round(caller.load.share * 100)}%` }; },
    initials, standingChip, standingText, tone,
  };
}

/** How many leads a caller has room for now; Infinity without limits. */
export function roomOf({ standing, daily_limit: limit, assigned_today: today, max_load: most, open_leads: open }) {
  if (standing !== "free") return 0;
  return Math.min(limit ? limit - today : Infinity, most ? most - open : Infinity);
}
