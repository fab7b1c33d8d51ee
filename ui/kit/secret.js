// What is shown once: passwords, tokens and secrets just made, in one dialog that asks before it closes on what was not copied.

import { copyShown } from "./copy.js";
import { focusOn } from "./focus.js";

/**
 * Shows `entries`, each { label, text, isLong }, under a title, with `more` to say of them. With `next`, { label, go }, there
 * is a button that goes on to it.
 */
export function showOnce(title, entries, more = "", next = null) {
  window.dispatchEvent(new CustomEvent("fairlead:secret", { detail: { title, entries, more, next } }));
}

export function secret() {
  return {
    title: "",
    more: "",
    entries: [],
    next: null,
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
      dialog.addEventListener("close", () => Object.assign(this, { entries: [], next: null }));
    },

    show({ title, entries, more, next }) {
      Object.assign(this, { title, more, next });
      this.copied = false;
      this.leaving = false;
      this.entries = entries.map((entry, index) => ({ ...entry, id: `secret-${index}`, isCopied: false }));
      this.$refs.dialog.showModal();
      focusOn(() => this.field(this.entries[0]));
    },

    field(entry) { return document.getElementById(entry.id); },
    copyLabel(entry) { return `${entry.isCopied ? "Copied" : "Copy"} ${entry.label.toLowerCase()}`; },

    async copy(entry) {
      this.copied = true;
      if (await copyShown(entry.text, this.field(entry))) entry.isCopied = true;
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

    get nextLabel() { return this.next?.label ?? ""; },
    goOn() {
      const { go } = this.next;
      this.close();
      go();
    },
  };
}
