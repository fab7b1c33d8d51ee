// Talks to the gateway. Every failure becomes a Problem: the server's problem document, or one made up here for a network failure.

import { learnClock } from "./time.js";

/** Whether an error is about a field of a form: `states[2]` is about `states`, and `form.sites` about `form`. */
const isAbout = (field) => (error) => error.field === field || Boolean(error.field?.startsWith(`${field}[`) || error.field?.startsWith(`${field}.`));

class Problem extends Error {
  constructor({ title, detail, status, errors }) {
    super(detail || title || "Something went wrong.");
    this.status = status;
    this.errors = errors ?? [];
  }

  /** The message for one form field, with what to do, or null. */
  at(field) {
    const found = this.errors.find(isAbout(field));
    return found ? [found.message, found.hint].filter(Boolean).join(" ") : null;
  }

  /** What the fields in `shown` do not already say: for the line above the buttons of a form. */
  besides(shown) {
    const rest = this.errors.filter((error) => !shown.some((field) => isAbout(field)(error)));
    if (rest.length) return rest.map((error) => [error.message, error.hint].filter(Boolean).join(" ")).join(" ");
    return this.errors.length ? null : this.message;
  }

  /** The same but for what it says of a field that has been changed since; null when nothing is left. */
  without(field) {
    const errors = this.errors.filter((error) => !isAbout(field)(error));
    if (errors.length === this.errors.length) return this;
    return errors.length ? new Problem({ detail: this.message, status: this.status, errors }) : null;
  }
}

const report = (name) => window.dispatchEvent(new CustomEvent(name));

function unreachable() {
  report("fairlead:down");
  return new Problem({ status: 0, detail: "Fairlead cannot be reached. Check the connection; nothing you entered is lost." });
}

function refused(status, title, document, stay = false) {
  if (status === 401 && !stay) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  return new Problem({ title, ...document, status });
}

async function request(method, path, body, { stay = false, match = null, key = null } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: "application/json",
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
        ...(match ? { "if-match": `"${match}"` } : {}),
        ...(key ? { "idempotency-key": key } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw unreachable();
  }
  learnClock(response.headers.get("date"));
  report(response.status >= 500 ? "fairlead:down" : "fairlead:up");
  if (response.ok) return response;
  throw refused(response.status, response.statusText, await response.json().catch(() => ({})), stay);
}

async function send(method, path, body, options) {
  const response = await request(method, path, body, options);
  return response.status === 204 ? null : response.json();
}

/**
 * With `match`, the etag that was seen, a change is refused with 412 if somebody else has saved meanwhile. With `key` it is made once,
 * however often it is sent.
 */
export const api = {
  get: (path) => send("GET", path),
  file: async (path) => (await request("GET", path)).blob(),
  post: (path, body, options) => send("POST", path, body, options),
  put: (path, body, options) => send("PUT", path, body, options),
  patch: (path, body, options) => send("PATCH", path, body, options),
  delete: (path, options) => send("DELETE", path, undefined, options),
};

/** Sends a file as it is. `onProgress` hears which part of it has gone, 0 to 1; `signal` ends it. */
export function upload(path, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    // Of what has been sent, fetch tells nothing.
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 1);
    request.onload = () => {
      report(request.status >= 500 ? "fairlead:down" : "fairlead:up");
      if (request.status < 300) resolve(request.response);
      else reject(refused(request.status, request.statusText, request.response));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new Problem({ status: 0, detail: "The upload was stopped." }));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
