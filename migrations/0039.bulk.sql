-- Managers act on many leads or callers at once, and take it back.
-- depends: 0038.day
create table crm.bulk_actions (
  workspace_id int not null references crm.workspaces,
  id           uuid not null default crm.new_id(),
  action       text not null,
  asked        jsonb not null,
  counts       jsonb not null,
  first_seq    bigint not null,
  last_seq     bigint not null,
  undo_of      uuid,
  undone_by    uuid,
  created_at   timestamptz not null,
  created_by   text not null,
  took_ms      int not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, undo_of) references crm.bulk_actions (workspace_id, id),
  constraint bulk_actions_asked_object check (jsonb_typeof(asked) = 'object'),
  constraint bulk_actions_counts_object check (jsonb_typeof(counts) = 'object')
);
comment on table crm.bulk_actions is
  'What was done to many at once, each in one transaction. Its events have numbers without gaps: they say what it did.';
comment on column crm.bulk_actions.workspace_id is 'Workspace it was done in.';
comment on column crm.bulk_actions.id is
  'Names it; ids grow with time. Events of leads that it caused name it as bulk.';
comment on column crm.bulk_actions.action is 'What was done: reassign, close, hold, release ..., or undo.';
comment on column crm.bulk_actions.asked is
  'What was asked for: the filter, or how many were chosen (ids), and how.';
comment on column crm.bulk_actions.counts is
  'How many it was done to (done), how many each caller got (callers), and how many were left out, by why (left_out).';
comment on column crm.bulk_actions.first_seq is 'Number of its first event.';
comment on column crm.bulk_actions.last_seq is 'Number of its last event; less than first_seq when it did nothing.';
comment on column crm.bulk_actions.undo_of is 'The action that this one took back; null for any other.';
comment on column crm.bulk_actions.undone_by is 'The action that took this one back; null while it stands.';
comment on column crm.bulk_actions.created_at is 'When it was done.';
comment on column crm.bulk_actions.created_by is 'Who did it.';
comment on column crm.bulk_actions.took_ms is 'How long it took, in milliseconds: the next one is estimated by it.';
