-- The n-th lead of a pool gets its n-th slot: as far as that is the same as dealing the leads one by one. What makes a pick
-- unsure, because an earlier lead of another pool changed what it rests on:
--
--   the pool laid out no slot for it any more, or its caller's turns are used up by then
--   the pool is dealt by load, and a member of it got an earlier lead from another pool
--   the pool has the same key as the other one, by another rule: both go on from one pointer
--   the pool's odds depend on who is free (weighted, weighted_random, random), and a member used up the last turn, wherever
create function routing.sure_picks(p_pools routing.pool[], p_routes routing.route[], p_date date) returns routing.pick[]
language plpgsql stable
as $$
begin
  return array(
    with route as (
      select r.*, row_number() over (partition by r.pool order by r.nr)::int as slot
      from unnest(p_routes) with ordinality as r (lead_id, target, facts, place, state_from, pool, why_not, is_done, nr)
    ),
    pool as (
      select p.nr, min(p.nr) over (partition by p.key) as key_nr, p.strategy, p.label, p.pointer, p.members
      from unnest(p_pools) with ordinality as p (key, rule_id, rule_version, rule, step, strategy, claim_minutes, label, pointer, members, skipped, why_not, ends_here, nr)
    ),
    slots as (
      select p.nr as pool, p.key_nr, p.label, s.callers
      from (select r.pool, count(*)::int as leads from route r where r.pool is not null group by r.pool) wanted
      join pool p on p.nr = wanted.pool
      cross join lateral (
        select array_agg(o.caller_id order by o.slot) as callers
        from routing.order_slots(p.strategy, p.pointer, p.members, p_date, wanted.leads) o
      ) s
    ),
    limited as (  -- in every pool the same number
      select distinct m.caller_id, m.turns from pool p cross join unnest(p.members) m where m.turns < 2147483647
    ),
    promised as materialized (
      select t.*, k.turns, count(t.caller_id) over (partition by t.caller_id order by t.nr) as taken,
        first_value(t.pool) over (partition by t.key_nr order by t.nr) as first_pool
      from (
        select r.nr, r.lead_id, r.place, r.state_from, r.why_not, r.pool, r.slot, s.key_nr, s.label, s.callers[r.slot] as caller_id
        from route r
        left join slots s on s.pool = r.pool
      ) t
      left join limited k on k.caller_id = t.caller_id
    ),
    sensitive as (
      select p.nr as pool, p.strategy, m.caller_id from pool p cross join unnest(p.members) m where p.strategy <> 'round_robin'
    ),
    unsure as (
      select min(b.nr) as nr from promised b where b.pool is not null and (b.caller_id is null or b.taken > b.turns or b.pool <> b.first_pool)
      union all
      select min(b.nr)
      from sensitive s
      join promised t on t.caller_id = s.caller_id and case when s.strategy = 'least_loaded' then t.pool <> s.pool else t.taken = t.turns end
      join promised b on b.pool = s.pool and b.nr > t.nr
    )
    select row(s.lead_id, s.pool, case when s.pool is not null then s.slot end, s.caller_id,
      routing.describe_pick(s.place, s.state_from, s.why_not, s.label))::routing.pick
    from promised s
    where s.nr < coalesce((select min(u.nr) from unsure u), 2147483647)
    order by s.nr);
end
$$;

comment on function routing.sure_picks(routing.pool[], routing.route[], date) is 'Who gets which lead, given the pool each stopped at; as many leads from the first on as are certain in one go.';
