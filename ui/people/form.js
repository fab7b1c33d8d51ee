// The dialog that adds or edits a person.

import { api } from "../kit/api.js";
import { as, bodyOf, maybe, text } from "../kit/fields.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { showOnce } from "../kit/secret.js";
import { tellInvited } from "../kit/invited.js";

export const ROLES = [
  { id: "admin", name: "Admin", about: "Everything, people and sources included" },
  { id: "manager", name: "Manager", about: "Leads, callers and routing" },
  { id: "caller", name: "Caller", about: "Their own leads" },
  { id: "analyst", name: "Analyst", about: "Looks at everything, changes nothing" },
];

export const showPassword = (name, password) => showOnce(`Password of ${name}`, [{ label: "Password", text: password }], "They can change it in their account.");

export const personForm = () => form({
  path: "/api/users",
  noun: "person",
  verb: "patch",
  fields: { email: text("Enter the address they sign in with."), name: text("Enter the person's name."), role: as("manager"), caller_id: maybe },
  roles: ROLES,
  callers: [],

  async opened() {
    this.callers = (await api.get("/api/callers").catch(() => ({ items: this.callers }))).items;
    // The choice is there only now; somebody may be quicker than what shows it.
    this.$nextTick(() => {
      const { draft, draft: { caller_id: chosen } } = this;
      draft.caller_id = "";
      this.$nextTick(() => { draft.caller_id ||= chosen; });
    });
  },

  get isCaller() { return this.draft.role === "caller"; },

  bodyOf(draft) {
    const { email, caller_id: caller, ...body } = bodyOf(this.fields, draft);
    return { ...body, caller_id: this.isCaller ? caller : null, ...(this.isNew ? { email } : {}) };
  },
  async theirs() { return (await api.get(this.path)).items.find(({ id }) => id === this.id); },
  send(body) { return this.isNew ? api.post("/api/users/invitations", body) : api.patch(this.address, body, { match: this.etag }); },
  get title() { return this.isNew ? "Invite a person" : "Edit person"; },
  get action() { return this.isNew ? "Invite" : "Save"; },
  saved(person, isNew) {
    if (isNew) tellInvited([person]);
    else note(`${person.name} is saved.`);
    window.dispatchEvent(new CustomEvent("person:saved"));
  },
});
