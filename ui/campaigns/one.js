// One campaign on a page of its own: /campaigns/{id}.

import { api } from "../kit/api.js";
import { callerChoice } from "../callers/choice.js";
import { live } from "../kit/live.js";
import { note } from "../kit/notes.js";
import { strategyOf } from "../routing/words.js";
import { exact, relative } from "../kit/time.js";
import { count, plural } from "../kit/words.js";

const FEW = 25;

export function campaign() {
  const path = `/api${location.pathname}`;
  return live({
    ...callerChoice(),
    path,
    fills: "campaign",
    refresh: ["campaign"],
    // Its figures change with leads, callers and rules.
    slowly: ["lead", "caller", "rule"],
    campaign: null,
    strategy: "random",
    all: false,
    busy: false,
    actionProblem: null,

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
    get leadsHref() { return this.campaign ? `/?campaign=${this.campaign.id}` : "/"; },
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
    get callersError() { return this.actionProblem; },

    editCallers() {
      this.chosen = this.ranked.map(({ caller_id: id }) => id);
      this.startChoice();
      this.ask(this.$refs.callers);
    },
    async saveCallers() {
      await this.act(async () => {
        const saved = await api.put(`${path}/callers`, { callers: this.chosen }, { match: this.campaign.etag });
        this.receive(saved);
        this.$refs.callers.close();
        note(saved.callers.length ? `${plural(saved.callers.length, "caller")} ${saved.callers.length === 1 ? "works" : "work"} for ${saved.name}.` : `Nobody works for ${saved.name}; its leads go by the plan.`);
      });
    },

    // Strategy, pausing, archiving

    editStrategy() {
      this.strategy = this.campaign.strategy ?? "random";
      this.ask(this.$refs.strategy);
    },
    async saveStrategy() {
      await this.act(async () => {
        this.receive(await api.patch(path, { strategy: this.strategy }));
        this.$refs.strategy.close();
        note(`The leads of ${this.title} are assigned ${strategyOf(this.strategy).how} from now on.`);
      });
    },
    async togglePaused() {
      if (this.busy) return;
      const paused = !this.isPaused;
      await this.act(async () => {
        this.receive(await api.patch(path, { is_paused: paused }));
        note(paused ? `${this.title} is paused: its leads wait in the queue.` : `${this.title} goes on.`);
      });
      if (this.actionProblem) note(this.actionProblem);
    },

    askArchive() { this.ask(this.$refs.archive); },
    get archiveTitle() { return `Archive ${this.title}?`; },
    async archive() {
      await this.act(async () => {
        const archived = await api.delete(path);
        this.$refs.archive.close();
        note(`${this.title} is archived.`);
        if (archived) this.receive(archived);
        else await this.reload();
      });
    },

    ask(dialog) {
      this.actionProblem = null;
      dialog.showModal();
    },
    keep() { for (const dialog of [this.$refs.callers, this.$refs.strategy, this.$refs.archive]) dialog.close(); },
    async act(action) {
      this.busy = true;
      this.actionProblem = null;
      try {
        await action();
      } catch (problem) {
        this.actionProblem = problem.status === 412 ? "Somebody else has changed this campaign meanwhile. Close this and look again." : problem.message;
      } finally {
        this.busy = false;
      }
    },

    count,
  });
}
