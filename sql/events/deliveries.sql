-- Deliveries: for the gateways, who make them, and for admins, who look at them. How they come about:
-- enqueue_deliveries.sql.
--
-- Any number of gateways claim at once: a row goes to one of them (skip locked), which has a minute for it. If it says
-- nothing by then the row is due again, so a gateway may be killed at any moment. Times are those of
-- core.current_time(). What is looked up per row is written so that no plan for a young table can join it by reading
-- everything.
-- Locks: the destination where it is changed (for 410 behind the turnstile), then the delivery. Errors: none of its
-- own.
create function api.claim_deliveries(p_most int, p_busy int[])
returns table (workspace_id int, destination_id int, seq bigint, try int, kind text, address text,
  template text, generations int[], payload jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := core.current_time();
  v_left int := p_most;
  v_claimed int;
  v_destination crm.destinations;
begin
  for v_destination in
    select d.* from crm.destinations d
    where d.is_on and (d.resume_at is null or d.resume_at <= v_now) and d.id <> all (p_busy)
      and (select n.next_try_at from crm.deliveries n where n.destination_id = d.id and n.status = 'waiting'
        order by n.next_try_at limit 1) <= v_now
    order by random()
  loop
    exit when v_left <= 0;
    return query
    with due as materialized (
      select n.seq from crm.deliveries n
      where n.destination_id = v_destination.id and n.status = 'waiting' and n.next_try_at <= v_now
        and n.seq = (select min(b.seq) from crm.deliveries b
          where b.destination_id = n.destination_id and b.lane = n.lane and b.status = 'waiting')
      order by n.next_try_at, n.seq limit least(v_left, 16) for update skip locked
    ),
    mine as (
      update crm.deliveries n set tries = n.tries + 1, next_try_at = v_now + interval '1 minute'
      where n.workspace_id = v_destination.workspace_id and n.destination_id = v_destination.id
        and n.seq = any (array(select u.seq from due u))
      returning n.seq, n.tries
    )
    select v_destination.workspace_id, v_destination.id, m.seq, m.tries, v_destination.kind, v_destination.address,
      v_destination.template,
      array_remove(
        array[v_destination.generation,
          case when v_destination.rotated_at > v_now - interval '1 day' then v_destination.generation - 1 end], null),
      e.payload
    from mine m cross join lateral api.read_events(v_destination.workspace_id, m.seq - 1, 1) e
    where e.seq = m.seq
    order by m.seq;
    get diagnostics v_claimed = row_count;
    v_left := v_left - v_claimed;
  end loop;
end
$$;

comment on function api.claim_deliveries(int, int[]) is
  'Up to so many due deliveries, at most 16 a destination and none of the busy ones, for the caller to make within a '
  'minute. generations: whose secrets sign.';

-- p_outcome: delivered; failed, to be tried again while there is time; gone, which switches the destination off.
-- A gateway that says so too late, when another has taken the delivery over, is heard only if it has delivered it.
create function api.finish_delivery(p_workspace_id int, p_destination_id int, p_seq bigint, p_try int, p_outcome text,
  p_answer text, p_wait_seconds int)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'  -- of a turnstile that is held; what is not heard is said again with the next try
as $$
declare
  v_now timestamptz := core.current_time();
  -- least() passes over null
  v_wait interval := case when p_wait_seconds is not null then least(p_wait_seconds, 21600) * interval '1 second' end;
  v_delivery crm.deliveries;
  v_next timestamptz;
begin
  if p_outcome = 'gone' then
    perform core.take_turnstile(p_workspace_id);
    perform core.switch_off_destination(p_workspace_id, p_destination_id, 'It answered 410 Gone');
  elsif p_outcome = 'failed' and v_wait is not null then
    update crm.destinations d set resume_at = v_now + v_wait
    where d.workspace_id = p_workspace_id and d.id = p_destination_id;
  end if;
  select d.* into v_delivery from crm.deliveries d
  where d.workspace_id = p_workspace_id and d.destination_id = p_destination_id and d.seq = p_seq
    and d.status = 'waiting'
    and (d.tries = p_try or p_outcome = 'delivered')
  for update;
  if not found then
    return;
  end if;
  if p_outcome = 'failed' then
    v_next := v_now + greatest(core.pause_after(v_delivery.tries) * (0.8 + 0.4 * random()), coalesce(v_wait, '0'));
    v_next := case when v_next < v_delivery.created_at + interval '3 days' then v_next end;
  end if;
  update crm.deliveries d
  set answer = left(p_answer, 1000),
    status = case when p_outcome = 'delivered' then 'delivered' when v_next is null then 'failed' else 'waiting' end,
    next_try_at = coalesce(v_next, d.next_try_at), finished_at = case when v_next is null then v_now end
  where d.workspace_id = p_workspace_id and d.destination_id = p_destination_id and d.seq = p_seq;
  perform core.move_lane(v_delivery, v_now, v_next);
end
$$;

comment on function api.finish_delivery(int, int, bigint, int, text, text, int) is
  'What came of a claimed delivery: delivered, failed (tried again later, after p_wait_seconds if the destination '
  'said so) or gone (the destination is switched off).';

-- Only to keep what cannot go yet out of the way of what can: that the order holds, claim_deliveries() sees to.
create function core.move_lane(p_first crm.deliveries, p_now timestamptz, p_next timestamptz) returns void
language plpgsql volatile
set enable_seqscan = off
as $$
begin
  if p_next is null then
    update crm.deliveries d set next_try_at = p_now
    where d.workspace_id = p_first.workspace_id and d.destination_id = p_first.destination_id and d.next_try_at > p_now
      and d.seq = (
      select min(n.seq) from crm.deliveries n
      where n.destination_id = p_first.destination_id and n.lane = p_first.lane and n.status = 'waiting'
        and n.seq > p_first.seq);
  else
    update crm.deliveries d set next_try_at = p_next
    where d.workspace_id = p_first.workspace_id and d.destination_id = p_first.destination_id and d.next_try_at < p_next
      and d.seq = any (array(
      select n.seq from crm.deliveries n
      where n.destination_id = p_first.destination_id and n.lane = p_first.lane and n.status = 'waiting'
        and n.seq > p_first.seq));
  end if;
end
$$;

comment on function core.move_lane(crm.deliveries, timestamptz, timestamptz) is
  'Has those behind a delivery wait until its next try, or the next of them go when there is none.';

create function core.switch_off_destination(p_workspace_id int, p_destination_id int, p_reason text) returns void
language sql volatile
as $$
  update crm.destinations d set is_on = false, off_reason = p_reason
  where d.workspace_id = p_workspace_id and d.id = p_destination_id and d.is_on
$$;

comment on function core.switch_off_destination(int, int, text) is
  'Switches a destination off without anybody having asked, and tells the log why.';

create function core.delivery_json(p_delivery crm.deliveries) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'destination', jsonb_build_object('id', t.id, 'name', t.name, 'kind', t.kind),
    'seq', p_delivery.seq, 'event', e.kind,
    'lead', case when e.lead_id is not null then jsonb_build_object('id', e.lead_id, 'name', l.name) end,
    'status', p_delivery.status, 'tries', p_delivery.tries, 'created_at', p_delivery.created_at,
    'next_try_at', case when p_delivery.status = 'waiting' then p_delivery.next_try_at end,
    'answer', p_delivery.answer, 'finished_at', p_delivery.finished_at)
  from crm.destinations t
  left join crm.events e on e.workspace_id = p_delivery.workspace_id and e.seq = p_delivery.seq
  left join crm.leads l on l.workspace_id = p_delivery.workspace_id and l.id = e.lead_id
  where t.workspace_id = p_delivery.workspace_id and t.id = p_delivery.destination_id);

