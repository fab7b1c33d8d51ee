// The live feed: one EventSource, its events handed on in batches so that a burst costs one redraw.

import { api } from "./api.js";
import { checkWho } from "./who.js";

/** All that callers are told: that something has happened to leads of theirs. */
export const OWN_LEADS = "own_leads.changed";
const TOO_OLD = "feed.too_old";
const BATCH_MS = 80;
const LONGEST_WAIT_MS = 15_000;
const HIDDEN_MS = 60_000;
// A page that missed too much loads its data again. Pages wait a random time, since all may have missed the same events.
const LONGEST_BEFORE_REJOIN_MS = 3_000;

const listeners = new Set();
const rejoiners = new Set();
let source = null;
let last = null;
let batch = [];
let flushing = 0;
let attempt = 0;
let retrying = 0;
let hiding = 0;
let wasOpen = false;
let isLate = false;
let settle;

/** Resolves when the feed is first open, or after a moment without it: data fetched after that misses no event. */
export const opened = new Promise((resolve) => { settle = resolve; });

function hearing(all, listener, signal) {
  if (signal?.aborted) return;
  all.add(listener);
  signal?.addEventListener("abort", () => all.delete(listener));
}

/** Calls `listener` with each batch of events, oldest first, until the signal. Each has a `subject`: the noun of what it is about. */
export function onEvents(listener, signal) { hearing(listeners, listener, signal); }

/** Calls `listener` when events may have been missed, so that what is shown must be fetched again. */
export function onRejoin(listener, signal) { hearing(rejoiners, listener, signal); }

const state = (value) => window.dispatchEvent(new CustomEvent("fairlead:feed", { detail: value }));

function receive(message) {
  last = message.lastEventId || last;
  const event = JSON.parse(message.data);
  if (event.kind === TOO_OLD) {
    setTimeout(() => { for (const listener of rejoiners) listener(); }, Math.random() * LONGEST_BEFORE_REJOIN_MS);
    return;
  }
  batch.push({ ...event, subject: event.subject ?? event.kind.split(".")[0] });
  flushing ||= setTimeout(() => {
    const events = batch;
    batch = [];
    flushing = 0;
    for (const listener of listeners) listener(events);
  }, BATCH_MS);
}

function connect() {
  clearTimeout(retrying);
  source?.close();
  source = new EventSource(last ? `/api/events?after=${encodeURIComponent(last)}` : "/api/events");
  source.onopen = () => {
    attempt = 0;
    state("live");
    settle();
    // Without an event number there is nothing to resume from; and what was fetched before may lack what happened since.
    if ((wasOpen || isLate) && !last) for (const listener of rejoiners) listener();
    // The server ends the streams of those whose role is another now.
    if (wasOpen) checkWho();
    wasOpen = true;
  };
  source.onerror = () => {
    state("reconnecting");
    isLate ||= !wasOpen;
    settle();
    // EventSource resumes by itself after a broken stream, but gives up for good on an error status.
    if (source.readyState === EventSource.CLOSED) retry();
  };
  source.onmessage = receive;
}

function retry() {
  const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** attempt++) * (0.5 + Math.random() / 2);
  clearTimeout(retrying);
  retrying = setTimeout(askAndConnect, wait);
}

/** An EventSource does not tell why it was refused; asking for the session does, and leads to the login where that is the reason. */
async function askAndConnect() {
  try {
    await api.get("/api/session");
    connect();
  } catch {
    retry();
  }
}

/** Opens the feed. A hidden tab lets go of its connection (browsers allow six per server) and resumes when seen again. */
export function startFeed() {
  connect();
  setTimeout(() => { isLate = !wasOpen; settle(); }, 800);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(() => { clearTimeout(retrying); source.close(); }, HIDDEN_MS);
    } else if (source.readyState === EventSource.CLOSED) {
      // Fetching afresh is quicker than hearing all that happened meanwhile.
      last = null;
      connect();
    }
  });
  // What a broken line tells late, the browser may know at once.
  window.addEventListener("offline", () => state("reconnecting"));
  window.addEventListener("online", connect);
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  window.addEventListener("fairlead:retry", () => { if (source.readyState !== EventSource.OPEN) connect(); });
}
