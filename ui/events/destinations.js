// Where events are sent to: each destination, how it is doing, and what can be done with it.

import Alpine from "@alpinejs/csp";

import { api } from "../kit/api.js";
import { ask } from "../kit/ask.js";
import { showSigningSecret } from "./destination-form.js";
import { list } from "../kit/list.js";
import { note } from "../kit/notes.js";
import { count } from "../kit/words.js";

export function destinations() {
  return list({
    list: "destinations",
    noun: "destination",
    path: "/api/destinations",
    refresh: ["destination"],
    signals: ["destination:saved", "delivery:changed"],

    read: (item) => ({ ...item, ...stateOf(item) }),
    receive({ items, can_mail: canMail, template, placeholders }) {
      this.all = items.map(this.read);
      window.dispatchEvent(new CustomEvent("destination:list", { detail: { items: Alpine.raw(this.all), canMail, template, placeholders } }));
    },
    underWay: ({ waiting, is_on: on }) => waiting && on,

    iconOf({ kind }) { return { email: "#i-mail", webhook: "#i-hook" }[kind] ?? "#i-chat"; },
    waitingText({ waiting }) { return waiting ? `${waiting >= 1000 ? "1,000 or more" : count(waiting)} waiting` : ""; },

    toggle(item) {
      return this.act(item, async () => {
        await api.patch(`/api/destinations/${item.id}`, { is_on: !item.is_on }, { match: item.etag });
        note(item.is_on ? `Nothing is sent to ${item.name} any more.` : `${item.name} gets what happens from now on.`);
      });
    },

    test(item) {
      return this.act(item, async () => {
        await api.post(`/api/destinations/${item.id}/test`);
        note(`A test is on its way to ${item.name}.`);
        window.dispatchEvent(new CustomEvent("delivery:changed"));
      });
    },

    rotate({ id, name }) {
      ask({
        title: `New secret for ${name}?`, action: "Make a new secret",
        text: "Every message is signed with both secrets for a day: time to put the new one in place.",
        run: () => api.post(`/api/destinations/${id}/rotate`),
        done: ({ destination, secret }) => {
          showSigningSecret(destination.name, secret);
          this.reload();
        },
      });
    },
    remove({ id, name, etag: match }) {
      ask({
        title: `Remove ${name}?`, action: "Remove",
        text: "Nothing is sent there from now on, not even what waits. What was sent stays in the history.",
        run: () => api.delete(`/api/destinations/${id}`, { match }),
        done: () => {
          note(`${name} is removed.`);
          this.reload();
        },
      });
    },
  });
}

function stateOf({ is_on: on, off_reason: reason, last }) {
  if (!on) return { look: "", state: "Off", about: reason ? `${reason}, so it was switched off.` : "" };
  if (!last) return { look: "", state: "Nothing sent yet", about: "" };
  if (last.status === "delivered") return { look: "chip-good", state: "Works", about: "" };
  return { look: "chip-bad", state: last.status === "failed" ? "Given up" : "Fails", about: last.answer };
}
