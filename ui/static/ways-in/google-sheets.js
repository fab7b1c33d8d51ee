/**
 * Sends the rows of a tab to Fairlead as leads, and writes beside each row what came of it.
 *
 * Run `setup` once: every row that is there is sent, and from then on every new one. To leave out the rows that are there
 * already, run `setupForNewRows` instead. Columns are found by their heading in row 1, in any order; headings that are not
 * known are sent along as they are.
 *
 * How no row is lost or sent twice: a row gets its own id before it is sent, and Fairlead answers an id it knows with the
 * first answer. Whatever ends this script half-way, the row is sent again and its answer written then. "Fairlead state"
 * says which id and which content it is about, so that results which land on another row, because the sheet was sorted at
 * that moment, are not taken for that row's own, and a copied row is known for a copy.
 */

const ADDRESS = "https://fairlead.example";
const SOURCE = 0;
const SECRET = "whsec_";
// The name of the tab with the leads; empty for the first one.
const TAB = "";

const ROWS_A_CALL = 200;
const LARGEST_CALL = 1000000; // Characters, most of them a byte; Fairlead takes 4 MiB.
const MINUTES_BETWEEN_RUNS = 5;
const LONGEST_RUN_MS = 4 * 60 * 1000; // Google ends a run after 6 minutes; one call can take one.
const QUIET_MS = 60 * 1000; // A row that is being typed is left alone until its last edit is so old.
const PAUSES_MS = [2000, 6000]; // Before a call is tried again; then the next run has to.
const LONGEST_PAUSE_MS = 30 * 1000;
const PATIENCE_MS = 30 * 1000; // For another run to end, while somebody waits.
const TRIGGERED = ["onRowsEdited", "onSheetChanged", "sendLeads"];

// Our own columns. The state is the last one: it is written with or after what it is about.
const OWN = {
  id: "Fairlead id",
  lead: "Fairlead lead",
  caller: "Fairlead caller",
  sent: "Fairlead sent",
  error: "Fairlead error",
  state: "Fairlead state",
};

// Headings without spaces and signs, in small letters.
const HEADINGS = {
  name: ["name", "fullname", "leadname", "customername", "clientname", "contactname", "studentname", "yourname"],
  first_name: ["firstname", "givenname"],
  last_name: ["lastname", "surname", "familyname"],
  phone: ["phone", "phonenumber", "phoneno", "mobile", "mobilenumber", "mobileno", "mobilephone", "contactnumber", "contactno", "whatsapp", "whatsappnumber", "whatsappno", "telephone", "tel", "cell", "yourphone"],
  email: ["email", "emailaddress", "emailid", "mail", "youremail"],
  external_id: ["externalid", "customerid", "contactid"],
  timestamp: ["timestamp", "date", "datetime", "createdat", "createdtime", "createdon", "submittedat", "submittedon", "receivedat", "leaddate"],
  lead_source: ["leadsource", "source", "utmsource", "channel"],
  city: ["city", "town", "cityname"],
  state: ["state", "statename", "province"],
  language: ["language", "preferredlanguage"],
  message: ["message", "comment", "comments", "query", "enquiry", "inquiry", "requirement"],
  campaign: ["campaign", "campaignname", "utmcampaign"],
};
const IDENTIFYING = ["name", "phone", "email", "external_id"];
// What Fairlead gives a meaning of its own; another column must not go by such a name.
const RESERVED = [...Object.keys(HEADINGS), "source_row_id", "metadata"];

/** Run this once: adds the columns, sets the triggers, and sends every row that is there. */
function setup() {
  prepare();
  sendLeads();
}

/** The same, but rows that are there already are not sent, now or later. */
function setupForNewRows() {
  prepare();
  underLock(PATIENCE_MS, () => {
    const table = readTable();
    const rows = table.rows.filter((row) => row.isLead() && !row.id);
    for (const row of rows) row.id = Utilities.getUuid();
    write(table, ["id", "state"], rows, (row) => ({ id: row.id, state: stateOf("left-out", row) }));
  });
}

