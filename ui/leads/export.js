// Saves the list beside it as a file: all that its filters find. The gateway needs a while for a long one, so it says so.

import { api } from "../kit/api.js";
import { queryOf } from "./filters.js";
import { address } from "../kit/live.js";
import { note } from "../kit/notes.js";
import { today } from "../kit/time.js";

export function exporting() {
  return {
    preparing: false,

    saveCsv() { return this.save("csv"); },
    saveExcel() { return this.save("xlsx"); },

    /** The filters are those of the list around it; the queue has none but what it is. */
    async save(format) {
      const { status } = this.$root.dataset;
      const query = status ? { status } : queryOf(this.filters);
      this.preparing = true;
      try {
        offer(await api.file(address(`/api/leads.${format}`, query)), `${status === "queued" ? "queue" : "leads"}-${today()}.${format}`);
      } catch (problem) {
        note(problem.message);
      } finally {
        this.preparing = false;
      }
    },

    get state() { return this.preparing ? "Preparing the file…" : ""; },
  };
}

function offer(file, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
