// A combo box: type to narrow a list, arrows and Enter to choose, Escape to close it.

const MOST_SHOWN = 60;

export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Without the spaces and signs that people put into names at will. */
const squeezed = (text) => text.replace(/[^\p{L}\p{N}]/gu, "");

const equals = ({ label, aka = [] }, wanted) => plain(label) === wanted || aka.some((word) => squeezed(plain(word)) === squeezed(wanted));
const begins = ({ label }, wanted) => plain(label).startsWith(wanted);
const matches = (option, wanted) => plain(option.label).includes(wanted) || equals(option, wanted);

const MOST_SLIPS = 2;
const LEAST_TYPED = 4;

/** Whether one word is the other but for a slip of the finger or two: a letter too many, too few or another. */
function isSlip(option, wanted) {
  const name = plain(option.label);
  if (wanted.length < LEAST_TYPED || Math.abs(name.length - wanted.length) > MOST_SLIPS) return false;
  let row = Array.from({ length: name.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(wanted).entries()) {
    const next = [index + 1];
    for (let place = 0; place < name.length; place++) {
      next.push(Math.min(row[place + 1] + 1, next[place] + 1, row[place] + (name[place] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) <= MOST_SLIPS;
}

/**
 * What differs between boxes. Each function is given the component, which knows the form around it.
 *
 * `name`: the ids in it begin with this. `options(self)`: the options, as { value, label, note, aka }; `aka` are other words
 * that find an option when they are typed in full. `chosen(self)`: the values chosen; `take(self, values)` keeps others.
 * `free(text)`: the option for typed text that is not in the list, where any text may be entered. `single`: one value at
 * most. `asText`: the one value stands in the input as text, not before it as a tag. `completes`: leaving the box takes what
 * is marked, not what was typed. `forgives`: slips of the finger find what was meant.
 */
export function combo({ name, options, chosen, take, free = null, single = false, asText = false, completes = false, forgives = false }) {
  return {
    typed: "",
    typing: false,
    listOpen: false,
    active: -1,

    part(what) { return `${name}-${what}`; },
    optionId(index) { return `${name}-option-${index}`; },
    get chosen() { return chosen(this); },
    get tagged() { return asText ? [] : this.chosen.map((value) => this.optionOf(value)); },
    get shown() { return asText && !this.typing ? this.chosen.map((value) => this.optionOf(value).label).join("") : this.typed; },
    optionOf(value) { return options(this).find((option) => option.value === value) ?? free?.(value) ?? { value, label: value }; },

    /** Where anything may be entered and nothing is suggested, an empty list has nothing to say. */
    get listShown() { return this.listOpen && (this.found.length > 0 || !free || this.typed.trim() !== ""); },
    get found() {
      const wanted = plain(this.typed.trim());
      const all = options(this);
      const found = (option) => matches(option, wanted) || (forgives && isSlip(option, wanted));
      const left = all.filter((option) => (asText || !this.chosen.includes(option.value)) && found(option));
      left.sort((one, other) => Number(begins(other, wanted)) - Number(begins(one, wanted)));
      const entered = free && wanted && !all.some((option) => equals(option, wanted)) ? free(this.typed.trim()) : null;
      const shown = left.slice(0, MOST_SHOWN);
      return entered && !this.chosen.includes(entered.value) ? [...shown, entered] : shown;
    },
    get activeId() { return this.listShown && this.found[this.active] ? this.optionId(this.active) : null; },
    get nothing() { return this.typed.trim() ? `Nothing called “${this.typed.trim()}”` : "Nothing left to choose"; },
    removeLabel({ label }) { return `Remove ${label}`; },

    /** Nothing is marked before something was typed, so that Enter chooses nothing unseen. */
    show() {
      if (!this.listOpen) this.bringIntoSight();
      this.listOpen = true;
      this.active = this.typed.trim() ? 0 : -1;
    },
    /** At the foot of a form the list would be cut off. x-show takes a frame or two. */
    bringIntoSight() {
      const list = document.getElementById(this.part("list"));
      requestAnimationFrame(() => requestAnimationFrame(() => list?.scrollIntoView({ block: "nearest" })));
    },
    hide() { this.listOpen = false; },
    focusInput() { this.$refs.input.focus(); },
    enterBox(event) {
      this.show();
      if (asText) event.target.select();
    },
    type(event) {
      this.typed = event.target.value;
      this.typing = true;
      this.show();
    },

    leave() {
      this.listOpen = false;
      if (!this.typing) return;
      const text = this.typed.trim();
      const marked = completes ? this.found[Math.max(0, this.active)] : null;
      if (text && (marked || free)) this.choose(marked ?? options(this).find((option) => equals(option, plain(text))) ?? free(text));
      else if (asText && !text) this.keep([]);
      if (asText) this.rest();
      this.listOpen = false;
    },
    /** What was typed is done with. */
    rest() {
      this.typed = "";
      this.typing = false;
      this.active = -1;
    },

    move(step) {
      if (!this.listOpen) {
        this.show();
        if (this.active >= 0) return;
      }
      const { length } = this.found;
      if (!length) return;
      this.active = this.active < 0 ? (step > 0 ? 0 : length - 1) : (this.active + step + length) % length;
      this.$nextTick(() => document.getElementById(this.optionId(this.active))?.scrollIntoView({ block: "nearest" }));
    },
    down(event) { event.preventDefault(); this.move(1); },
    up(event) { event.preventDefault(); this.move(-1); },

    /** With the list open Enter is the list's; without, the form's. */
    enter(event) {
      if (!this.listShown) return;
      event.preventDefault();
      if (this.found[this.active]) this.choose(this.found[this.active]);
      else this.hide();
    },

    /** A comma ends a value, as in any list one types. */
    comma(event) {
      if (asText || !this.typed.trim() || !this.found.length) return;
      event.preventDefault();
      this.choose(this.found[Math.max(0, this.active)]);
    },

    escape(event) {
      if (!this.listShown) return;
      event.preventDefault();
      event.stopPropagation();
      this.hide();
      if (asText) this.rest();
    },

    backspace() {
      if (!asText && !this.typed && this.chosen.length) this.remove(this.chosen.at(-1));
    },

    /** Sends the form around it the events of an ordinary input. */
    keep(values) {
      take(this, values);
      this.$refs.input.dispatchEvent(new Event("change", { bubbles: true }));
    },

    choose({ value }) {
      if (!this.chosen.includes(value)) this.keep(single || asText ? [value] : [...this.chosen, value]);
      this.rest();
      if (single || asText) this.hide();
    },

    remove(value) {
      this.keep(this.chosen.filter((other) => other !== value));
      this.focusInput();
    },
  };
}
