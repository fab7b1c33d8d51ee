-- The order of slots, worked out by hand. Callers are letters; A:2 has two turns left, A as many as are asked for.
-- Under the weighted strategies A*5 has weight 5; under least_loaded A@3/10 has 3 leads open of 10 at most.
begin;
select * from no_plan();

create schema given;
create function given.caller(p_letter text) returns uuid language sql return ('00000000-0000-7000-8000-00000000000' || lower(p_letter))::uuid;
create function given.letter(p_caller_id uuid) returns text language sql return upper(right(p_caller_id::text, 1));
create function given.members(p_pool text) returns routing.member[] language sql as $$
  select array_agg(row(given.caller(left(m, 1)), coalesce(substring(m from '\*(\d+)')::int, 1), coalesce(substring(m from ':(\d+)')::int, 2147483647), 0,
    coalesce(substring(m from '@(\d+)')::int, 0), coalesce(substring(m from '/(\d+)')::int, 0))::routing.member order by nr)
  from string_to_table(p_pool, ' ') with ordinality as t (m, nr)
  where m <> ''
$$;
create function given.pointer(p_last text default null) returns crm.rr_pointers language sql
return routing.make_pointer(1, 'global', given.caller(p_last));

create function given.slots(p_strategy text, p_pool text, p_pointer crm.rr_pointers, p_leads int) returns text language sql as $$
  select coalesce(string_agg(given.letter(s.caller_id), ' ' order by s.slot), '')
  from routing.open_circle(p_strategy, p_pointer, given.members(p_pool)) p,
    routing.order_slots(p_strategy, p, given.members(p_pool), '2026-01-01', p_leads) s
$$;
-- The pointer after leads dealt to a pool that does not run out.
create function given.dealt(p_strategy text, p_pool text, p_pointer crm.rr_pointers, p_leads int) returns crm.rr_pointers language sql as $$
  select routing.move_pointer(routing.open_circle(p_strategy, p_pointer, given.members(p_pool)), array_agg(given.caller(c) order by nr))
  from string_to_table(given.slots(p_strategy, p_pool, p_pointer, p_leads), ' ') with ordinality as t (c, nr)
$$;
-- "A*5 +1/2", whose lag and turns.
create function given.circle(p_pointer crm.rr_pointers) returns text language sql as $$
  select string_agg(given.letter(c.caller_id) || '*' || c.weight || ' ' || round(c.lag, 3) || ' ' || c.turns, ', ') from unnest(p_pointer.circle) c
$$;

-- round_robin
select is(given.letter(routing.next_in_turn(given.pointer(last), given.members(pool))),
  (select given.letter(s.caller_id) from routing.order_round_robin(given.pointer(last), given.members(pool), 2) s where s.slot = 1),
  'next_in_turn() is the first of several turns of ' || pool)
from (values ('A B C', null), ('A B C', 'A'), ('A B C', 'C'), ('A:1 C', 'B'), ('A:0 B:3 C', 'C')) t (pool, last);
select is(given.slots('round_robin', pool, given.pointer(last), leads), slots, why) from (values
  ('A B C',       null, 5, 'A B C A B', 'a pool never dealt to begins with its first caller'),
  ('A B C',       'A',  3, 'B C A',     'the circle goes on after the pointer'),
  ('A B C',       'B',  5, 'C A B C A', 'also from the middle'),
  ('A B C',       'C',  2, 'A B',       'after the last comes the first'),
  ('A C',         'B',  3, 'C A C',     'a pointer of someone gone keeps the place'),
  ('B C',         'A',  2, 'B C',       'also before the first'),
  ('A B',         'D',  3, 'A B A',     'and after the last'),
  ('A',           'A',  3, 'A A A',     'a caller alone gets all'),
  ('A:1 B:3 C',   null, 6, 'A B C B C B', 'who has no turn left is passed over'),
  ('A:2 B:1 C:1', 'B',  4, 'C A B A',   'caps and pointer together'),
  ('A:1 B:2',     null, 9, 'A B B',     'there are no more slots than turns'),
  ('A:0 B:1',     null, 3, 'B',         'no turns, no slot'),
  ('A:0',         null, 3, '',          'nor anybody then'),
  ('A B',         null, 0, '',          'no leads, no slots'),
  ('C A B',       'A',  3, 'B C A',     'it does not matter in which order the callers are named'),
  ('A:1 B:1 C:4 D', 'C', 9, 'D A B C D C D C D', 'the unlimited take what the others cannot'),
  ('A:2 B:2 C:2', 'A', 6, 'B C A B C A', 'all turns, in rounds')
) as t (pool, last, leads, slots, why);

