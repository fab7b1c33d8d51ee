// The dialog of an action on many: to whom the leads go, and what will happen, told before it is done. "leads:act" opens it; see
// actions/open.js.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { count, load, plural } from "../kit/words.js";
import { leftOut, tell } from "./undo.js";

const WORDS = {
  reassign: { verb: "Reassign", busy: "Reassigning…" },
  close: { verb: "Close", action: "Close leads", busy: "Closing…", told: "closed", done: "closed" },
  hold: { verb: "Hold", busy: "Holding…", told: "held back from routing", done: "on hold" },
  release: { verb: "Release", busy: "Releasing…", told: "assigned as soon as somebody is free", done: "released" },
};
const PAUSE_MS = 150;
const ALMOST = 95;

export const actionForm = () => form({
  keeps: false,
  opens: "leads:act",
  ask: null,
  key: "",
  callers: [],
  told: null,
  telling: 0,
  share: 0,

  blank: () => ({ how: "turns", callers: [], reason: "" }),
  draftOf() { return this.blank(); },

  async opened(ask) {
    const key = `${Date.now()}-${Math.random()}`;
    Object.assign(this, { ask, key, told: null, share: 0 });
    focusOn(() => this.element.querySelector(this.isReassigning ? "input:checked" : '[type="submit"]'));
    const { items } = await api.get("/api/callers").catch(() => ({ items: [] }));
    if (this.key !== key) return;
    this.callers = items;
    this.draft.callers = this.teammates();
    this.foretell();
  },

  /** Whoever is of the team of the one caller who has all of them is likely to take over. */
  teammates() {
    const [holder, ...others] = new Set(this.ask.holders);
    const team = !others.length && this.callers.find(({ id }) => id === holder)?.team;
    return team ? this.choices.filter((caller) => caller.team === team).map(({ id }) => id) : [];
  },
  get choices() {
    const holders = new Set(this.ask?.holders);
    return this.callers.filter(({ id, status, standing }) => status === "active" && standing !== "disabled" && !(holders.size === 1 && holders.has(id)));
  },
  aboutCaller(caller) { return [caller.team, load(caller).text && `${load(caller).text} today`, this.gets(caller)].filter(Boolean).join(" · "); },
  gets({ id }) {
    const got = this.told?.callers.find((share) => share.id === id);
    return got ? `gets ${count(got.count)}` : "";
  },
  get words() { return WORDS[this.ask?.action ?? "reassign"]; },
  get isReassigning() { return this.ask?.action === "reassign"; },
  get takesReason() { return ["reassign", "close"].includes(this.ask?.action); },
  get byTurns() { return this.isReassigning && this.draft.how === "turns"; },

  // What will happen

  changed() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.foretell(), PAUSE_MS);
  },
  async foretell() {
    const { key } = this;
    if (this.byTurns && !this.draft.callers.length) {
      this.told = null;
      return;
    }
    const body = this.bodyOf(this.draft);
    try {
      const told = await api.post("/api/leads/actions", { ...body, dry_run: true });
      if (this.key !== key || JSON.stringify(body) !== JSON.stringify(this.bodyOf(this.draft))) return;
      this.told = told;
    } catch (problem) {
      this.refused(problem);
    }
  },
  get toldText() {
    if (!this.told) return this.byTurns && !this.draft.callers.length ? "Choose who gets them." : "";
    const { done, callers } = this.told;
    const left = leftOut(this.told);
    if (!this.isReassigning) return [`${plural(done, "lead")} ${done === 1 ? "is" : "are"} ${this.words.told}.`, left && `Left as they are: ${left}.`].filter(Boolean).join(" ");
    const counts = callers.map((share) => share.count);
    const each = counts.length && (Math.min(...counts) === Math.max(...counts) ? count(counts[0]) : `${count(Math.min(...counts))} or ${count(Math.max(...counts))}`);
    return [
      `${plural(done, "lead")} ${done === 1 ? "goes" : "go"} ${this.byTurns ? `to ${plural(callers.length, "caller")}, ${each} each` : "back through routing, as if just come in"}.`,
      left && `Left as they are: ${left}.`,
      this.told.took_ms > 1_500 && `This takes about ${plural(Math.ceil(this.told.took_ms / 1_000), "second")}.`,
    ].filter(Boolean).join(" ");
  },

  // Doing it

  get title() { return this.told ? `${this.words.verb} ${plural(this.told.done, "lead")}` : `${this.words.verb} leads`; },
  get action() { return this.words.action ?? this.words.verb; },
  get saveText() { return this.busy ? this.words.busy : this.action; },
  get shareStyle() { return { width: `${this.share}%`, transitionDuration: `${this.told?.took_ms ?? 1_000}ms` }; },
  get shareText() { return `About ${Math.ceil((this.told?.took_ms ?? 1_000) / 1_000)} seconds`; },

  check(draft) { return { callers: this.byTurns && !draft.callers.length && "Choose one caller or more." }; },
  bodyOf({ how, callers, reason }) {
    const { action, ids, filter } = this.ask;
    return { action, ...(ids ? { ids } : { filter }), how, callers: this.byTurns ? [...callers] : [], reason: (this.takesReason && reason.trim()) || null };
  },
  async send(body) {
    requestAnimationFrame(() => { this.share = ALMOST; });
    try {
      return await api.post("/api/leads/actions", body, { key: this.key });
    } finally {
      this.share = 0;
    }
  },
  saved(answer) {
    this.ask.done?.();
    if (!this.isReassigning) {
      tell(`${plural(answer.done, "lead")} ${answer.done === 1 ? "is" : "are"} ${this.words.done}.`, answer);
      return;
    }
    const [first, ...others] = answer.callers;
    const to = !first ? "went back through routing" : others.length ? `went to ${plural(answer.callers.length, "caller")}` : `went to ${first.name}`;
    tell(`${plural(answer.done, "lead")} ${to}.`, answer);
  },
});
