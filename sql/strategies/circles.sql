-- What a pool remembers from deal to deal: its pointer, and for strategies with a memory (weighted, random) the circle
-- of callers with the turns they had. A circle lasts while it has the same callers, under weighted with the same
-- weights; each deal opens it, orders slots, and moves the pointer by the slots used. Pure functions: a deal that
-- keeps its pointer and its circle can be replayed.
--
-- Nobody is flooded and nobody passed over when a circle ends:
--   weighted  who stays keeps the lag: how far behind or ahead of the fair share, always less than a lead. Who comes,
--             or comes back, begins with none. The lags of those who left are shared by weight, so that all add up
--             to 0: otherwise the circle as a whole would stay behind or ahead, and no due date would mean anything
--   random    who stays and has had the turn of the running round waits for the others to have it
create function routing.open_circle(p_strategy text, p_pointer crm.rr_pointers, p_members routing.member[])
returns crm.rr_pointers
language plpgsql immutable parallel safe
as $$
declare
  v_pointer crm.rr_pointers := p_pointer;
  v_old crm.turn[] := case when p_pointer.strategy = p_strategy then p_pointer.circle end;
  v_goes_on boolean;
begin
  v_pointer.strategy := p_strategy;
  v_pointer.circle_since := null;
  v_pointer.circle := null;
  if p_strategy in ('weighted', 'random') then
    select count(o.caller_id) filter (where o.weight = m.weight or p_strategy = 'random')
      = all (array[count(*), cardinality(v_old)])
    into v_goes_on
    from unnest(p_members) m
    left join unnest(v_old) o on o.caller_id = m.caller_id
    where m.turns > 0;

    if v_goes_on then
      return p_pointer;
    end if;
    v_pointer.circle_since := p_pointer.dealt;
    v_pointer.circle := routing.carry_over(p_strategy, v_old, p_pointer.dealt - p_pointer.circle_since, p_members);
  end if;
  return v_pointer;
end
$$;

comment on function routing.open_circle(text, crm.rr_pointers, routing.member[]) is
  'The pointer of a pool as a deal to these members begins: with the circle it has, or a new one.';

create function routing.carry_over(p_strategy text, p_old crm.turn[], p_dealt bigint, p_members routing.member[])
returns crm.turn[]
language sql immutable parallel safe
as $$
  select array_agg(routing.make_turn(c.caller_id, c.weight, least(
      greatest(round(c.lag - c.left_over * c.weight, 12), -0.999999999999), 0.999999999999), c.turns)
        order by c.caller_id)
  from (
    select s.*, sum(s.lag) over () / sum(s.weight) over () as left_over
    from (
      select n.caller_id, n.weight,
        case when p_strategy = 'weighted' and o.caller_id is not null
          then o.lag + p_dealt * o.weight / o.total - o.turns else 0 end as lag,
        case when p_strategy = 'random' and o.turns > o.fewest then 1 else 0 end as turns
      from unnest(p_members) n
      left join (
        select t.*, sum(t.weight) over ()::numeric as total, min(t.turns) over () as fewest from unnest(p_old) t
      ) o on o.caller_id = n.caller_id
      where n.turns > 0
    ) s
  ) c
$$;

comment on function routing.carry_over(text, crm.turn[], bigint, routing.member[]) is
  'The turns of a new circle, with what callers of the old one, of which so many leads were dealt, take along.';

create function routing.move_pointer(p_pointer crm.rr_pointers, p_caller_ids uuid[]) returns crm.rr_pointers
language plpgsql immutable parallel safe
as $$
declare
  v_pointer crm.rr_pointers := p_pointer;
  v_circle crm.turn[] := p_pointer.circle;
  v_had record;
begin
  v_pointer.last_caller_id := coalesce(p_caller_ids[cardinality(p_caller_ids)], p_pointer.last_caller_id);
  v_pointer.dealt := p_pointer.dealt + cardinality(p_caller_ids);
  if v_circle is null then
    return v_pointer;
  end if;
  for v_had in
    select c.ordinality as nr, d.turns
    from (select i as caller_id, count(*)::int as turns from unnest(p_caller_ids) i group by i) d
    join unnest(v_circle) with ordinality c on c.caller_id = d.caller_id
  loop
    v_circle[v_had.nr].turns := v_circle[v_had.nr].turns + v_had.turns;
  end loop;
  v_pointer.circle := v_circle;
  return v_pointer;
end
$$;

comment on function routing.move_pointer(crm.rr_pointers, uuid[]) is
  'The pointer of a pool after these callers got a lead each, in this order.';
