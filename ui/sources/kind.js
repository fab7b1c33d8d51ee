// Connecting a sender of the source's kind: the steps with the secret address, and the sender's own secret. A card on the
// source's page, with its `source` around it.

import { api } from "../kit/api.js";
import { copyShown } from "../kit/copy.js";
import { form } from "../kit/form.js";
import { note } from "../kit/notes.js";
import { relative } from "../kit/time.js";
import { onSource, told } from "./card.js";
import { loadKinds, PLAIN } from "./kinds.js";
import { isPrivate } from "./texts.js";

export const sourceKind = () => form({
  ...onSource(),
  kinds: [],
  secretPath: "",
  shownFor: "",
  isCopied: false,

  init() {
    onSource().init.call(this);
    this.take(this.source);
    this.$watch("source", () => this.loadAddress());
    this.loadAddress();
    return this.loadKinds();
  },
  async loadKinds() {
    try {
      this.kinds = await loadKinds();
    } catch (problem) {
      note(problem.message);
    }
  },
  /** Again for each new key. Only who may see the address has a place for it. */
  async loadAddress() {
    const { source } = this;
    const wanted = source && !source.revoked_at ? `${source.id} ${source.generation}` : "";
    if (!wanted || wanted === this.shownFor || !this.$root.querySelector(".kind-secret")) return;
    this.shownFor = wanted;
    try {
      this.secretPath = (await api.get(`/api/sources/${source.id}/address`)).path;
      this.isCopied = false;
    } catch (problem) {
      this.shownFor = "";
      note(problem.message);
    }
  },

  get kind() { return this.kinds.find(({ kind }) => kind === this.source?.kind) ?? null; },
  get isPlain() { return (this.source?.kind ?? PLAIN) === PLAIN; },
  get place() { return this.isPlain ? "" : "source-ways"; },
  get heading() { return this.isPlain ? "Secret address" : `Connect ${this.kind?.name ?? ""}`; },
  get steps() { return (this.kind?.steps ?? []).map((step, number) => ({ ...step, number })); },
  get secretAddress() { return this.secretPath ? location.origin + this.secretPath : "…"; },
  get isUnreachable() { return !this.isPlain && isPrivate(location.hostname); },

  get firstChip() { return this.source?.first_lead_at ? "chip-good" : ""; },
  get firstText() {
    const first = this.source?.first_lead_at;
    return first ? `First lead came in ${relative(first)}` : "Waiting for the first lead";
  },

  get secretName() { return this.kind?.secret ?? ""; },
  get secretLabel() { return `The ${this.secretName}`; },
  get hasSecret() { return Boolean(this.source?.sender_key_set_at); },
  get secretHint() {
    return this.hasSecret
      ? `Stored ${relative(this.source.sender_key_set_at)}. It is not shown again. Leads that come without it are refused. To change it, store another one.`
      : `While none is stored, whoever knows the address can send leads. Once one is, leads that come without it are refused.`;
  },
  get saveText() { return this.hasSecret ? "Replace" : "Store"; },
  get cannotSave() { return this.busy || !this.isChanged; },

  blank: () => ({ secret: "" }),
  draftOf: () => ({ secret: "" }),
  check: ({ secret }) => ({ secret: !secret.trim() && "Enter the secret." }),
  bodyOf: ({ secret }) => ({ secret: secret.trim() }),
  send(body) { return api.put(`${this.address}/secret`, body, { match: this.etag }); },
  saved(source) {
    told(source);
    note(`The ${this.secretName} is stored.`);
  },
  async remove() {
    this.busy = true;
    try {
      const source = await api.put(`${this.address}/secret`, { secret: null }, { match: this.etag });
      this.take(source);
      told(source);
      note(`The ${this.secretName} is removed: whoever knows the address can send leads.`);
    } catch (problem) {
      this.refused(problem);
    } finally {
      this.busy = false;
    }
  },

  async copy({ currentTarget }) {
    this.isCopied = await copyShown(this.secretAddress, currentTarget.parentElement.querySelector(".address"));
  },
  trySample() { window.dispatchEvent(new CustomEvent("source:sample", { detail: this.kind.sample })); },
});
