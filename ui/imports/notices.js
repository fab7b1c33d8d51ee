// What the check has to tell of rows, by kind: how many, what becomes of them, where the first of them are.

import { count, plural } from "../kit/words.js";

/** Of a kind: what is said of one row and of several, and what becomes of them. */
const KINDS = {
  nothing_to_call: ["cannot be reached", "cannot be reached", "They have no phone and no e-mail that works. They are imported, and wait for a manager unless Settings say otherwise."],
  phone_not_understood: ["has a phone that is no number", "have a phone that is no number", "The phone stays empty; what was given is kept with the lead. If it reads like 9.81E+09, the spreadsheet has cut off digits: format the column as text and enter the numbers again."],
  email_not_understood: ["has an e-mail that is no address", "have an e-mail that is no address", "Nobody is recognised by it; what was given is kept with the lead."],
  timestamp_not_understood: ["has a date that could not be read", "have a date that could not be read", "The time stays empty; what was given is kept with the lead."],
  hidden: ["is hidden in the file", "are hidden in the file", "Somebody or a filter has hidden it in the spreadsheet."],
  do_not_call: ["says not to call", "say not to call", "A column of the file says so."],
  total: ["is a total", "are totals", "They add up the rows above, and are no people."],
  heading: ["is a title or repeats the headings", "are titles or repeat the headings", "They are left out."],
  merged: ["takes a value from a merged cell", "take a value from a merged cell", "A cell that is merged over several rows counts for each of them."],
  quote: ["has a quotation mark that is never closed", "have a quotation mark that is never closed", "The mark is left out. A row is refused if it is unclear where its cells end. Other rows are read as usual."],
  shifted: ["has more cells than the table", "have more cells than the table", "A separator within a cell has shifted the others. Such rows are refused: mend them, and upload them again."],
};
const CHOICES = ["hidden", "do_not_call", "total"];
const FEW = 5;

/** The notices of an import, ready to be shown. */
export function readNotices({ notices = [], accept = [] }) {
  return notices.filter(({ kind }) => KINDS[kind]).map(({ kind, rows, examples }) => {
    const [one, several, about] = KINDS[kind];
    const first = examples.slice(0, FEW);
    const more = rows - first.length;
    return {
      kind,
      rows,
      title: `${plural(rows, "row")} ${rows === 1 ? one : several}`,
      about,
      where: `${rows === 1 ? "Row" : "Rows"} ${first.map(count).join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`,
      isChoice: CHOICES.includes(kind),
      isAccepted: accept.includes(kind),
    };
  });
}

/** What of a lead was given and could not be read. */
export function notRead(lead) {
  const given = { phone_given: "Phone", email_given: "E-mail", timestamp_given: "Date", time_of_day_given: "Time" };
  return Object.entries(given).filter(([name]) => lead.metadata?.[name]).map(([name, label]) => `${label}: ${lead.metadata[name]}`).join(" · ");
}
