-- Working hours and time off, between JSON as people write them and the ranges that dealing looks into.
--
-- Hours: [{"days": [1, 2], "from": "09:00", "to": "18:00"}], 1 being Monday, "to" up to "24:00"; "to" before "from"
-- runs over midnight. Kept as minutes of the week, so that whether somebody works now is one look. null is always. Time
-- off: [{"from": "2026-01-05", "to": "2026-01-08T09:00:00+05:30"}], until but not at "to"; null is open.
-- Errors: LD422 (column hours or time_off) for what cannot be read.
create function routing.read_clock(p_text text) returns int
language plpgsql immutable
as $$
begin
  if p_text is null or p_text !~ '^(([01]?\d|2[0-3]):[0-5]\d|24:00)$' then
    raise exception '"%" is no time of day', coalesce(p_text, 'null')
      using errcode = 'LD422', column = 'hours', hint = 'Write hours and minutes such as 09:00, up to 24:00.';
  end if;
  return split_part(p_text, ':', 1)::int * 60 + split_part(p_text, ':', 2)::int;
end
$$;

comment on function routing.read_clock(text) is
  'Minutes since midnight of a time of day such as 09:00. LD422 (column hours) for anything else.';

create function routing.read_hours(p_hours jsonb) returns int4multirange
language plpgsql immutable
as $$
declare
  v_hours int4multirange := int4multirange();
  v_entry jsonb;
  v_day jsonb;
  v_from int;
  v_to int;
  v_start int;
begin
  if p_hours is null or jsonb_typeof(p_hours) = 'null' then
    return null;
  elsif jsonb_typeof(p_hours) <> 'array' or p_hours = '[]' then
    raise exception 'Working hours are a list of one or more periods' using errcode = 'LD422', column = 'hours',
      hint = 'Send null for somebody who works at any time.';
  end if;
  for v_entry in select e.value from jsonb_array_elements(p_hours) e loop
    v_from := routing.read_clock(v_entry ->> 'from');
    v_to := routing.read_clock(v_entry ->> 'to');
    if v_from = v_to or v_from = 1440 then
      raise exception 'A period from % to % is empty', v_entry ->> 'from', v_entry ->> 'to'
        using errcode = 'LD422', column = 'hours', hint = 'A whole day is from 00:00 to 24:00.';
    elsif jsonb_typeof(v_entry -> 'days') is distinct from 'array' or v_entry -> 'days' = '[]' then
      raise exception 'A period has no days' using errcode = 'LD422', column = 'hours',
        hint = 'Name its days, from 1 for Monday to 7 for Sunday.';
    end if;
    for v_day in select d.value from jsonb_array_elements(v_entry -> 'days') d loop
      if v_day::text !~ '^[1-7]$' then
        raise exception '% is no day of the week', v_day using errcode = 'LD422', column = 'hours',
          hint = 'Days are numbers from 1 for Monday to 7 for Sunday.';
      end if;
      v_start := (v_day::int - 1) * 1440 + v_from;
      v_hours := v_hours + int4multirange(
        int4range(v_start, v_start + v_to - v_from + case when v_to < v_from then 1440 else 0 end));
    end loop;
  end loop;
  -- What runs over Sunday's midnight goes on early on Monday.
  return (v_hours * int4multirange(int4range(0, 10080)))
    + coalesce((
      select range_agg(int4range(greatest(lower(r) - 10080, 0), upper(r) - 10080))
      from unnest(v_hours) r where upper(r) > 10080), '{}');
end
$$;

comment on function routing.read_hours(jsonb) is
  'Working hours from JSON as minutes of the week; null for always. LD422 (column hours) when they cannot be read.';

create function routing.hours_json(p_hours int4multirange) returns jsonb
language sql immutable
as $$
  with stretch as (  -- Sunday's late shift and Monday's first minutes are one stretch
    select lower(r) as since,
      case when upper(r) = 10080 and lower(r) > 0
        then 10080 + coalesce((select upper(f) from unnest(p_hours) f where lower(f) = 0), 0)
        else upper(r) end as until
    from unnest(p_hours) r
    where lower(r) > 0 or upper(r) = 10080 or not p_hours @> 10079
  ),
  shift as (  -- up to a day may run over midnight; what is longer is cut there
    select s.since, s.until from stretch s where s.until - s.since < 1440
    union all
    select greatest(s.since, d * 1440), least(s.until, (d + 1) * 1440)
    from stretch s, generate_series(s.since / 1440, (s.until - 1) / 1440) d
    where s.until - s.since >= 1440
  ),
  period as (
    select jsonb_agg(s.since / 1440 % 7 + 1 order by s.since / 1440 % 7) as days, min(s.since / 1440 % 7) as first_day,
      s.since % 1440 as since, (s.until - 1) % 1440 + 1 as until
    from shift s group by s.since % 1440, (s.until - 1) % 1440
  )
  select case when p_hours is not null then coalesce(jsonb_agg(jsonb_build_object('days', p.days,
    'from', to_char(make_interval(mins => p.since), 'HH24:MI'),
    'to', to_char(make_interval(mins => p.until), 'HH24:MI'))
    order by p.first_day, p.since), '[]') end
  from period p
