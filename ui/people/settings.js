// The workspace's settings.

import { api } from "../kit/api.js";
import { draftOf, several, text } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";

export const settings = () => form({
  path: "/api/workspace",
  single: true,
  verb: "patch",
  fields: { name: text(), timezone: text(), placeholders: several() },
  options: { placeholders: [] },
  workspace: null,
  setting: "",
  timezones: typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [],

  draftOf(workspace) {
    this.workspace = workspace;
    return draftOf(this.fields, workspace);
  },
  /** Every time and the name at the top are the page's own: it is made anew, unless something was typed meanwhile. */
  saved() { if (!this.isChanged) location.reload(); },

  // What is set by itself

  get drains() { return this.workspace?.drains_queue ?? false; },
  toggleDrain() {
    return this.set("drains_queue", !this.drains, ({ drains_queue: drains }) => (
      drains ? "Waiting leads are assigned by themselves." : "Waiting leads stay in the queue until a manager assigns them."));
  },
  get holdsUnreachable() { return this.workspace?.holds_unreachable ?? true; },
  toggleUnreachable() {
    return this.set("holds_unreachable", !this.holdsUnreachable, ({ holds_unreachable: holds }) => (
      holds ? "New leads that cannot be reached wait on hold." : "New leads are assigned even if they cannot be reached."));
  },
  mayManagers(right) { return this.workspace?.managers_may.includes(right) ?? false; },
  toggleMay(right) {
    const may = this.workspace.managers_may;
    const now = may.includes(right) ? may.filter((other) => other !== right) : [...may, right];
    return this.set("managers_may", now, () => (now.includes(right) ? "Managers may do it from now on." : "Only admins may do it from now on."));
  },
  /** What becomes of the open leads of callers who leave, unless the person who does it chooses otherwise. */
  setLeft(field, value) {
    return this.set(field, value, () => (value === "route" ? "Open leads are assigned again by the rules." : "Open leads stay with the caller."));
  },
  /** The version that is shown may be newer than the one that a draft began with, which keeps its own. */
  async set(field, value, said) {
    const { etag } = this.workspace;
    this.setting = field;
    try {
      this.workspace = await api.patch(this.path, { [field]: value }, { match: etag });
      if (this.etag === etag) this.etag = this.workspace.etag;
      note(said(this.workspace));
    } catch (problem) {
      note(problem.message);
      if (problem.status === 412 && this.isChanged) this.workspace = await this.theirs().catch(() => this.workspace);
      else if (problem.status === 412) await this.loadTheirs();
    } finally {
      this.setting = "";
    }
  },
});
