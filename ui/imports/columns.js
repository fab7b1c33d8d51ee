// The second step of an import: which sheet, where its headings are, and which field each column goes to.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { changed } from "./words.js";
import { plural } from "../kit/words.js";

/** A lead must be known by one of these. */
const KNOWN_BY = ["name", "first_name", "last_name", "phone", "email", "external_id", "source_row_id"];
const FROM = { heading: "From the heading", values: "From its values", memory: "As last time", count: "It counts the rows: no id of a lead" };
// Of a wide sheet, first those columns that have a field.
const MANY = 20;

export function importColumns() {
  let asked = 0;
  return {
    sheet: null,
    headingRow: "1",
    view: null,
    columns: [],
    keepUnmapped: true,
    dateOrder: null,
    all: false,
    loading: true,
    problem: null,
    headingProblem: null,
    mapProblem: null,
    checkProblem: null,
    moved: "",
    busy: false,

    async init() {
      const { current } = this;
      const first = this.sheets.find((sheet) => !sheet.is_hidden && sheet.rows) ?? this.sheets[0];
      this.sheet = String(current.sheet ?? first?.number ?? 1);
      this.keepUnmapped = current.keep_unmapped ?? true;
      this.checkProblem = this.hasFailed ? current.problem : null;
      await this.load(current.heading_row);
      if (current.sheet !== null && this.view) this.restore(current.mapping);
      this.dateOrder = current.date_order ?? null;
    },

    retry() { if (this.problem) this.load(); },

    get sheets() { return this.current?.sheets ?? []; },
    isSheet({ number }) { return String(number) === this.sheet; },
    sheetText(sheet) { return `${sheet.name} (${plural(sheet.rows, "row")}${sheet.is_hidden ? ", hidden" : ""})`; },

    async load(headingRow = null) {
      const turn = ++asked;
      this.loading = true;
      try {
        const query = headingRow ? `?heading_row=${headingRow}` : "";
        const view = await api.get(`${this.path}/sheets/${this.sheet}${query}`);
        if (turn !== asked) return;
        this.view = view;
        this.headingRow = String(view.heading_row);
        this.columns = view.columns.map((column) => ({ ...column, proposed: column.field }));
        this.all = this.columns.length <= MANY;
        this.dateOrder = null;
        this.problem = this.headingProblem = this.mapProblem = null;
      } catch (problem) {
        if (turn !== asked) return;
        // A heading row that is refused leaves what is there.
        if (headingRow && this.view && problem.status === 422) this.headingProblem = problem.at("heading_row") ?? problem.message;
        else this.problem = problem;
      } finally {
        if (turn === asked) this.loading = false;
      }
    },

    /** As it was chosen before. */
    restore(mapping) {
      for (const column of this.columns) {
        column.field = Object.keys(mapping).find((field) => mapping[field] === column.column) ?? null;
      }
    },

    async sheetChanged() {
      this.view = null;
      await this.load();
    },
    headingChanged() {
      const row = this.headingRow.trim();
      this.headingProblem = /^[1-9]\d{0,5}$/.test(row) ? null : "Enter the number of the row with the headings.";
      if (!this.headingProblem && Number(row) !== this.view?.heading_row) this.load(row);
    },

    // Fields

    get fields() { return this.view?.fields ?? []; },
    label(field) { return this.fields.find((known) => known.field === field)?.label ?? field; },
    nameOf(column) { return column.heading || `Column ${letters(column.column)}`; },
    letters(column) { return letters(column.column); },
    fromText(column) {
      const from = column.from ?? column.found_by;
      return column.field === column.proposed && (column.field || from === "count") ? (FROM[from] ?? "") : "";
    },
    samplesText(column) { return column.samples.join(" · "); },
    unmappedText(column) { return this.keepUnmapped && !this.isUnseen(column) ? "Metadata" : "Left out"; },
    /** A hidden column without a field is left out, like hidden rows. */
    isUnseen(column) { return column.is_hidden && !this.current.accept.includes("hidden"); },

    /** A field has one column: whoever gets it takes it from the other. */
    choose(column, event) {
      const field = event.target.value || null;
      const other = field && this.columns.find((one) => one.field === field && one !== column);
      if (other) other.field = null;
      this.moved = other ? `${this.label(field)} is now taken from ${this.nameOf(column)}, no longer from ${this.nameOf(other)}.` : "";
      const { dates } = this;
      column.field = field;
      if (this.dates !== dates) this.dateOrder = null;
      if (this.isKnown) this.mapProblem = null;
    },

    /** What was found of the order of the dates, if they are in question. */
    get dates() { return this.columns.find(({ field }) => field === "timestamp")?.dates ?? null; },
    get dateColumn() { return nameOfDates(this.columns); },

    get mapped() { return this.columns.filter(({ field }) => field); },
    get shown() { return this.all ? this.columns : this.mapped; },
    get hidden() { return this.columns.length - this.shown.length; },
    /** What of the sheet is not seen in a spreadsheet program, or stands once for several rows. */
    get outOfSightText() {
      const sheet = this.sheets.find((one) => this.isSheet(one));
      if (!sheet) return "";
      const { hidden_rows: rows, hidden_columns: columns, merged_cells: merged } = sheet;
      const unseen = [rows ? plural(rows, "row") : "", columns.length ? `${columns.length === 1 ? "column" : "columns"} ${columns.map((column) => letters(column)).join(", ")}` : ""].filter(Boolean);
      return [
        unseen.length ? `${unseen.join(" and ")} ${rows + columns.length === 1 ? "is" : "are"} hidden in the file. ${rows ? "Hidden rows are left out, unless you choose otherwise after the check. " : ""}${columns.length ? "Hidden columns are read only where they have a field." : ""}` : "",
        merged ? `${plural(merged, "cell")} ${merged === 1 ? "is" : "are"} merged over several rows, and ${merged === 1 ? "counts" : "count"} for each of them.` : "",
      ].filter(Boolean).join(" ").trim();
    },
    get hiddenText() { return `Show the ${plural(this.hidden, "column")} without a field`; },
    showAll() { this.all = true; },
    get isKnown() { return this.columns.some(({ field }) => KNOWN_BY.includes(field)); },
    get isBlank() { return !this.loading && !this.problem && Boolean(this.view) && (!this.columns.length || !this.view.rows); },
    get mappedText() {
      const rest = this.columns.filter((column) => !column.field && !this.isUnseen(column)).length;
      if (!this.columns.length) return "";
      const whither = this.keepUnmapped ? "kept with the lead as metadata" : "left out";
      return `${plural(this.mapped.length, "column")} ${this.mapped.length === 1 ? "goes" : "go"} to a field${rest ? `, the other ${rest === 1 ? "one is" : `${rest} are`} ${whither}` : ""}.`;
    },
    toggleKeep() { this.keepUnmapped = !this.keepUnmapped; },

    /** The first rows as they will read: the mapped columns, in the order of the fields. */
    get previewFields() {
      return this.fields.filter(({ field }) => this.mapped.some((column) => column.field === field));
    },
    get preview() {
      const places = this.previewFields.map(({ field, label }) => ({ label, field, index: this.view.columns.findIndex(({ column }) => column === this.columnOf(field)) }));
      return (this.view?.preview ?? []).map((cells, index) => ({
        index,
        cells: places.map(({ label, field, index: place }) => ({ field, label, text: cells[place] ?? "" })),
      }));
    },
    columnOf(field) { return this.columns.find((column) => column.field === field)?.column; },

    async check() {
      this.checkProblem = null;
      this.mapProblem = this.isKnown ? null : "Choose the column with the name, the phone number, the e-mail address or an id: a lead must be known by something.";
      if (this.headingProblem) {
        this.$refs.heading.focus();
        return;
      }
      if (this.mapProblem) {
        this.all = true;
        focusOn(() => this.$root.querySelector(".mapping .select"));
        return;
      }
      this.busy = true;
      try {
        changed(await api.post(`${this.path}/check`, {
          sheet: Number(this.sheet),
          heading_row: Number(this.headingRow),
          mapping: Object.fromEntries(this.mapped.map(({ field, column }) => [field, column])),
          keep_unmapped: this.keepUnmapped,
          duplicates: this.current.duplicates ?? "skip",
          date_order: this.dates && !this.dates.is_certain ? (this.dateOrder ?? this.dates.order) : null,
          accept: this.current.accept,
        }));
      } catch (problem) {
        this.mapProblem = problem.at?.("mapping") ?? null;
        this.checkProblem = problem.besides?.(["mapping"]) ?? null;
      } finally {
        this.busy = false;
      }
    },
  };
}

function nameOfDates(columns) {
  const column = columns.find(({ field }) => field === "timestamp");
  return column?.heading || (column ? `Column ${letters(column.column)}` : "");
}

/** A column as spreadsheets call it: 1 is A, 27 is AA. */
function letters(number) {
  let text = "";
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) text = String.fromCharCode(65 + ((rest - 1) % 26)) + text;
  return text;
}
