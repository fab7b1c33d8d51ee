-- What an event is about stands in its row, so that the last one about a record is found by one index.
-- depends: 0021.apart
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
--
-- Events about leads, which nearly all are, name them in lead_id and stay as they are. Only those that people's edits
-- made are written, and found by the index of kinds. The log is read once as a whole, for the new index: about a second
-- for a million events.
alter table crm.events
  add column subject text collate "C",
  add column subject_id text collate "C";
comment on column crm.events.subject is
  'What it is about: caller, rule, source, alert ...; null for a lead, which lead_id names, and for nothing of these.';
comment on column crm.events.subject_id is
  'The id of what it is about, as text; that of the workspace for it and its settings.';

alter table crm.workspaces add column subjects_since_seq bigint not null default 0;
comment on column crm.workspaces.subjects_since_seq is
  'Number of the last event that got its subject by migration 0022, maybe after it was sealed: its digest lacks it.';
update crm.workspaces set subjects_since_seq = event_seq where event_seq > 0;

alter table crm.events disable trigger user;
do $$
declare
  v_kind text;
begin
  set local enable_seqscan = off;
  for v_kind in
    with recursive kind (name) as (
      (select e.kind from crm.events e where e.kind <> 'lead.assigned' order by e.kind limit 1)
      union all
      select (
        select e.kind from crm.events e where e.kind <> 'lead.assigned' and e.kind > k.name order by e.kind limit 1)
      from kind k where k.name is not null
    )
    select k.name from kind k
    where split_part(k.name, '.', 1) in ('caller', 'rule', 'campaign', 'source', 'user', 'workspace', 'destination',
      'alert', 'alert_settings', 'import')
  loop
    update crm.events e set
      subject = split_part(v_kind, '.', 1),
      subject_id = case split_part(v_kind, '.', 1)
        when 'caller' then e.caller_id::text
        when 'campaign' then e.data ->> 'campaign_id'
        when 'source' then e.data ->> 'source_id'
        when 'user' then e.data ->> 'user_id'
        when 'import' then e.data ->> 'import_id'
        when 'workspace' then e.workspace_id::text
        when 'alert_settings' then e.workspace_id::text
        else e.data ->> 'id' end
    where e.kind = v_kind and e.kind <> 'lead.assigned';
  end loop;
  reset enable_seqscan;
end
$$;
alter table crm.events enable trigger user;

drop index crm.events_caller_change_idx, crm.events_thing_idx, crm.events_source_change_idx,
  crm.events_campaign_change_idx;
create index events_subject_idx on crm.events (subject, subject_id, workspace_id, seq) where subject is not null;

-- The log says of each campaign how its leads are dealt and who works for it from now on.
with change as (
  select g.workspace_id, g.id, jsonb_build_object(
    'campaign_id', g.id, 'name', g.name, 'archived', false, 'strategy', r.strategy, 'on_exhausted', r.on_exhausted,
    'claim_minutes', r.claim_minutes, 'is_paused', coalesce(r.is_paused, false), 'callers', coalesce((
      select jsonb_agg(a.caller_id order by a.caller_id) from crm.campaign_assignees a
      where a.workspace_id = g.workspace_id and a.campaign_id = g.id), '[]')) as data
  from crm.campaigns g
  left join crm.rules r on r.workspace_id = g.workspace_id and r.campaign_id = g.id and r.archived_at is null
  where g.archived_at is null
),
counted as (
  select n.workspace_id, count(*) as changes from change n group by n.workspace_id
),
numbered as (
  update crm.workspaces w set event_seq = w.event_seq + c.changes from counted c where c.workspace_id = w.id
  returning w.id, w.event_seq - c.changes as before
)
insert into crm.events (workspace_id, seq, at, kind, actor, data, subject, subject_id)
select n.workspace_id, b.before + row_number() over (partition by n.workspace_id order by n.id), now(),
  'campaign.updated', 'migration', n.data, 'campaign', n.id::text
from change n join numbered b on b.id = n.workspace_id;

comment on column crm.events.data is
  'The particulars. For records (caller, rule, source, user ...): the record as it was from then on, which is what '
  'replay reads and what "before" is taken from. For lead.updated: {field: {before, after}}. Empty for '
  'lead.assigned: the assignment with the same seq says it all.';
comment on column crm.place_names.key is
  'The name without case, accents, spaces and punctuation: see core.place_key().';
comment on column crm.leads.workspace_id is
  'Workspace of the lead. No foreign key: core.prepare_lead() refuses an unknown one, workspaces are never deleted, '
  'and checking each lead would lock the row that is the turnstile.';
comment on column crm.event_seals.hash is
  'SHA-256 of the hash before and the digests of the events, in their order: see core.event_digest().';
