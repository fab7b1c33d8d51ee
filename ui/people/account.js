// The own account: changing the password, and the sessions there are.

import { api } from "../kit/api.js";
import { as } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { exact, relative } from "../kit/time.js";
import { plural } from "../kit/words.js";

const SHORTEST = 10;
const CHANGED = "account:changed";

export const passwordForm = () => form({
  path: "/api/account/password",
  fields: { present: as(""), new: as(""), end_tokens: as(false) },

  check: (draft) => ({
    present: !draft.present && "Enter the password you have.",
    new: draft.new.length < SHORTEST && `Use ${SHORTEST} characters or more.`,
  }),
  async send(body) {
    await api.put(this.path, body);
    note(`Your password is changed. All other sessions ${body.end_tokens ? "and your tokens " : ""}are ended.`);
    window.dispatchEvent(new CustomEvent(CHANGED));
  },
});

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
