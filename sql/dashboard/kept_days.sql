-- Days that are over, as crm.day_figures has them.
--
-- Every change of a lead is an event, and events are numbered in the order of commit. Whatever is read together with
-- crm.figure_positions therefore knows all that happened up to that number, and finds in the log what happened since.
-- Too much of it (nobody has ticked for long) makes it cheaper to read the leads.
create function core.most_events_read() returns int
language sql immutable parallel safe
return 20000;

comment on function core.most_events_read() is 'How many events are read at once to find the days that they are about.';

create function core.changed_days(p_workspace_id int, p_after bigint, p_until bigint) returns setof date
language plpgsql stable
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select distinct k.day
  from (
    -- every zone's midnight is at a quarter of an hour
    select distinct date_bin(interval '15 minutes', l.created_at, timestamptz '2000-01-01 00:00Z') as at
    from (
      select distinct e.lead_id from crm.events e
      where e.workspace_id = p_workspace_id and e.seq > p_after and e.seq <= p_until and e.lead_id is not null) c
    cross join lateral (
      select n.created_at from crm.leads n where n.workspace_id = p_workspace_id and n.id = c.lead_id offset 0) l) q
  cross join lateral (
    select n.day from crm.figure_days n
    where n.workspace_id = p_workspace_id and n.began_at <= q.at and n.ended_at > q.at
      and n.day >= (q.at at time zone 'UTC')::date - 1 and n.day <= (q.at at time zone 'UTC')::date + 1 offset 0) k;
end
$$;

comment on function core.changed_days(int, bigint, bigint) is
  'Days kept in crm.day_figures of whose leads events of these numbers are.';

create function core.kept_days(p_workspace crm.workspaces, p_since timestamptz, p_until timestamptz)
returns setof crm.figure_days
language plpgsql stable
as $$
declare
  v_position bigint := (select p.seq from crm.figure_positions p where p.workspace_id = p_workspace.id);
  v_changed date[];
begin
  if p_workspace.event_seq - coalesce(v_position, 0) > core.most_events_read() then
    return;
  end if;
  v_changed := array(select c.day from core.changed_days(p_workspace.id, v_position, p_workspace.event_seq) c (day));
  return query
  select k.* from crm.figure_days k
  where k.workspace_id = p_workspace.id and k.began_at >= p_since and k.ended_at <= p_until
    and k.day <> all (v_changed)
    and k.began_at = k.day::timestamp at time zone p_workspace.timezone
    and k.ended_at = (k.day + 1)::timestamp at time zone p_workspace.timezone;
end
$$;

comment on function core.kept_days(crm.workspaces, timestamptz, timestamptz) is
  'Days within these times of which crm.day_figures says what the leads say.';

-- The tick throws away the days that are not true any more, and keeps what is missing, the newest first, for as long as
-- a fifth of a second. Who was here first goes on; others come later.
-- Locks: an advisory lock of the workspace's figures. Errors: none of its own.
create function core.keep_figures(p_workspace_id int) returns boolean
language plpgsql volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_began timestamptz := clock_timestamp();
  v_workspace crm.workspaces;
  v_position bigint;
  v_until bigint;
  v_day date;
begin
  if not pg_try_advisory_xact_lock(hashtext('fairlead figures'), p_workspace_id) then
    return false;
  end if;
  select w.* into v_workspace from crm.workspaces w where w.id = p_workspace_id;
  v_position := (select p.seq from crm.figure_positions p where p.workspace_id = p_workspace_id);
  v_until := least(v_workspace.event_seq, coalesce(v_position, 0) + core.most_events_read());
  if v_position is null then
    v_until := v_workspace.event_seq;
    insert into crm.figure_positions (workspace_id, seq) values (p_workspace_id, v_until);
  elsif v_position < v_until then
    perform core.forget_days(p_workspace_id,
      array(select c.day from core.changed_days(p_workspace_id, v_position, v_until) c (day)));
    update crm.figure_positions p set seq = v_until where p.workspace_id = p_workspace_id;
  end if;
  for v_day in select m.day from core.missing_days(v_workspace) m (day) loop
    if clock_timestamp() > v_began + interval '200 milliseconds' then
      return true;
    end if;
    perform core.keep_day(v_workspace, v_day);
  end loop;
  return v_until < v_workspace.event_seq;
