// Coming in by a link: an invitation, or to set another password for one that was forgotten. What stands behind the # of the address
// is good once, so it is used only when a password was chosen: programs that look at links in e-mails use up nothing.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { form } from "../kit/form.js";

export const welcome = () => form({
  keeps: false,
  invited: null,
  useless: null,
  isSet: false,
  asksCode: false,

  init() {
    this.start();
    window.addEventListener("hashchange", () => location.reload());
    this.look();
  },
  get token() { return location.hash.slice(1); },
  async look() {
    try {
      if (!this.token) throw new Error("The address is not whole. Open the link again, or copy all of it.");
      this.invited = await api.post("/api/auth/link", { token: this.token }, { stay: true });
      focusOn(() => this.element.querySelector("[name=password]"));
    } catch (problem) {
      this.end(problem);
    }
  },
  end(problem) {
    this.invited = null;
    this.useless = problem.message;
    focusOn(() => this.$refs.useless);
  },

  get email() { return this.invited?.email ?? ""; },
  get heading() {
    if (this.asksCode) return "Enter your code";
    return this.invited?.kind === "reset" ? "Set a new password" : `Welcome, ${this.invited?.name ?? ""}`;
  },
  get about() {
    if (!this.invited || this.asksCode) return "Your new password is set.";
    if (this.invited.kind === "reset") return "It signs you out everywhere else, and ends your personal tokens.";
    return `Choose a password for ${this.invited.workspace_name}. You sign in with it and your email address.`;
  },

  blank: () => ({ password: "", code: "" }),
  check(draft) {
    if (this.asksCode) return { code: !draft.code.trim() && "Enter the code." };
    return { password: !draft.password && "Choose a password." };
  },
  bodyOf: ({ password, code }) => ({ password, code }),
  async send({ password, code }) {
    if (!this.isSet) await api.put("/api/auth/link", { token: this.token, password }, { stay: true });
    this.isSet = true;
    await api.post("/api/session", { email: this.email, password, ...(this.asksCode ? { code } : {}) }, { stay: true });
    location.replace("/");
    // Until the next page is there, nothing can be pressed again.
    return new Promise(() => {});
  },

  /** The first time the code is asked for, nothing was wrong. A link that is no longer good is said in place of the form. */
  refused(problem) {
    if (!this.isSet && [404, 409].includes(problem.status)) {
      this.end(problem);
      return;
    }
    const isNew = problem.at("code") !== null && !this.asksCode;
    this.asksCode ||= isNew;
    this.problem = isNew ? null : problem;
  },
  focusFault() {
    if (this.useless) return;
    focusOn(() => this.element.querySelector('[aria-invalid="true"]') ?? this.element.querySelector(this.asksCode ? "[name=code]" : "[name=password]"));
  },
});

/** A forgotten password: the answer is the same whoever it is. */
export const forgotten = () => form({
  keeps: false,
  asked: null,

  blank: () => ({ email: "" }),
  check: ({ email }) => ({ email: !email.trim() && "Enter your email address." }),
  bodyOf: ({ email }) => ({ email: email.trim() }),
  async send(body) {
    await api.post("/api/auth/forgotten", body, { stay: true });
    this.asked = body.email;
  },
  saved() { focusOn(() => this.$refs.asked); },
});
