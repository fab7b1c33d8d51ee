// The wall board: today, and how each caller stands. Nobody touches it: it asks again by itself, also when the server was away.

import { live } from "../kit/live.js";
import { clock, longDay, now, waited } from "../kit/time.js";
import { count, plural, standingText } from "../kit/words.js";

const RETRY_MS = 15_000;
// As many as a screen shows.
const MOST = 14;

export function board() {
  return live({
    path: "/api/dashboard",
    fills: "found",
    found: null,
    steadily: ["*"],
    minutely: true,
    moment: now(),

    init() {
      setInterval(() => { this.moment = now(); }, 1_000);
      setInterval(() => { if (this.problem) this.reload(); }, RETRY_MS);
      return this.start();
    },

    get clockText() { return `${longDay()} ${clock(this.moment)}`; },
    /** What is shown is older than it should be. */
    get isOld() { return Boolean(this.found) && this.moment - Date.parse(this.found.at) > 150_000; },
    get oldText() { return this.isOld ? `No connection. As of ${clock(this.found.at)}` : ""; },

    tile(id) {
      const { now: today, before } = this.found?.total ?? { now: {}, before: {} };
      const { waiting = 0, held = 0, oldest_at: oldest = null } = this.found?.queue ?? {};
      const share = (part, whole) => (whole ? `${Math.round((100 * part) / whole)} %` : "–");
      return {
        received: { now: count(today.received), than: `${count(before.received)} a week ago by now`, look: "" },
        waiting: { now: count(waiting + held), than: held ? `${count(held)} on hold` : "", look: waiting ? "warn" : "" },
        oldest: { now: this.moment && oldest ? waited(oldest) : "–", than: "", look: "" },
        in_time: { now: share(today.called_in_time, today.received), than: before.received ? `${share(before.called_in_time, before.received)} a week ago` : "", look: "" },
        converted: { now: count(today.converted), than: `${count(before.converted)} a week ago`, look: "" },
      }[id];
    },
    get all() {
      const figures = new Map((this.found?.callers ?? []).map(({ key, now: today }) => [key, today]));
      return (this.found?.standings ?? []).map((caller) => ({ ...caller, figures: figures.get(caller.id) }));
    },
    get callers() {
      return this.all.slice(0, MOST).map(({ id, name, standing, is_idle: isIdle, is_late: isLate, assigned_today: given, daily_limit: limit, open_leads: open, figures }) => ({
        id, name, stands: isLate ? "Late" : isIdle ? "Idle" : standingText(standing),
        look: isLate ? "bad" : isIdle || standing.startsWith("at ") ? "warn" : standing === "free" ? "good" : "",
        today: limit ? `${count(given)} / ${count(limit)}` : count(given), open: open >= 1000 ? "1,000+" : count(open),
        inTime: figures?.received ? `${Math.round((100 * figures.called_in_time) / figures.received)} %` : "–", converted: count(figures?.converted),
      }));
    },
    get more() { return Math.max(0, this.all.length - MOST); },
    get moreText() { return `and ${plural(this.more, "more caller")}`; },
  });
}
