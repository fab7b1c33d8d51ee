// What the sender of a source calls the fields of a lead: set with a sample of what it posts, shown before and after. A card
// on the source's page, with its `source` around it. The gateway reads the sample; nothing of it is stored.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { count } from "../kit/words.js";
import { onSource, told } from "./card.js";
import { loadKinds, PLAIN } from "./kinds.js";

const SOON_MS = 350;
const MOST_REFUSED = 20;
const FIELDS = {
  name: "Name", phone: "Phone", email: "E-mail", city: "City", state: "State", language: "Language", message: "Message",
  timestamp: "Time", lead_source: "Lead source", campaign: "Campaign", team: "Team", source_row_id: "Row", external_id: "Person's id",
  first_name: "First name", last_name: "Last name", company: "Company", job_title: "Job title", country: "Country", medium: "Medium", term: "Search term",
  product: "Product", budget: "Budget", authority: "Who decides", timeline_months: "Timeline",
};

const list = (places) => (Array.isArray(places) ? places : [places]);
const rowsOf = (mapping) => Object.entries(mapping ?? {}).flatMap(([field, places]) => list(places).map((place) => ({ place, field })));
const saidOf = (errors) => errors.map(({ field, message, hint }) => [field === "body" ? "" : `${FIELDS[field] ?? field}:`, message, hint].filter(Boolean).join(" ")).join(" ");
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

