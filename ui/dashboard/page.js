// The dashboard: what became of the leads of a period, beside a time before, and how things stand now. Asked for in one call,
// again when something happened, at most every two seconds, and not while nobody looks.

import { addressFilters } from "../kit/filters.js";
import { address, live } from "../kit/live.js";
import { addDays, clock, dates, day, dayAndMonth, relative, today, waited } from "../kit/time.js";
import { count, durationText, plural, standingChip, standingText } from "../kit/words.js";

const FEW = 8;
const PERIODS = ["of", "first", "last", "than", "since", "till"];
const NONE = { sources: "No source", campaigns: "No campaign", states: "State not known", callers: "Nobody" };
const FILTER = { sources: "source", campaigns: "campaign", states: "state", callers: "caller" };
const AWAY = ["disabled", "paused", "away", "off hours"];
/** How each group of callers is told. */
const STANDINGS = {
  free: ({ standing }) => standing === "free",
  full: ({ standing }) => standing.startsWith("at "),
  away: ({ standing }) => AWAY.includes(standing),
  idle: ({ is_idle: is }) => is,
  late: ({ is_late: is }) => is,
};

const periodOf = ({ of, first, last }) => ({ period: of || "today", from: first, to: last });

export function dashboard() {
  return live({
    ...addressFilters("/", PERIODS),
    path: "/api/dashboard",
    fills: "found",
    found: null,
    steadily: ["*"],
    minutely: true,
    all: {},

    init() {
      this.startFilters();
      return this.start();
    },

    // The period

    get days() { return dates(periodOf(this.filters)); },
    get dateProblem() {
      const { from, to } = this.days;
      const { than, since, till } = this.filters;
      if (!from) return "Choose the first day.";
      if (to && to < from) return "The last day comes before the first.";
      return than === "dates" && since && till && till < since ? "What it is compared with ends before it begins." : null;
    },
    get periodText() {
      const { from, to } = this.days;
      if (!from || this.dateProblem) return "";
      const last = to ?? today();
      const text = from === last ? day(from) : `${day(from)} to ${day(last)}`;
      return this.found ? `${text}, compared with ${this.beforeText}` : text;
    },
    get beforeText() {
      const { since, until } = this.found.before;
      const [first, last] = [since, new Date(Date.parse(until) - 1).toISOString()].map((when) => dayAndMonth(when));
      const end = clock(until) === "00:00" ? "" : ` until ${clock(until)}`;
      return first === last ? `${first}${end}` : `${first} to ${last}${end}`;
    },
    query() {
      const { from, to } = this.days;
      const { than, since, till } = this.filters;
      const isCompared = than === "dates" && since && till;
      return {
        from, until: addDays(to ?? today(), 1),
        before_from: isCompared && since, before_until: isCompared && addDays(till, 1),
      };
    },
    changed() {
      const { filters } = this;
      if (filters.of !== "dates") filters.first = filters.last = "";
      else if (!filters.first) filters.first = filters.last = today();
      if (filters.than !== "dates") filters.since = filters.till = "";
      else if (!filters.since) filters.since = filters.till = addDays(today(), -7);
      this.write();
      if (!this.dateProblem) this.reload();
    },

    // What is shown

    receive(found) {
      this.found = found;
      window.dispatchEvent(new CustomEvent("dashboard:moments", { detail: found }));
    },
    get isFresh() {
      if (!this.found) return false;
      const { total, queue, standings } = this.found;
      return !total.now.received && !total.before.received && !queue.waiting && !queue.held && standings.every(({ open_leads: open }) => !open);
    },
    get hasCallers() { return Boolean(this.found?.standings.length); },
    get by() { return this.found?.by ?? "hour"; },

    tile(id) {
      const now = this.found?.total.now[id] ?? 0;
      const before = this.found?.total.before[id] ?? 0;
      const status = { assigned: "assigned", waiting: "queued", closed: "closed" }[id];
      return {
        now: count(now), href: this.leads({ status }),
        way: now === before || id !== "received" ? "" : now > before ? "more" : "fewer",
        change: !this.found ? "" : id === "received" ? changeText(now, before) : `${count(before)} before`,
      };
    },

    /** How soon leads were called and claimed, and how many became customers. */
    response(id) {
      const { now, before } = this.found?.total ?? { now: {}, before: {} };
      const waits = { call_median: "call_90", claim_median: "claim_90" }[id];
      if (!waits) return { href: this.leads(id === "converted" ? { progress: "converted" } : { called: "in_time" }), now: shareText(now[id], now.received), change: before.received ? `${shareText(before[id], before.received)} before` : "" };
      return {
        now: durationText(now[id]),
        change: [now[waits] == null ? "" : `nine of ten within ${durationText(now[waits])}`, before[id] == null ? "" : `before: ${durationText(before[id])}`].filter(Boolean).join("; "),
      };
    },

    get queueText() { return count((this.found?.queue.waiting ?? 0) + (this.found?.queue.held ?? 0)); },
    get oldestId() { return this.found?.queue.oldest_lead_id ?? null; },
    get oldestHref() { return this.oldestId ? `/leads/${this.oldestId}` : null; },
    get oldestText() { return this.oldestId ? waited(this.found.queue.oldest_at) : ""; },
    standing(id) { return count(this.found?.standings.filter(STANDINGS[id]).length); },

    get standings() { return this.found?.standings ?? []; },
    get shownStandings() { return (this.all.standings ? this.standings : this.standings.slice(0, FEW)).map(shownCaller); },
    get hiddenStandings() { return this.standings.length > FEW && !this.all.standings; },
    get allStandingsText() { return `Show all ${plural(this.standings.length, "caller")}`; },
    showStandings() { this.all = { ...this.all, standings: true }; },

    get moments() {
      return (this.found?.moments ?? []).map((moment, key) => ({
        key, name: this.nameOf(moment), now: count(moment.received), before: count(moment.before),
        href: moment.since && leadsIn(moment.since, moment.until),
        beforeHref: moment.before_since && leadsIn(moment.before_since, moment.before_until),
      }));
    },
    nameOf({ since, before_since: before }) { return this.by === "day" ? dayAndMonth(since ?? before) : hourName(since ?? before, this.found.moments.length > 25); },

    rows(table) {
      const rows = this.found?.[table] ?? [];
      const most = Math.max(1, ...rows.map(({ now }) => now.received));
      return (this.all[table] ? rows : rows.slice(0, FEW)).map(({ key, name, now, before }) => ({
        key, name: name ?? NONE[table],
        received: count(now.received), before: count(before.received), closed: count(now.closed),
        open: count(now.assigned + now.waiting), inTime: shareText(now.called_in_time, now.received),
        inTimeHref: this.leads({ ...filterOf(table, key, name), called: "in_time" }),
        converted: shareText(now.converted, now.received), convertedHref: this.leads({ ...filterOf(table, key, name), progress: "converted" }),
        bar: { width: `${(now.received / most) * 100}%` },
        href: this.leads(filterOf(table, key, name)),
        beforeHref: this.leads(filterOf(table, key, name), this.found.before),
        closedHref: this.leads({ ...filterOf(table, key, name), status: "closed" }),
      }));
    },
    hidden(table) { return (this.found?.[table].length ?? 0) > FEW && !this.all[table]; },
    allText(table) { return `Show all ${count(this.found?.[table].length)}`; },
    showAll(table) { this.all = { ...this.all, [table]: true }; },
    sum(name) { return count(this.found?.total.now[name]); },
    sumBefore(name) { return count(this.found?.total.before[name]); },
    shareOf(name) { return shareText(this.found?.total.now[name], this.found?.total.now.received); },
    get sumOpen() { return count((this.found?.total.now.assigned ?? 0) + (this.found?.total.now.waiting ?? 0)); },

    csv(table) { return address("/api/dashboard.csv", { table, ...this.query() }); },
    /** The list of the leads behind a number. */
    leads(filter, span = null) {
      if (span) return leadsIn(span.since, span.until, filter);
      const { period, from, to } = periodOf(this.filters);
      return address("/leads", { ...filter, period, ...(period === "dates" ? { from, to } : {}) });
    },
  });
}

