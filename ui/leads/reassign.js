// Giving a lead to another caller, or sending it back through routing. Lives inside the lead's panel.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";
import { load } from "../kit/words.js";

const SHOWN = ["caller_id", "reason"];

export function reassign() {
  return {
    mode: "caller",
    callerId: "",
    reason: "",
    problem: null,
    missing: null,
    busy: false,

    get choices() {
      return this.$store.overview.callers
        .filter(({ id }) => id !== this.lead?.assigned_caller?.id)
        .map((caller) => ({ id: caller.id, label: `${caller.name} · ${load(caller).text}${caller.status === "paused" ? " · paused" : ""}` }));
    },
    get callerError() { return this.missing ?? this.problem?.at("caller_id") ?? null; },
    get reasonError() { return this.problem?.at("reason") ?? null; },
    get otherError() { return this.problem?.besides(SHOWN) ?? null; },

    async submit() {
      this.problem = null;
      this.missing = this.mode === "caller" && !this.callerId ? "Choose a caller." : null;
      if (this.missing) {
        this.$refs.caller.focus();
        return;
      }
      this.busy = true;
      try {
        const lead = await api.patch(`/api/leads/${this.lead.id}/reassign`, {
          caller_id: this.mode === "caller" ? this.callerId : null,
          reason: this.reason.trim() || null,
        });
        this.reset();
        this.reassigned(lead);
        note(lead.assigned_caller ? `Now with ${lead.assigned_caller.name}.` : "Back in the queue: nobody is free.");
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.busy = false;
      }
    },

    cancel() {
      this.reset();
      this.reassigning = false;
      focusOn(() => this.$refs.reassignButton);
    },

    reset() {
      this.mode = "caller";
      this.callerId = "";
      this.reason = "";
      this.problem = null;
      this.missing = null;
    },
  };
}
