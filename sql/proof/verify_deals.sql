-- Every deal, dealt again. A strategy without memory is replayed deal by deal. One with a circle is replayed from where
-- the circle began: a deal takes up where the one before left off, so the deals of a circle are stretches of one
-- sequence.
create type routing.replay as (workspace_id int, id bigint, circle_id bigint, members routing.member[]);
comment on type routing.replay is 'A deal, the deal its circle began with, and who was free then.';

create function routing.deals_to_replay(
  p_workspace_id int default null, p_from timestamptz default '-infinity', p_until timestamptz default 'infinity')
returns setof routing.replay
language sql stable
as $$
  with deal as materialized (
    select d.*, row_number() over () as nr,
      case when d.strategy in ('weighted', 'random') then
        max(d.id) filter (where d.circle is not null)
          over (partition by d.workspace_id, d.pool order by d.id) end as circle_id
    from crm.deals d
    where d.workspace_id = coalesce(p_workspace_id, d.workspace_id)
  ),
  wanted as materialized (
    select * from deal where deal.dealt_at >= p_from and deal.dealt_at < p_until
  ),
  refusal as (
    select a.workspace_id, a.deal_id, array_agg(x.caller_id) as callers
    from crm.lead_assignments x
    join crm.lead_assignments a on a.workspace_id = x.workspace_id and a.lead_id = x.lead_id and a.seq > x.ended_seq
    where x.status = 'expired' and a.deal_id is not null
    group by a.workspace_id, a.deal_id
  ),
  free as (
    select f.* from routing.free_members_at(array(
      select row(d.nr, d.workspace_id, d.base_seq, d.pool, d.strategy, d.dealt_at, d.local_time,
        coalesce(r.callers, '{}'),
        coalesce(d.business_date, d.local_time::date))::routing.probe
      from wanted d left join refusal r on r.workspace_id = d.workspace_id and r.deal_id = d.id)) f
  )
  select wanted.workspace_id, wanted.id, wanted.circle_id, free.members
  from wanted left join free on free.nr = wanted.nr
$$;

comment on function routing.deals_to_replay(int, timestamptz, timestamptz) is
  'Deals, of one workspace and a period if given, with what their replay needs: the circle each belongs to and the '
  'members free at the time.';

create function routing.circle_members(p_circle crm.turn[]) returns routing.member[]
language sql immutable parallel safe
return (select array_agg(row(t.caller_id, t.weight, 2147483647, 0, 0, 0)::routing.member order by t.caller_id)
  from unnest(p_circle) t);

comment on function routing.circle_members(crm.turn[]) is 'The callers of a circle as members without any limit.';

create function routing.replay_deals(p_deals routing.replay[])
returns table (workspace_id int, deal_id bigint, slot int, caller_id uuid)
language sql stable
set enable_nestloop = off  -- how many slots there are, no estimate says
as $$
  with deal as materialized (
    select r.circle_id, r.members, d.* from unnest(p_deals) r
    join crm.deals d on d.workspace_id = r.workspace_id and d.id = r.id
  ),
  -- A circle is laid out once, not once for each of its deals.
  circle_slot as materialized (
    select c.workspace_id, c.id as circle_id, c.dealt_before + s.slot as nr, s.caller_id
    from (
      select d.workspace_id, d.circle_id, sum(d.leads)::int as leads
      from deal d where d.circle_id is not null group by 1, 2
    ) whole
    join crm.deals c on c.workspace_id = whole.workspace_id and c.id = whole.circle_id
    cross join lateral routing.order_slots(
      c.strategy,
      routing.make_pointer(c.workspace_id, c.pool, null, c.strategy, c.dealt_before, c.dealt_before, c.circle),
      routing.circle_members(c.circle), coalesce(c.business_date, c.local_time::date), whole.leads) s
  ),
  wanted_slot as materialized (
    select d.workspace_id, d.id, d.circle_id, k.slot, d.dealt_before + k.slot as nr
    from deal d cross join lateral generate_series(1, d.leads) as k (slot)
    where d.circle_id is not null
  )
  select d.workspace_id, d.id, s.slot, s.caller_id
  from deal d
  cross join lateral routing.order_slots(
    d.strategy, routing.make_pointer(d.workspace_id, d.pool, d.pointer_before, d.strategy, d.dealt_before),
    d.members, coalesce(d.business_date, d.local_time::date), d.leads) s
  where d.circle_id is null
  union all
  select w.workspace_id, w.id, w.slot, s.caller_id
  from wanted_slot w join circle_slot s on s.workspace_id = w.workspace_id and s.circle_id = w.circle_id and s.nr = w.nr
$$;

comment on function routing.replay_deals(routing.replay[]) is
  'Who gets each slot when the given deals, with circles from their beginning, are dealt again.';

