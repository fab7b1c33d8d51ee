// What has happened to a lead, in words.

const TURNS = {
  "lead.claimed": "Claimed", "lead.expired": "Not claimed in time", "lead.closed": "Closed", "lead.reopened": "Reopened",
  "lead.updated": "Edited", "lead.reread": "Phones read again", "lead.held": "Put on hold", "lead.released": "Released from hold",
  "contact.merged": "Merged into another contact", "contact.unmerged": "Unmerged from the other contact",
};
const KEYS = {
  external_id: "external id", phone: "phone", phone_2: "second phone", phone_3: "third phone", phone_4: "fourth phone", phone_5: "fifth phone", phone_6: "sixth phone",
  email: "email",
};

/** Assignments, waits and turns, the newest first. */
export function historyOf({ assignments, history, source, created_at: received }) {
  const moves = assignments.map((entry) => ({
    id: entry.id, at: entry.assigned_at, text: `Assigned to ${entry.caller.name}`, by: entry.assigned_by && `by ${entry.assigned_by}`, reason: entry.reason, links: [],
  }));
  const waits = history.filter(({ kind }) => kind === "lead.queued")
    .map((event) => ({ id: event.seq, at: event.at, text: "Put in the queue", by: "by routing", reason: event.data.reason, links: [] }));
  const turns = history.filter(({ kind }) => TURNS[kind])
    .map((event) => ({ id: event.seq, at: event.at, text: TURNS[event.kind], by: event.actor === "tick" ? null : `by ${event.actor}`, reason: null, links: linksOf(event) }));
  const conflicts = history.filter(({ kind }) => kind === "contact.conflict").map(conflict);
  const all = [...moves, ...waits, ...turns, ...conflicts].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return [...all, { id: 0, at: received, text: "Received", by: source && `through ${source.name}`, reason: null, links: [] }];
}

/** A contact has the id of its first lead, which is where one sees it. */
function linksOf({ data }) {
  return data.into_id ? [{ id: data.into_id, text: "The other contact" }] : [];
}

/** The lead's keys name different contacts: the one it counts for, and others who may be the same person. */
function conflict({ seq, at, data: { contact_id: winner, keys } }) {
  const kinds = Object.keys(KEYS).filter((kind) => keys[kind]);
  const others = kinds.filter((kind) => keys[kind] !== winner);
  const names = (list) => list.map((kind) => KEYS[kind]).join(" and ");
  const ids = [...new Set(others.map((kind) => keys[kind]))];
  return {
    id: seq, at, by: null,
    text: `Its ${names(others)} belonged to ${ids.length > 1 ? "other contacts" : "another contact"}`,
    reason: `It counts for the contact with its ${names(kinds.filter((kind) => keys[kind] === winner))}. Merge them if they are one person.`,
    links: ids.map((id) => ({ id, text: `The contact with its ${names(others.filter((kind) => keys[kind] === id))}` })),
  };
}
