-- What dealing leaves behind: deals, assignments, pointers, counters, and the one event log.
-- depends: 0002.leads

create table crm.deals (
  workspace_id   int not null references crm.workspaces,
  id             bigint not null,
  base_seq       bigint not null,
  rule           text not null,
  pool           text collate "C" not null,
  strategy       text not null,
  leads          int not null constraint deals_leads_some check (leads > 0),
  pointer_before uuid,
  pointer_after  uuid not null,
  skipped        jsonb not null default '[]',
  business_date  date not null,
  dealt_at       timestamptz not null,
  primary key (workspace_id, id),
  constraint deals_after_base check (id > base_seq)
);
comment on table crm.deals is 'One row per dealing of some leads to one pool: what routing.verify() replays.';
comment on column crm.deals.workspace_id is 'Workspace of the deal.';
comment on column crm.deals.id is 'Number of the deal: the number of its first event.';
comment on column crm.deals.base_seq is 'The last event before the dealing began. Members, caps and counts as of this number are what the deal was decided on.';
comment on column crm.deals.rule is 'Rule of the plan that placed the leads.';
comment on column crm.deals.pool is 'Key of the pool: state:maharashtra, global.';
comment on column crm.deals.strategy is 'In which order the pool''s callers got their turns.';
comment on column crm.deals.leads is 'How many leads were dealt.';
comment on column crm.deals.pointer_before is 'The caller who had been dealt to last in this pool; null for a pool never dealt to.';
comment on column crm.deals.pointer_after is 'The caller who got this deal''s last lead.';
comment on column crm.deals.skipped is 'Members who could not take a lead: [{"caller_id", "why": "paused" or "at cap", "given", "limit"}].';
comment on column crm.deals.business_date is 'The business day whose caps applied.';
comment on column crm.deals.dealt_at is 'When it was dealt.';

create table crm.lead_assignments (
  workspace_id      int not null,
  id                uuid not null default crm.new_id(),
  lead_id           uuid not null,
  caller_id         uuid not null,
  deal_id           bigint,
  slot              int,
  seq               bigint not null,
  business_date     date not null,
  assigned_at       timestamptz not null,
  assignment_reason text not null,
  assigned_by       text not null,
  status            text not null default 'assigned' constraint lead_assignments_status_known check (status in ('assigned', 'reassigned')),
  ended_at          timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, lead_id) references crm.leads (workspace_id, id),
  foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id),
  foreign key (workspace_id, deal_id) references crm.deals (workspace_id, id),
  constraint lead_assignments_slot_of_deal check ((deal_id is null) = (slot is null)),
  constraint lead_assignments_open_while_assigned check ((status = 'assigned') = (ended_at is null))
);
create unique index lead_assignments_one_open_key on crm.lead_assignments (lead_id, workspace_id) where ended_at is null;
create index lead_assignments_ended_idx on crm.lead_assignments (lead_id) where ended_at is not null;
create index lead_assignments_open_caller_idx on crm.lead_assignments (caller_id, lead_id) where ended_at is null;
create index lead_assignments_caller_day_idx on crm.lead_assignments (caller_id, business_date, seq);
comment on table crm.lead_assignments is 'Who has and had each lead. At most one row per lead is open (ended_at is null).';
comment on column crm.lead_assignments.workspace_id is 'Workspace of the lead.';
comment on column crm.lead_assignments.id is 'Id of the assignment.';
comment on column crm.lead_assignments.lead_id is 'The lead.';
comment on column crm.lead_assignments.caller_id is 'Who got it.';
comment on column crm.lead_assignments.deal_id is 'The deal that decided it; null when a manager did.';
comment on column crm.lead_assignments.slot is 'Which slot of the deal; null when a manager decided.';
comment on column crm.lead_assignments.seq is 'Number of its event: assignments are ordered by it.';
comment on column crm.lead_assignments.business_date is 'The business day it counts for.';
comment on column crm.lead_assignments.assigned_at is 'When it was assigned.';
comment on column crm.lead_assignments.assignment_reason is 'Why this caller, in words a manager understands.';
comment on column crm.lead_assignments.assigned_by is 'Who did it: routing, or the actor who reassigned.';
comment on column crm.lead_assignments.status is 'assigned while open; reassigned once the lead went to somebody else.';
comment on column crm.lead_assignments.ended_at is 'When it ended; null while open.';

create table crm.rr_pointers (
  workspace_id   int not null references crm.workspaces,
  key            text collate "C" not null,
  last_caller_id uuid not null,
  updated_at     timestamptz not null,
  primary key (workspace_id, key),
  foreign key (workspace_id, last_caller_id) references crm.callers (workspace_id, id)
) with (fillfactor = 50);
comment on table crm.rr_pointers is 'Where each pool''s circle stands.';
comment on column crm.rr_pointers.workspace_id is 'Workspace of the pool.';
comment on column crm.rr_pointers.key is 'Key of the pool: state:maharashtra, global.';
comment on column crm.rr_pointers.last_caller_id is 'Who was dealt to last; the next free caller after this one is next.';
comment on column crm.rr_pointers.updated_at is 'When the pointer last moved.';

create table crm.caller_daily_counters (
  workspace_id int not null,
  caller_id    uuid not null,
  date         date not null,
  count        int not null constraint caller_daily_counters_count_positive check (count > 0),
  primary key (workspace_id, date, caller_id),
  foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id)
) with (fillfactor = 50);
comment on table crm.caller_daily_counters is 'How many leads each caller was given on each business day. A new day is a new row; nothing is reset.';
comment on column crm.caller_daily_counters.workspace_id is 'Workspace of the caller.';
comment on column crm.caller_daily_counters.caller_id is 'The caller.';
comment on column crm.caller_daily_counters.date is 'Business day in the workspace''s timezone.';
comment on column crm.caller_daily_counters.count is 'Leads given that day, by routing and by hand, later reassigned ones included.';

create table crm.events (
  workspace_id int not null,
  seq          bigint not null,
  at           timestamptz not null,
  kind         text not null,
  actor        text not null,
  lead_id      uuid,
  caller_id    uuid,
  data         jsonb not null default '{}',
  primary key (workspace_id, seq)
);
create index events_lead_idx on crm.events (lead_id, seq) where lead_id is not null;
create index events_caller_change_idx on crm.events (caller_id, seq) where kind like 'caller.%';
comment on table crm.events is 'Append-only: audit log, live feed and input of replay in one. Numbered per workspace without gaps.';
comment on column crm.events.workspace_id is 'Workspace it happened in, which counts its events in event_seq.';
comment on column crm.events.seq is 'Number of the event: 1, 2, 3 ... in the order of commit.';
comment on column crm.events.at is 'When it happened.';
comment on column crm.events.kind is 'What happened: lead.assigned, lead.queued, lead.reassigned, caller.created, caller.updated, caller.archived, source.created ...';
comment on column crm.events.actor is 'Who did it: user:<id>, intake (a lead handed in by its source), cli, or the database login of a plain statement.';
comment on column crm.events.lead_id is 'The lead it is about, if any.';
comment on column crm.events.caller_id is 'The caller it is about, if any.';
comment on column crm.events.data is 'The particulars. For caller.* events: the caller as it was from then on, which is what replay reads. Empty for lead.assigned: the assignment with the same seq says it all.';
