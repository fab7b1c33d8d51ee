// What happened with a lead, in words: an entry of its timeline for each event of its log.

import { day, until } from "../kit/time.js";
import { capital, plural } from "../kit/words.js";

const TURNS = {
  "lead.claimed": "Claimed", "lead.expired": "Not claimed in time", "lead.closed": "Closed", "lead.updated": "Edited", "lead.reread": "Phones read again",
  "lead.held": "Put on hold", "lead.released": "Released from hold",
  "contact.merged": "Merged into another contact", "contact.unmerged": "Unmerged from the other contact",
};
const KEYS = {
  external_id: "external id", phone: "phone", phone_2: "second phone", phone_3: "third phone", phone_4: "fourth phone", phone_5: "fifth phone", phone_6: "sixth phone",
  email: "email",
};
const ACTIVITIES = { call: "Call", email: "E-mail", meeting: "Meeting", visit: "Visit", note: "Note", whatsapp: "WhatsApp message", sms: "SMS", other: "Activity" };
const TASKS = { created: "To do", updated: "Moved", done: "Done", reopened: "To do again", archived: "Called off" };

export const STATUSES = [
  { id: "new", name: "New" }, { id: "contacted", name: "Contacted" }, { id: "qualified", name: "Qualified" },
  { id: "converted", name: "Converted", ends: true }, { id: "lost", name: "Lost", ends: true }, { id: "junk", name: "Junk", ends: true },
];
export const statusName = (id) => STATUSES.find((status) => status.id === id)?.name ?? capital(id);

/** "at 15:00", "on 5 Jan 2026". */
export const dueText = ({ due_at: at, due_on: on }) => (at ? until(at) : day(on));

/** "Call: Interested", "Call from them", "Note". */
export function activityText({ kind, direction, disposition, seconds, title }) {
  const name = `${ACTIVITIES[kind] ?? "Activity"}${direction === "in" ? " from them" : ""}`;
  const lasted = seconds ? `, ${seconds < 60 ? `${seconds} s` : plural(Math.round(seconds / 60), "minute")}` : "";
  return `${name}${lasted}${disposition ? `: ${disposition.name}` : title ? `: ${title}` : ""}`;
}

/** An event as an entry, or null for one that is of no interest here. */
export function entryOf(event) {
  const said = sayingOf(event);
  return said && { id: event.seq, at: event.at, by: byOf(event), reason: null, body: null, links: [], activity: null, isGone: false, ...said };
}

function byOf({ kind, actor }) {
  if (kind === "lead.assigned" || kind === "lead.queued") return "by routing";
  return actor === "tick" ? null : `by ${actor}`;
}

function sayingOf({ kind, data, caller, reason, activity, task }) {
  if (TURNS[kind]) return { text: TURNS[kind], links: linksOf(data), reason: data.reason ?? null };
  if (activity) return { text: activityText(activity), body: activity.body, activity, isGone: Boolean(activity.withdrawn_at), at: activity.at };
  const [noun, verb] = kind.split(".");
  if (noun === "task") return task && { text: `${TASKS[verb] ?? capital(verb)}: ${data.title}`, reason: verb === "done" ? null : dueText(data) };
  switch (kind) {
    case "lead.assigned": return { text: `Assigned to ${caller.name}`, reason };
    case "lead.reassigned": return caller ? { text: `Assigned to ${caller.name}`, reason } : { text: "Sent back through routing", reason: data.reason ?? null };
    case "lead.reopened": return { text: caller ? `Reopened, with ${caller.name}` : "Reopened", reason };
    case "lead.queued": return { text: "Put in the queue", reason: data.reason };
    case "lead.status_changed": return { text: statusName(data.to), reason: data.reason ?? null };
    case "activity.withdrawn": return { text: "Taken back" + (data.disposition ? `: ${data.disposition}` : "") };
    case "contact.conflict": return conflict(data);
    default: return null;
  }
}

/** A contact has the id of its first lead, which is where one sees it. */
const linksOf = (data) => (data.into_id ? [{ id: data.into_id, text: "The other contact" }] : []);

/** The lead's keys name different contacts: the one it counts for, and others who may be the same person. */
function conflict({ contact_id: winner, keys }) {
  const kinds = Object.keys(KEYS).filter((kind) => keys[kind]);
  const others = kinds.filter((kind) => keys[kind] !== winner);
  // An edit names but those of others.
  const own = kinds.filter((kind) => keys[kind] === winner);
  const names = (list) => list.map((kind) => KEYS[kind]).join(" and ");
  const ids = [...new Set(others.map((kind) => keys[kind]))];
  return {
    by: null,
    text: `Its ${names(others)} belonged to ${ids.length > 1 ? "other contacts" : "another contact"}`,
    reason: `${own.length ? `It counts for the contact with its ${names(own)}` : "It stays with its own contact"}. Merge them if they are one person.`,
    links: ids.map((id) => ({ id, text: `The contact with its ${names(others.filter((kind) => keys[kind] === id))}` })),
  };
}
