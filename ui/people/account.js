// The own account: changing the password, and the sessions there are.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { exact, relative } from "../kit/time.js";
import { plural } from "../kit/words.js";

const SHORTEST = 10;
const PASSWORD_FIELDS = ["present", "new"];
const CHANGED = "account:changed";

export function passwordForm() {
  return {
    present: "",
    wanted: "",
    endsTokens: false,
    problem: null,
    missing: {},
    busy: false,

    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(PASSWORD_FIELDS) ?? null; },

    async submit() {
      this.problem = null;
      this.missing = {
        ...(this.present ? {} : { present: "Enter the password you have." }),
        ...(this.wanted.length >= SHORTEST ? {} : { new: `Use ${SHORTEST} characters or more.` }),
      };
      if (!Object.keys(this.missing).length) await this.save();
      focusOn(() => this.$root.querySelector('[aria-invalid="true"]'));
    },

    async save() {
      this.busy = true;
      try {
        await api.put("/api/account/password", { present: this.present, new: this.wanted, end_tokens: this.endsTokens });
        this.present = "";
        this.wanted = "";
        note(`Your password is changed. All other sessions ${this.endsTokens ? "and your tokens " : ""}are ended.`);
        this.endsTokens = false;
        window.dispatchEvent(new CustomEvent(CHANGED));
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.busy = false;
      }
    },
  };
}

export function sessions() {
  return list({
    list: "sessions",
    path: "/api/sessions",
    signals: [CHANGED],
    busy: "",

    get others() { return this.all.filter(({ is_current: current }) => !current).length; },

    name(session) { return session.user_agent || (session.kind === "grant" ? "A program" : "A browser"); },
    about(session) {
      const used = relative(session.last_used_at);
      return [session.kind === "grant" && "By API", session.address, `signed in ${relative(session.created_at)}`, `last used ${used}`].filter(Boolean).join(" · ");
    },
    exactly(session) { return `Signed in ${exact(session.created_at)}`; },

    end(session) {
      return this.run(session.id, async () => {
        await api.delete(`/api/sessions/${session.id}`);
        note(`${this.name(session)} is signed out.`);
      });
    },
    endOthers() {
      return this.run("others", async () => {
        const { ended } = await api.delete("/api/sessions");
        note(`${plural(ended, "session is", "sessions are")} ended.`);
      });
    },
    async run(what, act) {
      const { title } = this.$refs;
      this.busy = what;
      try {
        await act();
      } catch (problem) {
        note(problem.message);
      } finally {
        await this.reload();
        this.busy = "";
        title.focus(); // the button that was pressed is gone
      }
    },
  });
}
