-- How each workspace stands, for monitoring: what the gateway cannot count itself, because leads come in and callers
-- work by other ways too. Only of the 200 workspaces with the longest log, so that the answer is bounded. An open lead
-- is counted as for the limits, up to a thousand a caller.
-- Locks: none. Errors: none of its own.
create function core.workspace_metrics(p_workspace crm.workspaces) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_workspace.id, 'last_event', p_workspace.event_seq,
    'last_lead_at', (
      select l.created_at from crm.leads l where l.workspace_id = p_workspace.id order by l.id desc limit 1),
    'waiting', queue.waiting, 'held', queue.held, 'waiting_since', queue.since,
    'standings', caller.standings, 'open_leads', caller.open_leads, 'assigned_today', caller.assigned_today,
    'daily_limit', caller.daily_limit)
  from (
    select count(*) filter (where not q.is_held) as waiting, count(*) filter (where q.is_held) as held,
      min(q.queued_at) filter (where not q.is_held) as since
    from crm.queue q where q.workspace_id = p_workspace.id) queue
  cross join (
    select coalesce(jsonb_object_agg(s.standing, s.callers), '{}') as standings,
      coalesce(sum(s.open_leads), 0) as open_leads,
      coalesce(sum(s.assigned_today), 0) as assigned_today, coalesce(sum(s.daily_limit), 0) as daily_limit
    from (
      select c.standing, count(*) as callers, sum(c.open_leads) as open_leads,
        sum(c.assigned_today) filter (where c.daily_limit > 0) as assigned_today, sum(c.daily_limit) as daily_limit
      from (
        select k.standing, k.open_leads, k.assigned_today, k.daily_limit
        from routing.caller_cards k where k.workspace_id = p_workspace.id and k.archived_at is null offset 0) c
      group by c.standing) s) caller
$$;

comment on function core.workspace_metrics(crm.workspaces) is
  'A workspace in numbers: its queue, its callers by standing, their leads today against the caps, its newest lead '
  'and event.';

create function api.read_metrics() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
  select coalesce(jsonb_agg(core.workspace_metrics(b.workspace) order by (b.workspace).id), '[]')
  from (select w as workspace from crm.workspaces w order by w.event_seq desc, w.id limit 200) b
$$;

comment on function api.read_metrics() is 'The workspaces in numbers, for /metrics, as a JSON array.';
