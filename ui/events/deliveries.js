// What was sent, what waits, and what could not be delivered.

import { api } from "../kit/api.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { exact, relative } from "../kit/time.js";
import { plural } from "../kit/words.js";

const STATUSES = {
  waiting: { word: "Waits", look: "chip-warn" }, delivered: { word: "Delivered", look: "chip-good" }, failed: { word: "Given up", look: "chip-bad" },
};

export function deliveries() {
  return list({
    list: "deliveries",
    noun: "delivery",
    path: "/api/deliveries",
    fills: "items",
    size: 20,
    slowly: ["*"],
    signals: ["delivery:changed"],
    destinations: [],
    wanted: { destination: "", status: "" },
    busy: "",
    beat: 0,

    init() {
      window.addEventListener("destination:list", ({ detail }) => { this.destinations = detail.items; });
      setInterval(() => { this.beat++; }, 10_000);
      this.arrange();
      return this.start();
    },

    query() { return { destination_id: this.wanted.destination, status: this.wanted.status }; },
    read: (item) => ({
      ...item, ...STATUSES[item.status], id: `${item.destination.id}-${item.seq}`, name: item.lead?.name ?? "", href: item.lead ? `/leads/${item.lead.id}` : null,
      canRetry: item.status === "failed" || (item.status === "waiting" && item.tries > 0),
    }),
    underWay: ({ status }) => status === "waiting",
    filter() {
      this.items = [];
      this.reload();
    },
    filtered() { return Boolean(this.wanted.destination || this.wanted.status); },

    async retry(item) {
      this.busy = item.id;
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

    whenText(item) { return this.beat >= 0 && relative(item.created_at); },
    triesText(item) {
      const next = item.next_try_at && item.tries ? `, again ${until(item.next_try_at)}` : "";
      return this.beat >= 0 && item.tries ? `${plural(item.tries, "try", "tries")}${next}` : "";
    },
    retryLabel(item) { return `Retry ${item.event} to ${item.destination.name}`; },
    exact,
  });
}

function until(when) {
  const seconds = Math.max(0, Math.round((Date.parse(when) - Date.now()) / 1000));
  if (seconds < 60) return `in ${seconds} s`;
  return seconds < 3600 ? `in ${Math.round(seconds / 60)} min` : `in ${Math.round(seconds / 3600)} h`;
}
