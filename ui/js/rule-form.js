// The dialog that adds or edits a rule.

import { api } from "./api.js";
import { conflicts } from "./conflict.js";
import { note } from "./notes.js";
import { inWords, tidy } from "./rule-words.js";

const FIELDS = ["name", "condition", "attributes", "strategy", "on_exhausted", "claim_minutes", "most_expiries"];
const EXAMPLES = [
  { name: "City", text: '$.city == "Pune"' },
  { name: "Language", text: '$.language == "Hindi"' },
  { name: "Two things", text: '$.source == "Website" && $.state != "Goa"' },
  { name: "Metadata", text: "$.metadata.budget > 50000" },
];

const blank = () => ({ name: "", only: "all", condition: "", attributes: [], strategy: "round_robin", on_exhausted: "next", is_on: true, is_paused: false, claim: "no", claim_minutes: "15", most_expiries: "3" });

export function ruleForm() {
  let before = "";
  return {
    ...conflicts("/api/rules"),
    id: null,
    etag: null,
    draft: blank(),
    examples: EXAMPLES,
    problem: null,
    missing: {},
    leaving: false,
    busy: false,

    init() {
      window.addEventListener("rule:edit", ({ detail }) => this.open(detail));
      this.$refs.dialog.addEventListener("cancel", (event) => {
        if (!this.changed()) return;
        event.preventDefault();
        this.leaving = true;
      });
    },

    open(rule) {
      this.id = rule?.id ?? null;
      this.etag = rule?.etag ?? null;
      this.conflict = false;
      this.draft = rule ? draftOf(rule) : blank();
      before = JSON.stringify(this.draft);
      this.problem = null;
      this.missing = {};
      this.leaving = false;
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
      this.$refs.name.focus();
    },

    changed() { return JSON.stringify(this.draft) !== before; },
    close() { this.$refs.dialog.close(); },
    leave() {
      if (this.changed()) this.leaving = true;
      else this.close();
    },
    stay() { this.leaving = false; },
    closeOutside(event) { if (event.target === this.$refs.dialog && !this.changed()) this.close(); },

    get title() { return this.id ? "Edit rule" : "Add a rule"; },
    get saveText() { return this.busy ? "Saving…" : this.id ? "Save" : "Add rule"; },
    get reading() {
      const words = this.draft.condition.trim() && inWords(this.draft.condition);
      return words ? `For leads whose ${words}.` : "";
    },
    get poolHint() {
      return this.draft.attributes.length
        ? `Callers who have the lead's ${this.draft.attributes.join(" and ")}. A lead that does not say goes on to the next rule.`
        : "Nothing chosen: all callers are one pool.";
    },
    use(example) {
      this.draft.condition = example.text;
      this.$refs.condition.focus();
    },
    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },

    check() {
      const { draft } = this;
      this.missing = {
        ...(draft.name.trim() ? {} : { name: "Enter a name; it stands in the reason of every lead." }),
        ...(draft.only === "all" || draft.condition.trim() ? {} : { condition: "Say which leads, or choose all of them." }),
        ...(draft.claim === "no" || /^\d+$/.test(draft.claim_minutes.trim()) ? {} : { claim_minutes: "Enter whole minutes." }),
        ...(draft.claim === "no" || /^\d+$/.test(draft.most_expiries.trim()) ? {} : { most_expiries: "Enter a whole number." }),
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
          this.refused(problem);
        } finally {
          this.busy = false;
        }
      }
      this.focusFault();
    },

    async save() {
      const { draft, id } = this;
      const body = {
        name: draft.name.trim(),
        condition: draft.only === "some" ? draft.condition.trim() : null,
        attributes: [...draft.attributes],
        strategy: draft.strategy,
        on_exhausted: draft.on_exhausted,
        is_on: draft.is_on,
        is_paused: draft.is_paused,
        claim_minutes: draft.claim === "yes" ? Number(draft.claim_minutes) : null,
        most_expiries: /^\d+$/.test(draft.most_expiries.trim()) ? Number(draft.most_expiries) : 3,
      };
      const saved = id ? await api.put(`/api/rules/${id}`, body, { match: this.etag }) : await api.post("/api/rules", body);
      window.dispatchEvent(new CustomEvent("rule:saved", { detail: saved }));
      this.close();
      note(id ? `${saved.name} is saved.` : `${saved.name} is added at the end of the plan.`);
    },
  };
}

function draftOf(rule) {
  return {
    ...blank(),
    name: rule.name,
    only: rule.condition ? "some" : "all",
    condition: tidy(rule.condition),
    attributes: [...rule.attributes],
    strategy: rule.strategy,
    on_exhausted: rule.on_exhausted,
    is_on: rule.is_on,
    is_paused: rule.is_paused,
    claim: rule.claim_minutes ? "yes" : "no",
    claim_minutes: String(rule.claim_minutes ?? 15),
    most_expiries: String(rule.most_expiries),
  };
}
