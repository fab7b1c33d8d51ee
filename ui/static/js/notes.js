// Short notes at the foot of the page: what was just done. Read out by screen readers.

const SHOWN_MS = 5_000;

/** Shows `text` for some seconds. */
export function note(text) {
  window.dispatchEvent(new CustomEvent("fairlead:note", { detail: text }));
}

export function notes() {
  let number = 0;
  return {
    all: [],

    init() {
      window.addEventListener("fairlead:note", ({ detail }) => {
        const id = ++number;
        this.all.push({ id, text: detail });
        setTimeout(() => { this.all = this.all.filter((entry) => entry.id !== id); }, SHOWN_MS);
      });
    },
  };
}
