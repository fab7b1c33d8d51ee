-- Leads hold more: who the person is, where the lead came from, what the person wants. Edits move keys of contacts.
-- depends: 0035.countries

alter table crm.leads
  add column first_name text,
  add column last_name text,
  add column company text,
  add column job_title text,
  add column country text,
  add column medium text,
  add column term text,
  add column product text,
  add column budget numrange,
  add column authority text,
  add column timeline_months int;
comment on column crm.leads.first_name is
  'First name, where it came apart from the last; the name is made of both where none was given.';
comment on column crm.leads.last_name is 'Last name, where it came apart from the first.';
comment on column crm.leads.company is 'Company that the person speaks for.';
comment on column crm.leads.job_title is 'What the person is there.';
comment on column crm.leads.country is 'Country as it was given.';
comment on column crm.leads.medium is 'By which kind of channel the person came (cpc, email): utm_medium.';
comment on column crm.leads.term is 'What the person searched for: utm_term.';
comment on column crm.leads.product is 'What the person asks for.';
comment on column crm.leads.budget is
  'What the person would pay, in the money of the workspace''s country: at least and at most, either of them perhaps '
  'unknown.';
comment on column crm.leads.authority is 'Who decides whether to buy.';
comment on column crm.leads.timeline_months is 'Within how many months the person would buy; 0: now.';

-- Edits from before this event left the keys of contacts as they were.
alter table crm.workspaces add column edits_since_seq bigint default 0;
comment on column crm.workspaces.edits_since_seq is
  'Number of the last event before edits of phones, e-mails and ids began to add to what contacts are known by.';
update crm.workspaces set edits_since_seq = event_seq where event_seq > 0;
