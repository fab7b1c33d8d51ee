// A list on a page: what kit/live.js fetches, with sorting, search, choice of columns and selection. Its keys: kit/keys.js.

import Alpine from "@alpinejs/csp";

import { joined, live } from "./live.js";
import { note } from "./notes.js";
import { Rows } from "./rows.js";
import { userId } from "./who.js";
import { count, plural } from "./words.js";

const texts = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });
const MOST_REMEMBERED = 12;
const AHEAD = 800;

/**
 * A component that is a list, called `list`. Besides what live() takes, `own` may have: `sorts`, for each column that sorts
 * what an item is sorted by; `words(item)`, the texts a search finds it by; `noun`, what an item is called: add() and edit(item) open
 * the form of that noun, and the list is fetched again when it has stored something. Its saved views: kit/views.js.
 */
export const list = (own) => live(joined(parts(), own));

function parts() {
  const picks = new Set();
  const sheet = new CSSStyleSheet();
  let rows = null;
  return {
    sorts: {},
    noun: "row",
    get signals() { return [`${this.noun}:saved`]; },
    search: "",
    kept: { by: "", down: false, hides: [], rows: 0 },
    picked: 0,
    everything: false,
    viewOpen: false,

    init() {
      this.arrange();
      return this.start();
    },

    /** A list with an init() of its own calls this in it, and then start(). */
    arrange() {
      const { $root } = this;
      $root.dataset.list = this.list;
      Object.assign(this.kept, remembered(this.key));
      if (this.kept.rows) $root.style.setProperty("--rows", this.kept.rows);
      $root.addEventListener("change", ({ target }) => { if (target.matches(".pick")) this.pick(target.closest("[data-row]").dataset.row, target.checked); });
      $root.addEventListener("list:clear", () => this.clearPicks());
      window.addEventListener("hashchange", () => this.addFromLink());
      $root.addEventListener("list:say", ({ detail }) => { detail.kept = this.kept; });
      $root.addEventListener("list:arrange", ({ detail }) => { this.remember(detail); this.hide(); });
      this.$nextTick(() => this.addFromLink());
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      this.hide();
      this.$watch("listed", () => this.settle());
      this.$watch("ids", () => this.settle());
    },
    get key() { return `fairlead-list:${userId}:${this.list}`; },

    /** A window on the items, for a list that may be of any length; see kit/rows.js. Who fills it calls settle(). */
    windowFor(fill) {
      rows = new Rows(this.$refs.rows, this.$refs.row, fill, picks);
      return rows;
    },

    /** More is fetched before the end comes into sight. */
    loadOnScroll() {
      const { end } = this.$refs;
      const observer = new IntersectionObserver(async (entries) => {
        if (entries.some((entry) => entry.isIntersecting) && await this.fill()) look();
      }, { rootMargin: `${AHEAD}px` });
      // The observer speaks when the end comes into sight: not when it stays there, nor when it leaves and returns within a frame.
      const look = () => { observer.unobserve(end); observer.observe(end); };
      this.$watch("loading", look);
      look();
    },
    /** Returns whether it asked for more. */
    async fill() {
      if (!this.next || this.problem || this.loading || this.loadingMore) return false;
      await this.more();
      return true;
    },

    /** The next time room is kept for as many rows while they load. What is gone from sight is selected no more. */
    settle() {
      if (picks.size) {
        const ids = new Set((rows?.items ?? this.found).map(({ id }) => String(id)));
        for (const id of picks) if (!ids.has(id)) picks.delete(id);
        this.picked = picks.size;
        this.everything &&= picks.size > 0;
      }
      const most = Math.min(MOST_REMEMBERED, this.listed);
      if (!this.loading && !this.filtered() && this.kept.rows !== most) this.remember({ rows: most });
    },

    // Searching and sorting

    /** With nothing to search or arrange, what does so is not shown, but keeps its room: else the page would jump. */
    get isIdle() { return !this.loading && !this.listed; },
    get found() {
      const wanted = this.search.trim().toLowerCase();
      const all = this[this.fills];
      return wanted ? all.filter((item) => this.words(item).join(" ").toLowerCase().includes(wanted)) : all;
    },
    get ids() { return this.found.map(({ id }) => id).join(); },
    get shown() { return this.sorted(this.found); },
    get nothingFound() { return this.listed > 0 && !this.found.length; },
    clearSearch() { this.search = ""; },

    sorted(items) {
      const { by, down } = this.kept;
      const value = this.sorts[by];
      if (!value) return items;
      return items.map((item) => [item, value(item)]).sort(([, one], [, other]) => compare(one, other, down)).map(([item]) => item);
    },
    sorting(column) { return this.kept.by !== column ? "none" : this.kept.down ? "descending" : "ascending"; },
    /** Up, then down, then in the order of the list. */
    sortBy(column) {
      const { by, down } = this.kept;
      this.remember(by !== column ? { by: column, down: false } : down ? { by: "", down: false } : { down: true });
    },
    chooseSort({ target: { value: by } }) { this.remember(by ? { by } : { by, down: false }); },
    turnSort(event) { this.remember({ down: event.target.checked }); },

    // Columns

    showsColumn(column) { return !this.kept.hides.includes(column); },
    toggleColumn(column) {
      this.remember({ hides: this.showsColumn(column) ? [...this.kept.hides, column] : this.kept.hides.filter((hidden) => hidden !== column) });
      this.hide();
    },
    /** A grid loses the track of a column by an empty --w-…, every table its cells. */
    hide() {
      const here = `[data-list="${this.list}"]`;
      sheet.replaceSync(this.kept.hides.map((column) => `${here} { --w-${column}: ; } ${here} .col-${column} { display: none !important; }`).join(" "));
    },
    /** The menu of a list stands below its button. */
    placeMenu(event) {
      if (event.newState !== "open") return;
      const { bottom, right } = this.$refs.viewButton.getBoundingClientRect();
      event.target.style.inset = `${bottom + 4}px auto auto ${Math.max(8, right - event.target.offsetWidth)}px`;
    },
    remember(change) {
      this.kept = { ...this.kept, ...change };
      try {
        localStorage.setItem(this.key, JSON.stringify(this.kept));
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      this.$root.dispatchEvent(new Event("list:arranged"));
    },

    // What can be done with an item

    add() { window.dispatchEvent(new CustomEvent(`${this.noun}:edit`, { detail: null })); },
    /** A link to "#add-caller" opens the form, from this page or another. */
    addFromLink() {
      if (location.hash !== `#add-${this.noun}`) return;
      history.replaceState(history.state, "", location.pathname + location.search);
      this.add();
    },
    edit({ id }) {
      const item = this[this.fills].find((known) => known.id === id);
      window.dispatchEvent(new CustomEvent(`${this.noun}:edit`, { detail: Alpine.raw(item) }));
    },
    /** What a form has stored is shown, and edited, as it is now. */
    stored(record) { this[this.fills] = this[this.fills].map((known) => (known.id === record.id ? { ...known, ...this.read(record) } : known)); },
    busy: "",
    /** Does something to one item, which is `busy` meanwhile, and shows what came of it. */
    async act({ id }, work) {
      this.busy = id;
      try {
        await work();
      } catch (problem) {
        note(problem.message);
      } finally {
        await this.reload();
        this.busy = "";
      }
    },

    // Selection

    pick(id, is) {
      if (is) picks.add(id);
      else picks.delete(id);
      this.everything = false;
      this.picked = picks.size;
    },
    /** All rows that are loaded, or none if they are selected already. */
    pickShown() {
      const items = rows?.items ?? this.found;
      if (picks.size >= items.length) {
        this.clearPicks();
        return;
      }
      for (const { id } of items) picks.add(String(id));
      for (const box of this.$root.querySelectorAll(".pick")) box.checked = true;
      this.picked = picks.size;
    },
    /** All that match the filter, whether they are loaded or not; `total` is how many, if that is known. */
    pickEverything() { this.everything = true; },
    get mayPickEverything() { return !this.everything && this.picked > 0 && this.picked >= this.listed && Boolean(this.next); },
    get everythingText() { return this.total > this.listed && this.total <= 1_000 ? `Select all ${count(this.total)} that match` : "Select all that match"; },
    get pickedIds() { return [...picks]; },
    get pickedItems() { return (rows?.items ?? this.found).filter(({ id }) => picks.has(String(id))); },
    clearPicks() {
      picks.clear();
      for (const box of this.$root.querySelectorAll(".pick:checked")) box.checked = false;
      this.picked = 0;
      this.everything = false;
    },
    get pickedText() {
      if (this.everything) return this.total > 1_000 ? `All ${this.noun}s that match selected` : `All ${plural(this.total ?? this.picked, this.noun)} selected`;
      return `${plural(this.picked, this.noun)} selected`;
    },
    textOf(id) {
      const shown = this.$root.querySelector(`[data-row="${CSS.escape(id)}"]`);
      if (!shown) return rows?.whileShown(id, () => this.textOf(id));
      return [...shown.cells].filter((cell) => cell.offsetParent && !cell.matches(".col-actions")).map((cell) => cell.innerText.replace(/\s+/g, " ").trim()).join("\t");
    },
    /** As text that a spreadsheet takes: a line for each, the columns apart by tabs. */
    async copyPicks() {
      this.settle(); // another row may have come for one that went
      const lines = [...picks].map((id) => this.textOf(id)).filter(Boolean);
      try {
        await navigator.clipboard.writeText(lines.join("\n"));
        note(`${plural(lines.length, this.noun)} copied.`);
      } catch {
        note("The browser lets pages copy behind TLS only.");
      }
    },
  };
}

function remembered(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

/** Nothing comes last, whichever way one sorts. */
function compare(one, other, down) {
  const [none, noOther] = [one, other].map((value) => value === null || value === undefined || value === "");
  if (none || noOther) return none - noOther;
  const order = typeof one === "string" ? texts.compare(one, other) : one - other;
  return down ? -order : order;
}
