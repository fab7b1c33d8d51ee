// Which alerts are on, and when silence is unusual.

import { api } from "../kit/api.js";
import { DAYS, hoursRow, hoursRows, PRESETS, readHours } from "../callers/times.js";
import { opened } from "../kit/feed.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";

const FIELDS = ["alerts", "quiet_minutes", "hours"];

const draftOf = ({ alerts, quiet_minutes: minutes, hours }) => ({
  alerts: [...alerts], judged: minutes ? "minutes" : "weeks", minutes: String(minutes ?? 60), always: hours ? "no" : "yes", hours: hoursRows(hours),
});

export function alertSettings() {
  return {
    draft: null,
    before: "",
    days: DAYS,
    presets: PRESETS,
    problem: null,
    missing: {},
    loadProblem: null,
    busy: false,

    async init() {
      window.addEventListener("fairlead:retry", () => { if (this.loadProblem) this.load(); });
      await opened;
      await this.load();
    },

    async load() {
      try {
        this.take(await api.get("/api/alerts/settings"));
        this.loadProblem = null;
      } catch (problem) {
        this.loadProblem = problem;
      }
    },

    take(settings) {
      this.draft = draftOf(settings);
      this.before = JSON.stringify(this.draft);
    },

    get loadError() { return this.loadProblem?.message ?? null; },
    get changed() { return this.draft !== null && JSON.stringify(this.draft) !== this.before; },
    get silenceShown() { return this.draft?.alerts.includes("nothing_arrived") ?? false; },
    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },

    setHours() { if (!this.draft.hours.length) this.draft.hours = [hoursRow()]; },
    usePreset(preset) { this.draft.hours = [hoursRow(preset)]; },
    addHours() {
      const left = DAYS.map(({ id }) => id).filter((day) => !this.draft.hours.some(({ days }) => days.includes(day)));
      const added = hoursRow({ ...PRESETS[0], days: left });
      this.draft.hours.push(added);
      focusOn(() => this.$root.querySelector(`[data-row-key="${added.key}"] input`));
    },
    removeRow(gone) {
      this.draft.hours = this.draft.hours.filter(({ key }) => key !== gone.key);
      if (!this.draft.hours.length) this.draft.always = "yes";
      focusOn(() => this.$root.querySelector("[data-adds]"));
    },

    check() {
      const { draft } = this;
      this.missing = {
        ...(draft.judged === "weeks" || /^\d+$/.test(draft.minutes.trim()) ? {} : { quiet_minutes: "Enter whole minutes." }),
        ...(draft.always === "yes" || draft.hours.every(({ days, from, to }) => days.length && from && to) ? {} : { hours: "Choose days and times in every line, or remove it." }),
      };
      return !Object.keys(this.missing).length;
    },

    async save() {
      this.problem = null;
      if (this.check()) {
        this.busy = true;
        const { draft } = this;
        try {
          this.take(await api.put("/api/alerts/settings", {
            alerts: [...draft.alerts],
            quiet_minutes: draft.judged === "minutes" ? Number(draft.minutes) : null,
            hours: draft.always === "yes" ? null : readHours(draft.hours),
          }));
          note("The alerts are saved.");
        } catch (problem) {
          this.problem = problem;
        } finally {
          this.busy = false;
        }
      }
      focusOn(() => this.$root.querySelector('[aria-invalid="true"]'));
    },
  };
}
