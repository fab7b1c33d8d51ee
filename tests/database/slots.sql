-- The order of slots, worked out by hand. Callers are letters; A:2 has two turns left, A as many as are asked for.
begin;
select * from no_plan();

create schema given;
create function given.caller(p_letter text) returns uuid language sql return ('00000000-0000-7000-8000-00000000000' || lower(p_letter))::uuid;
create function given.slots(p_pool text, p_pointer text, p_leads int) returns text language sql as $$
  select coalesce(string_agg(upper(right(s.caller_id::text, 1)), ' ' order by s.slot), '')
  from (select array_agg(given.caller(split_part(m, ':', 1)) order by nr) as callers,
               array_agg(coalesce(nullif(split_part(m, ':', 2), '')::int, 2147483647) order by nr) as turns
        from string_to_table(p_pool, ' ') with ordinality as t (m, nr)) pool,
    routing.order_slots('round_robin', given.caller(p_pointer), pool.callers, pool.turns, p_leads) s
$$;

select is(given.slots(pool, pointer, leads), slots, why) from (values
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
) as t (pool, pointer, leads, slots, why);

select results_eq(
  $$select slot, caller_id, turn, turns from routing.order_slots('round_robin', null, array[given.caller('A'), given.caller('B')], array[1, 5], 3)$$,
  $$values (1, given.caller('A'), 1, 1), (2, given.caller('B'), 1, 5), (3, given.caller('B'), 2, 5)$$, 'each slot says whose which turn of how many it is');
select is_empty($$select * from routing.order_slots('round_robin', null, null, null, 3)$$, 'nobody gets no slots');
select is_empty($$select * from routing.order_slots('no such strategy', null, array[given.caller('A')], array[1], 3)$$, 'an unknown strategy gives no slots');

-- Any number of leads, dealt at once or one by one: 300 random pools against the plain rule "next who has a turn left".
create function given.one_by_one(p_pointer uuid, p_callers uuid[], p_turns int[], p_leads int) returns uuid[] language plpgsql as $$
declare
  v_pointer uuid := p_pointer;
  v_dealt uuid[] := '{}';
  v_next uuid;
begin
  for nr in 1 .. p_leads loop
    select c into v_next from unnest(p_callers, p_turns) as m (c, turns)
    where turns > (select count(*) from unnest(v_dealt) d where d = c)
    order by c <= v_pointer, c limit 1;
    exit when v_next is null;
    v_dealt := v_dealt || v_next;
    v_pointer := v_next;
  end loop;
  return v_dealt;
end $$;
select setseed(0.5);
create temp table pool as
select nr, (random() * 40)::int as leads, case when random() < 0.9 then given.caller(to_hex((random() * 15)::int)) end as pointer,
  (select array_agg(given.caller(to_hex(c)) order by c) from generate_series(0, 15) c where hashint4(nr * 100 + c) % 3 <> 0) as callers,
  (select array_agg(case when hashint4(nr * 7 + c) % 20 = 0 then 2147483647 else abs(hashint4(nr + c * 31)) % 5 end order by c) from generate_series(0, 15) c where hashint4(nr * 100 + c) % 3 <> 0) as turns
from generate_series(1, 300) nr;
select is_empty($$
  select p.nr from pool p
  where array(select s.caller_id from routing.order_slots('round_robin', p.pointer, p.callers, p.turns, p.leads) s order by s.slot)
    is distinct from given.one_by_one(p.pointer, p.callers, p.turns, p.leads)$$, 'dealing all at once is dealing one by one');
select cmp_ok((select count(*) from pool where cardinality(given.one_by_one(pointer, callers, turns, leads)) between 1 and leads - 1), '>', 10::bigint,
  'pools that run out were among them');

select * from finish();
rollback;
