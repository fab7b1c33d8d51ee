// What is to be stored though the connection may be lost: each thing waits here until the server has answered, in the order in
// which it was done. Its Idempotency-Key sees to it that nothing is stored twice, its etag that nobody's change is lost: who was
// slower is told, and what they typed stays here until they say what is to become of it.

import { api } from "./api.js";
import { keep, kept, keptNames, letGo } from "./kept.js";

const AGAIN_MS = 8_000;
const NAMES = "outbox:";
const LOCK = "fairlead-outbox";

let sending = null;
let number = 0;
let waiting = 0;
let isHeld = false;

/** What waits or was refused, oldest first. A refused one has the `problem`, and its `status`. */
export const outbox = () => keptNames(NAMES).map(kept).filter(Boolean);
const isWaiting = ({ problem }) => !problem;

const tell = (name, detail) => window.dispatchEvent(new CustomEvent(name, { detail }));

/** Not in every place there is crypto.randomUUID(): behind TLS only. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Has `body` posted to `path`, now or as soon as that can be. `about`: the id of what it is about, `seen`: the etag with which that
 * was seen; `match`: it is refused if that has changed since. What else is given (what to call it) is kept beside it.
 * The window hears `fairlead:sent` with { entry, answer } or `fairlead:refused` with the entry, and `fairlead:outbox` whenever something
 * here has changed.
 */
export function post(path, body, { about, seen = null, match = false, ...more }) {
  const id = `${NAMES}${String(Date.now()).padStart(14, "0")}-${String(number++).padStart(4, "0")}-${newKey().slice(0, 8)}`;
  keep(id, { id, key: newKey(), path, body, about, seen, match, problem: null, status: 0, ...more });
  tell("fairlead:outbox");
  return send();
}

/** Sends what was refused again, `anyway`: whatever has been changed since. */
export function postAgain(id, { anyway = false } = {}) {
  const entry = kept(id);
  keep(id, { ...entry, problem: null, status: 0, match: entry.match && !anyway });
  tell("fairlead:outbox");
  return send();
}

export function dropFromOutbox(id) {
  letGo(id);
  tell("fairlead:outbox");
}

/** Sends what waits. One tab at a time; a second call joins the first, and what was added meanwhile is sent with it. */
export function send() {
  sending ??= (navigator.locks ? navigator.locks.request(LOCK, sendAll) : sendAll()).finally(() => {
    sending = null;
    if (!isHeld && first()) send();
  });
  return sending;
}

async function sendAll() {
  clearTimeout(waiting);
  isHeld = false;
  for (let entry = first(); entry; entry = first()) {
    try {
      const answer = await api.post(entry.path, entry.body, { key: entry.key, match: entry.match ? entry.seen : null });
      letGo(entry.id);
      follow(entry, answer);
      tell("fairlead:sent", { entry, answer });
    } catch (problem) {
      if (mayPass(problem)) {
        isHeld = true;
        waiting = setTimeout(send, AGAIN_MS);
        return;
      }
      const refused = { ...entry, problem: problem.message, status: problem.status };
      keep(entry.id, refused);
      tell("fairlead:refused", refused);
    } finally {
      tell("fairlead:outbox");
    }
  }
}

const first = () => outbox().find(isWaiting);
/** No connection, no session, no server, or too much at once. */
const mayPass = ({ status }) => status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;

/** What was done here after that saw what it has made of the thing, and not what was before. */
function follow({ about, seen }, answer) {
  if (!answer?.etag) return;
  for (const later of outbox()) if (later.about === about && later.seen === seen) keep(later.id, { ...later, seen: answer.etag });
}

export function startOutbox() {
  for (const name of ["online", "fairlead:retry"]) window.addEventListener(name, send);
  window.addEventListener("fairlead:feed", ({ detail }) => { if (detail === "live") send(); });
  // What another tab has changed.
  window.addEventListener("storage", () => tell("fairlead:outbox"));
  send();
}
