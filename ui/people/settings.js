// The workspace's settings.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";
import { opened } from "../kit/feed.js";

const FIELDS = ["name", "timezone"];

export function settings() {
  return {
    saved: null,
    draft: { name: "", timezone: "" },
    timezones: typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [],
    problem: null,
    loadProblem: null,
    busy: "",

    async init() {
      window.addEventListener("fairlead:retry", () => { if (this.loadProblem) this.load(); });
      await opened;
      await this.load();
    },

    async load() {
      try {
        const workspace = await api.get("/api/workspace");
        this.saved = workspace;
        this.draft = { name: workspace.name, timezone: workspace.timezone };
        this.loadProblem = null;
        this.problem = null;
      } catch (problem) {
        this.loadProblem = problem;
      }
    },

    get changed() { return Boolean(this.saved) && (this.draft.name !== this.saved.name || this.draft.timezone !== this.saved.timezone); },
    get drains() { return this.saved?.drains_queue ?? false; },
    errorAt(field) { return this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },
    get conflict() { return this.problem?.status === 412; },
    get loadError() { return this.loadProblem?.message ?? null; },

    async save() {
      this.busy = "workspace";
      try {
        const before = this.saved;
        this.saved = await api.patch("/api/workspace", { name: this.draft.name.trim(), timezone: this.draft.timezone.trim() }, { match: before.etag });
        this.draft = { name: this.saved.name, timezone: this.saved.timezone };
        this.problem = null;
        // Every time and the name at the top are the page's own: it is made anew.
        if (before.timezone !== this.saved.timezone || before.name !== this.saved.name) location.reload();
      } catch (problem) {
        this.problem = problem;
        focusOn(() => this.$refs.form.querySelector('[aria-invalid="true"]'));
      } finally {
        this.busy = "";
      }
    },

    /** What becomes of the open leads of callers who leave, unless the person who does it chooses otherwise. */
    async setLeft(field, value) {
      this.busy = field;
      try {
        this.saved = await api.patch("/api/workspace", { [field]: value });
        note(value === "route" ? "Open leads are assigned again by the rules." : "Open leads stay with the caller.");
      } catch (problem) {
        note(problem.message);
      } finally {
        this.busy = "";
      }
    },

    async toggleDrain() {
      this.busy = "drain";
      try {
        this.saved = await api.patch("/api/workspace", { drains_queue: !this.drains });
        note(this.drains ? "Waiting leads are assigned by themselves." : "Waiting leads stay in the queue until a manager assigns them.");
      } catch (problem) {
        note(problem.message);
      } finally {
        this.busy = "";
      }
    },
  };
}
