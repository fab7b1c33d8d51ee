// A source's new token and signing secret, and the way on to where they are pasted.

import { api } from "../kit/api.js";
import { form } from "../kit/form.js";
import { showOnce } from "../kit/secret.js";
import { PLAIN } from "./kinds.js";
import { curlCommand } from "./texts.js";

/** `key` is { source, token, secret }. Who wants to know of it hears "source:key", and "source:set-up" if it is to be used now. */
export function showKey(key) {
  tell("source:key", key);
  const isPlain = key.source.kind === PLAIN;
  const entries = [
    { label: "Token", text: key.token },
    { label: "Signing secret", text: key.secret },
    { label: "Command to try it", text: curlCommand(location.origin, key.token), isLong: true },
  ];
  const address = { label: "Secret address", text: location.origin + key.path, isLong: true };
  const more = isPlain ? "" : "Give the sender its address. Only a program of your own needs the token or the secret.";
  const go = () => (isPlain ? tell("source:set-up", key) : goTo(key.source));
  showOnce(`The key of ${key.source.name}`, isPlain ? entries : [address, ...entries.slice(0, 2)], more, { label: "Set up the sender", go });
}

/** The dialog that makes a new key; the old one works for a while. */
export const keyForm = () => form({
  path: "/api/sources",
  opens: "source:rotate",
  keeps: false,
  title: "A new key",
  action: "Make new key",

  blank: () => ({ overlap_hours: "24" }),
  draftOf: () => ({ overlap_hours: "24" }),
  bodyOf: ({ overlap_hours: hours }) => ({ overlap_hours: Number(hours) }),
  send(body) { return api.post(`${this.address}/rotate`, body); },
  saved(key) {
    tell("source:saved", key.source);
    showKey(key);
  },
});

/** The steps of a kind stand on the source's page. */
const goTo = ({ id }) => { if (location.pathname !== `/sources/${id}`) location.assign(`/sources/${id}`); };

const tell = (name, key) => window.dispatchEvent(new CustomEvent(name, { detail: key }));
