-- The figures of the dashboard: what became of the leads that were received in a period. Whoever counts them by source,
-- state, campaign, caller, day or hour counts the same leads, once each, at one moment. So all sums are equal, and
-- received = assigned + waiting + closed. Tests are left out.
--
-- The definition is core.count_leads_of(), which reads the leads. A month may have 200,000, so what it says of days
-- that are over is kept in crm.day_figures. A day counts as kept only while no event after crm.figure_positions is
-- about one of its leads: core.kept_days(). All others, and parts of days, are read from the leads. So what is kept
-- changes how long it takes, and never what is said; core.keep_figures(), which the tick calls, may come late or
-- never.
--
-- A day is a date of the workspace's timezone, from its midnight to the next, which may be 23 or 25 hours; an hour is
-- what its clocks showed: where they are set back, one has the leads of two.
create type core.figure as (
  day date, kind text, key text, name text, received int, assigned int, waiting int, closed int, claimed int,
  called int, called_in_time int, contacted int, qualified int, converted int, lost int, junk int,
  claim_waits int[], call_waits int[]);

comment on type core.figure is
  'Leads received on a day, counted: of the kind all, or with a key of the kind source, campaign, state, caller, hour.';

-- So that a month has few different waits. Of rounded values any percentile is the rounded percentile.
create function core.rounded_wait(p_seconds int) returns int
language sql immutable parallel safe
return case when p_seconds < 3600 then greatest(p_seconds, 0) when p_seconds < 86400 then p_seconds / 60 * 60
  else p_seconds / 3600 * 3600 end;

comment on function core.rounded_wait(int) is
  'A wait in seconds, to the second below an hour, the minute below a day, else the hour.';

create function core.most_days() returns int
language sql immutable parallel safe
return 400;

comment on function core.most_days() is 'The longest period that figures are asked of, in days.';

create function core.days_of(p_timezone text, p_spans tstzmultirange)
returns table (day date, since timestamptz, until timestamptz)
language sql stable
as $$
  select d.day::date, greatest(lower(s.span), d.day at time zone p_timezone),
    least(upper(s.span), (d.day + interval '1 day') at time zone p_timezone)
  from unnest(p_spans) s (span)
  cross join generate_series(date_trunc('day', lower(s.span) at time zone p_timezone),
    (upper(s.span) - interval '1 microsecond') at time zone p_timezone, interval '1 day') d (day)
$$;

comment on function core.days_of(text, tstzmultirange) is 'The days, and parts of days, that these times consist of.';

create function core.count_leads_of(p_workspace_id int, p_timezone text, p_spans tstzmultirange, p_by_hour boolean)
returns setof core.figure
language plpgsql stable
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  with lead as materialized (
    select s.day,
      case when p_by_hour then date_bin(interval '15 minutes', l.created_at, timestamptz '2000-01-01 00:00Z') end as at,
      lower(l.lead_source) as source, l.lead_source, l.campaign_id as campaign, l.state,
      coalesce(a.caller_id, c.caller_id) as caller,
      case when a.lead_id is not null then 1 end as assigned,
      case when a.lead_id is null and l.closed_at is null then 1 end as waiting,
      case when coalesce(a.claimed_at, c.claimed_at) is not null then core.rounded_wait(extract(epoch from
        coalesce(a.claimed_at, c.claimed_at) - coalesce(a.assigned_at, c.assigned_at))::int) end as claim_wait,
      core.rounded_wait(floor(extract(epoch from k.at - l.created_at))::int) as call_wait,
      case when core.is_called(l.created_at, k.at, 'in_time') then 1 end as in_time, l.status
    from core.days_of(p_timezone, p_spans) s
    cross join lateral (
      select n.id, n.created_at, n.lead_source, n.campaign_id, n.state, n.closed_at, n.status from crm.leads n
      where n.created_at >= s.since and n.created_at < s.until
        and n.workspace_id = p_workspace_id and not n.is_test offset 0) l
    left join lateral (
      select o.lead_id, o.caller_id, o.assigned_at, o.claimed_at from crm.lead_assignments o
      where o.lead_id = l.id and o.workspace_id = p_workspace_id and o.ended_at is null offset 0) a on true
    left join lateral (
      select o.caller_id, o.assigned_at, o.claimed_at from core.own_closed_leads o
      where l.closed_at is not null and o.lead_id = l.id and o.workspace_id = p_workspace_id offset 0) c on true
    cross join lateral (select core.first_call_at(p_workspace_id, l.id) as at offset 0) k
  ),
  counted as (
    select n.day, n.at, n.campaign, n.state, n.caller, n.source,
      grouping(n.at, n.campaign, n.state, n.caller, n.source) as by,
      min(n.lead_source) as name, count(*)::int as received, count(n.assigned)::int as assigned,
      count(n.waiting)::int as waiting, count(n.claim_wait)::int as claimed, count(n.call_wait)::int as called,
      count(n.in_time)::int as called_in_time,
      (count(*) filter (where n.status = 'contacted'))::int as contacted,
      (count(*) filter (where n.status = 'qualified'))::int as qualified,
      (count(*) filter (where n.status = 'converted'))::int as converted,
      (count(*) filter (where n.status = 'lost'))::int as lost,
      (count(*) filter (where n.status = 'junk'))::int as junk,
      array_agg(n.claim_wait) filter (where n.claim_wait is not null) as claim_waits,
      array_agg(n.call_wait) filter (where n.call_wait is not null) as call_waits
    from lead n
    group by grouping sets ((n.day), (n.day, n.source), (n.day, n.campaign), (n.day, n.state), (n.day, n.caller),
      (n.day, n.at))
  )
  select c.day, k.kind,
    coalesce(case k.kind when 'source' then c.source when 'caller' then c.caller::text when 'state' then c.state
      when 'campaign' then c.campaign::text
      when 'hour' then to_char(c.at at time zone p_timezone, 'YYYY-MM-DD HH24:00') end, ''),
    case k.kind when 'source' then c.name end,
    c.received, c.assigned, c.waiting, c.received - c.assigned - c.waiting, c.claimed, c.called, c.called_in_time,
    c.contacted, c.qualified, c.converted, c.lost, c.junk,
    case k.kind when 'all' then c.claim_waits end, case k.kind when 'all' then c.call_waits end
  from counted c
  join (values (31, 'all'), (30, 'source'), (29, 'caller'), (27, 'state'), (23, 'campaign'), (15, 'hour')) k (by, kind)
    on k.by = c.by
  where k.kind <> 'hour' or p_by_hour;
end
$$;

comment on function core.count_leads_of(int, text, tstzmultirange, boolean) is
  'What became of the leads received in these times, by day and kind; by hour, too, if wanted. Reads every lead.';