-- weighted
select is(given.slots('weighted', pool, given.pointer(), leads), slots, 'weighted: ' || why) from (values
  ('A*5 B C', 14, 'A A A B A A C A A A B A A C', '5:1:1 is spread evenly, and every seven leads are alike'),
  ('A*10 ' || 'B C D E F 1 2 3 4 5', 22, 'A 1 A 2 A 3 A 4 A 5 A B A C A D A E A F A 1', '10:1x10 gives the large one every other lead'),
  ('A B C',      6, 'A B C A B C', 'equal weights take turns'),
  ('C*2 A B*3', 12, 'B C B C B A B C B C B A', '3:2:1, however the callers are named'),
  ('A*7',        3, 'A A A',       'a caller alone gets all'),
  ('A*5 B:1 C',  9, 'A A A B',     'slots end with the first caller who is used up'),
  ('A:2',        9, 'A A',         'and with the last one'),
  ('A:0 B',      2, 'B B',         'no turns, no slot'),
  ('A:0',        2, '',            'nor anybody then'),
  ('A B',        0, '',            'no leads, no slots')
) as t (pool, leads, slots, why);

-- random
select is(given.slots('random', pool, given.pointer(), leads), slots, 'random: ' || why) from (values
  ('A B C',   9, given.slots('random', 'C A B', given.pointer(), 9), 'it does not matter in which order the callers are named'),
  ('A',       3, 'A A A', 'a caller alone gets all'),
  ('A:2',     9, 'A A',   'slots end when turns do'),
  ('A:0 B',   2, 'B B',   'no turns, no slot'),
  ('A:0',     2, '',      'nor anybody then'),
  ('A B',     0, '',      'no leads, no slots')
) as t (pool, leads, slots, why);
select is((select string_agg(c, ' ' order by c) from string_to_table(given.slots('random', 'A B C D', given.pointer(), 4), ' ') c), 'A B C D', 'random: everybody has a turn in the first round');
select isnt(given.slots('random', 'A B C D E', given.pointer(), 5), substr(given.slots('random', 'A B C D E', given.pointer(), 10), 11), 'random: the second round has an order of its own');

-- weighted_random
select is(given.slots('weighted_random', pool, given.pointer(), leads), slots, 'weighted_random: ' || why) from (values
  ('A*2 B C', 9, given.slots('weighted_random', 'C A*2 B', given.pointer(), 9), 'it does not matter in which order the callers are named'),
  ('A*3',     3, 'A A A', 'a caller alone gets all'),
  ('A:2',     9, 'A A',   'slots end when turns do'),
  ('A:0 B',   2, 'B B',   'no turns, no slot'),
  ('A:0',     2, '',      'nor anybody then'),
  ('A B',     0, '',      'no leads, no slots')
) as t (pool, leads, slots, why);
select is(
  split_part(given.slots('weighted_random', 'A B*3 C*2', given.pointer(), 7), ' ', 7),
  given.slots('weighted_random', 'A B*3 C*2', given.dealt('weighted', 'A B', given.pointer(), 6), 1), 'weighted_random: a draw depends on its number alone, not on what came before');

-- least_loaded
select is(given.slots('least_loaded', pool, given.pointer(), leads), slots, 'least_loaded: ' || why) from (values
  ('A@5/10 B@0/10',     5, 'B B B B B', 'who has fewer leads open gets them until both have as many'),
  ('A@2/4 B@4/10',      4, 'B B B A',     'load is relative to the most a caller may have'),
  ('A@3 B@2/10 C@5/20', 3, 'A A C',     'who has no limit is measured by the largest of the pool'),
  ('A@3 B@1',           2, 'B B',       'without any limit it is the number that counts'),
  ('A@1/10:1 B@4/10',   9, 'A',         'slots end when a caller with the largest limit is used up'),
  ('A@1/5:1 B@4/10:3 C@7/10:4', 8, 'A B B B', 'but not when another one is'),
  ('A/3',               3, 'A A A',     'a caller alone gets all'),
  ('A:0 B',             2, 'B B',       'no turns, no slot'),
  ('A:0',               2, '',          'nor anybody then'),
  ('A B',               0, '',          'no leads, no slots')
) as t (pool, leads, slots, why);
select is(given.slots('least_loaded', 'A B C D', given.pointer(), 9), given.slots('least_loaded', 'D C B A', given.pointer(), 9), 'least_loaded: it does not matter in which order the callers are named');
select isnt(
  (select string_agg(given.letter(s.caller_id), '' order by s.slot) from routing.order_slots('least_loaded', given.pointer(), given.members('A B C D E F'), '2026-01-01', 6) s),
  (select string_agg(given.letter(s.caller_id), '' order by s.slot) from routing.order_slots('least_loaded', given.pointer(), given.members('A B C D E F'), '2026-01-02', 6) s),
  'least_loaded: ties are broken anew each day');

