-- What people do with leads: activities, what came of them, tasks; and how far each lead has come.
-- depends: 0036.facts
-- squawk-ignore-file require-concurrent-index-creation, adding-foreign-key-constraint, constraint-missing-not-valid

create type crm.lead_status as enum ('new', 'contacted', 'qualified', 'converted', 'lost', 'junk');
comment on type crm.lead_status is
  'How far a lead has come. The last three end it: a lead that has one is closed.';

-- Null is new, so that a lead on its way in pays nothing for either.
alter table crm.leads
  add column status crm.lead_status,
  add column close_reason text;
comment on column crm.leads.status is
  'How far it has come; null: it is new. Follows from its activities and from what people set: see '
  'routing.derive_status().';
comment on column crm.leads.close_reason is 'Why it was closed, in words; null while it is open, or if nobody said.';
create index leads_status_idx on crm.leads (status, workspace_id, id) where status is not null;

create table crm.dispositions (
  workspace_id        int not null references crm.workspaces,
  id                  int generated always as identity,
  name                text not null constraint dispositions_name_length check (length(trim(name)) between 1 and 100),
  position            int not null constraint dispositions_position_range check (position between 1 and 1000),
  counts_as_contacted boolean not null default false,
  task_hours          int constraint dispositions_task_hours_range check (task_hours between 1 and 1000),
  needs_time          boolean not null default false,
  closes_as           crm.lead_status
    constraint dispositions_closes_as_known check (closes_as in ('converted', 'lost', 'junk')),
  needs_note          boolean not null default false,
  created_at          timestamptz not null,
  archived_at         timestamptz,
  primary key (workspace_id, id)
);
create unique index dispositions_name_key on crm.dispositions (lower(name), workspace_id) where archived_at is null;
comment on table crm.dispositions is
  'What can come of an activity: "no answer", "call back", "not interested" ... Never deleted: activities name them.';
comment on column crm.dispositions.workspace_id is 'Workspace of the disposition.';
comment on column crm.dispositions.id is 'Number of the disposition.';
comment on column crm.dispositions.name is 'What people call it; its button says so.';
comment on column crm.dispositions.position is
  'Its place among the others, from 1; the older one first where two have one.';
comment on column crm.dispositions.counts_as_contacted is
  'Whether the person was reached: a new lead is contacted then.';
comment on column crm.dispositions.task_hours is
  'In how many working hours the lead is to be called again; null: it opens no task.';
comment on column crm.dispositions.needs_time is 'Whether whoever says it must say when to call again.';
comment on column crm.dispositions.closes_as is 'How it ends the lead: converted, lost or junk; null: it does not.';
comment on column crm.dispositions.needs_note is 'Whether whoever says it must write a note.';
comment on column crm.dispositions.created_at is 'When it was made.';
comment on column crm.dispositions.archived_at is 'Since when it is not offered any more; null while it is.';

create table crm.tasks (
  workspace_id int not null references crm.workspaces,
  id           uuid not null default crm.new_id(),
  kind         text not null default 'call'
    constraint tasks_kind_known check (kind in ('call', 'email', 'meeting', 'visit', 'whatsapp', 'sms', 'other')),
  title        text not null constraint tasks_title_length check (length(trim(title)) between 1 and 200),
  due_on       date,
  due_at       timestamptz,
  owner_id     uuid,
  caller_id    uuid,
  lead_id      uuid,
  origin       text not null default 'hand' constraint tasks_origin_known check (origin in ('hand', 'disposition')),
  created_at   timestamptz not null,
  created_by   text not null,
  done_at      timestamptz,
  done_by      text,
  done_with    uuid,
  archived_at  timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, owner_id) references crm.users (workspace_id, id),
  foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id),
  foreign key (workspace_id, lead_id) references crm.leads (workspace_id, id),
  constraint tasks_due_once check (num_nonnulls(due_on, due_at) = 1),
  constraint tasks_of_somebody check (num_nonnulls(owner_id, caller_id, lead_id) > 0),
  constraint tasks_done_by_somebody check ((done_at is null) = (done_by is null))
);
-- Only open ones are looked for by when they are due, or by their lead.
create index tasks_due_on_idx on crm.tasks (due_on, id, workspace_id)
  where due_on is not null and done_at is null and archived_at is null;
create index tasks_due_at_idx on crm.tasks (due_at, id, workspace_id)
  where due_at is not null and done_at is null and archived_at is null;
create index tasks_open_lead_idx on crm.tasks (lead_id)
  where lead_id is not null and done_at is null and archived_at is null;
create index tasks_done_idx on crm.tasks (done_at, id, workspace_id) where done_at is not null;
create index tasks_caller_idx on crm.tasks (caller_id) where caller_id is not null;
create index tasks_owner_idx on crm.tasks (owner_id) where owner_id is not null;
comment on table crm.tasks is
  'What somebody should do, mostly call a lead again. Whose it is says core.task_cards: of its owner, else of its '
  'caller, else of whoever has the lead, so that it goes along when the lead changes hands. Never deleted.';
comment on column crm.tasks.workspace_id is 'Workspace of the task.';
comment on column crm.tasks.id is 'Id of the task; ids sort by time of making.';
comment on column crm.tasks.kind is 'What is to be done: a call, an e-mail, a meeting ...';
comment on column crm.tasks.title is 'What it says.';
comment on column crm.tasks.due_on is 'The date, in the workspace, by which it is due; null with due_at.';
comment on column crm.tasks.due_at is 'The moment at which it is due; null with due_on.';
comment on column crm.tasks.owner_id is
  'The user whose it is, whoever has the lead; null: it is the caller''s.';
