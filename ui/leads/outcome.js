// What came of a call, as it is typed: an outcome, a note, and when to call back.

import { addDays, clock, localMinute, momentOf, now, today, until } from "../kit/time.js";
import { plural } from "../kit/words.js";

const HOUR_MS = 3_600_000;
const MORNING = "10:00";

export const blankOutcome = () => ({ disposition: null, note: "", back: "", at: "", called: null });

/** Whether something was said that must not be lost; and whether anything was done at all. */
export const isTyped = ({ disposition, note, back }) => Boolean(disposition || note.trim() || back);
export const isTouched = (draft) => isTyped(draft) || Boolean(draft.called);

export const tomorrow = () => `${addDays(today(), 1)}T${MORNING}`;

/** The choices of when to call back; the first is what the outcome does by itself. */
export function backChoices(disposition) {
  const hours = disposition?.task_hours;
  return [
    { value: "", label: disposition?.needs_time ? "When?" : hours ? `In ${plural(hours, "working hour")}` : "No call-back" },
    { value: "hour", label: "In 1 hour" },
    { value: "tomorrow", label: `Tomorrow ${MORNING}` },
    { value: "pick", label: "Pick…" },
  ];
}

/** The moment that was chosen, or nothing. */
export function backMoment({ back, at }) {
  if (back === "hour") return new Date(now() + HOUR_MS).toISOString();
  if (back === "tomorrow") return momentOf(tomorrow());
  return back === "pick" && at ? momentOf(at) : null;
}

/** What is missing before it can be saved, in words; nothing when nothing is. */
export function missing(draft, disposition) {
  if (!disposition) return "Choose what came of the call.";
  if (disposition.needs_note && !draft.note.trim()) return `“${disposition.name}” needs a note.`;
  if (disposition.needs_time && !draft.back) return `“${disposition.name}” needs a time to call back.`;
  if (!disposition.closes_as && draft.back === "pick" && !(Date.parse(backMoment(draft) ?? "") > now())) return "Pick a time to come.";
  return "";
}

/** As POST /api/leads/{id}/activities takes it. */
export function outcomeBody(draft, disposition) {
  const due = disposition.closes_as ? null : backMoment(draft);
  return {
    kind: "call",
    direction: "out",
    at: draft.called ?? new Date(now()).toISOString(),
    disposition_id: disposition.id,
    ...(draft.note.trim() ? { body: draft.note.trim() } : {}),
    ...(due ? { task: { due_at: due } } : {}),
  };
}

/** The same in a line: "No answer, call back at 15:00". */
export function outcomeWords({ task }, disposition) {
  const back = task ? `next call ${wordsOf(task.due_at)}` : disposition.closes_as ? "closed" : "";
  return [disposition.name, back].filter(Boolean).join(", ");
}

function wordsOf(due) {
  if (localMinute(due).slice(0, 10) === addDays(today(), 1)) return `tomorrow ${clock(due)}`;
  return `at ${until(due)}`;
}
