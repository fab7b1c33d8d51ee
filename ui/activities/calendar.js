// The private calendar address of whoever is signed in: made, made anew, taken back.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { opened } from "../kit/feed.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { relative } from "../kit/time.js";

export function calendarAddress() {
  return {
    madeAt: null,
    loaded: false,

    async init() {
      await opened;
      this.fetch();
      window.addEventListener("fairlead:retry", () => this.fetch());
    },
    async fetch() {
      try {
        const { made_at: madeAt } = await api.get("/api/calendar");
        Object.assign(this, { madeAt, loaded: true });
      } catch { /* the banner says that the server cannot be reached */ }
    },

    get about() { return this.madeAt ? `Made ${relative(this.madeAt)}. Whoever knows the address sees your open tasks.` : "An address for the calendar on your phone, which then shows your open tasks."; },
    get action() { return this.madeAt ? "New address" : "Make an address"; },

    make() {
      if (!this.madeAt) return this.store();
      return ask({ title: "Make a new address?", action: "Make it", keep: "Cancel", text: "The present one stops working: give your calendar the new one.", run: () => api.post("/api/calendar"), done: (made) => this.show(made) });
    },
    async store() {
      try {
        this.show(await api.post("/api/calendar"));
      } catch (problem) {
        note(problem.message);
      }
    },
    show({ address }) {
      showOnce("Your calendar address", [{ label: "Address", text: address, isLong: true }], "Subscribe to it in your calendar. It is not shown again; you can always make a new one.");
      this.fetch();
    },
    remove() {
      ask({ title: "Remove the address?", action: "Remove", text: "Calendars that have it find nothing there any more.", run: () => api.delete("/api/calendar"), done: () => { note("The calendar address is removed."); this.fetch(); } });
    },
  };
}