function prepare() {
  const { status, text } = call([], Utilities.getUuid());
  // An empty call is refused for being empty once its signature is known to be right.
  if (status !== 422) throw new Error(`Fairlead cannot be used yet. ${text}`);
  if (!underLock(PATIENCE_MS, addColumns)) throw new Error("Rows are being sent at this moment. Run this again in a minute.");
  for (const trigger of ScriptApp.getProjectTriggers()) {
    if (TRIGGERED.includes(trigger.getHandlerFunction())) ScriptApp.deleteTrigger(trigger);
  }
  const spreadsheet = SpreadsheetApp.getActiveSpreadsheet();
  ScriptApp.newTrigger("onRowsEdited").forSpreadsheet(spreadsheet).onEdit().create();
  ScriptApp.newTrigger("onSheetChanged").forSpreadsheet(spreadsheet).onChange().create();
  ScriptApp.newTrigger("sendLeads").forSpreadsheet(spreadsheet).onFormSubmit().create();
  ScriptApp.newTrigger("sendLeads").timeBased().everyMinutes(MINUTES_BETWEEN_RUNS).create();
}

/** Trigger: cells were edited by hand. What is typed cell by cell waits until it is whole, what is pasted goes at once. */
function onRowsEdited(event) {
  const range = event.range;
  const sheet = range.getSheet();
  if (sheet.getSheetId() !== leadsSheet().getSheetId()) return;
  if (range.getNumRows() > 1 || range.getNumColumns() > 1) {
    sendRows(PATIENCE_MS, (row) => row.number >= range.getRow() && row.number < range.getRow() + range.getNumRows());
    return;
  }
  const column = columnsOf(headingsOf(sheet)).own.state;
  if (range.getRow() === 1 || !column) return;
  const cell = sheet.getRange(range.getRow(), column);
  if (["", "typing", "refused"].includes(String(cell.getValue()).split(" ")[0])) cell.setValue(`typing ${Date.now()}`);
}

/** Trigger: rows came in another way than by hand. */
function onSheetChanged(event) {
  if (event.changeType === "INSERT_ROW" || event.changeType === "OTHER") sendLeads();
}

/** Trigger: sends what is there to send, as far as the time goes. If another run is at it, that one does. */
function sendLeads() {
  sendRows(0, () => false);
}

/** `isPasted` tells which rows have just been pasted, for these may be copies. */
function sendRows(patience, isPasted) {
  const deadline = Date.now() + LONGEST_RUN_MS;
  underLock(patience, () => {
    forgetCopies(readTable(), isPasted);
    const tried = new Set();
    let goesOn = true;
    while (goesOn && Date.now() < deadline) goesOn = sendSome(tried, deadline);
  });
}

/** Sends one call's worth of rows that are not in `tried` yet. False when there is nothing more to do in this run. */
function sendSome(tried, deadline) {
  const before = readTable();
  const marked = markRows(before, tried);
  if (!marked.length) return false;
  for (const { id } of marked) tried.add(id);
  // What is sent is what one reading finds together: a row, its id, and a state that says it is sent as it is.
  const table = readTable();
  const mine = table.rows.filter((row) => row.is("sending") && marked.some(({ id }) => id === row.id));
  const rows = mine.filter((row) => row.isAsStated());
  takeBack(before, table, mine.filter((row) => !rows.includes(row)));
  if (!rows.length) return true;
  const answer = post(rows.map((row) => ({ ...row.lead(), source_row_id: row.id })), deadline);
  writeResults(rows, answer);
  return answer.results !== null && !answer.results.some(({ status }) => isPassing(status));
}

/** Gives rows that are to be sent their id, and writes down that they are being sent. */
function markRows(table, tried) {
  const rows = [];
  let size = 0;
  for (const row of table.rows) {
    if (tried.has(row.id) || !row.isPending()) continue;
    size += JSON.stringify(row.lead()).length;
    if (rows.length === ROWS_A_CALL || (rows.length && size > LARGEST_CALL)) break;
    rows.push(row);
  }
  for (const row of rows) row.id = row.id || Utilities.getUuid();
  write(table, ["id", "state"], rows, (row) => ({ id: row.id, state: stateOf("sending", row) }));
  SpreadsheetApp.flush();
  return rows;
}

/** Rows on which another one's id landed, because the sheet was sorted in that instant, get back what they had. */
function takeBack(before, table, mistaken) {
  const had = new Map(before.rows.map((row) => [JSON.stringify(row.lead()), row.was]));
  const none = { id: "", state: "" };
  if (mistaken.length) write(table, ["id", "state"], mistaken, (row) => had.get(JSON.stringify(row.lead())) || none);
}

/**
 * Of rows with the same id, the one that still says what was sent keeps it. The others were copied from it and are leads
 * of their own; but who copies a row is about to change it, so they wait like one that is being typed.
 */