-- Of all strategies
select results_eq(
  $$select slot, given.letter(caller_id), turn from routing.order_slots('round_robin', given.pointer(), given.members('A:1 B:5'), '2026-01-01', 3)$$,
  $$values (1, 'A', 1), (2, 'B', 1), (3, 'B', 2)$$, 'each slot says whose which turn in these slots it is');
select results_eq(
  $$select slot, given.letter(caller_id), turn from routing.order_weighted(given.dealt('weighted', 'A B', given.pointer(), 2), given.members('A B'), 3)$$,
  $$values (1, 'A', 1), (2, 'B', 1), (3, 'A', 2)$$, 'also where turns are counted on');
select is(given.slots(s, '', given.pointer(), 3), '', s || ': nobody gets no slots')
from unnest(array['round_robin', 'weighted', 'weighted_random', 'random', 'least_loaded']) s;
select is(given.slots('no such strategy', 'A', given.pointer(), 3), '', 'an unknown strategy gives no slots');
select is(given.slots(s, 'A*2 B*3 C', p, 20), t.slots, s || ' is what its function says') from
  routing.open_circle('weighted', given.pointer(), given.members('A*2 B*3 C')) w,
  routing.open_circle('random', given.pointer(), given.members('A*2 B*3 C')) r,
  lateral (values
    ('weighted', w, (select string_agg(given.letter(o.caller_id), ' ' order by o.slot) from routing.order_weighted(w, given.members('A*2 B*3 C'), 20) o)),
    ('random', r, (select string_agg(given.letter(o.caller_id), ' ' order by o.slot) from routing.order_random(r, given.members('A*2 B*3 C'), 20) o)),
    ('weighted_random', w, (select string_agg(given.letter(o.caller_id), ' ' order by o.slot) from routing.order_weighted_random(w, given.members('A*2 B*3 C'), 20) o)),
    ('least_loaded', w, (select string_agg(given.letter(o.caller_id), ' ' order by o.slot) from routing.order_least_loaded(w, given.members('A*2 B*3 C'), '2026-01-01', 20) o))
  ) as t (s, p, slots);

-- Circles
select is(given.circle(jsonb_populate_record(p, jsonb_build_object('circle', array[t]))), 'A*5 0.250 3', 'make_turn() makes a turn by the names of its fields')
from given.pointer() p, routing.make_turn(given.caller('A'), 5, 0.25, 3) t;
select is(given.circle(given.dealt('weighted', 'A*5 B C', given.pointer(), 4)), 'A*5 0.000 3, B*1 0.000 1, C*1 0.000 0', 'a circle counts the turns had');
select is((given.dealt('weighted', 'A*5 B C', given.pointer(), 4)).dealt, 4::bigint, 'and the pointer the leads');
select is(given.letter((given.dealt('weighted', 'A*5 B C', given.pointer(), 4)).last_caller_id), 'B', 'and who came last');
select is(routing.open_circle('weighted', p, given.members('C B A*5')), p, 'with the same callers and weights a circle goes on')
from given.dealt('weighted', 'A*5 B C', given.pointer(), 4) p;
select is((routing.open_circle('weighted', p, given.members('C B*2 A*5'))).circle_since, 4::bigint, 'with another weight a new one begins')
from given.dealt('weighted', 'A*5 B C', given.pointer(), 4) p;
select is((routing.open_circle('random', p, given.members('A B*2'))).circle_since, 0::bigint, 'which do not matter under random')
from given.dealt('random', 'A B', given.pointer(), 3) p;
select is(given.circle(routing.open_circle('weighted', p, given.members('A*5 B C*2'))), 'A*5 -0.143 0, B*1 -0.429 0, C*2 0.571 0', 'who stays takes the lag along')
from given.dealt('weighted', 'A*5 B C', given.pointer(), 4) p;
select is(given.circle(routing.open_circle('weighted', p, given.members('A*5 B C D'))), 'A*5 -0.143 0, B*1 -0.429 0, C*1 0.571 0, D*1 0.000 0', 'who comes begins even')
from given.dealt('weighted', 'A*5 B C', given.pointer(), 4) p;
select is(given.circle(routing.open_circle('weighted', p, given.members('A*5 B'))), 'A*5 0.333 0, B*1 -0.333 0', 'what leavers took along is shared by weight')
from given.dealt('weighted', 'A*5 B C', given.pointer(), 4) p;
select is(given.circle(routing.open_circle('weighted', p, given.members('A*5 B C'))), 'A*5 0.000 0, B*1 0.000 0, C*1 0.000 0', 'another strategy''s circle counts for nothing')
from given.dealt('random', 'A*5 B C', given.pointer(), 4) p;
select is(routing.open_circle(s, p, given.members('A*5 B C'))::text, format('(1,global,%s,,%s,4,,)', given.caller('B'), s), s || ' remembers no circle')
from given.dealt('weighted', 'A*5 B C', given.pointer(), 4) p, unnest(array['round_robin', 'weighted_random', 'least_loaded']) s;
select is(routing.carry_over('random', null, null, given.members('A B')), p.circle, 'without an old circle there is nothing to carry over')
from routing.open_circle('random', given.pointer(), given.members('A B')) p;

