// The contact behind a lead: what it is known by, its other leads, and undoing a merge. Lives inside the lead's panel.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { leadLink } from "./row.js";
import { note } from "../kit/notes.js";
import { exact, relative } from "../kit/time.js";
import { isCaller } from "../kit/who.js";
import { leadStatus, phone, plural } from "../kit/words.js";

const SHORT_LIST = 5;
// As many leads of a contact as the server tells.
const MOST_LEADS = 100;
const KEYS = { external_id: "External id", phone: "Phone", email: "Email" };

export function contact() {
  return {
    merging: false,
    unmerging: false,
    allLeads: false,

    get known() {
      return this.lead.contact.known_by.map(({ kind, value }) => ({ label: KEYS[kind], value: kind === "phone" ? phone(value) : value }));
    },

    /** Leads by the contact they came in as: first the one that counts now, then those merged into it. */
    get groups() {
      const { contact: { id: root, is_merged: isMerged, leads }, id } = this.lead;
      const own = leads.some((lead) => lead.id === id);
      const ids = new Set([root, ...leads.map((lead) => lead.contact_id)]);
      const groups = [...ids].map((contactId) => this.group(contactId, contactId === root, leads.filter((lead) => lead.contact_id === contactId)));
      if (isMerged && !own) groups.push(this.group("own", false, [this.lead]));
      return groups.filter((group) => group.merged || group.shown.length);
    },

    group(id, isRoot, leads) {
      const others = leads.filter((lead) => lead.id !== this.lead.id);
      const shown = this.allLeads ? others : others.slice(0, SHORT_LIST);
      return {
        id,
        leadId: leads[0]?.id,
        merged: isRoot ? "" : mergedText(others.length, others.length < leads.length),
        shown: shown.map(row),
        more: others.length - shown.length,
      };
    },

    get isAlone() { return this.lead.contact.leads.every(({ id }) => id === this.lead.id); },
    get countText() {
      const number = this.lead.contact.leads.length;
      return number < MOST_LEADS ? plural(number, "lead") : `The newest ${MOST_LEADS} leads`;
    },

    showAll(group) {
      const last = group.shown.at(-1).id;
      this.allLeads = true;
      // The button is gone: the focus goes to the first lead that it brought.
      focusOn(() => this.$root.querySelector(`li:has([data-lead="${last}"]) + li a`));
    },

    startMerge() {
      this.merging = !this.merging;
      if (this.merging) focusOn(() => this.$root.querySelector("form input"));
    },

    merged(lead) {
      if (lead.id === this.id) this.lead = lead;
      this.stopMerge();
    },

    stopMerge() {
      this.merging = false;
      focusOn(() => this.$refs.mergeButton);
    },

    async unmerge(group) {
      // Looked up while the button that was pressed is there: it goes with what was merged.
      const { mergeButton } = this.$refs;
      this.unmerging = true;
      try {
        await api.post(`/api/leads/${group.leadId}/unmerge`);
        note("Unmerged: from now on they are two contacts again.");
      } catch (problem) {
        note(problem.message);
      }
      await this.load();
      this.unmerging = false;
      focusOn(() => mergeButton);
    },
  };
}

function mergedText(others, withThis) {
  if (!withThis) return `${plural(others, "lead was", "leads were")} merged into this contact`;
  return others ? `This lead and ${plural(others, "other")} were merged into this contact` : "This lead was merged into this contact";
}

function row(lead) {
  return {
    id: lead.id,
    href: leadLink(lead.id),
    name: lead.name || "No name",
    status: leadStatus(lead),
    isDuplicate: Boolean(lead.duplicate_of),
    about: [relative(lead.created_at), lead.lead_source, !isCaller && (lead.caller?.name ?? "Nobody yet")].filter(Boolean).join(" · "),
    received: exact(lead.created_at),
  };
}
