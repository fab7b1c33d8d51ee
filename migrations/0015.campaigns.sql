-- Campaigns as things of their own: who works for them, which leads are theirs, and the rule by which those are dealt.
-- depends: 0014.sealed
-- squawk-ignore-file ban-drop-column, constraint-missing-not-valid, adding-foreign-key-constraint, require-concurrent-index-creation, require-concurrent-index-deletion, ban-drop-function

create table crm.campaigns (
  workspace_id int not null references crm.workspaces,
  id           int generated always as identity,
  key          text not null,
  name         text not null constraint campaigns_name_length check (length(name) between 1 and 100),
  created_at   timestamptz not null,
  created_by   text not null,
  archived_at  timestamptz,
  primary key (workspace_id, id)
);
create unique index campaigns_key_key on crm.campaigns (key, workspace_id) where archived_at is null;
comment on table crm.campaigns is 'Campaigns: leads that belong together, and the callers who work for them. Not renamed, since leads name them; never deleted: one that is over is archived.';
comment on column crm.campaigns.workspace_id is 'Workspace of the campaign.';
comment on column crm.campaigns.id is 'Number of the campaign.';
comment on column crm.campaigns.key is 'The name as it stands in the key of the campaign''s pool; what a lead says in metadata.campaign is compared by it.';
comment on column crm.campaigns.name is 'What managers call it.';
comment on column crm.campaigns.created_at is 'When it was made.';
comment on column crm.campaigns.created_by is 'Who made it, as in crm.events.actor.';
comment on column crm.campaigns.archived_at is 'Since when it is over and its name free for another; null while it runs.';

create table crm.campaign_assignees (
  workspace_id int not null,
  campaign_id  int not null,
  caller_id    uuid not null,
  added_at     timestamptz not null,
  added_by     text not null,
  primary key (workspace_id, campaign_id, caller_id),
  foreign key (workspace_id, campaign_id) references crm.campaigns (workspace_id, id),
  foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id)
);
create index campaign_assignees_caller_idx on crm.campaign_assignees (caller_id, workspace_id);
comment on table crm.campaign_assignees is 'Who works for which campaign: membership of its pool. None once the campaign is archived.';
comment on column crm.campaign_assignees.workspace_id is 'Workspace of both.';
comment on column crm.campaign_assignees.campaign_id is 'The campaign.';
comment on column crm.campaign_assignees.caller_id is 'The caller.';
comment on column crm.campaign_assignees.added_at is 'Since when.';
comment on column crm.campaign_assignees.added_by is 'Who said so, as in crm.events.actor.';

alter table crm.leads add column campaign_id int;
create index leads_campaign_idx on crm.leads (campaign_id, workspace_id, id) include (created_at, closed_at) where campaign_id is not null;
comment on column crm.leads.campaign_id is 'The campaign that metadata.campaign names, if there was one when the lead came in. No foreign key: it is found, not given, and a check would be paid by every lead.';

alter table crm.rules
  add column campaign_id int,
  add column is_paused boolean not null default false,
  add constraint rules_campaign_known foreign key (workspace_id, campaign_id) references crm.campaigns (workspace_id, id),
  add constraint rules_step_of_campaign check (case when campaign_id is null then step > 0 else step = -campaign_id end);
-- Of a thousand campaigns dealing finds the few rules it needs by this one, and those of the plan as the ones of none.
create unique index rules_campaign_key on crm.rules (campaign_id, workspace_id) where archived_at is null;
drop index crm.rules_name_key;
create unique index rules_name_key on crm.rules (lower(name), workspace_id) where archived_at is null and campaign_id is null;
comment on table crm.rules is 'The plan of each workspace: its rules in order; and before it those of its campaigns. Never deleted: a rule taken out is archived.';
comment on column crm.rules.campaign_id is 'The campaign whose leads alone it is for; null: it is of the plan.';
comment on column crm.rules.is_paused is 'Paused: the leads it is for wait in the queue, whoever is free.';
comment on column crm.rules.step is 'Place in the order, from 1, before which the rules of campaigns stand: minus the number of theirs; null once archived.';

-- What stood in crm.callers.campaigns. Spellings that meant one pool are one campaign, called as most callers had it. None of
-- them gets a rule: its leads go by the plan, as before. The same expression is routing.slug().
create function crm.slug(p_text text) returns text language sql immutable
return trim(both '-' from regexp_replace(lower(p_text), '[\s!-/:-@[-`{-~]+', '-', 'g'));

insert into crm.campaigns (workspace_id, key, name, created_at, created_by)
select c.workspace_id, crm.slug(n.name), mode() within group (order by left(trim(n.name), 100)), now(), 'migration'
from crm.callers c cross join lateral unnest(c.campaigns) n (name)
where trim(n.name) <> ''
group by 1, 2 order by 1, 2;

insert into crm.campaign_assignees (workspace_id, campaign_id, caller_id, added_at, added_by)
select distinct c.workspace_id, g.id, c.id, now(), 'migration'
from crm.callers c
cross join lateral unnest(c.campaigns) n (name)
join crm.campaigns g on g.workspace_id = c.workspace_id and g.key = crm.slug(n.name)
where trim(n.name) <> '';

-- The log says of each caller what its campaigns are called from now on, and in which order.
with change as (
  select g.workspace_id, 'campaign.created' as kind, null::uuid as caller_id, 'A' || g.key as place,
    jsonb_build_object('campaign_id', g.id, 'name', g.name, 'archived', false) as data
  from crm.campaigns g
  union all
  select c.workspace_id, 'caller.updated', c.id, 'B' || c.id, last.data || jsonb_build_object('campaigns', now.names)
  from crm.callers c
  cross join lateral (
    select e.data from crm.events e
    where e.workspace_id = c.workspace_id and e.caller_id = c.id and e.kind like 'caller.%' order by e.seq desc limit 1) last
  cross join lateral (
    select coalesce(jsonb_agg(g.name order by g.key collate "C"), '[]') as names
    from crm.campaign_assignees a join crm.campaigns g on g.workspace_id = a.workspace_id and g.id = a.campaign_id
    where a.workspace_id = c.workspace_id and a.caller_id = c.id) now
  where now.names <> to_jsonb(c.campaigns)
),
counted as (
  select n.workspace_id, count(*) as changes from change n group by 1
),
numbered as (
  update crm.workspaces w set event_seq = w.event_seq + c.changes from counted c where c.workspace_id = w.id returning w.id, w.event_seq - c.changes as before
)
insert into crm.events (workspace_id, seq, at, kind, actor, caller_id, data)
select n.workspace_id, b.before + row_number() over (partition by n.workspace_id order by n.place), now(), n.kind, 'migration', n.caller_id, n.data
from change n join numbered b on b.id = n.workspace_id;

-- Leads of these campaigns that are there already. Not a change of what they say, so the log need not have it.
alter table crm.leads disable trigger user;
update crm.leads l set campaign_id = g.id
from crm.campaigns g
where g.workspace_id = l.workspace_id and g.key = crm.slug(l.metadata ->> 'campaign');
alter table crm.leads enable trigger user;
drop function crm.slug(text);

-- With the views of code on it, which is rebuilt now.
alter table crm.callers drop column campaigns cascade;

-- A campaign's last event: what it was before a change.
create index events_campaign_change_idx on crm.events ((data ->> 'campaign_id'), seq) where kind like 'campaign.%';
