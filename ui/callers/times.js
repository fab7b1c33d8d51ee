// When a caller works and is away: between the API's lists and the rows of a form.

import { focusOn } from "../kit/focus.js";
import { addDays, localMinute } from "../kit/time.js";

const DAYS = [
  { id: "1", short: "Mo", name: "Monday" }, { id: "2", short: "Tu", name: "Tuesday" }, { id: "3", short: "We", name: "Wednesday" }, { id: "4", short: "Th", name: "Thursday" },
  { id: "5", short: "Fr", name: "Friday" }, { id: "6", short: "Sa", name: "Saturday" }, { id: "7", short: "Su", name: "Sunday" },
];
const PRESETS = [
  { name: "Mon–Fri 9–18", days: ["1", "2", "3", "4", "5"], from: "09:00", to: "18:00" },
  { name: "Mon–Sat 10–19", days: ["1", "2", "3", "4", "5", "6"], from: "10:00", to: "19:00" },
  { name: "Every day 9–21", days: ["1", "2", "3", "4", "5", "6", "7"], from: "09:00", to: "21:00" },
];

let number = 0;
/** A row of a form; its key is its own for as long as the page lives. */
export const row = (values) => ({ key: ++number, ...values });
const hoursRow = ({ days, from, to } = PRESETS[0]) => row({ days: days.map(String), from, to: to === "24:00" ? "00:00" : to });

/** The hours of a week as a field of a form. A field for a time has no 24:00: midnight at the end of a day is meant. */
export const weekHours = {
  blank: () => ({ always: "yes", lines: [] }),
  edit: (hours) => ({ always: hours ? "no" : "yes", lines: (hours ?? []).map(hoursRow) }),
  send: ({ always, lines }) => (
    always === "yes" ? null : lines.map(({ days, from, to }) => ({ days: days.map(Number).sort(), from, to: to === "00:00" ? "24:00" : to }))),
  fault: ({ always, lines }) => (
    always === "no" && lines.some(({ days, from, to }) => !days.length || !from || !to) && "Choose days and times in every line, or remove it."),
};

/** Time off as a field of a form: whole days show as dates, the last one included; anything else as date and time. */
export const timeOff = {
  blank: () => [],
  edit: (list) => list.map(({ from, to }) => {
    const [since, until] = [from, to].map((when) => (when ? localMinute(when) : ""));
    const whole = [since, until].every((minute) => !minute || minute.endsWith("T00:00"));
    return whole ? row({ whole, from: since.slice(0, 10), to: until && addDays(until.slice(0, 10), -1) }) : row({ whole, from: since, to: until });
  }),
  send: (lines) => lines.map(({ whole, from, to }) => ({ from: from || null, to: to ? (whole ? addDays(to, 1) : to) : null })),
  fault: (lines) => lines.some(({ from, to }) => !from || (to && to < from)) && "Each line needs a beginning, and an end that is not before it.",
};

/** Part of a form with lines in its fields; those of `draft.hours` are in callers/hours.html. */
export const hoursPart = () => ({
  days: DAYS,
  presets: PRESETS,

  usePreset(preset) { this.draft.hours.lines = [hoursRow(preset)]; },
  setHours() { if (!this.draft.hours.lines.length) this.usePreset(PRESETS[0]); },
  /** Saturday's hours are usually what comes after those of the week. */
  addHours() {
    const left = DAYS.map(({ id }) => id).filter((day) => !this.draft.hours.lines.some(({ days }) => days.includes(day)));
    this.addRow(this.draft.hours.lines, hoursRow({ ...PRESETS[0], days: left }));
  },
  removeHours(gone) {
    const { hours } = this.draft;
    this.removeRow(hours.lines, gone, "hours");
    if (!hours.lines.length) hours.always = "yes";
  },
  addRow(rows, added) {
    rows.push(added);
    focusOn(() => this.element.querySelector(`[data-row-key="${added.key}"] input`));
  },
  /** The focus goes to what adds a row, since the button that was pressed is gone. */
  removeRow(rows, gone, field) {
    rows.splice(rows.findIndex(({ key }) => key === gone.key), 1);
    focusOn(() => this.element.querySelector(`[data-adds="${field}"]`));
  },
});
