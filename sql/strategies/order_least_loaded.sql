-- least_loaded: a caller's k-th turn sorts by (open leads + k) / most open leads, ties by chance: each lead goes to
-- whoever is the least busy with it. Who may have any number open is measured by the pool's largest limit. The
-- quotients are doubles: rounding keeps equal fractions equal, and those of numbers this small apart.
--
-- Only turns up to the load that the leads can bring everybody to are laid out. Callers who are used up at a lower load
-- add all their turns, the others rise together: sorted by the load at which they are used up, each prefix gives a load
-- that is too low unless it is the right one, so the highest counts. Whole turns cost everybody less than one.
--
-- Slots end when a caller with the largest limit has no turn left: from there the measure may be another.
create function routing.order_least_loaded(p_pointer crm.rr_pointers, p_members routing.member[],
  p_date date, p_leads int)
returns table (slot int, caller_id uuid, turn int)
language plpgsql immutable parallel safe
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
    with measured as (
      select m.*, coalesce(nullif(m.max_load, 0), nullif(max(m.max_load) over (), 0), 1)::double precision as most,
        max(m.max_load) over () as largest, count(*) over () as callers
      from unnest(p_members) m where m.turns > 0
    ),
    loads as (
      select max(l.reached) as reached
      from (
        select (p_leads + m.callers - coalesce(sum(m.turns) over earlier, 0) + sum(m.load) over rest)
          / sum(m.most) over rest as reached
        from measured m
        window used_up as (order by (m.load + m.turns::bigint) / m.most, m.caller_id),
          earlier as (used_up rows between unbounded preceding and 1 preceding),
          rest as (used_up rows between current row and unbounded following)
      ) l
    )
    select s.slot, s.caller_id, s.turn
    from (
      select row_number() over least_loaded::int as slot, m.caller_id, k.turn,
        bool_or(k.turn = m.turns and m.max_load = m.largest and m.max_load > 0)
          over (least_loaded rows between unbounded preceding and 1 preceding) as is_over
      from measured m
      cross join loads l
      cross join lateral generate_series(1, least(m.turns, floor(l.reached * m.most - m.load))::int) as k (turn)
      window least_loaded as (order by (m.load + k.turn) / m.most, routing.shuffle(
        p_pointer.workspace_id || '/' || p_pointer.key || '/' || p_date - date '2000-01-01' || '/' || m.caller_id || '/'
          || m.given + k.turn))
    ) s
    where s.slot <= p_leads and s.is_over is not true;
end
$$;

comment on function routing.order_least_loaded(crm.rr_pointers, routing.member[], date, int) is
  'The next slots of a pool dealt to the least busy: by open leads relative to the most open ones.';
