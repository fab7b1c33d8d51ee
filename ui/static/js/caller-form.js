// The dialog that adds or edits a caller.

import { api } from "./api.js";
import { note } from "./notes.js";

const FIELDS = ["name", "role", "languages", "daily_limit", "states", "status"];
const LANGUAGES = [
  "Assamese", "Bengali", "English", "Gujarati", "Hindi", "Kannada", "Malayalam", "Marathi", "Odia", "Punjabi", "Tamil", "Telugu", "Urdu",
  "Arabic", "Chinese", "French", "German", "Indonesian", "Italian", "Japanese", "Portuguese", "Russian", "Spanish",
];

const blank = () => ({ name: "", role: "", languages: [], daily_limit: "20", states: [], status: "active" });

export function callerForm() {
  let before = "";
  return {
    id: null,
    draft: blank(),
    options: { states: [], languages: LANGUAGES },
    problem: null,
    missing: {},
    leaving: false,
    busy: false,

    init() {
      window.addEventListener("caller:edit", ({ detail }) => this.open(detail));
      this.$refs.dialog.addEventListener("cancel", (event) => {
        if (!this.changed()) return;
        event.preventDefault();
        this.leaving = true;
      });
    },

    open(caller) {
      this.id = caller?.id ?? null;
      this.draft = caller
        ? { ...blank(), ...Object.fromEntries(FIELDS.map((field) => [field, structuredClone(Alpine.raw(caller)[field])])), role: caller.role ?? "", daily_limit: String(caller.daily_limit) }
        : blank();
      before = JSON.stringify(this.draft);
      this.problem = null;
      this.missing = {};
      this.leaving = false;
      this.$refs.dialog.showModal();
      this.$refs.name.focus();
      this.loadStates();
    },

    async loadStates() {
      if (this.options.states.length) return;
      const answer = await api.get("/api/states").catch(() => []);
      this.options.states = answer.items ?? answer;
    },

    changed() { return JSON.stringify(this.draft) !== before; },
    close() { this.$refs.dialog.close(); },
    leave() {
      if (this.changed()) this.leaving = true;
      else this.close();
    },
    stay() { this.leaving = false; },
    closeOutside(event) { if (event.target === this.$refs.dialog && !this.changed()) this.close(); },

    get title() { return this.id ? "Edit caller" : "Add a caller"; },
    get saveText() { return this.busy ? "Saving…" : this.id ? "Save" : "Add caller"; },
    get limitHint() { return this.draft.daily_limit.trim() === "0" ? "No limit: leads keep coming all day." : "Leads a day at most. 0 means no limit."; },
    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },

    check() {
      const limit = this.draft.daily_limit.trim();
      this.missing = {
        ...(this.draft.name.trim() ? {} : { name: "Enter the caller's name." }),
        ...(/^\d+$/.test(limit) ? {} : { daily_limit: "Enter a whole number: 0 for no limit, or the most leads a day." }),
      };
      return !Object.keys(this.missing).length;
    },

    async submit() {
      this.problem = null;
      this.leaving = false;
      if (this.check()) {
        this.busy = true;
        try {
          await this.save();
        } catch (problem) {
          this.problem = problem;
        } finally {
          this.busy = false;
        }
      }
      this.$nextTick(() => this.$refs.dialog.querySelector('[aria-invalid="true"]')?.focus());
    },

    async save() {
      const { draft, id } = this;
      const body = {
        name: draft.name.trim(),
        role: draft.role.trim() || null,
        languages: [...draft.languages],
        daily_limit: Number(draft.daily_limit),
        states: [...draft.states],
        status: draft.status,
      };
      const saved = id ? await api.put(`/api/callers/${id}`, body) : await api.post("/api/callers", body);
      window.dispatchEvent(new CustomEvent("caller:saved", { detail: saved }));
      window.dispatchEvent(new CustomEvent("fairlead:callers"));
      this.close();
      note(id ? `${saved.name} is saved.` : `${saved.name} is added.`);
    },
  };
}
