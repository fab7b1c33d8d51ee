-- When no lead for a while is unusual.
--
-- A workspace may say after how many minutes. Else its own past does: the same stretch of the week, from the last lead
-- until now, is looked up in each of the last four weeks. It is unusual when in at least three of them 20 leads or more
-- came in that stretch, and when it has lasted a quarter of an hour. So nights, weekends and quiet seasons ask for
-- longer silences by themselves, a holiday or a rush in one of the weeks changes nothing, and a workspace younger than
-- three weeks is left alone. Either way only while leads are expected (crm.alert_settings.hours), and minutes count
-- from when those began.
create function core.unusual_silence(p_settings crm.alert_settings, p_now timestamptz) returns text
language plpgsql stable
as $$
declare
  v_timezone text := (select w.timezone from crm.workspaces w where w.id = p_settings.workspace_id);
  v_since timestamptz := core.last_arrival(p_settings.workspace_id);
  v_silent int := floor(extract(epoch from p_now - v_since) / 60);
  v_expected int := core.active_minutes(p_settings.hours, p_now at time zone v_timezone);
begin
  if v_since is null or v_expected is null then
    return null;
  elsif p_settings.quiet_minutes is not null then
    return case when least(v_silent, v_expected) >= p_settings.quiet_minutes
      then 'None for ' || core.describe_minutes(v_silent) end;
  elsif v_silent >= 15 and (
    select count(*) >= 3 from generate_series(1, 4) w
    where core.arrivals(p_settings.workspace_id,
      ((v_since at time zone v_timezone) - w * interval '7 days') at time zone v_timezone,
      ((p_now at time zone v_timezone) - w * interval '7 days') at time zone v_timezone) >= 20) then
    return 'None for ' || core.describe_minutes(v_silent) || ', in which 20 or more came in the weeks before';
  end if;
  return null;
end
$$;

comment on function core.unusual_silence(crm.alert_settings, timestamptz) is
  'In words how long no lead has arrived, if that is unusual; null if it is not.';

create function core.last_arrival(p_workspace_id int) returns timestamptz
language sql stable
return (
  select l.created_at from crm.leads l where l.workspace_id = p_workspace_id and not l.is_test
  order by l.id desc limit 1);

comment on function core.last_arrival(int) is
  'When the newest lead of a workspace was stored; null when there is none.';

create function core.first_id(p_at timestamptz) returns uuid
language sql immutable
return encode(int8send(((extract(epoch from p_at) * 1000)::bigint << 16) | 28672) || '\x8000000000000000', 'hex')::uuid;

comment on function core.first_id(timestamptz) is
  'The least id that can have been made at a time: ids (UUID version 7) begin with the milliseconds.';

-- By id, which is by arrival: the primary key is the one index that holds a workspace's leads together.
create function core.arrivals(p_workspace_id int, p_since timestamptz, p_until timestamptz) returns int
language sql stable
return (
  select count(*)::int from (
    select from crm.leads l
    where l.workspace_id = p_workspace_id and l.id >= core.first_id(p_since) and l.id < core.first_id(p_until)
      and not l.is_test
    limit 20) a);

comment on function core.arrivals(int, timestamptz, timestamptz) is
  'How many leads arrived from one time until another, counted up to 20.';

create function core.active_minutes(p_hours int4multirange, p_local timestamp) returns int
language sql immutable
as $$
  select case
    when p_hours is null or p_hours @> int4range(0, 10080) then 10080
    else (
      select routing.minute_of_week(p_local) - lower(r)
        + case when lower(r) = 0
          then coalesce((select 10080 - lower(late) from unnest(p_hours) late where upper(late) = 10080), 0) else 0 end
      from unnest(p_hours) r where r @> routing.minute_of_week(p_local)) end
$$;

comment on function core.active_minutes(int4multirange, timestamp) is
  'For how many minutes leads have been expected without a break; null when they are not.';

create function core.describe_minutes(p_minutes int) returns text
language sql immutable
return case
  when p_minutes < 60 then p_minutes || ' min'
  when p_minutes < 1440 then p_minutes / 60 || ' h ' || p_minutes % 60 || ' min'
  else p_minutes / 1440 || ' d ' || p_minutes % 1440 / 60 || ' h'
end;

comment on function core.describe_minutes(int) is 'A duration in words: 47 min, 3 h 20 min, 2 d 4 h.';
