// The dialog that adds or edits a source.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";
import { showKey } from "./key.js";

const FIELDS = ["name", "leads_per_minute", "burst"];

const draftOf = (source) => ({
  name: source?.name ?? "",
  leads_per_minute: String(source?.leads_per_minute ?? ""),
  burst: String(source?.burst ?? ""),
});
const number = (text) => (text.trim() ? Number(text.trim()) : null);
const isNumber = (text) => !text.trim() || /^[1-9]\d*$/.test(text.trim());

export function sourceForm() {
  return {
    id: null,
    draft: draftOf(null),
    problem: null,
    missing: {},
    busy: false,

    init() {
      window.addEventListener("source:edit", ({ detail }) => {
        this.id = detail?.id ?? null;
        this.draft = draftOf(detail);
        this.problem = null;
        this.missing = {};
        this.$refs.dialog.showModal();
        this.$refs.name.focus();
      });
    },

    get title() { return this.id ? "Edit source" : "Add a source"; },
    get saveText() { return this.id ? "Save" : "Add source"; },
    get nameHint() {
      return this.id
        ? "Callers' weights and rules go by this name: change it there too. Leads that came keep the old one."
        : "What managers see, and callers get weights for.";
    },
    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },
    close() { this.$refs.dialog.close(); },

    check() {
      const { draft } = this;
      this.missing = {
        ...(draft.name.trim() ? {} : { name: "Enter a name." }),
        ...(isNumber(draft.leads_per_minute) ? {} : { leads_per_minute: "Enter a whole number from 1, or nothing for no limit." }),
        ...(isNumber(draft.burst) ? {} : { burst: "Enter a whole number from 1, or nothing." }),
      };
      return !Object.keys(this.missing).length;
    },

    async submit() {
      this.problem = null;
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
      focusOn(() => this.$refs.dialog.querySelector('[aria-invalid="true"]'));
    },

    async save() {
      const rate = number(this.draft.leads_per_minute);
      const body = { name: this.draft.name.trim(), leads_per_minute: rate, burst: rate && number(this.draft.burst) };
      const saved = this.id ? { source: await api.patch(`/api/sources/${this.id}`, body) } : await api.post("/api/sources", body);
      window.dispatchEvent(new CustomEvent("source:saved", { detail: saved.source }));
      this.close();
      if (saved.token) showKey(saved);
      else note(`${saved.source.name} is saved.`);
    },
  };
}
