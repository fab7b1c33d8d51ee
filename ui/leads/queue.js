// The queue: leads nobody could take yet, the one that waits longest first. It is loaded whole, page by page.

import { api } from "../kit/api.js";
import { onEvents, onRejoin, opened } from "../kit/feed.js";
import { fillLead } from "./row.js";
import { Rows } from "../kit/rows.js";
import { count, plural } from "../kit/words.js";

const PAGE = 200;

export function queue() {
  let rows = null;
  let asked = 0;
  return {
    loading: true,
    problem: null,
    listed: 0,
    held: 0,

    async init() {
      rows = new Rows(this.$refs.rows, this.$refs.row, fillLead);
      window.addEventListener("fairlead:retry", () => this.reload());
      await opened;
      await this.reload();
      onEvents((events) => this.apply(events));
      onRejoin(() => this.reload());
      setInterval(() => rows.refillAll(), 5_000);
    },

    async reload() {
      const turn = ++asked;
      try {
        const leads = await everyWaitingLead();
        if (turn !== asked) return;
        rows.items = leads.sort(oldestFirst);
        rows.refillAll();
        rows.draw();
        this.listed = rows.items.length;
        this.held = leads.filter(({ is_held: held }) => held).length;
        this.problem = null;
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      } finally {
        if (turn === asked) this.loading = false;
      }
    },

    /** Events bring the lead as it is by now, so the last one about a lead decides. */
    apply(events) {
      const now = new Map(events.filter(({ lead }) => lead).map(({ lead }) => [lead.id, lead]));
      const before = new Set(rows.items.map(({ id }) => id));
      const stayed = rows.items.filter(({ id }) => (now.get(id)?.assignment_status ?? "queued") === "queued").map((lead) => now.get(lead.id) ?? lead);
      const arrived = [...now.values()].filter((lead) => lead.assignment_status === "queued" && !before.has(lead.id));
      this.held = [...stayed, ...arrived].filter(({ is_held: held }) => held).length;
      const same = !arrived.length && stayed.length === rows.items.length;
      rows.items = [...stayed, ...arrived].sort(oldestFirst);
      rows.refillAll();
      if (same) return;
      this.listed = rows.items.length;
      rows.arrive(new Set(arrived.map(({ id }) => id)));
    },

    get summary() { return this.loading || !this.listed ? "" : `${plural(this.listed, "lead waits", "leads wait")} for a caller, oldest first${this.held ? `; ${count(this.held)} on hold` : ""}`; },
    get isEmpty() { return !this.loading && !this.problem && !this.listed; },
    get assignedText() { return `${count(this.$store.overview.today.assigned)} of today's leads ${this.$store.overview.today.assigned === 1 ? "is" : "are"} with a caller.`; },

    down(event) { event.preventDefault(); rows.moveFocus(1); },
    up(event) { event.preventDefault(); rows.moveFocus(-1); },
  };
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
