// A caller's day. It opens on now: the lead to call next, and why; after the call what came of it, and then the next one. The lead in
// hand is never changed under the thumb: another one is shown when this one is saved or put off, or is the caller's no more.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { focusOn } from "../kit/focus.js";
import { areKeysUsed, isTyping } from "../kit/keys.js";
import { keep, kept, keptNames, letGo } from "../kit/kept.js";
import { address, live } from "../kit/live.js";
import { lastWords, whyNext } from "./mine-words.js";
import { backChoices, blankOutcome, isTouched, isTyped, missing, outcomeBody, outcomeWords, tomorrow } from "./outcome.js";
import { leadLink } from "./row.js";
import { dropFromOutbox, outbox, post, postAgain } from "../kit/outbox.js";
import { localMinute, now, today, until } from "../kit/time.js";
import { count, isUnclaimed, phone, plural } from "../kit/words.js";

const TABS = [
  { name: "now", label: "Now" }, { name: "today", label: "Today" }, { name: "later", label: "Later" }, { name: "all", label: "All" },
];
const AWAY_MS = 60_000;
const MOST_PUT_OFF = 100;
const DRAFTS = "draft:";
const IN_HAND = "in-hand";
const PUT_OFF = "put-off";

export function myDay() {
  // What has been saved here is not shown again before an answer that knows of it.
  const saved = new Map();
  let hiddenAt = 0;
  let isAnew = false;
  return live({
    fills: "day",
    refresh: ["own_leads"],
    minutely: true,
    day: null,
    tab: location.search ? "all" : "now",
    opened: { today: false, later: false, all: Boolean(location.search) },
    lead: null,
    draft: blankOutcome(),
    problemShown: false,
    said: "",
    sent: [],
    online: navigator.onLine,
    moment: now(),

    init() {
      this.sent = outbox();
      setInterval(() => { this.moment = now(); }, 1_000);
      window.addEventListener("fairlead:outbox", () => { this.sent = outbox(); });
      window.addEventListener("fairlead:sent", ({ detail }) => this.wasSent(detail));
      window.addEventListener("fairlead:refused", ({ detail }) => this.wasRefused(detail));
      window.addEventListener("fairlead:work", ({ detail }) => this.workOn(detail));
      for (const name of ["online", "offline"]) window.addEventListener(name, () => { this.online = navigator.onLine; });
      document.addEventListener("keydown", (event) => this.key(event));
      document.addEventListener("visibilitychange", () => {
        if (document.hidden) hiddenAt = Date.now();
        else if (Date.now() - hiddenAt > AWAY_MS) this.startAnew();
      });
      return this.start();
    },

    // What the server says

    async request() {
      const asked = this.lead?.id ?? kept(IN_HAND);
      return { ...await api.get(address("/api/my/day", { lead: asked, behind: this.putOff.ids.join() })), asked };
    },
    receive(day) {
      for (const [id, isKnown] of saved) if (isKnown) saved.delete(id);
      this.day = day;
      const chooses = isAnew && !isTouched(this.draft);
      isAnew = false;
      if (chooses || (!this.lead && !day.lead)) this.show(day.next.find(({ id }) => !saved.has(id)));
      // Nothing is said of a lead that has come into hand since.
      if (!day.asked || saved.has(day.asked) || (this.lead && this.lead.id !== day.asked)) return;
      if (!day.lead) this.isGone(day.asked);
      else if (this.lead) this.renew(day.lead);
      else this.show(day.lead);
    },
    /** Who comes back after a while begins with what is next by now, unless something was begun. */
    startAnew() {
      isAnew = true;
      this.reload();
    },
    /** The lead in hand as it is now. */
    renew(lead) {
      const { last } = lead;
      if (last && last.id !== this.lead.last?.id && !last.is_own) this.said = `Meanwhile: ${lastWords(last)}.`;
      this.lead = lead;
    },
    /** Somebody else's by now, or closed. */
    isGone(id) {
      const draft = kept(DRAFTS + id);
      const name = this.lead ? nameOf(this.lead) : draft?.name;
      if (draft && isTyped(draft)) keep(DRAFTS + id, { ...draft, isGone: true });
      else letGo(DRAFTS + id);
      if (name) this.said = `${name} is not with you any more.`;
      this.sent = outbox();
      this.show(this.upcoming[0]);
    },

    get dispositions() { return this.day?.dispositions ?? []; },
    get counts() { return this.day?.counts ?? {}; },
    /** What comes next, without what has just been saved. */
    get upcoming() { return (this.day?.next ?? []).filter(({ id }) => !saved.has(id) && id !== this.lead?.id); },
    get hasLeads() { return Boolean(this.counts.all || this.counts.today || this.counts.later); },
    /** More than came along are to come. */
    get isWaiting() { return Boolean(this.day) && !this.lead && this.counts.now > saved.size; },
    get isDone() { return Boolean(this.day) && !this.lead && !this.isWaiting; },
    get nextDue() {
      const next = this.day?.next_due;
      return next ? `The next call-back is at ${until(next)}.` : "New leads appear here by themselves.";
    },

    // The lead in hand

    show(lead) {
      this.lead = lead ?? null;
      this.problemShown = false;
      const draft = lead && kept(DRAFTS + lead.id);
      this.draft = { ...blankOutcome(), ...draft };
      if (isTouched(this.draft)) keep(IN_HAND, lead.id);
      else letGo(IN_HAND);
    },
    /** A lead that was called from one of the lists. */
    workOn(lead) {
      this.openTab("now");
      if (this.lead?.id !== lead.id) this.show(lead);
      this.called();
      this.reload();
    },
    /** Each key is kept, before anything can go wrong. */
    typed() {
      const { lead, draft } = this;
      if (!lead) return;
      keep(DRAFTS + lead.id, { ...draft, name: nameOf(lead), id: lead.id });
      keep(IN_HAND, lead.id);
    },
    /** With the call the lead is claimed: it may last longer than there is time to. */
    called() {
      this.draft.called ??= new Date(now()).toISOString();
      this.typed();
      const { lead } = this;
      if (isUnclaimed(lead)) post(`/api/leads/${lead.id}/claim`, {}, { about: lead.id, seen: lead.etag, name: nameOf(lead), says: "Claimed", isClaim: true });
    },
    choose(id) {
      this.draft.disposition = id;
      if (this.disposition.closes_as) this.draft.back = "";
      this.typed();
    },
    chooseBack(value) {
      this.draft.back = value;
      if (value === "pick" && !this.draft.at) this.draft.at = tomorrow();
      this.typed();
    },
    save() {
      this.problemShown = Boolean(this.lacks);
      if (this.lacks || !this.lead) {
        if (this.lead && this.disposition && !this.draft.note.trim()) focusOn(() => this.$refs.note);
        return;
      }
      const { lead, draft, disposition } = this;
      const body = outcomeBody(draft, disposition);
      saved.set(lead.id, false);
      post(`/api/leads/${lead.id}/activities`, body, {
        about: lead.id, seen: lead.etag, match: true, name: nameOf(lead), says: outcomeWords(body, disposition),
      });
      letGo(DRAFTS + lead.id);
      this.next();
    },
    /** For now: it comes again behind all others. */
    skip() {
      const { ids } = this.putOff;
      keep(PUT_OFF, { on: today(), ids: [...ids.filter((id) => id !== this.lead.id), this.lead.id].slice(-MOST_PUT_OFF) });
      saved.set(this.lead.id, true);
      this.said = `${nameOf(this.lead)} comes again behind the others.`;
      this.next();
      this.reload();
    },
    get putOff() {
      const put = kept(PUT_OFF);
      return put?.on === today() ? put : { on: today(), ids: [] };
    },
    next() {
      this.show(this.upcoming.find(({ id }) => id !== this.lead?.id));
      window.scrollTo({ top: 0, behavior: "instant" });
      document.activeElement.blur();
      // Who already types about the next one keeps the focus: what they type went elsewhere otherwise.
      focusOn(() => (document.activeElement.matches("input, textarea") ? document.activeElement : this.$refs.title), { preventScroll: true });
    },
    wasSent({ entry, answer }) {
      if (entry.isClaim) this.said = `${entry.name} is claimed.`;
      else if (entry.says) this.said = `${entry.name}: ${entry.says}. Saved.`;
      if (this.lead?.id === entry.about && answer?.etag && this.lead.etag === entry.seen) this.lead = { ...this.lead, etag: answer.etag };
      if (saved.has(entry.about)) saved.set(entry.about, true);
      this.reload();
    },
    /** Of a claim nothing was typed that could be lost. */
    wasRefused({ id, name, problem, isClaim }) {
      if (!isClaim) return;
      this.said = `${name}: ${problem}`;
      dropFromOutbox(id);
      this.reload();
    },

    // Words about it

    get disposition() { return this.dispositions.find(({ id }) => id === this.draft.disposition) ?? null; },
    get lacks() { return missing(this.draft, this.disposition); },
    get choices() { return backChoices(this.disposition); },
    get closes() { return Boolean(this.disposition?.closes_as); },
    get title() { return this.lead ? nameOf(this.lead) : ""; },
    get about() {
      const { company, city, state, lead_source: source } = this.lead ?? {};
      return [company, [city, state].filter(Boolean).join(", "), source].filter(Boolean).join(" · ");
    },
    get why() { return this.moment && this.lead ? whyNext(this.lead) : { name: "", look: "" }; },
    get before() { return this.moment && this.lead ? lastWords(this.lead.last) : ""; },
    get phoneText() { return phone(this.lead?.phone); },
    get phoneLink() { return `tel:${this.lead?.phone ?? ""}`; },
    get otherPhones() { return (this.lead?.other_phones ?? []).map((number) => ({ link: `tel:${number}`, text: phone(number) })); },
    get details() { return this.lead ? leadLink(this.lead.id) : "/"; },
    get soonest() { return localMinute(this.moment); },
    /** Another lead that cannot wait, while this one is in hand. */
    get urgent() {
      const first = this.upcoming[0];
      return this.lead && first?.turn === "claim" && this.lead.turn !== "claim" ? first : null;
    },
    get urgentText() { return this.urgent ? `${nameOf(this.urgent)}. ${whyNext(this.urgent).name}` : ""; },
    showUrgent() { this.show(this.urgent); },

    // What is on its way

    get waiting() { return this.sent.filter(({ problem }) => !problem); },
    get refused() { return this.sent.filter(({ problem }) => problem); },
    get isCut() { return !this.online || this.down; },
    get stateText() {
      if (this.isCut) return this.waiting.length ? `No connection: ${this.waiting.length} waiting` : "No connection";
      return this.waiting.length ? "Saving…" : this.said;
    },
    /** What was refused, and what was typed about leads that are the caller's no more. */
    get left() {
      const gone = this.sent && keptNames(DRAFTS).map(kept).filter((draft) => draft?.isGone);
      return [
        ...this.refused.map(({ id, about, name, says, body, problem, status }) => ({
          id, lead: about, name, says, note: body.body ?? "", problem, meanwhile: this.meanwhile[about] ?? "", again: status !== 404, anyway: status === 412,
        })),
        ...gone.map((draft) => ({
          id: DRAFTS + draft.id, lead: draft.id, name: draft.name, says: this.dispositions.find(({ id }) => id === draft.disposition)?.name ?? "", note: draft.note,
          problem: "The lead is not with you any more.", meanwhile: "", again: false, anyway: false,
        })),
      ];
    },
    get leftText() { return this.left.length === 1 ? `Not saved: ${this.left[0].name}` : `Not saved: ${plural(this.left.length, "lead")}`; },
    showLeft() {
      this.$refs.left.showModal();
      this.askMeanwhile();
    },
    /** What somebody else has done meanwhile with each lead of which that is why. */
    async askMeanwhile() {
      for (const { about, status } of this.refused) {
        if (status !== 412) continue;
        const answer = await api.get(address("/api/my/day", { lead: about, limit: 1 })).catch(() => null);
        const last = answer?.lead?.last;
        this.meanwhile = { ...this.meanwhile, [about]: last ? [`Meanwhile: ${lastWords(last)}.`, last.body].filter(Boolean).join(" ") : "" };
      }
    },
    meanwhile: {},
    closeLeft() { this.$refs.left.close(); },
    sendAgain({ id, anyway }) {
      postAgain(id, { anyway });
      if (!this.left.length) this.closeLeft();
    },
    discard({ id, lead, name }) {
      ask({
        title: `Throw away what you typed about ${name}?`, text: "It cannot be had back.", action: "Throw away", keep: "Keep it",
        run: () => {
          dropFromOutbox(id);
          saved.delete(lead);
          this.reload();
          if (!this.left.length) this.closeLeft();
        },
      });
    },

    // Tabs and keys

    tabs: TABS,
    tabCount(name) { return this.day ? count(this.counts[name]) : ""; },
    openTab(name) {
      this.tab = name;
      if (name in this.opened) this.opened[name] = true;
      // Lists draw themselves when they come into sight.
      requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
    },
    moveTab(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const at = TABS.findIndex(({ name }) => name === this.tab);
      this.openTab(TABS[(at + step + TABS.length) % TABS.length].name);
      focusOn(() => this.$root.querySelector("[role=tab][aria-selected=true]"));
    },
    key(event) {
      if (this.tab !== "now" || !this.lead || event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.save();
        return;
      }
      if (event.ctrlKey || event.metaKey || isTyping(event) || !areKeysUsed()) return;
      const act = this.dispositions[Number(event.key) - 1] ? () => this.choose(this.dispositions[Number(event.key) - 1].id) : KEYS[event.key];
      if (!act) return;
      event.preventDefault();
      act.call(this);
    },
  });
}

const KEYS = {
  c() { this.$refs.call?.click(); },
  n() { this.$refs.note.focus(); },
  s() { this.skip(); },
};

const nameOf = (lead) => lead.name || phone(lead.phone) || "No name";
