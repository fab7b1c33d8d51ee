// What every form is: a draft that is not lost, mistakes at their fields, and a question where somebody else has saved meanwhile.

import Alpine from "@alpinejs/csp";

import { api } from "./api.js";
import { opened } from "./feed.js";
import { blankOf, bodyOf, draftOf, faultsOf } from "./fields.js";
import { focusOn } from "./focus.js";
import { joined } from "./live.js";
import { note } from "./notes.js";
import { article, capital } from "./words.js";

/**
 * A component that is a form, on a page or in the dialog that its element holds. `own` is what it has of its own:
 *
 * `path`: where its records are, "/api/callers", or with `single` the one record it is about. `verb`: how a record is changed, "put"
 * or "patch". `noun`: what a record is called. From it follow, if not said otherwise, what stands on the form, what is told when a
 * record is stored, the event of the window that opens the form, "caller:edit" with a record or null for a new one (else `opens`), and
 * the event that follows, "caller:saved".
 * `fields`: as in kit/fields.js. Where they do not say it all, `blank()` is the draft of a new record, `draftOf(record)` that of
 * another, `bodyOf(draft)` what is sent, and `check(draft)` says what is wrong at which field. `opened(record)`, `saved(answer, isNew)`
 * and `faulted()` follow when it is opened, stored, or found at fault; `placeFaults(problem)` finds the place of mistakes that are
 * not of one field; `theirs()` is the record as it is stored now; `title` and `action` are what stands on the form. Where a draft is
 * not worth a question, as a password to confirm something is not, `keeps` is false.
 *
 * A mistake stands at the field whose element has `data-field`; one without such an element stands above the buttons.
 */
export const form = (own) => joined(parts(), own);

