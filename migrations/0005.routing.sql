-- Plans of rules, what a caller is for and when, leads that are claimed and closed, and the memory that strategies need.
-- depends: 0004.one_check_less
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation, adding-not-nullable-field, ban-drop-not-null, prefer-timestamp-tz, ban-drop-column

create table crm.rules (
  workspace_id  int not null references crm.workspaces,
  id            uuid not null default crm.new_id(),
  version       int not null default 1,
  step          int,
  name          text not null constraint rules_name_length check (length(name) between 1 and 100),
  condition     jsonpath,
  attributes    text[] not null default '{}' constraint rules_attributes_known
    check (attributes <@ array['state', 'source', 'language', 'campaign', 'team'] and array_position(attributes, null) is null),
  strategy      text not null default 'round_robin' constraint rules_strategy_known
    check (strategy in ('round_robin', 'weighted', 'weighted_random', 'random', 'least_loaded')),
  on_exhausted  text not null default 'next' constraint rules_on_exhausted_known check (on_exhausted in ('next', 'queue')),
  is_on         boolean not null default true,
  claim_minutes int constraint rules_claim_minutes_range check (claim_minutes between 1 and 10080),
  most_expiries int not null default 3 constraint rules_most_expiries_range check (most_expiries between 1 and 20),
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  archived_at   timestamptz,
  primary key (workspace_id, id),
  constraint rules_step_key unique (step, workspace_id) deferrable initially deferred,
  constraint rules_step_while_there check ((archived_at is null) = (step is not null))
);
create unique index rules_name_key on crm.rules (lower(name), workspace_id) where archived_at is null;
comment on table crm.rules is 'The plan of each workspace: its rules in order. Never deleted: a rule taken out is archived.';
comment on column crm.rules.workspace_id is 'Workspace of the plan.';
comment on column crm.rules.id is 'Id of the rule.';
comment on column crm.rules.version is 'Counts the changes of the rule; a deal names the version it used.';
comment on column crm.rules.step is 'Place in the order, from 1; null once archived.';
comment on column crm.rules.name is 'What managers call it; it stands in reasons.';
comment on column crm.rules.condition is 'Which leads it is for: a jsonpath predicate over the lead as JSON, such as $.city == "Pune"; null: all.';
comment on column crm.rules.attributes is 'Attributes of a lead that form the key of its pool; none: the pool of everybody. A lead without one of them is passed on.';
comment on column crm.rules.strategy is 'In which order the pool''s callers get their turns.';
comment on column crm.rules.on_exhausted is 'What happens to a lead when the pool has callers but none is free: the next rule, or the queue.';
comment on column crm.rules.is_on is 'Whether the rule is used.';
comment on column crm.rules.claim_minutes is 'Minutes in which a caller must claim a lead dealt by this rule, or it is dealt again; null: no need to claim.';
comment on column crm.rules.most_expiries is 'How often a lead may go unclaimed before it is queued and held for a manager.';
comment on column crm.rules.created_at is 'When the rule was made.';
comment on column crm.rules.updated_at is 'When it last changed.';
comment on column crm.rules.archived_at is 'Since when it is out of the plan; null while in it.';

-- What a caller is for and when.
alter table crm.callers
  add column team      text constraint callers_team_length check (length(trim(team)) between 1 and 100),
  add column campaigns text[] not null default '{}' constraint callers_campaigns_count check (cardinality(campaigns) <= 100),
  add column weight    int not null default 1 constraint callers_weight_range check (weight between 1 and 1000),
  add column max_load  int not null default 0 constraint callers_max_load_range check (max_load between 0 and 1000),
  add column hours     int4multirange constraint callers_hours_range check (hours <@ int4multirange(int4range(0, 10080))),
  add column time_off  tstzmultirange not null default '{}';
