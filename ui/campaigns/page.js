// The campaigns: how each goes, who works for it; and making one.

import { api } from "../kit/api.js";
import { callerChoice } from "../callers/choice.js";
import { focusOn } from "../kit/focus.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { strategyOf } from "../routing/words.js";
import { count, initials, plural, tone } from "../kit/words.js";

const FIELDS = ["name", "strategy", "callers"];

export function campaigns() {
  return list({
    ...callerChoice(),
    list: "campaigns",
    noun: "campaign",
    path: "/api/campaigns",
    refresh: ["campaign"],
    // Their figures change with leads and callers.
    slowly: ["lead", "caller"],
    sorts: {
      name: ({ name }) => name, callers: ({ callers }) => callers, leads: ({ leads }) => leads, waiting: ({ waiting }) => waiting,
      today: ({ leads_today: today }) => today, state: (campaign) => Number(campaign.is_paused),
    },
    words: ({ name, caller_names: names }) => [name, ...names],
    draft: { name: "", strategy: "random" },
    missing: null,
    formProblem: null,
    busy: false,

    get summary() {
      const paused = this.all.filter((campaign) => campaign.is_paused).length;
      return this.all.length ? `${count(this.all.length - paused)} running${paused ? `, ${count(paused)} paused` : ""}` : "";
    },
    state: (campaign) => (campaign.is_paused ? "Paused" : "Running"),
    chip: (campaign) => (campaign.is_paused ? "" : "chip-good"),
    strategyName: ({ strategy }) => (strategy ? strategyOf(strategy).name : "By the plan"),
    moreCallers(campaign) { return Math.max(0, campaign.callers - campaign.caller_names.length); },
    callersText(campaign) { return campaign.callers ? plural(campaign.callers, "caller") : "Nobody: by the plan"; },

    // A new one

    add() {
      this.draft = { name: "", strategy: "random" };
      this.chosen = [];
      this.missing = this.formProblem = null;
      this.$refs.form.showModal();
      this.$refs.name.focus();
      this.startChoice();
    },
    close() { this.$refs.form.close(); },
    get nameError() { return this.missing ?? this.formProblem?.at("name") ?? null; },
    get callersError() { return this.formProblem?.at("callers") ?? null; },
    get otherError() { return this.formProblem?.besides(FIELDS) ?? null; },

    async submit() {
      const name = this.draft.name.trim();
      this.formProblem = null;
      this.missing = name ? null : "Enter a name.";
      if (name) {
        this.busy = true;
        try {
          const made = await api.post("/api/campaigns", { name, strategy: this.draft.strategy, callers: this.chosen });
          this.close();
          note(`${made.name} is made.`);
          await this.reload();
        } catch (problem) {
          this.formProblem = problem;
        } finally {
          this.busy = false;
        }
      }
      focusOn(() => this.$refs.form.querySelector('[aria-invalid="true"]'));
    },

    count, initials, tone,
  });
}
