// A source's new token and signing secret, and the way on to where they are pasted.

import { showOnce } from "../kit/secret.js";
import { curlCommand } from "./ways-in-texts.js";

/** `key` is { source, token, secret }. Who wants to know of it hears "source:key", and "source:set-up" if it is to be used now. */
export function showKey(key) {
  tell("source:key", key);
  const entries = [
    { label: "Token", text: key.token },
    { label: "Signing secret", text: key.secret },
    { label: "Command to try it", text: curlCommand(location.origin, key.token), isLong: true },
  ];
  showOnce(`The key of ${key.source.name}`, entries, "", { label: "Set up the sender", go: () => tell("source:set-up", key) });
}

const tell = (name, key) => window.dispatchEvent(new CustomEvent(name, { detail: key }));
