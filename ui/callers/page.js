// The callers: who they are, what they may get, what they got today.

import { tell } from "../actions/undo.js";
import { api } from "../kit/api.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { count, duplicatesText, initials, load, plural, standingChip, standingText, tone } from "../kit/words.js";

const FEW_STATES = 4;

export function callers() {
  return list({
    list: "callers",
    noun: "caller",
    path: "/api/callers",
    refresh: ["caller"],
    // What is open, and so who is free, changes with leads; hours begin and end without an event.
    slowly: ["lead"],
    minutely: true,
    sorts: {
      name: ({ name }) => name, states: ({ states }) => states.join(" "), languages: ({ languages }) => languages.join(" "),
      today: ({ load }) => load.today, status: ({ status, standing }) => `${status} ${standing}`,
    },
    words: ({ name, role, team, states, languages }) => [name, role, team, ...states, ...languages],

    put(caller) { this.all = this.all.map((known) => (known.id === caller.id ? caller : known)); },

    /** What they got today is counted in one place, the overview; the list's own number serves until that has loaded. */
    get shown() {
      const counted = new Map(this.$store.overview.callers.map((caller) => [caller.id, caller.assigned_today]));
      const most = Math.max(1, ...counted.values());
      return this.sorted(this.found.map((caller) => {
        const today = counted.get(caller.id) ?? caller.assigned_today;
        return { ...caller, load: { ...load({ ...caller, assigned_today: today }, most), today } };
      }));
    },

    get samples() { return this.all.filter((caller) => caller.is_sample).length; },
    get samplesText() { return `${plural(this.samples, "caller")} came with Fairlead as ${this.samples === 1 ? "a sample" : "samples"}. Remove them when your own callers are in.`; },
    get summary() {
      const active = this.all.filter(({ status }) => status === "active").length;
      return this.loading || !this.all.length ? "" : `${active} active, ${this.all.length - active} paused`;
    },

    fewStates(caller) { return caller.states.slice(0, FEW_STATES); },
    moreStates(caller) { return Math.max(0, caller.states.length - FEW_STATES); },
    otherStates(caller) { return caller.states.slice(FEW_STATES).join(", "); },
    barStyle(caller) { return { width: `${Math.round(caller.load.share * 100)}%` }; },

    about({ role, team }) { return [role, team].filter(Boolean).join(", "); },
    duplicatesText,
    openText({ open_leads: open, max_load: most }) { return open || most ? `${count(open)}${most ? ` of ${count(most)}` : ""} open` : ""; },
    standingTitle({ standing, person }) { return standing === "disabled" && person ? `${person.name}, who signs in as this caller, is disabled; see People` : null; },
    /** Being paused is what the switch says already. */
    showsStanding({ standing }) { return standing !== "free" && standing !== "paused"; },

    async toggle(caller) {
      const status = caller.status === "active" ? "paused" : "active";
      if (status === "paused" && caller.open_leads) {
        this.leave(caller, "pause", (handOver) => api.patch(`/api/callers/${caller.id}/status`, { status, hand_over: handOver }, { match: caller.etag }));
        return;
      }
      this.busy = caller.id;
      try {
        const changed = await api.patch(`/api/callers/${caller.id}/status`, { status }, { match: caller.etag });
        this.put(changed);
        note(status === "paused" ? `${caller.name} is paused and gets no new leads.` : changed.standing === "disabled"
          ? `${caller.name} is resumed, but gets no leads: ${changed.person.name} is disabled.` : `${caller.name} gets leads again.`);
      } catch (problem) {
        note(`${caller.name} was not changed. ${problem.message}`);
        if (problem.status === 412) this.reload();
      } finally {
        this.busy = "";
      }
    },

    // What is done to those selected

    async actOnPicked(action, limits = {}) {
      const answer = await api.post("/api/callers/actions", { action, ids: this.pickedIds, ...limits });
      this.clearPicks();
      const callers = `${plural(answer.done, "caller")} ${answer.done === 1 ? "is" : "are"}`;
      tell({ pause: `${callers} paused and get no new leads.`, activate: `${callers} active.`, limits: `${callers} changed.` }[action].replace("is paused and get", "is paused and gets"), answer);
      await this.reload();
    },
    limitPicked() {
      window.dispatchEvent(new CustomEvent("callers:limit", { detail: { number: this.picked, act: (limits) => this.actOnPicked("limits", limits) } }));
    },

    // The dialog asks where the open leads go; see callers/departure.js.

    leave(caller, why, act) {
      const { id: callerId, name } = caller;
      window.dispatchEvent(new CustomEvent("caller:leaves", { detail: { callerId, name, why, act: async (handOver) => {
        const answer = await act(handOver);
        await this.reload();
        return answer;
      } } }));
    },
    askArchive(caller) { this.leave(caller, "archive", (handOver) => api.delete(`/api/callers/${caller.id}?hand_over=${handOver}`, { match: caller.etag })); },
    handOver(caller) { this.leave(caller, "hand-over", (to) => api.post(`/api/callers/${caller.id}/hand-over`, { to })); },

    async removeSamples() {
      this.busy = "samples";
      try {
        await api.delete("/api/callers/samples");
        await this.reload();
        note("The sample callers are archived.");
        window.dispatchEvent(new CustomEvent("fairlead:callers"));
      } catch (problem) {
        note(problem.message);
      } finally {
        this.busy = "";
      }
    },

    initials, standingChip, standingText, tone,
  });
}
