// An import in words: how it stands, what came of it, and which steps it has.

import { count, plural } from "../kit/words.js";

export const STEPS = [
  { id: "upload", name: "Upload" },
  { id: "columns", name: "Columns" },
  { id: "check", name: "Check" },
  { id: "callers", name: "Callers" },
  { id: "import", name: "Import" },
];

const STATUSES = {
  uploaded: { name: "Uploaded", look: "", step: "columns" },
  checking: { name: "Checking", look: "chip-accent", step: "check" },
  checked: { name: "Checked", look: "chip-accent", step: "check" },
  running: { name: "Running", look: "chip-accent", step: "import" },
  done: { name: "Done", look: "chip-good", step: "import" },
  cancelled: { name: "Cancelled", look: "chip-warn", step: "import" },
  failed: { name: "Failed", look: "chip-bad", step: "import" },
};

const statusOf = ({ status }) => STATUSES[status] ?? { name: status, look: "", step: "import" };

/** What it is called: leads that came in bulk have no file. */
export const nameOf = (entry) => entry.file_name ?? "Leads in bulk, by the API";

export const statusText = (entry) => statusOf(entry).name;
export const statusChip = (entry) => statusOf(entry).look;
export const isAtWork = ({ status }) => status === "checking" || status === "running";
export const isOver = ({ status }) => status === "done" || status === "cancelled" || status === "failed";

/** The step an import is at by itself. */
export const stepOf = (entry) => (isUnread(entry) ? "columns" : statusOf(entry).step);

/** Whether it failed before it was started: then its columns can be chosen otherwise, and the file need not come again. */
const isUnread = ({ status, started_at: started }) => status === "failed" && !started;

/** Which steps one may be at: before it has started one may go back, and no further than it has come. */
export function openSteps(entry) {
  if (entry.status === "uploaded" || isUnread(entry)) return ["columns"];
  if (entry.status === "checking") return ["columns", "check"];
  if (entry.status === "checked") return ["columns", "check", "callers"];
  return ["import"];
}

/** How many rows will become leads. */
export const toImport = ({ counts, duplicates }) => counts.ready + (duplicates === "keep" ? counts.duplicates_in_file + counts.duplicates_stored : 0);

/** What the check has found. */
export function found(entry) {
  if (!entry.rows) return "The sheet has no rows below its headings.";
  const ready = toImport(entry);
  if (ready) return `${plural(ready, "lead")} ready to import, from ${plural(entry.rows, "row")}.`;
  return entry.counts.refused < entry.rows ? "Nothing to import: the rows are known already." : "None of the rows can become a lead.";
}

/** Tells the page that an import stands otherwise than it did. */
export const changed = (entry) => window.dispatchEvent(new CustomEvent("import:changed", { detail: entry }));

/** How far what it is doing has come, 0 to 1. */
export function share(entry) {
  const done = entry.status === "checking" ? entry.checked_rows : entry.done_rows;
  return entry.rows ? Math.min(1, (done ?? 0) / entry.rows) : 0;
}

export const percent = (entry) => `${Math.floor(share(entry) * 100)}%`;

/** What came of it, or is there to come, in a line. */
export function outcome(entry) {
  if (entry.status === "uploaded") return "Columns not chosen yet";
  if (entry.status === "checking") return `${count(entry.checked_rows)} of ${plural(entry.rows, "row")} checked`;
  if (entry.status === "checked") return `${plural(toImport(entry), "lead")} ready to import`;
  if (entry.status === "running") return `${count(entry.done_rows)} of ${plural(entry.rows, "row")}`;
  const parts = [
    `${count(entry.imported)} imported`,
    ...(entry.skipped ? [`${count(entry.skipped)} skipped`] : []),
    ...(entry.refused ? [`${count(entry.refused)} refused`] : []),
  ];
  return entry.status === "failed" && !entry.imported ? (entry.problem ?? "It could not be read") : parts.join(", ");
}

const UNITS = [[1 << 30, "GB"], [1 << 20, "MB"], [1 << 10, "KB"]];

export function fileSize(bytes) {
  const [size, unit] = UNITS.find(([least]) => bytes >= least) ?? [1, "bytes"];
  const value = bytes / size;
  return `${unit === "bytes" || value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

/** "40 s", "3 min", "1 h 20 min": what is left, roughly. */
export function roughly(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
