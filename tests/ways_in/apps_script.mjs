// A stand-in for Google Apps Script, to run a script of a spreadsheet under Node:
//
//   node apps_script.mjs SPREADSHEET.json SCRIPT.js FUNCTION [EVENT]
//
// The spreadsheet is a file that several of these processes may work on at once, as triggers that overlap do: each call of
// a service is atomic, and the document's lock is one for all, until it is released or its holder has ended.
//
// Only what the real services do is done, and only what the script uses is there; anything else is an error, as are cells
// outside of the sheet, blocks of another size than their range, and runs longer than six minutes.
//
// HAPPENS names what happens to a run: "fetch:3:end" ends it after the third call, as Google does without a word;
// "read:2:reverse" turns the rows around after the second reading, as somebody who sorts the sheet. After "fetch", "read"
// or "write", or before a write ("writing"). CALL_SECONDS is how long each call takes, CLOCK_AHEAD the seconds since now.

import { spawnSync } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [path, script, called, event] = process.argv.slice(2);
const LONGEST_RUN_MS = 360_000;

// The clock, which goes on as fast as the work that is made believe takes.

const RealDate = Date;
let ahead = 1000 * Number(process.env.CLOCK_AHEAD ?? 0);
const now = () => RealDate.now() + ahead;
globalThis.Date = class extends RealDate {
  constructor(...given) { super(...(given.length ? given : [now()])); }
  static now() { return now(); }
};
const began = now();
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

// What happens to this run.

const plans = (process.env.HAPPENS ?? "").split(",").filter(Boolean).map((plan) => plan.split(":"));
const counts = {};
function happens(point) {
  if (now() - began > LONGEST_RUN_MS) {
    console.error("Exceeded maximum execution time");
    process.exit(3);
  }
  counts[point] = (counts[point] ?? 0) + 1;
  for (const [where, number, what] of plans) {
    if (where !== point || Number(number) !== counts[point]) continue;
    if (what === "end") process.kill(process.pid, "SIGKILL");
    if (what === "reverse") change(({ sheets: [{ rows }] }) => { rows.push(...rows.splice(1).reverse()); });
    if (what === "delete") change(({ sheets: [{ rows }] }) => { rows.splice(1, 1); });
  }
}

// The spreadsheet.

function atomically(action) {
  for (;;) {
    try {
      closeSync(openSync(`${path}.busy`, "wx"));
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      sleep(1);
    }
  }
  try {
    return action();
  } finally {
    rmSync(`${path}.busy`);
  }
}
const look = (action) => atomically(() => action(JSON.parse(readFileSync(path, "utf8"))));
function change(action) {
  return atomically(() => {
    const spreadsheet = JSON.parse(readFileSync(path, "utf8"));
    const result = action(spreadsheet);
    writeFileSync(`${path}.new`, JSON.stringify(spreadsheet));
    renameSync(`${path}.new`, path);
    return result;
  });
}

const read = (cell) => (cell === undefined || cell === null ? "" : cell.date === undefined ? cell : new Date(cell.date));
/** As typed by hand: numbers, dates and formulas are taken for what they are. */
function typed(value) {
  if (value instanceof RealDate) return { date: value.getTime() };
  if (typeof value !== "string") return value;
  if (value.startsWith("'")) return value.slice(1);
  if (value.startsWith("=") || /^[+-]\D/.test(value)) return "#ERROR!";
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Number(value);
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return { date: RealDate.parse(value) };
  return value;
}

class Sheet {
  constructor(index) { this.index = index; }
  see(action) { return look((spreadsheet) => action(spreadsheet.sheets[this.index])); }
  getSheetId() { return this.see(({ id }) => id); }
  getName() { return this.see(({ name }) => name); }
  getMaxColumns() { return Math.max(this.see(({ columns }) => columns), this.getLastColumn()); }
  getLastColumn() { return this.see(({ rows }) => Math.max(0, ...rows.map((row) => row.length))); }
  insertColumnsAfter(after, number) { change(({ sheets }) => { sheets[this.index].columns = after + number; }); }
  getDataRange() { return new Range(this, 1, 1, Math.max(1, this.see(({ rows }) => rows.length)), Math.max(1, this.getLastColumn())); }
  getRange(row, column, height = 1, width = 1) {
    if (![row, column, height, width].every((number) => Number.isInteger(number) && number > 0)) throw new Error("The range is not valid.");
    if (column + width - 1 > this.getMaxColumns()) throw new Error("Those columns are out of bounds.");
    return new Range(this, row, column, height, width);
  }
}

class Range {
  constructor(sheet, row, column, height, width) { Object.assign(this, { sheet, row, column, height, width }); }
  getSheet() { return this.sheet; }
  getRow() { return this.row; }
  getNumRows() { return this.height; }
  getNumColumns() { return this.width; }
  getValue() { return this.getValues()[0][0]; }
  setValue(value) { this.setValues([[value]]); }
  getValues() {
    const values = this.sheet.see(({ rows }) => Array.from({ length: this.height }, (_, down) =>
      Array.from({ length: this.width }, (__, right) => read(rows[this.row - 1 + down]?.[this.column - 1 + right]))));
    happens("read");
    return values;
  }
  setValues(values) {
    if (values.length !== this.height || values.some((row) => row.length !== this.width)) throw new Error("The number of rows or columns in the data does not match the range.");
    happens("writing");
    change(({ sheets }) => {
      const { rows } = sheets[this.sheet.index];
      values.forEach((cells, down) => {
        while (rows.length < this.row + down) rows.push([]);
        cells.forEach((value, right) => {
          if (value === undefined) throw new Error("Cannot convert undefined to a value of a cell.");
          const row = rows[this.row - 1 + down];
          while (row.length < this.column + right) row.push("");
          row[this.column - 1 + right] = typed(value);
        });
      });
    });
    happens("write");
  }
}

