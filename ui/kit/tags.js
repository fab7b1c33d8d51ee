// A combo box for the values of a field of a form: works on `draft[field]` and `options[field]` of the form around it.

import { combo } from "./combo.js";

/** Options are texts, or say more: { value, label, note }. */
const asOption = (option) => (typeof option === "string" ? { value: option, label: option } : option);

/**
 * `field` names the list in the form; with `free`, a value outside the options may be entered too; with `single`, there is
 * one at most, and another takes its place.
 */
export const tags = (field, free = false, single = false) => combo({
  name: field,
  options: (form) => form.options[field].map(asOption),
  chosen: (form) => form.draft[field],
  take: (form, values) => { form.draft[field] = values; },
  free: free ? asOption : null,
  single,
});
