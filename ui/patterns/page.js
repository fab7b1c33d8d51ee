// The pattern page: sample data for each component, nothing of it from the server.

import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";

export function patterns() {
  return {
    on: true,
    draft: { states: ["Goa", "Kerala"], languages: [] },
    options: { states: ["Delhi", "Goa", "Gujarat", "Karnataka", "Kerala", "Maharashtra", "Tamil Nadu"], languages: [] },

    toggle() { this.on = !this.on; },
    errorAt() { return null; },
    openDialog() { this.$refs.dialog.showModal(); },
    closeDialog() { this.$refs.dialog.close(); },
    openPanel() { this.$refs.panel.showModal(); },
    closePanel() { this.$refs.panel.close(); },
    openSecret() { showOnce("Your new token", [{ label: "Token", text: "flp_made-up" }], "It is sent as Authorization: Bearer."); },
    say() { note("Asha Rao is saved."); },
    markStyle(share) { return { left: `${share}%` }; },
    barStyle(share) { return { width: `${share}%` }; },
  };
}