function forgetCopies(table, isPasted) {
  const byId = new Map();
  for (const row of table.rows) {
    if (row.id) byId.set(row.id, [...(byId.get(row.id) || []), row]);
  }
  const copies = [];
  for (const rows of byId.values()) {
    if (rows.length === 1) continue;
    const older = rows.filter((row) => !isPasted(row));
    const asStated = (older.length ? older : rows).filter((row) => row.isAsStated());
    const original = asStated.find((row) => row.is("sent")) || asStated[0] || older[0] || rows[0];
    copies.push(...rows.filter((row) => row !== original));
  }
  const blank = { id: "", lead: "", caller: "", sent: "", error: "", state: `typing ${Date.now()}` };
  write(table, Object.keys(OWN), copies, () => blank);
  SpreadsheetApp.flush();
}

/** Writes what came of the rows, each found again by its id: the sheet may have been sorted since. */
function writeResults(rows, { results, text }) {
  const resultOf = new Map(rows.map((row, index) => [row.id, { row, result: results && results[index] }]));
  const table = readTable();
  const found = table.rows.filter((row) => resultOf.has(row.id));
  if (!results) {
    write(table, ["error"], found, () => ({ error: `Not sent yet. ${text}` }));
    return;
  }
  write(table, Object.keys(OWN).slice(1), found, (there) => {
    const { row, result } = resultOf.get(there.id);
    if (isPassing(result.status)) {
      return { lead: "", caller: "", sent: "", error: `Not sent yet. ${reasonOf(result)}`, state: stateOf("sending", row) };
    }
    if (result.status >= 400) {
      return { lead: "", caller: "", sent: "", error: reasonOf(result), state: stateOf("refused", row) };
    }
    const caller = result.assigned_caller ? result.assigned_caller.name : "In the queue";
    return { lead: result.lead_id, caller: caller, sent: new Date(), error: "", state: stateOf("sent", row) };
  });
  const sent = results.filter(({ status }) => status < 400).length;
  console.log(`${sent} of ${rows.length} rows sent.`);
}

function reasonOf(problem) {
  const errors = (problem.errors || []).map(({ field, message, hint }) => [`${field}: ${message}`, hint].filter(Boolean).join(" "));
  return errors.join(" ") || problem.detail || problem.title || `Fairlead answered ${problem.status}.`;
}

// The table

/** The tab as one reading finds it. */
function readTable() {
  const sheet = leadsSheet();
  const values = sheet.getDataRange().getValues();
  const headings = values[0].map(String);
  const columns = columnsOf(headings);
  for (const name of Object.keys(OWN)) {
    if (!columns.own[name]) throw new Error(`The column "${OWN[name]}" is not there. Undo its deletion; if it never was there, run setup.`);
  }
  const timezone = SpreadsheetApp.getActiveSpreadsheet().getSpreadsheetTimeZone();
  const rows = values.slice(1).map((cells, index) => new Row(index + 2, cells, headings, columns, timezone));
  return { sheet, columns, rows };
}

class Row {
  constructor(number, cells, headings, columns, timezone) {
    Object.assign(this, { number, cells, headings, columns, timezone });
    this.id = String(cells[columns.own.id - 1]).trim();
    this.state = String(cells[columns.own.state - 1]);
    this.was = { id: this.id, state: this.state };
  }

  /** What is sent, without the id. */
  lead() {
    this.made = this.made || leadOf(this);
    return this.made;
  }

  /** Whether there is somebody in it. With none of the headings known, anything but check boxes will do. */
  isLead() {
    const { fields, others } = this.columns;
    const wanted = [...IDENTIFYING, "first_name", "last_name"].flatMap((field) => fields[field] || []);
    return (wanted.length ? wanted : others).some((column) => !isBlank(this.cells[column - 1]) && typeof this.cells[column - 1] !== "boolean");
  }

  is(word) { return this.state.split(" ")[0] === word; }
  isAsStated() { return this.state === stateOf(this.state.split(" ")[0], this); }
  belongs() { return Boolean(this.id) && this.state.split(" ")[1] === this.id.slice(0, 8); }

  isPending() {
    if (this.is("typing")) return this.isLead() && Date.now() - Number(this.state.split(" ")[1]) > QUIET_MS;
    if (this.is("sent") || this.is("left-out")) return !this.belongs() && this.isLead();
    if (this.is("refused")) return !this.isAsStated() && this.isLead();
    return this.isLead();
  }
}