const spreadsheet = {
  getSheets: () => look(({ sheets }) => sheets.map((_, index) => new Sheet(index))),
  getSheetByName: (wanted) => spreadsheet.getSheets().find((sheet) => sheet.getName() === wanted) ?? null,
  getSpreadsheetTimeZone: () => look(({ timezone }) => timezone),
};
const SpreadsheetApp = { getActiveSpreadsheet: () => spreadsheet, flush: () => {} };

const isAlive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };
const documentLock = {
  tryLock(patience) {
    const end = now() + patience;
    for (;;) {
      const taken = change((all) => {
        if (all.holder && all.holder !== process.pid && isAlive(all.holder)) return false;
        all.holder = process.pid;
        return true;
      });
      if (taken || now() >= end) return taken;
      sleep(5);
    }
  },
  releaseLock() { change((all) => { if (all.holder === process.pid) all.holder = null; }); },
};
const LockService = { getDocumentLock: () => documentLock };

// Bytes are signed, as in Java.
const signedBytes = (buffer) => Array.from(new Int8Array(buffer.buffer, buffer.byteOffset, buffer.length));
function unsigned(bytes) {
  if (!Array.isArray(bytes) || bytes.some((byte) => !(byte >= -128 && byte <= 127))) throw new Error("The parameters don't match the method signature.");
  return Buffer.from(Int8Array.from(bytes).buffer);
}
const Utilities = {
  getUuid: () => randomUUID(),
  sleep(ms) { ahead += ms; sleep(ms / 1000); },
  newBlob: (text) => ({ getBytes: () => signedBytes(Buffer.from(text, "utf8")) }),
  base64Decode: (text) => signedBytes(Buffer.from(text, "base64")),
  base64Encode: (bytes) => unsigned(bytes).toString("base64"),
  computeHmacSha256Signature: (value, key) => signedBytes(createHmac("sha256", unsigned(key)).update(unsigned(value)).digest()),
  formatDate(date, timeZone, format) {
    const options = { timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "longOffset" };
    const parts = Object.fromEntries(new Intl.DateTimeFormat("en", options).formatToParts(date).map(({ type, value }) => [type, value]));
    const offset = parts.timeZoneName.slice("GMT".length).slice(0, 6) || "Z";
    const tokens = { yyyy: parts.year.padStart(4, "0"), MM: parts.month, dd: parts.day, HH: parts.hour, mm: parts.minute, ss: parts.second, XXX: offset };
    return format.replace(/'([^']*)'|yyyy|MM|dd|HH|mm|ss|XXX/g, (token, quoted) => quoted ?? tokens[token]);
  },
};

const UrlFetchApp = {
  fetch(url, { method, contentType, headers, payload, muteHttpExceptions, followRedirects }) {
    if (!muteHttpExceptions || followRedirects !== false) throw new Error("This stand-in neither raises for an answer nor follows it elsewhere.");
    const given = Object.entries({ "content-type": contentType, expect: "", ...headers }).flatMap(([name, value]) => ["-H", `${name}:${value && ` ${value}`}`]);
    ahead += 1000 * Number(process.env.CALL_SECONDS ?? 0);
    const done = spawnSync("curl", ["-sS", "-i", "-X", method.toUpperCase(), "--max-time", "60", ...given, "--data-binary", "@-", url], { input: payload, maxBuffer: 1 << 26 });
    happens("fetch");
    if (done.status !== 0) throw new Error(`Address unavailable: ${url}`);
    const [head, body] = done.stdout.toString("utf8").split(/\r\n\r\n(.*)/s);
    const [first, ...lines] = head.split("\r\n");
    const found = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
    return { getResponseCode: () => Number(first.split(" ")[1]), getContentText: () => body, getHeaders: () => found };
  },
};

const ScriptApp = {
  getProjectTriggers: () => look(({ triggers }) => triggers.map((trigger) => ({ ...trigger, getHandlerFunction: () => trigger.handler }))),
  deleteTrigger: ({ id }) => change((all) => { all.triggers = all.triggers.filter((trigger) => trigger.id !== id); }),
  newTrigger(handler) {
    const trigger = { id: randomUUID(), handler };
    const create = () => change((all) => { all.triggers.push(trigger); });
    const on = (kind) => () => { trigger.on = kind; return { create }; };
    return {
      forSpreadsheet: () => ({ onEdit: on("edit"), onChange: on("change"), onFormSubmit: on("form") }),
      timeBased: () => ({
        everyMinutes(minutes) {
          if (![1, 5, 10, 15, 30].includes(minutes)) throw new Error("The value you passed to everyMinutes was invalid.");
          trigger.on = `every ${minutes} minutes`;
          return { create };
        },
      }),
    };
  },
};

Object.assign(globalThis, { SpreadsheetApp, LockService, Utilities, UrlFetchApp, ScriptApp });
runInThisContext(readFileSync(script, "utf8"), script);
const given = event && JSON.parse(event);
if (given?.range) given.range = new Sheet(0).getRange(...given.range);
runInThisContext(called)(given);
