// The queue: leads nobody could take yet, the one that waits longest first. It is loaded whole, page by page.

import { openAction } from "../actions/open.js";
import { api } from "../kit/api.js";
import { fillLead } from "./row.js";
import { list } from "../kit/list.js";
import { count, plural } from "../kit/words.js";

const PAGE = 200;

export function queue() {
  let rows = null;
  return list({
    list: "queue",
    noun: "lead",
    listed: 0,
    held: 0,

    init() {
      rows = this.windowFor(fillLead);
      setInterval(() => rows.refillAll(), 5_000);
      this.arrange();
      return this.start();
    },
    request: everyWaitingLead,
    receive(leads) {
      rows.items = leads.sort(oldestFirst);
      rows.refillAll();
      rows.draw();
      this.count();
    },
    count() {
      this.listed = rows.items.length;
      this.held = rows.items.filter(({ is_held: held }) => held).length;
      this.settle();
    },

    /** Events bring the lead as it is by now, so the last one about a lead decides. */
    hear(events) {
      const now = new Map(events.filter(({ lead }) => lead).map(({ lead }) => [lead.id, lead]));
      const before = new Set(rows.items.map(({ id }) => id));
      const stayed = rows.items.filter(({ id }) => (now.get(id)?.assignment_status ?? "queued") === "queued").map((lead) => now.get(lead.id) ?? lead);
      const arrived = [...now.values()].filter((lead) => lead.assignment_status === "queued" && !before.has(lead.id));
      const same = !arrived.length && stayed.length === rows.items.length;
      rows.items = [...stayed, ...arrived].sort(oldestFirst);
      rows.refillAll();
      this.count();
      if (!same) rows.arrive(new Set(arrived.map(({ id }) => id)));
    },

    /** Asked anew when `held` changes: the rows themselves are not watched. */
    get pickedHold() { return this.picked > 0 && this.held >= 0 && this.pickedItems.some(({ is_held: held }) => !held); },
    actOnPicked(action) {
      openAction({ action, ids: this.pickedIds, holders: [] }, () => this.clearPicks());
    },

    get summary() { return this.loading || !this.listed ? "" : `${plural(this.listed, "lead waits", "leads wait")} for a caller, oldest first${this.held ? `; ${count(this.held)} on hold` : ""}`; },
    get assignedText() { return `${count(this.$store.overview.today.assigned)} of today's leads ${this.$store.overview.today.assigned === 1 ? "is" : "are"} with a caller.`; },

  });
}

const oldestFirst = (one, other) => (one.id < other.id ? -1 : 1);

async function everyWaitingLead() {
  const all = [];
  let after = "";
  do {
    const page = await api.get(`/api/leads?status=queued&limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`);
    all.push(...page.items);
    after = page.next ?? "";
  } while (after);
  return all;
}