create function routing.verify_deals() returns setof routing.violation
language plpgsql stable
as $$
declare
  v_deals routing.replay[] := array(select d from routing.deals_to_replay() d);
begin
  return query
  select coalesce(r.workspace_id, a.workspace_id), 'replay does not reproduce a pick', a.lead_id, a.caller_id,
    coalesce(r.deal_id, a.deal_id), a.seq,
    'slot ' || coalesce(r.slot, a.slot) || ': replay gives ' || coalesce(r.caller_id::text, 'nobody')
  from routing.replay_deals(v_deals) r
  full join (select * from crm.lead_assignments where deal_id is not null) a on a.workspace_id = r.workspace_id
    and a.deal_id = r.deal_id and a.slot = r.slot
  where r.caller_id is distinct from a.caller_id
  union all
  select w.workspace_id, 'a pointer jumped', null, w.pointer_before, w.id, w.base_seq, w.pool
  from (
    select d.*, lag(d.pointer_after) over pool as last_pointer,
      coalesce(lag(d.dealt_before + d.leads) over pool, 0) as last_dealt
    from crm.deals d
    window pool as (partition by d.workspace_id, d.pool order by d.id)
  ) w
  where w.pointer_before is distinct from w.last_pointer or w.dealt_before <> w.last_dealt
  union all
  select d.workspace_id, 'a pointer is not where the last deal left it', null, p.last_caller_id, d.id, null, d.pool
  from (select distinct on (l.workspace_id, l.pool) l.* from crm.deals l order by l.workspace_id, l.pool, l.id desc) d
  left join crm.rr_pointers p on p.workspace_id = d.workspace_id and p.key = d.pool
  where (p.last_caller_id, p.dealt, p.strategy) is distinct from (d.pointer_after, d.dealt_before + d.leads, d.strategy)
  union all
  select r.workspace_id, 'a circle is not of its pool''s free callers', null, null, r.id, d.base_seq, d.pool
  from unnest(v_deals) r
  join crm.deals d on d.workspace_id = r.workspace_id and d.id = r.id
  join crm.deals c on c.workspace_id = r.workspace_id and c.id = r.circle_id
  where array(select t.caller_id || case d.strategy when 'weighted' then ' ' || t.weight else '' end
    from unnest(c.circle) t order by t.caller_id)
    is distinct from array(select m.caller_id || case d.strategy when 'weighted' then ' ' || m.weight else '' end
      from unnest(r.members) m order by m.caller_id)
  union all
  select c.workspace_id, 'a circle does not go on from the one before', null, null, c.id, c.base_seq, c.pool
  from unnest(v_deals) r
  join crm.deals c on c.workspace_id = r.workspace_id and c.id = r.id and c.id = r.circle_id
  where c.circle is distinct from (routing.open_circle(c.strategy, routing.pointer_before_circle(c), r.members)).circle;
end
$$;

comment on function routing.verify_deals() is
  'Picks that are not what dealing again gives, pointers that moved without a deal, and circles that are not of their '
  'callers.';

-- Where a pool stood before a circle began: where the circle before ended, if the strategy was the same.
create function routing.pointer_before_circle(p_deal crm.deals) returns crm.rr_pointers
language plpgsql stable
as $$
declare
  v_before crm.deals;
  v_began crm.deals;
  v_circle crm.turn[];
begin
  select d.* into v_before from crm.deals d
  where d.workspace_id = p_deal.workspace_id and d.pool = p_deal.pool and d.id < p_deal.id order by d.id desc limit 1;
  if v_before.strategy = p_deal.strategy then
    select d.* into v_began from crm.deals d
    where d.workspace_id = p_deal.workspace_id and d.pool = p_deal.pool and d.id < p_deal.id and d.circle is not null
    order by d.id desc limit 1;
    select array_agg(routing.make_turn(t.caller_id, t.weight, t.lag, t.turns + coalesce(had.turns, 0))
      order by t.caller_id)
    into v_circle
    from unnest(v_began.circle) t
    left join (
      select a.caller_id, count(*)::int as turns
      from crm.deals d
      join crm.lead_assignments a on a.workspace_id = d.workspace_id and a.deal_id = d.id
      where d.workspace_id = p_deal.workspace_id and d.pool = p_deal.pool and d.id >= v_began.id and d.id < p_deal.id
      group by a.caller_id) had on had.caller_id = t.caller_id;
  end if;
  return routing.make_pointer(p_deal.workspace_id, p_deal.pool, v_before.pointer_after, v_before.strategy,
    p_deal.dealt_before, v_began.dealt_before, v_circle);
end
$$;

comment on function routing.pointer_before_circle(crm.deals) is
  'The pointer as it stood before a circle began with this deal.';
