// One campaign on a page of its own: /campaigns/{id}.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { live } from "../kit/live.js";
import { note } from "../kit/notes.js";
import { strategyOf } from "../routing/words.js";
import { exact, relative } from "../kit/time.js";
import { count, initials, plural, standingChip, standingText, tone } from "../kit/words.js";

const FEW = 25;

export function campaign() {
  const path = `/api${location.pathname}`;
  return live({
    path,
    fills: "campaign",
    refresh: ["campaign"],
    // Its figures change with leads, callers and rules.
    slowly: ["lead", "caller", "rule"],
    signals: ["campaign:saved"],
    campaign: null,
    all: false,
    busy: false,

    stored(campaign) { this.accept(campaign); },
    receive(campaign) {
      this.campaign = campaign;
      window.dispatchEvent(new CustomEvent("campaign:days", { detail: campaign.per_day }));
    },

    get isLive() { return Boolean(this.campaign) && !this.campaign.archived_at; },
    get isPaused() { return this.campaign?.is_paused ?? false; },
    get title() { return this.campaign?.name ?? "Campaign"; },
    get state() { return !this.isLive ? "Archived" : this.isPaused ? "Paused" : "Running"; },
    get chip() { return this.isLive && !this.isPaused ? "chip-good" : ""; },
    get about() {
      const { campaign } = this;
      if (!campaign) return "";
      return [campaign.strategy ? strategyOf(campaign.strategy).name : "By the plan", `made ${relative(campaign.created_at)}${campaign.created_by ? ` by ${campaign.created_by}` : ""}`].join(" · ");
    },
    get madeExactly() { return exact(this.campaign?.created_at); },
    get leadsHref() { return this.campaign ? `/leads?campaign=${this.campaign.id}` : "/leads"; },
    get figures() {
      const { campaign } = this;
      if (!campaign) return [];
      const figure = (name, number, look = "") => ({ name, text: count(number), look: number ? look : "" });
      return [
        figure("Leads", campaign.leads), figure("Today", campaign.leads_today), figure("With callers", campaign.assigned, "good"),
        figure("Waiting", campaign.waiting, "warn"), figure("Closed", campaign.closed),
      ];
    },

    // Callers

    get ranked() { return [...(this.campaign?.callers ?? [])].sort((one, other) => other.leads - one.leads || one.name.localeCompare(other.name)); },
    get workers() { return this.all ? this.ranked : this.ranked.slice(0, FEW); },
    get hidden() { return this.ranked.length - this.workers.length; },
    get allText() { return `Show all ${plural(this.ranked.length, "caller")}`; },
    showAll() { this.all = true; },
    get noWorkers() { return this.isLive && !this.ranked.length; },
    get most() { return Math.max(1, ...this.ranked.map(({ leads }) => leads)); },
    width({ leads }) { return { width: `${(leads / this.most) * 100}%` }; },

    editCallers() { this.edit("callers", { ...this.campaign, callers: this.ranked }); },
    editStrategy() { this.edit("strategy", this.campaign); },
    edit(what, campaign) { window.dispatchEvent(new CustomEvent(`campaign:${what}`, { detail: campaign })); },

    async togglePaused() {
      if (this.busy) return;
      const paused = !this.isPaused;
      this.busy = true;
      try {
        this.receive(await api.patch(path, { is_paused: paused }, { match: this.campaign.etag }));
        note(paused ? `${this.title} is paused: its leads wait in the queue.` : `${this.title} goes on.`);
      } catch (problem) {
        note(problem.message);
        if (problem.status === 412) this.reload();
      } finally {
        this.busy = false;
      }
    },

    archive() {
      const { etag: match } = this.campaign;
      ask({
        title: `Archive ${this.title}?`, action: "Archive",
        text: "Nobody works for it any more. Its leads stay with their callers; those that wait go by the plan.",
        run: () => api.delete(path, { match }),
        done: (archived) => {
          note(`${this.title} is archived.`);
          return archived ? this.receive(archived) : this.reload();
        },
      });
    },

    count, initials, standingChip, standingText, tone,
  });
}
