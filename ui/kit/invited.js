// What is told of people who were invited: that an e-mail is on its way, or the links that are to be copied.

import { note } from "./notes.js";
import { showOnce } from "./secret.js";
import { plural } from "./words.js";

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
