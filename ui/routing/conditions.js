// Which leads: part of a form that builds a condition from fields, operators and values. It shows the condition as a sentence
// and says how many recent leads it fits. Its template is routing/conditions.html.
//
// The form around it (see kit/form.js) has `draft.condition` (from draftOf()) and `trialBody()`: the rest of the rule to try. It
// calls startConditions() when it opens, and wholeCondition() for what is to be saved. `conditionAt` is what the API calls the
// condition.

import { api } from "../kit/api.js";
import { combo } from "../kit/combo.js";
import { focusOn } from "../kit/focus.js";
import { count, plural } from "../kit/words.js";

const SOON_MS = 350;
const MOST_TERMS = 20;
const METADATA = "metadata.";
// The server lists at most so many names of metadata.
const MOST_TOLD = 50;

/** The operators there are: how each is read, and how many values it takes. */
const OPERATORS = {
  is_one_of: { name: "is one of", takes: "many" },
  is: { name: "is", takes: "one" },
  is_not: { name: "is not", takes: "one" },
  contains: { name: "contains", takes: "one" },
  begins_with: { name: "begins with", takes: "one" },
  more_than: { name: "is more than", takes: "one", measures: true },
  less_than: { name: "is less than", takes: "one", measures: true },
  between: { name: "is between", takes: "two", measures: true },
  is_empty: { name: "is empty", takes: "none" },
  is_not_empty: { name: "is not empty", takes: "none" },
};
const takes = ({ operator }) => OPERATORS[operator]?.takes ?? "one";

let keys = 0;
const blankTerm = () => ({ key: ++keys, field: "", operator: "is_one_of", values: [] });
const termOf = ({ field, operator, values }) => ({ key: ++keys, field, operator, values: (values ?? []).map(String) });

/** A condition as the form edits it; `null`, all leads, begins with an empty line. */
export const draftOf = (condition) => ({
  match: condition?.match ?? "all",
  terms: condition
    ? condition.terms.map((term) => (term.terms ? { key: ++keys, match: term.match, terms: term.terms.map(termOf) } : termOf(term)))
    : [blankTerm()],
});

/** Digits with or without commas become a number; anything else stays text. */
function measure(text) {
  const digits = text.trim().replace(/(?<=\d),(?=\d)/g, "");
  return /^-?\d+(\.\d+)?$/.test(digits) ? Number(digits) : text.trim();
}

const filled = ({ values }) => values.map((value) => value.trim()).filter(Boolean);
const needs = (term) => ({ none: 0, one: 1, many: 1, two: 2 })[takes(term)];
const isWhole = (term) => Boolean(term.field) && filled(term).length >= needs(term);

function sent(term) {
  const values = needs(term) ? filled(term) : [];
  return { field: term.field, operator: term.operator, values: OPERATORS[term.operator]?.measures ? values.map(measure) : values };
}

/** What is whole of a draft as the API takes it, null if nothing is; and which line each path in it is. */
function compile({ match, terms }) {
  const lines = {};
  const whole = terms.filter((term) => (term.terms ? term.terms.some(isWhole) : isWhole(term)));
  const compiled = whole.map((term, index) => {
    const path = `condition.terms[${index}]`;
    lines[path] = term.key;
    if (!term.terms) return sent(term);
    const inner = term.terms.filter(isWhole);
    inner.forEach(({ key }, place) => { lines[`${path}.terms[${place}]`] = key; });
    return { match: term.match, terms: inner.map(sent) };
  });
  return { condition: compiled.length ? { match, terms: compiled } : null, lines };
}

