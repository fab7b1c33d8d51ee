-- From the log to the destinations. The tick makes a row of crm.deliveries for each event that a destination wants,
-- reading on from where it had read to; nothing of it is on the way of a lead. Any kind of event can be delivered, at
-- least once.
--
-- In a lane (the events of one lead; those of no lead; each test by itself) a delivery waits for the ones before to be
-- delivered or given up. Who failed is tried again after 5 s, 30 s, 2 min, 10 min, 1 h and then every 6 h, a fifth more
-- or less, for 3 days.
-- Locks: the row of each destination that is on. Errors: none of its own.
create function core.tell_workspace(p_workspace_id int) returns boolean
language plpgsql volatile
as $$
declare
  v_has_more boolean;
begin
  perform core.raise_alerts(p_workspace_id);
  v_has_more := core.enqueue_notices(p_workspace_id);
  return core.enqueue_deliveries(p_workspace_id) or v_has_more;
end
$$;

comment on function core.tell_workspace(int) is
  'The second half of a workspace''s tick: alerts, notices and deliveries. True when there is more to do at once.';

create function core.is_wanted(p_kind text, p_wanted text[]) returns boolean
language sql immutable
return p_kind = any (p_wanted)
  or exists (select from unnest(p_wanted) w where right(w, 1) = '*' and starts_with(p_kind, left(w, -1)));

comment on function core.is_wanted(text, text[]) is
  'Whether a kind of event is among these: by name, by beginning (alert.*), or all (*).';

-- A workspace's events are numbered without gaps in the order of commit, so whatever is up to event_seq can be seen.
create function core.enqueue_deliveries(p_workspace_id int) returns boolean
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz := core.current_time();
  v_first bigint := (select min(d.position) from crm.destinations d where d.workspace_id = p_workspace_id and d.is_on);
  v_last bigint := (select w.event_seq from crm.workspaces w where w.id = p_workspace_id);
  v_until bigint := least(v_last, v_first + 10000);
begin
  if v_first is null or v_first >= v_last
    or not pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    return false;
  end if;
  insert into crm.deliveries (workspace_id, destination_id, seq, lane, created_at, next_try_at)
  select p_workspace_id, d.id, e.seq, coalesce(e.lead_id, '00000000-0000-0000-0000-000000000000'), v_now, v_now
  from crm.destinations d
  cross join lateral (
    select n.seq, n.lead_id from crm.events n
    where n.workspace_id = p_workspace_id and n.seq > d.position and n.seq <= v_until
      and n.kind <> 'destination.tested' and core.is_wanted(n.kind, d.events) offset 0) e
  where d.workspace_id = p_workspace_id and d.is_on
  on conflict do nothing;
  update crm.destinations d set position = v_until
  where d.workspace_id = p_workspace_id and d.is_on and d.position < v_until;
  return v_until < v_last;
end
$$;

comment on function core.enqueue_deliveries(int) is
  'Makes deliveries of the events since each destination''s position; true when there are more.';

-- Of every workspace: told one, the planner may read all of its rows each time instead of the few oldest by their
-- index.
create function core.forget_deliveries() returns int
language plpgsql volatile
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_before timestamptz := core.current_time() - interval '30 days';
  v_gone int;
begin
  delete from crm.deliveries d using (
    select o.workspace_id, o.destination_id, o.seq from crm.deliveries o
    where o.created_at < v_before order by o.created_at limit 1000 for update skip locked) o
  where d.workspace_id = o.workspace_id and d.destination_id = o.destination_id and d.seq = o.seq;
  get diagnostics v_gone = row_count;
  return v_gone;
end
$$;

comment on function core.forget_deliveries() is
  'Removes the oldest deliveries of more than 30 days ago, 1000 at most; how many.';

create function core.pause_after(p_tries int) returns interval
language sql immutable
return (array['5 s', '30 s', '2 min', '10 min', '1 h', '6 h'])[least(p_tries, 6)]::interval;

comment on function core.pause_after(int) is 'How long a delivery waits after so many tries.';
