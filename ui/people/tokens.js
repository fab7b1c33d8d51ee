// Personal tokens: listed, made, revoked.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { form } from "../kit/form.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { addDays, day, dateOf, exact, now, relative, startOfDay, today } from "../kit/time.js";

export function tokens() {
  return list({
    list: "tokens",
    path: "/api/tokens",
    signals: ["account:changed"],

    hasEnded(token) { return Date.parse(token.expires_at) <= now(); },
    about(token) {
      const end = `${this.hasEnded(token) ? "ended" : "until"} ${day(dateOf(token.expires_at))}`;
      return [`Made ${relative(token.created_at)}`, end, token.last_used_at ? `last used ${relative(token.last_used_at)}` : "never used"].join(" · ");
    },
    exactly(token) { return `Until ${exact(token.expires_at)}`; },

    add() { window.dispatchEvent(new CustomEvent("token:new")); },

    revoke({ id, name }) {
      ask({
        title: `Revoke ${name}?`, text: "Programs that use it are refused from now on.", action: "Revoke", run: () => api.delete(`/api/tokens/${id}`),
        done: async () => {
          note(`${name} is revoked.`);
          await this.reload();
          this.$refs.title.focus();
        },
      });
    },
  });
}

export const tokenForm = () => form({
  path: "/api/tokens",
  opens: "token:new",
  title: "New token",
  action: "Make token",

  blank: () => ({ name: "", days: "90" }),
  check: (draft) => ({ name: !draft.name.trim() && "Say what the token is for." }),
  bodyOf: ({ name, days }) => ({ name: name.trim(), expires_at: startOfDay(addDays(today(), Number(days))) }),
  saved({ token }) {
    showOnce("Your new token", [{ label: "Token", text: token }], "It is sent as Authorization: Bearer.");
    window.dispatchEvent(new CustomEvent("account:changed"));
  },
});