comment on function core.delivery_json(crm.deliveries) is 'A delivery as JSON, as the page and the API show it.';

-- {"destination_id", "status", "after", "limit"}, all optional. The cursor is "<number of the event>-<number of the
-- destination>".
create function api.list_deliveries(p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.refuse_unless_may('destinations');
  return (
      with wanted as (
        select least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200) as most,
          split_part(p_filter ->> 'after', '-', 1)::bigint as seq,
          split_part(p_filter ->> 'after', '-', 2)::int as destination_id
      ),
      found as (
        select n.delivery, n.cursor, row_number() over () as nr
        from (
          select core.delivery_json(d) as delivery, d.seq || '-' || d.destination_id as cursor
          from crm.deliveries d
          join crm.destinations t on t.workspace_id = d.workspace_id and t.id = d.destination_id
            and t.archived_at is null
          where d.workspace_id = core.current_workspace()
            and (p_filter ->> 'destination_id' is null or d.destination_id = (p_filter ->> 'destination_id')::int)
            and (p_filter ->> 'status' is null or d.status = p_filter ->> 'status')
            and (p_filter ->> 'after' is null
              or (d.seq, d.destination_id) < (select w.seq, w.destination_id from wanted w))
          order by d.seq desc, d.destination_id desc limit (select w.most + 1 from wanted w)
        ) n
      )
      select jsonb_build_object(
        'items', coalesce(jsonb_agg(f.delivery order by f.nr) filter (where f.nr <= w.most), '[]'),
        'next', case
          when count(*) > min(w.most) then (array_agg(f.cursor order by f.nr) filter (where f.nr = w.most))[1] end)
      from wanted w left join found f on true
  );
end
$$;

comment on function api.list_deliveries(jsonb) is
  'One page of deliveries, newest event first: {"items": [...], "next": cursor or null}.';

-- Locks: the turnstile and the destination, then the delivery. Errors: LD404; LD409 for one that is delivered, or when
-- the destination is off.
create function api.retry_delivery(p_destination_id int, p_seq bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_destination crm.destinations :=
    core.lock_record(null::crm.destinations, 'destination', p_destination_id::text, p_stays => false);
  v_delivery crm.deliveries;
begin
  perform core.refuse_unless_may('destinations');
  if not v_destination.is_on then
    raise exception 'The destination is off' using errcode = 'LD409', hint = 'Switch it on first.';
  end if;
  update crm.deliveries d set status = 'waiting', finished_at = null, next_try_at = core.current_time()
  where d.workspace_id = v_destination.workspace_id and d.destination_id = p_destination_id and d.seq = p_seq
    and d.status <> 'delivered'
  returning * into v_delivery;
  if found then
    return core.delivery_json(v_delivery);
  elsif exists (
    select from crm.deliveries d
    where d.workspace_id = v_destination.workspace_id and d.destination_id = p_destination_id and d.seq = p_seq) then
    raise exception 'It is delivered already' using errcode = 'LD409';
  end if;
  raise exception 'There is no delivery of event % to this destination', p_seq using errcode = 'LD404';
end
$$;

comment on function api.retry_delivery(int, bigint) is
  'Has a delivery that waits or was given up tried again at once, behind the earlier ones of its lead. LD404 when '
  'there is none, LD409 when it is delivered or the destination is off.';
