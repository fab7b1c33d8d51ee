// What a person has typed and nobody has stored yet. It is kept in the browser under who they are, outlasts a lost connection and a
// reload, and ends when they sign out. Each thing has a name of its own, so that two tabs do not write over each other.

import { userId } from "./who.js";

const PREFIX = `fairlead-kept:${userId}:`;
// What the browser does not store lasts as long as the page.
const inPage = new Map();

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    inPage.delete(name);
  } catch {
    inPage.set(name, value);
  }
}

export function kept(name) {
  if (inPage.has(name)) return inPage.get(name);
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

export function letGo(name) {
  inPage.delete(name);
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing was stored.
  }
}

/** The names that begin so, in their order. */
export function keptNames(beginning) {
  const names = [...inPage.keys()];
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) names.push(key.slice(PREFIX.length));
  } catch {
    // Only what is in the page is kept.
  }
  return [...new Set(names)].filter((name) => name.startsWith(beginning)).sort();
}

export function letAllGo() { for (const name of keptNames("")) letGo(name); }
