-- The decision: who gets which of these leads, by the plan, at this moment. Reads, never writes; dealing records what it
-- says, and a preview can ask it too. Call it inside the turnstile, or the answer may be out of date when used.
--
-- Leads are taken in the given order, as if dealt one by one. First every lead finds its pool: the first rule of the plan
-- whose pool has a free caller. Then each pool lays out its slots, and the n-th lead of a pool gets its n-th slot.
-- Pools share callers, so that can promise too much: a caller at the cap by turns in two pools, or a pool that runs
-- out half-way. Up to the first such lead everything is exactly as one by one; picks end before it, and the next call
-- goes on from there. Every call picks at least one lead, and only as many calls are needed as caps are reached.
create type routing.route as (lead_id uuid, state text, state_from text, place text, pool int, why_not text[]);
comment on type routing.route is 'A lead on its way through the plan: the pool it stopped at, and why the pools before were passed.';

create type routing.pick as (lead_id uuid, pool int, slot int, caller_id uuid, reason text);
comment on type routing.pick is 'What was decided for a lead: the slot of which pool and so which caller, or none of them: the queue. In either case why.';

create function routing.pick_callers(
  p_workspace_id int, p_lead_ids uuid[], p_date date, out pools routing.pool[], out picks routing.pick[])
language plpgsql stable
as $$
declare
  v_rule routing.plan;
  v_routes routing.route[];
  v_found routing.pool[];
begin
  v_routes := array(
    select row(l.id, l.state, l.state_from, routing.describe_place(l.state, l.state_from, l.city, l.state_given), null, '{}')::routing.route
    from unnest(p_lead_ids) with ordinality as wanted (id, nr)
    cross join lateral (select s.* from crm.leads s where s.workspace_id = p_workspace_id and s.id = wanted.id offset 0) l
    order by wanted.nr);
  pools := '{}';

  for v_rule in select p.* from routing.plan p order by p.step loop
    v_found := array(
      select f from routing.find_pools(p_workspace_id, v_rule, array(
        select distinct case when 'state' = any (v_rule.attributes) then r.state end
        from unnest(v_routes) r
        where r.pool is null and (r.state is not null or not 'state' = any (v_rule.attributes))), p_date) f);
    v_routes := array(
      select row(r.lead_id, r.state, r.state_from, r.place,
        case when r.pool is null and f.callers is not null then cardinality(pools) + f.nr else r.pool end,
        case when r.pool is null and f.why_not is not null then r.why_not || f.why_not else r.why_not end)::routing.route
      from unnest(v_routes) with ordinality as r (lead_id, state, state_from, place, pool, why_not, nr)
      left join unnest(v_found) with ordinality as f (step, rule, strategy, state, key, label, pointer, callers, turns, skipped, why_not, nr)
        on coalesce(f.state, '') = case when 'state' = any (v_rule.attributes) then r.state else '' end
      order by r.nr);
    pools := pools || v_found;
    exit when not exists (select from unnest(v_routes) r where r.pool is null);
  end loop;

  with route as (
    select r.*, row_number() over (partition by r.pool order by r.nr)::int as slot
    from unnest(v_routes) with ordinality as r (lead_id, state, state_from, place, pool, why_not, nr)
  ),
  pool as (
    select p.* from unnest(pools) with ordinality as p (step, rule, strategy, state, key, label, pointer, callers, turns, skipped, why_not, nr)
  ),
  slots as (
    select p.nr as pool, s.callers, s.turns
    from (select r.pool, count(*)::int as leads from route r where r.pool is not null group by r.pool) wanted
    join pool p on p.nr = wanted.pool
    cross join lateral (
      select array_agg(o.caller_id order by o.slot) as callers, array_agg(o.turns order by o.slot) as turns
      from routing.order_slots(p.strategy, p.pointer, p.callers, p.turns, wanted.leads) o
    ) s
  ),
  promised as (
    select t.*, count(t.caller_id) over (partition by t.caller_id order by t.nr) as taken
    from (
      select r.*, s.callers[r.slot] as caller_id, s.turns[r.slot] as turns
      from route r
      left join slots s on s.pool = r.pool
    ) t
  ),
  sure as (
    select s.* from promised s
    where s.nr < coalesce((select min(b.nr) from promised b where b.pool is not null and (b.caller_id is null or b.taken > b.turns)), 2147483647)
  )
  select array_agg(row(s.lead_id, s.pool, case when s.pool is not null then s.slot end, s.caller_id,
      routing.describe_pick(s.place, s.state_from, s.why_not, p.label))::routing.pick order by s.nr)
  into picks
  from sure s
  left join pool p on p.nr = s.pool;
end
$$;

comment on function routing.pick_callers(int, uuid[], date) is 'Decides by the plan who gets which of the given leads, in their order, as far as this is sure in one go: the pools used, and a pick per lead decided. Writes nothing.';
