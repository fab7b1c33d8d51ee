// Taking back what was done to many, from the note that tells of it. Taking that back does it again.

import { api } from "../kit/api.js";
import { note } from "../kit/notes.js";
import { count, plural } from "../kit/words.js";

const CALLERS = new Set(["pause", "activate", "limits"]);
const WHY = {
  closed: "closed", claimed: "claimed since", worked: "worked since", moved: "moved since", test: "tests", has_it: "with one of them already", not_waiting: "not waiting", held: "on hold already", not_held: "not on hold", unknown: "not there any more", archived: "archived", same: "so already",
};

/** "3 are closed, 1 was claimed since" */
export function leftOut(answer) {
  return answer.left_out.map(({ why, count: number }) => `${count(number)} ${WHY[why] ?? why}`).join(", ");
}

/** Tells what was done, with a button that takes it back. */
export function tell(text, answer, label = "Undo") {
  const left = leftOut(answer);
  note(`${text}${left ? ` Left as they are: ${left}.` : ""}`, answer.done ? { label, act: () => undo(answer, label) } : null);
}

async function undo({ id }, label) {
  try {
    const answer = await api.post(`/api/actions/${id}/undo`);
    const leads = plural(answer.done, CALLERS.has(answer.asked.action) ? "caller" : "lead");
    if (label === "Undo") tell(`Taken back: ${leads} ${answer.done === 1 ? "is" : "are"} as before.`, answer, "Do it again");
    else tell(`Done again with ${leads}.`, answer);
  } catch (problem) {
    note(problem.message);
  }
}
