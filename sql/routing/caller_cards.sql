-- A caller with the states served and what was given on the current business day.
create view routing.caller_cards as
select c.*,
  coalesce((select array_agg(s.state::text order by s.state) from crm.caller_states s
            where s.workspace_id = c.workspace_id and s.caller_id = c.id), '{}') as states,
  coalesce(d.count, 0) as assigned_today
from crm.callers c
join crm.workspaces w on w.id = c.workspace_id
left join crm.caller_daily_counters d
  on d.workspace_id = c.workspace_id and d.caller_id = c.id and d.date = (routing.current_time() at time zone w.timezone)::date;

comment on view routing.caller_cards is 'Each caller with states and the leads given today.';

create function routing.caller_json(p_caller routing.caller_cards) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_caller.id, 'name', p_caller.name, 'role', p_caller.role, 'languages', p_caller.languages,
  'daily_limit', p_caller.daily_limit, 'states', p_caller.states, 'status', p_caller.status,
  'assigned_today', p_caller.assigned_today, 'is_sample', p_caller.is_sample,
  'created_at', p_caller.created_at, 'updated_at', p_caller.updated_at, 'archived_at', p_caller.archived_at);

comment on function routing.caller_json(routing.caller_cards) is 'A caller as JSON, as the page and the API show it.';
