-- Imports: files of leads on their way in.
-- depends: 0015.campaigns
-- squawk-ignore-file require-concurrent-index-creation

create table crm.imports (
  workspace_id         int not null references crm.workspaces,
  id                   uuid not null default crm.new_id(),
  file_name            text constraint imports_file_name_length check (length(file_name) between 1 and 255),
  kind                 text not null constraint imports_kind_known check (kind in ('xlsx', 'xls', 'ods', 'csv', 'api')),
  size                 bigint not null,
  status               text not null constraint imports_status_known
    check (status in ('uploading', 'uploaded', 'checking', 'checked', 'running', 'done', 'cancelled', 'failed')),
  problem              text,
  sheets               jsonb not null default '[]',
  encoding             text,
  delimiter            text,
  sheet                int,
  heading_row          int,
  headings             jsonb not null default '[]',
  mapping              jsonb not null default '{}',
  keep_unmapped        boolean not null default true,
  duplicates           text not null default 'skip' constraint imports_duplicates_known check (duplicates in ('skip', 'keep')),
  rows                 int not null default 0,
  checked_rows         int not null default 0,
  ready                int not null default 0,
  duplicates_in_file   int not null default 0,
  duplicates_stored    int not null default 0,
  refused_at_check     int not null default 0,
  empty_rows           int not null default 0,
  campaign_id          int,
  callers              uuid[] not null default '{}',
  added                uuid[] not null default '{}',
  position             int not null default 0,
  done_rows            int not null default 0,
  imported             int not null default 0,
  assigned             int not null default 0,
  queued               int not null default 0,
  skipped              int not null default 0,
  refused              int not null default 0,
  excluded             jsonb,
  turn                 int not null default 0,
  turn_ends_at         timestamptz,
  advanced_at          timestamptz,
  created_at           timestamptz not null,
  created_by           text not null,
  started_at           timestamptz,
  started_by           text,
  ended_at             timestamptz,
  cleared_at           timestamptz,
  primary key (workspace_id, id)
) with (fillfactor = 50);
create index imports_checking_idx on crm.imports (turn_ends_at, workspace_id) where status = 'checking';
create index imports_running_idx on crm.imports (id, workspace_id) where status = 'running';
create index imports_kept_idx on crm.imports (created_at, workspace_id) where cleared_at is null;
comment on table crm.imports is 'Files of leads: uploaded, checked, and imported row by row. What was imported stays, whatever becomes of the import.';
comment on column crm.imports.workspace_id is 'Workspace of the import.';
comment on column crm.imports.id is 'Id of the import; ids sort by time of upload.';
comment on column crm.imports.file_name is 'What the file was called where it came from; null: the leads came by the API.';
comment on column crm.imports.kind is 'What the file is, whatever it is called; api: leads in one request, of no file.';
comment on column crm.imports.size is 'Bytes of the file.';
comment on column crm.imports.status is 'uploading (not all of it is there), uploaded, checking (rows are read), checked, running (rows become leads), done; cancelled; failed: problem says why.';
comment on column crm.imports.problem is 'Why it failed, or was ended without anybody asking; for people.';
comment on column crm.imports.sheets is 'The sheets that leads can be read from: [{number, name, rows, columns, is_hidden}].';
comment on column crm.imports.encoding is 'How a text file is encoded, as found out; null for a workbook.';
comment on column crm.imports.delimiter is 'What separates the columns of a text file; null for a workbook.';
comment on column crm.imports.sheet is 'The chosen sheet.';
comment on column crm.imports.heading_row is 'The row its headings are in, from 1 on.';
comment on column crm.imports.headings is 'What its columns are headed, in order.';
comment on column crm.imports.mapping is 'The column, from 1 on, that each field of a lead is taken from.';
comment on column crm.imports.keep_unmapped is 'Whether the other columns go to the metadata.';
comment on column crm.imports.duplicates is 'What becomes of rows of people who are known, or were in the file before: skip them, or keep them: then they are leads of the same contact.';
comment on column crm.imports.rows is 'Rows that are not empty; until they are checked, as counted when the file was opened.';
comment on column crm.imports.checked_rows is 'How many of them are checked.';
comment on column crm.imports.ready is 'Rows found to be leads that are no duplicates.';
comment on column crm.imports.duplicates_in_file is 'Rows of somebody who was in the file before.';
comment on column crm.imports.duplicates_stored is 'Rows of somebody of whom a lead was stored before.';
comment on column crm.imports.refused_at_check is 'Rows found not to be leads.';
comment on column crm.imports.empty_rows is 'Empty rows between the headings and the last row.';
comment on column crm.imports.campaign_id is 'The campaign that its leads are of, if any.';
comment on column crm.imports.callers is 'The callers who were chosen for the campaign.';
comment on column crm.imports.added is 'Those of them who were added to it.';
comment on column crm.imports.position is 'The last row that was imported or passed over.';
comment on column crm.imports.done_rows is 'How many rows are done with: imported, skipped or refused.';
comment on column crm.imports.imported is 'Rows that are leads now.';
comment on column crm.imports.assigned is 'Imported leads that went to a caller.';
comment on column crm.imports.queued is 'Imported leads that nobody was free for.';
comment on column crm.imports.skipped is 'Rows passed over as duplicates.';
comment on column crm.imports.refused is 'Rows that are no leads, or that could not be stored.';
comment on column crm.imports.excluded is 'The callers who got none of its leads, as found when it ended: [{caller_id, name, why}].';
comment on column crm.imports.turn is 'Counts the gateways that began to check it. Only the last one is listened to.';
comment on column crm.imports.turn_ends_at is 'When another gateway may begin, unless the one at it says something before.';
comment on column crm.imports.advanced_at is 'When its last rows were imported; of several the one that waits longest is next.';
comment on column crm.imports.created_at is 'When the file came.';
comment on column crm.imports.created_by is 'Who uploaded it, as in crm.events.actor.';
comment on column crm.imports.started_at is 'When it was started.';
comment on column crm.imports.started_by is 'Who started it, and acts in what comes of it.';
comment on column crm.imports.ended_at is 'When it was done, cancelled, or failed.';
comment on column crm.imports.cleared_at is 'When what was kept of the file itself was forgotten.';

