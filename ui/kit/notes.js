// Short notes at the foot of the page: what was just done. Read out by screen readers.

const SHOWN_MS = 5_000;
const SHOWN_WITH_BUTTON_MS = 10_000;

/** Shows `text` for some seconds; with `button`, { label, act }, twice as long. */
export function note(text, button = null) {
  window.dispatchEvent(new CustomEvent("fairlead:note", { detail: { text, button } }));
}

export function toasts() {
  let number = 0;
  return {
    all: [],

    /** Above everything, a dialog that was opened later included. */
    rise() {
      if (this.$root.matches(":popover-open")) this.$root.hidePopover();
      this.$root.showPopover();
    },

    init() {
      window.addEventListener("fairlead:note", ({ detail }) => {
        const id = ++number;
        this.all.push({ id, text: detail.text, label: detail.button?.label ?? "", act: detail.button?.act });
        this.rise();
        this.dropLater(id, detail.button ? SHOWN_WITH_BUTTON_MS : SHOWN_MS);
      });
    },

    /** Not while somebody is about to press its button. */
    dropLater(id, pause) {
      setTimeout(() => {
        const shown = this.$root.querySelector(`[data-note="${id}"]`);
        if (shown?.matches(":hover, :focus-within")) this.dropLater(id, SHOWN_MS);
        else this.drop(id);
      }, pause);
    },
    drop(id) {
      this.all = this.all.filter((entry) => entry.id !== id);
      if (!this.all.length && this.$root.matches(":popover-open")) this.$root.hidePopover();
    },
    press(entry) {
      this.drop(entry.id);
      entry.act();
    },
  };
}
