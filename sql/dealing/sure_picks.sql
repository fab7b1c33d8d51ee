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
    with kin as materialized (  -- the leads whose contact has others
      select r.nr, r.lead_id, r.contact_id, r.duplicate_of, r.caller_id, r.pool,
        min(r.nr) filter (where r.pool is not null) over (partition by r.contact_id order by r.nr rows between unbounded preceding and 1 preceding) as leader
      from unnest(p_routes) with ordinality as r (
        lead_id, target, facts, place, state_from, contact_id, duplicate_of, caller_id, pool, why_not, is_done, campaign_id, nr)
      where r.contact_id is not null
    ),
    duplicate as materialized (  -- of these, the ones that have a caller already or follow another
      select d.* from (
        select k.nr, k.lead_id, k.caller_id, k.leader,
          least(k.duplicate_of::text, min(k.lead_id::text) filter (where coalesce(k.pool, k.leader) is not null or k.caller_id is not null)
            over (partition by k.contact_id order by k.nr rows between unbounded preceding and 1 preceding))::uuid as duplicate_of
        from kin k
      ) d
      where d.caller_id is not null or d.leader is not null
    ),
    route as materialized (
      select r.nr, r.lead_id, r.place, r.state_from, r.why_not, r.pool, row_number() over (partition by r.pool order by r.nr)::int as slot
      from unnest(p_routes) with ordinality as r (
        lead_id, target, facts, place, state_from, contact_id, duplicate_of, caller_id, pool, why_not, is_done, campaign_id, nr)
      where r.nr not in (select d.nr from duplicate d)
    ),
    pool as (
      select p.nr, min(p.nr) over (partition by p.key) as key_nr, p.step, p.strategy, p.label, p.pointer, p.members
      from unnest(p_pools) with ordinality as p (key, rule_id, rule_version, rule, step, strategy, claim_minutes, label, pointer, members, skipped, why_not, ends_here, nr)
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
    ),
    slotted as materialized (
      select t.*, k.turns, count(t.caller_id) over (partition by t.caller_id order by t.nr) as taken,
        first_value(t.pool) over (partition by t.key_nr order by t.nr) as first_pool
      from (
        select r.*, s.key_nr, s.step, s.label, s.callers[r.slot] as caller_id
        from route r
        left join slots s on s.pool = r.pool
      ) t
      left join limited k on k.caller_id = t.caller_id
    ),
    promised as not materialized (
      select s.nr, s.lead_id, s.pool, s.caller_id, s.turns, s.taken from slotted s
      union all
      select d.nr, d.lead_id, null, coalesce(d.caller_id, l.caller_id), null, null from duplicate d left join slotted l on l.nr = d.leader
    ),
    sensitive as materialized (
      select p.nr as pool, p.strategy, m.caller_id, m.max_load
      from pool p cross join unnest(p.members) m where p.strategy <> 'round_robin' or m.max_load > 0
    ),
    unsure as (
      select min(b.nr) as nr from slotted b where b.pool is not null and (b.caller_id is null or b.taken > b.turns or b.pool <> b.first_pool)
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
        routing.describe_pick(case when s.step < 0 then null else s.place end, case when s.step < 0 then null else s.state_from end, s.why_not, s.label))::routing.pick as pick
      from slotted s
      union all
      select d.nr, row(d.lead_id, null, null, p.caller_id, d.duplicate_of, 'Duplicate: this caller has an open lead of the same contact')::routing.pick
      from duplicate d join promised p on p.nr = d.nr
    ) p
    where p.nr < coalesce((select min(u.nr) from unsure u), 2147483647)
    order by p.nr);
end
$$;

comment on function routing.sure_picks(routing.pool[], routing.route[], date) is 'Who gets which lead, given where each stopped on its way; as many leads from the first on as are certain in one go.';
