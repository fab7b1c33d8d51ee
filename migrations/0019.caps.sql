-- Caps count leads, a business day outlives a change of the timezone, and nobody's lead stays with someone who is not
-- there.
-- depends: 0018.conditions
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, adding-foreign-key-constraint

-- What was given before is counted as it was then: every assignment for itself, and for good.
alter table crm.lead_assignments add column uncounted_seq bigint;
comment on column crm.lead_assignments.uncounted_seq is
  'Number of the event from which on the lead is not counted by this assignment in the caller''s day: its own if '
  'the lead was counted there already, that of its being moved by hand; null: it counts.';
comment on column crm.lead_assignments.business_date is 'The business day it is counted in.';
alter table crm.caller_daily_counters
  drop constraint caller_daily_counters_some,
  add constraint caller_daily_counters_some check (count >= 0 and duplicates >= 0);
comment on table crm.caller_daily_counters is
  'How many leads count for each caller on each business day: a lead once, however often it came, and for whoever '
  'has it since it was moved by hand. A new day is a new row; nothing is reset.';
comment on column crm.caller_daily_counters.count is
  'Leads of that day that count for the cap, dealt or given by hand.';
comment on column crm.caller_daily_counters.duplicates is
  'Leads of that day that came because the caller had an open one of the same contact: they count for no cap.';

alter table crm.workspaces
  add column business_day date,
  add column business_day_from timestamptz,
  add column business_day_until timestamptz,
  add column caps_since_seq bigint not null default 0,
  add column leads_of_gone text not null default 'route'
    constraint workspaces_leads_of_gone_known check (leads_of_gone in ('keep', 'route')),
  add column leads_of_away text not null default 'keep'
    constraint workspaces_leads_of_away_known check (leads_of_away in ('keep', 'route')),
  add constraint workspaces_business_day_whole
    check (num_nulls(business_day, business_day_from, business_day_until) in (0, 3));
update crm.workspaces set caps_since_seq = event_seq;
comment on column crm.workspaces.timezone is
  'IANA name; the business day, and with it the daily cap, runs from midnight to midnight here.';
comment on column crm.workspaces.business_day is
  'The business day on which the timezone was last changed; null: it never was.';
comment on column crm.workspaces.business_day_from is 'When that day began.';
comment on column crm.workspaces.business_day_until is
  'Until when it goes on whatever the new timezone says: its midnight in the old one.';
comment on column crm.workspaces.caps_since_seq is
  'Number of the last event before a lead came to count once a day: what is older counts as it did then.';
comment on column crm.workspaces.leads_of_gone is
  'What becomes of the open leads of a caller who is archived or disabled, unless somebody says: keep or route.';
comment on column crm.workspaces.leads_of_away is
  'What becomes of the open leads of a caller who is paused or goes on time off, unless somebody says: keep or '
  'route.';

alter table crm.deals add column business_date date;
comment on column crm.deals.business_date is
  'The business day of the deal; null: the date of local_time, as it was before 0019.';

alter table crm.callers add column is_disabled boolean not null default false;
comment on column crm.callers.is_disabled is
  'Whether the person who signs in as this caller is disabled: then it is dealt nothing. Kept by a trigger on '
  'crm.users; false for a caller whom nobody signs in as.';
alter table crm.callers disable trigger user;
update crm.callers c set is_disabled = true
from crm.users u
where u.workspace_id = c.workspace_id and u.caller_id = c.id and u.disabled_at is not null;
alter table crm.callers enable trigger user;
-- The log says of each caller who is.
with change as (
  select c.workspace_id, c.id, last.data || '{"disabled": true}' as data
  from crm.callers c
  cross join lateral (
    select e.data from crm.events e
    where e.workspace_id = c.workspace_id and e.caller_id = c.id and e.kind like 'caller.%'
    order by e.seq desc limit 1) last
  where c.is_disabled
),
counted as (
  select n.workspace_id, count(*) as changes from change n group by 1
),
numbered as (
  update crm.workspaces w set event_seq = w.event_seq + c.changes from counted c where c.workspace_id = w.id
  returning w.id, w.event_seq - c.changes as before
)
insert into crm.events (workspace_id, seq, at, kind, actor, caller_id, data)
select n.workspace_id, b.before + row_number() over (partition by n.workspace_id order by n.id), now(),
  'caller.updated', 'migration', n.id, n.data
from change n join numbered b on b.id = n.workspace_id;

create table crm.hand_overs (
  workspace_id int not null,
  caller_id    uuid not null,
  to_caller_id uuid,
  upto_seq     bigint not null,
  reason       text,
  asked_at     timestamptz not null,
  asked_by     text not null,
  primary key (workspace_id, caller_id),
  foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id),
  foreign key (workspace_id, to_caller_id) references crm.callers (workspace_id, id)
);
comment on table crm.hand_overs is
  'Callers of whom not all open leads could be moved at once: the tick moves the rest, oldest first. Gone once it '
  'is done.';
comment on column crm.hand_overs.workspace_id is 'Workspace of the caller.';
comment on column crm.hand_overs.caller_id is 'Who had the leads.';
comment on column crm.hand_overs.to_caller_id is 'Who gets them; null: they go back through routing.';
comment on column crm.hand_overs.upto_seq is
  'Number of the newest event at that time: leads that came later are not moved.';
comment on column crm.hand_overs.reason is 'Why, as the events say it.';
comment on column crm.hand_overs.asked_at is 'When it was asked for.';
comment on column crm.hand_overs.asked_by is 'Who asked, as in crm.events.actor, and acts in what comes of it.';

alter table crm.alert_settings
  drop constraint alert_settings_alerts_known,
  add constraint alert_settings_alerts_known check (
    alerts <@ array['all_at_cap', 'claims_ran_out', 'nothing_arrived', 'caller_gone']
    and array_position(alerts, null) is null);
update crm.alert_settings set alerts = alerts || array['caller_gone'];
alter table crm.alerts
  drop constraint alerts_alert_known,
  add constraint alerts_alert_known
    check (alert in ('all_at_cap', 'claims_ran_out', 'nothing_arrived', 'caller_gone'));
comment on column crm.alerts.alert is
  'all_at_cap: a lead waits because nobody is free; claims_ran_out: nobody claimed a lead; nothing_arrived: no '
  'lead for an unusual time; caller_gone: open leads are with someone who is not there.';