/** "sent 3f1c9a20 k2x9ab": the word, whose it is, and a fingerprint of what the row says. */
function stateOf(word, row) {
  let print = 0x811c9dc5;
  for (const character of JSON.stringify(row.lead())) print = Math.imul(print ^ character.codePointAt(0), 0x01000193);
  return `${word} ${row.id.slice(0, 8)} ${(print >>> 0).toString(36)}`;
}

function leadOf({ cells, headings, columns, timezone }) {
  const lead = {};
  const more = {};
  for (const column of columns.others) {
    const heading = headings[column - 1].trim();
    const value = valueOf(cells[column - 1], timezone);
    if (heading && value !== null) put(more, heading, value);
  }
  for (const [field, found] of Object.entries(columns.fields)) {
    for (const column of found) {
      const value = field === "timestamp" ? momentOf(cells[column - 1], timezone) : valueOf(cells[column - 1], timezone);
      if (value !== null && !(field in lead)) lead[field] = String(value);
      else if (!isBlank(cells[column - 1])) put(more, headings[column - 1].trim(), valueOf(cells[column - 1], timezone));
    }
  }
  const name = [lead.first_name, lead.last_name].filter(Boolean).join(" ");
  if (name && !lead.name) lead.name = name;
  delete lead.first_name;
  delete lead.last_name;
  return { ...lead, ...more };
}

function put(more, heading, value) {
  let key = heading;
  for (let number = 2; key in more || RESERVED.includes(key); number++) key = `${heading} ${number}`;
  more[key] = value;
}

