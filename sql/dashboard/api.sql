-- The dashboard in one call: the figures of a period beside those of a time before, the queue, and how callers stand.
-- Without anything said the period is today. What it is compared with is the same weekdays before, as far as the period
-- has come by now: so Monday until 14:10 is compared with the Monday before until 14:10.
-- Locks: none. Errors: LD422 for a period that is longer than 400 days, or ends before it begins.
create function core.read_figure_period(p_workspace crm.workspaces, p_asked jsonb,
  out since timestamptz, out until timestamptz, out before_since timestamptz, out before_until timestamptz)
language plpgsql stable
as $$
declare
  v_zone text := p_workspace.timezone;
  v_now timestamptz := core.current_time();
  v_today date := (v_now at time zone v_zone)::date;
  v_shift interval;
begin
  since := coalesce(core.read_timestamp(p_asked ->> 'from', v_zone), v_today::timestamp at time zone v_zone);
  until := coalesce(core.read_timestamp(p_asked ->> 'until', v_zone), (v_today + 1)::timestamp at time zone v_zone);
  if until < since then
    raise exception 'The period ends before it begins' using errcode = 'LD422', column = 'until',
      hint = 'Send a later end.';
  end if;
  perform core.refuse_long_period(since, until, 'from');
  v_shift := make_interval(days => 7 * ceil(greatest(
    extract(epoch from (until at time zone v_zone) - (since at time zone v_zone)) / 86400, 1) / 7)::int);
  before_since := coalesce(core.read_timestamp(p_asked ->> 'before_from', v_zone),
    ((since at time zone v_zone) - v_shift) at time zone v_zone);
  before_until := coalesce(core.read_timestamp(p_asked ->> 'before_until', v_zone),
    (before_since at time zone v_zone + ((greatest(least(until, v_now), since) at time zone v_zone)
      - (since at time zone v_zone))) at time zone v_zone);
  if before_until < before_since then
    raise exception 'The period to compare with ends before it begins' using errcode = 'LD422',
      column = 'before_until', hint = 'Send a later end.';
  end if;
  perform core.refuse_long_period(before_since, before_until, 'before_from');
end
$$;

comment on function core.read_figure_period(crm.workspaces, jsonb) is
  'The period of {"from", "until", "before_from", "before_until"}, all optional, and what it is compared with.';

-- An hour in which clocks are set back has two hours; one that they skip is not there.
create function core.moments(p_timezone text, p_since timestamptz, p_until timestamptz, p_by_hour boolean)
returns table (key text, since timestamptz, until timestamptz)
language sql stable
as $$
  select to_char(q.at at time zone p_timezone, 'YYYY-MM-DD HH24:00'), min(q.at),
    least(max(q.at) + interval '15 minutes', p_until)
  from generate_series(p_since, p_until - interval '1 microsecond', interval '15 minutes') q (at)
  where p_by_hour
  group by 1
  union all
  select d.day::date::text, greatest(d.day at time zone p_timezone, p_since),
    least((d.day::date + 1)::timestamp at time zone p_timezone, p_until)
  from generate_series((p_since at time zone p_timezone)::date::timestamp,
    ((p_until - interval '1 microsecond') at time zone p_timezone)::date::timestamp, interval '1 day') d (day)
  where not p_by_hour
  order by 2
$$;

comment on function core.moments(text, timestamptz, timestamptz, boolean) is
  'The hours of a period, or its days, as report.figures() names them.';

create function core.figure_json(p_figure jsonb) returns jsonb
language sql immutable parallel safe
return coalesce(p_figure - '{kind,key,name}'::text[], '{
  "received": 0, "assigned": 0, "waiting": 0, "closed": 0, "claimed": 0, "called": 0, "called_in_time": 0,
  "contacted": 0, "qualified": 0, "converted": 0, "lost": 0, "junk": 0,
  "claim_median": null, "claim_90": null, "call_median": null, "call_90": null}');

comment on function core.figure_json(jsonb) is 'A row of report.figures() without what it is about; of none, zeros.';

