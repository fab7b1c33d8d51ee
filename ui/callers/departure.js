// The dialog that asks where the open leads go when a caller is archived, paused, disabled or away. "caller:leaves" opens it with
// { callerId, name, why, act }: act(handOver) does it, and resolves to the server's answer.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { count, load, plural } from "../kit/words.js";

// What the settings of the workspace can choose for open leads.
const SETTINGS = { archive: "leads_of_gone", disable: "leads_of_gone", pause: "leads_of_away", paused: "leads_of_away", away: "leads_of_away" };
const WORDS = {
  archive: { title: (name) => `Archive ${name}?`, text: "No new leads from now on, for good. The history is kept.", action: "Archive", done: "is archived" },
  pause: { title: (name) => `Pause ${name}?`, text: "No new leads until you resume.", action: "Pause", done: "is paused and gets no new leads" },
  disable: {
    title: (name) => `Disable ${name}?`, action: "Disable", done: "is disabled",
    text: "They are signed out everywhere at once, their personal tokens end for good, and they cannot sign in until enabled again. Their caller gets no new leads.",
  },
  paused: { title: (name) => `${name} is paused now`, text: "Choose where the open leads go.", action: "Continue", done: "is paused" },
  away: { title: (name) => `${name} is away now`, text: "Choose where the open leads go.", action: "Continue", done: "is away" },
  "hand-over": { title: (name) => `Hand over ${name}'s open leads`, text: "", action: "Hand over", done: "" },
};

/** Leads that were handed over stay where they went. */
async function restore(id, name) {
  try {
    await api.post(`/api/callers/${id}/restore`);
    note(`${name} is here again.`);
    window.dispatchEvent(new CustomEvent("fairlead:callers"));
  } catch (problem) {
    note(problem.message);
  }
}

export const departure = () => form({
  keeps: false,
  asked: null,
  callerName: "",
  person: "",
  openLeads: 0,

  init() {
    this.start();
    window.addEventListener("caller:leaves", ({ detail }) => this.begin(detail));
  },

  async begin(asked) {
    const [caller, workspace] = await Promise.all([api.get(`/api/callers/${asked.callerId}`), api.get("/api/workspace")]).catch(() => []);
    const person = asked.why === "archive" && caller?.person && !caller.person.disabled ? caller.person.name : "";
    Object.assign(this, { asked, person, openLeads: caller?.open_leads ?? 0, callerName: asked.why === "disable" ? `the caller ${caller?.name ?? ""}` : asked.name });
    this.open();
    this.draft.mode = workspace?.[SETTINGS[asked.why]] ?? (asked.why === "hand-over" ? "route" : "keep");
    focusOn(() => this.element.querySelector(this.openLeads ? "input:checked" : '[type="submit"]'));
  },

  get words() { return this.asked ? WORDS[this.asked.why] : WORDS.pause; },
  get title() { return this.asked ? this.words.title(this.asked.name) : ""; },
  get text() { return [this.words.text, this.person && `${this.person} signs in as this caller, and still can: to the leads that stay, and to what their role permits. If they have left, disable them on the page People.`].filter(Boolean).join(" "); },
  get action() { return this.words.action; },
  get isFinal() { return ["archive", "disable"].includes(this.asked?.why); },
  get mayKeep() { return this.asked?.why !== "hand-over"; },
  get openText() { return this.openLeads >= 1000 ? `${count(this.openLeads)} or more open leads` : plural(this.openLeads, "open lead"); },
  get keepText() { return this.asked ? `Leave ${this.openLeads === 1 ? "it" : "them"} with ${this.callerName}` : "Leave them where they are"; },
  get choices() {
    return this.$store.overview.callers
      .filter(({ id, status }) => id !== this.asked?.callerId && status === "active")
      .map((caller) => ({ id: caller.id, label: `${caller.name} · ${load(caller).text}` }));
  },
  get toError() { return this.errorAt("to") ?? this.errorAt("hand_over"); },

  blank: () => ({ mode: "keep", to: "" }),
  check(draft) { return { to: this.openLeads && draft.mode === "caller" && !draft.to && "Choose who gets them." }; },
  bodyOf({ mode, to }) { return mode !== "caller" ? mode : this.openLeads ? to : "keep"; },
  send(to) { return this.asked.act(to); },
  saved(answer) {
    const { callerId, name, why } = this.asked;
    note(this.told(answer?.handed_over ?? answer), why === "archive" ? { label: "Undo", act: () => restore(callerId, name) } : null);
    window.dispatchEvent(new CustomEvent("fairlead:callers"));
  },

  /** What happened: "Asha is archived. 12 open leads are with Bina now." */
  told(moved) {
    const { name } = this.asked;
    const done = this.words.done ? `${name} ${this.words.done}.` : "";
    if (!moved?.moved) return done || `${name} had no open leads.`;
    const given = this.$store.overview.callers.find(({ id }) => id === this.draft.to);
    const where = this.draft.mode === "caller" && given ? `went to ${given.name}` : "were assigned again";
    return `${done} ${plural(moved.moved, "open lead")} ${moved.moved === 1 ? where.replace("were", "was") : where}${moved.following ? `; ${count(moved.following)} more follow` : ""}.`.trim();
  },
});
