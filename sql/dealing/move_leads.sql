-- Leads change hands: a manager gives one or thousands of them to callers or back through routing, and reopened leads
-- go back to the caller who had them. A lead that was moved by hand does not count any more for the caller who had it,
-- and counts for the caller who got it, by hand or by routing.
--
-- All that must be looked up is looked up by prepare_moves(), before the turnstile if there are many: then only those
-- leads are looked at again to which something happened meanwhile (touched_leads()). Everybody waits for
-- record_moves(), so it only writes.
--
-- Locks: the turnstile. Errors: none; callers of it check first whether the caller may take leads (refuse_absent).
create type routing.move as (
  lead_id uuid, caller_id uuid, seq bigint, from_id uuid, counted_seqs bigint[], counted_date date, duplicates int,
  is_counted boolean, is_queued boolean, claimed_at timestamptz, reason text);
comment on type routing.move is
  'A lead on its way to a caller (null: to nobody yet): its open assignment (seq, from_id), which assignments count it '
  'in a caller''s day (counted_seqs, duplicates among them, counted_date; several only from before a lead counted '
  'once), whether it counts for the new caller already, whether it waits, when the new caller had claimed it before, '
  'and the words of the new assignment.';

-- By look-ups: however few leads are moved, the planner may take those that are to be ended for many, and read all
-- there are. Written so that the primary key is of no use: on a young table the planner may prefer it to the lead.
create function routing.prepare_moves(
  p_workspace_id int, p_lead_ids uuid[], p_caller_ids uuid[], p_date date, p_given text, p_reason text,
  p_claimed_at timestamptz[] default null)
returns routing.move[]
language plpgsql stable
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return array(
    select row(n.lead_id, n.caller_id, o.seq, o.caller_id,
      case when o.seq is not null and o.uncounted_seq is null then o.seq || e.counted_seqs else e.counted_seqs end,
      o.business_date,
      coalesce(e.duplicates, 0) + (o.uncounted_seq is null and o.duplicate_of is not null)::int,
      coalesce(e.is_counted, false), o.seq is null and q.lead_id is not null, n.claimed_at,
      concat_ws(': ', p_given || case when o.seq is not null then ', before with ' || c.name
        when q.lead_id is not null then ', before in the queue' else '' end, p_reason))::routing.move
    from unnest(p_lead_ids, p_caller_ids, p_claimed_at) with ordinality n (lead_id, caller_id, claimed_at, nr)
    left join lateral (
      select a.seq, a.caller_id, a.business_date, a.uncounted_seq, a.duplicate_of from crm.lead_assignments a
      where a.lead_id = n.lead_id and a.workspace_id + 0 = p_workspace_id and a.ended_at is null offset 0) o on true
    left join lateral (
      select k.name from crm.callers k where k.workspace_id = p_workspace_id and k.id = o.caller_id offset 0) c on true
    left join lateral (
      select w.lead_id from crm.queue w where w.workspace_id = p_workspace_id and w.lead_id = n.lead_id offset 0) q
      on true
    left join lateral (
      select array_agg(k.seq) filter (where k.caller_id = o.caller_id and k.business_date = o.business_date)
          as counted_seqs,
        count(k.duplicate_of) filter (where k.caller_id = o.caller_id and k.business_date = o.business_date)::int
          as duplicates,
        bool_or(k.caller_id = n.caller_id and k.business_date = p_date) as is_counted
      from (
        select b.seq, b.caller_id, b.business_date, b.duplicate_of from crm.lead_assignments b
        where b.lead_id = n.lead_id and b.workspace_id + 0 = p_workspace_id and b.ended_at is not null
          and b.uncounted_seq is null offset 0) k) e on true
    order by n.nr);
end
$$;

comment on function routing.prepare_moves(int, uuid[], uuid[], date, text, text, timestamptz[]) is
  'All that must be known of leads to move each to its caller (null: to nobody yet), counted on this business day.';

create function routing.touched_leads(p_workspace_id int, p_lead_ids uuid[], p_since bigint) returns uuid[]
language sql stable
return array(
  select distinct e.lead_id from crm.events e
  where e.workspace_id = p_workspace_id and e.seq > p_since and e.lead_id = any (p_lead_ids));

comment on function routing.touched_leads(int, uuid[], bigint) is
  'Those of some leads to which something happened after this event.';

-- The event of the first lead is p_first, the others follow. p_data is added to each. Of a lead that is reopened the
-- move has nothing to end.
create function routing.record_moves(
  p_workspace crm.workspaces, p_moves routing.move[], p_first bigint, p_now timestamptz, p_reason text,
  p_kind text default 'lead.reassigned', p_data jsonb default '{}')
returns void
language plpgsql volatile
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_date date := core.business_date(p_workspace, p_now);
  v_actor text := core.current_actor();
  v_request text := core.current_request();
