// The campaigns: how each goes, and who works for it.

import { api } from "../kit/api.js";
import { list } from "../kit/list.js";
import { strategyOf } from "../routing/words.js";
import { count, initials, plural, tone } from "../kit/words.js";

export function campaigns() {
  return list({
    list: "campaigns",
    noun: "campaign",
    path: "/api/campaigns",
    refresh: ["campaign"],
    // Their figures change with leads and callers.
    slowly: ["lead", "caller"],
    sorts: {
      name: ({ name }) => name, callers: ({ callers }) => callers, leads: ({ leads }) => leads, waiting: ({ waiting }) => waiting,
      today: ({ leads_today: today }) => today, state: (campaign) => Number(campaign.is_paused),
    },
    words: ({ name, caller_names: names }) => [name, ...names],

    get summary() {
      const paused = this.all.filter((campaign) => campaign.is_paused).length;
      return this.all.length ? `${count(this.all.length - paused)} running${paused ? `, ${count(paused)} paused` : ""}` : "";
    },
    state: (campaign) => (campaign.is_paused ? "Paused" : "Running"),
    chip: (campaign) => (campaign.is_paused ? "" : "chip-good"),
    strategyName: ({ strategy }) => (strategy ? strategyOf(strategy).name : "By the plan"),
    moreCallers(campaign) { return Math.max(0, campaign.callers - campaign.caller_names.length); },
    callersText(campaign) { return campaign.callers ? plural(campaign.callers, "caller") : "Nobody: by the plan"; },

    add() { window.dispatchEvent(new CustomEvent("campaign:new")); },

    count, initials, tone,
  });
}
