// What is said of a source, in the list and on its own page.

import { relative, until } from "../kit/time.js";
import { count } from "../kit/words.js";

export const stateText = ({ revoked_at: revoked }) => (revoked ? "Revoked" : "Live");
export const stateChip = ({ revoked_at: revoked }) => (revoked ? "" : "chip-good");
export const oldKeyText = ({ old_keys_until: end, revoked_at: revoked }) => (end && !revoked ? `Old key until ${until(end)}` : "");
export const lastLead = ({ last_lead_at: last }) => (last ? relative(last) : "None yet");

const ORDERS = { day_first: "day first", month_first: "month first", year_first: "year first" };

/** How its times and dates are read. */
export const timesText = ({ timezone, date_order: order }) => [timezone ?? "As in the workspace", ...(order ? [`${ORDERS[order]} in dates`] : [])].join(", ");

export function limitText({ leads_per_minute: rate, burst }) {
  if (!rate) return "No limit";
  return `${count(rate)} a minute${burst && burst !== rate ? `, ${count(burst)} at once` : ""}`;
}
