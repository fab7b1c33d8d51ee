// The documentation of the API: finding an endpoint, and opening what an address names.

import { plural } from "../kit/words.js";

export function docs() {
  return {
    search: "",
    found: null,

    init() {
      window.addEventListener("hashchange", () => this.reveal());
      this.reveal();
    },

    /** A link names an endpoint or a shape by its id: it is opened, even if the search had hidden it. */
    reveal() {
      const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!named) return;
      if (named.hidden) {
        this.search = "";
        this.filter();
      }
      if (named.tagName === "DETAILS") named.open = true;
      named.scrollIntoView();
    },

    filter() {
      const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
      const all = [...this.$root.querySelectorAll("[data-operation]")];
      const shown = new Set();
      for (const operation of all) {
        const text = operation.dataset.words.toLowerCase();
        operation.hidden = !words.every((word) => text.includes(word));
        if (!operation.hidden) shown.add(operation.dataset.operation);
      }
      for (const entry of this.$root.querySelectorAll("[data-entry]")) entry.hidden = !shown.has(entry.dataset.entry);
      for (const group of this.$root.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("[data-operation]:not([hidden]), [data-entry]:not([hidden])");
      this.$root.querySelector("[data-shapes]").hidden = words.length > 0;
      this.found = words.length ? shown.size : null;
    },

    get foundText() { return this.found === null ? "" : this.found ? `${plural(this.found, "endpoint")} found` : "No endpoint has all these words."; },
  };
}
