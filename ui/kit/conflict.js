// What a form does when somebody else has saved its subject meanwhile (412): load theirs, or save ours all the same.

import { api } from "./api.js";
import { focusOn } from "./focus.js";

/** For a form with `id`, `etag`, `problem`, `busy`, open(subject) and submit(); `path` is where its subjects are. */
export const conflicts = (path) => ({
  conflict: false,

  async loadTheirs() {
    this.busy = true;
    try {
      this.open(await api.get(`${path}/${this.id}`));
    } catch (problem) {
      this.conflict = false;
      this.problem = problem;
    } finally {
      this.busy = false;
    }
  },

  saveMine() {
    this.conflict = false;
    this.etag = null;
    return this.submit();
  },

  /** Keep what went wrong: a conflict is asked about, anything else is shown. */
  refused(problem) {
    this.conflict = problem.status === 412;
    this.problem = this.conflict ? null : problem;
  },

  /** To the first field at fault, or to the choice in a conflict. */
  focusFault() {
    const { dialog } = this.$refs;
    focusOn(() => dialog.querySelector(this.conflict ? "[data-conflict]" : '[aria-invalid="true"]'));
  },
});
