-- The n-th lead of a pool gets its n-th slot: as far as that is the same as dealing the leads one by one. What makes a
-- pick unsure, because an earlier lead of another pool changed what it rests on:
--
--   the pool laid out no slot for it any more, or its caller's turns are used up by then
--   the pool is dealt by load, and a member of it got an earlier lead from another pool
--   the pool has the same key as the other one, by another rule: both go on from one pointer
--   the pool's odds depend on who is free (weighted, weighted_random, random), and a member used up the last turn, in
--   whichever pool
--   a member with a limit on load got an earlier lead because that lead's contact was his already: a turn less
--
-- A lead follows the first one of its contact that has a pool: it takes no slot and goes where that one goes.
-- find_followers() and slot_leads() are inlined where they are called.
create type routing.follower as (nr bigint, lead_id uuid, caller_id uuid, leader bigint, duplicate_of uuid);
comment on type routing.follower is
  'A lead whose contact has an open lead: with this caller, or with the caller who gets the lead of this number '
  '(leader).';

create function routing.find_followers(p_routes routing.route[]) returns setof routing.follower
language sql immutable parallel safe
as $$
  select f.nr, f.lead_id, f.caller_id, f.leader, f.duplicate_of
  from (
    select k.nr, k.lead_id, k.caller_id, k.leader,
      least(k.duplicate_of::text, min(k.lead_id::text)
        filter (where k.pool is not null or k.leader is not null or k.caller_id is not null)
        over before)::uuid as duplicate_of
    from (
      select r.*, r.ordinality as nr, min(r.ordinality) filter (where r.pool is not null) over before as leader
      from unnest(p_routes) with ordinality r
      where r.contact_id is not null
      window before as (
        partition by r.contact_id order by r.ordinality rows between unbounded preceding and 1 preceding)
    ) k
    window before as (partition by k.contact_id order by k.nr rows between unbounded preceding and 1 preceding)
  ) f
  where f.caller_id is not null or f.leader is not null
$$;

comment on function routing.find_followers(routing.route[]) is
  'The leads that take no slot, because their contact has an open lead or one before them in this batch.';

create type routing.slotted as (
  nr bigint, lead_id uuid, place text, state_from text, why_not text[], pool int, slot int, step int, label text,
  caller_id uuid, turns int, taken bigint, first_pool int);
comment on type routing.slotted is
  'A lead with its slot: whose it is, how many turns this caller has and has had by then (taken), and which pool was '
  'the first to use the pointer.';

create function routing.slot_leads(p_pools routing.pool[], p_routes routing.route[], p_date date)
returns setof routing.slotted
language sql stable parallel safe
as $$
  with route as materialized (
    select r.ordinality as nr, r.lead_id, r.place, r.state_from, r.why_not, r.pool,
      row_number() over (partition by r.pool order by r.ordinality)::int as slot
    from unnest(p_routes) with ordinality r
    where r.ordinality not in (select f.nr from routing.find_followers(p_routes) f)
  ),
  pool as (
    select p.ordinality as nr, min(p.ordinality) over (partition by p.key) as key_nr, p.step, p.strategy, p.label,
      p.pointer, p.members
    from unnest(p_pools) with ordinality p
  ),
  slots as (
    select p.nr as pool, p.key_nr, p.step, p.label, s.callers
    from (select r.pool, count(*)::int as leads from route r where r.pool is not null group by r.pool) wanted
    join pool p on p.nr = wanted.pool
    cross join lateral (
      select array_agg(o.caller_id order by o.slot) as callers
      from routing.order_slots(p.strategy, p.pointer, p.members, p_date, wanted.leads) o
    ) s
  ),
  limited as (  -- in every pool the same number
    select distinct m.caller_id, m.turns from pool p cross join unnest(p.members) m where m.turns < 2147483647
  )
  select t.nr, t.lead_id, t.place, t.state_from, t.why_not, t.pool, t.slot, t.step, t.label, t.caller_id, k.turns,
    count(t.caller_id) over (partition by t.caller_id order by t.nr),
    first_value(t.pool) over (partition by t.key_nr order by t.nr)
  from (
    select r.*, s.key_nr, s.step, s.label, s.callers[r.slot] as caller_id
    from route r
    left join slots s on s.pool = r.pool
  ) t
  left join limited k on k.caller_id = t.caller_id
