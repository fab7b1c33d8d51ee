// Small turns of phrase the pages share.

const numbers = new Intl.NumberFormat("en-GB");

export const count = (number) => numbers.format(number ?? 0);
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const article = (noun) => (/^[aeiou]/.test(noun) ? "an" : "a");
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/);
  return ((Array.from(words[0])[0] ?? "?") + (words.length > 1 ? (Array.from(words.at(-1))[0] ?? "") : "")).toUpperCase();
}

/** One of six tones, the same for a name every time. */
export function tone(name) {
  let mixed = 2166136261;
  for (const letter of name ?? "") mixed = Math.imul(mixed ^ letter.codePointAt(0), 16777619);
  return String(((mixed ^ (mixed >>> 15)) >>> 0) % 6 + 1);
}

// India's area codes of three digits. Those of two begin as below, and all others have four.
const AREAS = new Set("120 121 122 124 129 130 131 132 135 140 141 144 145 151 154 160 161 162 163 164 165 166 167 168 169 171 172 175 177 180 181 182 183 184 185 186 187 188 189 191 194 212 215 217 230 231 233 240 241 250 251 253 257 260 261 265 268 278 281 285 286 288 291 294 326 341 342 343 353 354 360 361 364 368 369 370 372 373 374 376 381 385 389 413 416 421 422 423 424 427 431 435 451 452 460 461 462 466 467 468 469 470 471 472 474 475 476 477 478 479 480 481 483 484 485 487 490 491 494 495 496 497 510 512 515 522 532 535 542 548 551 552 562 565 571 581 591 595 612 621 631 641 651 657 661 663 671 674 680 712 731 733 734 751 755 788 816 820 821 824 831 832 836 861 863 866 870 877 878 883".split(" "));

/** How many digits stand together in an Indian number of ten, as phonenumbers groups it. */
function indian(number) {
  if (/^(?:11|20|22|33|40|44|79[1-5]|80[2-4]|806[0-589])/.test(number)) return [2, 4, 4];
  const isLandline = number < "6";
  if (AREAS.has(number.slice(0, 3)) && (isLandline || /^...[2-6]/.test(number))) return [3, 3, 4];
  return isLandline ? [4, 3, 3] : [5, 5];
}

/** A phone number spaced for reading; what is not known to be grouped so is left as it came. */
export function phone(number) {
  const [, code, digits] = /^\+(91(?=[1-9]\d{9}$)|1(?=\d{10}$))(\d+)$/.exec(number ?? "") ?? [];
  if (!code) return number ?? "";
  let from = 0;
  const parts = (code === "1" ? [3, 3, 4] : indian(digits)).map((length) => digits.slice(from, from += length));
  return `+${code} ${parts.join(" ")}`;
}

const STATUSES = { assigned: { name: "Assigned", look: "chip-good" }, queued: { name: "Queued", look: "chip-warn" }, closed: { name: "Closed", look: "" } };
const HELD = { name: "On hold", look: "chip-accent" };
const TEST = { name: "Test", look: "" };
const UNCLAIMED = { name: "To claim", look: "chip-accent" };
// What came of one that is with somebody, or is closed, says more than that.
const PROGRESS = {
  assigned: { contacted: { name: "Contacted", look: "chip-good" }, qualified: { name: "Qualified", look: "chip-good" } },
  closed: { converted: { name: "Converted", look: "chip-accent" }, lost: { name: "Lost", look: "" }, junk: { name: "Junk", look: "" } },
};

/** Whether a lead waits for its caller to claim it. */
export const isUnclaimed = (lead) => lead.assignment_status === "assigned" && Boolean(lead.claim_by) && !lead.claimed_at;

/** Where a lead stands: the word and look of its chip. */
export function leadStatus(lead) {
  if (lead.assignment_status === "queued" && lead.is_held) return HELD;
  if (lead.is_test) return TEST;
  if (isUnclaimed(lead)) return UNCLAIMED;
  return PROGRESS[lead.assignment_status]?.[lead.status] ?? STATUSES[lead.assignment_status];
}

/** How a caller stands, as api functions name it. */
export const standingText = capital;
export const standingChip = (standing) => (standing === "free" ? "chip-good" : standing.startsWith("at ") ? "chip-warn" : "");

/** What came today besides what counts for the limit. */
export const duplicatesText = ({ duplicates_today: duplicates }) => (duplicates ? `, ${plural(duplicates, "duplicate")}` : "");

/** Today's number against the limit: what to say, how full the bar is (0 to 1), and its look. */
export function load(caller, most = 0) {
  const { assigned_today: today, daily_limit: limit } = caller;
  const paused = caller.status === "paused";
  if (limit === 0) return { text: `${count(today)}, no limit`, share: most ? today / most : 0, state: paused ? "paused" : "open" };
  const share = Math.min(1, today / limit);
  return { text: `${count(today)} of ${count(limit)}`, share, state: paused ? "paused" : share >= 1 ? "full" : "some" };
}

/** A wait in seconds, as exact as the figures know it: see core.rounded_wait(). */
export function durationText(seconds) {
  if (seconds == null) return "–";
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (seconds < 60) return `${seconds} s`;
  if (minutes < 10) return `${minutes} min ${seconds % 60} s`;
  if (hours < 1) return `${minutes} min`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
