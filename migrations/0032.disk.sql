-- A lead takes less on disk: fewer and smaller indexes, and assignments without an id of their own.
-- depends: 0031.single
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, ban-drop-table
-- squawk-ignore-file ban-drop-constraint, renaming-table, adding-not-nullable-field
--
-- Assignments are written anew, and the indexes made again: with a million leads that takes about half a minute, during
-- which leads wait.

-- What is the same in many rows is stored once in an index, with a list of the rows. An id behind it would make each
-- different: so of a state, a source and a caller the index says which rows there are, and their order is found out
-- when they are read.
drop index crm.leads_state_idx, crm.leads_lead_source_idx;
create index leads_state_idx on crm.leads (state, workspace_id);
create index leads_lead_source_idx on crm.leads (lower(lead_source), workspace_id);

-- Who has a row id or a key is known by that, and not by phone and time. All are searched by phone.
drop index crm.leads_phone_timestamp_key;
create unique index leads_phone_timestamp_key on crm.leads
  (phone, timestamp_from_sheet, coalesce(external_id, ''), workspace_id)
  where source_row_id is null and idempotency_key is null;
create index leads_phone_idx on crm.leads (phone);

-- A text that only ever has to be found whole is in an index as 128 bits of hash, however long it is. The first half
-- finds it, and the text itself is compared then; both tell that it is unique.
drop index crm.leads_source_row_key, crm.leads_idempotency_key;
create unique index leads_source_row_key on crm.leads (
  hashtextextended(source_row_id, coalesce(source_id::bigint, workspace_id::bigint << 32)),
  hashtextextended(source_row_id, ~coalesce(source_id::bigint, workspace_id::bigint << 32)))
  where source_row_id is not null;
create unique index leads_idempotency_key on crm.leads (
  hashtextextended(idempotency_key, coalesce(source_id::bigint, workspace_id::bigint << 32)),
  hashtextextended(idempotency_key, ~coalesce(source_id::bigint, workspace_id::bigint << 32)))
  where idempotency_key is not null;

create function crm.key_hash(
  p_workspace_id int, p_kind crm.contact_key_kind, p_value text, p_half int default 0) returns bigint
language sql immutable parallel safe
return hashtextextended(p_value, p_workspace_id::bigint * 8 + p_half * 4
  + case p_kind when 'external_id' then 0 when 'phone' then 1 else 2 end);
comment on function crm.key_hash(int, crm.contact_key_kind, text, int) is
  'Half of the hash, 0 or 1, by which a key of contacts is found and unique.';
alter table crm.contact_keys drop constraint contact_keys_pkey;
create unique index contact_keys_key on crm.contact_keys (
  crm.key_hash(workspace_id, kind, value), crm.key_hash(workspace_id, kind, value, 1));

-- A lead has few events: they are put in order when they are read.
drop index crm.events_lead_idx;
create index events_lead_idx on crm.events (lead_id) where lead_id is not null;

-- The number of its event tells an assignment from all others. Columns of one width lie together, so that none is
-- padded.
alter table crm.lead_assignments rename to old_assignments;
create table crm.lead_assignments (
  workspace_id      int,
  slot              int,
  lead_id           uuid,
  caller_id         uuid,
  seq               bigint,
  assigned_at       timestamptz,
  deal_id           bigint,
  claim_by          timestamptz,
  claimed_at        timestamptz,
  ended_at          timestamptz,
  ended_seq         bigint,
  uncounted_seq     bigint,
  business_date     date,
  duplicate_of      uuid,
  status            text default 'assigned',
  assignment_reason text,
  assigned_by       text
);
insert into crm.lead_assignments (
  workspace_id, slot, lead_id, caller_id, seq, assigned_at, deal_id, claim_by, claimed_at, ended_at, ended_seq,
  uncounted_seq, business_date, duplicate_of, status, assignment_reason, assigned_by)
select a.workspace_id, a.slot, a.lead_id, a.caller_id, a.seq, a.assigned_at, a.deal_id, a.claim_by, a.claimed_at,
  a.ended_at, a.ended_seq, a.uncounted_seq, a.business_date, a.duplicate_of, a.status, a.assignment_reason,
  a.assigned_by
