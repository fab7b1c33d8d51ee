// The filters of the live list: they live in the address, become a query, and judge events as they come.

import { api } from "../kit/api.js";
import { addressFilters, spanOf } from "../kit/filters.js";
import { dateOf, dates, until } from "../kit/time.js";
import { LEADS } from "./row.js";

const NAMES = ["search", "state", "caller", "campaign", "status", "progress", "called", "source", "period", "from", "to"];
const SEARCH_PAUSE_MS = 250;

/**
 * Parts of a component that lists leads by the filters of leads/filters.html. It has reload(), and calls
 * startChoices() once.
 */
export function filterParts() {
  let typing = 0;
  return {
    ...addressFilters(LEADS, NAMES),
    filtersOpen: false,
    states: [],
    sources: [],
    campaigns: [],

    startChoices() {
      this.filtersOpen = this.filterCount() > 0;
      this.startFilters();
      api.get("/api/states").then(({ items }) => { this.states = items; }, () => {});
    },

    // A filter from the address stays choosable even when the list does not have it, or not yet.
    stateChoices() { return withChosen(this.states, this.filters.state); },
    campaignChoices() {
      const id = Number(this.filters.campaign);
      return id && !this.campaigns.some((campaign) => campaign.id === id) ? [{ id, name: "A campaign that is over" }, ...this.campaigns] : this.campaigns;
    },
    isCampaign({ id }) { return String(id) === this.filters.campaign; },
    sourceChoices() { return withChosen(this.sources, this.filters.source); },
    /** Hours that a figure of the dashboard has led to. */
    timesText() { return this.filters.period === "times" ? `${until(this.filters.from)} to ${until(this.filters.to)}` : ""; },
    filterCount() { return ["state", "caller", "campaign", "status", "progress", "called", "source", "period"].filter((name) => this.filters[name]).length; },

    typed() {
      clearTimeout(typing);
      typing = setTimeout(() => this.changed(), SEARCH_PAUSE_MS);
    },
    /** At once, and not again after the pause. */
    sought() {
      clearTimeout(typing);
      this.changed();
    },
    clearAll() {
      clearTimeout(typing);
      this.clearFilters();
      this.$refs.search.focus();
    },
    leaveSearch() {
      if (this.filters.search) {
        this.filters.search = "";
        this.sought();
      } else {
        this.$refs.search.blur();
      }
    },
  };
}

/** What stands in the address for leads that have none of it. */
const NONE = "-";

const withChosen = (choices, chosen) => (chosen && chosen !== NONE && !choices.includes(chosen) ? [chosen, ...choices] : choices);

/** The filters as the API takes them. */
export function queryOf({ status, progress, called, search, period, from, to, ...filters }) {
  const lacks = ["state", "caller", "source", "campaign"].filter((name) => filters[name] === NONE);
  const { state, caller, source, campaign } = Object.fromEntries(Object.entries(filters).filter(([name]) => !lacks.includes(name)));
  return { state, caller, status, lead_status: progress, called, source, campaign_id: campaign, lacks: lacks.join(), search: search.trim(), ...spanOf({ period, from, to }) };
}

/** Whether a lead that an event brings belongs in the list; the server has the last word when it is reloaded. */
export function matches(lead, filters) {
  if (filters.state && (lead.state ?? NONE) !== filters.state) return false;
  if (filters.caller && (lead.assigned_caller?.id ?? NONE) !== filters.caller) return false;
  if (filters.campaign && String(lead.campaign?.id ?? NONE) !== filters.campaign) return false;
  if (filters.status && (lead.is_test ? "test" : lead.assignment_status) !== filters.status) return false;
  if (filters.progress && (lead.status ?? "new") !== filters.progress) return false;
  if (filters.called && filters.called !== "no") return false; // only the server knows
  if (filters.source && (lead.lead_source ?? NONE).toLowerCase() !== filters.source.toLowerCase()) return false;
  if (filters.period === "times") {
    const at = Date.parse(lead.created_at);
    if (at < Date.parse(filters.from) || at >= Date.parse(filters.to)) return false;
  }
  const { from, to } = dates(filters);
  const date = dateOf(lead.created_at);
  if ((from && date < from) || (to && date > to)) return false;
  return matchesSearch(lead, filters.search);
}

/** As core.search_words(): a phone is one word, without a zero before it. */
function wordsOf(search) {
  const isPhone = /^[\d\s().+/-]*$/.test(search);
  return (isPhone ? search.replace(/\D/g, "").replace(/^0+(?=[1-9])/, "") : search).split(/\s+/);
}

function matchesSearch(lead, search) {
  const said = [lead.name, lead.city, lead.email, lead.phone].filter(Boolean).join(" ").toLowerCase();
  return wordsOf(search.trim().toLowerCase()).every((word) => said.includes(word));
}
