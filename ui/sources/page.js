// The sources: who hands leads in, and what came of each.

import { api } from "../kit/api.js";
import { onEvents, onRejoin, opened } from "../kit/feed.js";
import { lastLead, limitText, oldKeyText, stateChip, stateText } from "./words.js";
import { exact } from "../kit/time.js";
import { count } from "../kit/words.js";

const PAUSE_MS = 3_000;

export function sources() {
  let soon = 0;
  return {
    all: [],
    loading: true,
    problem: null,

    async init() {
      window.addEventListener("source:saved", () => this.reload());
      window.addEventListener("fairlead:retry", () => this.reload());
      await opened;
      await this.reload();
      onEvents((events) => {
        if (events.some(({ kind }) => kind.startsWith("source."))) this.reload();
        else if (events.some(({ lead }) => lead)) this.reloadSoon();
      });
      onRejoin(() => this.reload());
      // Days begin and old keys end without an event.
      setInterval(() => this.reloadSoon(), 60_000);
    },

    async reload() {
      try {
        this.all = (await api.get("/api/sources")).items;
        this.problem = null;
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.loading = false;
      }
    },

    /** How many came changes with leads; asking for it now and then is enough. */
    reloadSoon() {
      soon ||= setTimeout(() => { soon = 0; if (!document.hidden) this.reload(); }, PAUSE_MS);
    },

    get isEmpty() { return !this.loading && !this.problem && !this.all.length; },
    get summary() {
      const revoked = this.all.filter((source) => source.revoked_at).length;
      return this.all.length ? `${count(this.all.length - revoked)} live${revoked ? `, ${count(revoked)} revoked` : ""}` : "";
    },

    add() { window.dispatchEvent(new CustomEvent("source:edit", { detail: null })); },

    count, exact, lastLead, limitText, oldKeyText, stateChip, stateText,
  };
}
