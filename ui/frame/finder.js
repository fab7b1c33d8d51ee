// The one search box: what has a page, and what can be done, by any words. Pages are those of the navigation.

import { api } from "../kit/api.js";
import { note } from "../kit/notes.js";
import { isManager, role } from "../kit/who.js";
import { leadStatus, phone } from "../kit/words.js";

const PAUSE_MS = 120;
const SLOW_MS = 1_000;

const ACTIONS = [
  { name: "Add a caller", href: "/callers#add-caller", roles: ["admin", "manager"] },
  { name: "Start a campaign", href: "/campaigns#add-campaign", roles: ["admin", "manager"] },
  { name: "Import a file", href: "/import", roles: ["admin", "manager"] },
  { name: "Add a source", href: "/sources#add-source", roles: ["admin"] },
  { name: "Add a person", href: "/people#add-person", roles: ["admin"] },
].filter(({ roles }) => roles.includes(role));

const isCalled = (name, words) => words.every((word) => name.toLowerCase().includes(word));

function pages() {
  const links = document.querySelectorAll("nav.tabs a.tab, #user-menu a.menu-item");
  return [...new Map([...links].map((link) => [link.getAttribute("href"), link])).entries()]
    .map(([href, link]) => ({ href, name: (link.querySelector(":scope > span:not(.badge)") ?? link).textContent.trim() }));
}

const leadItem = (lead) => ({
  name: lead.name || phone(lead.phone) || "No name",
  note: [lead.name ? phone(lead.phone) : "", lead.city || lead.state, leadStatus(lead).name, lead.assigned_caller?.name].filter(Boolean).join(" · "),
  href: `/leads/${lead.id}`,
});

/** Groups of what was found, each item with a key that is its id in the page. */
function grouped(found, words) {
  const named = (items, href) => items.map(({ id, name }) => ({ name, note: "", href: href(id) }));
  const said = words.join(" ");
  const groups = [
    { name: "Leads", items: found.leads.map(leadItem) },
    { name: "Callers", items: named(found.callers, (id) => `/leads?caller=${id}`).map((item) => ({ ...item, note: "Their leads" })) },
    { name: "Campaigns", items: named(found.campaigns, (id) => `/campaigns/${id}`) },
    { name: "Sources", items: isManager ? named(found.sources, (id) => `/sources/${id}`) : [] },
    { name: "Pages", items: pages().filter(({ name }) => isCalled(name, words)) },
    { name: "Actions", items: ACTIONS.filter(({ name }) => isCalled(name, words)) },
    { name: "In the list", items: isManager && said ? [{ name: `All leads with “${said}”`, href: `/leads?${new URLSearchParams({ search: said })}` }] : [] },
  ];
  return groups.filter(({ items }) => items.length)
    .map(({ name, items }) => ({ name, items: items.map((item, nr) => ({ note: "", ...item, key: `finder-${name.toLowerCase().replaceAll(" ", "-")}-${nr}` })) }));
}

const NOTHING = { leads: [], callers: [], campaigns: [], sources: [] };

export function finder() {
  let typing = 0;
  let asked = 0;
  return {
    words: "",
    groups: [],
    active: 0,
    busy: false,
    said: "",

    init() {
      window.addEventListener("fairlead:find", () => this.open());
      document.addEventListener("keydown", (event) => {
        if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
        event.preventDefault();
        if (this.$root.open) this.close();
        else if (!document.querySelector("dialog[open]")) this.open();
      });
    },

    open() {
      this.show(NOTHING);
      this.$root.showModal();
      this.$refs.input.focus();
    },
    close() { this.$root.close(); },
    leaveOutside(event) { if (event.target === this.$root) this.close(); },
    forget() {
      clearTimeout(typing);
      asked += 1;
      Object.assign(this, { words: "", groups: [], busy: false, said: "" });
    },

    get wanted() { return this.words.trim().toLowerCase().split(/\s+/).filter(Boolean); },
    get items() { return this.groups.flatMap(({ items }) => items); },
    get activeId() { return this.items[this.active]?.key ?? null; },
    isActive({ key }) { return key === this.activeId; },

    typed() {
      clearTimeout(typing);
      typing = setTimeout(() => this.search(), PAUSE_MS);
    },

    /** Pages and actions at once; the rest when it is there, if nobody has typed on since. */
    async search() {
      const turn = ++asked;
      const q = this.words.trim();
      if (!q || role === "analyst") {
        this.show(NOTHING);
        return;
      }
      this.busy = true;
      const slow = setTimeout(() => { if (turn === asked) this.said = "Searching…"; }, SLOW_MS);
      try {
        const found = await api.get(`/api/search?${new URLSearchParams({ q })}`);
        if (turn === asked) this.show(found);
      } catch (problem) {
        if (turn !== asked) return;
        this.show(NOTHING);
        this.said = problem.message;
      } finally {
        clearTimeout(slow);
        if (turn === asked) this.busy = false;
      }
    },

    show(found) {
      this.groups = grouped(found, this.wanted);
      this.active = 0;
      this.busy = false;
      this.said = this.items.length ? "" : `Nothing is called “${this.words.trim()}”.`;
    },

    move(step) {
      const { length } = this.items;
      if (!length) return;
      this.active = (this.active + step + length) % length;
      this.$nextTick(() => document.getElementById(this.activeId)?.scrollIntoView({ block: "nearest" }));
    },

    go() {
      const item = this.items[this.active];
      if (item) document.getElementById(item.key).click();
      else if (this.busy) note("Still searching.");
    },
  };
}
