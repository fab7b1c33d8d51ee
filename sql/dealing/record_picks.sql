-- Writes down what was decided: a deal per pool, an assignment or a place in the queue per lead, counters, pointers,
-- and an event per lead. Every table once, however many leads, and deals and pointers once for each pool. A new lead by
-- itself that found a caller is all one statement, as beginning one costs more than what it writes.
-- A deal is numbered by its first event; all deals of one call were decided on the state as of base_seq. p_requests:
-- the requests that brought the leads in, one for each pick; null where they are dealt for another reason: only such a
-- lead may be counted in its caller's day already. p_date: the business day, if it is not the date of p_local.
-- p_first: the number of the first event, if their numbers are taken already.
--
-- Locks: the turnstile (held by the caller). Errors: none of its own; lead_assignments_one_open_key for a lead that is
-- still somebody's.
create function routing.record_deal(
  p_workspace_id int, p_pool routing.pool, p_id bigint, p_base_seq bigint, p_caller_ids uuid[], p_now timestamptz,
  p_local timestamp, p_date date)
returns void
language plpgsql volatile
as $$
declare
  v_before crm.rr_pointers := p_pool.pointer;
  v_after crm.rr_pointers := routing.move_pointer(v_before, p_caller_ids);
begin
  insert into crm.deals (workspace_id, id, base_seq, rule, rule_id, rule_version, pool, strategy, leads,
    pointer_before, pointer_after, dealt_before, circle, skipped, local_time, business_date, dealt_at)
  values (p_workspace_id, p_id, p_base_seq, p_pool.rule, p_pool.rule_id, p_pool.rule_version, p_pool.key,
    p_pool.strategy, cardinality(p_caller_ids), v_before.last_caller_id, v_after.last_caller_id, v_before.dealt,
    case when v_before.circle_since = v_before.dealt then v_before.circle end,
    p_pool.skipped, p_local, p_date, p_now);
  insert into crm.rr_pointers (workspace_id, key, last_caller_id, updated_at, strategy, dealt, circle_since, circle)
  values (p_workspace_id, p_pool.key, v_after.last_caller_id, p_now, p_pool.strategy, v_after.dealt,
    v_after.circle_since, v_after.circle)
  on conflict (workspace_id, key) do update set
    last_caller_id = excluded.last_caller_id, updated_at = excluded.updated_at, strategy = excluded.strategy,
    dealt = excluded.dealt, circle_since = excluded.circle_since, circle = excluded.circle;
end
$$;

comment on function routing.record_deal(
  int, routing.pool, bigint, bigint, uuid[], timestamptz, timestamp, date) is
  'Stores the deal of one pool, which gave a lead each to these callers in this order, and where its pointer is then.';

create function routing.record_picks(
  p_workspace_id int, p_now timestamptz, p_local timestamp, p_pools routing.pool[], p_picks routing.pick[],
  p_requests text[] default null, p_date date default null, p_first bigint default null)
returns int
language plpgsql volatile
as $$
declare
  v_first bigint;
  v_actor text := core.current_actor();
  v_request text := core.current_request();
  v_date date := coalesce(p_date, p_local::date);
  v_is_counted boolean[];
  v_pick routing.pick := p_picks[1];
  v_pool routing.pool;
  v_before crm.rr_pointers;
  v_after crm.rr_pointers;
  v_deal record;
  v_deal_ids bigint[];  -- by the number of the pool
  v_claims_by timestamptz[];
  v_assigned int;
