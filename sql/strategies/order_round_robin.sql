-- round_robin: a caller's k-th turn sorts by (k, place in the circle after the pointer).
--
-- Only as many rounds are laid out as the leads need. With callers sorted by turns, every prefix of short ones is used
-- up and the rest share what remains evenly; each prefix asks for too few rounds unless it is the right one, so the
-- highest number counts. One lead needs one round.
create function routing.next_in_turn(p_pointer crm.rr_pointers, p_members routing.member[]) returns uuid
language plpgsql immutable parallel safe
as $$
declare
  v_last uuid := p_pointer.last_caller_id;
begin
  return (
    select m.caller_id from unnest(p_members) m where m.turns > 0
    order by m.caller_id <= v_last, m.caller_id limit 1);
end
$$;

comment on function routing.next_in_turn(crm.rr_pointers, routing.member[]) is
  'The caller after the pointer who has a turn left: the first slot of round_robin.';

create function routing.order_round_robin(p_pointer crm.rr_pointers, p_members routing.member[], p_leads int)
returns table (slot int, caller_id uuid, turn int)
language plpgsql immutable parallel safe
set plan_cache_mode = force_generic_plan
as $$
declare
  v_last uuid := p_pointer.last_caller_id;
  v_rounds int := 1;
begin
  if p_leads = 1 then
    return query select 1, routing.next_in_turn(p_pointer, p_members), 1;
    return;
  end if;
  select ceil(max((p_leads - s.turns_of_shorter)::numeric / s.callers_left)) into v_rounds
  from (
    select sum(m.turns) over w - m.turns as turns_of_shorter, count(*) over () - row_number() over w + 1 as callers_left
    from unnest(p_members) m
    window w as (order by m.turns rows unbounded preceding)
  ) s;
  return query
    select row_number() over (order by k.turn, m.caller_id <= v_last, m.caller_id)::int, m.caller_id, k.turn
    from unnest(p_members) m
    cross join lateral generate_series(1, least(m.turns, v_rounds)) as k (turn)
    order by 1
    limit p_leads;
end
$$;

comment on function routing.order_round_robin(crm.rr_pointers, routing.member[], int) is
  'The next slots of a pool dealt in turn: everybody once, then everybody again.';
