// What surrounds every page: connection, trouble, theme, signing out.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { keptNames, letAllGo } from "../kit/kept.js";
import { showKeys } from "../kit/keys.js";
import { note } from "../kit/notes.js";
import { send } from "../kit/outbox.js";
import { count, plural } from "../kit/words.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
// What waits to be stored, and what is being typed; see kit/outbox.js and leads/mine.js.
const UNSAVED = ["outbox:", "draft:"];
const RETRY_MS = 4_000;
const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" };

async function leave() {
  await api.delete("/api/session");
  letAllGo();
  location.assign("/login");
}

export function shell() {
  let retrying = 0;
  return {
    feed: "connecting",
    down: false,
    dark: false,

    init() {
      this.showTheme();
      dark.addEventListener("change", () => this.showTheme());
      window.addEventListener("fairlead:feed", ({ detail }) => {
        // The way back is free again: whatever failed to load is tried once more.
        if (detail === "live" && this.down) this.retry();
        this.feed = detail;
      });
      window.addEventListener("fairlead:down", () => {
        this.down = true;
        // Not all viewers at the same moment, or the first thing a server that comes back gets is all of them.
        retrying ||= setTimeout(() => { retrying = 0; if (this.down) this.retry(); }, RETRY_MS * (1 + Math.random()));
      });
      window.addEventListener("fairlead:up", () => { this.down = false; });
    },

    get feedText() { return WORDS[this.feed]; },
    get waiting() { return this.$store.overview.today.queued_now; },
    get alertsOpen() { return this.$store.alerts.open.length; },
    get waitingText() { return count(this.waiting); },
    get themeLabel() { return this.dark ? "Light theme" : "Dark theme"; },

    retry() { window.dispatchEvent(new CustomEvent("fairlead:retry")); },

    showTheme() {
      this.dark = (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
    },

    /** Choosing what the system has anyway means following the system again. */
    toggleTheme() {
      const wanted = this.dark ? "light" : "dark";
      const follows = (wanted === "dark") === dark.matches;
      if (follows) delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = wanted;
      try {
        if (follows) localStorage.removeItem("fairlead-theme");
        else localStorage.setItem("fairlead-theme", wanted);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      this.showTheme();
      window.dispatchEvent(new CustomEvent("fairlead:theme"));
    },

    showKeys,
    showFinder() { window.dispatchEvent(new CustomEvent("fairlead:find")); },

    /** What was typed stays in no browser: first what waits is sent, and what cannot be is asked about. */
    async signOut() {
      await send();
      const left = UNSAVED.flatMap(keptNames).length;
      if (!left) return leave().catch((problem) => note(problem.message));
      return ask({
        title: "Sign out and lose what is not saved?", action: "Sign out and lose it",
        text: `What you did or typed is not saved yet for ${plural(left, "lead")}. This browser keeps it as long as you are signed in.`,
        run: leave,
      });
    },
  };
}
