-- What is dealt and to whom: callers, leads, and the leads still waiting.
-- depends: 0001.foundations

create type crm.caller_status as enum ('active', 'paused');
comment on type crm.caller_status is 'Whether a caller takes new leads.';

create table crm.callers (
  workspace_id int not null references crm.workspaces,
  id           uuid not null default crm.new_id(),
  name         text not null constraint callers_name_length check (length(trim(name)) between 1 and 200),
  role         text constraint callers_role_length check (length(role) <= 100),
  languages    text[] not null default '{}' constraint callers_languages_count check (cardinality(languages) <= 50),
  daily_limit  int not null default 0 constraint callers_daily_limit_range check (daily_limit between 0 and 1000000),
  status       crm.caller_status not null default 'active',
  is_sample    boolean not null default false,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  archived_at  timestamptz,
  primary key (workspace_id, id)
);
comment on table crm.callers is 'Who gets leads. Never deleted: a caller who left is archived.';
comment on column crm.callers.workspace_id is 'Workspace of the caller.';
comment on column crm.callers.id is 'Id of the caller; ids sort by time of making, and that order is the circle of every round robin.';
comment on column crm.callers.name is 'Name shown to managers.';
comment on column crm.callers.role is 'What the caller does, in free words.';
comment on column crm.callers.languages is 'Languages the caller speaks.';
comment on column crm.callers.daily_limit is 'Daily cap: the most leads dealt to the caller in one business day; 0 = unlimited.';
comment on column crm.callers.status is 'active, or paused: a paused caller is dealt nothing.';
comment on column crm.callers.is_sample is 'Made as an example on the first run; all examples can be archived at once.';
comment on column crm.callers.created_at is 'When the caller was made.';
comment on column crm.callers.updated_at is 'When the row last changed.';
comment on column crm.callers.archived_at is 'Since when the caller is gone; null while there.';

create table crm.caller_states (
  workspace_id int not null,
  caller_id    uuid not null,
  state        text collate "C" not null,
  primary key (workspace_id, caller_id, state),
  foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id)
);
create index caller_states_state_idx on crm.caller_states (state, workspace_id, caller_id);
comment on table crm.caller_states is 'The states a caller serves: membership of the state pools.';
comment on column crm.caller_states.workspace_id is 'Workspace of the caller.';
comment on column crm.caller_states.caller_id is 'The caller.';
comment on column crm.caller_states.state is 'Name of the state as in crm.states; other spellings are turned into it on the way in.';

