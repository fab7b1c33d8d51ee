// Giving a lead to another caller, or sending it back through routing. Lives inside the lead's panel.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { load } from "../kit/words.js";

export const reassign = () => form({
  get choices() {
    return this.$store.overview.callers
      .filter(({ id }) => id !== this.lead?.assigned_caller?.id)
      .map((caller) => ({ id: caller.id, label: `${caller.name} · ${load(caller).text}${caller.status === "paused" ? " · paused" : ""}` }));
  },
  get toRouting() { return this.draft.mode === "routing"; },
  get action() { return this.toRouting ? "Route again" : this.isQueued ? "Assign" : "Reassign"; },

  blank: () => ({ mode: "caller", caller_id: "", reason: "" }),
  check(draft) { return { caller_id: !this.toRouting && !draft.caller_id && "Choose a caller." }; },
  bodyOf(draft) { return { caller_id: this.toRouting ? null : draft.caller_id, reason: draft.reason.trim() || null }; },
  send(body) { return api.patch(`/api/leads/${this.lead.id}/reassign`, body); },
  saved(lead) {
    this.reassigned(lead);
    note(lead.assigned_caller ? `Now with ${lead.assigned_caller.name}.` : "Back in the queue: nobody is free.");
  },
  close() {
    this.take(null);
    this.reassigning = false;
    focusOn(() => this.$refs.reassignButton);
  },
});
