// What is shown once: a password or a token just made, with a button that copies it.

/** Parts of a component that shows a secret; the page has the field as `$refs.secret`. */
export const secretParts = () => ({
  secret: "",
  copied: false,

  showSecret(text) {
    this.secret = text;
    this.copied = false;
    const field = this.$refs.secret;
    // Alpine shows what was hidden with the next frame; before that nothing can be focused.
    this.$nextTick(() => requestAnimationFrame(() => { field.focus(); field.select(); }));
  },

  forgetSecret() { this.secret = ""; },

  /** Without a secure connection there is no clipboard; then what is selected can be copied by hand. */
  async copySecret() {
    this.$refs.secret.select();
    try {
      await navigator.clipboard.writeText(this.secret);
      this.copied = true;
    } catch {
      this.copied = document.execCommand("copy");
    }
  },
});
