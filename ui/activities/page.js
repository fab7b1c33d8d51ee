// The dispositions of the workspace: what can come of a call, in the order in which it is offered.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { as, maybeWhole, text } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { plural } from "../kit/words.js";
import { statusName } from "./words.js";

export function dispositions() {
  return list({
    list: "dispositions",
    noun: "disposition",
    path: "/api/dispositions",
    refresh: ["disposition"],
    words: ({ name }) => [name],

    get summary() { return this.all.length ? "What people choose from when they log a call, in this order." : ""; },
    /** What follows from it, in words. */
    effects({ counts_as_contacted: reached, task_hours: hours, needs_time: asksWhen, closes_as: ends, needs_note: asksWhy }) {
      return [
        reached && "The person was reached", hours && `Call again in ${plural(hours, "working hour")}`, asksWhen && "Asks when to call again",
        ends && `Closes the lead as ${statusName(ends).toLowerCase()}`, asksWhy && "Asks for a note",
      ].filter(Boolean);
    },
    archive({ id, name, etag: match }) {
      ask({
        title: `Archive ${name}?`, action: "Archive", text: "It is not offered any more. Calls that were logged with it go on to say so.",
        run: () => api.delete(`/api/dispositions/${id}`, { match }),
        done: () => {
          note(`${name} is archived.`);
          this.reload();
        },
      });
    },
  });
}

export const dispositionForm = () => form({
  noun: "disposition",
  path: "/api/dispositions",
  fields: {
    name: text("Enter a name, such as No answer."),
    position: maybeWhole("Enter its place, from 1."),
    counts_as_contacted: as(false),
    task_hours: maybeWhole("Enter working hours, from 1."),
    needs_time: as(false),
    closes_as: { blank: () => "", edit: (value) => value ?? "", send: (value) => value || null },
    needs_note: as(false),
  },
});
