// The dialog that adds or edits a rule: which leads, to whom, in which order.

import { api } from "../kit/api.js";
import { callerChoice } from "../callers/choice.js";
import { conditions, draftOf as conditionDraft } from "./conditions.js";
import { conflicts } from "../kit/conflict.js";
import { plural } from "../kit/words.js";

const FIELDS = ["name", "condition", "attributes", "teams", "callers", "strategy", "on_exhausted", "claim_minutes", "most_expiries"];

const blank = () => ({
  name: "", only: "all", condition: conditionDraft(null), whom: "everybody", attributes: [], teams: [], strategy: "round_robin", on_exhausted: "next",
  is_on: true, is_paused: false, claim: "no", claim_minutes: "15", most_expiries: "3",
});

export function ruleForm() {
  let before = "";
  return {
    ...conflicts("/api/rules"),
    ...conditions(),
    ...callerChoice(),
    id: null,
    etag: null,
    draft: blank(),
    oldCondition: null,
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
      for (const part of ["only", "whom", "attributes", "teams"]) this.$watch(`draft.${part}`, () => this.tryCondition());
      this.$watch("chosen", () => { delete this.missing.callers; this.tryCondition(); });
    },

    open(rule) {
      this.id = rule?.id ?? null;
      this.etag = rule?.etag ?? null;
      this.conflict = false;
      this.draft = rule ? draftOf(rule) : blank();
      this.chosen = [...(rule?.callers ?? [])];
      this.oldCondition = rule?.old_condition ?? null;
      before = this.written();
      this.problem = null;
      this.missing = {};
      this.leaving = false;
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
      this.$refs.name.focus();
      this.startConditions();
      this.startChoice();
    },

    written() { return JSON.stringify([this.draft, this.chosen]); },
    changed() { return this.written() !== before; },
    close() { this.$refs.dialog.close(); },
    leave() {
      if (this.changed()) this.leaving = true;
      else this.close();
    },
    stay() { this.leaving = false; },
    /** Escape a second time would close the dialog without asking, whatever is said to the first. */
    escape(event) {
      if (!this.changed()) return;
      event.preventDefault();
      this.leaving = true;
    },
    closeOutside(event) { if (event.target === this.$refs.dialog && !this.changed()) this.close(); },

    get title() { return this.id ? "Edit rule" : "Add a rule"; },
    get saveText() { return this.busy ? "Saving…" : this.id ? "Save" : "Add rule"; },
    get sharedHint() {
      return this.draft.attributes.length
        ? `Callers who have the lead's ${this.draft.attributes.join(" and ")}. A lead that does not say goes on to the next rule.`
        : "Choose what a caller and the lead have in common.";
    },

    /** The teams there are, the largest first. */
    get options() {
      const sizes = new Map();
      for (const { team } of this.callers) if (team) sizes.set(team, (sizes.get(team) ?? 0) + 1);
      const teams = [...sizes].sort(([one, few], [other, many]) => many - few || one.localeCompare(other));
      return { teams: teams.map(([team, size]) => ({ value: team, label: team, note: plural(size, "caller") })) };
    },

    // Mistakes

    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get callersError() { return this.errorAt("callers"); },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },
    /** What was said of a field is gone as soon as the field is changed. */
    forget(event) {
      const field = event.target.closest("[data-field]")?.dataset.field;
      if (!field) return;
      delete this.missing[field];
      this.problem = this.problem?.without(field) ?? null;
    },

    check() {
      const { draft } = this;
      const whole = (text) => /^\d+$/.test(text.trim());
      this.missing = {
        ...(draft.name.trim() ? {} : { name: "Enter a name; it stands in the reason of every lead." }),
        ...(draft.whom !== "attributes" || draft.attributes.length ? {} : { attributes: "Choose at least one." }),
        ...(draft.whom !== "teams" || draft.teams.length ? {} : { teams: "Choose a team, or several." }),
        ...(draft.whom !== "callers" || this.chosen.length ? {} : { callers: "Choose at least one caller." }),
        ...(draft.claim === "no" || whole(draft.claim_minutes) ? {} : { claim_minutes: "Enter whole minutes." }),
        ...(draft.claim === "no" || whole(draft.most_expiries) ? {} : { most_expiries: "Enter a whole number." }),
      };
      const isWhole = draft.only === "all" || this.checkCondition();
      return isWhole && !Object.keys(this.missing).length;
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
          if (!this.conflict) this.placeFaults(problem);
        } finally {
          this.busy = false;
        }
      }
      this.focusFault();
    },

    /** Whom, as the API takes it: of the three at most one. */
    trialBody() {
      const { whom, attributes, teams } = this.draft;
      return {
        attributes: whom === "attributes" ? [...attributes] : [],
        teams: whom === "teams" ? [...teams] : [],
        callers: whom === "callers" ? [...this.chosen] : [],
      };
    },

    async save() {
      const { draft, id } = this;
      const body = {
        name: draft.name.trim(),
        condition: draft.only === "some" ? this.wholeCondition() : null,
        ...this.trialBody(),
        strategy: draft.strategy,
        on_exhausted: draft.on_exhausted,
        is_on: draft.is_on,
        is_paused: draft.is_paused,
        claim_minutes: draft.claim === "yes" ? Number(draft.claim_minutes) : null,
        most_expiries: /^\d+$/.test(draft.most_expiries.trim()) ? Number(draft.most_expiries) : 3,
      };
      const rule = id ? await api.put(`/api/rules/${id}`, body, { match: this.etag }) : await api.post("/api/rules", body);
      window.dispatchEvent(new CustomEvent("rule:saved", { detail: { rule, isNew: !id } }));
      this.close();
    },
  };
}

function draftOf(rule) {
  return {
    ...blank(),
    name: rule.name,
    only: rule.condition || rule.old_condition ? "some" : "all",
    condition: conditionDraft(rule.condition),
    whom: ["attributes", "teams", "callers"].find((whom) => rule[whom]?.length) ?? "everybody",
    attributes: [...rule.attributes],
    teams: [...(rule.teams ?? [])],
    strategy: rule.strategy,
    on_exhausted: rule.on_exhausted,
    is_on: rule.is_on,
    is_paused: rule.is_paused,
    claim: rule.claim_minutes ? "yes" : "no",
    claim_minutes: String(rule.claim_minutes ?? 15),
    most_expiries: String(rule.most_expiries),
  };
}
