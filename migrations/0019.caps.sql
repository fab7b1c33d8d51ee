-- Caps count leads, a business day outlives a change of the timezone, and nobody's lead stays with someone who is not there.
-- depends: 0018.conditions
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, adding-foreign-key-constraint

-- What was given before is counted as it was then: every assignment for itself, and for good.
alter table crm.lead_assignments add column uncounted_seq bigint;
comment on column crm.lead_assignments.uncounted_seq is 'Number of the event from which on the lead is not counted by this assignment in the caller''s day: its own if the lead was counted there already, that of its being moved by hand; null: it counts.';
comment on column crm.lead_assignments.business_date is 'The business day it is counted in.';
alter table crm.caller_daily_counters
  drop constraint caller_daily_counters_some,
  add constraint caller_daily_counters_some check (count >= 0 and duplicates >= 0);
comment on table crm.caller_daily_counters is 'How many leads count for each caller on each business day: a lead once, however often it came, and for whoever has it since it was moved by hand. A new day is a new row; nothing is reset.';
comment on column crm.caller_daily_counters.count is 'Leads of that day that count for the cap, dealt or given by hand.';
comment on column crm.caller_daily_counters.duplicates is 'Leads of that day that came because the caller had an open one of the same contact: they count for no cap.';

alter table crm.workspaces
  add column business_day date,
  add column business_day_from timestamptz,
  add column business_day_until timestamptz,
  add column caps_since_seq bigint not null default 0,
  add column leads_of_gone text not null default 'route' constraint workspaces_leads_of_gone_known check (leads_of_gone in ('keep', 'route')),
  add column leads_of_away text not null default 'keep' constraint workspaces_leads_of_away_known check (leads_of_away in ('keep', 'route')),
  add constraint workspaces_business_day_whole check (num_nulls(business_day, business_day_from, business_day_until) in (0, 3));
update crm.workspaces set caps_since_seq = event_seq;
comment on column crm.workspaces.timezone is 'IANA name; the business day, and with it the daily cap, runs from midnight to midnight here.';
comment on column crm.workspaces.business_day is 'The business day on which the timezone was last changed; null: it never was.';
comment on column crm.workspaces.business_day_from is 'When that day began.';
comment on column crm.workspaces.business_day_until is 'Until when it goes on whatever the new timezone says: its midnight in the old one.';
comment on column crm.workspaces.caps_since_seq is 'Number of the last event before a lead came to count once a day: what is older counts as it did then.';
comment on column crm.workspaces.leads_of_gone is 'What becomes of the open leads of a caller who is archived or disabled, unless somebody says: keep or route.';
comment on column crm.workspaces.leads_of_away is 'What becomes of the open leads of a caller who is paused or goes on time off, unless somebody says: keep or route.';

alter table crm.deals add column business_date date;
comment on column crm.deals.business_date is 'The business day of the deal; null: the date of local_time, as it was before 0019.';
