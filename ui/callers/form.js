// The dialog that adds or edits a caller.

import { api } from "../kit/api.js";
import { as, blankOf, bodyOf, draftOf, faultsOf, isWhole, maybe, several, text, whole } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { tellInvited } from "../kit/invited.js";
import { note } from "../kit/notes.js";
import { plural } from "../kit/words.js";
import { hoursPart, row, timeOff, weekHours } from "./times.js";

// Under "More": what most callers do without.
const MORE = ["team", "campaigns", "weight", "max_load", "sources", "hours", "time_off"];
const LANGUAGES = [
  "Assamese", "Bengali", "English", "Gujarati", "Hindi", "Kannada", "Malayalam", "Marathi", "Odia", "Punjabi", "Tamil", "Telugu", "Urdu",
  "Arabic", "Chinese", "French", "German", "Indonesian", "Italian", "Japanese", "Portuguese", "Russian", "Spanish",
];

export const callerForm = () => form({
  ...hoursPart(),
  path: "/api/callers",
  noun: "caller",
  fields: {
    name: text("Enter the caller's name."),
    role: maybe,
    languages: several(),
    daily_limit: whole(20, "Enter a whole number: 0 for no limit, or the most leads a day."),
    states: several(),
    status: as("active"),
    team: maybe,
    campaigns: several(),
    weight: whole(1, "Enter a whole number from 1."),
    max_load: whole(0, "Enter a whole number: 0 for no limit."),
    sources: {
      blank: () => [],
      edit: (list) => list.map(({ source, weight }) => row({ source, weight: String(weight) })),
      send: (lines) => lines.map(({ source, weight }) => ({ source: source.trim(), weight: Number(weight) })),
      fault: sourcesFault,
    },
    hours: weekHours,
    time_off: timeOff,
  },
  blank() { return { ...blankOf(this.fields), signs_in: false, email: "" }; },
  draftOf(caller) { return { ...draftOf(this.fields, caller), signs_in: false, email: "" }; },
  check(draft) { return { ...faultsOf(this.fields, draft), email: this.isNew && draft.signs_in && !draft.email.trim() && "Enter the address they sign in with." }; },
  standing: null,
  options: { states: [], languages: LANGUAGES, campaigns: [] },
  sourceNames: [],
  moreOpen: false,

  async opened(caller) {
    this.standing = caller?.standing ?? null;
    this.moreOpen = false;
    if (this.options.states.length) return;
    const lists = await Promise.allSettled([api.get("/api/states"), api.get("/api/lead-sources"), api.get("/api/sources")]);
    const [states, seen, sources] = lists.map(({ value }) => value?.items ?? []);
    this.options.states = states;
    this.sourceNames = [...new Set([...seen, ...sources.filter((source) => !source.revoked_at).map(({ name }) => name)])];
  },

  get loadHint() { return this.draft.max_load.trim() === "0" ? "No limit." : "No new leads while so many are open."; },
  get limitHint() { return this.draft.daily_limit.trim() === "0" ? "No limit: leads keep coming all day." : "Leads a day at most. 0 means no limit."; },

  // More

  toggleMore() { this.moreOpen = !this.moreOpen; },
  /** What is set in the part that is folded away. */
  get moreText() {
    const { draft } = this;
    const all = [
      draft.team.trim() && `team ${draft.team.trim()}`,
      draft.campaigns.length && plural(draft.campaigns.length, "campaign"),
      draft.weight.trim() !== "1" && `weight ${draft.weight}`,
      draft.max_load.trim() !== "0" && `${draft.max_load} open at most`,
      draft.sources.length && plural(draft.sources.length, "source"),
      draft.hours.always === "no" && "working hours",
      draft.time_off.length && "time off",
    ].filter(Boolean);
    return all.length ? all.join(", ") : "Team, weight, sources, working hours, time off";
  },
  addSource() { this.addRow(this.draft.sources, row({ source: "", weight: "1" })); },
  addDaysOff() { this.addRow(this.draft.time_off, row({ whole: true, from: "", to: "" })); },
  addHoursOff() { this.addRow(this.draft.time_off, row({ whole: false, from: "", to: "" })); },

  // If the caller is paused or away from now on, callers/departure.js asks afterwards where the open leads go.
  bodyOf(draft) {
    const more = this.id ? { hand_over: "keep" } : { email: draft.signs_in ? draft.email.trim() : null };
    return { ...bodyOf(this.fields, draft), ...more };
  },
  /** A mistake in the part that is folded away must be seen. */
  faulted() { if (MORE.some((field) => this.errorAt(field))) this.moreOpen = true; },
  saved(caller, isNew) {
    window.dispatchEvent(new CustomEvent("caller:saved", { detail: caller }));
    window.dispatchEvent(new CustomEvent("fairlead:callers"));
    note(isNew ? `${caller.name} is added.` : `${caller.name} is saved.`);
    if (caller.invited) tellInvited([caller.invited]);
    if (!isNew && caller.open_leads && ["paused", "away"].includes(caller.standing) && caller.standing !== this.standing) askAbout(caller);
  },
});

function sourcesFault(sources) {
  if (sources.some(({ source }) => !source.trim())) return "Name every source, or remove its line.";
  return sources.some(({ weight }) => !isWhole(weight)) && "Enter whole numbers as weights; 0 means none of its leads.";
}

function askAbout({ id: callerId, name, standing }) {
  const act = (to) => (to === "keep" ? null : api.post(`/api/callers/${callerId}/hand-over`, { to }));
  window.dispatchEvent(new CustomEvent("caller:leaves", { detail: { callerId, name, why: standing, act } }));
}
