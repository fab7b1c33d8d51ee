-- Proof. Replays the record and returns a row for every violation; no rows mean that every lead is somebody's, waits or
-- is closed, no limit was broken, the counters are right, the log is whole, and every pick is the one the rules give
-- when dealt again. Reads one snapshot, so it is right while leads pour in. It reads everything: minutes on millions of
-- leads.
create function routing.verify_leads() returns setof routing.violation
language sql stable
as $$
  select l.workspace_id,
    case when a.seq is not null and q.lead_id is not null then 'a lead is both assigned and queued'
         when l.closed_at is not null then 'a closed lead is still assigned or queued'
         else 'a lead is neither assigned nor queued' end,
    l.id, a.caller_id, a.deal_id, a.seq, null::text
  from crm.leads l
  left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id and a.ended_at is null
  left join crm.queue q on q.workspace_id = l.workspace_id and q.lead_id = l.id
  where (a.seq is not null)::int + (q.lead_id is not null)::int + (l.closed_at is not null)::int <> 1
  union all
  select coalesce(a.workspace_id, e.workspace_id),
    case when e.seq is null then 'an assignment has no event' else 'an event has no assignment' end,
    coalesce(a.lead_id, e.lead_id), coalesce(a.caller_id, e.caller_id), a.deal_id, coalesce(a.seq, e.seq), null
  from crm.lead_assignments a
  full join (
    select * from crm.events
    where kind = 'lead.assigned' or (kind in ('lead.reassigned', 'lead.reopened') and caller_id is not null)) e
    on e.workspace_id = a.workspace_id and e.seq = a.seq and e.lead_id = a.lead_id and e.caller_id = a.caller_id
  where a.seq is null or e.seq is null
  union all
  select a.workspace_id, 'an assignment ended without an event', a.lead_id, a.caller_id, a.deal_id,
    a.ended_seq, a.status
  from crm.lead_assignments a
  left join crm.events e on e.workspace_id = a.workspace_id and e.seq = a.ended_seq and e.lead_id = a.lead_id
    and e.kind = 'lead.' || a.status
  where a.ended_seq is not null and e.seq is null
  union all
  select a.workspace_id, 'an assignment is of no lead', a.lead_id, a.caller_id, a.deal_id, a.seq, null
  from crm.lead_assignments a
  left join crm.leads l on l.workspace_id = a.workspace_id and l.id = a.lead_id
  where l.id is null
  union all
  select a.workspace_id, 'somebody was asked again who had let the lead expire', a.lead_id, a.caller_id,
    a.deal_id, a.seq, null
  from crm.lead_assignments a
  join crm.lead_assignments before on before.workspace_id = a.workspace_id and before.lead_id = a.lead_id
    and before.caller_id = a.caller_id
    and before.status = 'expired' and before.ended_seq < a.seq
  where a.deal_id is not null or a.duplicate_of is not null
$$;

comment on function routing.verify_leads() is
  'Leads that are nowhere or in two places, and assignments that the log does not know.';

create function routing.verify_events() returns setof routing.violation
language sql stable
as $$
  select w.workspace_id, 'event numbers are missing', null::uuid, null::uuid, null::bigint, w.before + 1,
    'up to ' || (w.seq - 1)
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
  where core.complete_snapshot('caller', e.data) is distinct from routing.caller_snapshot(c)
  union all
  select r.workspace_id, 'a rule changed without an event', null, null, null, v.from_seq, r.name
  from crm.rules r
  left join routing.rule_versions v on v.workspace_id = r.workspace_id and v.rule_id = r.id and v.to_seq is null
  where v.snapshot is distinct from routing.rule_snapshot(r)
$$;

comment on function routing.verify_events() is
  'Gaps in the event numbers, and callers and rules that are not as the log says.';

