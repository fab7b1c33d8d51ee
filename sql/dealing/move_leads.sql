-- Leads change hands: a manager gives one or thousands of them to a caller or back through routing, and reopened leads
-- go back to the caller who had them. A lead that was moved by hand does not count any more for the caller who had it,
-- and counts for the caller who got it, by hand or by routing.
--
-- Locks: the turnstile. Errors: none; callers of it check first whether the caller may take leads (refuse_absent).
create function routing.move_leads(p_workspace_id int, p_lead_ids uuid[], p_caller_id uuid, p_reason text default null)
returns void
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(p_workspace_id);
  v_now timestamptz := core.current_time();
  v_reason text := nullif(trim(p_reason), '');
  v_given text := 'Given by ' || core.name_actor(core.current_actor());
  v_first bigint;
  v_before text[];
begin
  if p_lead_ids = '{}' then
    return;
  end if;
  v_first := core.reserve_events(p_workspace_id, cardinality(p_lead_ids));
  v_before := routing.take_leads(p_workspace_id, p_lead_ids, v_first, p_caller_id, v_reason, v_now);
  if p_caller_id is null then
    perform routing.deal_again(p_workspace_id, p_lead_ids);
  else
    perform routing.assign_by_hand(v_workspace, p_lead_ids, v_first, p_caller_id, v_now, array(
      select concat_ws(': ', v_given || coalesce(', before with ' || b.name, ', before in the queue'), v_reason)
      from unnest(v_before) with ordinality b (name, nr) order by b.nr));
  end if;
end
$$;

comment on function routing.move_leads(int, uuid[], uuid, text) is
  'Gives open leads to a caller, or with null back through routing, in this order; each has its event '
  'lead.reassigned.';

-- By lookups: however few leads are moved, the planner may take those that are to be ended for many, and read all
-- there are.
create function routing.take_leads(
  p_workspace_id int, p_lead_ids uuid[], p_first bigint, p_caller_id uuid, p_reason text, p_now timestamptz)
returns text[]
language plpgsql volatile
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_before text[];
begin
  with had as materialized (  -- the open assignment, and what else counts the lead in its caller's day
    select n.nr, p_first + n.nr - 1 as seq, n.lead_id, a.seq as assigned_seq, a.caller_id, a.business_date,
      a.duplicate_of, a.is_open, a.is_counted
    from unnest(p_lead_ids) with ordinality n (lead_id, nr)
    left join lateral (
      select k.seq, k.caller_id, k.business_date, k.duplicate_of, k.ended_at is null as is_open,
        k.uncounted_seq is null as is_counted
      from crm.lead_assignments o
      cross join lateral routing.assignments_of_lead(p_workspace_id, o.lead_id) k
      where o.lead_id = n.lead_id and o.workspace_id = p_workspace_id and o.ended_at is null
        and (k.seq = o.seq or (k.caller_id = o.caller_id and k.business_date = o.business_date
          and k.uncounted_seq is null))
      offset 0) a on true
  ),
  ended as (
    update crm.lead_assignments a
    set status = case when h.is_open then 'reassigned' else a.status end, ended_at = coalesce(a.ended_at, p_now),
      ended_seq = coalesce(a.ended_seq, h.seq), uncounted_seq = coalesce(a.uncounted_seq, h.seq)
    from had h
    where a.workspace_id = p_workspace_id and a.seq = h.assigned_seq
  ),
  counter as (
    update crm.caller_daily_counters d set count = d.count - t.counted, duplicates = d.duplicates - t.duplicates
    from (
      select h.caller_id, h.business_date, count(*) - count(h.duplicate_of) as counted,
        count(h.duplicate_of) as duplicates
      from had h where h.is_counted group by h.caller_id, h.business_date) t
    where d.workspace_id = p_workspace_id and d.caller_id = t.caller_id and d.date = t.business_date
  ),
  event as (
    insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id)
    select p_workspace_id, h.seq, p_now, 'lead.reassigned', core.current_actor(), h.lead_id, p_caller_id,
      jsonb_strip_nulls(jsonb_build_object('from', h.caller_id, 'reason', p_reason)), core.current_request()
    from had h where h.is_open is not false
  )
  select array_agg(c.name order by h.nr) into v_before
  from had h left join crm.callers c on c.workspace_id = p_workspace_id and c.id = h.caller_id
  where h.is_open is not false;
  return v_before;
end
$$;

comment on function routing.take_leads(int, uuid[], bigint, uuid, text, timestamptz) is
  'Ends the open assignments of leads that are moved, by the events lead.reassigned from this number on, which it '
  'writes; who had each, by name.';

-- The number of the event comes first, so that the assignment can name it.
create function routing.end_assignment(
  p_workspace_id int, p_lead_id uuid, p_status text, p_now timestamptz, p_seq bigint)
returns void
language sql volatile
as $$
  update crm.lead_assignments a set status = p_status, ended_at = p_now, ended_seq = p_seq
  where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.ended_at is null
$$;

comment on function routing.end_assignment(int, uuid, text, timestamptz, bigint) is
  'Ends a lead''s open assignment, if any, by the event of this number: closed or expired, which leaves it counted.';

-- The events are written before: that of the first lead is p_first, the others follow.
create function routing.assign_by_hand(
  p_workspace crm.workspaces, p_lead_ids uuid[], p_first bigint, p_caller_id uuid, p_now timestamptz, p_reasons text[])
returns void
language plpgsql volatile
as $$
declare
  v_date date := core.business_date(p_workspace, p_now);
begin
  with given as materialized (
    select n.lead_id, n.reason, p_first + n.nr - 1 as seq,
      routing.is_counted(p_workspace.id, n.lead_id, p_caller_id, v_date) as is_counted
    from unnest(p_lead_ids, p_reasons) with ordinality n (lead_id, reason, nr)
  ),
  counter as (
    insert into crm.caller_daily_counters (workspace_id, caller_id, date, count)
    select p_workspace.id, p_caller_id, v_date, n.counted
    from (select count(*) as counted from given g where not g.is_counted) n where n.counted > 0
    on conflict (workspace_id, date, caller_id) do update set count = caller_daily_counters.count + excluded.count
  ),
  served as (
    delete from crm.queue q where q.workspace_id = p_workspace.id and q.lead_id = any (p_lead_ids)
  )
  insert into crm.lead_assignments (
    workspace_id, lead_id, caller_id, seq, business_date, uncounted_seq, assigned_at, assignment_reason, assigned_by)
  select p_workspace.id, g.lead_id, p_caller_id, g.seq, v_date, case when g.is_counted then g.seq end, p_now,
    g.reason, core.current_actor()
  from given g;
end
$$;

comment on function routing.assign_by_hand(crm.workspaces, uuid[], bigint, uuid, timestamptz, text[]) is
  'Stores what a manager decided: assignments by the events from this number on, the counter, and out of the queue.';
