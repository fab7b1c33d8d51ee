// What a person is told when no page is in front, and where: each choice is saved as it is made.

import { api } from "../kit/api.js";
import { note } from "../kit/notes.js";

const PATH = "/api/account/notices";
const SUBSCRIPTIONS = "/api/push-subscriptions";
const WORKER = "/service-worker.js";

const can = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** The bytes of a text in base64url. */
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

async function subscriptionHere() {
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  return worker ? worker.pushManager.getSubscription() : null;
}

export const notices = () => ({
  choices: { kinds: [], by_email: false, can_mail: false, key: "" },
  /** The subscription of this browser that the gateway knows. */
  here: null,
  ready: false,
  busy: false,

  async init() {
    try {
      this.choices = await api.get(PATH);
      if (can()) this.here = await this.known(await subscriptionHere());
      this.ready = true;
    } catch (problem) {
      note(problem.message);
    }
  },
  async known(subscription) {
    if (!subscription) return null;
    const { items } = await api.get(SUBSCRIPTIONS);
    return items.find(({ endpoint }) => endpoint === subscription.endpoint) ?? null;
  },

  get canPush() { return can(); },
  get isHere() { return this.here !== null; },
  get isOff() { return !this.ready || this.busy; },
  get noMail() { return this.isOff || !this.choices.can_mail; },
  get hereHint() {
    if (!can()) return "This browser takes no messages. On an iPhone, put Fairlead on the home screen first.";
    return this.here?.failed_at ? "The last message did not arrive." : "";
  },
  get mailHint() { return this.choices.can_mail || !this.ready ? "At most one in five minutes." : "No mail server is set up."; },
  wants(kind) { return this.choices.kinds.includes(kind); },

  choose(kind, event) {
    const kinds = this.choices.kinds.filter((one) => one !== kind);
    return this.save({ kinds: event.target.checked ? [...kinds, kind] : kinds });
  },
  chooseMail(event) { return this.save({ by_email: event.target.checked }); },
  save(change) {
    return this.act(async () => {
      const { kinds, by_email: byMail } = { ...this.choices, ...change };
      this.choices = await api.put(PATH, { kinds, by_email: byMail });
      note("Your choice is saved.");
    });
  },

  chooseHere(event) { return this.act(event.target.checked ? this.subscribe : this.unsubscribe); },
  async subscribe() {
    if (await Notification.requestPermission() !== "granted") {
      throw new Error("This browser does not let Fairlead show messages. Allow them in its settings for this site.");
    }
    await navigator.serviceWorker.register(WORKER);
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription())?.unsubscribe(); // it may be with a key of before
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(this.choices.key) });
    const { endpoint, keys } = made.toJSON();
    this.here = await api.post(SUBSCRIPTIONS, { endpoint, keys });
    note("You are told in this browser.");
  },
  async unsubscribe() {
    await api.delete(`${SUBSCRIPTIONS}/${this.here.id}`);
    this.here = null;
    await (await subscriptionHere())?.unsubscribe();
    note("You are not told in this browser any more.");
  },

  async act(what) {
    this.busy = true;
    try {
      await what.call(this);
    } catch (problem) {
      note(problem.message);
    } finally {
      this.busy = false;
      // What is shown is what is so, also where a choice could not be saved.
      this.$refs.here.checked = this.isHere;
      this.$refs.mail.checked = this.choices.by_email;
      this.$root.querySelectorAll("[data-kind]").forEach((box) => { box.checked = this.wants(box.dataset.kind); });
    }
  },
});
