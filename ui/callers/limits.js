// The dialog that changes the limits of many callers. "callers:limit" opens it with { number, act }: act(limits) does it.

import { form } from "../kit/form.js";
import { plural } from "../kit/words.js";

const AS_IT_IS = "";

export const callerLimits = () => form({
  keeps: false,
  opens: "callers:limit",
  asked: null,

  blank: () => ({ daily_limit: AS_IT_IS, max_load: AS_IT_IS }),
  draftOf() { return this.blank(); },
  opened(asked) { this.asked = asked; },
  get title() { return `Limits of ${plural(this.asked?.number ?? 0, "caller")}`; },
  get action() { return "Change limits"; },

  check({ daily_limit: daily, max_load: open }) {
    return {
      daily_limit: fault(daily) || (daily === AS_IT_IS && open === AS_IT_IS && "Give one limit or both."),
      max_load: fault(open),
    };
  },
  bodyOf(draft) { return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== AS_IT_IS).map(([name, value]) => [name, Number(value)])); },
  send(limits) { return this.asked.act(limits); },
  saved() {},
});

const fault = (value) => value !== AS_IT_IS && !/^\d{1,7}$/.test(value) && "Write a whole number; 0 is no limit.";