-- Coming back
select is(given.slots('weighted', 'A B C', given.dealt('weighted', 'A B', given.dealt('weighted', 'A B C', given.pointer(), 9), 30), 6), 'A B C A B C',
  'weighted: who comes back after thirty leads is not flooded');
select is(given.slots('weighted', 'A B C D', given.dealt('weighted', 'A B C', given.pointer(), 30), 8), 'A B C D A B C D', 'weighted: nor who is new');
select is(cardinality(string_to_array(given.slots('random', 'A B C', given.dealt('random', 'A B', given.dealt('random', 'A B C', given.pointer(), 9), 30), 6), 'C')) - 1, 2,
  'random: who comes back after thirty leads is not flooded');
select is(cardinality(string_to_array(given.slots('random', 'A B C D', given.dealt('random', 'A B C', given.pointer(), 30), 8), 'D')) - 1, 2, 'random: nor who is new');
select is(
  given.slots('random', 'A B C D E', given.dealt('random', 'A B C D', given.pointer(), 1), 4) ~ first, false,
  'random: who had the turn of the round waits for the others, also when somebody comes')
from given.slots('random', 'A B C D', given.pointer(), 1) first;
select is(given.slots('random', replace('A B C', had, ''), p, 1) in (had), false, 'random: who had none yet has it first, also when somebody leaves')
from given.slots('random', 'A B C', given.pointer(), 1) had, given.dealt('random', 'A B C', given.pointer(), 1) p;

-- Chance
select is(routing.draw('1/global/1'), 0.7803307310530188::double precision, 'what is drawn stays the same for ever');
select is(routing.shuffle('1/global/1'), 'c7c3c139-efbd-a06c-d2d7-54801337c1d3'::uuid, 'and so does what is shuffled by');
select is((select count(*) from generate_series(1, 10000) n where routing.draw(n::text) >= 0 and routing.draw(n::text) < 1), 10000::bigint, 'draws are from 0 to less than 1');

-- Any number of leads, dealt at once or one by one: 300 random pools against the plain rule "next who has a turn left".
create function given.one_by_one(p_pointer uuid, p_members routing.member[], p_leads int) returns uuid[] language plpgsql as $$
declare
  v_pointer uuid := p_pointer;
  v_dealt uuid[] := '{}';
  v_next uuid;
begin
  for nr in 1 .. p_leads loop
    select m.caller_id into v_next from unnest(p_members) m
    where m.turns > (select count(*) from unnest(v_dealt) d where d = m.caller_id)
    order by m.caller_id <= v_pointer, m.caller_id limit 1;
    exit when v_next is null;
    v_dealt := v_dealt || v_next;
    v_pointer := v_next;
  end loop;
  return v_dealt;
end $$;
select setseed(0.5);
create temp table pool as
select nr, (random() * 40)::int as leads, given.pointer(case when random() < 0.9 then to_hex((random() * 15)::int) end) as pointer,
  (select array_agg(row(given.caller(to_hex(c)), 1,
      case when hashint4(nr * 7 + c) % 20 = 0 then 2147483647 else abs(hashint4(nr + c * 31)) % 5 end, 0, 0, 0)::routing.member order by c)
    from generate_series(0, 15) c where hashint4(nr * 100 + c) % 3 <> 0) as members
from generate_series(1, 300) nr;
select is_empty($$
  select p.nr from pool p
  where array(select s.caller_id from routing.order_slots('round_robin', p.pointer, p.members, '2026-01-01', p.leads) s order by s.slot)
    is distinct from given.one_by_one((p.pointer).last_caller_id, p.members, p.leads)$$, 'dealing all at once is dealing one by one');
select cmp_ok((select count(*) from pool where cardinality(given.one_by_one((pointer).last_caller_id, members, leads)) between 1 and leads - 1), '>', 10::bigint,
  'pools that run out were among them');

select is((routing.begin_pointer('round_robin',
  routing.make_pointer(1, 'global', p_strategy => 'round_robin', p_dealt => 7), '{}')).dealt, 7::bigint,
  'begin_pointer() leaves a pointer without a circle as it is');

select * from finish();
rollback;