export function conditions() {
  let soon = 0;
  let asked = 0;
  let lines = {};
  return {
    conditionFields: [],
    faults: {},
    trial: null,
    trying: false,
    conditionAt: "condition",

    async startConditions() {
      asked++; // an answer for an earlier condition is not shown any more
      this.faults = {};
      this.trial = null;
      this.tryCondition();
      try {
        this.conditionFields = (await api.get("/api/rules/fields")).items;
      } catch {
        // Without suggestions fields and values can still be typed.
      }
    },

    // Lines

    lineName(index) { return `Condition ${index + 1}`; },
    addTerm(terms) {
      const added = blankTerm();
      terms.push(added);
      this.focusTerm(added);
    },
    focusTerm({ key }) {
      focusOn(() => this.element.querySelector(`[data-term="${key}"] input`));
    },
    addGroup() {
      const { condition } = this.draft;
      const added = blankTerm();
      condition.terms.push({ key: ++keys, match: condition.match === "all" ? "any" : "all", terms: [added] });
      this.focusTerm(added);
    },
    /** The focus goes to what adds a line, since the button that was pressed is gone. */
    removeTerm(group, gone) {
      group.terms.splice(group.terms.findIndex(({ key }) => key === gone.key), 1);
      const { condition } = this.draft;
      if (!group.terms.length && group !== condition) condition.terms.splice(condition.terms.findIndex(({ key }) => key === group.key), 1);
      if (!condition.terms.length) condition.terms.push(blankTerm());
      this.changedTerm(gone);
      focusOn(() => this.element.querySelector("[data-adds-term]:not(:disabled)"));
    },
    /** The only line stays while it is empty. */
    canRemove(group, term) { return group !== this.draft.condition || group.terms.length > 1 || Boolean(term.field || term.values.length); },
    termCount() { return this.draft.condition.terms.reduce((sum, term) => sum + (term.terms?.length ?? 1), 0); },
    noMoreTerms() { return this.termCount() >= MOST_TERMS; },
    join(match) { return match === "all" ? "and" : "or"; },

    // A line

    fieldOf({ field }) { return this.conditionFields.find(({ name }) => name === field); },
    operatorsOf(term) {
      const known = this.fieldOf(term)?.operators ?? Object.keys(OPERATORS);
      return Object.entries(OPERATORS).filter(([id]) => known.includes(id) || id === term.operator).map(([id, { name }]) => ({ id, name }));
    },
    /** How the values of a line are entered. */
    entry(term) {
      const wanted = takes(term);
      return wanted === "one" && ["is", "is_not"].includes(term.operator) ? "choice" : wanted;
    },
    valueHint(term) { return OPERATORS[term.operator]?.measures ? "50000 or 2026-05-31" : ""; },
    setOperator(term, event) {
      term.operator = event.target.value;
      const most = { none: 0, one: 1, two: 2, many: Infinity }[takes(term)];
      term.values = filled(term).slice(0, most);
      this.changedTerm(term);
    },
    setField(term, field) {
      term.field = field;
      const known = this.fieldOf(term)?.operators;
      if (known && !known.includes(term.operator)) term.operator = Object.keys(OPERATORS).find((id) => known.includes(id));
      this.changedTerm(term);
    },
    valueAt(term, index) { return term.values[index] ?? ""; },
    setValue(term, index, event) {
      const values = [...term.values];
      while (values.length < index) values.push("");
      values[index] = event.target.value;
      term.values = values;
      this.changedTerm(term);
    },
    changedTerm({ key }) {
      delete this.faults[key];
      delete this.faults.all;
      this.tryCondition();
    },
    fieldOptions() {
      return this.conditionFields.map(({ name, label, synonyms = [] }) => ({
        value: name, label, aka: [name, ...synonyms], note: name.startsWith(METADATA) ? "other data" : "",
      }));
    },
    valueOptions(term) {
      return (this.fieldOf(term)?.values ?? []).map(({ value, leads }) => ({ value: String(value), label: String(value), note: plural(leads, "lead") }));
    },

    /** Of a field that no lead of late says anything for, which may be a field spelled otherwise. */
    fieldHint(term) {
      const data = this.conditionFields.filter(({ name }) => name.startsWith(METADATA));
      const areAllKnown = this.conditionFields.length > 0 && data.length < MOST_TOLD;
      return term.field && areAllKnown && !this.fieldOf(term) ? "No recent lead has it." : "";
    },

    // Faults, each at its line

    faultAt(term, part) { return this.faults[term.key]?.[part] ?? null; },
    /** Whether every line is whole. What the server said of a line that has not been changed since still stands there. */
    checkCondition() {
      const found = {};
      const all = this.draft.condition.terms.flatMap((term) => term.terms ?? [term]);
      for (const term of all) {
        const field = term.field ? null : "Choose a field.";
        const values = filled(term).length < needs(term) ? { one: "Enter a value.", many: "Enter a value, or several.", two: "Enter both values." }[takes(term)] : null;
        if (field || values) found[term.key] = { field, values };
      }
      this.faults = { ...this.faults, ...found };
      return !Object.keys(found).length;
    },
    /** The condition to be saved. What a refusal says of it finds its line by placeFaults(). */
    wholeCondition() {
      const compiled = compile(this.draft.condition);
      lines = compiled.lines;
      return compiled.condition;
    },
    placeFaults({ errors }) {
      const faults = {};
      for (const { field: at = "", message, hint } of errors) {
        // A trial calls it as a rule does.
        const called = [this.conditionAt, "condition"].find((name) => at.startsWith(name));
        if (!called) continue;
        const field = at.replace(called, "condition");
        const path = Object.keys(lines).filter((line) => field.startsWith(line)).sort((one, other) => other.length - one.length)[0];
        const part = /\.(operator|values)\b/.exec(path ? field.slice(path.length) : "")?.[1] ?? "field";
        (faults[path ? lines[path] : "all"] ??= {})[part] ??= [message, hint].filter(Boolean).join(" ");
      }
      this.faults = faults;
    },

    // Trial

    tryCondition() {
      clearTimeout(soon);
      soon = setTimeout(() => this.askTrial(), SOON_MS);
    },
    async askTrial() {
      const turn = ++asked;
      const compiled = compile(this.draft.condition);
      if (!compiled.condition) {
        this.trial = null;
        return;
      }
      this.trying = true;
      try {
        const trial = await api.post("/api/rules/trial", { ...this.trialBody(), condition: compiled.condition });
        if (turn === asked) this.trial = trial;
      } catch (problem) {
        if (turn !== asked) return;
        this.trial = null;
        ({ lines } = compiled);
        this.placeFaults(problem);
      } finally {
        if (turn === asked) this.trying = false;
      }
    },
    untriedText() {
      return Object.keys(this.faults).length ? "Correct what is marked to see which leads fit." : "Choose a field and its values to see which leads fit.";
    },
    trialText() {
      if (!this.trial) return "";
      const { leads, matched } = this.trial;
      if (!leads) return "There are no leads yet to try it on.";
      const of = leads === 1 ? "the one lead there is" : `the last ${count(leads)} leads`;
      return `Would have taken ${matched ? count(matched) : "none"} of ${of}.`;
    },
    tookNone() { return Boolean(this.trial?.leads) && !this.trial.matched; },
  };
}

const labelOfData = (name) => name.slice(METADATA.length).replaceAll("_", " ");

/** The box in which the field of a line is chosen. What is no field of a lead is looked for in its other data. */
export const conditionField = (term) => combo({
  name: `term-${term.key}-field`,
  options: (form) => form.fieldOptions(),
  chosen: () => (term.field ? [term.field] : []),
  take: (form, [field = ""]) => form.setField(term, field),
  free: (text) => {
    const value = text.startsWith(METADATA) ? text : `${METADATA}${text}`;
    return { value, label: labelOfData(value), note: "other data" };
  },
  asText: true,
  completes: true,
  forgives: true,
});

/** The box for the values of a line, or for its only one. */
export const conditionValues = (term, many) => combo({
  name: `term-${term.key}-values`,
  options: (form) => form.valueOptions(term),
  chosen: () => term.values,
  take(form, values) {
    term.values = values;
    form.changedTerm(term);
  },
  free: (text) => ({ value: text, label: text }),
  asText: !many,
});
