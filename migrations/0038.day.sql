-- A caller's day: which of the leads that somebody has they have worked on, and when last.
-- depends: 0037.activities

-- No index has it, so that setting it moves no row in any: a caller's day reads all open leads of the caller, of which
-- an index says where they are.
alter table crm.lead_assignments add column worked_at timestamptz;
comment on column crm.lead_assignments.worked_at is
  'When its caller last called or wrote to the lead while having it; null: not yet, so the lead is new to them.';