end
$$;

comment on function core.keep_figures(int) is
  'Brings crm.day_figures of a workspace nearer to the present; true when there is more to do at once.';

create function core.forget_days(p_workspace_id int, p_days date[]) returns void
language plpgsql volatile
as $$
begin
  delete from crm.day_figures f where f.workspace_id = p_workspace_id and f.day = any (p_days);
  delete from crm.figure_days k where k.workspace_id = p_workspace_id and k.day = any (p_days);
end
$$;

comment on function core.forget_days(int, date[]) is 'Throws away what is kept of these days.';

create function core.missing_days(p_workspace crm.workspaces) returns setof date
language sql stable
as $$
  select d.day::date
  from generate_series(
    (core.current_time() at time zone p_workspace.timezone)::date - 1,
    greatest((core.current_time() at time zone p_workspace.timezone)::date - 2 * core.most_days(), (
      select (l.created_at at time zone p_workspace.timezone)::date from crm.leads l
      where l.workspace_id = p_workspace.id order by l.id limit 1)),
    interval '-1 day') d (day)
  where not exists (
    select from crm.figure_days k
    where k.workspace_id = p_workspace.id and k.day = d.day::date
      and k.began_at = d.day::timestamp at time zone p_workspace.timezone
      and k.ended_at = (d.day::date + 1)::timestamp at time zone p_workspace.timezone)
  order by d.day desc
$$;

comment on function core.missing_days(crm.workspaces) is
  'Days since the first lead that are over and not kept, or were those of another timezone, the newest first.';

create function core.keep_day(p_workspace crm.workspaces, p_day date) returns void
language plpgsql volatile
as $$
declare
  v_began timestamptz := p_day::timestamp at time zone p_workspace.timezone;
  v_ended timestamptz := (p_day + 1)::timestamp at time zone p_workspace.timezone;
begin
  perform core.forget_days(p_workspace.id, array[p_day]);
  insert into crm.figure_days (workspace_id, day, began_at, ended_at)
  values (p_workspace.id, p_day, v_began, v_ended);
  insert into crm.day_figures (workspace_id, day, kind, key, name, received, assigned, waiting, closed, claimed, called,
    called_in_time, contacted, qualified, converted, lost, junk, claim_waits, call_waits)
  select p_workspace.id, p_day, f.kind, f.key, f.name, f.received, f.assigned, f.waiting, f.closed, f.claimed, f.called,
    f.called_in_time, f.contacted, f.qualified, f.converted, f.lost, f.junk, f.claim_waits, f.call_waits
  from core.count_leads_of(p_workspace.id, p_workspace.timezone, tstzmultirange(tstzrange(v_began, v_ended)), false) f;
end
$$;

comment on function core.keep_day(crm.workspaces, date) is 'Counts the leads of a day and keeps what became of them.';

create function core.figures(p_workspace crm.workspaces, p_since timestamptz, p_until timestamptz, p_by_hour boolean)
returns setof core.figure
language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_days date[] := array[]::date[];
  v_kept tstzmultirange := tstzmultirange();
begin
  if p_since >= p_until then
    return;
  end if;
  if not p_by_hour then
    select coalesce(array_agg(k.day), v_days), coalesce(range_agg(tstzrange(k.began_at, k.ended_at)), v_kept)
    into v_days, v_kept from core.kept_days(p_workspace, p_since, p_until) k;
    return query
    select f.day, f.kind, f.key::text, f.name, f.received, f.assigned, f.waiting, f.closed, f.claimed, f.called,
      f.called_in_time, f.contacted, f.qualified, f.converted, f.lost, f.junk, f.claim_waits, f.call_waits
    from crm.day_figures f where f.workspace_id = p_workspace.id and f.day = any (v_days);
  end if;
  return query
  select f.* from core.count_leads_of(p_workspace.id, p_workspace.timezone,
    tstzmultirange(tstzrange(p_since, p_until)) - v_kept, p_by_hour) f;
end
$$;

comment on function core.figures(crm.workspaces, timestamptz, timestamptz, boolean) is
  'What became of the leads received in a period, by day and kind: as kept where that holds, else from the leads.';
