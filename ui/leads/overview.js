// Today's numbers: fetched once, kept up to date by events. Shared by the badge in the navigation, the charts and the queue.

import { api } from "../kit/api.js";
import { keepTrue } from "../kit/live.js";
import { now, today } from "../kit/time.js";

const MINUTE = 60_000;
const CHECK_MS = 10_000;
const SOON_MS = 400;

const minuteOf = (when) => Math.floor(Date.parse(when) / MINUTE);

export function overview() {
  let perMinute = new Map();
  let day = today();
  let checking = 0;
  let asking = 0;
  return {
    ready: false,
    problem: null,
    today: { received: 0, assigned: 0, queued_now: 0 },
    callers: [],
    beat: 0,

    start() {
      setInterval(() => this.tick(), 5_000);
      return keepTrue(() => this.load(), { signals: ["fairlead:callers"], hear: (events) => this.apply(events) });
    },

    async load() {
      try {
        const fresh = await api.get("/api/overview");
        this.today = fresh.today;
        this.callers = fresh.callers;
        perMinute = new Map(fresh.per_minute.map(({ minute, leads }) => [minuteOf(minute), leads]));
        day = today();
        this.problem = null;
        this.ready = true;
        this.beat++;
      } catch (problem) {
        this.problem = problem;
      }
    },

    /** New leads are counted at once, whatever else happens is asked for soon, and now and then the server has the last word. */
    apply(events) {
      let soon = false;
      for (const event of events) {
        if (event.caller) this.callers = this.withCaller(event.caller, event.kind);
        if (!event.lead) continue;
        if (event.at === event.lead.created_at) this.countArrival(event);
        else soon = true;
      }
      this.beat++;
      if (soon) asking ||= setTimeout(() => { asking = 0; this.load(); }, SOON_MS);
      checking ||= setTimeout(() => { checking = 0; this.load(); }, CHECK_MS);
    },

    countArrival({ at, kind, lead }) {
      this.today.received++;
      perMinute.set(minuteOf(at), (perMinute.get(minuteOf(at)) ?? 0) + 1);
      if (kind === "lead.queued") {
        this.today.queued_now++;
        return;
      }
      this.today.assigned++;
      const caller = this.callers.find(({ id }) => id === lead.assigned_caller?.id);
      if (caller) caller[lead.duplicate_of ? "duplicates_today" : "assigned_today"]++;
    },

    withCaller(caller, kind) {
      const others = this.callers.filter(({ id }) => id !== caller.id);
      if (kind === "caller.archived" || caller.archived_at) return others;
      const index = this.callers.findIndex(({ id }) => id === caller.id);
      if (index < 0) return [...this.callers, caller];
      return this.callers.map((known) => (known.id === caller.id ? { ...known, ...caller } : known));
    },

    /** Moves the hour on; at midnight of the workspace the day's numbers start anew. */
    tick() {
      this.beat++;
      if (today() !== day) this.load();
    },

    /** The last 60 minutes as [minute number, leads], oldest first. */
    lastHour() {
      const end = Math.floor(now() / MINUTE);
      for (const minute of perMinute.keys()) if (minute < end - 70) perMinute.delete(minute);
      return Array.from({ length: 60 }, (_, index) => [end - 59 + index, perMinute.get(end - 59 + index) ?? 0]);
    },
  };
}
