// The filters of the live list: they live in the address, become a query, and judge events as they come.

import { addDays, dateOf, startOfDay, today } from "./time.js";

const EMPTY = { search: "", state: "", caller: "", status: "", source: "", period: "", from: "", to: "" };
const NAMES = Object.keys(EMPTY);

export function readFilters(search = location.search) {
  const given = new URLSearchParams(search);
  const filters = { ...EMPTY };
  for (const name of NAMES) filters[name] = given.get(name) ?? "";
  return filters;
}

export function noFilters() {
  return { ...EMPTY };
}

export function anyFilter(filters) {
  return NAMES.some((name) => filters[name] && name !== "from" && name !== "to");
}

/** The part of the address after the path: "?state=Goa", or nothing. */
export function toAddress(filters) {
  const query = new URLSearchParams();
  for (const name of NAMES) {
    if (filters[name] && ((name !== "from" && name !== "to") || filters.period === "dates")) query.set(name, filters[name]);
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** The period as dates of the workspace's timezone, both included; either may be missing. */
export function dates({ period, from, to }) {
  const day = today();
  if (period === "today") return { from: day, to: null };
  if (period === "yesterday") return { from: addDays(day, -1), to: addDays(day, -1) };
  if (period === "7-days") return { from: addDays(day, -6), to: null };
  if (period === "30-days") return { from: addDays(day, -29), to: null };
  if (period === "dates") return { from: from || null, to: to || null };
  return { from: null, to: null };
}

export function toQuery(filters, extra = {}) {
  const query = new URLSearchParams();
  for (const name of ["state", "caller", "status", "source"]) if (filters[name]) query.set(name, filters[name]);
  if (filters.search.trim()) query.set("search", filters.search.trim());
  const { from, to } = dates(filters);
  if (from) query.set("since", startOfDay(from));
  if (to) query.set("until", startOfDay(addDays(to, 1)));
  for (const [name, value] of Object.entries(extra)) if (value) query.set(name, value);
  return query.toString();
}

/** Whether a lead that an event brings belongs in the list; the server has the last word when it is reloaded. */
export function matches(lead, filters) {
  if (filters.state && lead.state !== filters.state) return false;
  if (filters.caller && lead.assigned_caller?.id !== filters.caller) return false;
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
