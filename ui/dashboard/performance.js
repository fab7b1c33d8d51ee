// What callers made of the leads of the dashboard's period. It reads every lead, so it is asked for by a button.

import { api } from "../kit/api.js";
import { address } from "../kit/live.js";
import { capital, count, durationText } from "../kit/words.js";

const ratio = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1, minimumFractionDigits: 1 });

export function performance() {
  return {
    source: "",
    items: [],
    busy: false,
    trouble: "",
    isNobodys: false,

    get sources() { return (this.found?.sources ?? []).map(({ name }) => name).filter(Boolean); },
    async compare() {
      this.busy = true;
      const { from, until } = this.query();
      try {
        const { items } = await api.get(address("/api/dashboard/callers", { from, until, source: this.source }));
        this.items = items.map(shown);
        this.isNobodys = !items.length;
        this.trouble = "";
      } catch (problem) {
        this.trouble = problem.message;
      } finally {
        this.busy = false;
      }
    },
  };
}

const shown = ({ id, name, leads, calls, contacted, converted, call_median: wait, expected, ratio: made, low, high, says }) => ({
  id, name, says, leads: count(leads), calls: count(calls), contacted: count(contacted), converted: count(converted),
  wait: durationText(wait), expected: ratio.format(expected),
  words: `${capital(says)}: ${ratio.format(made)} times, most likely between ${ratio.format(low)} and ${ratio.format(high)}`,
});