const leadsIn = (since, until, filter = {}) => address("/leads", { ...filter, period: "times", from: since, to: until });
const filterOf = (table, key, name) => ({ [FILTER[table]]: key === "" ? "-" : table === "sources" ? name : key });

function changeText(now, before) {
  if (!before) return now ? "none before" : "as before";
  const share = Math.round((100 * (now - before)) / before);
  return share ? `${share > 0 ? "+" : "−"}${Math.abs(share)} % than ${count(before)}` : `as before: ${count(before)}`;
}

/** "12 (40 %)"; of nothing, nothing. */
const shareText = (part, whole) => (whole ? `${count(part)} (${Math.round((100 * part) / whole)} %)` : "–");

const hourName = (when, isLong) => (isLong ? `${dayAndMonth(when)} ${clock(when)}` : clock(when));

function shownCaller({ id, name, standing, assigned_today: given, daily_limit: limit, open_leads: open, to_claim: toClaim, overdue_tasks: overdue, last_act_at: at, is_idle: isIdle, is_late: isLate }) {
  return {
    id, name,
    stands: isLate ? "Late" : isIdle ? "Idle" : standingText(standing), look: isLate ? "chip-bad" : isIdle ? "chip-warn" : standingChip(standing),
    today: limit ? `${count(given)} of ${count(limit)}` : count(given),
    open: open >= 1000 ? "1,000 or more" : count(open), toClaim: toClaim ? count(toClaim) : "", overdue: overdue ? count(overdue) : "",
    did: at ? relative(at) : "", href: address("/leads", { caller: id, status: "assigned" }),
  };
}