create function routing.verify_counts() returns setof routing.violation
language sql stable
as $$
  select coalesce(d.workspace_id, a.workspace_id), 'a counter disagrees with its assignments', null::uuid,
    coalesce(d.caller_id, a.caller_id),
    null::bigint, null::bigint,
    format('%s: counter %s and %s, assignments %s and %s', coalesce(d.date, a.business_date),
      coalesce(d.count, 0), coalesce(d.duplicates, 0), coalesce(a.counted, 0), coalesce(a.duplicates, 0))
  from crm.caller_daily_counters d
  full join (
    select workspace_id, caller_id, business_date, count(*) - count(duplicate_of) as counted,
      count(duplicate_of) as duplicates
    from crm.lead_assignments where uncounted_seq is null group by 1, 2, 3
  ) a on a.workspace_id = d.workspace_id and a.caller_id = d.caller_id and a.business_date = d.date
  where (coalesce(d.count, 0), coalesce(d.duplicates, 0)) <> (coalesce(a.counted, 0), coalesce(a.duplicates, 0))
  union all
  select n.workspace_id,
    case when v.caller_id is null or v.archived then 'dealt to an archived caller'
      else 'dealt to somebody who was ' || n.standing end,
    n.lead_id, n.caller_id, n.deal_id, n.seq, concat('lead ', n.given + 1, ' of the day of ', v.daily_limit, ', ',
      n.load, ' open of ', v.max_load)
  from (
    select c.*, d.dealt_at, d.local_time
    from (
      select t.*,
        coalesce(sum(t.counted) over (
          partition by t.workspace_id, t.caller_id, t.date order by t.seq range between unbounded preceding
            and 1 preceding), 0) as given,
        sum(t.change) over (partition by t.workspace_id, t.caller_id order by t.seq, t.change) as load
      from (
        select a.workspace_id, a.caller_id, a.lead_id, case when k.change = 1 then a.deal_id end as deal_id, k.*
        from crm.lead_assignments a cross join lateral routing.counts_of(a) k
      ) t
    ) c
    join crm.deals d on d.workspace_id = c.workspace_id and d.id = c.deal_id
  ) c
  left join routing.caller_versions v
    on v.workspace_id = c.workspace_id and v.caller_id = c.caller_id and v.from_seq < c.seq
      and (v.to_seq is null or v.to_seq > c.seq)
  cross join lateral (
    select c.*, routing.standing(v.status, v.time_off, v.hours, c.dealt_at, c.local_time, v.daily_limit, c.given::int,
      v.max_load, c.load::int - 1, v.is_disabled) as standing
  ) n
  where v.caller_id is null or v.archived or n.standing <> 'free'
$$;

comment on function routing.verify_counts() is
  'Counters that are wrong, and leads dealt over a limit or to a caller who was paused, away or gone.';

-- A lead counts once, and not for who had it before it was moved by hand. What is older than this rule counts as it
-- did.
create function routing.verify_caps() returns setof routing.violation
language sql stable
set enable_nestloop = off  -- as verify_routes()
as $$
  with counted as materialized (
    select a.workspace_id, a.lead_id, a.caller_id, a.deal_id, a.seq, a.ended_seq, a.status, a.uncounted_seq,
      w.caps_since_seq as since,
      w.business_day is null as is_settled, a.business_date, (a.assigned_at at time zone w.timezone)::date as date,
      max(a.business_date) over (partition by a.workspace_id order by a.assigned_at, a.seq) as latest,
      bool_or(a.uncounted_seq is null) over earlier as is_counted, max(a.uncounted_seq) over earlier as counted_until
    from crm.lead_assignments a join crm.workspaces w on w.id = a.workspace_id
    window earlier as (partition by a.workspace_id, a.lead_id, a.caller_id, a.business_date
      order by a.seq rows between unbounded preceding and 1 preceding)
  )
  select c.workspace_id, 'a lead counts twice in a caller''s day', c.lead_id, c.caller_id, c.deal_id, c.seq,
    c.business_date::text
  from counted c
  where c.seq > c.since and (c.is_counted or c.counted_until > c.seq) and c.uncounted_seq is distinct from c.seq
  union all
  select c.workspace_id, 'a lead is not counted in a caller''s day', c.lead_id, c.caller_id, c.deal_id, c.seq,
    c.business_date::text
  from counted c
  left join crm.events e on e.workspace_id = c.workspace_id and e.seq = c.uncounted_seq and e.lead_id = c.lead_id
    and e.kind = 'lead.reassigned' and e.data ->> 'from' = c.caller_id::text
  where c.uncounted_seq is not null
    and case when c.uncounted_seq = c.seq then not coalesce(c.is_counted or c.counted_until > c.seq, false)
      else e.seq is null end
  union all
  select c.workspace_id, 'a lead that was moved by hand still counts for who had it', c.lead_id, c.caller_id, c.deal_id,
    c.ended_seq, c.business_date::text
  from counted c
  where c.status = 'reassigned' and c.ended_seq > c.since and c.uncounted_seq is null
  union all
  select c.workspace_id, 'a business day is not that of its time', c.lead_id, c.caller_id, c.deal_id, c.seq,
    c.business_date::text
  from counted c
  where c.seq > c.since and (c.business_date < c.latest or c.is_settled and c.business_date <> c.date)
