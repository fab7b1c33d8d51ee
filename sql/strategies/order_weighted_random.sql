-- weighted_random: every lead is drawn for by itself, P = weight / sum of weights, whatever came before. Lead n of the
-- pool always draws the same number; the callers' shares of [0, sum of weights) lie side by side in order of their ids.
--
-- Slots end with the first caller who has no turn left: from there the odds are others.
create function routing.order_weighted_random(p_pointer crm.rr_pointers, p_members routing.member[], p_leads int)
returns table (slot int, caller_id uuid, turn int)
language plpgsql immutable parallel safe
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
    with shares as (
      select array_agg(m.caller_id order by m.caller_id) as callers, array_agg(m.turns order by m.caller_id) as turns,
        array_agg(m.share_begins order by m.caller_id) as share_begins, sum(m.weight) as total
      from (
        select m.*, (sum(m.weight) over (order by m.caller_id) - m.weight)::double precision as share_begins
        from unnest(p_members) m where m.turns > 0
      ) m
    ),
    drawn as (
      select n.slot, d.place, s.callers[d.place] as caller_id, s.turns[d.place] as turns,
        row_number() over (partition by d.place order by n.slot)::int as turn
      from shares s
      cross join generate_series(1, p_leads) as n (slot)
      cross join lateral (
        select width_bucket(
          s.total * routing.draw(p_pointer.workspace_id || '/' || p_pointer.key || '/' || p_pointer.dealt + n.slot),
          s.share_begins) as place) d
      where s.callers is not null
    )
    select s.slot, s.caller_id, s.turn
    from (
      select d.*,
        bool_or(d.turn = d.turns) over (order by d.slot rows between unbounded preceding and 1 preceding) as is_over
      from drawn d
    ) s
    where s.is_over is not true;
end
$$;

comment on function routing.order_weighted_random(crm.rr_pointers, routing.member[], int) is
  'The next slots of a pool dealt by drawing for each lead, with odds by weight.';
