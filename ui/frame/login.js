// Signing in.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";
import { safePath } from "../kit/safe-path.js";

export const login = () => form({
  keeps: false,
  asksCode: false,

  blank: () => ({ email: "", password: "", code: "" }),
  check(draft) {
    return {
      email: !draft.email.trim() && "Enter your email address.",
      password: !draft.password && "Enter your password.",
      code: this.asksCode && !draft.code.trim() && "Enter the code.",
    };
  },
  bodyOf({ email, password, code }) { return { email: email.trim(), password, ...(this.asksCode ? { code } : {}) }; },
  async send(body) {
    await api.post("/api/session", body, { stay: true });
    location.assign(safePath(new URLSearchParams(location.search).get("next") ?? "/"));
    // Until the next page is there, nothing can be pressed again.
    return new Promise(() => {});
  },

  /** The first time the code is asked for, nothing was wrong. */
  refused(problem) {
    const asked = problem.at("code") !== null;
    const isNew = asked && !this.asksCode;
    this.asksCode ||= asked;
    this.problem = isNew ? null : problem;
    if (!isNew) this.entry().select();
  },
  entry() { return this.element.querySelector(this.asksCode ? "[name=code]" : "[name=password]"); },
  focusFault() { focusOn(() => this.element.querySelector('[aria-invalid="true"]') ?? this.entry()); },
  back() {
    this.asksCode = false;
    this.take(null);
    focusOn(() => this.entry());
  },
});
