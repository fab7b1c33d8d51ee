// The dialog that asks where the open leads go when a caller is archived, paused, disabled or away. "caller:leaves" opens it with
// { callerId, name, why, act }: act(handOver) does it, and resolves to the server's answer.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
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
const FIELD = ["hand_over", "to"];

export function departure() {
  return {
    asked: null,
    callerName: "",
    open: 0,
    mode: "keep",
    to: "",
    missing: null,
    problem: null,
    busy: false,

    init() { window.addEventListener("caller:leaves", ({ detail }) => this.ask(detail)); },

    async ask(asked) {
      Object.assign(this, { asked, open: 0, mode: asked.why === "hand-over" ? "route" : "keep", to: "", missing: null, problem: null });
      const [caller, workspace] = await Promise.all([api.get(`/api/callers/${asked.callerId}`), api.get("/api/workspace")]).catch(() => []);
      this.callerName = asked.why === "disable" ? `the caller ${caller?.name ?? ""}` : asked.name;
      this.open = caller?.open_leads ?? 0;
      this.mode = workspace?.[SETTINGS[asked.why]] ?? this.mode;
      this.$refs.dialog.showModal();
      focusOn(() => (this.open ? this.$refs.dialog.querySelector("input:checked") : this.$refs.action));
    },

    get words() { return this.asked ? WORDS[this.asked.why] : WORDS.pause; },
    get title() { return this.asked ? this.words.title(this.asked.name) : ""; },
    get text() { return this.words.text; },
    get action() { return this.busy ? "Saving…" : this.words.action; },
    get isFinal() { return ["archive", "disable"].includes(this.asked?.why); },
    get mayKeep() { return this.asked?.why !== "hand-over"; },
    get openText() { return this.open >= 1000 ? `${count(this.open)} or more open leads` : plural(this.open, "open lead"); },
    get keepText() { return this.asked ? `Leave ${this.open === 1 ? "it" : "them"} with ${this.callerName}` : "Leave them where they are"; },
    get choices() {
      return this.$store.overview.callers
        .filter(({ id, status }) => id !== this.asked?.callerId && status === "active")
        .map((caller) => ({ id: caller.id, label: `${caller.name} · ${load(caller).text}` }));
    },
    get toError() { return this.missing ?? FIELD.map((field) => this.problem?.at(field)).find(Boolean) ?? null; },
    get otherError() { return this.problem?.besides(FIELD) ?? null; },

    async submit() {
      this.problem = null;
      this.missing = this.open && this.mode === "caller" && !this.to ? "Choose who gets them." : null;
      if (this.missing) {
        focusOn(() => this.$refs.to);
        return;
      }
      this.busy = true;
      try {
        const answer = await this.asked.act(this.mode === "caller" && this.open ? this.to : this.mode === "caller" ? "keep" : this.mode);
        this.$refs.dialog.close();
        note(this.told(answer?.handed_over ?? answer));
        window.dispatchEvent(new CustomEvent("fairlead:callers"));
      } catch (problem) {
        this.problem = problem;
        focusOn(() => this.$refs.dialog.querySelector('[aria-invalid="true"]') ?? this.$refs.action);
      } finally {
        this.busy = false;
      }
    },

    /** What happened: "Asha is archived. 12 open leads are with Bina now." */
    told(moved) {
      const { name } = this.asked;
      const done = this.words.done ? `${name} ${this.words.done}.` : "";
      if (!moved?.moved) return done || `${name} had no open leads.`;
      const given = this.$store.overview.callers.find(({ id }) => id === this.to);
      const where = this.mode === "caller" && given ? `went to ${given.name}` : "were assigned again";
      return `${done} ${plural(moved.moved, "open lead")} ${moved.moved === 1 ? where.replace("were", "was") : where}${moved.following ? `; ${count(moved.following)} more follow` : ""}.`.trim();
    },

    cancel() { this.$refs.dialog.close(); },
  };
}
