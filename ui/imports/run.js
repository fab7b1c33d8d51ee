// The last step of an import while it runs: how far it has come, how fast, how long still; and stopping it.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { changed, percent, roughly, share } from "./words.js";
import { count, plural } from "../kit/words.js";

// Speed is what it was over the last seconds.
const MEMORY_MS = 8_000;

export function importRun() {
  let seen = [];
  return {
    speed: 0,

    init() {
      seen = [[Date.now(), this.current.done_rows]];
      this.$watch("current.done_rows", (done) => this.measure(done));
    },

    measure(done) {
      const now = Date.now();
      seen = [...seen.filter(([when]) => when > now - MEMORY_MS), [now, done]];
      const [when, before] = seen[0];
      if (now > when) this.speed = Math.max(0, ((done - before) * 1000) / (now - when));
    },

    get percent() { return percent(this.current); },
    get percentNumber() { return Math.floor(share(this.current) * 100); },
    get barStyle() { return { width: `${share(this.current) * 100}%` }; },
    get progressText() { return `${count(this.current.done_rows)} of ${plural(this.current.rows, "row")}`; },
    get speedText() { return this.speed >= 1 ? `${count(Math.round(this.speed))} a second` : ""; },
    get leftText() {
      const left = this.current.rows - this.current.done_rows;
      return this.speed >= 1 && left > 0 ? `${roughly(left / this.speed)} left` : "";
    },
    get figures() {
      const { imported, assigned, queued, skipped, refused } = this.current;
      return [
        { name: "Imported", text: count(imported) }, { name: "Assigned", text: count(assigned) }, { name: "In the queue", text: count(queued) },
        { name: "Skipped", text: count(skipped) }, { name: "Refused", text: count(refused) },
      ];
    },

    cancel() {
      const { path } = this;
      ask({
        title: "Cancel the import?", text: "What is imported so far stays, with its callers. The other rows are left alone.",
        action: "Cancel the import", keep: "Go on importing", run: () => api.post(`${path}/cancel`), done: changed,
      });
    },
  };
}
