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
  kinds: [],
  lastKind: PLAIN,

  init() {
    this.start();
    this.$watch("draft.kind", () => this.changeKind());
  },
  async opened(source) {
    this.lastKind = source?.kind ?? PLAIN;
    this.kinds = await loadKinds().catch(() => []);
    this.options = { kind: this.kinds.map(({ kind, name }) => ({ value: kind, label: name })) };
  },
  /** With a kind comes its timezone, unless another one was set. */
  changeKind() {
    const [kind] = this.draft?.kind ?? [];
    if (!kind || kind === this.lastKind) return;
    const zoneOf = (name) => this.kinds.find((one) => one.kind === name)?.timezone ?? "";
    if (!this.draft.timezone || this.draft.timezone === zoneOf(this.lastKind)) this.draft.timezone = zoneOf(kind);
    this.lastKind = kind;
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
