// Personal tokens: listed, made, revoked.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { addDays, day, dateOf, exact, now, relative, startOfDay, today } from "../kit/time.js";

const FIELDS = ["name"];

export function tokens() {
  return list({
    list: "tokens",
    path: "/api/tokens",
    signals: ["account:changed"],
    draft: { name: "", days: "90" },
    draftProblem: null,
    missing: null,
    revoking: null,
    revokeProblem: null,
    busy: false,

    hasEnded(token) { return Date.parse(token.expires_at) <= now(); },
    about(token) {
      const end = `${this.hasEnded(token) ? "ended" : "until"} ${day(dateOf(token.expires_at))}`;
      return [`Made ${relative(token.created_at)}`, end, token.last_used_at ? `last used ${relative(token.last_used_at)}` : "never used"].join(" · ");
    },
    exactly(token) { return `Until ${exact(token.expires_at)}`; },

    // Making one

    add() {
      this.draft = { name: "", days: "90" };
      this.draftProblem = null;
      this.missing = null;
      this.$refs.dialog.showModal();
      this.$refs.name.focus();
    },
    close() { this.$refs.dialog.close(); },
    get nameError() { return this.missing ?? this.draftProblem?.at("name") ?? null; },
    get otherError() { return this.draftProblem?.besides(FIELDS) ?? null; },

    async create() {
      this.draftProblem = null;
      this.missing = this.draft.name.trim() ? null : "Say what the token is for.";
      if (!this.missing) {
        this.busy = true;
        try {
          const { name, days } = this.draft;
          const made = await api.post("/api/tokens", { name: name.trim(), expires_at: startOfDay(addDays(today(), Number(days))) });
          this.close();
          showOnce("Your new token", [{ label: "Token", text: made.token }], "It is sent as Authorization: Bearer.");
          await this.reload();
        } catch (problem) {
          this.draftProblem = problem;
        } finally {
          this.busy = false;
        }
      }
      focusOn(() => this.$refs.dialog.querySelector('[aria-invalid="true"]'));
    },

    // Revoking one

    askRevoke(token) {
      this.revoking = token;
      this.revokeProblem = null;
      this.$refs.revoke.showModal();
    },
    keep() { this.$refs.revoke.close(); },
    get revokeTitle() { return this.revoking ? `Revoke ${this.revoking.name}?` : ""; },

    async revoke() {
      this.busy = true;
      try {
        await api.delete(`/api/tokens/${this.revoking.id}`);
        this.$refs.revoke.close();
        note(`${this.revoking.name} is revoked.`);
        await this.reload();
        this.$refs.title.focus();
      } catch (problem) {
        this.revokeProblem = problem.message;
      } finally {
        this.busy = false;
      }
    },
  });
}
