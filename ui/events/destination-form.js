// The dialog that adds or edits a destination.

import { api } from "../kit/api.js";
import { as, bodyOf, maybe, several, text } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { NOUNS } from "./kinds.js";

const KINDS = [...Object.keys(NOUNS).map((noun) => `${noun}.*`), "*"];

// How each is addressed: a webhook as JSON, an e-mail, or a chat in a text.
const ADDRESS = {
  webhook: ["URL", "Each event is posted there as JSON, signed as Standard Webhooks are."],
  email: ["E-mail address", "One address; make a destination for each person, or use a list."],
  slack: ["Webhook URL", "In Slack: your app, Incoming Webhooks, Add New Webhook. It begins with https://hooks.slack.com/."],
  teams: ["Webhook URL", "In Teams: the channel, Workflows, \u201cPost to a channel when a webhook request is received\u201d."],
  google_chat: ["Webhook URL", "In Google Chat: the space, Apps and integrations, Webhooks. It begins with https://chat.googleapis.com/."],
  telegram: ["URL of sendMessage", "https://api.telegram.org/bot<token>/sendMessage?chat_id=<chat>: the token is from @BotFather, the bot must be in the chat."],
};
const PLACEHOLDER = /\{([^{}\n]*)\}/g;

/** The text of a template, as gateway/events/texts.py fills it: a line goes when it has placeholders and none has a value. */
const filled = (template, values) => template.split("\n").filter((line) => {
  const names = [...line.matchAll(PLACEHOLDER)].map(([, name]) => name);
  return !names.length || names.some((name) => !(name in values) || values[name]);
}).map((line) => line.replace(PLACEHOLDER, (whole, name) => values[name] ?? whole).trimEnd()).join("\n").trim();

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
    template: maybe,
  },
  canMail: true,
  usual: "",
  placeholders: {},
  options: { events: KINDS },

  init() {
    this.start();
    window.addEventListener("destination:list", ({ detail }) => {
      this.canMail = detail.canMail;
      this.usual = detail.template;
      this.placeholders = detail.placeholders;
    });
  },

  get isChat() { return !["webhook", "email"].includes(this.draft.kind); },
  get addressLabel() { return ADDRESS[this.draft.kind][0]; },
  get addressHint() { return ADDRESS[this.draft.kind][1]; },
  get addressType() { return this.draft.kind === "email" ? "email" : "url"; },
  get templateHint() { return `Left empty, it is as shown. It may hold ${Object.keys(this.placeholders).map((name) => `{${name}}`).join(" ")}.`; },
  get sample() { return filled(this.draft.template.trim() || this.usual, this.placeholders); },

  bodyOf(draft) {
    const { kind, ...body } = bodyOf(this.fields, draft);
    if (!this.isChat) delete body.template;
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
