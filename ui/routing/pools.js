// The pools as they are now: who is in them, who is free, and why the others are not.

import { list } from "../kit/list.js";
import { poolName, strategyOf } from "./words.js";
import { count, initials, plural, standingChip, standingText, tone } from "../kit/words.js";

const FEW = 8;
const MOST_MEMBERS = 60;

export function pools() {
  return list({
    list: "pools",
    path: "/api/pools",
    // Whatever happens may change who is free; hours begin and end without an event.
    slowly: ["*"],
    minutely: true,
    signals: ["fairlead:plan"],
    every: false,
    unfolded: null,

    read: (pool) => ({ ...pool, id: `${pool.step} ${pool.key}`, title: pool.label ?? poolName(pool.key), others: othersText(pool), about: `${pool.rule}, ${strategyOf(pool.strategy).name.toLowerCase()}` }),
    words: ({ title, about, members }) => [title, about, ...members.map(({ name }) => name)],

    /** A few are all in sight; of many, the first, until somebody asks for all or searches. */
    get many() { return this.all.length > FEW + 2; },
    get shown() { return this.many && !this.every && !this.search.trim() ? this.found.slice(0, FEW) : this.found; },
    get foldText() { return this.every ? "Show fewer" : `Show all ${count(this.all.length)} pools`; },
    fold() { this.every = !this.every; },
    toggle(pool) { this.unfolded = this.unfolded === pool.id ? null : pool.id; },
    isOpen(pool) { return this.unfolded === pool.id; },
    membersOf(pool) { return this.isOpen(pool) ? pool.members.slice(0, MOST_MEMBERS) : []; },
    moreMembers(pool) { return pool.members.length > MOST_MEMBERS ? `And ${plural(pool.members.length - MOST_MEMBERS, "caller")} more: search on the page Callers` : ""; },
    freeText(pool) { return `${count(pool.free)} of ${count(pool.members.length)} free`; },
    freeChip(pool) { return pool.free ? "chip-good" : "chip-warn"; },
    numbers(member, pool) {
      const parts = [`${count(member.given)}${member.daily_limit ? ` of ${count(member.daily_limit)}` : ""} today`];
      if (member.max_load || pool.strategy === "least_loaded") parts.push(`${count(member.load)}${member.max_load ? ` of ${count(member.max_load)}` : ""} open`);
      if (pool.strategy.startsWith("weighted")) parts.push(`weight ${count(member.weight)}`);
      return parts.join(", ");
    },
    initials, tone, standingChip, standingText,
  });
}

/** Why the others of a pool get nothing now: "2 paused, 1 at cap". */
function othersText({ members, is_paused: isPaused }) {
  if (isPaused) return "Paused: its leads wait";
  const counts = new Map();
  for (const { standing } of members) if (standing !== "free") counts.set(standing, (counts.get(standing) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([standing, number]) => `${count(number)} ${standing}`).join(", ");
}
