// What a lead says in detail, in groups: who somebody is, where the lead is from, what is wanted.

import { exact, relative } from "../kit/time.js";
import { count, plural } from "../kit/words.js";

const WHO = [["Email", "email"], ["Company", "company"], ["Job title", "job_title"], ["External id", "external_id"]];
const WHERE = [["City", "city"], ["State", "state"], ["Country", "country"], ["Language", "language"]];
const FROM = [["Source", "lead_source"], ["Medium", "medium"], ["Search term", "term"], ["Row", "source_row_id"]];
const WANTED = [["Product", "product"], ["Budget", "budget"], ["Timeline", "timeline_months"], ["Who decides", "authority"]];
/** What stands beside the fields that it was given for, and not among the metadata. */
export const GIVEN = ["phone_given", "budget_given", "timeline_months_given"];

/** A budget as a form has it. */
export function budgetDraft(budget) {
  if (!budget) return "";
  const { least, most } = budget;
  if (least === null) return `up to ${most}`;
  if (most === null) return `${least} or more`;
  if (least === most) return String(least);
  return most < 1000 ? `${least.toFixed(2)} - ${most.toFixed(2)}` : `${least} - ${most}`;
}

function budgetText({ least, most }) {
  if (least === null) return `Up to ${count(most)}`;
  if (most === null) return `${count(least)} or more`;
  return least === most ? count(least) : `${count(least)} to ${count(most)}`;
}

const TEXTS = { budget: budgetText, timeline_months: (months) => (months ? `Within ${plural(months, "month")}` : "At once") };

function factsOf(lead, fields, always = []) {
  const facts = [];
  for (const [label, field] of fields) {
    const value = lead[field];
    const given = lead.metadata?.[`${field}_given`];
    if (value !== null && value !== "") facts.push(fact(label, TEXTS[field]?.(value) ?? value, given && field in TEXTS ? `given as “${readable(given)}”` : null));
    else if (given && field in TEXTS) facts.push(fact(label, readable(given), "as given"));
    else if (always.includes(field)) facts.push({ ...fact(label, "Not given"), absent: true });
  }
  return facts;
}

const fact = (label, value, note = null, title = null) => ({ label, value, note, title, absent: false });

export function detailsOf(lead) {
  const who = factsOf(lead, WHO);
  const given = lead.metadata?.phone_given;
  if (given) who.unshift(fact("Phone", readable(given), lead.phone ? "as given: not all of it was understood" : "as given: not understood"));
  const where = factsOf(lead, WHERE, ["city", "state"]);
  Object.assign(where.find(({ label }) => label === "State"), stateOf(lead));
  const from = factsOf(lead, FROM);
  if (lead.timestamp) from.push(fact("Submitted", relative(lead.timestamp), null, exact(lead.timestamp)));
  from.push(fact("Received", relative(lead.created_at), lead.source ? `through ${lead.source.name}` : null, exact(lead.created_at)));
  const groups = [
    { name: "Who", facts: who }, { name: "Where", facts: where }, { name: "What they want", facts: factsOf(lead, WANTED) },
    { name: "Where from", facts: from },
  ];
  return groups.filter(({ facts }) => facts.length);
}

/** A value of the metadata as text: lists of plain values with commas, anything deeper as JSON. */
export function readable(value) {
  if (Array.isArray(value) && value.every((entry) => entry === null || typeof entry !== "object")) return value.join(", ");
  return value !== null && typeof value === "object" ? JSON.stringify(value, null, 2) : String(value ?? "");
}

/** What is said of a state beside its name: how it was looked up, or between which states it stands. */
function stateOf({ state, state_from: from, state_given: given, possible_states: possible, city }) {
  if (possible) {
    const name = from === "postal_code" ? "its postal code" : `“${from === "city" ? city : given}”`;
    return { value: choiceOf(possible), note: `not known, as ${name} is in ${possible.length === 2 ? "both" : "all of them"}` };
  }
  const source = { city: "looked up from the city", postal_code: "looked up from the postal code" }[from];
  const said = given && given !== state ? `given as “${given}”` : null;
  return { note: [source, said].filter(Boolean).join("; ") || null };
}

/** "Bihar or Maharashtra". */
function choiceOf(states) {
  return `${states.slice(0, -1).join(", ")} or ${states.at(-1)}`;
}
