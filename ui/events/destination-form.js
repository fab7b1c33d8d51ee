// The dialog that adds or edits a destination.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";

const FIELDS = ["name", "kind", "address", "events"];
const KINDS = [
  "alert.*", "alert.raised", "alert.cleared", "lead.*", "lead.assigned", "lead.queued", "lead.reassigned", "lead.claimed", "lead.expired", "lead.closed", "lead.reopened",
  "contact.*", "caller.*", "rule.*", "*",
];

const blank = () => ({ name: "", kind: "webhook", address: "", events: ["alert.*"] });

export const showSigningSecret = (name, secret) => showOnce(
  `Signing secret of ${name}`, [{ label: "Signing secret", text: secret }], "The receiver verifies messages with it, by any Standard Webhooks library.");

export function destinationForm() {
  let before = "";
  return {
    id: null,
    canMail: true,
    draft: blank(),
    options: { events: KINDS },
    problem: null,
    missing: {},
    leaving: false,
    busy: false,

    init() {
      window.addEventListener("destination:edit", ({ detail }) => this.open(detail));
      window.addEventListener("destination:list", ({ detail }) => { this.canMail = detail.canMail; });
      this.$refs.dialog.addEventListener("cancel", (event) => {
        if (!this.changed()) return;
        event.preventDefault();
        this.leaving = true;
      });
    },

    open(item) {
      this.id = item?.id ?? null;
      this.draft = item ? { name: item.name, kind: item.kind, address: item.address, events: [...item.events] } : blank();
      before = JSON.stringify(this.draft);
      this.problem = null;
      this.missing = {};
      this.leaving = false;
      this.$refs.dialog.showModal();
      this.$refs.name.focus();
    },

    changed() { return JSON.stringify(this.draft) !== before; },
    close() { this.$refs.dialog.close(); },
    leave() {
      if (this.changed()) this.leaving = true;
      else this.close();
    },
    stay() { this.leaving = false; },
    closeOutside(event) { if (event.target === this.$refs.dialog && !this.changed()) this.close(); },

    get title() { return this.id ? "Edit destination" : "Add a destination"; },
    get saveText() { return this.busy ? "Saving…" : this.id ? "Save" : "Add destination"; },
    get isMail() { return this.draft.kind === "email"; },
    get addressLabel() { return this.isMail ? "E-mail address" : "URL"; },
    get addressHint() { return this.isMail ? "One address; make a destination for each person, or use a list." : "Each event is posted there as JSON, signed as Standard Webhooks are."; },
    get addressType() { return this.isMail ? "email" : "url"; },
    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },

    check() {
      const { draft } = this;
      this.missing = {
        ...(draft.name.trim() ? {} : { name: "Enter a name, such as CRM or On-call." }),
        ...(draft.address.trim() ? {} : { address: this.isMail ? "Enter an e-mail address." : "Enter a URL that begins with https://." }),
        ...(draft.events.length ? {} : { events: "Choose at least one kind." }),
      };
      return !Object.keys(this.missing).length;
    },

    async submit() {
      this.problem = null;
      this.leaving = false;
      if (this.check()) {
        this.busy = true;
        try {
          await this.save();
        } catch (problem) {
          this.problem = problem;
        } finally {
          this.busy = false;
        }
      }
      focusOn(() => this.$refs.dialog.querySelector('[aria-invalid="true"]'));
    },

    async save() {
      const { draft, id } = this;
      const body = { name: draft.name.trim(), address: draft.address.trim(), events: [...draft.events] };
      if (id) {
        await api.patch(`/api/destinations/${id}`, body);
        this.close();
      } else {
        const { destination, secret } = await api.post("/api/destinations", { ...body, kind: draft.kind });
        this.close();
        if (secret) showSigningSecret(destination.name, secret);
      }
      window.dispatchEvent(new CustomEvent("destination:saved"));
      note(id ? `${body.name} is saved.` : `${body.name} gets what happens from now on.`);
    },
  };
}
