-- Imports: rows that are left out, and what is to be told of rows.
-- depends: 0027.dates
-- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint

alter table crm.imports
  add column accept text[] not null default '{}',
  add column left_out int not null default 0,
  add column notices jsonb not null default '[]';
comment on column crm.imports.accept is
  'Kinds of rows that are imported all the same, though they would be left out: hidden, total, do_not_call.';
comment on column crm.imports.left_out is 'Rows left out at the check: hidden, totals, titles, people who are not to be called.';
comment on column crm.imports.notices is
  'What the check has to tell, [{kind, rows, examples: [row, ...]}]: how many rows of each kind, and the first of them.';

alter table crm.import_rows
  add column notes text[],
  drop constraint import_rows_outcome_known,
  add constraint import_rows_outcome_known
    check (outcome in ('ready', 'duplicate', 'refused', 'left_out', 'imported'));
comment on column crm.import_rows.outcome is
  'ready: to be imported; duplicate: of somebody who is known; refused: no lead; left_out: not meant to be one; imported.';
comment on column crm.import_rows.notes is 'Kinds of what the check has to tell of it, such as nothing_to_call; null: nothing.';
comment on column crm.import_rows.reason is 'Why it is a duplicate, refused or left out.';

-- Until now a column without a field was remembered as turned down, though nobody had turned it down.
delete from crm.import_headings where field = '';
comment on table crm.import_headings is
  'What somebody chose columns to be, otherwise than it was proposed, to be proposed the next time.';
