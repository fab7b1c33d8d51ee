// The keys of lists: j and k move, Enter opens, x selects, / searches, ? shows the keys, Escape ends a selection.
// A list is an element with [data-list], its rows have [data-row]. Nothing is caught while one types, or in a dialog.

const STORED = "fairlead-keys";
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, dialog, [popover], [contenteditable]";

const isShown = (element) => element.getClientRects().length > 0;
const rowsOf = (list) => [...list.querySelectorAll("[data-row]")].filter(isShown);

/** The list that has the focus, or the first one that has rows. */
function current() {
  const lists = [...document.querySelectorAll("[data-list]")];
  return document.activeElement.closest("[data-list]") ?? lists.find((list) => rowsOf(list).length) ?? lists[0];
}

/** To the next row, or from outside the list to the first one in sight; the focus goes to what opens it. */
function move(step) {
  const rows = rowsOf(current());
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = at < 0 ? rows.find((each) => each.getBoundingClientRect().top >= 0) ?? rows[0] : rows[at + step];
  if (!row) return;
  const target = row.querySelector("[data-open]") ?? row.querySelector(".row-link") ?? row;
  if (target === row) row.tabIndex = -1;
  target.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function search() {
  const boxes = [...(current()?.querySelectorAll("input[type=search]") ?? []), ...document.querySelectorAll("main input[type=search]")];
  const box = boxes.find(isShown);
  box?.focus();
  box?.select();
  return Boolean(box);
}

export function showKeys() { document.getElementById("keys").showModal(); }

const row = () => document.activeElement.closest("[data-row]");
const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  x: () => row()?.querySelector(".pick")?.click(),
  "/": search,
  "?": showKeys,
  ArrowDown: () => (row() ? move(1) : false),
  ArrowUp: () => (row() ? move(-1) : false),
  Escape: () => { current().dispatchEvent(new Event("list:clear")); return false; },
};

export const isTyping = ({ target }) => Boolean(target.closest(TYPING));
export const areKeysUsed = () => document.getElementById("keys-used").checked;

/** Who speaks to the computer must be able to do without keys that are letters; the choice is kept in the browser. */
function areUsed() {
  try {
    return localStorage.getItem(STORED) !== "no";
  } catch {
    return true;
  }
}

export function startKeys() {
  const used = document.getElementById("keys-used");
  if (!used) return; // a page without anything to press
  used.checked = areUsed();
  used.addEventListener("change", () => {
    try {
      localStorage.setItem(STORED, used.checked ? "yes" : "no");
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  });
  document.addEventListener("keydown", (event) => {
    const act = event.key.length === 1 && !used.checked ? null : ACTS[event.key];
    if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (event.key !== "?" && !current()) return;
    if (act() !== false) event.preventDefault();
  });
}
