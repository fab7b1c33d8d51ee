// The filters of the live list: they live in the address, become a query, and judge events as they come.

import { api } from "../kit/api.js";
import { addDays, dateOf, dates, startOfDay, today } from "../kit/time.js";

const EMPTY = { search: "", state: "", caller: "", campaign: "", status: "", source: "", period: "", from: "", to: "" };
const NAMES = Object.keys(EMPTY);
const SEARCH_PAUSE_MS = 250;

function readFilters(search = location.search) {
  const given = new URLSearchParams(search);
  const filters = { ...EMPTY };
  for (const name of NAMES) filters[name] = given.get(name) ?? "";
  return filters;
}

function noFilters() {
  return { ...EMPTY };
}

function anyFilter(filters) {
  return NAMES.some((name) => filters[name] && name !== "from" && name !== "to");
}

/** The part of the address after the path: "?state=Goa", or nothing. */
function toAddress(filters) {
  const query = new URLSearchParams();
  for (const name of NAMES) {
    if (filters[name] && ((name !== "from" && name !== "to") || filters.period === "dates")) query.set(name, filters[name]);
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/**
 * Parts of a component that lists leads by the filters of leads/filters.html. The component has reload(), and calls
 * startFilters() once.
 */
export function filterParts() {
  let typing = 0;
  return {
    filters: readFilters(),
    filtersOpen: false,
    states: [],
    sources: [],
    campaigns: [],

    startFilters() {
      this.filtersOpen = anyFilter({ ...this.filters, search: "" });
      window.addEventListener("popstate", () => {
        if (location.pathname !== "/" || toAddress(this.filters) === location.search) return;
        this.filters = readFilters();
        this.reload();
      });
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
    filtered() { return anyFilter(this.filters); },
    filterCount() { return ["state", "caller", "campaign", "status", "source", "period"].filter((name) => this.filters[name]).length; },

    typed() {
      clearTimeout(typing);
      typing = setTimeout(() => this.changed(), SEARCH_PAUSE_MS);
    },

    changed() {
      clearTimeout(typing);
      if (this.filters.period === "dates" && !this.filters.from && !this.filters.to) this.filters.from = this.filters.to = today();
      history.replaceState(history.state, "", location.pathname + toAddress(this.filters));
      this.reload();
    },

    clearFilters() {
      this.filters = noFilters();
      this.changed();
      this.$refs.search.focus();
    },

    leaveSearch() {
      if (this.filters.search) {
        this.filters.search = "";
        this.changed();
      } else {
        this.$refs.search.blur();
      }
    },
  };
}

const withChosen = (choices, chosen) => (chosen && !choices.includes(chosen) ? [chosen, ...choices] : choices);

/** The filters as the API takes them. */
export function queryOf(filters) {
  const { from, to } = dates(filters);
  return {
    state: filters.state, caller: filters.caller, status: filters.status, source: filters.source, campaign_id: filters.campaign,
    search: filters.search.trim(), since: from && startOfDay(from), until: to && startOfDay(addDays(to, 1)),
  };
}

/** Whether a lead that an event brings belongs in the list; the server has the last word when it is reloaded. */
export function matches(lead, filters) {
  if (filters.state && lead.state !== filters.state) return false;
  if (filters.caller && lead.assigned_caller?.id !== filters.caller) return false;
  if (filters.campaign && String(lead.campaign?.id) !== filters.campaign) return false;
  if (filters.status && lead.assignment_status !== filters.status) return false;
  if (filters.source && lead.lead_source?.toLowerCase() !== filters.source.toLowerCase()) return false;
  const { from, to } = dates(filters);
  const date = dateOf(lead.created_at);
  if ((from && date < from) || (to && date > to)) return false;
  return matchesSearch(lead, filters.search);
}

function matchesSearch(lead, search) {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return true;
  const digits = wanted.replace(/\D/g, "");
  return (lead.name ?? "").toLowerCase().includes(wanted) || (digits.length > 2 && (lead.phone ?? "").includes(digits));
}
