// The form of a source: on which sites it may stand, where its visitors go then, and what to paste. A card on the source's
// page, with its `source` around it.

import { api } from "../kit/api.js";
import { copyShown } from "../kit/copy.js";
import { focusOn } from "../kit/focus.js";
import { formSnippet } from "./snippet.js";
import { note } from "../kit/notes.js";

const FIELDS = ["form"];
const origin = (text) => {
  // As browsers write it, also of an address that was copied with its path.
  try { return new URL(text.includes("://") ? text : `https://${text}`).origin; } catch { return text; }
};

export function webForm() {
  return {
    draft: { sites: "", thanks: "" },
    known: "",
    problem: null,
    busy: false,
    isCopied: false,

    init() { this.$watch("source", () => this.fill()); },

    /** What is saved, unless something is being typed that differs from what was saved before. */
    fill() {
      const saved = this.saved;
      if (this.known !== JSON.stringify(saved) && !this.isChanged) this.draft = { ...saved };
      this.known = JSON.stringify(saved);
    },

    get form() { return this.source?.form ?? null; },
    get isOn() { return Boolean(this.form); },
    get saved() { return { sites: this.form?.sites.join("\n") ?? "", thanks: this.form?.thanks_url ?? "" }; },
    get isChanged() { return Boolean(this.known) && JSON.stringify(this.draft) !== this.known; },
    get saveText() { return this.isOn ? "Save" : "Turn on"; },
    get cannotSave() { return this.busy || (this.isOn && !this.isChanged); },
    get snippet() { return this.form ? formSnippet(location.origin, this.form.key) : ""; },
    get sitesText() { return this.form?.sites.join(", ") ?? ""; },
    get thanksText() { return this.form?.thanks_url ?? "A page of Fairlead's"; },
    errorAt(field) {
      const found = this.problem?.errors.find((error) => error.field.startsWith(`form.${field}`));
      return found ? [found.message, found.hint].filter(Boolean).join(" ") : null;
    },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },

    async save() {
      const sites = this.draft.sites.split(/[\s,]+/).filter(Boolean).map(origin);
      const thanks = this.draft.thanks.trim();
      await this.act(async () => {
        const wasOn = this.isOn;
        const saved = await api.patch(this.path, { form: { sites, thanks_url: thanks || null } });
        this.known = "";
        this.tell(saved);
        this.draft = { ...this.saved };
        note(wasOn ? "The form is saved." : "The form is on. Paste it into your page.");
      });
      focusOn(() => this.$root.querySelector('[aria-invalid="true"]'));
    },
    async turnOff() {
      await this.act(async () => {
        this.known = "";
        this.tell(await api.patch(this.path, { form: null }));
        this.draft = { ...this.saved };
        note("The form is off. It keeps its key: turned on again it works where it is pasted.");
      });
    },
    async remake() {
      await this.act(async () => {
        this.tell(await api.post(`${this.path}/form/key`));
        note("The form has a new key. Paste it anew: the old one is refused.");
      });
    },

    async copy() { this.isCopied = await copyShown(this.snippet, this.$refs.snippet); },

    get path() { return `/api/sources/${this.source.id}`; },
    tell(source) { window.dispatchEvent(new CustomEvent("source:saved", { detail: source })); },
    async act(action) {
      this.busy = true;
      this.problem = null;
      try {
        await action();
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.busy = false;
      }
    },
  };
}
