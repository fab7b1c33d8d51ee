// What comes first in the dates of a column: found from all of them, or asked. Lives inside the step of columns, which has
// `dates`, what was found of the column that is mapped to the date, and `dateOrder`, what was chosen.

import { day } from "../kit/time.js";
import { count, plural } from "../kit/words.js";

const NAMES = { day_first: "Day first", month_first: "Month first", year_first: "Year first" };
const FOUND = { day_first: "The day comes first", month_first: "The month comes first", year_first: "The year comes first" };

export function importDates() {
  return {
    get order() { return this.dateOrder ?? this.dates?.order; },
    get isAsked() { return Boolean(this.dates) && !this.dates.is_certain; },
    /** That no order fits all of them. */
    get isMixed() { return this.isAsked && this.dates.choices.every((order) => this.misfit(order)); },
    misfit(order) { return this.dates.misfits.find((one) => one.order === order); },

    get title() {
      if (!this.dates) return "Dates";
      return this.isAsked ? `What comes first in ${this.dateColumn}?` : `${FOUND[this.dates.order]} in ${this.dateColumn}`;
    },
    get why() {
      if (!this.dates) return "";
      if (this.isMixed) {
        const [one, other] = this.dates.choices.map((order) => this.misfit(order));
        return `The rows do not agree: row ${count(other.row)} has ${other.text}, row ${count(one.row)} has ${one.text}. Leads whose date does not fit what you choose are imported without a date, and marked.`;
      }
      if (this.isAsked) return `Its ${plural(this.dates.values, "date")} can be read either way. Choose one: all of them are read so.`;
      const against = this.dates.misfits.find((one) => one.order !== "year_first") ?? this.dates.misfits[0];
      return against ? `Row ${count(against.row)} has ${against.text}, which can only be read this way. So all dates of the column are.` : "Each of its dates means the same either way.";
    },
    get choices() {
      if (!this.isAsked) return [];
      return this.dates.choices.map((order) => ({ order, name: NAMES[order], isOn: order === this.order, example: this.exampleOf(order) }));
    },
    exampleOf(order) {
      const found = this.dates.examples.find((one) => one[order]);
      return found ? `${found.text} is ${day(found[order])}` : "";
    },
    chooseOrder({ order }) { this.dateOrder = order; },
  };
}
