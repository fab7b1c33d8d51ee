// The lists of a caller's day: what is due today and later, and all leads of theirs. They come a page at a time, however many there are;
// the feed says only that something has happened to them, so then what is shown is fetched again.

import { api } from "../kit/api.js";
import { filterParts, queryOf } from "./filters.js";
import { list } from "../kit/list.js";
import { address, joined } from "../kit/live.js";
import { dueWords } from "./mine-words.js";
import { fillLead } from "./row.js";
import { clock, now, today, until } from "../kit/time.js";
import { count, plural } from "../kit/words.js";

const PAGE = 50;
const MOST_COUNTED = 1_000;
const OVERDUE_MS = 300_000;

/** What both have: rows in a window, more of them by scrolling, and a call that takes the lead in hand. */
function ownLeads(own) {
  let rows = null;
  return list(joined({
    noun: "lead",
    refresh: ["own_leads"],
    size: PAGE,

    open() {
      rows = this.windowFor(this.fillRow);
      // The time left to claim is told by the second.
      setInterval(() => rows.refillAll(), 1_000);
      this.$root.addEventListener("click", ({ target }) => {
        const call = target.closest("[data-part=call]");
        const id = call?.closest("[data-row]").dataset.row;
        if (call) window.dispatchEvent(new CustomEvent("fairlead:work", { detail: rows.items.find((lead) => lead.id === id) }));
      });
      this.arrange();
      this.loadOnScroll();
      return this.start();
    },
    fillRow: fillLead,
    receive({ items, next }) {
      this.next = next;
      rows.replace(items);
      this.drawn();
    },
    extend({ items, next }) {
      const known = new Set(rows.items.map(({ id }) => id));
      rows.items.push(...items.filter(({ id }) => !known.has(id)));
      this.next = next;
      this.drawn();
    },
    drawn() {
      this.listed = rows.items.length;
      rows.draw();
      rows.refillAll();
      this.settle();
    },
    listed: 0,
  }, own));
}

/** What is due today, overdue and to be claimed included; or what is due later. */
export const dueLeads = () => ownLeads({
  path: "/api/my/leads",
  when: "",

  init() {
    this.when = this.$root.dataset.when;
    this.list = `my-${this.when}`;
    return this.open();
  },
  query() { return { when: this.when }; },
  fillRow: fillDue,
  get countText() { return this.loading ? "" : `${plural(this.listed, "lead")}${this.next ? " and more" : ""}`; },
});

/** All of them by the filters of every list of leads, newest first. */
export const myLeads = () => ownLeads({
  ...filterParts(),
  list: "my-leads",
  path: "/api/leads",
  total: null,

  init() {
    this.startChoices();
    return this.open();
  },
  query() { return queryOf(this.filters); },
  async request(page = {}) {
    const wanted = this.query();
    if (!page.after) api.get(address("/api/leads/count", wanted)).then(({ count: total }) => { this.total = total; }, () => {});
    return api.get(address(this.path, { ...wanted, ...page }));
  },
  get countText() {
    if (this.total === null) return "";
    return this.total > MOST_COUNTED ? `More than ${count(MOST_COUNTED)} leads` : plural(this.total, "lead");
  },
});

/** What is due on a date is so until the workspace's midnight. */
const isOverdue = ({ due, due_on: on }) => (on ? on < today() : now() - Date.parse(due) > OVERDUE_MS);

/** When it is due, instead of when it came. */
function fillDue(parts, lead, row) {
  fillLead(parts, lead, row);
  parts.time.textContent = lead.turn === "claim" ? `by ${clock(lead.claim_by)}` : dueWords(lead);
  parts.time.title = lead.due ? until(lead.due) : "";
  parts.time.dateTime = lead.due ?? lead.claim_by ?? "";
  if (lead.turn === "claim") return;
  const { name, look } = lead.turn === "call_back" ? { name: isOverdue(lead) ? "Overdue" : "Due now", look: "chip-warn" } : { name: "Call back", look: "" };
  parts.status.textContent = name;
  parts.status.className = `chip chip-dot ${look}`;
}
