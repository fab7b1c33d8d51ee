// The form of a source: on which sites it may stand, where its visitors go then, and what to paste. A card on the source's
// page, with its `source` around it.

import { api } from "../kit/api.js";
import { copyShown } from "../kit/copy.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { onSource, told } from "./card.js";
import { formSnippet } from "./texts.js";

const origin = (text) => {
  // As browsers write it, also of an address that was copied with its path.
  try { return new URL(text.includes("://") ? text : `https://${text}`).origin; } catch { return text; }
};

export const webForm = () => form({
  ...onSource(),
  isCopied: false,

  get form() { return this.source?.form ?? null; },
  get isOn() { return Boolean(this.form); },
  get saveText() { return this.isOn ? "Save" : "Turn on"; },
  get cannotSave() { return this.busy || (this.isOn && !this.isChanged); },
  get snippet() { return this.form ? formSnippet(location.origin, this.form.key) : ""; },
  get sitesText() { return this.form?.sites.join(", ") ?? ""; },
  get thanksText() { return this.form?.thanks_url ?? "A page of Fairlead's"; },

  blank: () => ({ sites: "", thanks_url: "" }),
  draftOf: ({ form: saved }) => ({ sites: saved?.sites.join("\n") ?? "", thanks_url: saved?.thanks_url ?? "" }),
  bodyOf: ({ sites, thanks_url: thanks }) => ({
    form: { sites: sites.split(/[\s,]+/).filter(Boolean).map(origin), thanks_url: thanks.trim() || null },
  }),
  saved(source) {
    note(this.isOn ? "The form is saved." : "The form is on. Paste it into your page.");
    told(source);
  },

  turnOff() {
    return this.change(() => api.patch(this.address, { form: null }, { match: this.etag }), "The form is off. It keeps its key: pages that have the form can send it again once it is on.");
  },
  remake() {
    return this.change(() => api.post(`${this.address}/form/key`), "The form has a new key. Paste the form again: what has the old key is refused.");
  },
  async change(run, said) {
    this.busy = true;
    try {
      const source = await run();
      this.take(source);
      told(source);
      note(said);
    } catch (problem) {
      this.refused(problem);
    } finally {
      this.busy = false;
    }
  },

  async copy() { this.isCopied = await copyShown(this.snippet, this.$refs.snippet); },
});
