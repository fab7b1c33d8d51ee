// The second factor: set up on a page of its own, step by step; shown and turned off on the page Account.

import { api } from "../kit/api.js";
import { copyShown } from "../kit/copy.js";
import { opened } from "../kit/feed.js";
import { focusOn } from "../kit/focus.js";
import { as } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { safePath } from "../kit/safe-path.js";
import { showOnce } from "../kit/secret.js";
import { relative } from "../kit/time.js";
import { plural } from "../kit/words.js";

const TITLES = { password: "Set up a second factor", code: "Scan the key", codes: "Recovery codes" };

export const factorSetup = () => form({
  keeps: false,
  step: "password",
  key: "",
  qr: null,
  codes: [],
  copied: false,

  get title() { return TITLES[this.step]; },

  blank: () => ({ present: "", code: "" }),
  check(draft) {
    if (this.step === "password") return { present: !draft.present && "Enter your password." };
    return { code: !draft.code.trim() && "Enter the code that the app shows." };
  },
  bodyOf({ present, code }) { return this.step === "password" ? { present } : { code }; },
  send(body) { return this.step === "password" ? api.post("/api/account/factor", body) : api.put("/api/account/factor", body); },
  saved({ secret, qr, recovery_codes: codes }) {
    if (this.step === "password") Object.assign(this, { key: secret.match(/.{4}/g).join(" "), qr, step: "code" });
    else Object.assign(this, { codes, key: "", qr: null, step: "codes" });
    focusOn(() => (codes ? this.$refs.title : this.element.querySelector("#factorcode-code")));
  },

  async copy() { this.copied = await copyShown(this.codes.join("\n"), this.$refs.codes); },
  done() { location.assign(safePath(new URLSearchParams(location.search).get("next") ?? "/account")); },
  async signOut() {
    await api.delete("/api/session").catch(() => null);
    location.assign("/login");
  },
});

export function factor() {
  return {
    state: null,
    problem: null,

    async init() {
      window.addEventListener("fairlead:retry", () => this.reload());
      window.addEventListener("factor:changed", async () => {
        await this.reload();
        this.$refs.title.focus();
      });
      await opened;
      await this.reload();
    },
    async reload() {
      try {
        this.state = await api.get("/api/account/factor");
        this.problem = null;
      } catch (problem) {
        this.problem = problem;
      }
    },

    get isOn() { return this.state?.is_on ?? false; },
    get isOff() { return Boolean(this.state) && !this.isOn; },
    get mayTurnOff() { return this.isOn && !this.state.is_required; },
    get about() {
      if (!this.state) return this.problem?.message ?? "";
      if (!this.isOn) return "Signing in asks for your password alone.";
      return `Turned on ${relative(this.state.added_at)} · ${plural(this.state.recovery_codes, "recovery code")} left`;
    },

    ask(what) { window.dispatchEvent(new CustomEvent("factor:ask", { detail: what })); },
  };
}

/** Turning it off, and making new codes: both ask for the password. */
export const factorForm = () => form({
  keeps: false,
  what: "off",

  init() {
    this.start();
    window.addEventListener("factor:ask", ({ detail }) => {
      this.what = detail;
      this.open();
    });
  },

  get isOff() { return this.what === "off"; },
  get title() { return this.isOff ? "Turn the second factor off?" : "New recovery codes"; },
  get text() { return this.isOff ? "Your password alone is then enough to sign in. Your recovery codes end, too." : "The codes you have now stop working."; },
  get action() { return this.isOff ? "Turn off" : "Make new codes"; },

  fields: { present: as("") },
  check: ({ present }) => ({ present: !present && "Enter your password." }),
  send(body) { return api.post(`/api/account/factor/${this.isOff ? "remove" : "recovery-codes"}`, body); },
  saved(made) {
    if (this.isOff) note("Your second factor is turned off.");
    else showOnce("Your recovery codes", [{ label: "Codes", text: made.recovery_codes.join("\n"), isLong: true }], "Each opens your account once if you lose your phone.");
    window.dispatchEvent(new CustomEvent("factor:changed"));
  },
});
