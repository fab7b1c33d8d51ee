// How a lead was assigned, or would be: the candidates of each rule tried, and what happened to them.

import { poolName } from "./words.js";

const SHORT_LIST = 12;
// What stands before the plan has no pool.
const SAME_CONTACT = "same contact";
const BEFORE_THE_PLAN = { [SAME_CONTACT]: "Who has an open lead of this contact", claims: "Who did not claim it", "by hand": "By hand" };

/** The candidates by step; unless `whole`, of a long list first those that explain most. */
export function stepsOf(explanation, state, whole) {
  const steps = new Map();
  for (const entry of explanation ?? []) {
    if (!steps.has(entry.step)) steps.set(entry.step, { number: entry.step, title: title(entry, state), rule: entry.pool ? entry.rule : "", all: [] });
    steps.get(entry.step).all.push(entry);
  }
  let places = 0;
  return [...steps.values()].map((step) => {
    const cut = !whole && step.all.length > SHORT_LIST;
    return { ...step, place: step.number ? ++places : null, shown: cut ? step.all.slice(0, SHORT_LIST) : step.all, more: cut ? step.all.length - SHORT_LIST : 0 };
  });
}

/** A key spells a state without its marks; the lead knows better. */
function title({ rule, pool }, state) {
  if (!pool) return BEFORE_THE_PLAN[rule];
  return /^state:[^,]*$/.test(pool) && state ? `Callers for ${state}` : poolName(pool);
}

export function outcomeChip({ outcome, detail }) {
  if (outcome === "chosen") return "chip-solid";
  return outcome === "skipped" && /cap|load/.test(detail ?? "") ? "chip-warn" : "";
}

export function outcomeText({ rule, pool, outcome, detail }) {
  if (outcome === "chosen") return "Chosen";
  if (rule === SAME_CONTACT && !pool && outcome === "later") return "Has a later one";
  return detail ? detail.charAt(0).toUpperCase() + detail.slice(1) : outcome;
}
