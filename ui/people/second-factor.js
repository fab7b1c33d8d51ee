// The second factor: set up on a page of its own, step by step; shown and turned off on the page Account.

import { api } from "../kit/api.js";
import { copyShown } from "../kit/copy.js";
import { opened } from "../kit/feed.js";
import { focusOn } from "../kit/focus.js";
import { note } from "../kit/notes.js";
import { safePath } from "../kit/safe-path.js";
import { showOnce } from "../kit/secret.js";
import { relative } from "../kit/time.js";
import { plural } from "../kit/words.js";

const FIELDS = ["present", "code"];
const TITLES = { password: "Set up a second factor", code: "Scan the key", codes: "Recovery codes" };

export function factorSetup() {
  return {
    step: "password",
    present: "",
    code: "",
    key: "",
    qr: null,
    codes: [],
    copied: false,
    missing: {},
    problem: null,
    busy: false,

    get title() { return TITLES[this.step]; },
    errorAt(field) { return this.missing[field] ?? this.problem?.at(field) ?? null; },
    get otherError() { return this.problem?.besides(FIELDS) ?? null; },

    begin() {
      return this.run("present", "Enter your password.", async () => {
        const { secret, qr } = await api.post("/api/account/factor", { present: this.present });
        Object.assign(this, { present: "", key: secret.match(/.{4}/g).join(" "), qr, step: "code" });
        focusOn(() => this.$refs.code);
      });
    },
    confirm() {
      return this.run("code", "Enter the code that the app shows.", async () => {
        const { recovery_codes: codes } = await api.put("/api/account/factor", { code: this.code });
        Object.assign(this, { codes, key: "", qr: null, step: "codes" });
        focusOn(() => this.$refs.title);
      });
    },
    async run(field, missing, act) {
      this.problem = null;
      this.missing = this[field].trim() ? {} : { [field]: missing };
      if (!this.missing[field]) {
        this.busy = true;
        try {
          await act();
        } catch (problem) {
          this.problem = problem;
        } finally {
          this.busy = false;
        }
      }
      focusOn(() => this.$root.querySelector('[aria-invalid="true"]'));
    },

    async copy() { this.copied = await copyShown(this.codes.join("\n"), this.$refs.codes); },
    done() { location.assign(safePath(new URLSearchParams(location.search).get("next") ?? "/account")); },
    async signOut() {
      await api.delete("/api/session").catch(() => null);
      location.assign("/login");
    },
  };
}

export function factor() {
  return {
    state: null,
    problem: null,
    asking: "",
    present: "",
    missing: null,
    askProblem: null,
    busy: false,

    async init() {
      window.addEventListener("fairlead:retry", () => this.reload());
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

    askCodes() { this.ask("codes"); },
    askOff() { this.ask("off"); },
    ask(what) {
      Object.assign(this, { asking: what, present: "", missing: null, askProblem: null });
      this.$refs.dialog.showModal();
      this.$refs.present.focus();
    },
    close() { this.$refs.dialog.close(); },
    get askTitle() { return this.asking === "off" ? "Turn the second factor off?" : "New recovery codes"; },
    get askText() {
      return this.asking === "off" ? "Your password alone is then enough to sign in. Your recovery codes end, too." : "The codes you have now stop working.";
    },
    get askAction() { return this.asking === "off" ? "Turn off" : "Make new codes"; },
    get presentError() { return this.missing ?? this.askProblem?.at("present") ?? null; },
    get askError() { return this.askProblem?.besides(["present"]) ?? null; },

    async go() {
      this.askProblem = null;
      this.missing = this.present ? null : "Enter your password.";
      if (!this.missing) {
        this.busy = true;
        try {
          const off = this.asking === "off";
          const made = await api.post(`/api/account/factor/${off ? "remove" : "recovery-codes"}`, { present: this.present });
          this.close();
          if (off) note("Your second factor is turned off.");
          else showOnce("Your recovery codes", [{ label: "Codes", text: made.recovery_codes.join("\n"), isLong: true }], "Each opens your account once if you lose your phone.");
          await this.reload();
          this.$refs.title.focus();
        } catch (problem) {
          this.askProblem = problem;
        } finally {
          this.busy = false;
        }
      }
      focusOn(() => this.$refs.dialog.querySelector('[aria-invalid="true"]'));
    },
  };
}
