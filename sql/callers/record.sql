-- Callers and campaigns as the log keeps them. Replay reads it and nothing else to know who was in which pool, so a
-- caller's snapshot holds all that dealing looks at. A change of what belongs to a caller (states, sources, campaigns)
-- is a change of the caller. A campaign is its name, its callers and the rule by which its leads are dealt.
create function routing.caller_snapshot(p_caller crm.callers) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_build_object(
    'name', p_caller.name, 'role', p_caller.role, 'languages', p_caller.languages, 'daily_limit', p_caller.daily_limit,
    'status', p_caller.status, 'archived', p_caller.archived_at is not null, 'disabled', p_caller.is_disabled,
    'states', coalesce((
      select jsonb_agg(s.state order by s.state) from crm.caller_states s
      where s.workspace_id = p_caller.workspace_id and s.caller_id = p_caller.id), '[]'),
    'team', p_caller.team, 'campaigns', coalesce((
      select jsonb_agg(g.name order by g.key collate "C")
      from crm.campaign_assignees a join crm.campaigns g on g.workspace_id = a.workspace_id and g.id = a.campaign_id
      where a.workspace_id = p_caller.workspace_id and a.caller_id = p_caller.id), '[]'),
    'weight', p_caller.weight, 'max_load', p_caller.max_load,
    'hours', p_caller.hours::text, 'time_off', p_caller.time_off::text,
    'sources', coalesce((
      select jsonb_object_agg(s.source, s.weight) from crm.caller_sources s
      where s.workspace_id = p_caller.workspace_id and s.caller_id = p_caller.id), '{}'))
$$;

comment on function routing.caller_snapshot(crm.callers) is
  'A caller as the event log keeps it: all that dealing looks at.';

select core.make_record('crm.callers', 'caller', 'routing.caller_snapshot(crm.callers)'),
  core.make_record('crm.caller_states', 'caller', 'routing.caller_snapshot(crm.callers)', 'caller_id'),
  core.make_record('crm.caller_sources', 'caller', 'routing.caller_snapshot(crm.callers)', 'caller_id'),
  core.make_record('crm.campaign_assignees', 'caller', 'routing.caller_snapshot(crm.callers)', 'caller_id');

create function routing.prepare_caller() returns trigger
language plpgsql
as $$
begin
  new.name := trim(new.name);
  new.updated_at := core.current_time();
  return new;
end
$$;

comment on function routing.prepare_caller() is 'Trigger: trims a caller''s name and stamps updated_at.';

create trigger prepare_caller before insert or update on crm.callers
for each row execute function routing.prepare_caller();

create function routing.campaign_snapshot(p_campaign crm.campaigns) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'campaign_id', p_campaign.id, 'name', p_campaign.name, 'archived', p_campaign.archived_at is not null,
    'strategy', r.strategy, 'on_exhausted', r.on_exhausted, 'claim_minutes', r.claim_minutes,
    'is_paused', coalesce(r.is_paused, false), 'callers', coalesce((
      select jsonb_agg(a.caller_id order by a.caller_id) from crm.campaign_assignees a
      where a.workspace_id = p_campaign.workspace_id and a.campaign_id = p_campaign.id), '[]'))
  from (select) one
  left join lateral (  -- of one that is over, the rule as it was
    select k.* from crm.rules k
    where k.workspace_id = p_campaign.workspace_id and k.campaign_id = p_campaign.id
    order by k.archived_at desc nulls first limit 1) r on true);

comment on function routing.campaign_snapshot(crm.campaigns) is 'A campaign as the event log keeps it.';

select core.make_record('crm.campaigns', 'campaign', 'routing.campaign_snapshot(crm.campaigns)'),
  core.make_record('crm.campaign_assignees', 'campaign', 'routing.campaign_snapshot(crm.campaigns)', 'campaign_id'),
  core.make_record('crm.rules', 'campaign', 'routing.campaign_snapshot(crm.campaigns)', 'campaign_id');
