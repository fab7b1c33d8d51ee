-- Alerts, and the destinations that events are delivered to.
-- depends: 0010.requests
-- squawk-ignore-file require-concurrent-index-creation

create table crm.alert_settings (
  workspace_id  int primary key references crm.workspaces,
  alerts        text[] not null constraint alert_settings_alerts_known
    check (alerts <@ array['all_at_cap', 'claims_ran_out', 'nothing_arrived'] and array_position(alerts, null) is null),
  quiet_minutes int constraint alert_settings_quiet_minutes_range check (quiet_minutes between 5 and 10080),
  hours         int4multirange constraint alert_settings_hours_range check (hours <@ int4multirange(int4range(0, 10080)))
);
comment on table crm.alert_settings is 'Which alerts a workspace wants; one without a row wants all of them, as they come.';
comment on column crm.alert_settings.workspace_id is 'The workspace.';
comment on column crm.alert_settings.alerts is 'The alerts that are on.';
comment on column crm.alert_settings.quiet_minutes is 'After how many minutes without a lead something is wrong; null: judged by the weeks before.';
comment on column crm.alert_settings.hours is 'When leads are expected: minutes of the week from Monday 0:00, in the workspace''s timezone; null: always.';

create table crm.alerts (
  workspace_id    int not null references crm.workspaces,
  id              bigint not null,
  alert           text not null constraint alerts_alert_known check (alert in ('all_at_cap', 'claims_ran_out', 'nothing_arrived')),
  title           text not null,
  reason          text not null,
  details         jsonb not null,
  raised_at       timestamptz not null,
  gone_since      timestamptz,
  cleared_at      timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  primary key (workspace_id, id),
  constraint alerts_cleared_when_gone check (cleared_at is null or gone_since is not null),
  constraint alerts_acknowledged_by_somebody check ((acknowledged_at is null) = (acknowledged_by is null))
);
create unique index alerts_one_open_key on crm.alerts (alert, workspace_id) where cleared_at is null;
comment on table crm.alerts is 'What a manager should look at, now and in the past. At most one of each alert is open (cleared_at is null).';
comment on column crm.alerts.workspace_id is 'Workspace of the alert.';
comment on column crm.alerts.id is 'Number of the event that raised it.';
comment on column crm.alerts.alert is 'all_at_cap: a lead waits because nobody is free; claims_ran_out: nobody claimed a lead; nothing_arrived: no lead for an unusual time.';
comment on column crm.alerts.title is 'What is wrong, in a few words.';
comment on column crm.alerts.reason is 'Why, as it was when the alert was raised.';
comment on column crm.alerts.details is 'The particulars: which lead, how many, since when.';
comment on column crm.alerts.raised_at is 'When it was raised.';
comment on column crm.alerts.gone_since is 'Since when its cause is gone; null while it is there. An alert is cleared once that has lasted.';
comment on column crm.alerts.cleared_at is 'When it was cleared; null while open.';
comment on column crm.alerts.acknowledged_at is 'When somebody said that they know of it.';
comment on column crm.alerts.acknowledged_by is 'Who did.';

create table crm.alert_looks (
  workspace_id int primary key references crm.workspaces,
  seq          bigint not null,
  at           timestamptz not null
) with (fillfactor = 50);
comment on table crm.alert_looks is 'When each workspace was last looked at for alerts, so that it is looked at again only when something happened, or a minute later.';
comment on column crm.alert_looks.workspace_id is 'The workspace.';
comment on column crm.alert_looks.seq is 'Number of its newest event at that time.';
comment on column crm.alert_looks.at is 'When that was.';

-- Whether a claim ran out is asked of the leads on hold, which are few, however long the queue is.
create index queue_held_idx on crm.queue (seq, workspace_id) where is_held;

