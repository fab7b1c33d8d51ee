-- random: a caller's k-th turn in the circle sorts by (k, chance). Each round gives everybody one turn, in an order of
-- its own. k counts on from the turns had since the circle began, wherever a batch ended.
--
-- Slots end with the first caller who has no turn left: from there the circle is another one.
-- Turns had in a circle differ by one at most, so two more rounds than the leads fill are enough.
create function routing.order_random(p_pointer crm.rr_pointers, p_members routing.member[], p_leads int)
returns table (slot int, caller_id uuid, turn int)
language plpgsql immutable parallel safe
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
    select s.slot, s.caller_id, s.turn
    from (
      select row_number() over shuffled::int as slot, m.caller_id, k.turn,
        bool_or(k.turn = m.turns) over (shuffled rows between unbounded preceding and 1 preceding) as is_over
      from unnest(p_pointer.circle) c
      join unnest(p_members) m on m.caller_id = c.caller_id
      cross join lateral generate_series(1, least(m.turns, p_leads / cardinality(p_pointer.circle) + 2)) as k (turn)
      window shuffled as (order by c.turns + k.turn, routing.shuffle(
        p_pointer.workspace_id || '/' || p_pointer.key || '/' || p_pointer.circle_since || '/' || m.caller_id || '/'
          || c.turns + k.turn))
    ) s
    where s.slot <= p_leads and s.is_over is not true;
end
$$;

comment on function routing.order_random(crm.rr_pointers, routing.member[], int) is
  'The next slots of a pool dealt at random: each round everybody once, shuffled.';