comment on column crm.callers.team is 'Team of the caller, if any: membership of the team''s pool.';
comment on column crm.callers.campaigns is 'Campaigns the caller works for: membership of their pools.';
comment on column crm.callers.weight is 'Share of leads under the weighted strategies, relative to the others''; pools of a source have weights of their own.';
comment on column crm.callers.max_load is 'The most leads the caller may have open at a time; 0 = unlimited.';
comment on column crm.callers.hours is 'Working hours: minutes of the week from Monday 0:00, in the workspace''s timezone; null: always.';
comment on column crm.callers.time_off is 'When the caller is away.';

create table crm.caller_sources (
  workspace_id int not null,
  caller_id    uuid not null,
  source       text not null constraint caller_sources_source_length check (length(trim(source)) between 1 and 200),
  weight       int not null default 1 constraint caller_sources_weight_range check (weight between 0 and 1000),
  primary key (workspace_id, caller_id, source),
  foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id)
);
comment on table crm.caller_sources is 'Competence: which sources a caller takes leads of, and with which weight.';
comment on column crm.caller_sources.workspace_id is 'Workspace of the caller.';
comment on column crm.caller_sources.caller_id is 'The caller.';
comment on column crm.caller_sources.source is 'The source by name, as in lead_source; case does not matter.';
comment on column crm.caller_sources.weight is 'Share of the source''s leads, relative to the others''; 0 = none.';

alter table crm.sources add column needs_competence boolean not null default false;
comment on column crm.sources.needs_competence is 'Whether leads are refused while no caller has a weight for this source.';

-- Leads are claimed, expire, are closed.
alter table crm.leads add column closed_at timestamptz;
comment on column crm.leads.closed_at is 'When it was closed; null while open. A closed lead burdens nobody.';

alter table crm.lead_assignments
  add column ended_seq  bigint,
  add column claim_by   timestamptz,
  add column claimed_at timestamptz;
update crm.lead_assignments a
set ended_seq = (
  select min(e.seq) from crm.events e
  where e.workspace_id = a.workspace_id and e.lead_id = a.lead_id and e.kind = 'lead.reassigned' and e.seq > a.seq)
where a.ended_at is not null;
alter table crm.lead_assignments
  drop constraint lead_assignments_status_known,
  add constraint lead_assignments_status_known check (status in ('assigned', 'reassigned', 'expired', 'closed')),
  add constraint lead_assignments_ended_by_event check ((ended_at is null) = (ended_seq is null)),
  add constraint lead_assignments_claimed_while_open check (claimed_at is null or status <> 'expired');
create index lead_assignments_unclaimed_idx on crm.lead_assignments (claim_by)
  where ended_at is null and claimed_at is null and claim_by is not null;
comment on column crm.lead_assignments.status is 'assigned while open; how it ended: reassigned, expired (never claimed), closed.';
comment on column crm.lead_assignments.ended_seq is 'Number of the event that ended it; null while open.';
comment on column crm.lead_assignments.claim_by is 'Until when it must be claimed; null: it need not be.';
comment on column crm.lead_assignments.claimed_at is 'When its caller claimed it.';

alter table crm.queue add column is_held boolean not null default false;
create index queue_seq_idx on crm.queue (seq, workspace_id) where not is_held;
comment on column crm.queue.is_held is 'Held back: waits for a manager, not for capacity.';

alter table crm.workspaces add column drains_queue boolean not null default true;
comment on column crm.workspaces.drains_queue is 'Whether waiting leads are dealt by themselves, oldest first, as soon as somebody is free.';

create table crm.ticks (
  workspace_id int primary key references crm.workspaces,
  seq          bigint not null,
  at           timestamptz not null,
  resume_after bigint not null default 0
);
comment on table crm.ticks is 'When the queue of each workspace was last looked through, so that it is looked through again only when something changed.';
comment on column crm.ticks.workspace_id is 'The workspace.';
comment on column crm.ticks.seq is 'Number of its newest event at that time.';
comment on column crm.ticks.at is 'When that was.';
comment on column crm.ticks.resume_after is 'The last place in the queue looked at; 0 once the whole queue was.';

