-- How the callers stand at this moment: who takes leads, who is full, away, idle, late.
--
-- Idle is who is free, has open leads, and has done nothing in the last half hour: who does something is the actor of
-- events. Late is who has tasks that are overdue, or whom a lead was taken from today because it was not claimed in
-- time.
create function core.caller_standings(p_workspace_id int)
returns table (workspace_id int, caller_id uuid, name text, team text, standing text, assigned_today int,
  duplicates_today int, daily_limit int, open_leads int, max_load int, to_claim bigint, claim_by timestamptz,
  expired_today bigint, overdue_tasks bigint, last_act_at timestamptz, is_idle boolean, is_late boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_custom_plan  -- a plan for any workspace counts open leads without their index
as $$
#variable_conflict use_column
declare
  v_now timestamptz := core.current_time();
  v_day_began timestamptz := (
    select core.business_day_began(w, v_now) from crm.workspaces w where w.id = p_workspace_id);
  v_today date := (select core.business_date(w, v_now) from crm.workspaces w where w.id = p_workspace_id);
begin
  if not core.may_count(p_workspace_id) then
    return;
  end if;
  return query
  with claim as materialized (
    select a.caller_id, count(*) as leads, min(a.claim_by) as next_by from crm.lead_assignments a
    where a.workspace_id = p_workspace_id and a.ended_at is null and a.claimed_at is null and a.claim_by is not null
    group by a.caller_id
  ),
  expired as materialized (
    select e.caller_id, count(*) as leads
    from (
      select n.caller_id, n.at from crm.events n
      where n.kind = 'lead.expired' and n.workspace_id = p_workspace_id
      order by n.kind desc, n.workspace_id desc, n.seq desc limit 1000) e
    where e.at >= v_day_began group by e.caller_id
  ),
  overdue as materialized (
    select t.caller_id, count(*) as tasks from core.task_cards t
    where t.workspace_id = p_workspace_id and t.is_open and t.done_at is null and t.archived_at is null
      and (t.due_at < v_now or t.due_on < v_today) and t.caller_id is not null
    group by t.caller_id
  ),
  act as materialized (
    select p.caller_id, max(e.at) as at
    from crm.users p
    cross join lateral (
      select n.at from crm.events n
      where n.actor = 'user:' || p.id and n.workspace_id = p_workspace_id and n.actor <> 'intake'
      order by n.actor desc, n.workspace_id desc, n.seq desc limit 1) e  -- along events_actor_idx, and no other
    where p.workspace_id = p_workspace_id and p.caller_id is not null group by p.caller_id
  )
  select p_workspace_id, c.id, c.name, c.team, c.standing, c.assigned_today, c.duplicates_today,
    c.daily_limit, c.open_leads, c.max_load, coalesce(claim.leads, 0), claim.next_by, coalesce(expired.leads, 0),
    coalesce(overdue.tasks, 0), act.at,
    c.standing = 'free' and coalesce(act.at, '-infinity') < v_now - interval '30 minutes' and exists (
      select from crm.lead_assignments a
      where a.caller_id = c.id and a.workspace_id = p_workspace_id and a.ended_at is null
        and a.assigned_at < v_now - interval '30 minutes'),
    coalesce(expired.leads, 0) + coalesce(overdue.tasks, 0) > 0
  from (
    select k.id, k.name, k.team, k.standing, k.assigned_today, k.duplicates_today, k.daily_limit, k.open_leads,
      k.max_load
    from routing.caller_cards k where k.workspace_id = p_workspace_id and k.archived_at is null offset 0) c
  left join claim on claim.caller_id = c.id
  left join expired on expired.caller_id = c.id
  left join overdue on overdue.caller_id = c.id
  left join act on act.caller_id = c.id;
end
$$;

comment on function core.caller_standings(int) is 'The rows of report.caller_standings of one workspace.';

create view report.caller_standings with (security_barrier = true) as
select s.*
from core.workspaces_in_sight() w (id) cross join lateral core.caller_standings(w.id) s;

comment on view report.caller_standings is
  'How each caller stands: free, at cap, away ...; leads today and open, to be claimed, taken back; tasks; idle, late.';