$$;

comment on function routing.verify_caps() is
  'Leads that count twice in a caller''s day, or for nobody, and business days that are not those of their time.';

create function routing.placed_leads()
returns table (workspace_id int, lead_id uuid, seq bigint, deal_id bigint, pool text, rule_id uuid, rule_version int,
  at timestamptz, local_time timestamp, date date)
language sql stable
as $$
  select a.workspace_id, a.lead_id, a.seq, d.id, d.pool, d.rule_id, d.rule_version, d.dealt_at, d.local_time,
    a.business_date
  from crm.lead_assignments a
  join crm.deals d on d.workspace_id = a.workspace_id and d.id = a.deal_id
  union all
  select e.workspace_id, e.lead_id, e.seq, null, null, null, null, e.at,
    coalesce((e.data ->> 'local_time')::timestamp, e.at at time zone w.timezone),
    coalesce((e.data ->> 'business_date')::date, (e.data ->> 'local_time')::date, (e.at at time zone w.timezone)::date)
  from crm.events e join crm.workspaces w on w.id = e.workspace_id
  where e.kind = 'lead.queued' and not e.data ->> 'reason' ^@ 'routing_error' and not e.data ?| '{expiries,held,bulk}'
$$;

comment on function routing.placed_leads() is
  'Every time a lead was dealt to a pool, or queued by the plan, with the moment of it.';

create function routing.rules_met()
returns table (workspace_id int, lead_id uuid, seq bigint, deal_id bigint, pool text, rule_id uuid, rule_version int,
  at timestamptz, local_time timestamp, date date, nr bigint, tried uuid, tried_version int, step int, strategy text,
  on_exhausted text, is_paused boolean, tried_pool text, is_sure boolean, refused uuid[])
language sql stable
as $$
  with rule as materialized (
    select * from routing.rule_versions where is_used
  ),
  edited as materialized (
    select distinct e.workspace_id, e.lead_id from crm.events e where e.kind in ('lead.updated', 'lead.reread')
  )
  select p.*, row_number() over (), r.rule_id, r.version, r.step, r.strategy, r.on_exhausted, r.is_paused,
    routing.pool_key_of(r.rule_id, r.teams, r.callers, t), fit.is_for is not null, array(
      select a.caller_id from crm.lead_assignments a
      where a.lead_id = p.lead_id and a.workspace_id = p.workspace_id and a.ended_at is not null
        and a.status = 'expired' and a.ended_seq < p.seq)
  from routing.placed_leads() p
  join crm.leads now on now.workspace_id = p.workspace_id and now.id = p.lead_id
  left join edited on edited.workspace_id = p.workspace_id and edited.lead_id = p.lead_id
  cross join lateral (
    select case when edited.lead_id is null then now else routing.lead_as_of(now, p.seq) end as lead offset 0) l
  join rule r on r.workspace_id = p.workspace_id and r.from_seq < p.seq and (r.to_seq is null or r.to_seq >= p.seq)
    and (r.campaign_id is null or r.campaign_id = (l.lead).campaign_id)
    and routing.has_all(routing.target_of(l.lead), r.attributes)
  cross join lateral (
    select case when r.condition is null then true else routing.was_for(l.lead, r.condition, r.compiled)
      end as is_for offset 0) fit
  cross join lateral routing.narrow_target(routing.target_of(l.lead), r.attributes) t
  -- Where nobody can say which leads a rule was for, it was for the leads it dealt, and may have kept a lead that
  -- waits.
  where coalesce(fit.is_for, r.rule_id = p.rule_id, true)
