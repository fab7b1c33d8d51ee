// A combo box for several values: type to narrow, arrows and Enter to choose, Backspace to take the last one back.
// Works on `draft[field]` and `options[field]` of the form around it.

const MOST_SHOWN = 60;

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * `field` names the list in the form; with `free`, a value outside the options may be entered too; with `single`, there is
 * one at most, and another takes its place.
 */
export function tags(field, free = false, single = false) {
  return {
    typed: "",
    listOpen: false,
    active: 0,

    /** Where anything may be entered and nothing is suggested, an empty list has nothing to say. */
    get listShown() { return this.listOpen && (this.found.length > 0 || !free || this.typed.trim() !== ""); },
    get chosen() { return this.draft[field]; },
    get found() {
      const wanted = plain(this.typed.trim());
      const left = this.options[field].filter((option) => !this.chosen.includes(option) && plain(option).includes(wanted));
      left.sort((one, other) => Number(plain(other).startsWith(wanted)) - Number(plain(one).startsWith(wanted)));
      if (free && wanted && !this.chosen.includes(this.typed.trim()) && !left.some((option) => plain(option) === wanted)) left.push(this.typed.trim());
      return left.slice(0, MOST_SHOWN);
    },
    get activeId() { return this.listOpen && this.found.length ? `${field}-option-${this.active}` : null; },
    get nothing() { return this.typed.trim() ? `Nothing called “${this.typed.trim()}”` : "Nothing left to choose"; },
    optionId(index) { return `${field}-option-${index}`; },
    removeLabel(value) { return `Remove ${value}`; },

    show() { this.listOpen = true; this.active = 0; },
    hide() { this.listOpen = false; },
    focusInput() { this.$refs.input.focus(); },

    /** What was typed and not chosen is kept where that is allowed, and stays in sight where it is not. */
    leave() {
      if (free && this.typed.trim()) this.choose(this.typed.trim());
      this.hide();
    },

    move(step) {
      if (!this.listOpen) { this.show(); return; }
      const { length } = this.found;
      if (!length) return;
      this.active = (this.active + step + length) % length;
      this.$nextTick(() => document.getElementById(this.optionId(this.active))?.scrollIntoView({ block: "nearest" }));
    },
    down(event) { event.preventDefault(); this.move(1); },
    up(event) { event.preventDefault(); this.move(-1); },

    enter(event) {
      const value = this.listOpen ? this.found[this.active] : null;
      if (!value) return;
      event.preventDefault();
      this.choose(value);
    },

    /** A comma ends a value, as in any list one types. */
    comma(event) {
      if (!this.typed.trim() || !this.found.length) return;
      event.preventDefault();
      this.choose(this.found[this.active]);
    },

    escape(event) {
      if (!this.listOpen) return;
      event.preventDefault();
      event.stopPropagation();
      this.hide();
    },

    backspace() {
      if (!this.typed && this.chosen.length) this.remove(this.chosen.at(-1));
    },

    choose(value) {
      if (!this.chosen.includes(value)) this.draft[field] = single ? [value] : [...this.chosen, value];
      this.typed = "";
      this.active = 0;
      if (single) this.hide();
    },

    remove(value) {
      this.draft[field] = this.chosen.filter((other) => other !== value);
      this.focusInput();
    },
  };
}
