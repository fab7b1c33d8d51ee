// One source on a page of its own: /sources/{id}.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { live } from "../kit/live.js";
import { note } from "../kit/notes.js";
import { lastLead, limitText, stateChip, stateText, timesText } from "./words.js";
import { loadKinds, PLAIN } from "./kinds.js";
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
    stored(source) { this.accept(source); },
    source: null,
    kinds: [],
    busy: false,

    async init() {
      this.start();
      this.kinds = await loadKinds().catch(() => []);
    },

    get isLive() { return Boolean(this.source) && !this.source.revoked_at; },
    get hasWays() { return this.isLive && this.source.kind === PLAIN; },
    get title() { return this.source?.name ?? "Source"; },
    get state() { return this.source ? stateText(this.source) : ""; },
    get chip() { return this.source ? stateChip(this.source) : ""; },
    get needsCompetence() { return this.source?.needs_competence ?? false; },
    get cannotToggle() { return this.busy || !this.isLive; },

    get kindName() { return this.kinds.find(({ kind }) => kind === this.source?.kind)?.name ?? "Any sender"; },
    get facts() {
      const { source } = this;
      if (!source) return [];
      const since = source.rotated_at ?? source.created_at;
      return [
        { name: "Leads today", text: count(source.leads_today) },
        { name: "Last lead", text: lastLead(source), title: exact(source.last_lead_at), absent: !source.last_lead_at },
        { name: "Sender", text: this.kindName },
        { name: "Limit", text: limitText(source), absent: !source.leads_per_minute },
        { name: "Times", text: timesText(source), absent: !source.timezone && !source.date_order },
        { name: "Key", text: `Number ${source.generation}, made ${relative(since)}`, title: exact(since) },
        ...(this.isLive && source.old_keys_until ? [{ name: "Old key", text: `Works until ${until(source.old_keys_until)}`, title: exact(source.old_keys_until) }] : []),
        { name: "Added", text: relative(source.created_at), title: exact(source.created_at) },
        ...(source.revoked_at ? [{ name: "Revoked", text: relative(source.revoked_at), title: exact(source.revoked_at) }] : []),
      ];
    },

    edit() { window.dispatchEvent(new CustomEvent("source:edit", { detail: this.source })); },
    rotate() { window.dispatchEvent(new CustomEvent("source:rotate", { detail: this.source })); },

    async toggleCompetence() {
      this.busy = true;
      try {
        this.source = await api.patch(path, { needs_competence: !this.needsCompetence }, { match: this.source.etag });
        note(this.needsCompetence ? `Leads from ${this.title} are refused while nobody has a weight for it.` : `Leads from ${this.title} are always taken in.`);
      } catch (problem) {
        note(problem.message);
        if (problem.status === 412) this.reload();
      } finally {
        this.busy = false;
      }
    },

    revoke() {
      const { etag: match } = this.source;
      ask({
        title: `Revoke ${this.title}?`, action: "Revoke",
        text: "Its leads are refused from this moment, for good. The leads it brought stay. If only the token is to change, make a new key instead.",
        run: () => api.delete(path, { match }),
        done: (source) => {
          this.source = source;
          note(`${this.title} is revoked.`);
        },
      });
    },
  });
}
