// The page of alerts: those that are open, from the store all pages share, and those that were.

import { api } from "../kit/api.js";
import { list } from "../kit/list.js";
import { exact, relative, waited } from "../kit/time.js";
import { plural } from "../kit/words.js";

export function alerts() {
  return list({
    list: "alerts",
    path: "/api/alerts",
    fills: "past",
    size: 5,
    query: () => ({ open: "false" }),
    beat: 0,

    init() {
      setInterval(() => { this.beat++; }, 10_000);
      this.arrange();
      // What is cleared becomes one of the past.
      this.$watch("$store.alerts.beat", () => this.reload());
      return this.start();
    },

    get open() { return this.$store.alerts.open; },
    get openProblem() { return this.$store.alerts.ready ? null : this.$store.alerts.problem; },
    get isCalm() { return this.$store.alerts.ready && !this.open.length; },
    get summary() { return this.$store.alerts.ready ? (this.open.length ? plural(this.open.length, "alert is open", "alerts are open") : "Nothing needs you just now.") : ""; },

    /** The first few callers who are gone or away and have open leads; see callers/departure.js. */
    left({ alert, details }) { return alert === "caller_gone" ? details.callers.slice(0, 3) : []; },
    handOverText({ name }) { return `Hand over ${name}'s leads`; },
    handOver({ caller_id: callerId, name }) {
      const act = (to) => api.post(`/api/callers/${callerId}/hand-over`, { to });
      window.dispatchEvent(new CustomEvent("caller:leaves", { detail: { callerId, name, why: "hand-over", act } }));
    },

    sinceText(alert) { return this.beat >= 0 && `For ${waited(alert.raised_at)}`; },
    seenText(alert) { return alert.acknowledged_by ? `${alert.acknowledged_by} knows` : ""; },
    whenText(alert) { return this.beat >= 0 && relative(alert.raised_at); },
    lastedText(alert) { return `for ${lasted(alert)}`; },
    exact,
  });
}

const MINUTE = 60_000;

function lasted({ raised_at: from, cleared_at: to }) {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / MINUTE));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}
