// One source on a page of its own: /sources/{id}.

import { api } from "../kit/api.js";
import { live } from "../kit/live.js";
import { note } from "../kit/notes.js";
import { showKey } from "./key.js";
import { lastLead, limitText, stateChip, stateText } from "./words.js";
import { exact, relative, until } from "../kit/time.js";
import { count } from "../kit/words.js";


export function source() {
  const path = `/api${location.pathname}`;
  return live({
    path,
    fills: "source",
    refresh: ["source"],
    // Days begin and old keys end without an event.
    slowly: ["lead"],
    minutely: true,
    signals: ["source:saved"],
    source: null,
    overlap: "24",
    actionProblem: null,
    busy: false,

    get isLive() { return Boolean(this.source) && !this.source.revoked_at; },
    get title() { return this.source?.name ?? "Source"; },
    get state() { return this.source ? stateText(this.source) : ""; },
    get chip() { return this.source ? stateChip(this.source) : ""; },
    get revokeTitle() { return this.source ? `Revoke ${this.source.name}?` : ""; },
    get needsCompetence() { return this.source?.needs_competence ?? false; },
    get cannotToggle() { return this.busy || !this.isLive; },

    get facts() {
      const { source } = this;
      if (!source) return [];
      const since = source.rotated_at ?? source.created_at;
      return [
        { name: "Leads today", text: count(source.leads_today) },
        { name: "Last lead", text: lastLead(source), title: exact(source.last_lead_at), absent: !source.last_lead_at },
        { name: "Limit", text: limitText(source), absent: !source.leads_per_minute },
        { name: "Key", text: `Number ${source.generation}, made ${relative(since)}`, title: exact(since) },
        ...(this.isLive && source.old_keys_until ? [{ name: "Old key", text: `Works until ${until(source.old_keys_until)}`, title: exact(source.old_keys_until) }] : []),
        { name: "Added", text: relative(source.created_at), title: exact(source.created_at) },
        ...(source.revoked_at ? [{ name: "Revoked", text: relative(source.revoked_at), title: exact(source.revoked_at) }] : []),
      ];
    },

    edit() { window.dispatchEvent(new CustomEvent("source:edit", { detail: this.source })); },

    async toggleCompetence() {
      await this.act(async () => {
        this.source = await api.patch(path, { needs_competence: !this.needsCompetence });
        note(this.needsCompetence ? `Leads from ${this.title} are refused while nobody has a weight for it.` : `Leads from ${this.title} are always taken in.`);
      });
      if (this.actionProblem) note(this.actionProblem);
    },

    askRotate() { this.ask(this.$refs.rotate); },
    async rotate() {
      await this.act(async () => {
        const key = await api.post(`${path}/rotate`, { overlap_hours: Number(this.overlap) });
        this.source = key.source;
        this.$refs.rotate.close();
        showKey(key);
      });
    },

    askRevoke() { this.ask(this.$refs.revoke); },
    async revoke() {
      await this.act(async () => {
        this.source = await api.delete(path);
        this.$refs.revoke.close();
        note(`${this.title} is revoked.`);
      });
    },

    ask(dialog) {
      this.actionProblem = null;
      dialog.showModal();
    },
    keep() { for (const dialog of [this.$refs.rotate, this.$refs.revoke]) dialog.close(); },

    async act(action) {
      this.busy = true;
      this.actionProblem = null;
      try {
        await action();
      } catch (problem) {
        this.actionProblem = problem.message;
      } finally {
        this.busy = false;
      }
    },
  });
}
