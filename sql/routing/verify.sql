-- Proof. Replays the record and returns a row for every violation; no rows mean that every lead is somebody's or waits, no
-- cap was broken, the counters are right, the log is whole, and every pick is the one the rules give when dealt again.
-- Reads one snapshot, so it is right while leads pour in. It reads everything: minutes on millions of leads.
create type routing.violation as (workspace_id int, violation text, lead_id uuid, caller_id uuid, deal_id bigint, seq bigint, detail text);
comment on type routing.violation is 'Something in the record that cannot be right.';

create function routing.verify_leads() returns setof routing.violation
language sql stable
as $$
  select l.workspace_id, case when a.id is null then 'a lead is neither assigned nor queued' else 'a lead is both assigned and queued' end,
    l.id, a.caller_id, a.deal_id, a.seq, null::text
  from crm.leads l
  left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id and a.ended_at is null
  left join crm.queue q on q.workspace_id = l.workspace_id and q.lead_id = l.id
  where (a.id is null) = (q.lead_id is null)
  union all
  select coalesce(a.workspace_id, e.workspace_id), case when e.seq is null then 'an assignment has no event' else 'an event has no assignment' end,
    coalesce(a.lead_id, e.lead_id), coalesce(a.caller_id, e.caller_id), a.deal_id, coalesce(a.seq, e.seq), null
  from crm.lead_assignments a
  full join (select * from crm.events where kind = 'lead.assigned' or (kind = 'lead.reassigned' and caller_id is not null)) e
    on e.workspace_id = a.workspace_id and e.seq = a.seq and e.lead_id = a.lead_id and e.caller_id = a.caller_id
  where a.id is null or e.seq is null
$$;

comment on function routing.verify_leads() is 'Leads that are nowhere or in two places, and assignments that the log does not know.';

create function routing.verify_events() returns setof routing.violation
language sql stable
as $$
  select w.workspace_id, 'event numbers are missing', null::uuid, null::uuid, null::bigint, w.before + 1, 'up to ' || (w.seq - 1)
  from (
    select n.workspace_id, n.seq, lag(n.seq, 1, 0::bigint) over (partition by n.workspace_id order by n.seq) as before
    from (select e.workspace_id, e.seq from crm.events e union all select s.id, s.event_seq + 1 from crm.workspaces s) n
  ) w
  where w.seq <> w.before + 1
  union all
  select c.workspace_id, 'a caller changed without an event', null, c.id, null, v.from_seq, null
  from crm.callers c
  left join routing.caller_versions v on v.workspace_id = c.workspace_id and v.caller_id = c.id and v.to_seq is null
  left join crm.events e on e.workspace_id = v.workspace_id and e.seq = v.from_seq
  where e.data is distinct from routing.caller_snapshot(c)
$$;

comment on function routing.verify_events() is 'Gaps in the event numbers, and callers that are not as the log says.';

create function routing.verify_counts() returns setof routing.violation
language sql stable
as $$
  select coalesce(d.workspace_id, a.workspace_id), 'a counter disagrees with its assignments', null::uuid, coalesce(d.caller_id, a.caller_id),
    null::bigint, null::bigint, coalesce(d.date, a.business_date) || ': counter ' || coalesce(d.count, 0) || ', assignments ' || coalesce(a.assignments, 0)
  from crm.caller_daily_counters d
  full join (
    select workspace_id, caller_id, business_date, count(*) as assignments from crm.lead_assignments group by 1, 2, 3
  ) a on a.workspace_id = d.workspace_id and a.caller_id = d.caller_id and a.business_date = d.date
  where d.count is distinct from a.assignments
  union all
  select n.workspace_id, case when v.caller_id is null or v.archived then 'dealt to an archived caller' when v.status <> 'active' then 'dealt to a paused caller'
      else 'a cap was exceeded' end,
    n.lead_id, n.caller_id, n.deal_id, n.seq, n.business_date || ': lead ' || n.nr || ' of ' || v.daily_limit
  from (
    select a.*, row_number() over (partition by a.workspace_id, a.caller_id, a.business_date order by a.seq) as nr from crm.lead_assignments a
  ) n
  left join routing.caller_versions v
    on v.workspace_id = n.workspace_id and v.caller_id = n.caller_id and v.from_seq < n.seq and (v.to_seq is null or v.to_seq > n.seq)
  where n.deal_id is not null and (v.caller_id is null or v.archived or v.status <> 'active' or (v.daily_limit > 0 and n.nr > v.daily_limit))
$$;