$$;

comment on function routing.rules_met() is
  'Each rule of then (tried) that was for a lead when it was placed, with the pool that the lead came to under it.';

create function routing.verify_routes() returns setof routing.violation
language sql stable
set enable_nestloop = off  -- one row is expected of each step, and there are as many as leads
as $$
  with placed as materialized (
    select * from routing.placed_leads()
  ),
  way as materialized (
    select * from routing.rules_met()
  ),
  reached as (  -- each rule the lead's way led past, up to the one that placed it
    select w.*,
      min(w.step) filter (where w.tried = w.rule_id) over (partition by w.workspace_id, w.lead_id, w.seq) as last_step
    from way w
  ),
  member as materialized (
    select m.* from routing.pool_members_at(array(
      select row(r.nr, r.workspace_id, r.seq - 1, r.tried_pool, r.strategy, r.at, r.local_time, r.refused,
        r.date)::routing.probe
      from reached r where r.last_step is null or r.step < r.last_step)) m
  )
  select r.workspace_id, 'a rule was passed over though its pool had a free caller', r.lead_id, m.caller_id,
    r.deal_id, r.seq, r.tried_pool
  from member m join reached r on r.nr = m.nr
  -- A waiting lead went no further than a rule that keeps it.
  where m.standing = 'free' and not r.is_paused and r.is_sure and not exists (
    select from reached k
    where k.workspace_id = r.workspace_id and k.seq = r.seq and k.step < r.step
      and (k.is_paused or (k.on_exhausted = 'queue' and k.nr in (select nr from member))))
  union all
  select distinct r.workspace_id, 'a lead went on from a rule that keeps it in the queue', r.lead_id, null::uuid,
    r.deal_id, r.seq, r.tried_pool
  from reached r
  where r.last_step is not null
    and (r.is_paused and r.step <= r.last_step or r.on_exhausted = 'queue' and r.nr in (select m.nr from member m))
  union all
  select r.workspace_id, 'a lead was dealt to a pool that is not its own', r.lead_id, null, r.deal_id, r.seq,
    r.pool || ' instead of ' || r.tried_pool
  from reached r
  where r.tried = r.rule_id and (r.pool <> r.tried_pool or r.rule_version <> r.tried_version)
  union all
  select p.workspace_id, 'a lead was dealt by a rule that was not for it', p.lead_id, null, p.deal_id, p.seq, p.pool
  from placed p
  where p.rule_id is not null
    and not exists (select from reached r
      where r.workspace_id = p.workspace_id and r.seq = p.seq and r.tried = p.rule_id)
$$;

comment on function routing.verify_routes() is 'Leads that the plan would have sent to another pool.';

create function routing.verify() returns setof routing.violation
language sql stable
as $$
  select * from routing.verify_leads()
  union all select * from routing.verify_events()
  union all select * from routing.verify_counts()
  union all select * from routing.verify_caps()
  union all select * from routing.verify_deals()
  union all select * from routing.verify_routes()
  union all select * from routing.verify_contacts()
  union all select * from routing.verify_merges()
  union all select * from routing.verify_duplicates()
  union all select * from routing.verify_statuses()
  union all select * from routing.verify_seals()
$$;

comment on function routing.verify() is
  'A row for everything in the record that cannot be right, checked by replaying it. No rows: all is well.';