// A formula that failed says so in the cell.
function isBlank(value) { return value === null || /^\s*$|^#(N\/A|REF!|VALUE!|ERROR!|NAME\?|DIV\/0!|NUM!|NULL!)$/.test(String(value)); }

/** What a cell says, or null. A day comes as a date, a time alone as a time. */
function valueOf(value, timezone) {
  if (isBlank(value)) return null;
  if (!(value instanceof Date)) return typeof value === "string" ? value.trim() : value;
  const time = Utilities.formatDate(value, timezone, "HH:mm:ss");
  if (value.getUTCFullYear() < 1900) return time;
  return time === "00:00:00" ? Utilities.formatDate(value, timezone, "yyyy-MM-dd") : momentOf(value, timezone);
}

/** When the lead came up, or null for what is not surely a date: "3/4/25" would be a guess. */
function momentOf(value, timezone) {
  if (value instanceof Date) return value.getUTCFullYear() < 1900 ? null : Utilities.formatDate(value, timezone, "yyyy-MM-dd'T'HH:mm:ssXXX");
  if (typeof value === "number") return value >= 1e9 ? Math.floor(value) : null;
  return /^\s*\d{4}-\d\d-\d\d/.test(value) ? value.trim() : null;
}

function leadsSheet() {
  const spreadsheet = SpreadsheetApp.getActiveSpreadsheet();
  const sheet = TAB ? spreadsheet.getSheetByName(TAB) : spreadsheet.getSheets()[0];
  if (!sheet) throw new Error(`There is no tab "${TAB}". Write the tab's name into the line with TAB.`);
  return sheet;
}

function headingsOf(sheet) {
  return sheet.getLastColumn() ? sheet.getRange(1, 1, 1, sheet.getLastColumn()).getValues()[0].map(String) : [];
}

/** Which columns are which, counted from 1: our own, those of known fields, and the others. */
function columnsOf(headings) {
  const columns = { own: {}, fields: {}, others: [] };
  headings.forEach((heading, index) => {
    const own = Object.keys(OWN).find((name) => OWN[name].toLowerCase() === heading.trim().toLowerCase());
    const plain = heading.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
    const field = Object.keys(HEADINGS).find((name) => HEADINGS[name].includes(plain));
    if (own) columns.own[own] = index + 1;
    else if (field) columns.fields[field] = [...(columns.fields[field] || []), index + 1];
    else columns.others.push(index + 1);
  });
  return columns;
}

function addColumns() {
  const sheet = leadsSheet();
  const { own } = columnsOf(headingsOf(sheet));
  const missing = Object.keys(OWN).filter((name) => !own[name]);
  if (!missing.length) return;
  // With the ids gone every row would be sent again, as another lead.
  if (!own.id && missing.length < Object.keys(OWN).length) throw new Error(`The column "${OWN.id}" is not there. Undo its deletion; or delete all of Fairlead's columns and run setup, which sends every row anew.`);
  const last = sheet.getLastColumn();
  const room = sheet.getMaxColumns() - last;
  if (room < missing.length) sheet.insertColumnsAfter(sheet.getMaxColumns(), missing.length - room);
  sheet.getRange(1, last + 1, 1, missing.length).setValues([missing.map((name) => OWN[name])]);
  SpreadsheetApp.flush();
}

/** Writes `values(row)[name]` into our columns `names` of the rows, what stands side by side in one go. */
function write({ sheet, columns }, names, rows, values) {
  const sorted = [...names].sort((one, other) => (one === "state") - (other === "state") || columns.own[one] - columns.own[other]);
  for (const block of runs(sorted, (name) => columns.own[name])) {
    for (const run of runs([...rows].sort((one, other) => one.number - other.number), (row) => row.number)) {
      const cells = run.map((row) => block.map((name) => asText(values(row)[name])));
      sheet.getRange(run[0].number, columns.own[block[0]], run.length, block.length).setValues(cells);
    }
  }
}

/** `items` in groups whose `place`s follow upon each other. */
function runs(items, place) {
  const groups = [];
  for (const item of items) {
    const group = groups[groups.length - 1];
    if (group && place(group[group.length - 1]) + 1 === place(item)) group.push(item);
    else groups.push([item]);
  }
  return groups;
}

// What begins like a formula would be taken for one.
function asText(value) { return typeof value === "string" && /^[=+\-@']/.test(value) ? `'${value}` : value; }

/** Does it while no other run is at work; false if one went on for longer than the patience. */
function underLock(patience, action) {
  const lock = LockService.getDocumentLock();
  if (!lock.tryLock(patience)) return false;
  try {
    action();
    SpreadsheetApp.flush();
    return true;
  } finally {
    lock.releaseLock();
  }
}

// The call

/** Too much at once, or a fault that will pass: the same may be sent again later. */
function isPassing(status) { return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500; }

/** Sends the leads, again if need be. `results` are Fairlead's answers in the same order, or null with a `text` why. */
function post(leads, deadline) {
  const message = Utilities.getUuid();
  for (let attempt = 0; ; attempt++) {
    const answer = call(leads, message);
    if (answer.results && answer.results.length === leads.length) return answer;
    // A row that by itself cannot be taken must not hold up those behind it.
    if (leads.length === 1 && [400, 413, 422].includes(answer.status)) return { results: [{ status: answer.status, detail: answer.text }] };
    const pause = Math.max(PAUSES_MS[attempt], answer.retryAfter * 1000);
    const mayWait = attempt < PAUSES_MS.length && pause <= LONGEST_PAUSE_MS && Date.now() + pause < deadline;
    if (!isPassing(answer.status) || !mayWait) {
      console.error(answer.text);
      return { ...answer, results: null };
    }
    Utilities.sleep(pause);
  }
}

/** One call, signed by Standard Webhooks. Status 0: Fairlead could not be reached. */
function call(leads, message) {
  const body = JSON.stringify(leads);
  const time = String(Math.floor(Date.now() / 1000));
  const key = Utilities.base64Decode(SECRET.replace(/^whsec_/, ""));
  const signed = Utilities.newBlob(`${message}.${time}.${body}`).getBytes();
  const signature = Utilities.base64Encode(Utilities.computeHmacSha256Signature(signed, key));
  try {
    const response = UrlFetchApp.fetch(`${ADDRESS}/api/leads/webhook/batch?source=${SOURCE}`, {
      method: "post",
      contentType: "application/json",
      headers: { "webhook-id": message, "webhook-timestamp": time, "webhook-signature": `v1,${signature}` },
      payload: body,
      muteHttpExceptions: true,
      followRedirects: false,
    });
    return read(response);
  } catch (error) {
    return { status: 0, results: null, retryAfter: 0, text: `Fairlead could not be reached: ${error.message}` };
  }
}

function read(response) {
  const status = response.getResponseCode();
  let answer = null;
  try {
    answer = JSON.parse(response.getContentText());
  } catch (error) {
    answer = { detail: `Something else than Fairlead answered, with ${status}. Check the address ${ADDRESS}.` };
  }
  const headers = response.getHeaders();
  const waiting = Object.keys(headers).find((name) => name.toLowerCase() === "retry-after");
  const results = status < 300 && Array.isArray(answer) ? answer : null;
  return { status, results, retryAfter: Number(headers[waiting]) || 0, text: reasonOf({ status, ...answer }) };
}
