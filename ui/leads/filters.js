// The filters of the live list: they live in the address, become a query, and judge events as they come.

import { api } from "../kit/api.js";
import { addressFilters, spanOf } from "../kit/filters.js";
import { dateOf, dates } from "../kit/time.js";

const NAMES = ["search", "state", "caller", "campaign", "status", "progress", "source", "period", "from", "to"];
const SEARCH_PAUSE_MS = 250;

/**
 * Parts of a component that lists leads by the filters of leads/filters.html. It has reload(), and calls
 * startChoices() once.
 */
export function filterParts() {
  let typing = 0;
  return {
    ...addressFilters("/", NAMES),
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
    filterCount() { return ["state", "caller", "campaign", "status", "progress", "source", "period"].filter((name) => this.filters[name]).length; },

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

const withChosen = (choices, chosen) => (chosen && !choices.includes(chosen) ? [chosen, ...choices] : choices);

/** The filters as the API takes them. */
export const queryOf = ({ state, caller, status, progress, source, campaign, search, ...period }) => ({
  state, caller, status, lead_status: progress, source, campaign_id: campaign, search: search.trim(), ...spanOf(period),
});

/** Whether a lead that an event brings belongs in the list; the server has the last word when it is reloaded. */
export function matches(lead, filters) {
  if (filters.state && lead.state !== filters.state) return false;
  if (filters.caller && lead.assigned_caller?.id !== filters.caller) return false;
  if (filters.campaign && String(lead.campaign?.id) !== filters.campaign) return false;
  if (filters.status && (lead.is_test ? "test" : lead.assignment_status) !== filters.status) return false;
  if (filters.progress && lead.status !== filters.progress) return false;
  if (filters.source && lead.lead_source?.toLowerCase() !== filters.source.toLowerCase()) return false;
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
