// The sources: who hands leads in, and what came of each.

import { list } from "../kit/list.js";
import { lastLead, limitText, oldKeyText, stateChip, stateText } from "./words.js";
import { exact } from "../kit/time.js";
import { count } from "../kit/words.js";

export function sources() {
  return list({
    list: "sources",
    noun: "source",
    path: "/api/sources",
    refresh: ["source"],
    // How many came changes with leads; days begin and old keys end without an event.
    slowly: ["lead"],
    minutely: true,
    sorts: {
      name: ({ name }) => name, today: ({ leads_today: today }) => today, last: ({ last_lead_at: at }) => at,
      limit: ({ leads_per_minute: limit }) => limit, state: (source) => stateText(source),
    },
    words: ({ name }) => [name],

    get summary() {
      const revoked = this.all.filter((source) => source.revoked_at).length;
      return this.all.length ? `${count(this.all.length - revoked)} live${revoked ? `, ${count(revoked)} revoked` : ""}` : "";
    },

    count, exact, lastLead, limitText, oldKeyText, stateChip, stateText,
  });
}
