// Why a lead is a caller's next one, in words.

import { day, dayAndMonth, left, now, relative, startOfDay, today, until, waited } from "../kit/time.js";
import { LATE_MS } from "./row.js";

/** The word and look of the chip that says why. `lead.turn` is that of GET /api/my/day. */
export function whyNext(lead) {
  const say = WHY[lead.turn];
  return say ? say(lead) : { name: lead.due ? `Call back ${dueWords(lead)}` : "Nothing to do just now", look: "" };
}

const WHY = {
  claim: ({ claim_by: by }) => ({
    name: left(by) ? `To claim: ${left(by)} left` : `To claim by ${until(by)}`,
    look: Date.parse(by) - now() < LATE_MS ? "chip-warn" : "chip-accent",
  }),
  call_back: (lead) => ({ name: `Call back, due ${dueWords(lead)}`, look: "chip-warn" }),
  new: ({ assigned_at: since }) => ({ name: `New, with you for ${waited(since)}`, look: "chip-good" }),
  no_next_step: ({ last }) => ({ name: last ? `No next step since ${relative(last.at)}` : "No next step", look: "" }),
};

/** "today", "yesterday", "14:30", "22 Nov 14:30": what is due on a date has no time. */
export function dueWords({ due, due_on: on }) {
  if (on === today()) return "today";
  if (on) return on.slice(0, 4) === today().slice(0, 4) ? dayAndMonth(startOfDay(on)) : day(on);
  return due ? until(due) : "";
}

/** What happened last: "Yesterday 15:10: No answer. Asha". */
export function lastWords(last) {
  if (!last) return "";
  return `${relative(last.at)}: ${[last.disposition ?? KINDS[last.kind] ?? "Noted", last.is_own ? "you" : last.by].filter(Boolean).join(", by ")}`;
}

const KINDS = { call: "Call", email: "E-mail", meeting: "Meeting", visit: "Visit", note: "Note", whatsapp: "WhatsApp", sms: "SMS" };