begin
  if cardinality(p_picks) = 0 then
    return 0;
  end if;
  v_first := coalesce(p_first, core.reserve_events(p_workspace_id, cardinality(p_picks)));
  if cardinality(p_picks) = 1 and v_pick.pool is not null and p_requests is not null then
    v_pool := p_pools[v_pick.pool];
    v_before := v_pool.pointer;
    v_after := routing.move_pointer(v_before, array[v_pick.caller_id]);
    with deal as (
      insert into crm.deals (workspace_id, id, base_seq, rule, rule_id, rule_version, pool, strategy, leads,
        pointer_before, pointer_after, dealt_before, circle, skipped, local_time, business_date, dealt_at)
      values (p_workspace_id, v_first, v_first - 1, v_pool.rule, v_pool.rule_id, v_pool.rule_version, v_pool.key,
        v_pool.strategy, 1, v_before.last_caller_id, v_after.last_caller_id, v_before.dealt,
        case when v_before.circle_since = v_before.dealt then v_before.circle end,
        v_pool.skipped, p_local, v_date, p_now)
    ),
    pointer as (
      insert into crm.rr_pointers (workspace_id, key, last_caller_id, updated_at, strategy, dealt, circle_since, circle)
      values (p_workspace_id, v_pool.key, v_after.last_caller_id, p_now, v_pool.strategy, v_after.dealt,
        v_after.circle_since, v_after.circle)
      on conflict (workspace_id, key) do update set
        last_caller_id = excluded.last_caller_id, updated_at = excluded.updated_at, strategy = excluded.strategy,
        dealt = excluded.dealt, circle_since = excluded.circle_since, circle = excluded.circle
    ),
    assignment as (
      insert into crm.lead_assignments (workspace_id, lead_id, caller_id, deal_id, slot, seq, business_date,
        assigned_at, claim_by, assignment_reason, assigned_by)
      values (p_workspace_id, v_pick.lead_id, v_pick.caller_id, v_first, v_pick.slot, v_first, v_date, p_now,
        p_now + v_pool.claim_minutes * interval '1 minute', v_pick.reason, 'routing')
    ),
    counter as (
      insert into crm.caller_daily_counters (workspace_id, caller_id, date, count, duplicates)
      values (p_workspace_id, v_pick.caller_id, v_date, 1, 0)
      on conflict (workspace_id, date, caller_id) do update set count = caller_daily_counters.count + 1
    )
    insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id)
    values (p_workspace_id, v_first, p_now, 'lead.assigned', v_actor, v_pick.lead_id, v_pick.caller_id, '{}',
      coalesce(p_requests[1], v_request));
    return 1;
  end if;
  if cardinality(p_picks) > 1 then
    for v_deal in
      select p.pool, v_first - 1 + min(p.ordinality) as id, array_agg(p.caller_id order by p.slot) as callers
      from unnest(p_picks) with ordinality p where p.pool is not null group by p.pool
    loop
      v_deal_ids[v_deal.pool] := v_deal.id;
      v_claims_by[v_deal.pool] := p_now + p_pools[v_deal.pool].claim_minutes * interval '1 minute';
      perform routing.record_deal(p_workspace_id, p_pools[v_deal.pool], v_deal.id, v_first - 1, v_deal.callers, p_now,
        p_local, v_date);
    end loop;
  elsif v_pick.pool is not null then
    v_deal_ids[v_pick.pool] := v_first;
    v_claims_by[v_pick.pool] := p_now + p_pools[v_pick.pool].claim_minutes * interval '1 minute';
    perform routing.record_deal(p_workspace_id, p_pools[v_pick.pool], v_first, v_first - 1, array[v_pick.caller_id],
      p_now, p_local, v_date);
  end if;

  if p_requests is null then
    v_is_counted := array(
      select routing.is_counted(p_workspace_id, p.lead_id, p.caller_id, v_date)
      from unnest(p_picks) with ordinality p order by p.ordinality);
  end if;
  insert into crm.lead_assignments (workspace_id, lead_id, caller_id, deal_id, slot, seq, business_date,
    uncounted_seq, assigned_at, claim_by, duplicate_of, assignment_reason, assigned_by)
  select p_workspace_id, p.lead_id, p.caller_id, v_deal_ids[p.pool], p.slot, v_first - 1 + p.ordinality, v_date,
    case when v_is_counted[p.ordinality] then v_first - 1 + p.ordinality end, p_now, v_claims_by[p.pool],
    p.duplicate_of, p.reason, 'routing'
  from unnest(p_picks) with ordinality p
  where p.caller_id is not null;
  get diagnostics v_assigned = row_count;
  insert into crm.caller_daily_counters (workspace_id, caller_id, date, count, duplicates)
  select p_workspace_id, p.caller_id, v_date, count(p.pool), count(*) - count(p.pool)
  from unnest(p_picks) with ordinality p
  where p.caller_id is not null and v_is_counted[p.ordinality] is not true
  group by p.caller_id
  on conflict (workspace_id, date, caller_id) do update
    set count = caller_daily_counters.count + excluded.count,
      duplicates = caller_daily_counters.duplicates + excluded.duplicates;
  if p_requests is null then
    delete from crm.queue q
    where q.workspace_id = p_workspace_id
      and q.lead_id = any (array(select p.lead_id from unnest(p_picks) p where p.caller_id is not null));
  end if;
  if v_assigned < cardinality(p_picks) then
    insert into crm.queue (workspace_id, lead_id, seq, reason, queued_at)
    select p_workspace_id, p.lead_id, v_first - 1 + p.ordinality, p.reason, p_now
    from unnest(p_picks) with ordinality p where p.caller_id is null
    on conflict (workspace_id, lead_id) do update set seq = excluded.seq, reason = excluded.reason, is_held = false;
  end if;
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id)
  select p_workspace_id, v_first - 1 + p.ordinality, p_now,
    case when p.caller_id is null then 'lead.queued' else 'lead.assigned' end, v_actor, p.lead_id, p.caller_id,
    case when p.caller_id is null then jsonb_strip_nulls(jsonb_build_object(
      'reason', p.reason, 'local_time', p_local, 'business_date', nullif(v_date, p_local::date))) else '{}' end,
    coalesce(p.unnest, v_request)  -- so PostgreSQL calls what is of p_requests
  from unnest(p_picks, p_requests) with ordinality p;
  return cardinality(p_picks);
end
$$;

comment on function routing.record_picks(
  int, timestamptz, timestamp, routing.pool[], routing.pick[], text[], date, bigint) is
  'Stores picks as deals, assignments, queue rows, counters, pointers and events. Returns how many.';
