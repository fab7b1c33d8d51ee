// What a page shows of the server: fetched once the feed is open, then kept true by events, and fetched again after trouble.

import { api } from "./api.js";
import { onEvents, onRejoin, opened } from "./feed.js";

const SOON_MS = 150;
// What changes with every lead is asked for now and then, and not while nobody looks.
const PAUSE_MS = 3_000;
// What is about everything is asked for at once, but not again before this.
const STEADY_MS = 2_000;
const MINUTE_MS = 60_000;
const UNDER_WAY_MS = 1_200;
const MOST_IN_PAGE = 200;

/** Parts of a component as one object. Unlike a spread it keeps getters; a later part overrides an earlier one. */
export const joined = (...parts) => Object.defineProperties({}, Object.assign({}, ...parts.map(Object.getOwnPropertyDescriptors)));

/**
 * A function that calls `act` after `wait` ms, and `pause` ms after the last time, once for all its calls until then; or else
 * when somebody looks again.
 */
function later(act, wait, whileHidden = true, pause = 0) {
  let timer = 0;
  let last = -Infinity;
  const due = () => {
    if (document.hidden && !whileHidden) {
      document.addEventListener("visibilitychange", due, { once: true });
      return;
    }
    timer = 0;
    last = performance.now();
    act();
  };
  return () => { timer ||= setTimeout(due, Math.max(wait, last + pause - performance.now())); };
}

/** A path with what is asked for; what is empty is left out. */
export function address(path, query) {
  const given = Object.entries(query).filter(([, value]) => value || value === 0);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/**
 * Calls `load` when the feed is open; again soon when an event is about a subject in `refresh`, now and then for one in
 * `slowly` ("*": any), in at most two seconds for one in `steadily`, upon the window's events in `signals`, and every minute with `minutely`. `again` (or `load`) is
 * called when events may have been missed, `hear` with every batch of events, `stored` with the record that a signal brings, so
 * that nobody edits what is older meanwhile. All this until `signal`.
 */
export async function keepTrue(load, { refresh = [], slowly = [], steadily = [], signals = [], minutely = false, again = load, hear = null, stored = null, signal }) {
  const soon = later(load, SOON_MS);
  const slow = later(load, PAUSE_MS, false);
  const steady = later(load, SOON_MS, false, STEADY_MS);
  const about = (events, subjects) => events.some(({ subject }) => subjects.includes(subject) || subjects.includes("*"));
  window.addEventListener("fairlead:retry", () => again(), { signal });
  for (const name of signals) {
    window.addEventListener(name, ({ detail }) => {
      if (detail?.etag) stored?.(detail);
      load();
    }, { signal });
  }
  await opened;
  let loaded = false;
  let isLate = false;
  onEvents((events) => {
    if (!loaded) {
      isLate = true;
      return;
    }
    hear?.(events);
    if (about(events, refresh)) soon();
    else if (about(events, steadily)) steady();
    else if (about(events, slowly)) slow();
  }, signal);
  onRejoin(() => again(), signal);
  await load();
  loaded = true;
  // What happened while the first answer was under way may not be in it.
  if (isLate) soon();
  if (minutely) {
    const timer = setInterval(slow, MINUTE_MS);
    signal?.addEventListener("abort", () => clearInterval(timer));
  }
}

/**
 * A component that shows what is at `path`. `own` is what it has of its own:
 *
 * `path`: what is asked for, with query() besides. `fills`: the name of what holds the answer, or its items, each as `read`
 * gives it. `size`: the items come in pages of so many, and more() fetches the next. `underWay(item)`: whether the server is
 * at work on it, so that it is asked for again and again. `refresh`, `slowly`, `steadily`, `signals`, `minutely`, again() and hear(): see
 * keepTrue(). A component with an init() of its own calls start() in it. It may have a request() and a receive() of its own.
 */
export const live = (own) => joined(parts(), { [own.fills ?? "all"]: [] }, own);

function parts() {
  let asked = 0;
  let waiting = null;
  let meanwhile = null;
  const ended = new AbortController();
  return {
    fills: "all",
    size: 0,
    // Here, or one inside another would take those of the other.
    refresh: [],
    slowly: [],
    steadily: [],
    signals: [],
    minutely: false,
    next: null,
    loading: true,
    loadingMore: false,
    problem: null,

    init() { return this.start(); },
    start() {
      const { refresh, slowly, steadily, signals, minutely } = this;
      return keepTrue(() => this.reload(), {
        refresh, slowly, steadily, signals, minutely, again: () => this.again(), signal: ended.signal,
        stored: (record) => this.stored(record),
        hear: (events) => {
          meanwhile?.push(...events);
          this.hear(events);
        },
      });
    },
    destroy() { ended.abort(); },
    again() { return this.reload(); },
    hear() {},
    stored() {},

    query() { return {}; },
    request(page = {}) { return api.get(address(this.path, { ...this.query(), ...page })); },
    read: (item) => item,
    underWay: null,
    receive(answer) {
      this[this.fills] = answer.items ? answer.items.map((item) => this.read(item)) : answer;
      this.next = answer.next ?? null;
    },

    /** Of several answers only the one to the last question counts. It may be older than what was heard since that was asked. */
    async reload() {
      if (!this.$root.isConnected) return;
      const turn = ++asked;
      meanwhile = [];
      try {
        const answer = await this.request(this.size ? { limit: Math.max(this.size, Math.min(MOST_IN_PAGE, this.listed)) } : {});
        if (turn !== asked) return;
        this.receive(answer);
        this.problem = null;
        if (meanwhile.length) this.hear(meanwhile);
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      } finally {
        if (turn === asked) {
          this.loading = false;
          meanwhile = null;
        }
        this.follow();
      }
    },
    /** What came otherwise than by reload(), whose answer, if it is under way, is then the older one. */
    accept(answer) {
      asked++;
      meanwhile = null;
      this.receive(answer);
      Object.assign(this, { problem: null, loading: false });
      this.follow();
    },
    /** While the server is at work on something, what came of it is asked for. */
    follow() {
      waiting ??= later(() => this.reload(), UNDER_WAY_MS, false);
      if (this.underWay && this.listed && [this[this.fills]].flat().some(this.underWay)) waiting();
    },
    async more() {
      if (this.loading || this.loadingMore || !this.next) return;
      const turn = asked;
      const after = this.next;
      this.loadingMore = true;
      try {
        const answer = await this.request({ limit: this.size, after });
        if (turn !== asked || after !== this.next) return;
        this.extend(answer);
        this.problem = null;
      } catch (problem) {
        if (turn === asked) this.problem = problem;
      } finally {
        this.loadingMore = false;
      }
    },
    extend({ items, next }) {
      this[this.fills] = [...this[this.fills], ...items.map((item) => this.read(item))];
      this.next = next;
    },

    /** How much is shown. */
    get listed() { return this[this.fills]?.length ?? Number(Boolean(this[this.fills])); },
    filtered() { return false; },
    get nothing() { return !this.loading && !this.problem && !this.listed; },
    get isEmpty() { return this.nothing && !this.filtered(); },
    get isUnmatched() { return this.nothing && this.filtered(); },
    get failed() { return Boolean(this.problem) && !this.listed; },
    /** What is shown is not what was asked for. */
    get stale() { return Boolean(this.problem) && this.listed > 0; },
    get failure() { return this.problem?.message ?? ""; },
    get isMissing() { return this.problem?.status === 404; },
  };
}
