// The open alerts: fetched once, kept up to date by events. Shared by the bell, the banners and the page of alerts.

import { api } from "../kit/api.js";
import { keepTrue } from "../kit/live.js";
import { note } from "../kit/notes.js";

export function alertStore() {
  return {
    open: [],
    ready: false,
    problem: null,
    beat: 0,
    busy: 0,

    start() { return keepTrue(() => this.load(), { refresh: ["alert"] }); },

    async load() {
      try {
        this.open = (await api.get("/api/alerts?open=true")).items.map((alert) => ({ ...alert, ...whereTo(alert) }));
        this.problem = null;
        this.ready = true;
        this.beat++;
      } catch (problem) {
        this.problem = problem;
      }
    },

    /** What nobody has acknowledged yet. */
    get unseen() { return this.open.filter(({ acknowledged_at: at }) => !at); },

    async acknowledge(alert) {
      this.busy = alert.id;
      try {
        await api.post(`/api/alerts/${alert.id}/acknowledge`);
        note(`Everybody sees that you know: ${alert.title}.`);
      } catch (problem) {
        note(problem.message);
      } finally {
        this.busy = 0;
      }
      await this.load();
    },
  };
}

/** Where something can be done about an alert. */
function whereTo({ alert, details }) {
  if (alert === "all_at_cap") return { href: "/queue", go: "See the queue" };
  if (alert === "claims_ran_out") return { href: `/leads/${details.lead_id}`, go: "See the lead" };
  if (alert === "caller_gone") {
    const [caller, ...others] = details.callers;
    // Who is archived is on no list of callers any more; their leads are found by their id.
    return others.length ? { href: "/callers", go: "See the callers" } : { href: `/leads?caller=${caller.caller_id}&status=assigned`, go: "See the leads" };
  }
  return { href: "/leads", go: "See the leads" };
}
