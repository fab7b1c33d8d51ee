// The pattern page: sample data for each component, nothing of it from the server.

import { ask } from "../kit/ask.js";
import { maybe, text, whole } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";

export function patterns() {
  return {
    on: true,
    draft: { states: ["Goa", "Kerala"], languages: [] },
    options: { states: ["Delhi", "Goa", "Gujarat", "Karnataka", "Kerala", "Maharashtra", "Tamil Nadu"], languages: [] },

    toggle() { this.on = !this.on; },
    errorAt() { return null; },
    openQuestion() { ask({ title: "Archive Asha Rao?", text: "No new leads from now on.", action: "Archive", run: async () => {}, done: () => note("Asha Rao is archived.") }); },
    openForm() { window.dispatchEvent(new CustomEvent("pattern:edit")); },
    openPanel() { this.$refs.panel.showModal(); },
    closePanel() { this.$refs.panel.close(); },
    openSecret() { showOnce("Your new token", [{ label: "Token", text: "flp_made-up" }], "It is sent as Authorization: Bearer."); },
    say() { note("Asha Rao is saved."); },
    markStyle(share) { return { left: `${share}%` }; },
    barStyle(share) { return { width: `${share}%` }; },
  };
}

export const patternForm = () => form({
  opens: "pattern:edit",
  title: "Add a caller",
  action: "Add caller",
  fields: { name: text("Enter the caller's name."), role: maybe, daily_limit: whole(20, "Enter a whole number.") },
  send: async (body) => body,
  saved({ name }) { note(`${name} is added.`); },
});
