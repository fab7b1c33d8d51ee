// What is shown once: passwords, tokens and secrets just made, in one dialog that asks before it closes on what was not copied.

import { note } from "./notes.js";

/** Shows `entries`, each { label, text, isLong }, under a title, with `more` to say of them. */
export function showOnce(title, entries, more = "") {
  window.dispatchEvent(new CustomEvent("fairlead:secret", { detail: { title, entries, more } }));
}

export function secret() {
  return {
    title: "",
    more: "",
    entries: [],
    copied: false,
    leaving: false,

    init() {
      const { dialog } = this.$refs;
      window.addEventListener("fairlead:secret", ({ detail }) => this.show(detail));
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        this.leave();
      });
      dialog.addEventListener("copy", () => { this.copied = true; });
      // Nothing of it stays in the page.
      dialog.addEventListener("close", () => { this.entries = []; });
    },

    show({ title, entries, more }) {
      this.title = title;
      this.more = more;
      this.copied = false;
      this.leaving = false;
      this.entries = entries.map((entry, index) => ({ ...entry, id: `secret-${index}`, isCopied: false }));
      this.$refs.dialog.showModal();
      this.$nextTick(() => this.field(this.entries[0]).focus());
    },

    field(entry) { return document.getElementById(entry.id); },
    copyLabel(entry) { return `${entry.isCopied ? "Copied" : "Copy"} ${entry.label.toLowerCase()}`; },

    /** Browsers let pages copy behind TLS or on this machine only; elsewhere the text is selected for the keyboard. */
    async copy(entry) {
      this.copied = true;
      try {
        await navigator.clipboard.writeText(entry.text);
        entry.isCopied = true;
        note("Copied.");
      } catch {
        this.field(entry).focus();
        this.field(entry).select();
        note("Selected: press Ctrl+C or ⌘C to copy.");
      }
    },

    leave() {
      if (this.copied) this.close();
      else this.leaving = true;
    },
    stay() {
      this.leaving = false;
      this.field(this.entries[0]).focus();
    },
    close() { this.$refs.dialog.close(); },
  };
}
