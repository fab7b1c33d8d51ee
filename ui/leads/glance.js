// Today at a glance: three numbers, and each caller's leads against the limit.

import { longDay, zoneName } from "../kit/time.js";
import { count, duplicatesText, load, plural } from "../kit/words.js";

const MOST_SHOWN = 30;

export function glance() {
  return {
    callersOpen: matchMedia("(min-width: 760px)").matches,

    get received() { return count(this.$store.overview.today.received); },
    get assigned() { return count(this.$store.overview.today.assigned); },
    get queued() { return count(this.$store.overview.today.queued_now); },
    get anyQueued() { return this.$store.overview.today.queued_now > 0; },
    get day() { return `${longDay()}${zoneName() ? `, ${zoneName()} time` : ""}`; },

    /** The busiest first, the paused last. */
    get callers() {
      const { callers } = this.$store.overview;
      const most = Math.max(1, ...callers.map((caller) => caller.assigned_today));
      return callers
        .map((caller) => ({ ...caller, load: load(caller, most), paused: caller.status === "paused" }))
        .sort((one, other) => one.paused - other.paused || other.assigned_today - one.assigned_today || one.name.localeCompare(other.name))
        .slice(0, MOST_SHOWN);
    },
    get moreCallers() { return Math.max(0, this.$store.overview.callers.length - MOST_SHOWN); },
    get moreText() { return `and ${plural(this.moreCallers, "more caller")}`; },
    barStyle(caller) { return { width: `${Math.round(caller.load.share * 100)}%` }; },
    duplicatesText,
    toggleCallers() { this.callersOpen = !this.callersOpen; },
  };
}
