// Times as people say them, in the workspace's timezone and by the server's clock.

const zone = document.documentElement.dataset.timezone || undefined;
const LOCALE = "en-GB";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const format = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options });
const clockFormat = format({ hour: "2-digit", minute: "2-digit" });
const dayFormat = format({ day: "numeric", month: "short" });
const yearFormat = format({ day: "numeric", month: "short", year: "numeric" });
const longDayFormat = format({ weekday: "long", day: "numeric", month: "long" });
const exactFormat = format({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
const dateFormat = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
const fieldFormat = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });

let skew = 0;

/** Learns from an answer's Date header how far this computer's clock is off; under two seconds it is noise. */
export function learnClock(header) {
  const difference = Date.parse(header ?? "") - Date.now();
  if (Number.isFinite(difference)) skew = Math.abs(difference) < 2 * SECOND ? 0 : difference;
}

export const now = () => Date.now() + skew;
export const clock = (when) => clockFormat.format(new Date(when));
/** "5 Nov". */
export const dayAndMonth = (when) => dayFormat.format(new Date(when));
export const exact = (when) => (when ? exactFormat.format(new Date(when)) : "");
export const longDay = () => longDayFormat.format(now());
/** A date (YYYY-MM-DD) as people write it. */
export const day = (date) => yearFormat.format(new Date(startOfDay(date)));
export const zoneName = () => (zone ?? "").split("/").at(-1).replaceAll("_", " ");

/** The date (YYYY-MM-DD) in the workspace's timezone. */
export const dateOf = (when) => dateFormat.format(new Date(when));

export function relative(when) {
  if (!when) return "";
  const moment = Date.parse(when);
  const age = now() - moment;
  if (age < 10 * SECOND) return "now";
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s ago`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  const day = dateOf(moment);
  if (day === dateOf(now())) return `${Math.floor(age / HOUR)} h ago`;
  if (day === dateOf(now() - DAY)) return `Yesterday ${clock(moment)}`;
  if (day.slice(0, 4) === dateOf(now()).slice(0, 4)) return `${dayFormat.format(moment)} ${clock(moment)}`;
  return yearFormat.format(moment);
}

/** A moment to come: "14:30" today, else "22 Nov 14:30". */
export const until = (when) => (dateOf(when) === dateOf(now()) ? clock(when) : `${dayFormat.format(new Date(when))} ${clock(when)}`);

/** How long something has waited: "40 s", "12 min", "3 h 20 min", "2 d 4 h". */
export function waited(since) {
  const age = Math.max(0, now() - Date.parse(since));
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h ${Math.floor((age % HOUR) / MINUTE)} min`;
  return `${Math.floor(age / DAY)} d ${Math.floor((age % DAY) / HOUR)} h`;
}

/** What is left until a moment, to the second: "4:12", or nothing when it is an hour or more. */
export function left(when) {
  const seconds = Math.max(0, Math.ceil((Date.parse(when) - now()) / SECOND));
  return seconds * SECOND >= HOUR ? "" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The moment a date (YYYY-MM-DD) begins in the workspace's timezone, as ISO text. */
export const startOfDay = (date) => momentOf(`${date}T00:00`);

/** The moment at which the workspace's clocks show so: the inverse of localMinute(), as ISO text. */
export function momentOf(local) {
  const wanted = Date.parse(`${local}:00Z`);
  let moment = wanted;
  // Twice, because the offset may change between the first guess and the answer.
  for (let turn = 0; turn < 2; turn++) moment = wanted - offsetAt(moment);
  return new Date(moment).toISOString();
}

/** The date `days` after a date, as text. */
export function addDays(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The period as dates of the workspace's timezone, both included; either may be missing. */
export function dates({ period, from, to }) {
  const day = today();
  if (period === "today") return { from: day, to: null };
  if (period === "yesterday") return { from: addDays(day, -1), to: addDays(day, -1) };
  if (period === "7-days") return { from: addDays(day, -6), to: null };
  if (period === "30-days") return { from: addDays(day, -29), to: null };
  if (period === "dates") return { from: from || null, to: to || null };
  return { from: null, to: null };
}

/** A moment as the workspace's clocks show it: YYYY-MM-DDTHH:MM, as a field for date and time takes it. */
export function localMinute(when) {
  const part = Object.fromEntries(fieldFormat.formatToParts(new Date(when)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

export const today = () => dateOf(now());

function offsetAt(moment) {
  const part = Object.fromEntries(fieldFormat.formatToParts(moment).map(({ type, value }) => [type, value]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - Math.floor(moment / SECOND) * SECOND;
}
