-- A strategy is an order of slots, and this is all a strategy is: given the free callers of a pool with the turns each
-- may take, in which order do they get the next p_leads leads? The n-th lead gets the n-th slot. The function looks at
-- nothing but its arguments, so a deal can be replayed from its record for ever, and dealing one by one or all at once
-- is the same: caps only limit how many turns a caller has.
--
--   round_robin  a caller's k-th turn sorts by (k, place in the circle after the pointer)
--
-- Only as many rounds are laid out as the leads need: the first in which the turns of all callers together suffice. With
-- callers sorted by turns, every prefix of short ones is used up and the rest share what remains evenly; of the prefixes
-- that suffice the shortest asks for the most rounds.
create function routing.order_slots(p_strategy text, p_pointer uuid, p_callers uuid[], p_turns int[], p_leads int)
returns table (slot int, caller_id uuid, turn int, turns int)
language sql immutable parallel safe
as $$
  with members as (
    select m.caller_id, m.turns,
      row_number() over (order by m.caller_id <= p_pointer, m.caller_id) as place,
      count(*) over () as callers
    from unnest(p_callers, p_turns) as m (caller_id, turns)
  ),
  shortest_first as (
    select m.turns,
      sum(m.turns) over w - m.turns as turns_of_shorter,
      m.callers - row_number() over w + 1 as callers_left
    from members m
    window w as (order by m.turns rows unbounded preceding)
  ),
  rounds as (
    select coalesce(
      (select ceil(max((p_leads - s.turns_of_shorter)::numeric / s.callers_left))::int
       from shortest_first s
       where s.turns_of_shorter + s.callers_left * s.turns::bigint >= p_leads),
      p_leads) as needed
  )
  select row_number() over (order by k.turn, m.place)::int, m.caller_id, k.turn, m.turns
  from members m
  cross join rounds r
  cross join lateral generate_series(1, least(m.turns, r.needed)) as k (turn)
  where p_strategy = 'round_robin'
  order by 1
  limit p_leads
$$;

comment on function routing.order_slots(text, uuid, uuid[], int[], int) is 'The order in which a pool''s free callers get the next leads, under a strategy: slot, caller, which turn of theirs it is and how many they have. A pure function.';
