// One lead in a side panel, with an address of its own: /leads/{id}.

import { api } from "../kit/api.js";
import { OWN_LEADS, onEvents, onRejoin } from "../kit/feed.js";
import { focusOn } from "../kit/focus.js";
import { GIVEN, detailsOf, readable } from "./details.js";
import { LATE_MS, LEADS, leadLink } from "./row.js";
import { note } from "../kit/notes.js";
import { outcomeChip, outcomeText, stepsOf } from "../routing/steps.js";
import { clock, exact, left, now, relative } from "../kit/time.js";
import { isCaller } from "../kit/who.js";
import { initials, isUnclaimed, leadStatus, phone, tone } from "../kit/words.js";

const idInAddress = () => /^\/leads\/([^/]+)$/.exec(location.pathname)?.[1] ?? null;

export function leadPanel() {
  let home = LEADS;
  // How many leads were opened since the page they were opened from, and whether one is going back there.
  let depth = 0;
  let leaving = false;
  // An answer counts only if nothing was done, and nothing newer was shown, since it was asked for.
  let asked = 0;
  let shown = 0;
  return {
    id: null,
    lead: null,
    problem: null,
    reassigning: false,
    allCandidates: false,
    busy: "",
    moment: now(),

    init() {
      setInterval(() => { if (this.toBeClaimed) this.moment = now(); }, 1_000);
      document.addEventListener("click", (event) => {
        const link = event.target.closest("a[data-lead]");
        if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        if (!this.$refs.panel.open) home = location.pathname + location.search;
        history.pushState({ lead: ++depth }, "", link.getAttribute("href"));
        this.open(link.dataset.lead, "assign" in link.dataset);
      });
      window.addEventListener("popstate", () => {
        depth = history.state?.lead ?? 0;
        if (leaving) this.leaveAddress();
        else if (idInAddress()) this.open(idInAddress());
        else this.$refs.panel.close();
      });
      this.$refs.panel.addEventListener("close", () => this.left());
      onEvents((events) => { if (this.id && events.some((event) => this.concerns(event))) this.load(); });
      onRejoin(() => { if (this.id) this.load(); });
      window.addEventListener("lead:changed", () => { if (this.id) this.load(); });
      window.addEventListener("fairlead:retry", () => { if (this.id && this.problem) this.load(); });
      window.addEventListener("lead:saved", ({ detail }) => { if (detail.id === this.id) this.edited(detail); });
      if (idInAddress()) {
        home = LEADS + location.search;
        this.open(idInAddress());
      }
    },

    async open(id, reassign = false) {
      if (this.id !== id) this.lead = null;
      shown = ++asked;
      this.id = id;
      this.problem = null;
      this.reassigning = reassign;
      this.allCandidates = false;
      const isNext = this.$refs.panel.open;
      if (!isNext) this.$refs.panel.showModal();
      this.$refs.body.scrollTop = 0;
      await this.load();
      // The link that led here is gone: the focus goes to where the lead begins.
      if (isNext && id === this.id) focusOn(() => this.$refs.title);
    },

    async load() {
      const turn = ++asked;
      try {
        const lead = await api.get(`/api/leads/${encodeURIComponent(this.id)}`);
        if (turn < shown) return;
        shown = turn;
        this.lead = lead;
        this.problem = null;
      } catch (problem) {
        if (turn < shown) return;
        shown = turn;
        this.problem = problem;
        // Whose lead it no longer is does not see it either.
        if (problem.status === 404) this.lead = null;
      }
    },

    /** An event is about the lead, or about its contact. Callers are told only that one of theirs has changed. */
    concerns({ kind, lead, data }) {
      if (kind === OWN_LEADS) return true;
      if (lead?.id === this.id) return true;
      if (!lead || !this.lead) return false;
      const { id, leads, known_by: keys } = this.lead.contact;
      const ids = new Set([id, ...leads.flatMap((each) => [each.id, each.contact_id])]);
      return [lead.id, data?.contact_id, data?.into_id].some((each) => ids.has(each)) || keys.some(({ kind, value }) => lead[kind] === value);
    },

    /** A form in it may keep it open, as long as its draft is not saved. */
    close() { this.$refs.panel.requestClose(); },
    closeOutside(event) { if (event.target === this.$refs.panel) this.close(); },

    /** The panel was closed, by whatever means: the address and the focus go back to where they were. */
    left() {
      const { id } = this;
      this.id = null;
      shown = ++asked;
      leaving = Boolean(idInAddress());
      if (leaving && depth) history.go(-depth);
      else if (leaving) this.leaveAddress();
      requestAnimationFrame(() => {
        if (document.activeElement && document.activeElement !== document.body) return;
        (document.querySelector(`[data-row="${CSS.escape(id ?? "")}"] a`) ?? document.querySelector("main")).focus();
      });
    },

    /** Where the first lead was opened; a lead that was opened by its address has the list behind it. */
    leaveAddress() {
      leaving = false;
      depth = 0;
      if (idInAddress()) history.replaceState(null, "", home);
    },

    edit() { window.dispatchEvent(new CustomEvent("lead:edit", { detail: this.lead })); },
    edited(lead) {
      shown = ++asked;
      this.lead = lead;
    },

    reassigned(lead) {
      shown = ++asked;
      this.lead = lead;
      this.reassigning = false;
      // At once: Escape in what is hidden by and by would not reach the panel.
      this.$refs.reassignButton.focus();
    },

    // What people do with it

    async act(action) {
      const { id, lead } = this;
      this.busy = action;
      try {
        const done = await ACTIONS[action](lead);
        shown = ++asked;
        if (id === this.id) this.lead = done;
        note(told(action, done));
      } catch (problem) {
        note(problem.message);
        this.load();
      } finally {
        this.busy = "";
        // The button that was pressed may be gone: the focus goes to what can be done next.
        focusOn(() => {
          const buttons = [...this.$refs.panel.querySelectorAll(".lead-actions button")].filter((button) => button.offsetParent);
          return buttons.find((button) => button.dataset.action === action) ?? buttons[0];
        });
      }
    },

    get isClosed() { return this.lead?.assignment_status === "closed" && !this.lead.is_test; },
    get status() { return this.lead ? leadStatus(this.lead) : { name: "", look: "" }; },
    get toBeClaimed() { return Boolean(this.lead) && isUnclaimed(this.lead); },
    get claimIsLate() { return this.toBeClaimed && Date.parse(this.lead.claim_by) - this.moment < LATE_MS; },
    get claim() {
      // Asked anew with every moment that passes.
      const rest = this.moment && this.toBeClaimed ? left(this.lead.claim_by) : "";
      if (this.toBeClaimed) return `To be claimed by ${clock(this.lead.claim_by)}${rest && `, ${rest} left`}`;
      return this.lead?.claimed_at ? `Claimed ${relative(this.lead.claimed_at)}` : "";
    },

    // Words

    get title() { return this.lead ? this.lead.name || phone(this.lead.phone) || "No name" : "Lead"; },
    get phoneText() { return phone(this.lead?.phone); },
    get phoneLink() { return `tel:${this.lead?.phone ?? ""}`; },
    get otherPhones() { return (this.lead?.other_phones ?? []).map((number) => ({ link: `tel:${number}`, text: phone(number) })); },
    get noPhone() { return this.lead?.metadata?.phone_given ? `No phone number could be read in “${this.lead.metadata.phone_given}”.` : "It came without a phone number."; },
    get missingTitle() { return isCaller ? "This lead is not with you" : "There is no such lead"; },
    get missingText() { return isCaller ? "It may be somebody else's by now, or the address is mistyped." : "The address may be mistyped."; },
    get missing() { return this.problem?.status === 404 || this.problem?.status === 422; },
    get isQueued() { return this.lead?.assignment_status === "queued"; },
    get holderName() { return this.isQueued ? (this.lead.is_held ? "On hold in the queue" : "Waiting in the queue") : (this.lead.assigned_caller?.name ?? "Nobody"); },

    get details() { return detailsOf(this.lead); },

    get metadata() {
      return Object.entries(this.lead.metadata ?? {}).filter(([name]) => !GIVEN.includes(name)).map(([name, value]) => ({
        name, value: readable(value),
      }));
    },

    get steps() { return stepsOf(this.lead.explanation, this.lead.state, this.allCandidates); },

    outcomeChip, outcomeText, initials, leadLink, tone, relative, exact,
  };
}

const ACTIONS = {
  claim: (lead) => api.post(`/api/leads/${lead.id}/claim`, isCaller ? {} : { caller_id: lead.assigned_caller.id }),
  hold: (lead) => api.patch(`/api/leads/${lead.id}/hold`, { held: !lead.is_held }),
  close: (lead) => api.post(`/api/leads/${lead.id}/close`),
  reopen: (lead) => api.post(`/api/leads/${lead.id}/reopen`),
};

function told(action, lead) {
  if (isCaller) return { claim: "Claimed: it stays with you.", close: "Closed.", reopen: "Reopened." }[action];
  if (action === "claim") return `Claimed for ${lead.assigned_caller.name}.`;
  if (action === "hold") return lead.is_held ? "On hold: routing leaves it alone." : "Released: it is assigned as soon as somebody is free.";
  if (action === "close") return "Closed.";
  return lead.assigned_caller ? `Reopened, with ${lead.assigned_caller.name}.` : "Reopened, back in the queue.";
}
