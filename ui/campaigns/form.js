// The dialogs of a campaign: making one, who works for it, and in which order.

import { callerChoice } from "../callers/choice.js";
import { api } from "../kit/api.js";
import { as, several, text } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { plural } from "../kit/words.js";
import { strategyOf } from "../routing/words.js";

const told = (campaign) => window.dispatchEvent(new CustomEvent("campaign:saved", { detail: campaign }));

/** A form whose draft has `callers`, which are chosen in the list of all. */
const withCallers = (own) => form({
  ...callerChoice(),
  path: "/api/campaigns",
  opened() { this.startChoice(); },
  get chosen() { return this.draft.callers; },
  set chosen(ids) { this.draft.callers = ids; },
  get callersError() { return this.errorAt("callers"); },
  ...own,
});

export const campaignForm = () => withCallers({
  opens: "campaign:new",
  title: "New campaign",
  action: "Make campaign",

  fields: { name: text("Enter a name."), strategy: as("random"), callers: several() },
  saved(campaign) {
    note(`${campaign.name} is made.`);
    told(campaign);
  },
});

export const campaignCallers = () => withCallers({
  opens: "campaign:callers",
  title: "Who works for this campaign",

  fields: { callers: several() },
  draftOf: (campaign) => ({ callers: campaign.callers.map(({ caller_id: id }) => id) }),
  send(body) { return api.put(`${this.address}/callers`, body, { match: this.etag }); },
  saved(campaign) {
    const { length } = campaign.callers;
    note(length ? `${plural(length, "caller")} ${length === 1 ? "works" : "work"} for ${campaign.name}.` : `Nobody works for ${campaign.name}; its leads go by the plan.`);
    told(campaign);
  },
});

export const campaignStrategy = () => form({
  path: "/api/campaigns",
  opens: "campaign:strategy",
  verb: "patch",
  title: "In which order",

  fields: { strategy: as("random") },
  saved(campaign) {
    note(`The leads of ${campaign.name} are assigned ${strategyOf(campaign.strategy).how} from now on.`);
    told(campaign);
  },
});
