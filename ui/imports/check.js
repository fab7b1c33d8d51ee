// The third step of an import: what the check has found, by outcome, each with its rows.

import { api } from "../kit/api.js";
import { readNotices } from "./notices.js";
import { changed, found, percent, share, toImport } from "./words.js";
import { count, plural } from "../kit/words.js";

export function importCheck() {
  return {
    outcome: null,
    note: null,
    duplicates: "skip",
    busy: false,
    checkProblem: null,

    init() {
      this.$watch("current.status", () => this.arrive());
      this.arrive();
    },
    arrive() {
      this.duplicates = this.current.duplicates ?? "skip";
      this.note = null;
      if (this.isChecked) this.outcome = this.ready || !this.current.counts.refused ? "ready" : "refused";
    },

    get percent() { return percent(this.current); },
    get percentNumber() { return Math.floor(share(this.current) * 100); },
    get barStyle() { return { width: `${share(this.current) * 100}%` }; },
    get progressText() { return `${count(this.current.checked_rows)} of ${plural(this.current.rows, "row")}`; },

    get ready() { return toImport(this.current); },
    get canGoOn() { return this.isChecked && this.ready > 0 && !this.busy; },
    get headline() { return found(this.current); },
    get figures() {
      const { counts } = this.current;
      const keeps = this.current.duplicates === "keep";
      const figure = (outcome, name, number, look, about) => ({ key: name, outcome, name, text: count(number), look: number ? look : "", about, cannotOpen: !outcome || !number });
      return [
        figure("ready", "Ready", counts.ready, "good", "become leads"),
        figure("duplicate", "Duplicates in the file", counts.duplicates_in_file, "warn", keeps ? "imported all the same" : "the first one counts"),
        figure("duplicate", "Stored already", counts.duplicates_stored, "warn", keeps ? "imported all the same" : "known as leads"),
        figure("refused", "Refused", counts.refused, "bad", "cannot be a lead"),
        figure("left_out", "Left out", counts.left_out, "warn", "listed below"),
        figure(null, "Empty", counts.empty, "", "nothing in the row"),
      ];
    },
    isOpen(figure) { return !figure.cannotOpen && !this.note && this.outcome === figure.outcome; },
    show(figure) {
      if (figure.cannotOpen) return;
      this.note = null;
      this.outcome = figure.outcome;
    },
    get notices() { return readNotices(this.current); },
    isTold({ kind }) { return this.note === kind; },
    showTold({ kind }) { this.note = kind; },
    accept(kind) { return this.checkAgain({ accept: [...this.current.accept, kind] }); },
    leaveOut(kind) { return this.checkAgain({ accept: this.current.accept.filter((one) => one !== kind) }); },
    get anyDuplicates() { return this.current.counts.duplicates_in_file + this.current.counts.duplicates_stored > 0; },
    get rowsTitle() {
      return { ready: "The first rows, as they will be stored", duplicate: "Duplicates", refused: "Refused rows", left_out: "Rows that are left out" }[this.note ? "" : this.outcome] ?? this.notices.find(({ kind }) => kind === this.note)?.title ?? "";
    },

    keepDuplicates() { return this.checkAgain({ duplicates: this.duplicates }); },
    /** What becomes of rows is decided by the check, so it is run again. */
    async checkAgain(choice) {
      const { current } = this;
      this.busy = true;
      this.checkProblem = null;
      try {
        this.outcome = this.note = null;
        changed(await api.post(`${this.path}/check`, {
          sheet: current.sheet, heading_row: current.heading_row, mapping: current.mapping, keep_unmapped: current.keep_unmapped,
          duplicates: current.duplicates, date_order: current.date_order, accept: current.accept, ...choice,
        }));
      } catch (problem) {
        this.checkProblem = problem.message;
        this.duplicates = current.duplicates;
        this.outcome = "ready";
      } finally {
        this.busy = false;
      }
    },
  };
}