create table crm.destinations (
  workspace_id int not null references crm.workspaces,
  id           int generated always as identity,
  name         text not null constraint destinations_name_length check (length(trim(name)) between 1 and 200),
  kind         text not null constraint destinations_kind_known check (kind in ('webhook', 'email')),
  address      text not null constraint destinations_address_length check (length(address) <= 2000),
  events       text[] not null constraint destinations_events_count check (cardinality(events) between 1 and 50)
    constraint destinations_events_form check (array_position(events, null) is null
      and array_to_string(events, ' ') ~ '^(\*|[a-z_]+\.(\*|[a-z_]+))( (\*|[a-z_]+\.(\*|[a-z_]+)))*$'),
  is_on        boolean not null default true,
  off_reason   text,
  position     bigint not null,
  resume_at    timestamptz,
  generation   int not null default 1,
  rotated_at   timestamptz,
  created_at   timestamptz not null,
  archived_at  timestamptz,
  primary key (workspace_id, id),
  constraint destinations_address_form check (case kind
    when 'webhook' then address ~ '^https?://[^[:space:]/?#@\\]+([/?][^[:space:]#]*)?$'
    when 'email' then length(address) <= 254 and address ~ '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*$' else true end),
  constraint destinations_off_when_archived check (archived_at is null or not is_on)
) with (fillfactor = 50);
create unique index destinations_name_key on crm.destinations (lower(name), workspace_id) where archived_at is null;
comment on table crm.destinations is 'Where a workspace''s events are delivered to. Never deleted: a destination taken out is archived.';
comment on column crm.destinations.workspace_id is 'Workspace whose events it gets.';
comment on column crm.destinations.id is 'Number of the destination; its signing secret is derived from it.';
comment on column crm.destinations.name is 'What managers call it.';
comment on column crm.destinations.kind is 'webhook (signed HTTP posts) or email.';
comment on column crm.destinations.address is 'The URL, or the e-mail address.';
comment on column crm.destinations.events is 'Which kinds of events it gets: lead.assigned, all that begin alike (alert.*), or all (*).';
comment on column crm.destinations.is_on is 'Whether events are delivered. What happens while it is off is never delivered.';
comment on column crm.destinations.off_reason is 'Why it was switched off, if nobody did it.';
comment on column crm.destinations.position is 'Number of the last event looked at for it.';
comment on column crm.destinations.resume_at is 'It asked to be left alone until then (Retry-After).';
comment on column crm.destinations.generation is 'Which signing secret is in use; every rotation is the next.';
comment on column crm.destinations.rotated_at is 'When the secret was last rotated: for a while the one before signs too.';
comment on column crm.destinations.created_at is 'When it was made.';
comment on column crm.destinations.archived_at is 'Since when it is gone; null while there.';

create table crm.deliveries (
  workspace_id   int not null,
  destination_id int not null,
  seq            bigint not null,
  lane           uuid not null,
  status         text not null default 'waiting' constraint deliveries_status_known check (status in ('waiting', 'delivered', 'failed')),
  tries          int not null default 0,
  created_at     timestamptz not null,
  next_try_at    timestamptz not null,
  answer         text constraint deliveries_answer_length check (length(answer) <= 1000),
  finished_at    timestamptz,
  primary key (workspace_id, destination_id, seq),
  foreign key (workspace_id, destination_id) references crm.destinations (workspace_id, id),
  constraint deliveries_waiting_until_finished check ((status = 'waiting') = (finished_at is null))
) with (fillfactor = 80);
create index deliveries_due_idx on crm.deliveries (destination_id, next_try_at, seq, workspace_id) where status = 'waiting';
create index deliveries_lane_idx on crm.deliveries (destination_id, lane, seq, workspace_id) where status = 'waiting';
create index deliveries_created_idx on crm.deliveries (created_at, workspace_id);
create index deliveries_seq_idx on crm.deliveries (seq, destination_id, workspace_id);
comment on table crm.deliveries is 'One event on its way to one destination, for 30 days.';
comment on column crm.deliveries.workspace_id is 'Workspace of the event.';
comment on column crm.deliveries.destination_id is 'Where it goes.';
comment on column crm.deliveries.seq is 'Number of the event. No foreign key: the log is append-only.';
comment on column crm.deliveries.lane is 'Deliveries of a lane go one after the other: the lead''s id, zeros for an event of no lead, an id of its own for a test.';
comment on column crm.deliveries.status is 'waiting, delivered, or failed: given up.';
comment on column crm.deliveries.tries is 'How often it was begun.';
comment on column crm.deliveries.created_at is 'When it was found to be due here.';
comment on column crm.deliveries.next_try_at is 'When it may be tried next. While a gateway is at it, when another may take it over.';
comment on column crm.deliveries.answer is 'What came of the last try: the answer''s status and beginning, or what went wrong.';
comment on column crm.deliveries.finished_at is 'When it was delivered or given up; null while it waits.';
