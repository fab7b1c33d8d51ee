// One import on a page of its own: /import/{id}. Which step is shown follows from how it stands, and from the address.

import { focusOn } from "../kit/focus.js";
import { found, isAtWork, isOver, nameOf, openSteps, outcome, share, statusChip, statusText, stepOf, STEPS } from "./words.js";
import { live } from "../kit/live.js";
import { plural } from "../kit/words.js";

export function importSteps() {
  const path = `/api/imports/${location.pathname.split("/").at(-1)}`;
  const title = document.title;
  return live({
    path,
    fills: "current",
    underWay: isAtWork,
    current: null,
    step: null,
    said: "",

    init() {
      window.addEventListener("import:changed", ({ detail }) => {
        this.accept(detail);
        this.show(stepOf(detail));
      });
      window.addEventListener("popstate", () => { if (this.current) this.show(this.asked); });
      return this.start();
    },
    /** Asking how it goes has failed, and is tried again. */
    get silent() { return this.stale; },

    get asked() { return new URLSearchParams(location.search).get("step"); },

    /** The import as it now stands; if that has moved it to another step, the page goes there. */
    receive(entry) {
      const before = this.current?.status;
      this.current = entry;
      this.tell(before);
      if (before !== entry.status) this.show(this.step ? stepOf(entry) : this.asked);
    },

    // Steps

    /** Shows a step if it is open, else the one the import is at; the address follows. */
    show(wanted) {
      const open = openSteps(this.current);
      const step = open.includes(wanted) ? wanted : stepOf(this.current);
      const address = step === stepOf(this.current) ? location.pathname : `${location.pathname}?step=${step}`;
      if (address !== location.pathname + location.search) history.replaceState(null, "", address);
      if (step !== this.step) this.enter(step);
    },
    go(step) {
      if (step === this.step) return;
      history.pushState(null, "", step === stepOf(this.current) ? location.pathname : `${location.pathname}?step=${step}`);
      this.enter(step);
    },
    enter(step) {
      this.step = step;
      document.title = `${nameOf(this.current)} · ${STEPS.find(({ id }) => id === step).name} · ${title}`;
      window.scrollTo({ top: 0, behavior: "instant" });
      focusOn(() => document.getElementById(`step-${step}`), { preventScroll: true });
    },

    get steps() {
      if (!this.current) return STEPS.map((step, index) => ({ ...step, number: index + 1, state: "later", isOpen: false }));
      const open = openSteps(this.current);
      const at = STEPS.findIndex(({ id }) => id === this.step);
      return STEPS.map((step, index) => ({
        ...step,
        number: index + 1,
        state: this.isDone || index < at ? "done" : index === at ? "now" : "later",
        isOpen: open.includes(step.id) && index !== at,
      }));
    },
    get stepText() {
      const at = STEPS.findIndex(({ id }) => id === this.step);
      return at < 0 ? "" : `Step ${at + 1} of ${STEPS.length}: ${STEPS[at].name}`;
    },

    get name() { return this.current ? nameOf(this.current) : "Import"; },
    get about() {
      const { current } = this;
      if (!current) return "";
      const sheet = current.sheets.find(({ number }) => number === current.sheet);
      return [sheet && current.sheets.length > 1 ? sheet.name : "", current.rows ? plural(current.rows, "row") : "", current.campaign?.name].filter(Boolean).join(" · ");
    },
    get state() { return this.current ? statusText(this.current) : ""; },
    get chip() { return this.current ? statusChip(this.current) : ""; },
    get isDone() { return this.current?.status === "done"; },
    get isOver() { return Boolean(this.current) && isOver(this.current); },
    get isRunning() { return this.current?.status === "running"; },
    get isChecking() { return this.current?.status === "checking"; },
    get isChecked() { return this.current?.status === "checked"; },
    get hasFailed() { return this.current?.status === "failed"; },

    /** What screen readers hear: every quarter of the way, and how it ended. */
    tell(before) {
      const { current } = this;
      const quarters = Math.floor(share(current) * 4);
      if (isAtWork(current)) this.said = quarters ? `${quarters * 25}% of the rows are ${this.isRunning ? "imported" : "checked"}` : "";
      else if (before === "checking") this.said = found(current);
      else if (before === "running") this.said = `${statusText(current)}: ${outcome(current)}`;
    },
  });
}