begin
  update crm.lead_assignments a
  set status = case when m.is_open then 'reassigned' else a.status end, ended_at = coalesce(a.ended_at, p_now),
    ended_seq = coalesce(a.ended_seq, m.ended_seq),
    uncounted_seq = case when m.counts then m.ended_seq else a.uncounted_seq end
  from (
    select u.is_open, u.counts, u.ended_seq, k.place
    from (
      select n.seq, true as is_open, coalesce(n.seq = any (n.counted_seqs), false) as counts,
        p_first + n.ordinality - 1 as ended_seq
      from unnest(p_moves) with ordinality n where n.seq is not null
      union all
      select s.seq, false, true, p_first + n.ordinality - 1
      from unnest(p_moves) with ordinality n cross join lateral unnest(n.counted_seqs) s (seq) where s.seq <> n.seq) u
    cross join lateral (  -- first, or on a young table each row is compared with each
      select b.ctid as place from crm.lead_assignments b
      where b.workspace_id = p_workspace.id and b.seq = u.seq offset 0) k) m
  where a.ctid = m.place;

  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id)
  select p_workspace.id, p_first + n.ordinality - 1, p_now, p_kind, v_actor, n.lead_id, n.caller_id,
    case when n.from_id is null and p_reason is null then p_data
      else jsonb_strip_nulls(jsonb_build_object('from', n.from_id, 'reason', p_reason)) || p_data end, v_request
  from unnest(p_moves) with ordinality n;

  update crm.caller_daily_counters d set count = d.count - t.counted, duplicates = d.duplicates - t.duplicates
  from (
    select n.from_id, n.counted_date, sum(cardinality(n.counted_seqs) - n.duplicates) as counted,
      sum(n.duplicates) as duplicates
    from unnest(p_moves) n where n.counted_seqs is not null group by n.from_id, n.counted_date) t
  where d.workspace_id = p_workspace.id and d.caller_id = t.from_id and d.date = t.counted_date;

  insert into crm.caller_daily_counters (workspace_id, caller_id, date, count)
  select p_workspace.id, n.caller_id, v_date, count(*)
  from unnest(p_moves) n where n.caller_id is not null and not n.is_counted group by n.caller_id
  on conflict (workspace_id, date, caller_id) do update set count = caller_daily_counters.count + excluded.count;

  delete from crm.queue q
  where q.workspace_id = p_workspace.id and q.lead_id = any (array(
    select n.lead_id from unnest(p_moves) n where n.is_queued and n.caller_id is not null));

  insert into crm.lead_assignments (
    workspace_id, lead_id, caller_id, seq, business_date, uncounted_seq, assigned_at, claimed_at, assignment_reason,
    assigned_by)
  select p_workspace.id, n.lead_id, n.caller_id, p_first + n.ordinality - 1, v_date,
    case when n.is_counted then p_first + n.ordinality - 1 end, p_now, n.claimed_at, n.reason, v_actor
  from unnest(p_moves) with ordinality n where n.caller_id is not null;
end
$$;

comment on function routing.record_moves(
  crm.workspaces, routing.move[], bigint, timestamptz, text, text, jsonb) is
  'Moves leads as prepared, by the events from this number on, which it writes: the open assignments end, the new ones '
  'open, counters and queue follow.';

create function routing.move_leads(p_workspace_id int, p_lead_ids uuid[], p_caller_id uuid, p_reason text default null)
returns void
language plpgsql volatile
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(p_workspace_id);
  v_now timestamptz := core.current_time();
  v_reason text := nullif(trim(p_reason), '');
begin
  if p_lead_ids = '{}' then
    return;
  end if;
  perform routing.record_moves(v_workspace, routing.prepare_moves(p_workspace_id, p_lead_ids,
      array_fill(p_caller_id, array[cardinality(p_lead_ids)]), core.business_date(v_workspace, v_now),
      'Given by ' || core.name_actor(core.current_actor()), v_reason),
    core.reserve_events(p_workspace_id, cardinality(p_lead_ids)), v_now, v_reason);
  if p_caller_id is null then
    perform routing.deal_again(p_workspace_id, p_lead_ids);
  end if;
end
$$;

comment on function routing.move_leads(int, uuid[], uuid, text) is
  'Gives open leads to a caller, or with null back through routing, in this order; each has its event '
  'lead.reassigned.';

create function routing.reopen_leads(
  p_workspace crm.workspaces, p_lead_ids uuid[], p_caller_ids uuid[], p_data jsonb default '{}',
  p_claimed_at timestamptz[] default null)
returns void
language plpgsql volatile
as $$
declare
  v_now timestamptz := core.current_time();
begin
  perform routing.record_moves(p_workspace, array(
    select row(m.lead_id, m.caller_id, m.seq, m.from_id, m.counted_seqs, m.counted_date, m.duplicates, m.is_counted,
      m.is_queued, m.claimed_at, m.reason || ', with ' || c.name || ' as before')::routing.move
    from unnest(routing.prepare_moves(p_workspace.id, p_lead_ids, p_caller_ids,
      core.business_date(p_workspace, v_now), 'Reopened by ' || core.name_actor(core.current_actor()), null,
      p_claimed_at)) with ordinality m
    join crm.callers c on c.workspace_id = p_workspace.id and c.id = m.caller_id
    order by m.ordinality), core.reserve_events(p_workspace.id, cardinality(p_lead_ids)), v_now, null,
    'lead.reopened', p_data);
end
$$;

comment on function routing.reopen_leads(crm.workspaces, uuid[], uuid[], jsonb, timestamptz[]) is
  'Opens closed leads again, each with the caller who had it, by events lead.reopened.';

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