create table crm.leads (
  workspace_id         int not null,
  id                   uuid not null default crm.new_id(),
  source_id            int,
  source_row_id        text collate "C" constraint leads_source_row_id_length check (length(source_row_id) <= 200),
  external_id          text collate "C" constraint leads_external_id_length check (length(external_id) <= 200),
  name                 text constraint leads_name_length check (length(name) <= 200),
  phone                text collate "C" constraint leads_phone_length check (length(phone) <= 40),
  email                text collate "C" constraint leads_email_length check (length(email) <= 320),
  timestamp_from_sheet timestamptz,
  lead_source          text constraint leads_lead_source_length check (length(lead_source) <= 200),
  city                 text constraint leads_city_length check (length(city) <= 200),
  state                text collate "C" constraint leads_state_length check (length(state) <= 200),
  state_given          text constraint leads_state_given_length check (length(state_given) <= 200),
  state_from           text constraint leads_state_from_known check (state_from in ('state', 'city')),
  language             text constraint leads_language_length check (length(language) <= 100),
  message              text constraint leads_message_length check (length(message) <= 10000),
  metadata             jsonb not null default '{}' constraint leads_metadata_object check (jsonb_typeof(metadata) = 'object'),
  idempotency_key      text collate "C" constraint leads_idempotency_key_length check (length(idempotency_key) <= 300),
  created_at           timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, source_id) references crm.sources (workspace_id, id),
  constraint leads_state_has_origin check ((state is null) = (state_from is null))
);
-- Only the primary key begins with workspace_id. While a table is young the planner takes any index that begins with it
-- to be as good as the key, and keeps such a plan: a foreign-key check then reads a workspace's every lead.
--
-- The three ways two submissions are the same one. A lead that neither of the first two can tell apart has an idempotency_key.
create unique index leads_phone_timestamp_key on crm.leads (phone, timestamp_from_sheet, workspace_id);
create unique index leads_source_row_key on crm.leads (source_row_id, source_id, workspace_id) nulls not distinct where source_row_id is not null;
create unique index leads_idempotency_key on crm.leads (idempotency_key, source_id, workspace_id) nulls not distinct where idempotency_key is not null;
create index leads_state_idx on crm.leads (state, workspace_id, id);
create index leads_created_idx on crm.leads (created_at, workspace_id);
create index leads_lead_source_idx on crm.leads (lower(lead_source), workspace_id, id);
-- Search: any part of a name; a phone from its beginning (leads_phone_timestamp_key) or from its end.
create index leads_name_idx on crm.leads using gin (name crm.gin_trgm_ops);
create index leads_phone_end_idx on crm.leads (reverse(phone) text_pattern_ops);
comment on table crm.leads is 'One row per submission to be called. Inserting here is the one way in: triggers normalise the row, then deal it.';
comment on column crm.leads.workspace_id is 'Workspace of the lead. No foreign key: routing.prepare_lead() refuses an unknown one, workspaces are never deleted, and checking each lead would lock the row that is the turnstile.';
comment on column crm.leads.id is 'Id of the lead; ids sort by arrival, and leads are dealt in that order.';
comment on column crm.leads.source_id is 'The source that handed it in; null for a plain insert.';
comment on column crm.leads.source_row_id is 'The sender''s own id of the row; with the source it tells a retry from a new lead.';
comment on column crm.leads.external_id is 'The person''s id in another system.';
comment on column crm.leads.name is 'Name of the person.';
comment on column crm.leads.phone is 'Phone in international form (+919812345678) where it could be understood, else as it was given.';
comment on column crm.leads.email is 'E-mail address in lower case.';
comment on column crm.leads.timestamp_from_sheet is 'When the sender says the lead came in; with the phone it tells a retry from a new lead.';
comment on column crm.leads.lead_source is 'Where the person came from in the sender''s words (Google Ads); the name of the source when none was given.';
comment on column crm.leads.city is 'City as it was given.';
comment on column crm.leads.state is 'State by its one name in crm.states; null when neither state nor city could be understood.';
comment on column crm.leads.state_given is 'State as it was given, kept when it differs from the one name.';
comment on column crm.leads.state_from is 'How the state was found: from the state or from the city; null with state.';
comment on column crm.leads.language is 'Language the person speaks.';
comment on column crm.leads.message is 'What the person wrote.';
comment on column crm.leads.metadata is 'Whatever else the sender knows, as a JSON object.';
comment on column crm.leads.idempotency_key is 'What tells a retry from a new lead when there is neither row id nor phone with timestamp: the sender''s key, else a hash of the content.';
comment on column crm.leads.created_at is 'When Fairlead stored it.';

create table crm.queue (
  workspace_id int not null,
  lead_id      uuid not null,
  seq          bigint not null,
  reason       text not null,
  queued_at    timestamptz not null,
  primary key (workspace_id, lead_id),
  foreign key (workspace_id, lead_id) references crm.leads (workspace_id, id)
);
comment on table crm.queue is 'Leads that no rule could place, each with its reason. A row leaves when the lead is assigned; the events remember it.';
comment on column crm.queue.workspace_id is 'Workspace of the lead.';
comment on column crm.queue.lead_id is 'The waiting lead.';
comment on column crm.queue.seq is 'Number of the event that queued it.';
comment on column crm.queue.reason is 'Why nobody could take it, in words.';
comment on column crm.queue.queued_at is 'Since when it waits.';
