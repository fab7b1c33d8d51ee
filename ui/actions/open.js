// Opens the dialog of an action on many; see actions/dialog.js.

/**
 * `ask`: { action, ids or filter, holders }, where holders are the ids of the callers who have the leads. `done` is called when it
 * was done.
 */
export function openAction(ask, done) {
  window.dispatchEvent(new CustomEvent("leads:act", { detail: { ...ask, done } }));
}
