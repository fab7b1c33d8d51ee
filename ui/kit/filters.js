// Filters of a list that live in the address.

import { addDays, dates, startOfDay, today } from "./time.js";

const isDateText = (text) => /^\d{4}-\d\d-\d\d$/.test(text);

/** The period as the API takes it. Times, which the figures of the dashboard lead to, are moments. */
export function spanOf(filters) {
  if (filters.period === "times") return { since: filters.from, until: filters.to };
  const { from, to } = dates(filters);
  return { since: from && startOfDay(from), until: to && startOfDay(addDays(to, 1)) };
}

const isDate = (name) => name === "from" || name === "to";

/** Parts of a component whose list is at `path` and has the filters `names`, with reload(). It calls startFilters() once. */
export function addressFilters(path, names) {
  const read = () => {
    const given = new URLSearchParams(location.search);
    return Object.fromEntries(names.map((name) => [name, given.get(name) ?? ""]));
  };
  /** "?state=Goa", or nothing. Dates count only between dates. */
  const written = (filters) => {
    const set = names.filter((name) => filters[name] && (!isDate(name) || ["dates", "times"].includes(filters.period)));
    return set.length ? `?${new URLSearchParams(set.map((name) => [name, filters[name]]))}` : "";
  };
  return {
    filters: read(),

    startFilters() {
      window.addEventListener("popstate", () => {
        if (location.pathname !== path || written(this.filters) === location.search) return;
        this.filters = read();
        this.reload();
      });
    },
    filtered() { return names.some((name) => this.filters[name] && !isDate(name)); },

    write() { history.replaceState(history.state, "", location.pathname + written(this.filters)); },
    changed() {
      const { filters } = this;
      if (filters.period === "dates" && !isDateText(filters.from) && !isDateText(filters.to)) filters.from = filters.to = today();
      this.write();
      this.reload();
    },
    clearFilters() {
      this.filters = Object.fromEntries(names.map((name) => [name, ""]));
      this.changed();
    },
  };
}
