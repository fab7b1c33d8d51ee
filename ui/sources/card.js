// What the cards on a source's page share, which change a part of it: they stand inside its `source`.

/**
 * Part of a form on the source of the page: it follows what is saved elsewhere. What is being typed here stays, and conflicts
 * only with a change of the same part.
 */
export const onSource = () => ({
  path: "/api/sources",
  verb: "patch",

  init() {
    this.start();
    this.$watch("source", (source) => {
      if (source && !this.isChanged) this.take(source);
      else if (source && JSON.stringify(this.draftOf(source)) === this.before) this.etag = source.etag;
    });
  },
});

/** Tells the page of the source as it is saved now. */
export const told = (source) => window.dispatchEvent(new CustomEvent("source:saved", { detail: source }));
