// Copying a text that the page shows.

import { note } from "./notes.js";

/**
 * Copies `text`, which `shown` shows; whether it worked. Browsers let pages copy behind TLS or on this machine only;
 * elsewhere the text is selected for the keyboard.
 */
export async function copyShown(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    note("Copied.");
    return true;
  } catch {
    shown.focus();
    if (shown.select) shown.select();
    else getSelection().selectAllChildren(shown);
    note("Selected: press Ctrl+C or ⌘C to copy.");
    return false;
  }
}