comment on column crm.tasks.caller_id is
  'The caller whose it is, whoever has the lead; null for a task of whoever has the lead, which most are.';
comment on column crm.tasks.lead_id is 'The lead that it is about, if any.';
comment on column crm.tasks.origin is 'How it came about: by hand, or because a disposition opens one.';
comment on column crm.tasks.created_at is 'When it was made.';
comment on column crm.tasks.created_by is 'Who made it, as in crm.events.actor.';
comment on column crm.tasks.done_at is 'When it was done; null while open.';
comment on column crm.tasks.done_by is 'Who did it, as in crm.events.actor.';
comment on column crm.tasks.done_with is 'The activity that did it; null: somebody ticked it off.';
comment on column crm.tasks.archived_at is 'Since when it is called off; null otherwise.';

create table crm.activities (
  workspace_id        int not null references crm.workspaces,
  id                  uuid not null default crm.new_id(),
  kind                text not null constraint activities_kind_known
    check (kind in ('call', 'email', 'meeting', 'visit', 'note', 'whatsapp', 'sms', 'other')),
  direction           text constraint activities_direction_known check (direction in ('in', 'out')),
  at                  timestamptz not null,
  seconds             int constraint activities_seconds_range check (seconds between 0 and 86400),
  title               text constraint activities_title_length check (length(title) <= 200),
  body                text constraint activities_body_length check (length(body) <= 10000),
  disposition_id      int,
  counts_as_contacted boolean not null default false,
  lead_id             uuid,
  contact_id          uuid,
  task_id             uuid,
  by_user             uuid,
  by_caller           uuid,
  source_id           int,
  external_id         text collate "C"
    constraint activities_external_id_length check (length(external_id) between 1 and 200),
  seq                 bigint not null,
  withdrawn_at        timestamptz,
  withdrawn_seq       bigint,
  primary key (workspace_id, id),
  foreign key (workspace_id, disposition_id) references crm.dispositions (workspace_id, id),
  foreign key (workspace_id, lead_id) references crm.leads (workspace_id, id),
  foreign key (workspace_id, task_id) references crm.tasks (workspace_id, id),
  foreign key (workspace_id, by_user) references crm.users (workspace_id, id),
  foreign key (workspace_id, by_caller) references crm.callers (workspace_id, id),
  foreign key (workspace_id, source_id) references crm.sources (workspace_id, id),
  constraint activities_about_somebody check (num_nonnulls(lead_id, contact_id) > 0),
  constraint activities_direction_fits check (kind <> 'note' or direction is null),
  constraint activities_withdrawn_by_event check ((withdrawn_at is null) = (withdrawn_seq is null))
);
create index activities_lead_idx on crm.activities (lead_id, at);
create index activities_at_idx on crm.activities (at, workspace_id);
create index activities_caller_idx on crm.activities (by_caller, at) where by_caller is not null;
create unique index activities_external_id_key on crm.activities (external_id, source_id, workspace_id)
  nulls not distinct where external_id is not null;
comment on table crm.activities is
  'What happened with somebody: calls, e-mails, meetings, visits, messages, notes. Never edited: what was logged by '
  'mistake is withdrawn. Those that count are where withdrawn_at is null.';
comment on column crm.activities.workspace_id is 'Workspace of the activity.';
comment on column crm.activities.id is 'Id of the activity; ids sort by the time of logging.';
comment on column crm.activities.kind is 'What it was: call, email, meeting, visit, note, whatsapp, sms or other.';
comment on column crm.activities.direction is 'out: we to the person; in: the person to us; null for what has none.';
comment on column crm.activities.at is 'When it happened.';
comment on column crm.activities.seconds is 'How long it took; null: not known.';
comment on column crm.activities.title is 'What it was about, in a few words.';
comment on column crm.activities.body is 'The note. It is not in the event log.';
comment on column crm.activities.disposition_id is 'What came of it; null: nothing was said.';
comment on column crm.activities.counts_as_contacted is
  'Whether the person was reached by it, as its disposition said when it was logged.';
comment on column crm.activities.lead_id is 'The lead that it is about.';
comment on column crm.activities.contact_id is
  'The person that it is about without a lead; null as long as there are none.';
comment on column crm.activities.task_id is 'The task that came of it.';
comment on column crm.activities.by_user is 'The user who logged it; null: a program did.';
comment on column crm.activities.by_caller is 'The caller whose work it was; null: no caller''s.';
comment on column crm.activities.source_id is 'The source that reported it; null: a person did.';
comment on column crm.activities.external_id is 'Its id in another system; two of one source never have the same.';
comment on column crm.activities.seq is 'Number of its event activity.logged.';
comment on column crm.activities.withdrawn_at is 'When it was taken back as a mistake; null: it counts.';
comment on column crm.activities.withdrawn_seq is 'Number of the event activity.withdrawn.';

create table crm.calendars (
  workspace_id int not null references crm.workspaces,
  user_id      uuid not null,
  token_hash   bytea not null constraint calendars_token_hash_key unique,
  created_at   timestamptz not null,
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id)
);
comment on table crm.calendars is
  'The private calendar address of each person who wants one: it shows that person''s open tasks to whoever knows it.';
comment on column crm.calendars.workspace_id is 'Workspace of the person.';
comment on column crm.calendars.user_id is 'The person.';
comment on column crm.calendars.token_hash is
  'SHA-256 of the token in the address; the token itself is shown once and not kept.';
comment on column crm.calendars.created_at is 'Since when the address works. A new one takes the place of the old.';
