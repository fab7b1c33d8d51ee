// Short notes at the foot of the page: what was just done. Read out by screen readers.

const SHOWN_MS = 5_000;

/** Shows `text` for some seconds. */
export function note(text) {
  window.dispatchEvent(new CustomEvent("fairlead:note", { detail: text }));
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
        this.all.push({ id, text: detail });
        this.rise();
        setTimeout(() => {
          this.all = this.all.filter((entry) => entry.id !== id);
          if (!this.all.length) this.$root.hidePopover();
        }, SHOWN_MS);
      });
    },
  };
}
