// The question before something that cannot be taken back, in the one dialog there is for it.

import { note } from "./notes.js";

/**
 * Asks, has `run()` do it if the answer is yes, and tells `done()` what came of it. Should `run()` fail, the dialog says why, and it can
 * be tried again. `action` and `keep` name the two buttons.
 */
export function ask(question) {
  window.dispatchEvent(new CustomEvent("fairlead:ask", { detail: question }));
}

export const question = () => ({
  asked: { title: "", text: "", action: "Go on", keep: "Keep" },
  problem: null,
  busy: false,

  init() {
    window.addEventListener("fairlead:ask", ({ detail }) => {
      Object.assign(this, { asked: { keep: "Keep", ...detail }, problem: null });
      this.$refs.dialog.showModal();
    });
  },

  async go() {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    const { run, done } = this.asked;
    let answer;
    try {
      answer = await run();
    } catch (problem) {
      this.problem = problem.message;
      return;
    } finally {
      this.busy = false;
    }
    this.close();
    try {
      await done?.(answer);
    } catch (problem) {
      note(problem.message);
    }
  },
  close() { this.$refs.dialog.close(); },
});
