// Signing in.

import { api } from "./api.js";
import { focusOn } from "./focus.js";
import { safePath } from "./safe-path.js";

export function login() {
  return {
    email: "",
    password: "",
    problem: null,
    emailMissing: null,
    passwordMissing: null,
    busy: false,

    get emailError() { return this.emailMissing ?? this.problem?.at("email") ?? null; },
    get passwordError() { return this.passwordMissing ?? this.problem?.at("password") ?? null; },
    get otherError() { return this.problem?.besides(["email", "password"]) ?? null; },

    async submit() {
      this.problem = null;
      this.emailMissing = this.email.trim() ? null : "Enter your email address.";
      this.passwordMissing = this.password ? null : "Enter your password.";
      if (this.emailMissing) return this.$refs.email.focus();
      if (this.passwordMissing) return this.$refs.password.focus();
      this.busy = true;
      try {
        await api.post("/api/session", { email: this.email.trim(), password: this.password }, { stay: true });
        location.assign(safePath(new URLSearchParams(location.search).get("next") ?? "/"));
      } catch (problem) {
        this.problem = problem;
        this.busy = false;
        this.$refs.password.select();
        focusOn(() => this.$refs.password);
      }
    },
  };
}
