// Callers, and the people who sign in as them, by a pasted table or a file. What was pasted is looked at by itself; one button does it.

import Alpine from "@alpinejs/csp";

import { api, upload } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { tellInvited } from "../kit/invited.js";
import { note } from "../kit/notes.js";
import { count, plural } from "../kit/words.js";

const LARGEST = 5 * 1024 * 1024;
const FEW = 100;
const OUTCOMES = { made: ["New", "chip-good"], updated: ["Update", "chip-accent"], left_out: ["Left out", "chip-warn"] };

export const severalCallers = () => form({
  opens: "callers:several",
  file: null,
  table: null,
  looking: null,
  fields: {},

  blank: () => ({ text: "", sign_in: true }),
  open() {
    Object.assign(this, { file: null, table: null });
    this.take(null);
    this.dialog.showModal();
  },
  get fileName() { return this.file?.name ?? ""; },
  get title() { return "Add several callers"; },
  get action() {
    const { made, updated } = this.counts;
    if (!this.table || !(made + updated)) return "Add";
    return [made && `Add ${count(made)}`, updated && `${made ? "update" : "Update"} ${count(updated)}`].filter(Boolean).join(", ");
  },

  // Looking

  get signsIn() { return this.element?.querySelector('[type="checkbox"]') !== null && this.draft.sign_in; },
  pickFile() { this.$refs.file.click(); },
  chooseFile(event) {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    this.draft.text = "";
    this.file = file;
    this.look();
  },
  setField(index, field) {
    this.columns[index].field = field;
    this.look(null, this.columns.map((column) => column.field).join(","));
  },
  async look(event, chosen = "") {
    if (event?.target.tagName === "TEXTAREA") this.file = null;
    const sent = this.file ?? new Blob([this.draft.text]);
    this.looking?.abort();
    this.missing = {};
    if (!sent.size || !(this.file || this.draft.text.trim())) {
      this.table = null;
      return;
    }
    if (sent.size > LARGEST) {
      this.table = null;
      this.missing = { file: "This is larger than 5 MB. Leave out what is no name, e-mail or state." };
      return;
    }
    const looking = new AbortController();
    this.looking = looking;
    try {
      const path = `/api/callers/table?sign_in=${this.signsIn ? "yes" : "no"}${chosen ? `&fields=${chosen}` : ""}`;
      const table = await upload(path, sent, () => null, looking.signal);
      if (this.looking === looking) Object.assign(this, { table, problem: null });
    } catch (problem) {
      if (this.looking === looking && !looking.signal.aborted) Object.assign(this, { table: null, problem });
    }
  },

  // What becomes of it

  get columns() { return this.table?.columns ?? []; },
  columnName({ heading, samples }, index) { return heading || samples[0] || `Column ${index + 1}`; },
  get counts() {
    const counted = { made: 0, updated: 0, left_out: 0, invites: 0 };
    for (const { outcome, invites } of this.table?.verdicts ?? []) {
      counted[outcome] += 1;
      counted.invites += invites ? 1 : 0;
    }
    return counted;
  },
  get said() {
    const { made, updated, left_out: left, invites } = this.counts;
    return [
      made && `${count(made)} new`, updated && `${count(updated)} updated`, left && `${count(left)} left out`, invites && `${count(invites)} invited to sign in`,
    ].filter(Boolean).join(" · ");
  },
  /** What is left out comes first: it is what one wants to see. */
  get rows() {
    if (!this.table) return [];
    const { rows, verdicts } = Alpine.raw(this.table);
    return verdicts.map((verdict, index) => shown(rows[index], verdict)).sort((a, b) => Number(b.outcome === "left_out") - Number(a.outcome === "left_out"));
  },
  get shownRows() { return this.rows.slice(0, FEW); },
  get hiddenRows() { return Math.max(0, this.rows.length - FEW); },
  get hiddenText() { return `and ${plural(this.hiddenRows, "more row")}`; },

  // Saving

  check() {
    const { made, updated } = this.counts;
    if (!this.table) return { file: this.errorAt("file") ?? "Paste some rows, or choose a file." };
    return { file: !(made + updated) && "No row can be added. See below what is wrong." };
  },
  bodyOf() { return { rows: Alpine.raw(this.table).rows, sign_in: this.signsIn }; },
  send(body) { return api.put("/api/callers/table", body); },
  saved({ made, updated, left_out: left, invited }) {
    Object.assign(this, { file: null, table: null });
    note(`${[made && `${count(made)} added`, updated && `${count(updated)} updated`, left && `${count(left)} left out`].filter(Boolean).join(", ")}.`);
    if (invited.length) tellInvited(invited);
    window.dispatchEvent(new CustomEvent("caller:saved"));
    window.dispatchEvent(new CustomEvent("fairlead:callers"));
  },
  faulted() { focusOn(() => this.element.querySelector("textarea")); },
});

function shown({ row, name, email, title, team, languages, daily_limit: limit, role }, { outcome, states, faults, invites }) {
  const [becomes, look] = OUTCOMES[outcome];
  const about = [email, title, team, states.join(", "), (languages ?? []).join(", "), limit ? `${count(limit)} a day` : "", role && role !== "caller" ? role : ""];
  return {
    row, outcome, look, name: name || email || `Row ${row}`, about: about.filter(Boolean).join(" · "),
    becomes: invites ? `${becomes}, invited` : becomes, why: Object.values(faults).join(" "),
  };
}
