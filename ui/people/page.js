// The people of the workspace, for its admins: who signs in, as what, and who no longer does.

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { clock, exact, now, relative } from "../kit/time.js";
import { userId } from "../kit/who.js";
import { initials, plural, tone } from "../kit/words.js";
import { ROLES, showPassword } from "./form.js";

/** What is said of a link, by its state. */
const LINKS = {
  waiting: () => "E-mail on its way",
  sent: ({ created_at: at }) => `E-mail sent ${relative(at)}`,
  failed: () => "E-mail could not be sent",
  made: ({ created_at: at }) => `Link made ${relative(at)}`,
  revoked: () => "Link revoked",
  expired: () => "Link expired",
};

export function people() {
  return list({
    list: "people",
    noun: "person",
    refresh: ["user", "workspace", "caller"],
    sorts: {
      name: ({ name }) => name, role: ({ role }) => ROLES.findIndex(({ id }) => id === role), seen: ({ last_used_at: at }) => at,
      status: ({ disabled }) => Number(disabled),
    },
    words: ({ name, email }) => [name, email],
    workspace: null,

    async request() {
      const [people, workspace] = await Promise.all([api.get("/api/users"), api.get("/api/workspace")]);
      this.workspace = workspace;
      return people;
    },

    get summary() {
      const disabled = this.all.filter((person) => person.disabled).length;
      const invited = this.all.filter((person) => person.invited && !person.disabled).length;
      const all = [`${plural(this.all.length - disabled - invited, "person", "people")} can sign in`, invited && `${invited} invited`, disabled && `${disabled} no longer`];
      return this.all.length ? all.filter(Boolean).join(", ") : "";
    },
    callerText({ caller }) { return caller ? `The caller ${caller.name}${caller.standing === "free" ? "" : `, ${caller.standing}`}` : ""; },
    isMe(person) { return person.id === userId; },
    roleName(person) { return ROLES.find(({ id }) => id === person.role)?.name ?? person.role; },
    roleLook(person) { return person.role === "admin" ? "chip-accent" : ""; },
    seen(person) {
      if (person.invited) return "Invited";
      return person.last_used_at ? relative(person.last_used_at) : "Not signed in";
    },
    linkText({ link, invited }) { return link && (invited || link.kind === "reset") ? LINKS[link.state]?.(link) ?? "" : ""; },
    linkTitle({ link }) { return link ? [link.answer, `Until ${exact(link.expires_at)}`].filter(Boolean).join(" · ") : null; },
    hasLink({ link }) { return Boolean(link) && ["waiting", "sent", "failed", "made"].includes(link.state); },
    linkLabel({ name, invited }) { return invited ? `Invite ${name} again` : `Send ${name} a link to set a password`; },
    seenExactly(person) { return exact(person.last_used_at); },
    isLocked(person) { return Boolean(person.locked_until) && Date.parse(person.locked_until) > now(); },
    lockedText(person) { return person.locked_until ? `Locked until ${clock(person.locked_until)}` : ""; },

    // What is asked before it is done

    toggle(person) {
      const { name } = person;
      if (person.disabled) return this.act(person, async () => {
        const { caller } = await api.patch(`/api/users/${person.id}`, { disabled: false }, { match: person.etag });
        note([`${name} can sign in again.`, caller && `The caller ${caller.name} ${caller.standing === "free" ? "gets leads again" : `is still ${caller.standing}`}.`].filter(Boolean).join(" "));
      });
      if (person.caller_id) return this.askLeave(person);
      return ask({
        title: `Disable ${name}?`, action: "Disable", keep: "Cancel",
        text: "They are signed out everywhere at once, their personal tokens end for good, and they cannot sign in until enabled again.",
        run: () => api.patch(`/api/users/${person.id}`, { disabled: true }, { match: person.etag }), done: () => this.changed(`${name} is disabled.`),
      });
    },
    /** Where the open leads of the caller they are go; see callers/departure.js. */
    askLeave({ id, name, caller_id: callerId, etag: match }) {
      window.dispatchEvent(new CustomEvent("caller:leaves", { detail: { callerId, name, why: "disable", act: async (handOver) => {
        const answer = await api.patch(`/api/users/${id}`, { disabled: true, hand_over: handOver }, { match });
        await this.reload();
        return answer;
      } } }));
    },
    sendLink(person) { window.dispatchEvent(new CustomEvent("link:send", { detail: person })); },
    revokeLink({ id, name }) {
      ask({
        title: `Revoke the link of ${name}?`, action: "Revoke", keep: "Cancel", text: "It does not work any more. You can send another.",
        run: () => api.delete(`/api/users/${id}/link`), done: () => this.changed(`The link of ${name} is revoked.`),
      });
    },
    reset({ id, name }) {
      ask({
        title: `New password for ${name}?`, action: "Make a new password", keep: "Cancel",
        text: "The present one stops working. They are signed out everywhere, and their personal tokens end for good.",
        run: () => api.post(`/api/users/${id}/password`), done: ({ password }) => { showPassword(name, password); this.reload(); },
      });
    },
    takeOff({ id, name, etag: match }) {
      ask({
        title: `Take the second factor off ${name}?`, action: "Take it off", keep: "Cancel",
        text: `Do this only if you know that ${name} asked for it. Their password alone is then enough to sign in.`,
        run: () => api.delete(`/api/users/${id}/factor`, { match }), done: () => this.changed(`${name} signs in with the password alone.`),
      });
    },
    get isRequired() { return this.workspace?.requires_factor ?? false; },
    toggleRequired() {
      const wanted = !this.isRequired;
      const without = this.all.filter((person) => !person.disabled && !person.has_factor).length;
      const run = () => api.patch("/api/workspace", { requires_factor: wanted }, { match: this.workspace.etag });
      const done = () => {
        this.changed(wanted ? "Everybody needs a second factor now." : "A second factor is optional now.");
        if (wanted && !this.all.find((person) => this.isMe(person))?.has_factor) location.assign("/second-factor?next=/people");
      };
      if (!wanted) return this.act({ id: "require" }, async () => { await run(); await done(); });
      return ask({
        title: "Require a second factor?", action: "Require it", keep: "Cancel", run, done,
        text: `${plural(without, "person has", "people have")} none yet. They must set one up before they can go on, and their programs are refused until then.`,
      });
    },

    changed(text) {
      note(text);
      return this.reload();
    },

    initials, tone,
  });
}