$$;

comment on function routing.slot_leads(routing.pool[], routing.route[], date) is
  'The leads that take a slot of their pool, each with the slot it gets, or without one in a pool that is used up.';

-- A lead by itself is sure. It is the most frequent number of leads, so it is spared what several need.
create function routing.sure_pick(p_pools routing.pool[], p_route routing.route, p_date date) returns routing.pick
language plpgsql stable
as $$
declare
  v_pool routing.pool := p_pools[p_route.pool];
  v_caller_id uuid;
begin
  if p_route.caller_id is not null then
    return row(p_route.lead_id, null, null, p_route.caller_id, p_route.duplicate_of,
      routing.describe_duplicate())::routing.pick;
  elsif v_pool.strategy = 'round_robin' then
    v_caller_id := routing.next_in_turn(v_pool.pointer, v_pool.members);
  elsif p_route.pool is not null then
    select o.caller_id into v_caller_id
    from routing.order_slots(v_pool.strategy, v_pool.pointer, v_pool.members, p_date, 1) o;
  end if;
  return row(p_route.lead_id, p_route.pool, case when p_route.pool is not null then 1 end, v_caller_id, null,
    -- The leads of a campaign are its own, wherever they are from.
    routing.describe_pick(case when v_pool.step < 0 then null else p_route.place end,
      case when v_pool.step < 0 then null else p_route.state_from end, p_route.why_not, v_pool.label))::routing.pick;
end
$$;

comment on function routing.sure_pick(routing.pool[], routing.route, date) is
  'Who gets a lead that is dealt by itself, given where it stopped on its way.';

create function routing.sure_picks(p_pools routing.pool[], p_routes routing.route[], p_date date) returns routing.pick[]
language plpgsql stable
as $$
begin
  return array(
    with follower as materialized (
      select * from routing.find_followers(p_routes)
    ),
    slotted as materialized (
      select * from routing.slot_leads(p_pools, p_routes, p_date)
    ),
    promised as not materialized (
      select s.nr, s.lead_id, s.pool, s.caller_id, s.turns, s.taken from slotted s
      union all
      select f.nr, f.lead_id, null, coalesce(f.caller_id, l.caller_id), null, null
      from follower f left join slotted l on l.nr = f.leader
    ),
    sensitive as materialized (
      select p.ordinality as pool, p.strategy, m.caller_id, m.max_load
      from unnest(p_pools) with ordinality p
      cross join unnest(p.members) m where p.strategy <> 'round_robin' or m.max_load > 0
    ),
    unsure as (
      select min(b.nr) as nr from slotted b
      where b.pool is not null and (b.caller_id is null or b.taken > b.turns or b.pool <> b.first_pool)
      union all
      select min(b.nr)
      from sensitive s
      join promised t on t.caller_id = s.caller_id and case
        when s.strategy = 'least_loaded' then t.pool is distinct from s.pool
        when t.pool is null then s.max_load > 0
        else s.strategy <> 'round_robin' and t.taken = t.turns end
      join slotted b on b.pool = s.pool and b.nr > t.nr
    )
    select p.pick
    from (
      select s.nr, row(s.lead_id, s.pool, case when s.pool is not null then s.slot end, s.caller_id, null,
        -- The leads of a campaign are its own, wherever they are from.
        routing.describe_pick(case when s.step < 0 then null else s.place end,
          case when s.step < 0 then null else s.state_from end, s.why_not, s.label))::routing.pick as pick
      from slotted s
      union all
      select f.nr, row(f.lead_id, null, null, p.caller_id, f.duplicate_of,
        routing.describe_duplicate())::routing.pick
      from follower f join promised p on p.nr = f.nr
    ) p
    where p.nr < coalesce((select min(u.nr) from unsure u), 2147483647)
    order by p.nr);
end
$$;

comment on function routing.sure_picks(routing.pool[], routing.route[], date) is
  'Who gets which lead, given where each stopped on its way; as many leads from the first on as are certain in one go.';
