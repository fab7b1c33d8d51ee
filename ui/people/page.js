// The people of the workspace, for its admins: who signs in, as what, and who no longer does.

import { api } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { clock, exact, now, relative } from "../kit/time.js";
import { userId } from "../kit/who.js";
import { initials, plural, tone } from "../kit/words.js";

const FIELDS = ["email", "name", "role", "caller_id"];
const ROLES = [
  { id: "admin", name: "Admin", about: "Everything, people and sources included" },
  { id: "manager", name: "Manager", about: "Leads, callers and routing" },
  { id: "caller", name: "Caller", about: "Their own leads" },
  { id: "analyst", name: "Analyst", about: "Looks at everything, changes nothing" },
];

export function people() {
  return list({
    list: "people",
    noun: "person",
    refresh: ["user", "workspace"],
    sorts: {
      name: ({ name }) => name, role: ({ role }) => ROLES.findIndex(({ id }) => id === role), seen: ({ last_used_at: at }) => at,
      status: ({ disabled }) => Number(disabled),
    },
    words: ({ name, email }) => [name, email],
    workspace: null,
    roles: ROLES,
    callers: [],
    busy: "",
    id: null,
    draft: { email: "", name: "", role: "manager", caller_id: "" },
    missing: {},
    formProblem: null,
    asked: null,
    askProblem: null,

    async request() {
      const [people, workspace] = await Promise.all([api.get("/api/users"), api.get("/api/workspace")]);
      this.workspace = workspace;
      return people;
    },

    get summary() {
      const disabled = this.all.filter((person) => person.disabled).length;
      return this.all.length ? `${plural(this.all.length - disabled, "person", "people")} can sign in${disabled ? `, ${disabled} no longer` : ""}` : "";
    },
    isMe(person) { return person.id === userId; },
    roleName(person) { return ROLES.find(({ id }) => id === person.role)?.name ?? person.role; },
    roleLook(person) { return person.role === "admin" ? "chip-accent" : ""; },
    seen(person) { return person.last_used_at ? relative(person.last_used_at) : "Not signed in"; },
    seenExactly(person) { return exact(person.last_used_at); },
    isLocked(person) { return Boolean(person.locked_until) && Date.parse(person.locked_until) > now(); },
    lockedText(person) { return person.locked_until ? `Locked until ${clock(person.locked_until)}` : ""; },

    // Adding and editing

    add() { this.open(null, { email: "", name: "", role: "manager", caller_id: "" }); },
    edit(person) { this.open(person.id, { email: person.email, name: person.name, role: person.role, caller_id: person.caller_id ?? "" }); },
    open(id, draft) {
      this.id = id;
      this.draft = draft;
      this.missing = {};
      this.formProblem = null;
      this.$refs.form.showModal();
      this.$refs[id ? "name" : "email"].focus();
      this.loadCallers();
    },
    async loadCallers() {
      const chosen = this.draft.caller_id;
      this.callers = (await api.get("/api/callers").catch(() => ({ items: this.callers }))).items;
      // The choice is there only now.
      this.$nextTick(() => { this.draft.caller_id = ""; this.$nextTick(() => { this.draft.caller_id = chosen; }); });
    },
    get isCaller() { return this.draft.role === "caller"; },
    closeForm() { this.$refs.form.close(); },
    get formTitle() { return this.id ? "Edit person" : "Add a person"; },
    get saveText() { return this.busy === "form" ? "Saving…" : this.id ? "Save" : "Add person"; },
    errorAt(field) { return this.missing[field] ?? this.formProblem?.at(field) ?? null; },
    get otherError() { return this.formProblem?.besides(FIELDS) ?? null; },

    async submit() {
      const { email, name, role } = this.draft;
      this.formProblem = null;
      this.missing = {
        ...(this.id || email.trim() ? {} : { email: "Enter the address they sign in with." }),
        ...(name.trim() ? {} : { name: "Enter the person's name." }),
      };
      if (!Object.keys(this.missing).length) {
        this.busy = "form";
        try {
          const body = { name: name.trim(), role, caller_id: (this.isCaller && this.draft.caller_id) || null };
          if (this.id) await api.patch(`/api/users/${this.id}`, body);
          const added = this.id ? null : await api.post("/api/users", { ...body, email: email.trim() });
          this.closeForm();
          note(this.id ? `${name.trim()} is saved.` : `${name.trim()} is added.`);
          if (added) showPassword(added.name, added.password);
          await this.reload();
        } catch (problem) {
          this.formProblem = problem;
        } finally {
          this.busy = "";
        }
      }
      focusOn(() => this.$refs.form.querySelector('[aria-invalid="true"]'));
    },

    // What is asked before it is done

    toggle(person) {
      if (person.disabled) this.setDisabled(person, false);
      else if (person.caller_id) this.askLeave(person);
      else this.ask({ title: `Disable ${person.name}?`, text: "They are signed out everywhere at once, their personal tokens end for good, and they cannot sign in until enabled again.", action: "Disable", run: () => this.setDisabled(person, true) });
    },
    /** Where the open leads of the caller they are go; see callers/departure.js. */
    askLeave({ id, name, caller_id: callerId }) {
      window.dispatchEvent(new CustomEvent("caller:leaves", { detail: { callerId, name, why: "disable", act: async (handOver) => {
        const answer = await api.patch(`/api/users/${id}`, { disabled: true, hand_over: handOver });
        await this.reload();
        return answer;
      } } }));
    },
    askReset(person) {
      this.ask({ title: `New password for ${person.name}?`, text: "The present one stops working. They are signed out everywhere, and their personal tokens end for good.", action: "Make a new password", run: () => this.reset(person) });
    },
    askTakeOff(person) {
      this.ask({ title: `Take the second factor off ${person.name}?`, text: `Do this only if you know that ${person.name} asked for it. Their password alone is then enough to sign in.`, action: "Take it off", run: () => this.takeOff(person) });
    },
    get isRequired() { return this.workspace?.requires_factor ?? false; },
    toggleRequired() {
      const wanted = !this.isRequired;
      const without = this.all.filter((person) => !person.disabled && !person.has_factor).length;
      const act = () => this.run({ id: "require" }, async () => {
        this.workspace = await api.patch("/api/workspace", { requires_factor: wanted });
        note(wanted ? "Everybody needs a second factor now." : "A second factor is optional now.");
        if (wanted && !this.all.find((person) => this.isMe(person))?.has_factor) location.assign("/second-factor?next=/people");
      });
      if (!wanted) return act();
      return this.ask({ title: "Require a second factor?", text: `${plural(without, "person has", "people have")} none yet. They must set one up before they can go on, and their programs are refused until then.`, action: "Require it", run: act });
    },
    ask(question) {
      this.asked = question;
      this.askProblem = null;
      this.$refs.ask.showModal();
    },
    keep() { this.$refs.ask.close(); },
    get askTitle() { return this.asked?.title ?? ""; },
    get askText() { return this.asked?.text ?? ""; },
    get askAction() { return this.asked?.action ?? "Continue"; },
    go() { return this.asked.run(); },

    async setDisabled(person, disabled) {
      await this.run(person, async () => {
        await api.patch(`/api/users/${person.id}`, { disabled });
        note(disabled ? `${person.name} is disabled.` : `${person.name} can sign in again.`);
      });
    },
    async reset(person) {
      await this.run(person, async () => {
        const { password } = await api.post(`/api/users/${person.id}/password`);
        this.keep();
        showPassword(person.name, password);
      });
    },
    async takeOff(person) {
      await this.run(person, async () => {
        await api.delete(`/api/users/${person.id}/factor`);
        note(`${person.name} signs in with the password alone.`);
      });
    },
    async run(person, act) {
      const { ask } = this.$refs;
      this.busy = person.id;
      try {
        await act();
        ask.close();
        await this.reload();
      } catch (problem) {
        this.askProblem = problem.message;
        if (!ask.open) note(problem.message);
      } finally {
        this.busy = "";
      }
    },

    initials, tone,
  });
}

const showPassword = (name, password) => showOnce(`Password of ${name}`, [{ label: "Password", text: password }], "They can change it in their account.");
