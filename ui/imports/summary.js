// The end of an import: what came of it, and who got what.

import { api } from "../kit/api.js";
import { live } from "../kit/live.js";
import { readNotices } from "./notices.js";
import { roughly } from "./words.js";
import { count, initials, plural, standingText, tone } from "../kit/words.js";

const FEW = 25;

export function importSummary() {
  return live({
    fills: "summary",
    summary: null,
    outcome: null,
    note: null,
    allCallers: false,

    request() { return api.get(`${this.path}/summary`); },
    receive(summary) {
      this.summary = summary;
      this.outcome = summary.error_count ? "refused" : summary.inserted_count ? "imported" : null;
    },

    get headline() {
      if (!this.summary) return "";
      if (this.hasFailed) return "The import failed";
      const imported = plural(this.summary.inserted_count, "lead");
      return this.current.status === "cancelled" ? `Cancelled after ${imported}` : `${imported} imported`;
    },
    get explained() {
      const { current, summary } = this;
      if (!summary) return "";
      const parts = [];
      if (current.problem) parts.push(current.problem);
      if (current.status === "cancelled") parts.push("What was imported before stays, and the other rows were left alone.");
      const took = (Date.parse(current.ended_at) - Date.parse(current.started_at)) / 1000;
      if (current.status === "done" && took > 0) parts.push(`It took ${roughly(took)}${took > 1 ? `, ${count(Math.round(summary.inserted_count / took))} leads a second` : ""}.`);
      return parts.join(" ");
    },
    get figures() {
      const { summary, current } = this;
      if (!summary) return [];
      const { queued } = summary.distribution_summary;
      const tests = summary.inserted_count - current.assigned - queued;
      const elsewhere = [queued && `${count(queued)} of them in the queue`, tests && plural(tests, "test")].filter(Boolean);
      return [
        { key: "imported", outcome: "imported", name: "Imported", text: count(summary.inserted_count), look: summary.inserted_count ? "good" : "", cannotOpen: !summary.inserted_count, about: elsewhere.join(", ") || "all assigned" },
        { key: "skipped", outcome: "duplicate", name: "Skipped as duplicates", text: count(summary.skipped_count), look: summary.skipped_count ? "warn" : "", cannotOpen: !summary.skipped_count, about: "in the file twice, or stored" },
        { key: "refused", outcome: "refused", name: "Refused", text: count(summary.error_count), look: summary.error_count ? "bad" : "", cannotOpen: !summary.error_count, about: "could not be a lead" },
        ...(summary.left_out_count ? [{ key: "left_out", outcome: "left_out", name: "Left out", text: count(summary.left_out_count), look: "warn", cannotOpen: false, about: "as the check has said" }] : []),
        ...(current.campaign ? [{ key: "added", outcome: null, name: "Callers added", text: count(summary.assignees_added), look: "", cannotOpen: true, about: `to ${current.campaign.name}` }] : []),
      ];
    },
    get notices() { return readNotices(this.summary ?? {}); },
    isTold({ kind }) { return this.note === kind; },
    showTold({ kind }) { this.reveal({ note: kind }); },
    isOpen(figure) { return !figure.cannotOpen && !this.note && this.outcome === figure.outcome; },
    show(figure) { if (!figure.cannotOpen) this.reveal({ outcome: figure.outcome, note: null }); },
    reveal(which) {
      Object.assign(this, which);
      setTimeout(() => document.getElementById("rows-title").scrollIntoView({ behavior: "smooth", block: "start" }), 0);
    },
    get rowsTitle() {
      return { imported: "Each lead and its caller", duplicate: "Skipped as duplicates", refused: "Refused rows", left_out: "Rows that were left out" }[this.note ? "" : this.outcome] ?? this.notices.find(({ kind }) => kind === this.note)?.title ?? "";
    },
    get anyRefused() { return (this.summary?.error_count ?? 0) > 0; },
    get refusedHref() { return `${this.path}/refused.csv`; },

    // Who got what

    get most() { return Math.max(1, ...(this.summary?.callers ?? []).map(({ leads }) => leads)); },
    get callers() {
      const callers = this.summary?.callers ?? [];
      return this.allCallers ? callers : callers.slice(0, FEW);
    },
    get hiddenCallers() { return (this.summary?.callers.length ?? 0) - this.callers.length; },
    get allCallersText() { return `Show all ${plural(this.summary?.callers.length ?? 0, "caller")}`; },
    showAllCallers() { this.allCallers = true; },
    get anyCallers() { return (this.summary?.callers.length ?? 0) > 0; },
    get fairText() {
      const callers = this.summary?.callers.length;
      if (!callers) return "";
      const { most, fewest, queued } = this.summary.distribution_summary;
      const shared = callers === 1 ? `One caller got ${plural(most, "lead")}.` : most === fewest ? `${plural(callers, "caller")} got ${plural(most, "lead")} each.` : `${plural(callers, "caller")} got between ${count(fewest)} and ${plural(most, "lead")}.`;
      return `${shared}${queued ? ` ${plural(queued, "lead")} ${queued === 1 ? "waits" : "wait"} in the queue.` : ""}`;
    },
    width({ leads }) { return { width: `${(leads / this.most) * 100}%` }; },
    get excluded() { return this.summary?.excluded ?? []; },
    initials, number: count, standingText, tone,
    get campaignHref() { return this.current.campaign ? `/campaigns/${this.current.campaign.id}` : null; },
    get leadsHref() { return this.current.campaign ? `/leads?campaign=${this.current.campaign.id}` : "/leads"; },
  });
}