-- What strategies remember of a pool.
create type crm.turn as (caller_id uuid, weight int, lag numeric, turns int);
comment on type crm.turn is 'How a caller stands in a circle: weight, how far behind the fair share when the circle began (in leads), and turns had since.';

alter table crm.rr_pointers
  alter column last_caller_id drop not null,
  add column strategy     text,
  add column dealt        bigint not null default 0,
  add column circle_since bigint,
  add column circle       crm.turn[];
comment on column crm.rr_pointers.strategy is 'The strategy that dealt last.';
comment on column crm.rr_pointers.dealt is 'How many leads were ever dealt from this pool: the running number that "random" choices are made of.';
comment on column crm.rr_pointers.circle_since is 'What dealt was when the present circle began.';
comment on column crm.rr_pointers.circle is 'How the callers stand in the circle, for strategies with a memory (weighted, random): a new one begins whenever callers or weights change.';

alter table crm.deals
  add column rule_id      uuid,
  add column rule_version int,
  add column local_time   timestamp,
  add column dealt_before bigint,
  add column circle       crm.turn[];
comment on column crm.deals.rule is 'Name of the rule that placed the leads.';
comment on column crm.deals.rule_id is 'The rule.';
comment on column crm.deals.rule_version is 'Which version of it.';
comment on column crm.deals.local_time is 'The time in the workspace''s timezone: its date is the business day, and working hours are read by it.';
comment on column crm.deals.dealt_before is 'How many leads had been dealt from the pool before.';
comment on column crm.deals.circle is 'The circle, where a new one began with this deal; else that of the pool''s deal before goes on.';

-- Checked for every deal, against a row that dealing has locked already.
alter table crm.deals drop constraint deals_workspace_id_fkey;
alter table crm.rr_pointers drop constraint rr_pointers_workspace_id_fkey;
comment on column crm.deals.workspace_id is 'Workspace of the deal. No foreign key: dealing holds the workspace''s row.';
comment on column crm.rr_pointers.workspace_id is 'Workspace of the pool. No foreign key: dealing holds the workspace''s row.';

-- Workspaces made before there were rules get the plan they were dealt by, as if it had been there from the beginning.
with plan as (
  insert into crm.rules (workspace_id, step, name, attributes)
  select w.id, r.step, r.name, r.attributes
  from crm.workspaces w, (values (1, 'state', array['state']), (2, 'global', array[]::text[])) r (step, name, attributes)
  returning *
),
numbered as (
  update crm.workspaces w set event_seq = w.event_seq + 2 returning w.id, w.event_seq
)
insert into crm.events (workspace_id, seq, at, kind, actor, data)
select p.workspace_id, n.event_seq - 2 + p.step, p.created_at, 'rule.created', 'migration', jsonb_build_object(
  'id', p.id, 'version', 1, 'step', p.step, 'name', p.name, 'condition', null, 'attributes', p.attributes, 'strategy', p.strategy,
  'on_exhausted', p.on_exhausted, 'is_on', true, 'claim_minutes', null, 'most_expiries', p.most_expiries, 'archived', false, 'from_seq', 0)
from plan p join numbered n on n.id = p.workspace_id;

update crm.deals d
set rule_id = r.id, rule_version = 1, local_time = d.dealt_at at time zone w.timezone, dealt_before = before.dealt
from crm.rules r, crm.workspaces w, (
  select b.workspace_id, b.id, coalesce(sum(b.leads) over (
    partition by b.workspace_id, b.pool order by b.id rows between unbounded preceding and 1 preceding), 0)::bigint as dealt
  from crm.deals b
) before
where r.workspace_id = d.workspace_id and r.name = d.rule and w.id = d.workspace_id and before.workspace_id = d.workspace_id and before.id = d.id;
update crm.rr_pointers p
set strategy = 'round_robin', dealt = (select sum(d.leads) from crm.deals d where d.workspace_id = p.workspace_id and d.pool = p.key);
alter table crm.deals
  alter column rule_id set not null,
  alter column rule_version set not null,
  alter column local_time set not null,
  alter column dealt_before set not null,
  drop column business_date;
