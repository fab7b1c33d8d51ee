-- A strategy is an order of slots, and this is all a strategy is: given the free callers of a pool with the turns each
-- may take, in which order do they get the next p_leads leads? The n-th lead gets the n-th slot. The function looks at
-- nothing but its arguments, so a deal can be replayed from its record for ever, and dealing one by one or all at once
-- is the same. Slots may be fewer than leads: where a caller without turns changes what the others get, the strategy
-- stops behind the last turn, and the caller of this function opens the circle again with those left, and asks again.
--
--   round_robin      a caller's k-th turn sorts by (k, place in the circle after the pointer)
--   random           by (k counted on from turn to turn of the circle, chance)
--   least_loaded     by ((open leads + k) / most open leads, chance)
--   weighted         by due date, among the turns released
--   weighted_random  each lead draws a caller, with odds by weight
--
-- The function is inlined where it is called, for a pool in each row, and every branch stands behind a filter on
-- p_strategy alone, so the others are never begun. Yet each of their plan's nodes is reset for every pool: so the
-- strategies are functions that are not inlined, one node each. They ask for generic plans because PostgreSQL 15 else
-- plans their query at every call; so it did for a dispatcher in plpgsql, at ten times the cost.
create function routing.order_slots(
  p_strategy text, p_pointer crm.rr_pointers, p_members routing.member[], p_date date, p_leads int)
returns table (slot int, caller_id uuid, turn int)
language sql immutable parallel safe
as $$
  select s.* from routing.order_round_robin(p_pointer, p_members, p_leads) s where p_strategy = 'round_robin'
  union all
  select s.* from routing.order_random(p_pointer, p_members, p_leads) s where p_strategy = 'random'
  union all
  select s.* from routing.order_least_loaded(p_pointer, p_members, p_date, p_leads) s where p_strategy = 'least_loaded'
  union all
  select s.* from routing.order_weighted(p_pointer, p_members, p_leads) s where p_strategy = 'weighted'
  union all
  select s.* from routing.order_weighted_random(p_pointer, p_members, p_leads) s where p_strategy = 'weighted_random'
$$;

comment on function routing.order_slots(text, crm.rr_pointers, routing.member[], date, int) is
  'The order in which a pool''s free callers get the next leads, under a strategy: slot, caller, and which turn of '
  'theirs in these slots it is. A pure function.';
