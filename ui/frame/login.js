// Signing in.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { safePath } from "../kit/safe-path.js";

export function login() {
  return {
    email: "",
    password: "",
    code: "",
    asksCode: false,
    problem: null,
    missing: {},
    busy: false,

    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get emailError() { return this.errorAt("email"); },
    get passwordError() { return this.errorAt("password"); },
    get codeError() { return this.errorAt("code"); },
    get otherError() { return this.problem?.besides(["email", "password", "code"]) ?? null; },

    async submit() {
      this.problem = null;
      this.missing = {
        ...(this.email.trim() ? {} : { email: "Enter your email address." }),
        ...(this.password ? {} : { password: "Enter your password." }),
        ...(!this.asksCode || this.code.trim() ? {} : { code: "Enter the code." }),
      };
      const [first] = Object.keys(this.missing);
      if (first) return this.$refs[first].focus();
      this.busy = true;
      try {
        const code = this.asksCode ? { code: this.code } : {};
        await api.post("/api/session", { email: this.email.trim(), password: this.password, ...code }, { stay: true });
        location.assign(safePath(new URLSearchParams(location.search).get("next") ?? "/"));
      } catch (problem) {
        this.busy = false;
        this.refused(problem);
      }
    },

    /** The first time the code is asked for, nothing was wrong. */
    refused(problem) {
      const asked = problem.at("code") !== null;
      const isNew = asked && !this.asksCode;
      this.asksCode ||= asked;
      this.problem = isNew ? null : problem;
      const field = this.asksCode ? "code" : "password";
      if (!isNew) this.$refs[field].select();
      focusOn(() => this.$refs[field]);
    },
    back() {
      Object.assign(this, { asksCode: false, code: "", password: "", problem: null, missing: {} });
      focusOn(() => this.$refs.password);
    },
  };
}
