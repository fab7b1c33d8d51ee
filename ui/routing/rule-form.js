// The dialog that adds or edits a rule: which leads, to whom, in which order.

import { callerChoice } from "../callers/choice.js";
import { as, blankOf, bodyOf, draftOf, faultsOf, several, text, whole } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { plural } from "../kit/words.js";
import { conditions, draftOf as conditionDraft } from "./conditions.js";

const FIELDS = {
  name: text("Enter a name; it stands in the reason of every lead."),
  attributes: several(),
  teams: several(),
  callers: several(),
  strategy: as("round_robin"),
  on_exhausted: as("next"),
  is_on: as(true),
  is_paused: as(false),
  claim_minutes: whole(15, "Enter whole minutes."),
  most_expiries: whole(3, "Enter a whole number."),
};

export const ruleForm = () => form({
  ...conditions(),
  ...callerChoice(),
  path: "/api/rules",
  noun: "rule",
  oldCondition: null,

  init() {
    this.start();
    for (const part of ["only", "whom", "attributes", "teams", "callers"]) this.$watch(`draft.${part}`, () => this.tryCondition());
    this.$watch("draft.callers", () => { delete this.missing.callers; });
  },

  opened(rule) {
    this.oldCondition = rule?.old_condition ?? null;
    this.startConditions();
    this.startChoice();
  },

  get chosen() { return this.draft.callers; },
  set chosen(ids) { this.draft.callers = ids; },
  get callersError() { return this.errorAt("callers"); },

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

  blank: () => ({ ...blankOf(FIELDS), only: "all", condition: conditionDraft(null), whom: "everybody", claim: "no" }),
  draftOf: (rule) => ({
    ...draftOf(FIELDS, { ...rule, claim_minutes: rule.claim_minutes ?? 15 }),
    only: rule.condition || rule.old_condition ? "some" : "all",
    condition: conditionDraft(rule.condition),
    whom: ["attributes", "teams", "callers"].find((whom) => rule[whom]?.length) ?? "everybody",
    claim: rule.claim_minutes ? "yes" : "no",
  }),
  check(draft) {
    const { claim_minutes: minutes, most_expiries: expiries, ...faults } = faultsOf(FIELDS, draft);
    const { whom } = draft;
    return {
      ...faults,
      ...(draft.claim === "yes" ? { claim_minutes: minutes, most_expiries: expiries } : {}),
      condition: draft.only === "some" && !this.checkCondition() && "Correct what is marked.",
      attributes: whom === "attributes" && !draft.attributes.length && "Choose at least one.",
      teams: whom === "teams" && !draft.teams.length && "Choose a team, or several.",
      callers: whom === "callers" && !draft.callers.length && "Choose at least one caller.",
    };
  },
  /** Whom, as the API takes it: of the three at most one. */
  trialBody() {
    return Object.fromEntries(["attributes", "teams", "callers"].map((whom) => [whom, this.draft.whom === whom ? [...this.draft[whom]] : []]));
  },
  bodyOf(draft) {
    const body = bodyOf(FIELDS, draft);
    return {
      ...body,
      ...this.trialBody(),
      condition: draft.only === "some" ? this.wholeCondition() : null,
      claim_minutes: draft.claim === "yes" ? body.claim_minutes : null,
      most_expiries: body.most_expiries || 3,
    };
  },
  saved(rule, isNew) { window.dispatchEvent(new CustomEvent("rule:saved", { detail: { rule, isNew } })); },
});
