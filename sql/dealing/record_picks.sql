-- Writes down what was decided: a deal per pool, an assignment or a place in the queue per lead, counters, pointers,
-- and an event per lead. One statement, every table once, however many leads and pools.
-- A deal is numbered by its first event; all deals of one call were decided on the state as of base_seq. p_requests:
-- the requests that brought the leads in, one for each pick; null where they are dealt for another reason: only such a
-- lead may be counted in its caller's day already. p_date: the business day, if it is not the date of p_local.
--
-- Locks: the turnstile (held by the caller). Errors: none of its own; lead_assignments_one_open_key for a lead that is
-- still somebody's.
create function routing.record_picks(
  p_workspace_id int, p_now timestamptz, p_local timestamp, p_pools routing.pool[], p_picks routing.pick[],
  p_requests text[] default null, p_date date default null)
returns void
language plpgsql volatile
as $$
declare
  v_first bigint;
  v_actor text := core.current_actor();
  v_request text := core.current_request();
  v_date date := coalesce(p_date, p_local::date);
begin
  if p_picks = '{}' then
    return;
  end if;
  v_first := core.reserve_events(p_workspace_id, cardinality(p_picks));
  with pick as materialized (
    select p.*, p.unnest as request_id, v_first + p.ordinality - 1 as seq,
      case when p.pool is not null then min(v_first + p.ordinality - 1) over (partition by p.pool) end as deal_id,
      case when p_requests is null then routing.is_counted(p_workspace_id, p.lead_id, p.caller_id, v_date)
        else false end as is_counted
    from unnest(p_picks, p_requests) with ordinality p
  ),
  used as materialized (
    select u.*, p.*, routing.move_pointer(p.pointer, u.callers) as moved
    from (
      select pick.pool as nr, pick.deal_id, array_agg(pick.caller_id order by pick.slot) as callers
      from pick where pick.pool is not null group by pick.pool, pick.deal_id
    ) u
    join unnest(p_pools) with ordinality p on p.ordinality = u.nr
  ),
  deal as (
    insert into crm.deals (workspace_id, id, base_seq, rule, rule_id, rule_version, pool, strategy, leads,
      pointer_before, pointer_after, dealt_before, circle, skipped, local_time, business_date, dealt_at)
    select p_workspace_id, u.deal_id, v_first - 1, u.rule, u.rule_id, u.rule_version, u.key, u.strategy,
      cardinality(u.callers), (u.pointer).last_caller_id, (u.moved).last_caller_id, (u.pointer).dealt,
      case when (u.pointer).circle_since = (u.pointer).dealt then (u.pointer).circle end, u.skipped,
      p_local, v_date, p_now
    from used u
  ),
  pointer as (
    insert into crm.rr_pointers (workspace_id, key, last_caller_id, updated_at, strategy, dealt, circle_since, circle)
    select p_workspace_id, u.key, (u.moved).last_caller_id, p_now, u.strategy, (u.moved).dealt, (u.moved).circle_since,
      (u.moved).circle
    from used u
    on conflict (workspace_id, key) do update set
      last_caller_id = excluded.last_caller_id, updated_at = excluded.updated_at, strategy = excluded.strategy,
      dealt = excluded.dealt, circle_since = excluded.circle_since, circle = excluded.circle
  ),
  assignment as (
    insert into crm.lead_assignments (workspace_id, lead_id, caller_id, deal_id, slot, seq, business_date,
      uncounted_seq, assigned_at, claim_by, duplicate_of, assignment_reason, assigned_by)
    select p_workspace_id, pick.lead_id, pick.caller_id, pick.deal_id, pick.slot, pick.seq, v_date,
      case when pick.is_counted then pick.seq end, p_now, p_now + used.claim_minutes * interval '1 minute',
      pick.duplicate_of, pick.reason, 'routing'
    from pick left join used on used.nr = pick.pool
    where pick.caller_id is not null
  ),
  counter as (
    insert into crm.caller_daily_counters (workspace_id, caller_id, date, count, duplicates)
    select p_workspace_id, pick.caller_id, v_date, count(pick.pool), count(*) - count(pick.pool)
    from pick where pick.caller_id is not null and not pick.is_counted group by pick.caller_id
    on conflict (workspace_id, date, caller_id) do update
      set count = caller_daily_counters.count + excluded.count,
        duplicates = caller_daily_counters.duplicates + excluded.duplicates
  ),
  served as (
    delete from crm.queue q
    where q.workspace_id = p_workspace_id
      and q.lead_id = any (array(select pick.lead_id from pick where pick.caller_id is not null))
  ),
  waiting as (
    insert into crm.queue (workspace_id, lead_id, seq, reason, queued_at)
    select p_workspace_id, pick.lead_id, pick.seq, pick.reason, p_now from pick where pick.caller_id is null
    on conflict (workspace_id, lead_id) do update set seq = excluded.seq, reason = excluded.reason, is_held = false
  )
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id)
  select p_workspace_id, pick.seq, p_now, case when pick.caller_id is null then 'lead.queued' else 'lead.assigned' end,
    v_actor, pick.lead_id, pick.caller_id,
    case when pick.caller_id is null then jsonb_strip_nulls(jsonb_build_object(
      'reason', pick.reason, 'local_time', p_local, 'business_date', nullif(v_date, p_local::date))) else '{}' end,
    coalesce(pick.request_id, v_request)
  from pick;
end
$$;

comment on function routing.record_picks(int, timestamptz, timestamp, routing.pool[], routing.pick[], text[], date) is
  'Stores picks as deals, assignments, queue rows, counters, pointers and events.';
