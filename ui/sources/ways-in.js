// The ways in of a source: what to paste where, ready for it. A card on the source's page, with its `source` around it;
// a dialog on the page of all sources, for one that was just made. A new key is kept in the page's memory and nowhere else.

import { copyShown } from "../kit/copy.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";
import { isPrivate, loadFiles, textsFor } from "./texts.js";

const WAYS = ["sheets", "n8n", "zapier", "make", "curl", "form"];

export function waysIn() {
  return {
    key: null,
    chosen: "sheets",
    copied: "",
    files: { script: "", workflow: "" },

    async init() {
      const { dialog } = this.$refs;
      if (dialog) dialog.addEventListener("close", () => { this.key = null; });
      else window.addEventListener("source:key", ({ detail }) => { this.key = detail; });
      window.addEventListener("source:set-up", ({ detail }) => {
        this.key = detail;
        dialog?.showModal();
        this.choose("sheets");
      });
      try {
        this.files = await loadFiles();
      } catch {
        note("What there is to paste could not be loaded. Load the page again.");
      }
    },

    get of() { return this.key?.source ?? this.source ?? null; },
    get texts() {
      const { token, secret } = this.key ?? {};
      // The page's own source knows of changes since the key was made.
      return textsFor({ origin: location.origin, source: this.source ?? this.of, token, secret, files: this.files });
    },
    get title() { return this.of ? `Send leads from ${this.of.name}` : ""; },
    get pagePath() { return this.of ? `/sources/${this.of.id}` : "/sources"; },
    get isUnreachable() { return isPrivate(location.hostname) && ["sheets", "zapier", "make"].includes(this.chosen); },
    get needsKey() { return !this.key && this.chosen !== "form"; },
    get needsSecret() { return ["sheets", "n8n"].includes(this.chosen); },
    get hasForm() { return Boolean(this.texts.form); },

    choose(way) {
      this.chosen = way;
      this.copied = "";
      focusOn(() => this.$root.querySelector(`#way-${way}`));
    },
    step(places) { this.choose(WAYS.at((WAYS.indexOf(this.chosen) + places) % WAYS.length)); },
    toFirst() { this.choose(WAYS[0]); },
    toLast() { this.choose(WAYS.at(-1)); },

    async copy(name) {
      const shown = this.$root.querySelector(`[data-text="${name}"]`);
      this.copied = (await copyShown(this.texts[name], shown)) ? name : "";
    },

    download() {
      const address = URL.createObjectURL(new Blob([this.texts.workflow], { type: "application/json" }));
      Object.assign(document.createElement("a"), { href: address, download: "google-sheets-to-fairlead.json" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },

    close() { this.$refs.dialog.close(); },
  };
}