function parts() {
  let ended;
  return {
    noun: "",
    single: false,
    keeps: true,
    verb: "put",
    id: null,
    etag: null,
    draft: null,
    before: "",
    missing: {},
    problem: null,
    conflict: false,
    leaving: false,
    busy: false,
    element: null,
    dialog: null,
    last: null,
    loaded: false,
    loadProblem: null,

    init() { this.start(); },

    /** A form with an init() of its own calls this in it. */
    start() {
      const element = this.$root;
      const dialog = element.querySelector("dialog");
      const { signal } = (ended = new AbortController());
      Object.assign(this, { element, dialog });
      this.take(null);
      if (this.opens) window.addEventListener(this.opens, ({ detail }) => this.open(detail), { signal });
      window.addEventListener("beforeunload", (event) => { if (this.isUnsaved()) event.preventDefault(); }, { signal });
      if (this.single) this.load();
      // A second Escape closes a dialog whatever is said to its "cancel", so the key is heard, too.
      const around = element.closest("dialog") ?? dialog;
      around?.addEventListener("keydown", (event) => { if (event.key === "Escape") this.guard(event); }, { signal });
      around?.addEventListener("cancel", (event) => this.guard(event), { signal });
      dialog?.addEventListener("close", () => { if (this.keeps && this.isChanged) { dialog.showModal(); this.ask(); } }, { signal });
    },
    destroy() { ended.abort(); },

    /** The one record that a form on a page is about. */
    async load() {
      window.addEventListener("fairlead:retry", () => { if (!this.loaded) this.load(); }, { once: true });
      await opened;
      try {
        this.take(await api.get(this.path));
        Object.assign(this, { loaded: true, loadProblem: null });
      } catch (problem) {
        this.loadProblem = problem;
      }
    },
    get loadError() { return this.loadProblem?.message ?? null; },

    open(record = null) {
      this.take(record);
      if (this.dialog && !this.dialog.open) this.dialog.showModal();
      this.opened?.(record);
    },

    /** Begin with a record as it is stored, or with a new one. */
    take(record) {
      Object.assign(this, { id: record?.id ?? null, etag: record?.etag ?? null, missing: {}, problem: null, conflict: false, leaving: false });
      this.draft = record ? this.draftOf(Alpine.raw(record)) : this.blank();
      this.before = JSON.stringify(this.draft);
    },

    fields: {},
    blank() { return blankOf(this.fields); },
    draftOf(record) { return draftOf(this.fields, record); },
    bodyOf(draft) { return bodyOf(this.fields, draft); },
    check(draft) { return faultsOf(this.fields, draft); },

    // Leaving

    get isChanged() { return JSON.stringify(this.draft) !== this.before; },
    isUnsaved() { return this.keeps && this.isChanged && this.dialog?.open !== false; },
    leave() {
      if (this.isUnsaved()) this.ask();
      else this.close();
    },
    guard(event) {
      if (event.defaultPrevented || !this.isUnsaved() || !this.element.checkVisibility()) return;
      event.preventDefault();
      this.ask();
    },
    /** Nothing is thrown away before this was answered. */
    ask() {
      if (this.leaving) return;
      Object.assign(this, { leaving: true, last: document.activeElement });
      focusOn(() => this.element.querySelector("[data-stay]"));
    },
    stay() {
      this.leaving = false;
      focusOn(() => this.last);
    },
    close() {
      this.before = JSON.stringify(this.draft);
      this.leaving = false;
      this.dialog?.close();
    },
    discard() {
      this.draft = JSON.parse(this.before);
      Object.assign(this, { missing: {}, problem: null, conflict: false });
      this.close();
    },
    closeOutside(event) { if (event.target === this.dialog) this.leave(); },

    // Mistakes

    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides([...this.element.querySelectorAll("[data-field]")].map(({ dataset }) => dataset.field)) ?? null; },
    /** What was said of a field is gone as soon as the field is changed. */
    forget(event) {
      const field = event.target.closest("[data-field]")?.dataset.field;
      if (!field) return;
      delete this.missing[field];
      this.problem = this.problem?.without(field) ?? null;
    },

    // Saving

    get isNew() { return !this.id && !this.single; },
    get address() { return this.single || this.isNew ? this.path : `${this.path}/${this.id}`; },
    get opens() { return this.noun ? `${this.noun}:edit` : null; },
    get title() { return this.isNew ? `Add ${article(this.noun)} ${this.noun}` : `Edit ${this.noun}`; },
    get action() { return this.noun && this.isNew ? `Add ${this.noun}` : "Save"; },
    get saveText() { return this.busy ? "Saving…" : this.action; },

    async submit() {
      await this.store();
      this.focusFault();
    },
    async store() {
      if (this.busy || (this.single && !this.isChanged)) return;
      Object.assign(this, { problem: null, conflict: false, leaving: false });
      this.missing = Object.fromEntries(Object.entries(this.check(this.draft)).filter(([, text]) => text));
      if (!Object.keys(this.missing).length) {
        this.busy = true;
        try {
          const { isNew } = this;
          const sent = JSON.stringify(this.draft);
          const answer = await this.send(this.bodyOf(this.draft));
          this.settle(answer, sent);
          await this.saved(answer, isNew);
        } catch (problem) {
          await this.refused(problem);
        } finally {
          this.busy = false;
        }
      }
    },
    /** It is stored: a dialog closes, and a form on a page begins anew, but keeps what was typed since the draft was `sent`. */
    settle(answer, sent) {
      if (this.dialog) {
        this.close();
        return;
      }
      const { draft, isNew } = this;
      this.take(isNew ? null : answer);
      if (!isNew && JSON.stringify(draft) !== sent) this.draft = draft;
    },
    saved(record, isNew) {
      if (!this.noun) return;
      note(`${record.name ?? record.title ?? capital(this.noun)} is ${isNew ? "added" : "saved"}.`);
      window.dispatchEvent(new CustomEvent(`${this.noun}:saved`, { detail: record }));
    },
    send(body) { return this.isNew ? api.post(this.path, body) : api[this.verb](this.address, body, { match: this.etag }); },

    /** A form that holds no record has none of theirs to load, and only says what was refused. */
    refused(problem) {
      this.conflict = problem.status === 412 && !this.isNew;
      this.problem = this.conflict ? null : problem;
      if (this.problem) this.placeFaults?.(problem);
    },
    /** To the first field at fault, to the choice in a conflict, or back to the button; nowhere if it was put right already. */
    focusFault() {
      if (!this.isRefused()) return;
      this.faulted?.();
      const find = (what) => this.element.querySelector(what);
      focusOn(() => (this.isRefused() ? find(this.conflict ? "[data-conflict]" : '[aria-invalid="true"]') ?? find('[type="submit"]') : document.activeElement));
    },
    isRefused() { return this.conflict || Boolean(this.problem) || Object.keys(this.missing).length > 0; },

    // Somebody else has saved meanwhile

    theirs() { return api.get(this.address); },
    async loadTheirs() {
      this.busy = true;
      try {
        this.take(await this.theirs());
        focusOn(() => this.element.querySelector("[autofocus]"));
      } catch (problem) {
        this.refused(problem);
      } finally {
        this.busy = false;
      }
    },
    /** Over theirs, this once: a draft that is refused is not saved unasked the next time. */
    async saveMine() {
      const { etag } = this;
      this.etag = null;
      await this.submit();
      this.etag ??= etag;
    },
  };
}
