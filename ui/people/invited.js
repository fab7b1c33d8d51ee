// What is told of people who were invited: that an e-mail is on its way, or the links that are to be copied.

import { api } from "../kit/api.js";
import { as } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { plural } from "../kit/words.js";

const HOW_LONG = "It is good once, and for seven days.";

/** `people` as the API answers an invitation: with `url` where no e-mail is sent. */
export function tellInvited(people) {
  const copied = people.filter(({ url }) => url);
  const mailed = people.length - copied.length;
  if (mailed === 1 && people.length === 1) note(`An e-mail with a link is on its way to ${people[0].email}.`);
  else if (mailed) note(`${plural(mailed, "e-mail")} with a link ${mailed === 1 ? "is" : "are"} on the way.`);
  if (copied.length === 1) showOnce(`Link for ${copied[0].name}`, [{ label: "Link", text: copied[0].url }], `Send it to them: with it they choose a password. ${copied[0].link.kind === "reset" ? "It is good once, and for a day." : HOW_LONG}`);
  else if (copied.length) {
    const text = copied.map(({ name, email, url }) => `${name}\t${email}\t${url}`).join("\n");
    showOnce(`Links for ${plural(copied.length, "person", "people")}`, [{ label: "Links", text, isLong: true }], "Send each their own: with it they choose a password. It is good once, and for seven days.");
  }
}

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
  get about() { return `By it ${this.person?.invited ? "they choose a password" : "they set a new password; the present one works until then"}. A link that they have already is no longer good.`; },
  bodyOf({ by }) { return { by: this.canMail ? by : "link" }; },
  send(body) { return api.post(`/api/users/${this.person.id}/link`, body); },
  saved(person) {
    tellInvited([person]);
    window.dispatchEvent(new CustomEvent("person:saved"));
  },
});
