// Which leads of a source are tests: a condition, built as that of a rule is. A card on the source's page, with its `source` around
// it.

import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { count } from "../kit/words.js";
import { conditions, draftOf } from "../routing/conditions.js";
import { told } from "./card.js";

export const testMark = () => form({
  path: "/api/sources",
  verb: "patch",
  ...conditions(),
  conditionAt: "test_when",

  stored: null,

  init() {
    this.start();
    this.follow(this.source);
    this.$watch("source", (source) => this.follow(source));
    // What is tried is what is shown, whoever saved it.
    this.$watch("draft", () => {
      if (!this.isChanged) this.faults = {};
      this.tryCondition();
    });
    this.startConditions();
  },
  /** What is being said here stays until it is saved. */
  follow(source) {
    if (!source) return;
    const stored = JSON.stringify(source.test_when);
    if (stored === this.stored) this.etag = source.etag;
    else if (!this.isChanged) {
      this.stored = stored;
      this.take(source);
    }
  },

  blank: () => ({ only: "none", condition: draftOf(null) }),
  draftOf: ({ test_when: when }) => ({ only: when ? "some" : "none", condition: draftOf(when) }),
  check(draft) { return { test_when: draft.only === "some" && !this.checkCondition() && "Correct what is marked." }; },
  bodyOf(draft) { return { test_when: draft.only === "some" ? this.wholeCondition() : null }; },
  saved(source) {
    told(source);
    note(source.test_when ? "The test mark is saved: leads that fit are stored as tests from now on." : "No other leads are taken for tests from now on.");
  },
  trialBody: () => ({}),

  get isSet() { return Boolean(this.source?.test_when); },
  get savedText() { return this.isSet ? "Marked" : "As the sender says"; },
  get reading() { return this.isSet ? `Also tests are ${this.trial ? this.trial.sentence.replace(/^./, (first) => first.toLowerCase()) : "…"}.` : "No others are taken for tests."; },
  get cannotSave() { return this.busy || !this.isChanged; },
  /** Of real leads, which may be another source's. */
  trialText() {
    if (!this.trial) return "";
    const { leads, matched } = this.trial;
    if (!leads) return "There are no leads yet to try it on.";
    return `Fits ${matched ? count(matched) : "none"} of the last ${count(leads)} real leads of all sources.`;
  },
  tookNone: () => false,
});
