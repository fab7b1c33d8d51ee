// The dialog that adds or edits a caller.

import Alpine from "@alpinejs/csp";

import { api } from "../kit/api.js";
import { DAYS, hoursRow, hoursRows, PRESETS, readHours, readTimeOff, row, timeOffRows } from "./times.js";
import { conflicts } from "../kit/conflict.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";
import { plural } from "../kit/words.js";

const FIELDS = ["name", "role", "languages", "daily_limit", "states", "status"];
// Under "More": what most callers do without.
const MORE = ["team", "campaigns", "weight", "max_load", "sources", "hours", "time_off"];
const LANGUAGES = [
  "Assamese", "Bengali", "English", "Gujarati", "Hindi", "Kannada", "Malayalam", "Marathi", "Odia", "Punjabi", "Tamil", "Telugu", "Urdu",
  "Arabic", "Chinese", "French", "German", "Indonesian", "Italian", "Japanese", "Portuguese", "Russian", "Spanish",
];

const blank = () => ({ name: "", role: "", languages: [], daily_limit: "20", states: [], status: "active", ...blankMore() });
const blankMore = () => ({ team: "", campaigns: [], weight: "1", max_load: "0", sources: [], always: "yes", hours: [], time_off: [] });

export function callerForm() {
  let before = "";
  return {
    ...conflicts("/api/callers"),
    id: null,
    etag: null,
    standing: null,
    draft: blank(),
    options: { states: [], languages: LANGUAGES, campaigns: [] },
    sourceNames: [],
    days: DAYS,
    presets: PRESETS,
    moreOpen: false,
    problem: null,
    missing: {},
    leaving: false,
    busy: false,

    init() {
      window.addEventListener("caller:edit", ({ detail }) => this.open(detail));
      this.$refs.dialog.addEventListener("cancel", (event) => {
        if (!this.changed()) return;
        event.preventDefault();
        this.leaving = true;
      });
    },

    open(caller) {
      this.id = caller?.id ?? null;
      this.etag = caller?.etag ?? null;
      this.standing = caller?.standing ?? null;
      this.conflict = false;
      this.draft = caller ? draftOf(Alpine.raw(caller)) : blank();
      this.moreOpen = false;
      before = JSON.stringify(this.draft);
      this.problem = null;
      this.missing = {};
      this.leaving = false;
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
      this.$refs.name.focus();
      this.loadChoices();
    },

    async loadChoices() {
      if (this.options.states.length) return;
      const lists = await Promise.allSettled([api.get("/api/states"), api.get("/api/lead-sources"), api.get("/api/sources")]);
      const [states, seen, sources] = lists.map(({ value }) => value?.items ?? []);
      this.options.states = states;
      this.sourceNames = [...new Set([...seen, ...sources.filter((source) => !source.revoked_at).map(({ name }) => name)])];
    },

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
        draft.always === "no" && "working hours",
        draft.time_off.length && "time off",
      ].filter(Boolean);
      return all.length ? all.join(", ") : "Team, weight, sources, working hours, time off";
    },
    addSource() { this.addRow("sources", row({ source: "", weight: "1" })); },
    addHours() { this.addRow("hours", hoursRow({ ...PRESETS[0], days: this.daysLeft })); },
    /** Saturday's hours are usually what comes after those of the week. */
    get daysLeft() { return DAYS.map(({ id }) => id).filter((day) => !this.draft.hours.some(({ days }) => days.includes(day))); },
    addDaysOff() { this.addRow("time_off", row({ whole: true, from: "", to: "" })); },
    addHoursOff() { this.addRow("time_off", row({ whole: false, from: "", to: "" })); },
    addRow(field, added) {
      this.draft[field].push(added);
      focusOn(() => this.$refs.dialog.querySelector(`[data-row-key="${added.key}"] input`));
    },
    /** The focus goes to what adds a row, since the button that was pressed is gone. */
    removeRow(field, gone) {
      const { dialog } = this.$refs;
      this.draft[field] = this.draft[field].filter(({ key }) => key !== gone.key);
      if (field === "hours" && !this.draft.hours.length) this.draft.always = "yes";
      focusOn(() => dialog.querySelector(`[data-adds="${field}"]`));
    },
    usePreset(preset) { this.draft.hours = [hoursRow(preset)]; },
    setHours() { if (!this.draft.hours.length) this.draft.hours = [hoursRow()]; },

    changed() { return JSON.stringify(this.draft) !== before; },
    close() { this.$refs.dialog.close(); },
    leave() {
      if (this.changed()) this.leaving = true;
      else this.close();
    },
    stay() { this.leaving = false; },
    closeOutside(event) { if (event.target === this.$refs.dialog && !this.changed()) this.close(); },

    get title() { return this.id ? "Edit caller" : "Add a caller"; },
    get saveText() { return this.busy ? "Saving…" : this.id ? "Save" : "Add caller"; },
    get loadHint() { return this.draft.max_load.trim() === "0" ? "No limit." : "No new leads while so many are open."; },
    get limitHint() { return this.draft.daily_limit.trim() === "0" ? "No limit: leads keep coming all day." : "Leads a day at most. 0 means no limit."; },
    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides([...FIELDS, ...MORE]) ?? null; },

    check() {
      const { draft } = this;
      const limit = draft.daily_limit.trim();
      const whole = (text) => /^\d+$/.test(text.trim());
      this.missing = {
        ...(this.draft.name.trim() ? {} : { name: "Enter the caller's name." }),
        ...(/^\d+$/.test(limit) ? {} : { daily_limit: "Enter a whole number: 0 for no limit, or the most leads a day." }),
        ...(whole(draft.weight) ? {} : { weight: "Enter a whole number from 1." }),
        ...(whole(draft.max_load) ? {} : { max_load: "Enter a whole number: 0 for no limit." }),
        ...(draft.sources.every(({ source }) => source.trim()) ? {} : { sources: "Name every source, or remove its line." }),
        ...(draft.sources.every(({ weight }) => whole(weight)) ? {} : { sources: "Enter whole numbers as weights; 0 means none of its leads." }),
        ...(draft.always === "yes" || draft.hours.every(({ days, from, to }) => days.length && from && to) ? {} : { hours: "Choose days and times in every line, or remove it." }),
        ...(draft.time_off.every(({ from, to }) => from && (!to || to >= from)) ? {} : { time_off: "Each line needs a beginning, and an end that is not before it." }),
      };
      return !Object.keys(this.missing).length;
    },

    async submit() {
      this.problem = null;
      this.leaving = false;
      if (this.check()) {
        this.busy = true;
        try {
          await this.save();
        } catch (problem) {
          this.refused(problem);
        } finally {
          this.busy = false;
        }
      }
      if (MORE.some((field) => this.errorAt(field))) this.moreOpen = true;
      this.focusFault();
    },

    async save() {
      const { draft, id } = this;
      const body = {
        name: draft.name.trim(),
        role: draft.role.trim() || null,
        languages: [...draft.languages],
        daily_limit: Number(draft.daily_limit),
        states: [...draft.states],
        status: draft.status,
        team: draft.team.trim() || null,
        campaigns: [...draft.campaigns],
        weight: Number(draft.weight),
        max_load: Number(draft.max_load),
        sources: draft.sources.map(({ source, weight }) => ({ source: source.trim(), weight: Number(weight) })),
        hours: draft.always === "yes" ? null : readHours(draft.hours),
        time_off: readTimeOff(draft.time_off),
      };
      // If the caller is paused or away from now on, callers/departure.js asks afterwards where the open leads go.
      const saved = id ? await api.put(`/api/callers/${id}`, { ...body, hand_over: "keep" }, { match: this.etag }) : await api.post("/api/callers", body);
      window.dispatchEvent(new CustomEvent("caller:saved", { detail: saved }));
      window.dispatchEvent(new CustomEvent("fairlead:callers"));
      this.close();
      note(id ? `${saved.name} is saved.` : `${saved.name} is added.`);
      if (id && saved.open_leads && ["paused", "away"].includes(saved.standing) && saved.standing !== this.standing) askAbout(saved);
    },
  };
}

function askAbout({ id: callerId, name, standing }) {
  const act = (to) => (to === "keep" ? null : api.post(`/api/callers/${callerId}/hand-over`, { to }));
  window.dispatchEvent(new CustomEvent("caller:leaves", { detail: { callerId, name, why: standing, act } }));
}

function draftOf(caller) {
  return {
    name: caller.name,
    role: caller.role ?? "",
    languages: [...caller.languages],
    daily_limit: String(caller.daily_limit),
    states: [...caller.states],
    status: caller.status,
    team: caller.team ?? "",
    campaigns: [...caller.campaigns],
    weight: String(caller.weight),
    max_load: String(caller.max_load),
    sources: caller.sources.map(({ source, weight }) => row({ source, weight: String(weight) })),
    always: caller.hours ? "no" : "yes",
    hours: hoursRows(caller.hours),
    time_off: timeOffRows(caller.time_off),
  };
}
