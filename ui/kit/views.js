// Saved views of a list: its filters, order and columns under a name. What is shown of a list now stands in the page's address and
// in the list itself; a link with ?view=12 shows a saved one.

import { api } from "./api.js";
import { ask } from "./ask.js";
import { as, text } from "./fields.js";
import { form } from "./form.js";
import { joined, live } from "./live.js";
import { isManager } from "./who.js";

/** The same filters in the same order, so that two can be compared. */
function ordered(query) {
  const given = new URLSearchParams(query);
  given.delete("view");
  given.sort();
  return String(given);
}

const sortOf = ({ by, down }) => (by ? `${down ? "-" : ""}${by}` : null);
const shape = ({ query, sort, hides }) => JSON.stringify([ordered(query), sort, [...hides].sort()]);

export function savedViews() {
  return live(joined({
    path: "/api/saved-views",
    fills: "all",
    refresh: ["saved_view"],
    signals: ["view:saved"],
    all: [],
    shown: "",

    init() {
      const wanted = Number(new URLSearchParams(location.search).get("view"));
      this.$watch("all", () => {
        const view = wanted && this.views.find(({ id }) => id === wanted);
        if (view && new URLSearchParams(location.search).has("view")) this.apply(view);
      });
      this.look();
      this.element.addEventListener("list:arranged", () => this.look());
      return this.start();
    },

    get list() { return this.$root.dataset.views; },
    get element() { return this.$root.closest("[data-list]"); },
    get views() { return this.all.filter(({ list }) => list === this.list); },
    /** What the list shows now. */
    now() {
      const asked = new CustomEvent("list:say", { detail: {} });
      this.element.dispatchEvent(asked);
      const { kept } = asked.detail;
      return { query: ordered(location.search), sort: sortOf(kept), hides: [...kept.hides] };
    },
    look() { this.shown = shape(this.now()); },
    isCurrent(view) { return shape(view) === this.shown; },
    get current() { return this.views.find((view) => this.isCurrent(view))?.name ?? "Saved views"; },
    noteOf({ is_shared: isShared, is_own: isOwn, by }) { return !isShared ? "" : isOwn ? "Shared" : `Shared by ${by}`; },
    mayChange({ is_own: isOwn, is_shared: isShared }) { return isOwn || (isManager && isShared); },
    hrefOf({ id }) { return `${location.pathname}?view=${id}`; },

    apply({ query, sort, hides }) {
      this.$root.querySelector("[popover]").hidePopover();
      history.pushState(null, "", location.pathname + (query ? `?${query}` : ""));
      window.dispatchEvent(new PopStateEvent("popstate"));
      const by = (sort ?? "").replace(/^-/, "");
      this.element.dispatchEvent(new CustomEvent("list:arrange", { detail: { by, down: (sort ?? "").startsWith("-"), hides } }));
      this.look();
    },

    open(detail) {
      this.$root.querySelector("[popover]").hidePopover();
      window.dispatchEvent(new CustomEvent("view:edit", { detail }));
    },
    add() { this.open({ name: "", is_shared: false, list: this.list, ...this.now() }); },
    edit(view) { this.open({ ...view }); },
    editLabel({ name }) { return `Rename ${name}`; },
    removeLabel({ name }) { return `Take out ${name}`; },
    remove({ id, name, etag, is_shared: isShared }) {
      this.$root.querySelector("[popover]").hidePopover();
      ask({
        title: `Take out ${name}?`, text: isShared ? "It is gone for all who see the list." : "The leads stay as they are.", action: "Take out",
        run: () => api.delete(`/api/saved-views/${id}`, { match: etag }), done: () => this.reload(),
      });
    },

    /** Below its button; the list may have been filtered since it was last open. */
    placeMenu(event) {
      if (event.newState !== "open") return;
      this.look();
      const { bottom, left } = this.$refs.button.getBoundingClientRect();
      event.target.style.inset = `${bottom + 4}px auto auto ${Math.max(8, Math.min(left, innerWidth - event.target.offsetWidth - 8))}px`;
    },
  }));
}

export const savedViewForm = () => form({
  path: "/api/saved-views",
  noun: "view",
  verb: "patch",
  fields: { name: text("Say what to call it."), is_shared: as(false), list: as(""), query: as(""), sort: as(null), hides: as([]) },

  get title() { return this.isNew ? "Save this view" : "Rename the view"; },
  get action() { return "Save"; },
  /** Renaming a view leaves what it shows as it is. */
  bodyOf({ name, is_shared: isShared, ...shown }) { return { name: name.trim(), is_shared: isShared, ...(this.isNew ? shown : {}) }; },
});
