// One lead as one row of the live list or of the queue. Plain DOM: a list may change hundreds of times a second.

import { clock, exact, left, now, relative, waited } from "../kit/time.js";
import { isCaller } from "../kit/who.js";
import { initials, isUnclaimed, leadStatus, phone, tone } from "../kit/words.js";

/** Where the list of leads is, or that of a caller. */
export const LEADS = isCaller ? "/" : "/leads";
/** With less time than this, a claim is urgent. */
export const LATE_MS = 120_000;

function text(element, value, title) {
  if (!element) return;
  if (element.textContent !== value) element.textContent = value;
  if (title) element.title = title;
}

/** Where a lead has its panel, with the filters of the list around it kept. */
export function leadLink(id) {
  return `/leads/${id}${location.search}`;
}

export function fillLead(parts, lead, row) {
  const name = lead.name || phone(lead.phone) || "No name";
  row.dataset.status = lead.assignment_status;
  text(parts.time, relative(lead.created_at), exact(lead.created_at));
  parts.time.dateTime = lead.created_at;
  text(parts.waited, waited(lead.queued_at ?? lead.created_at), `Received ${exact(lead.created_at)}`);
  text(parts.name, name, name);
  parts.name.href = leadLink(lead.id);
  parts.name.dataset.lead = lead.id;
  text(parts.phone, lead.name ? phone(lead.phone) : "");
  text(parts.city, lead.city || lead.state || "Not given", [lead.city, lead.state].filter(Boolean).join(", "));
  text(parts.state, lead.city ? (lead.state ?? "") : "");
  text(parts.source, lead.lead_source || "–", lead.lead_source || "No source given");
  text(parts.reason, lead.assignment_reason || "", lead.assignment_reason || "");
  fillCaller(parts, lead.assigned_caller, lead.assigned_at);
  fillStatus(parts.status, lead);
  fillClaim(parts.left, lead, row);
  fillCall(parts.call, lead, name);
  if (parts.duplicate) parts.duplicate.hidden = !lead.duplicate_of;
  if (parts.held) parts.held.hidden = !lead.is_held;
  parts.pick.setAttribute("aria-label", `Select ${name}`);
  if (parts.assign) {
    parts.assign.href = leadLink(lead.id);
    parts.assign.dataset.lead = lead.id;
    parts.assign.setAttribute("aria-label", `Assign ${name}`);
  }
}

function fillCaller(parts, caller, since) {
  if (!parts.caller) return;
  text(parts.caller, caller?.name ?? "Nobody yet", caller ? `${caller.name}${since ? `, since ${clock(since)}` : ""}` : "");
  parts.caller.classList.toggle("faint", !caller);
  parts.avatar.hidden = !caller;
  if (caller) {
    text(parts.avatar, initials(caller.name));
    parts.avatar.dataset.tone = tone(caller.name);
  }
}

function fillStatus(chip, lead) {
  if (!chip) return;
  const { name, look } = leadStatus(lead);
  text(chip, name);
  chip.className = `chip chip-dot ${look}`;
}

/** What is to be claimed stands out, with the time that is left. */
function fillClaim(element, lead, row) {
  if (!element) return;
  const unclaimed = isUnclaimed(lead);
  row.dataset.claim = unclaimed ? (Date.parse(lead.claim_by) - now() < LATE_MS ? "late" : "open") : "";
  text(element, unclaimed ? (left(lead.claim_by) ? `${left(lead.claim_by)} left` : `by ${clock(lead.claim_by)}`) : "");
}

function fillCall(link, lead, name) {
  if (!link) return;
  link.hidden = !lead.phone;
  link.href = `tel:${lead.phone ?? ""}`;
  link.setAttribute("aria-label", `Call ${name}, ${phone(lead.phone)}`);
  text(link.querySelector("span"), phone(lead.phone));
}
