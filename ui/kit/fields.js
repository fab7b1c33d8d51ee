// Fields of a form that are one line each: how a field begins, how it is edited, what is sent of it, and what is wrong with it.
// A form has them as `fields`; see kit/form.js.

/** Whether a text is a whole number. */
export const isWhole = (text) => /^\d+$/.test(text.trim());

const same = (value) => value;

/** Text that must be there; `fault` says so. */
export const text = (fault) => ({ blank: () => "", edit: same, send: (value) => value.trim(), fault: (value) => !value.trim() && fault });
/** Text that may be left out. */
export const maybe = { blank: () => "", edit: (value) => value ?? "", send: (value) => value.trim() || null };
/** A whole number, which begins as `first`. */
export const whole = (first, fault) => ({ blank: () => String(first), edit: String, send: Number, fault: (value) => !isWhole(value) && fault });
/** A whole number from 1, or nothing. */
export const maybeWhole = (fault) => ({
  blank: () => "", edit: (value) => String(value ?? ""), send: (value) => (value.trim() ? Number(value) : null),
  fault: (value) => value.trim() && !(isWhole(value) && Number(value)) && fault,
});
/** Several values, which begin as `first`; `fault` says that there must be one. */
export const several = (fault = null, first = []) => ({
  blank: () => [...first], edit: (values) => [...(values ?? [])], send: (values) => [...values], fault: (values) => !values.length && fault,
});
/** What is sent as it is, such as a choice. */
export const as = (first) => ({ blank: () => first, edit: (value) => value ?? first, send: same });

const each = (fields, take) => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, take(field, name)]));

export const blankOf = (fields) => each(fields, ({ blank }) => blank());
export const draftOf = (fields, record) => each(fields, ({ edit }, name) => edit(record[name]));
export const bodyOf = (fields, draft) => each(fields, ({ send }, name) => send(draft[name]));
export const faultsOf = (fields, draft) => each(fields, ({ fault }, name) => fault?.(draft[name]));