from crm.old_assignments a order by a.workspace_id, a.seq;
drop table crm.old_assignments cascade;
alter table crm.lead_assignments
  alter column lead_id set not null,
  alter column caller_id set not null,
  alter column assigned_at set not null,
  alter column business_date set not null,
  alter column status set not null,
  alter column assignment_reason set not null,
  alter column assigned_by set not null,
  add constraint lead_assignments_pkey primary key (workspace_id, seq),
  add constraint lead_assignments_status_known check (status in ('assigned', 'reassigned', 'expired', 'closed')),
  add constraint lead_assignments_slot_of_deal check ((deal_id is null) = (slot is null)),
  add constraint lead_assignments_open_while_assigned check ((status = 'assigned') = (ended_at is null)),
  add constraint lead_assignments_ended_by_event check ((ended_at is null) = (ended_seq is null)),
  add constraint lead_assignments_claimed_while_open check (claimed_at is null or status <> 'expired'),
  add constraint lead_assignments_duplicate_is_undealt check (duplicate_of is null or deal_id is null);
create unique index lead_assignments_one_open_key on crm.lead_assignments (lead_id, workspace_id)
  where ended_at is null;
create index lead_assignments_ended_idx on crm.lead_assignments (lead_id) where ended_at is not null;
create index lead_assignments_caller_idx on crm.lead_assignments (caller_id);
-- A caller's leads, open or closed, are rarely among the newest of all: indexes have them in order.
create index lead_assignments_open_caller_idx on crm.lead_assignments (caller_id, lead_id) where ended_at is null;
create index lead_assignments_closed_caller_idx on crm.lead_assignments (caller_id, lead_id) where status = 'closed';
create index lead_assignments_unclaimed_idx on crm.lead_assignments (claim_by)
  where ended_at is null and claimed_at is null and claim_by is not null;
comment on table crm.lead_assignments is
  'Who has and had each lead. At most one row per lead is open (ended_at is null).';
comment on column crm.lead_assignments.workspace_id is 'Workspace of the lead.';
comment on column crm.lead_assignments.lead_id is
  'The lead. No foreign key: dealing assigns the leads it has just stored, none is ever deleted, and routing.verify() '
  'finds an assignment of no lead.';
comment on column crm.lead_assignments.caller_id is
  'Who got it. No foreign key: the counter that every assignment adds to has one.';
comment on column crm.lead_assignments.deal_id is
  'The deal that decided it; null when a manager did, or an open lead of the contact. No foreign key: one statement '
  'writes both, and routing.verify() finds an assignment whose deal does not give it.';
comment on column crm.lead_assignments.slot is 'Which slot of the deal; null without a deal.';
comment on column crm.lead_assignments.seq is 'Number of its event: assignments are ordered by it.';
comment on column crm.lead_assignments.business_date is 'The business day it is counted in.';
comment on column crm.lead_assignments.assigned_at is 'When it was assigned.';
comment on column crm.lead_assignments.assignment_reason is 'Why this caller, in words a manager understands.';
comment on column crm.lead_assignments.assigned_by is 'Who did it: routing, or the actor who reassigned.';
comment on column crm.lead_assignments.status is
  'assigned while open; how it ended: reassigned, expired (never claimed), closed.';
comment on column crm.lead_assignments.ended_at is 'When it ended; null while open.';
comment on column crm.lead_assignments.ended_seq is 'Number of the event that ended it; null while open.';
comment on column crm.lead_assignments.claim_by is 'Until when it must be claimed; null: it need not be.';
comment on column crm.lead_assignments.claimed_at is 'When its caller claimed it.';
comment on column crm.lead_assignments.duplicate_of is
  'The contact''s open lead, with the same caller, that brought the lead here: it was not dealt, and counts for no '
  'cap. Null: it was dealt, or given by hand.';
comment on column crm.lead_assignments.uncounted_seq is
  'Number of the event from which on the lead is not counted by this assignment in the caller''s day: its own if the '
  'lead was counted there already, that of its being moved by hand; null: it counts.';
