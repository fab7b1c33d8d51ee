// The queue: leads nobody could take yet, the one that waits longest first.

import { api } from "./api.js";
import { onEvents, onRejoin, opened } from "./feed.js";
import { fillLead } from "./lead-row.js";
import { Rows } from "./rows.js";
import { plural, count } from "./words.js";

const PAGE = 100;

export function queue() {
  let rows = null;
  let known = new Map();
  let cursor = null;
  return {
    loading: true,
    loadingMore: false,
    problem: null,
    listed: 0,
    ended: false,

    async init() {
      rows = new Rows(this.$refs.rows, this.$refs.row, fillLead);
      new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) this.more(); }, { rootMargin: "800px" })
        .observe(this.$refs.end);
      window.addEventListener("fairlead:retry", () => this.reload());
      await opened;
      await this.reload();
      onEvents((events) => this.apply(events));
      onRejoin(() => this.reload());
      setInterval(() => rows.refillAll(), 10_000);
    },

    page(after) {
      return api.get(`/api/leads?status=queued&order=oldest&limit=${PAGE}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
    },

    async reload() {
      try {
        const page = await this.page();
        known = new Map(page.items.map((lead) => [lead.id, lead]));
        rows.items = page.items;
        rows.refillAll();
        this.after(page);
        this.problem = null;
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.loading = false;
      }
    },

    async more() {
      if (this.loading || this.loadingMore || this.ended || this.problem) return;
      this.loadingMore = true;
      try {
        const page = await this.page(cursor);
        for (const lead of page.items) this.add(lead);
        this.after(page);
      } catch (problem) {
        this.problem = problem;
      } finally {
        this.loadingMore = false;
      }
    },

    after(page) {
      cursor = page.next;
      this.ended = !page.next;
      this.listed = rows.items.length;
      rows.draw();
    },

    add(lead) {
      if (known.has(lead.id)) return;
      known.set(lead.id, lead);
      rows.items.push(lead);
    },

    apply(events) {
      const arrived = new Set();
      let gone = false;
      for (const { lead } of events) {
        if (!lead) continue;
        if (lead.assignment_status !== "queued") gone = known.delete(lead.id) || gone;
        else if (known.has(lead.id)) { Object.assign(known.get(lead.id), lead); rows.refill(known.get(lead.id)); }
        // While older leads are still to be loaded, a new one belongs below them and comes with them.
        else if (this.ended) { this.add(lead); arrived.add(lead.id); }
      }
      if (gone) rows.items = rows.items.filter(({ id }) => known.has(id));
      if (!gone && !arrived.size) return;
      this.listed = rows.items.length;
      rows.arrive(arrived);
      if (!this.ended && this.listed < PAGE) this.more();
    },

    get waiting() { return this.$store.overview.ready ? Math.max(this.$store.overview.today.queued_now, this.listed) : this.listed; },
    get summary() { return this.loading || !this.listed ? "" : `${plural(this.waiting, "lead waits", "leads wait")} for a caller, oldest first`; },
    get isEmpty() { return !this.loading && !this.problem && !this.listed; },
    get assignedText() { return `${count(this.$store.overview.today.assigned)} of today's leads ${this.$store.overview.today.assigned === 1 ? "is" : "are"} with a caller.`; },

    down(event) { event.preventDefault(); rows.moveFocus(1); },
    up(event) { event.preventDefault(); rows.moveFocus(-1); },
  };
}