create function core.dashboard_rows(p_now jsonb, p_before jsonb, p_kind text) returns jsonb
language sql immutable
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'key', r.key, 'name', r.name, 'now', core.figure_json(r.now), 'before', core.figure_json(r.before))
    order by coalesce((r.now ->> 'received')::int, 0) desc, coalesce((r.before ->> 'received')::int, 0) desc, r.key),
    '[]')
  from (
    select coalesce(n.row ->> 'key', b.row ->> 'key') as key, coalesce(n.row ->> 'name', b.row ->> 'name') as name,
      n.row as now, b.row as before
    from (select e.row from jsonb_array_elements(p_now) e (row) where e.row ->> 'kind' = p_kind) n
    full join (select e.row from jsonb_array_elements(p_before) e (row) where e.row ->> 'kind' = p_kind) b
      on n.row ->> 'key' = b.row ->> 'key') r
$$;

comment on function core.dashboard_rows(jsonb, jsonb, text) is
  'The rows of one kind of the figures of two periods, beside each other, as JSON.';

-- What is so far into one period stands beside what is as far into the other.
create function core.counted_moments(
  p_timezone text, p_since timestamptz, p_until timestamptz, p_by_hour boolean, p_figures jsonb)
returns table (key text, far interval, since timestamptz, until timestamptz, received int)
language sql stable
as $$
  select m.key, m.key::timestamp - min(m.key::timestamp) over (), m.since, m.until, (f.row ->> 'received')::int
  from core.moments(p_timezone, p_since, p_until, p_by_hour) m
  left join jsonb_array_elements(p_figures) f (row)
    on f.row ->> 'key' = m.key and f.row ->> 'kind' = case when p_by_hour then 'hour' else 'day' end
$$;

comment on function core.counted_moments(text, timestamptz, timestamptz, boolean, jsonb) is
  'The hours or days of a period with the leads received in each, and how far each is from the first.';

create function api.get_dashboard(p_asked jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_period record := core.read_figure_period(v_workspace, p_asked);
  v_by_hour boolean := core.goes_by_hour(v_period.since, v_period.until)
    and core.goes_by_hour(v_period.before_since, v_period.before_until);
  v_now jsonb := (
    select coalesce(jsonb_agg(f), '[]')
    from report.figures(v_workspace.id, v_period.since, v_period.until, v_by_hour) f);
  v_before jsonb := (
    select coalesce(jsonb_agg(f), '[]')
    from report.figures(v_workspace.id, v_period.before_since, v_period.before_until, v_by_hour) f);
begin
  return jsonb_build_object(
    'at', core.current_time(),
    'period', jsonb_build_object('since', v_period.since, 'until', v_period.until),
    'before', jsonb_build_object('since', v_period.before_since, 'until', v_period.before_until),
    'total', coalesce(core.dashboard_rows(v_now, v_before, 'all') -> 0, jsonb_build_object(
      'key', '', 'name', null, 'now', core.figure_json(null), 'before', core.figure_json(null))),
    'sources', core.dashboard_rows(v_now, v_before, 'source'),
    'campaigns', core.dashboard_rows(v_now, v_before, 'campaign'),
    'states', core.dashboard_rows(v_now, v_before, 'state'),
    'callers', core.dashboard_rows(v_now, v_before, 'caller'),
    'by', case when v_by_hour then 'hour' else 'day' end,
    'moments', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'since', n.since, 'until', n.until, 'received', case when n.key is not null then coalesce(n.received, 0) end,
        'before_since', b.since, 'before_until', b.until,
        'before', case when b.key is not null then coalesce(b.received, 0) end)
        order by coalesce(n.far, b.far)), '[]')
      from core.counted_moments(v_workspace.timezone, v_period.since, v_period.until, v_by_hour, v_now) n
      full join core.counted_moments(
        v_workspace.timezone, v_period.before_since, v_period.before_until, v_by_hour, v_before) b on b.far = n.far),
    'queue', (
      select jsonb_build_object('waiting', q.waiting, 'held', q.held, 'oldest_at', q.oldest_at,
        'oldest_lead_id', q.oldest_lead_id)
      from report.queue q where q.workspace_id = v_workspace.id),
    'standings', (
      select coalesce(jsonb_agg(to_jsonb(s) - 'workspace_id' - 'caller_id'
        || jsonb_build_object('id', s.caller_id) order by s.assigned_today desc, s.name, s.caller_id), '[]')
      from core.caller_standings(v_workspace.id) s));
end
$$;

comment on function api.get_dashboard(jsonb) is
  'What became of the leads received in a period, beside a time before; the queue, and how the callers stand, as JSON.';