$$;

comment on function routing.hours_json(int4multirange) is
  'Working hours as JSON, equal days together; null for always.';

create function routing.read_time_off(p_time_off jsonb, p_timezone text) returns tstzmultirange
language plpgsql stable
as $$
declare
  v_time_off tstzmultirange := tstzmultirange();
  v_entry jsonb;
  v_from text;
  v_to text;
  v_range tstzrange;
begin
  for v_entry in select e.value from jsonb_array_elements(coalesce(nullif(p_time_off, 'null'), '[]')) e loop
    v_from := v_entry ->> 'from';
    v_to := v_entry ->> 'to';
    begin
      -- At the ends of time another timezone would bring it out of the years 1 to 9999.
      if concat(v_from, v_to) = '' or v_from !~ '^(?!000[01]|9999)\d{4}-\d\d-\d\d'
        or v_to !~ '^(?!000[01]|9999)\d{4}-\d\d-\d\d' then
        raise invalid_datetime_format;
      end if;
      v_range := tstzrange(core.read_timestamp(v_from, p_timezone), core.read_timestamp(v_to, p_timezone));
    exception
      when data_exception then
        if sqlstate <> '22000' then
          raise exception 'Time off from % to % cannot be read', coalesce(v_from, 'ever'), coalesce(v_to, 'ever')
            using errcode = 'LD422', column = 'time_off', hint =
              'Write dates or times such as 2026-01-31 or 2026-01-31T18:30:00+05:30, the end after the beginning.';
        end if;
        v_range := 'empty';
    end;
    if isempty(v_range) then
      raise exception 'Time off from % to % ends before it begins', v_from, v_to
        using errcode = 'LD422', column = 'time_off',
          hint = '"to" is when the caller is back: for one day write the next.';
    end if;
    v_time_off := v_time_off + tstzmultirange(v_range);
  end loop;
  return v_time_off;
end
$$;

comment on function routing.read_time_off(jsonb, text) is
  'Time off from JSON; dates and times without an offset are in the given timezone. LD422 (column time_off) when it '
  'cannot be read.';

create function routing.time_off_json(p_time_off tstzmultirange) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(jsonb_build_object('from', lower(r), 'to', upper(r)) order by r), '[]')
  from unnest(p_time_off) r
$$;

comment on function routing.time_off_json(tstzmultirange) is 'Time off as JSON, earliest first.';

-- Working time goes on only while somebody works: within the hours, as the clock of the place says them, and not while
-- away. As many weeks are looked at as it can take, and a year at most: who works less than that is asked at its end.
create function routing.add_working_time(
  p_from timestamptz, p_time interval, p_hours int4multirange, p_time_off tstzmultirange, p_timezone text)
returns timestamptz
language plpgsql stable
as $$
declare
  v_weekly interval := make_interval(mins => (select sum(upper(r) - lower(r))::int from unnest(p_hours) r));
  v_monday timestamp := date_trunc('week', p_from at time zone p_timezone);
  v_due timestamptz;
begin
  if p_hours is null and isempty(coalesce(p_time_off, '{}')) then
    return p_from + p_time;
  end if;
  with stretch as (
    select range_agg(tstzrange(
      (v_monday + make_interval(weeks => w, mins => lower(r))) at time zone p_timezone,
      (v_monday + make_interval(weeks => w, mins => upper(r))) at time zone p_timezone)) as all_of_them
    from generate_series(0, least(52, 8 + ceil(extract(epoch from p_time) / greatest(
      extract(epoch from v_weekly), 3600)))::int) w
    cross join unnest(coalesce(p_hours, '{[0,10080)}')) r
  ),
  worked as (
    select lower(r) as since, upper(r) as until, sum(upper(r) - lower(r)) over (order by r) as by_then
    from stretch s
    cross join unnest(s.all_of_them * tstzmultirange(tstzrange(p_from, null)) - coalesce(p_time_off, '{}')) r
  )
  select case when w.by_then >= p_time then w.until - (w.by_then - p_time) else w.until end into v_due
  from worked w
  order by w.by_then >= p_time desc, case when w.by_then >= p_time then w.by_then end, w.by_then desc limit 1;
  return coalesce(v_due, p_from + p_time);
end
$$;

comment on function routing.add_working_time(timestamptz, interval, int4multirange, tstzmultirange, text) is
  'The moment at which somebody with these hours (null: always) and this time off will have worked so long since.';

-- Where a caller says no hours, those count in which the workspace expects leads.
create function routing.add_working_hours(p_workspace_id int, p_caller_id uuid, p_from timestamptz, p_hours int)
returns timestamptz
language sql stable
as $$
  select routing.add_working_time(
    p_from, make_interval(hours => p_hours), coalesce(c.hours, s.hours), c.time_off, w.timezone)
  from crm.workspaces w
  left join crm.callers c on c.workspace_id = w.id and c.id = p_caller_id
  left join crm.alert_settings s on s.workspace_id = w.id
  where w.id = p_workspace_id
$$;

comment on function routing.add_working_hours(int, uuid, timestamptz, int) is
  'The moment in so many working hours of a caller, or of the workspace where there is no caller.';
