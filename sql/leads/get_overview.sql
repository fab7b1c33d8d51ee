-- The numbers above the page: today's leads, the last hour minute by minute, each caller's day, the queue.
create function api.get_overview() returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_now timestamptz := core.current_time();
  v_date date := core.business_date(v_workspace, v_now);
  v_hour timestamptz := date_trunc('minute', v_now) - interval '59 minutes';
begin
  return jsonb_build_object(
    'today', jsonb_build_object(
      'received', (select count(*) from crm.leads l
                   where l.workspace_id = v_workspace.id and not l.is_test
                     and l.created_at >= core.business_day_began(v_workspace, v_now)),
      'assigned', (select coalesce(sum(d.count + d.duplicates), 0) from crm.caller_daily_counters d
                   join crm.callers c on c.workspace_id = d.workspace_id and c.id = d.caller_id
                   where c.workspace_id = v_workspace.id and d.date = v_date),
      'queued_now', (select count(*) from crm.queue q where q.workspace_id = v_workspace.id)),
    'per_minute', (
      select jsonb_agg(jsonb_build_object('minute', m.minute, 'leads', coalesce(n.leads, 0)) order by m.minute)
      from generate_series(v_hour, v_now, interval '1 minute') m (minute)
      left join (
        select date_trunc('minute', l.created_at) as minute, count(*) as leads from crm.leads l
        where l.workspace_id = v_workspace.id and l.created_at >= v_hour and not l.is_test
        group by 1) n using (minute)),
    'callers', (
      select coalesce(
        jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'status', c.status, 'daily_limit', c.daily_limit,
        'assigned_today', c.assigned_today, 'duplicates_today', c.duplicates_today) order by c.id), '[]')
      from routing.caller_cards c where c.workspace_id = v_workspace.id and c.archived_at is null));
end
$$;

comment on function api.get_overview() is
  'Today''s numbers, leads per minute over the last hour, and each caller''s day, as JSON.';