create table crm.import_pieces (
  workspace_id int not null,
  import_id    uuid not null,
  number       int not null,
  content      bytea not null,
  primary key (workspace_id, import_id, number),
  foreign key (workspace_id, import_id) references crm.imports (workspace_id, id)
);
-- It is compressed already, or sealed.
alter table crm.import_pieces alter column content set storage external;
comment on table crm.import_pieces is 'An uploaded file in pieces, so that any gateway may read it; gone once the import is started.';
comment on column crm.import_pieces.workspace_id is 'Workspace of the import.';
comment on column crm.import_pieces.import_id is 'The import.';
comment on column crm.import_pieces.number is 'Place of the piece in the file, from 1 on; 0: what the file looks like, as JSON.';
comment on column crm.import_pieces.content is 'Its bytes, sealed by the gateway where phones are.';

create table crm.import_rows (
  workspace_id int not null,
  import_id    uuid not null,
  row_number   int not null,
  outcome      text not null constraint import_rows_outcome_known check (outcome in ('ready', 'duplicate', 'refused', 'imported')),
  reason       text,
  lead         jsonb,
  keys         text[],
  cells        jsonb,
  lead_id      uuid,
  caller_id    uuid,
  primary key (workspace_id, import_id, row_number),
  foreign key (workspace_id, import_id) references crm.imports (workspace_id, id)
) with (fillfactor = 50);
comment on table crm.import_rows is 'The rows of an import, and what became of each.';
comment on column crm.import_rows.workspace_id is 'Workspace of the import.';
comment on column crm.import_rows.import_id is 'The import.';
comment on column crm.import_rows.row_number is 'The number of the row in the spreadsheet.';
comment on column crm.import_rows.outcome is 'ready: to be imported; duplicate: of somebody who is known; refused: no lead; imported.';
comment on column crm.import_rows.reason is 'Why it is a duplicate or refused.';
comment on column crm.import_rows.lead is 'The lead as api.ingest_leads() takes it; null once it is stored.';
comment on column crm.import_rows.keys is 'What tells whose lead it is, each with its kind before it; null once it is stored.';
comment on column crm.import_rows.cells is 'The cells of a refused row, as an array, or sealed by the gateway, as a text; forgotten with the rest of the file.';
comment on column crm.import_rows.lead_id is 'The lead that the row became. No foreign key: leads are never deleted.';
comment on column crm.import_rows.caller_id is 'The caller whom that lead went to; null: it was queued.';

create table crm.import_headings (
  workspace_id int not null references crm.workspaces,
  heading      text collate "C" not null constraint import_headings_heading_length check (length(heading) <= 200),
  field        text not null,
  primary key (workspace_id, heading)
);
comment on table crm.import_headings is 'What columns were last mapped to, to be proposed the next time.';
comment on column crm.import_headings.workspace_id is 'The workspace.';
comment on column crm.import_headings.heading is 'The heading, without case, spaces and punctuation.';
comment on column crm.import_headings.field is 'The field of a lead; empty: none.';
