-- The n-th lead of a pool gets its n-th slot: as far as that is the same as dealing the leads one by one. What makes a pick
-- unsure, because an earlier lead of another pool changed what it rests on:
--
--   the pool laid out no slot for it any more, or its caller's turns are used up by then
--   the pool is dealt by load, and a member of it got an earlier lead from another pool
--   the pool has the same key as the other one, by another rule: both go on from one pointer
--   the pool's odds depend on who is free (weighted, weighted_random, random), and a member used up the last turn, wherever
--   a member with a limit on load got an earlier lead because it was of his contact, which is a turn less
--
-- A lead follows the first one of its contact that has a pool: it takes no slot and goes where that one goes.
create function routing.sure_picks(p_pools routing.pool[], p_routes routing.route[], p_date date) returns routing.pick[]
language plpgsql stable
as $$
begin
  return array(
    with arrived as (
      select r.lead_id, r.place, r.state_from, r.why_not, r.contact_id, r.duplicate_of, r.caller_id as holder, r.pool as stopped_at, r.nr,
        min(r.nr) filter (where r.pool is not null) over (partition by r.contact_id order by r.nr rows between unbounded preceding and 1 preceding) as leader
      from unnest(p_routes) with ordinality as r (
        lead_id, target, facts, place, state_from, contact_id, duplicate_of, caller_id, pool, why_not, is_done, nr)
    ),
    route as materialized (
      select a.*, case when a.leader is null then a.stopped_at end as pool,
        row_number() over (partition by a.leader is null, a.stopped_at order by a.nr)::int as slot,
        least(a.duplicate_of::text, min(a.lead_id::text) filter (where coalesce(a.stopped_at, a.leader) is not null or a.holder is not null)
          over (partition by a.contact_id order by a.nr rows between unbounded preceding and 1 preceding))::uuid as first_open
      from arrived a
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
    slotted as materialized (
      select t.*, k.turns, count(t.slot_of) over (partition by t.slot_of order by t.nr) as taken,
        first_value(t.pool) over (partition by t.key_nr order by t.nr) as first_pool
      from (
        select r.*, s.key_nr, s.label, s.callers[r.slot] as slot_of
        from route r
        left join slots s on s.pool = r.pool
      ) t
      left join limited k on k.caller_id = t.slot_of
    ),
    promised as materialized (
      select s.*, coalesce(s.slot_of, s.holder, l.slot_of) as caller_id from slotted s left join slotted l on l.nr = s.leader
    ),
    sensitive as (
      select p.nr as pool, p.strategy, m.caller_id, m.max_load
      from pool p cross join unnest(p.members) m where p.strategy <> 'round_robin' or m.max_load > 0
    ),
    unsure as (
      select min(b.nr) as nr from promised b where b.pool is not null and (b.caller_id is null or b.taken > b.turns or b.pool <> b.first_pool)
      union all
      select min(b.nr)
      from sensitive s
      join promised t on t.caller_id = s.caller_id and case
        when s.strategy = 'least_loaded' then t.pool is distinct from s.pool
        when t.pool is null then s.max_load > 0
        else s.strategy <> 'round_robin' and t.taken = t.turns end
      join promised b on b.pool = s.pool and b.nr > t.nr
    )
    select row(s.lead_id, s.pool, case when s.pool is not null then s.slot end, s.caller_id,
      case when s.pool is null and s.caller_id is not null then s.first_open end,
      case when s.pool is null and s.caller_id is not null then 'Duplicate: this caller has an open lead of the same contact'
        else routing.describe_pick(s.place, s.state_from, s.why_not, s.label) end)::routing.pick
    from promised s
    where s.nr < coalesce((select min(u.nr) from unsure u), 2147483647)
    order by s.nr);
end
$$;

comment on function routing.sure_picks(routing.pool[], routing.route[], date) is 'Who gets which lead, given where each stopped on its way; as many leads from the first on as are certain in one go.';
