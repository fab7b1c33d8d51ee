// When a caller works and is away: between the API's lists and the rows of a form.

import { addDays, localMinute } from "../kit/time.js";

export const DAYS = [
  { id: "1", short: "Mo", name: "Monday" }, { id: "2", short: "Tu", name: "Tuesday" }, { id: "3", short: "We", name: "Wednesday" }, { id: "4", short: "Th", name: "Thursday" },
  { id: "5", short: "Fr", name: "Friday" }, { id: "6", short: "Sa", name: "Saturday" }, { id: "7", short: "Su", name: "Sunday" },
];
export const PRESETS = [
  { name: "Mon–Fri 9–18", days: ["1", "2", "3", "4", "5"], from: "09:00", to: "18:00" },
  { name: "Mon–Sat 10–19", days: ["1", "2", "3", "4", "5", "6"], from: "10:00", to: "19:00" },
  { name: "Every day 9–21", days: ["1", "2", "3", "4", "5", "6", "7"], from: "09:00", to: "21:00" },
];

let number = 0;
/** A row of a form; its key is its own for as long as the page lives. */
export const row = (values) => ({ key: ++number, ...values });
export const hoursRow = ({ days, from, to } = PRESETS[0]) => row({ days: days.map(String), from, to: to === "24:00" ? "00:00" : to });

export const hoursRows = (hours) => (hours ?? []).map(hoursRow);

/** A field for a time has no 24:00; midnight at the end of a day is meant. */
export const readHours = (rows) => rows.map(({ days, from, to }) => ({ days: days.map(Number).sort(), from, to: to === "00:00" ? "24:00" : to }));

/** Whole days show as dates, the last one included; anything else as date and time. */
export function timeOffRows(list) {
  return list.map(({ from, to }) => {
    const [since, until] = [from, to].map((when) => (when ? localMinute(when) : ""));
    const whole = [since, until].every((minute) => !minute || minute.endsWith("T00:00"));
    return whole ? row({ whole, from: since.slice(0, 10), to: until && addDays(until.slice(0, 10), -1) }) : row({ whole, from: since, to: until });
  });
}

export const readTimeOff = (rows) => rows.map(({ whole, from, to }) => ({ from: from || null, to: to ? (whole ? addDays(to, 1) : to) : null }));