export function fieldMapping() {
  let asked = 0;
  let soon = 0;
  return form({
    ...onSource(),
    init() {
      onSource().init.call(this);
      window.addEventListener("source:sample", ({ detail }) => this.show(detail));
      loadKinds().then((kinds) => { this.kinds = kinds; }, () => {});
    },
    show(sample) {
      this.sample = sample;
      this.tryIt(true);
      focusOn(() => this.$root.querySelector("textarea"));
    },

    sample: "",
    kinds: [],
    rows: [],
    trial: null,
    trialProblem: null,

    numbered(rows) { return rows.map((row, index) => ({ ...row, id: `place-${index}` })); },

    /** As the API takes it, in the order of the fields: one of one place has it as text, of several as a list. */
    get draft() {
      const mapping = {};
      for (const { place, field } of this.rows) if (field) (mapping[field] ??= []).push(place);
      return Object.fromEntries(Object.entries(mapping).sort().map(([field, places]) => [field, places.length > 1 ? places : places[0]]));
    },
    set draft(mapping) {
      if (JSON.stringify(mapping) === JSON.stringify(this.draft)) return;
      const rows = rowsOf(mapping).map((row) => ({ ...this.rows.find(({ place }) => place === row.place), ...row }));
      const others = this.rows.filter(({ place, isFound }) => isFound && !rows.some((row) => row.place === place));
      this.rows = this.numbered([...rows, ...others.map((row) => ({ ...row, field: "" }))]);
      if (this.sample.trim()) this.tryIt();
    },
    get cannotSave() { return this.busy || !this.isChanged; },
    get isEmpty() { return !this.rows.length; },
    get isOfKind() { return (this.source?.kind ?? PLAIN) !== PLAIN; },
    get savedText() { return Object.keys(this.source?.mapping ?? {}).length ? "Set" : this.isOfKind ? "Known" : "None"; },
    get emptyText() {
      return this.isOfKind
        ? "This sender's names for the fields are known. Map only what it has in addition."
        : "No field is mapped. Fields are read by their usual names.";
    },

    blank: () => ({}),
    draftOf: ({ mapping }) => Object.fromEntries(Object.entries(mapping ?? {}).sort()),
    bodyOf: (mapping) => ({ mapping }),
    saved(source) {
      told(source);
      note(Object.keys(source.mapping ?? {}).length ? "The mapping is saved. Leads are read by it within five seconds." : "The mapping is removed. Fields are read by their usual names, and by those of this kind of sender.");
    },

    typed() {
      clearTimeout(soon);
      soon = setTimeout(() => this.tryIt(true), SOON_MS);
    },
    changed() { this.tryIt(); },

    /** Why nothing at all could be read, as the webhook would answer. */
    get sampleError() {
      return this.trial && !this.trial.places.length && !this.trial.lead ? this.trial.errors.map(({ message, hint }) => [message, hint].filter(Boolean).join(" ")).join(" ") : null;
    },

    /** Have the sample read. What is `new` in it is proposed for fields that nothing stands for. */
    async tryIt(isNew = false) {
      const turn = ++asked;
      const payload = this.sample.trim();
      if (!payload) {
        this.trial = null;
        this.rows = this.numbered(this.rows.filter(({ field }) => field).map((row) => ({ ...row, value: "", isFound: false })));
        return;
      }
      try {
        if (isNew) await this.propose(payload, turn);
        if (turn !== asked) return;
        const trial = await api.post(`${this.address}/try`, { payload, mapping: this.draft });
        if (turn === asked) { this.trial = trial; this.trialProblem = null; }
      } catch (problem) {
        if (turn === asked) { this.trial = null; this.trialProblem = problem; }
      }
    },
    async propose(payload, turn) {
      const { places } = await api.post(`${this.address}/try`, { payload });
      if (turn !== asked || !places.length) return;
      const values = new Map(places.map(({ place, value }) => [place, value]));
      const saved = new Set(rowsOf(this.source.mapping).map(({ place }) => place));
      // What was chosen for another sample only, goes with it.
      const before = this.rows.filter(({ place, field }) => field && (saved.has(place) || values.has(place)));
      const stands = new Set(before.map(({ field }) => field));
      const chosen = before.map((row) => ({ ...row, value: values.get(row.place) ?? "", isFound: values.has(row.place) }));
      const there = new Set(chosen.map(({ place }) => place));
      // What is known of a kind of sender need not be saved.
      const fieldOf = (field) => (field && !this.isOfKind && !stands.has(field) ? field : "");
      const others = places.filter(({ place }) => !there.has(place)).map(({ place, value, field }) => ({ place, value, field: fieldOf(field), known: this.isOfKind ? field : null, isFound: true }));
      this.rows = this.numbered([...chosen, ...others]);
    },

    valueText(row) { return row.isFound ? row.value || "empty" : "not in this sample"; },
    isAbsent(row) { return !row.isFound || !row.value; },
    isRead(row) { return Boolean(row.field || row.known); },
    keptText({ known }) { return known ? `${FIELDS[known]}, as known` : "Kept as it is"; },
    selectLabel(row) { return `${row.place} is`; },

    get hasResult() { return Boolean(this.trial) && !this.sampleError; },
    /** What is to be known besides: that it is one of several, or a test. */
    get told() {
      const { leads = 1, is_test: isTest } = this.trial ?? {};
      return [...(leads > 1 ? [`The first of ${count(leads)} leads in it.`] : []), ...(isTest ? ["It is a test: it would be stored, and assigned to nobody."] : [])].join(" ");
    },
    /** Of several, the first that make no lead. */
    get refusedOnes() {
      const each = (this.trial?.each ?? []).map(({ stored, errors }, place) => ({ place, stored, text: `[${place}] makes no lead. ${saidOf(errors)}` }));
      return each.filter(({ stored }) => !stored).slice(0, MOST_REFUSED);
    },
    /** The kind of sender that the sample is of by its structure, if it is another than the source's. */
    get likeKind() { return this.kinds.find(({ kind }) => kind === this.trial?.looks_like) ?? null; },
    get likeText() { return this.likeKind ? `This looks like a post of ${this.likeKind.name}. As a source of that kind it needs no mapping, and what is not about a new lead is left.` : ""; },
    get likeAction() { return `Set the kind to ${this.likeKind?.name ?? ""}`; },
    async setKind() {
      const { kind, name } = this.likeKind;
      this.busy = true;
      try {
        const source = await api.patch(this.address, { kind }, { match: this.etag });
        // What was proposed for any sender is not meant for this kind.
        this.rows = this.numbered(rowsOf(source.mapping).map((row) => ({ ...row, value: "", isFound: false })));
        told(source);
        note(`${source.name} is read as ${name} now. See under Connect what to do there.`);
      } catch (problem) {
        this.refused(problem);
      } finally {
        this.busy = false;
      }
      this.$nextTick(() => this.tryIt(true));
    },
    get errors() {
      return this.refusedOnes.length ? [] : (this.trial?.errors ?? []).map((error) => ({ field: error.field, text: saidOf([error]) }));
    },
    get result() {
      const { metadata = {}, ...lead } = this.trial?.lead ?? {};
      const fields = Object.keys(FIELDS).filter((field) => field in lead).map((field) => ({ name: FIELDS[field], text: text(lead[field]), isKept: false }));
      return [...fields, ...Object.entries(metadata).map(([name, value]) => ({ name, text: text(value), isKept: true }))];
    },
    get otherError() { return (this.problem ?? this.trialProblem)?.message ?? null; },

    clear() {
      this.rows = this.numbered(this.rows.filter(({ isFound }) => isFound).map((row) => ({ ...row, field: "" })));
      this.tryIt();
    },
  });
}
