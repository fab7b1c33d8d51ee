// The dialog that adds or edits a source.

import { bodyOf, maybe, maybeWhole, text } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { showKey } from "./key.js";
import { loadKinds, PLAIN } from "./kinds.js";

export const sourceForm = () => form({
  path: "/api/sources",
  opens: "source:edit",
  verb: "patch",
  fields: {
    name: text("Enter a name."),
    kind: { blank: () => [PLAIN], edit: (kind) => [kind], send: ([kind]) => kind ?? PLAIN },
    leads_per_minute: maybeWhole("Enter a whole number from 1, or nothing for no limit."),
    burst: maybeWhole("Enter a whole number from 1, or nothing."),
    timezone: maybe,
    date_order: maybe,
  },
  timezones: typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [],

  options: { kind: [] },
  async opened() {
    const kinds = await loadKinds().catch(() => []);
    this.options = { kind: kinds.map(({ kind, name }) => ({ value: kind, label: name })) };
  },

  get title() { return this.id ? "Edit source" : "Add a source"; },
  get action() { return this.id ? "Save" : "Add source"; },
  get nameHint() {
    return this.id
      ? "Callers' weights and rules go by this name: change it there too. Leads that came keep the old one."
      : "What managers see, and callers get weights for.";
  },

  bodyOf(draft) {
    const body = bodyOf(this.fields, draft);
    return { ...body, burst: body.leads_per_minute && body.burst };
  },
  /** A new source comes with its key. */
  saved(answer, isNew) {
    const source = isNew ? answer.source : answer;
    window.dispatchEvent(new CustomEvent("source:saved", { detail: source }));
    if (isNew) showKey(answer);
    else note(`${source.name} is saved.`);
  },
});
