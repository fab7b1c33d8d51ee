// The kinds of senders, which are the same for everybody and as long as the page is open.

import { api } from "../kit/api.js";

export const PLAIN = "plain";

let known = null;

/** The kinds by name, any sender first; asked for once. */
export function loadKinds() {
  known ??= api.get("/api/source-kinds").then(({ items }) => items);
  known.catch(() => { known = null; });
  return known;
}
