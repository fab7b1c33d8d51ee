-- A caller with all that belongs to it: states, sources, campaigns, what was given on the current business day, what is
-- open, and how it stands at this moment.
create view routing.caller_cards with (security_invoker = true) as
select c.*,
  coalesce((select array_agg(s.state::text order by s.state) from crm.caller_states s
            where s.workspace_id = c.workspace_id and s.caller_id = c.id), '{}') as states,
  coalesce(
    (select jsonb_agg(jsonb_build_object('source', s.source, 'weight', s.weight) order by lower(s.source))
      from crm.caller_sources s
            where s.workspace_id = c.workspace_id and s.caller_id = c.id), '[]') as sources,
  coalesce((select array_agg(g.name order by g.key collate "C") from crm.campaign_assignees a
            join crm.campaigns g on g.workspace_id = a.workspace_id and g.id = a.campaign_id
            where a.workspace_id = c.workspace_id and a.caller_id = c.id), '{}') as campaigns,
  coalesce(d.count, 0) as assigned_today,
  coalesce(d.duplicates, 0) as duplicates_today,
  routing.open_leads(c.workspace_id, c.id) as open_leads,
  routing.standing(c.status, c.time_off, c.hours, n.now, n.now at time zone w.timezone, c.daily_limit,
    coalesce(d.count, 0), c.max_load,
    case when c.max_load > 0 then routing.open_leads(c.workspace_id, c.id) end, c.is_disabled) as standing
from crm.callers c
join crm.workspaces w on w.id = c.workspace_id
cross join lateral (select core.current_time() as now) n
left join crm.caller_daily_counters d
  on d.workspace_id = c.workspace_id and d.caller_id = c.id and d.date = core.business_date(w, n.now);

comment on view routing.caller_cards is
  'Each caller with states, sources, campaigns, the leads given today, the leads open, and whether it is free.';

-- For everybody who sees the caller; the table of users is not.
create function routing.person_of(p_workspace_id int, p_caller_id uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object('id', u.id, 'name', u.name, 'disabled', u.disabled_at is not null) from crm.users u
    where u.caller_id = p_caller_id and u.workspace_id = p_workspace_id and core.sees_workspace(p_workspace_id));
end
$$;

comment on function routing.person_of(int, uuid) is
  'The person who signs in as a caller, as JSON: {"id", "name", "disabled"}; null when nobody does.';

create function routing.caller_json(p_caller routing.caller_cards) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_caller.id, 'etag', core.etag_of(p_caller.workspace_id, 'caller', p_caller.id::text),
  'name', p_caller.name, 'role', p_caller.role, 'languages', p_caller.languages,
  'daily_limit', p_caller.daily_limit, 'states', p_caller.states, 'status', p_caller.status,
  'team', p_caller.team, 'weight', p_caller.weight, 'max_load', p_caller.max_load, 'campaigns', p_caller.campaigns,
  'sources', p_caller.sources, 'hours', routing.hours_json(p_caller.hours),
  'time_off', routing.time_off_json(p_caller.time_off),
  'assigned_today', p_caller.assigned_today, 'duplicates_today', p_caller.duplicates_today,
  'open_leads', p_caller.open_leads, 'standing', p_caller.standing,
  'person', routing.person_of(p_caller.workspace_id, p_caller.id),
  'is_sample', p_caller.is_sample, 'created_at', p_caller.created_at, 'updated_at', p_caller.updated_at,
  'archived_at', p_caller.archived_at);

comment on function routing.caller_json(routing.caller_cards) is 'A caller as JSON, as the page and the API show it.';