comment on function routing.verify_counts() is 'Counters that are wrong, and leads dealt over a cap or to a caller who was paused or gone.';

create function routing.verify_deals() returns setof routing.violation
language sql stable
as $$
  with deal as materialized (
    select d.*, row_number() over () as nr, lag(d.pointer_after) over (partition by d.workspace_id, d.pool order by d.id) as last_pointer,
      lead(d.id) over (partition by d.workspace_id, d.pool order by d.id) is null as is_last
    from crm.deals d
  ),
  free as (
    select m.nr, array_agg(m.caller_id) as callers, array_agg(m.turns) as turns
    from routing.pool_members_at(array(
      select row(deal.nr, deal.workspace_id, deal.base_seq, deal.pool, deal.business_date)::routing.probe from deal)) m
    where m.standing = 'free'
    group by m.nr
  ),
  replayed as (
    select deal.workspace_id, deal.id as deal_id, s.slot, s.caller_id
    from deal
    left join free on free.nr = deal.nr
    cross join lateral routing.order_slots(deal.strategy, deal.pointer_before, free.callers, free.turns, deal.leads) s
  )
  select coalesce(r.workspace_id, a.workspace_id), 'replay does not reproduce a pick', a.lead_id, a.caller_id, coalesce(r.deal_id, a.deal_id), a.seq,
    'slot ' || coalesce(r.slot, a.slot) || ': replay gives ' || coalesce(r.caller_id::text, 'nobody')
  from replayed r
  full join (select * from crm.lead_assignments where deal_id is not null) a on a.workspace_id = r.workspace_id and a.deal_id = r.deal_id and a.slot = r.slot
  where r.caller_id is distinct from a.caller_id
  union all
  select deal.workspace_id, 'a pointer jumped', null, deal.pointer_before, deal.id, deal.base_seq, deal.pool
  from deal where deal.pointer_before is distinct from deal.last_pointer
  union all
  select deal.workspace_id, 'a pointer is not where the last deal left it', null, p.last_caller_id, deal.id, null, deal.pool
  from deal left join crm.rr_pointers p on p.workspace_id = deal.workspace_id and p.key = deal.pool
  where deal.is_last and p.last_caller_id is distinct from deal.pointer_after
$$;

comment on function routing.verify_deals() is 'Picks that are not what dealing again gives, and pointers that moved without a deal.';

create function routing.verify_routes() returns setof routing.violation
language sql stable
as $$
  with placed as (
    select a.workspace_id, a.lead_id, a.seq, a.business_date as date, d.id as deal_id, d.pool, p.step
    from crm.lead_assignments a
    join crm.deals d on d.workspace_id = a.workspace_id and d.id = a.deal_id
    join routing.plan p on p.rule = d.rule
    union all
    select e.workspace_id, e.lead_id, e.seq, (e.data ->> 'business_date')::date, null, null, 2147483647
    from crm.events e
    where e.kind = 'lead.queued' and not starts_with(e.data ->> 'reason', 'routing_error')
  ),
  route as materialized (
    select placed.*, r.step as tried, routing.pool_key(case when 'state' = any (r.attributes) then l.state end) as tried_pool, row_number() over () as nr
    from placed
    join crm.leads l on l.workspace_id = placed.workspace_id and l.id = placed.lead_id
    join routing.plan r on r.step <= placed.step and (l.state is not null or not 'state' = any (r.attributes))
  )
  select r.workspace_id, 'a rule was passed over though its pool had a free caller', r.lead_id, m.caller_id, r.deal_id, r.seq, r.tried_pool
  from routing.pool_members_at(array(
    select row(r.nr, r.workspace_id, r.seq - 1, r.tried_pool, r.date)::routing.probe from route r where r.tried < r.step)) m
  join route r on r.nr = m.nr
  where m.standing = 'free'
  union all
  select r.workspace_id, 'a lead was dealt to a pool that is not its own', r.lead_id, null, r.deal_id, r.seq, r.pool || ' instead of ' || r.tried_pool
  from route r
  where r.tried = r.step and r.pool <> r.tried_pool
$$;

comment on function routing.verify_routes() is 'Leads that the plan would have sent to another pool.';

create function routing.verify() returns setof routing.violation
language sql stable
as $$
  select * from routing.verify_leads()
  union all select * from routing.verify_events()
  union all select * from routing.verify_counts()
  union all select * from routing.verify_deals()
  union all select * from routing.verify_routes()
$$;

comment on function routing.verify() is 'A row for everything in the record that cannot be right, checked by replaying it. No rows: all is well.';
