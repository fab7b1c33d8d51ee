// The fourth step of an import: the campaign, its callers, and how its leads are shared out; or the plan decides.

import { api } from "../kit/api.js";
import { callerChoice, roomOf } from "../callers/choice.js";
import { form } from "../kit/form.js";
import { changed, toImport } from "./words.js";
import { strategyOf } from "../routing/words.js";
import { count, plural } from "../kit/words.js";

const EVEN = ["random", "round_robin"];
const key = (name) => name.trim().toLowerCase();

export const importCallers = () => form({
  ...callerChoice(),
  options: { campaign: [] },
  campaigns: [],

  async init() {
    this.start();
    this.$watch("draft.campaign", () => this.campaignChanged());
    this.startChoice();
    this.campaigns = (await api.get("/api/campaigns").catch(() => ({ items: [] }))).items;
    this.options.campaign = this.campaigns.map(({ name }) => name);
  },

  get chosen() { return this.draft.callers; },
  set chosen(ids) { this.draft.callers = ids; },
  get campaignName() { return this.draft.campaign[0] ?? ""; },
  get known() { return this.campaigns.find(({ name }) => key(name) === key(this.campaignName)) ?? null; },
  async campaignChanged() {
    const { known } = this;
    this.fixed = [];
    this.draft.strategy = known?.strategy ?? "random";
    if (!known) return;
    const whole = await api.get(`/api/campaigns/${known.id}`).catch(() => null);
    if (this.known?.id === known.id && whole) this.fixed = whole.callers.map(({ caller_id: id }) => id);
  },
  get campaignHint() {
    if (!this.campaignName) return "Type a new name, or choose a campaign there is.";
    if (!this.known) return `A new campaign, “${this.campaignName}”, is made.`;
    const state = this.known.is_paused ? " It is paused: its leads wait until it goes on." : "";
    return `${this.campaignName} has ${plural(this.known.leads ?? 0, "lead")} so far.${state}`;
  },

  get ready() { return toImport(this.current); },
  get readyText() { return plural(this.ready, "lead"); },
  /** What each of them will get. */
  get shareText() {
    const rooms = this.party().map(roomOf).filter((room) => room > 0);
    if (!rooms.length) return "";
    if (!EVEN.includes(this.draft.strategy)) return `${this.readyText} to ${plural(rooms.length, "caller")}. ${strategyOf(this.draft.strategy).text}`;
    const assigned = Math.min(this.ready, rooms.reduce((sum, room) => sum + room, 0));
    const least = Math.floor(assigned / rooms.length);
    if (rooms.length === 1) return `All ${plural(assigned, "lead")}`;
    if (Math.min(...rooms) < least) return `About ${plural(least, "lead")} each; fewer for those who reach a limit`;
    return `${assigned % rooms.length ? `${count(least)} or ${plural(least + 1, "lead")}` : plural(least, "lead")} each`;
  },
  /** Who will get none at first, and what will wait. */
  get roomText() {
    const rooms = this.party().map(roomOf);
    const none = rooms.filter((room) => room <= 0).length;
    const room = rooms.reduce((sum, one) => sum + one, 0);
    if (!rooms.length) return "";
    if (none === rooms.length) return "None of them can take a lead now: all of them wait in the queue until somebody can.";
    return [
      none ? `${plural(none, "caller")} can take none now: paused, away or at a limit.` : "",
      room < this.ready ? `There is room for ${plural(room, "lead")}; the other ${count(this.ready - room)} wait in the queue.` : "",
    ].filter(Boolean).join(" ");
  },
  get action() { return `Import ${this.readyText}`; },
  get callersError() { return this.party().length ? (this.problem?.at("callers") ?? null) : this.errorAt("callers"); },

  blank: () => ({ how: "campaign", campaign: [], callers: [], strategy: "random" }),
  check({ how }) {
    if (how === "plan") return {};
    return {
      campaign: !this.campaignName && "Name the campaign, or let the plan decide.",
      callers: !this.party().length && "No callers selected. Select those who are to call these leads, or let the plan decide who gets them.",
    };
  },
  bodyOf({ how, callers, strategy }) {
    if (how === "plan") return { campaign: null, callers: [], strategy: null };
    return { campaign: this.known?.id ?? this.campaignName, callers: callers.filter((id) => !this.fixed.includes(id)), strategy };
  },
  send(body) { return api.post(`${this.path}/start`, body); },
  saved: changed,
});
