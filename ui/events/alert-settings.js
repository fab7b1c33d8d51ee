// Which alerts are on, and when silence is unusual.

import { hoursPart, weekHours } from "../callers/times.js";
import { as, bodyOf, draftOf, several, whole } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";

const FIELDS = { alerts: several(), judged: as("weeks"), quiet_minutes: whole(60, "Enter whole minutes."), hours: weekHours };

export const alertSettings = () => form({
  ...hoursPart(),
  path: "/api/alerts/settings",
  single: true,
  fields: FIELDS,

  get silenceShown() { return this.draft.alerts.includes("nothing_arrived"); },

  // Without minutes, silence is judged by the weeks before.
  draftOf: ({ quiet_minutes: minutes, ...rest }) => draftOf(FIELDS, { ...rest, judged: minutes ? "minutes" : "weeks", quiet_minutes: minutes ?? 60 }),
  bodyOf(draft) {
    const { judged, ...body } = bodyOf(FIELDS, draft);
    return { ...body, quiet_minutes: judged === "minutes" ? body.quiet_minutes : null };
  },
  saved() { note("The alerts are saved."); },
});
