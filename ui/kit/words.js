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

/** A phone number spaced for reading; what is not known to be grouped so is left as it came. */
export function phone(number) {
  const mobile = /^\+91([6-9]\d{4})(\d{5})$/.exec(number ?? "");
  if (mobile) return `+91 ${mobile[1]} ${mobile[2]}`;
  // Of India's landlines the area codes of two digits; those of others have three or four.
  const landline = /^\+91(11|2[02]|33|4[04])(\d{4})(\d{4})$/.exec(number ?? "");
  if (landline) return `+91 ${landline[1]} ${landline[2]} ${landline[3]}`;
  const american = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? "");
  return american ? `+1 ${american[1]} ${american[2]} ${american[3]}` : (number ?? "");
}

const STATUSES = { assigned: { name: "Assigned", look: "chip-good" }, queued: { name: "Queued", look: "chip-warn" }, closed: { name: "Closed", look: "" } };
const HELD = { name: "On hold", look: "chip-accent" };
const TEST = { name: "Test", look: "" };
const UNCLAIMED = { name: "To claim", look: "chip-accent" };

/** Whether a lead waits for its caller to claim it. */
export const isUnclaimed = (lead) => lead.assignment_status === "assigned" && Boolean(lead.claim_by) && !lead.claimed_at;

/** Where a lead stands: the word and look of its chip. */
export function leadStatus(lead) {
  if (lead.assignment_status === "queued" && lead.is_held) return HELD;
  if (lead.is_test) return TEST;
  if (isUnclaimed(lead)) return UNCLAIMED;
  return STATUSES[lead.assignment_status];
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
