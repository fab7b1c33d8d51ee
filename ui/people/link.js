// Sending a person a link.

import { api } from "../kit/api.js";
import { as } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { tellInvited } from "../kit/invited.js";

/** The dialog that sends a person a link: the invitation again, or to set another password. */
export const linkForm = () => form({
  opens: "link:send",
  keeps: false,
  person: null,
  fields: { by: as("email") },

  open(person) {
    this.take(null);
    this.person = person;
    this.dialog.showModal();
  },
  get canMail() { return this.element.querySelector('[name="link-by"]') !== null; },
  get title() { return this.person?.invited ? `Invite ${this.person.name} again?` : `Send ${this.person?.name ?? ""} a link?`; },
  get action() { return this.canMail && this.draft.by === "email" ? "Send" : "Make the link"; },
  get about() { return `With it ${this.person?.invited ? "they choose a password" : "they set a new password; the present one works until then"}. A link that they have already is no longer good.`; },
  bodyOf({ by }) { return { by: this.canMail ? by : "link" }; },
  send(body) { return api.post(`/api/users/${this.person.id}/link`, body); },
  saved(person) {
    tellInvited([person]);
    window.dispatchEvent(new CustomEvent("person:saved"));
  },
});
