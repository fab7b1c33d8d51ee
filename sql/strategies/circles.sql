-- What a pool remembers from deal to deal: its pointer, and for strategies with a memory (weighted, random) the circle of
-- callers with the turns they had. A circle lasts while it has the same callers, under weighted with the same weights;
-- whoever deals opens it, orders slots, and moves the pointer by the slots used. Pure functions: a deal that keeps its
-- pointer and its circle can be replayed.
--
-- Nobody is flooded and nobody passed over when a circle ends:
--   weighted  who stays takes along how far behind the fair share he is, or ahead, always less than a lead; who comes, or
--             comes back, begins even. What those who left took along is shared by weight, so that lags add up to 0:
--             otherwise the circle as a whole would be behind or ahead for good, and nobody's due date mean anything
--   random    who stays and has had the turn of the running round waits for the others to have it
create function routing.open_circle(p_strategy text, p_pointer crm.rr_pointers, p_members routing.member[])
returns crm.rr_pointers
language plpgsql immutable parallel safe
as $$
declare
  v_pointer crm.rr_pointers := p_pointer;
  v_old crm.turn[] := case when p_pointer.strategy = p_strategy then p_pointer.circle end;
  v_new crm.turn[];
  v_goes_on boolean;
begin
  v_pointer.strategy := p_strategy;
  v_pointer.circle_since := null;
  v_pointer.circle := null;
  if p_strategy in ('weighted', 'random') then
    select array_agg(row(m.caller_id, m.weight, 0, 0)::crm.turn order by m.caller_id),
      count(o.caller_id) filter (where o.weight = m.weight or p_strategy = 'random') = all (array[count(*), cardinality(v_old)])
    into v_new, v_goes_on
    from unnest(p_members) m
    left join unnest(v_old) o on o.caller_id = m.caller_id
    where m.turns > 0;

    if v_goes_on then
      return p_pointer;
    end if;
    v_pointer.circle_since := p_pointer.dealt;
    v_pointer.circle := routing.carry_over(p_strategy, v_old, p_pointer.dealt - p_pointer.circle_since, v_new);
  end if;
  return v_pointer;
end
$$;

comment on function routing.open_circle(text, crm.rr_pointers, routing.member[]) is 'The pointer of a pool as a deal to these members begins: with the circle it has, or a new one.';

create function routing.carry_over(p_strategy text, p_old crm.turn[], p_dealt bigint, p_new crm.turn[]) returns crm.turn[]
language sql immutable parallel safe
as $$
  select array_agg(row(c.caller_id, c.weight,
      least(greatest(round(c.lag - c.left_over * c.weight, 12), -0.999999999999), 0.999999999999), c.turns)::crm.turn order by c.caller_id)
  from (
    select s.*, sum(s.lag) over () / sum(s.weight) over () as left_over
    from (
      select n.caller_id, n.weight,
        case when p_strategy = 'weighted' and o.caller_id is not null
          then o.lag + p_dealt * o.weight / o.total - o.turns else 0 end as lag,
        case when p_strategy = 'random' and o.turns > o.fewest then 1 else 0 end as turns
      from unnest(p_new) n
      left join (
        select t.*, sum(t.weight) over ()::numeric as total, min(t.turns) over () as fewest from unnest(p_old) t
      ) o on o.caller_id = n.caller_id
    ) s
  ) c
$$;

comment on function routing.carry_over(text, crm.turn[], bigint, crm.turn[]) is 'The turns of a new circle, with what callers of the old one, of which so many leads were dealt, take along.';

create function routing.move_pointer(p_pointer crm.rr_pointers, p_caller_ids uuid[]) returns crm.rr_pointers
language plpgsql immutable parallel safe
as $$
declare
  v_pointer crm.rr_pointers := p_pointer;
begin
  v_pointer.last_caller_id := coalesce(p_caller_ids[cardinality(p_caller_ids)], p_pointer.last_caller_id);
  v_pointer.dealt := p_pointer.dealt + cardinality(p_caller_ids);
  if p_pointer.circle is not null then
    v_pointer.circle := array(
      select row(c.caller_id, c.weight, c.lag, c.turns
        + cardinality(array_positions(p_caller_ids, c.caller_id)))::crm.turn
      from unnest(p_pointer.circle) c
      order by c.caller_id);
  end if;
  return v_pointer;
end
$$;

comment on function routing.move_pointer(crm.rr_pointers, uuid[]) is 'The pointer of a pool after these callers got a lead each, in this order.';
