// The dialog that shows a source's new token and signing secret, once.

import { note } from "./notes.js";

const LEAD = '{"name": "Meera Joshi", "phone": "+91 10000 00001", "city": "Pune"}';

export function newKey() {
  let copied = false;
  return {
    title: "",
    token: "",
    secret: "",
    leaving: false,

    init() {
      window.addEventListener("source:key", ({ detail }) => this.show(detail));
      this.$refs.dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        this.leave();
      });
      this.$refs.dialog.addEventListener("copy", () => { copied = true; });
      // Nothing of it stays in the page.
      this.$refs.dialog.addEventListener("close", () => { this.token = this.secret = ""; });
    },

    show({ source, token, secret }) {
      copied = false;
      this.leaving = false;
      this.title = `The key of ${source.name}`;
      this.token = token;
      this.secret = secret;
      this.$refs.dialog.showModal();
      this.$refs.title.focus();
    },

    get curl() {
      return [
        `curl ${this.$root.dataset.origin}/api/leads/webhook`,
        `-H "Authorization: Bearer ${this.token}"`,
        '-H "Content-Type: application/json"',
        `-d '${LEAD}'`,
      ].join(" \\\n  ");
    },

    /** Browsers copy for pages behind TLS or on this machine only; elsewhere the text is selected for the keyboard. */
    async copy(id) {
      const element = document.getElementById(id);
      copied = true;
      try {
        await navigator.clipboard.writeText(element.value ?? element.textContent);
        note("Copied.");
      } catch {
        getSelection().selectAllChildren(element);
        element.select?.();
        note("Selected: press Ctrl+C or ⌘C to copy.");
      }
    },

    leave() {
      if (copied) this.close();
      else this.leaving = true;
    },
    stay() { this.leaving = false; },
    close() { this.$refs.dialog.close(); },
  };
}
