// An event of the audit in words: who, what, about whom, and each field before and after.

import { exact, relative } from "../kit/time.js";
import { inWords, spaced } from "./kinds.js";

const ACTORS = { intake: "A source", tick: "Fairlead, in time", cli: "The command line", "sign-in": "Somebody signing in", migration: "An update of Fairlead" };
const ABOUT = { lead: ({ id }) => `/leads/${id}`, caller: ({ id }) => `/audit?caller=${id}` };

export function entryInWords({ seq, at, kind, actor, about, reason, changes }) {
  const { noun, verb } = inWords(kind);
  return {
    seq, at, reason,
    when: relative(at),
    exact: exact(at),
    who: ACTORS[actor.id] ?? actor.name,
    whoHref: `/audit?who=${encodeURIComponent(actor.id)}`,
    whoLabel: `Only what ${ACTORS[actor.id] ?? actor.name} did`,
    topic: noun,
    what: verb,
    about: about && !["workspace", "alert_settings"].includes(about.type) ? { name: about.name || (about.type === "lead" ? "Lead without a name" : "Without a name"), href: ABOUT[about.type]?.(about) ?? null } : null,
    changes: changes.map(({ field, before, after }) => ({
      field: spaced(field), isNew: isNothing(before), isGone: isNothing(after),
      before: short(shown(before)), after: short(shown(after)), wasExactly: shown(before), isExactly: shown(after),
    })),
  };
}

const LONGEST = 160;
const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
const isNothing = (value) => value === null || value === "" || value === "{}" || (typeof value === "object" && !Object.keys(value).length);

function shown(value) {
  if (isNothing(value)) return "nothing";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value !== "object") return String(value);
  if (value.id && value.name) return value.name;
  return Object.entries(value).map(([name, part]) => `${name} ${shown(part)}`).join(", ");
}
