// The first step of an import, the upload; and the imports there were.

import { upload } from "../kit/api.js";
import { focusOn } from "../kit/focus.js";
import { fileSize, isAtWork, nameOf, outcome, percent, share, statusChip, statusText } from "./words.js";
import { list } from "../kit/list.js";
import { exact, relative } from "../kit/time.js";
import { count } from "../kit/words.js";

const PAGE = 20;
const KINDS = [".xlsx", ".xls", ".ods", ".csv"];
const MOST_BYTES = 100 * 1024 * 1024;

export function imports() {
  let sending = null;
  return list({
    list: "imports",
    noun: "import",
    path: "/api/imports",
    fills: "items",
    size: PAGE,
    refresh: ["import"],
    underWay: isAtWork,
    file: null,
    sent: 0,
    over: false,
    uploadProblem: null,

    // Uploading

    dragOver() { this.over = true; },
    dragLeave(event) { if (!event.currentTarget.contains(event.relatedTarget)) this.over = false; },
    drop(event) {
      this.over = false;
      const { files } = event.dataTransfer;
      if (files.length > 1) this.uploadProblem = "One file at a time, please.";
      else if (files.length) this.send(files[0]);
    },
    choose(event) {
      const [file] = event.target.files;
      // The same file may be chosen again, mended.
      event.target.value = "";
      if (file) this.send(file);
    },

    async send(file) {
      if (this.file) return;
      this.uploadProblem = fault(file);
      if (this.uploadProblem) return;
      this.file = file;
      this.sent = 0;
      sending = new AbortController();
      try {
        const path = `/api/imports?file_name=${encodeURIComponent(file.name)}`;
        const made = await upload(path, file, (part) => { this.sent = part; }, sending.signal);
        location.assign(`/import/${made.id}`);
      } catch (problem) {
        this.file = null;
        this.uploadProblem = sending.signal.aborted ? null : problem.besides([]);
        focusOn(() => this.$refs.file);
      }
    },
    stopSending() { sending?.abort(); },

    get sendingText() {
      if (!this.file) return "";
      return this.sent < 1 ? `Uploading ${this.file.name}` : `Reading ${this.file.name}`;
    },
    get sentText() { return this.file ? `${Math.floor(this.sent * 100)}% of ${fileSize(this.file.size)}` : ""; },
    get sentStyle() { return { width: `${this.sent * 100}%` }; },
    get sentPercent() { return Math.floor(this.sent * 100); },

    about(entry) { return [entry.size ? fileSize(entry.size) : "", entry.rows ? `${count(entry.rows)} rows` : "", entry.campaign?.name].filter(Boolean).join(" · "); },
    barStyle(entry) { return { width: `${share(entry) * 100}%` }; },
    exact, isAtWork, nameOf, outcome, percent, relative, statusChip, statusText,
  });
}

/** What can be said of a file before it is sent. */
function fault(file) {
  const name = file.name.toLowerCase();
  if (!KINDS.some((kind) => name.endsWith(kind))) return `${file.name} is not a spreadsheet. Choose an Excel file (.xlsx, .xls), an OpenDocument sheet (.ods) or a .csv file.`;
  if (!file.size) return `${file.name} is empty.`;
  if (file.size > MOST_BYTES) return `${file.name} has ${fileSize(file.size)}; the most is ${fileSize(MOST_BYTES)}. Split it into several files.`;
  return null;
}
