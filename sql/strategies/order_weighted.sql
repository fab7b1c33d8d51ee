-- weighted: Pfair scheduling (Baruah, Cohen, Plaxton, Varvel 1996, "Proportionate progress: a notion of fairness in
-- resource allocation"). With W the sum of weights, turn k of a caller of weight w and lag l is released when
-- floor((k - 1 - l) * W / w) leads of the circle were dealt, and due when ceil((k - l) * W / w) were. A lead goes to
-- the turn due first among those released, so nobody is ever a whole lead off the exact share. When none is released,
-- because lags were cut to less than a lead, the next to be released are. Ties: the larger weight, then the smaller id.
--
-- Callers wait in a queue of numbers, due * callers + rank, where rank (from 0) breaks ties; only who got the lead
-- moves in it. Lags have 12 digits, so what should be a whole number may miss it by a trace: hence the rounding to 6.
--
-- Slots end with the first caller who has no turn left: from there the circle is another one.
create function routing.order_weighted(p_pointer crm.rr_pointers, p_members routing.member[], p_leads int)
returns table (slot int, caller_id uuid, turn int)
language plpgsql immutable parallel safe
set plan_cache_mode = force_generic_plan
as $$
declare
  v_total numeric := (select sum(c.weight) from unnest(p_pointer.circle) c);
  v_count int := cardinality(p_pointer.circle);
  v_circle crm.turn[];
  v_turns int[];
  v_had int[];
  v_released bigint[];
  v_queue bigint[];
  v_time bigint;
  v_place int;
  v_behind int;
  v_nr int;
  v_share numeric;
  v_key bigint;
begin
  select array_agg(c.turn order by c.rank),
    array_agg(c.turns_left order by c.rank),
    array_agg(0),
    array_agg(greatest(floor(round((c.turns - c.lag) * v_total / c.weight, 6)), 0)::bigint order by c.rank),
    array_agg(c.due * v_count + c.rank order by c.due, c.rank)
  into v_circle, v_turns, v_had, v_released, v_queue
  from (
    select t as turn, t.*, m.turns as turns_left, row_number() over (order by t.weight desc, t.caller_id) - 1 as rank,
      ceil(round((t.turns + 1 - t.lag) * v_total / t.weight, 6))::bigint as due
    from unnest(p_pointer.circle) t
    join unnest(p_members) m on m.caller_id = t.caller_id
  ) c;

  for v_slot in 1 .. case when v_count > 0 then p_leads else 0 end loop
    v_time := p_pointer.dealt - p_pointer.circle_since + v_slot - 1;
    v_place := 1;
    while v_released[1 + v_queue[v_place] % v_count] > v_time loop
      v_place := v_place + 1;
      if v_place > v_count then
        v_place := 1;
        v_time := (select min(r.at) from unnest(v_released) as r (at));
      end if;
    end loop;

    v_nr := 1 + v_queue[v_place] % v_count;
    v_had[v_nr] := v_had[v_nr] + 1;
    slot := v_slot;
    caller_id := v_circle[v_nr].caller_id;
    turn := v_had[v_nr];
    return next;
    exit when v_had[v_nr] = v_turns[v_nr];

    v_share := v_circle[v_nr].turns + v_had[v_nr] - v_circle[v_nr].lag;
    v_released[v_nr] := greatest(floor(round(v_share * v_total / v_circle[v_nr].weight, 6)), 0);
    v_key := ceil(round((v_share + 1) * v_total / v_circle[v_nr].weight, 6)) * v_count + v_nr - 1;
    v_behind := width_bucket(v_key, v_queue);
    v_queue := v_queue[:v_place - 1] || v_queue[v_place + 1:v_behind] || v_key || v_queue[v_behind + 1:];
  end loop;
end
$$;

comment on function routing.order_weighted(crm.rr_pointers, routing.member[], int) is
  'The next slots of a pool dealt by weight: nobody is ever a whole lead off the exact share.';
