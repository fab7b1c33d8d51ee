// What was sent, what waits, and what could not be delivered.

import { api } from "../kit/api.js";
import { onEvents, opened } from "../kit/feed.js";
import { note } from "../kit/notes.js";
import { exact, relative } from "../kit/time.js";
import { plural } from "../kit/words.js";

const PAGE = 20;
const SOON_MS = 1_500;
const STATUSES = {
  waiting: { word: "Waits", look: "chip-warn" }, delivered: { word: "Delivered", look: "chip-good" }, failed: { word: "Given up", look: "chip-bad" },
};

export function deliveries() {
  let looking = 0;
  let turn = 0;
  return {
    items: [],
    next: null,
    destinations: [],
    wanted: { destination: "", status: "" },
    loading: true,
    problem: null,
    busy: "",
    beat: 0,

    async init() {
      window.addEventListener("destination:list", ({ detail }) => { this.destinations = detail.items; });
      window.addEventListener("delivery:changed", () => this.load());
      window.addEventListener("fairlead:retry", () => { if (this.problem) this.load(); });
      await opened;
      await this.load();
      onEvents(() => this.loadSoon());
      setInterval(() => { this.beat++; }, 10_000);
    },

    path(more) {
      const { destination, status } = this.wanted;
      const query = new URLSearchParams({ limit: PAGE, ...(destination && { destination_id: destination }), ...(status && { status }), ...more });
      return `/api/deliveries?${query}`;
    },

    async load() {
      const mine = ++turn;
      try {
        const page = await api.get(this.path({ limit: Math.max(PAGE, Math.min(200, this.items.length)) }));
        if (mine !== turn) return;
        this.items = page.items.map(shown);
        this.next = page.next;
        this.problem = null;
        if (page.items.some(({ status }) => status === "waiting")) this.loadSoon();
      } catch (problem) {
        if (mine === turn) this.problem = problem;
      } finally {
        this.loading = false;
      }
    },

    /** The tick puts an event on its way within a second. */
    loadSoon() {
      looking ||= setTimeout(() => { looking = 0; if (!document.hidden) this.load(); }, SOON_MS);
    },

    filter() {
      this.items = [];
      this.load();
    },

    async more() {
      try {
        const page = await api.get(this.path({ after: this.next }));
        this.items.push(...page.items.map(shown));
        this.next = page.next;
      } catch (problem) {
        note(problem.message);
      }
    },

    async retry(item) {
      this.busy = item.key;
      try {
        await api.post(`/api/deliveries/${item.destination.id}/${item.seq}/retry`);
        note(`Trying ${item.destination.name} again.`);
      } catch (problem) {
        note(problem.message);
      } finally {
        this.busy = "";
      }
      window.dispatchEvent(new CustomEvent("delivery:changed"));
    },

    get isFiltered() { return Boolean(this.wanted.destination || this.wanted.status); },
    get isEmpty() { return !this.loading && !this.problem && !this.items.length; },
    whenText(item) { return this.beat >= 0 && relative(item.created_at); },
    triesText(item) {
      const next = item.next_try_at && item.tries ? `, again ${until(item.next_try_at)}` : "";
      return this.beat >= 0 && item.tries ? `${plural(item.tries, "try", "tries")}${next}` : "";
    },
    retryLabel(item) { return `Retry ${item.event} to ${item.destination.name}`; },
    exact,
  };
}

const shown = (item) => ({
  ...item, ...STATUSES[item.status], key: `${item.destination.id}-${item.seq}`, name: item.lead?.name ?? "", href: item.lead ? `/leads/${item.lead.id}` : null,
  canRetry: item.status === "failed" || (item.status === "waiting" && item.tries > 0),
});

function until(when) {
  const seconds = Math.max(0, Math.round((Date.parse(when) - Date.now()) / 1000));
  if (seconds < 60) return `in ${seconds} s`;
  return seconds < 3600 ? `in ${Math.round(seconds / 60)} min` : `in ${Math.round(seconds / 3600)} h`;
}
