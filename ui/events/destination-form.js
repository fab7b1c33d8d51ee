// The dialog that adds or edits a destination.

import { api } from "../kit/api.js";
import { as, bodyOf, several, text } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { NOUNS } from "./kinds.js";

const KINDS = [...Object.keys(NOUNS).map((noun) => `${noun}.*`), "*"];

export const showSigningSecret = (name, secret) => showOnce(
  `Signing secret of ${name}`, [{ label: "Signing secret", text: secret }], "The receiver verifies messages with it, by any Standard Webhooks library.");

export const destinationForm = () => form({
  path: "/api/destinations",
  noun: "destination",
  verb: "patch",
  fields: {
    kind: as("webhook"),
    name: text("Enter a name, such as CRM or On-call."),
    address: text("Enter where it is sent to."),
    events: several("Choose at least one kind.", ["alert.*"]),
  },
  canMail: true,
  options: { events: KINDS },

  init() {
    this.start();
    window.addEventListener("destination:list", ({ detail }) => { this.canMail = detail.canMail; });
  },

  get isMail() { return this.draft.kind === "email"; },
  get addressLabel() { return this.isMail ? "E-mail address" : "URL"; },
  get addressHint() { return this.isMail ? "One address; make a destination for each person, or use a list." : "Each event is posted there as JSON, signed as Standard Webhooks are."; },
  get addressType() { return this.isMail ? "email" : "url"; },

  bodyOf(draft) {
    const { kind, ...body } = bodyOf(this.fields, draft);
    return this.isNew ? { ...body, kind } : body;
  },
  async theirs() { return (await api.get(this.path)).items.find(({ id }) => id === this.id); },
  saved(answer, isNew) {
    const { name } = isNew ? answer.destination : answer;
    if (answer.secret) showSigningSecret(name, answer.secret);
    window.dispatchEvent(new CustomEvent("destination:saved"));
    note(isNew ? `${name} gets what happens from now on.` : `${name} is saved.`);
  },
});
