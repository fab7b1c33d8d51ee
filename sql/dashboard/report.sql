-- The figures as the page has them and as SQL asks for them: one row for all leads of a period, and one for each
-- source, campaign, state and caller, and for each hour of a period of up to three days, else each day.
--
--   select * from report.figures(1, '2026-11-01 00:00+05:30', '2026-12-01 00:00+05:30') where kind = 'source';
--
-- These run as their owner, since an analyst counts leads without seeing them; so they look themselves who asks.
-- Locks: none. Errors: LD422 for a period of more than 400 days.
create function core.may_count(p_workspace_id int) returns boolean
language sql stable
return core.sees_workspace(p_workspace_id) and (core.may_act_as('fairlead_owner')
  or core.may_act_as('fairlead_manager') or core.may_act_as('fairlead_analyst') or core.may_act_as('fairlead_keeper'));

comment on function core.may_count(int) is 'Whether whoever is acting may see figures of all leads of a workspace.';

create function core.goes_by_hour(p_since timestamptz, p_until timestamptz) returns boolean
language sql immutable parallel safe
return p_until - p_since <= interval '75 hours';

comment on function core.goes_by_hour(timestamptz, timestamptz) is
  'Whether a period is looked at by hour: up to three days, of whatever length, else by day.';

create function core.refuse_long_period(p_since timestamptz, p_until timestamptz, p_column text) returns void
language plpgsql stable
as $$
begin
  if p_until - p_since > (core.most_days() + 1) * interval '1 day' then
    raise exception 'The period is longer than % days', core.most_days()
      using errcode = 'LD422', column = p_column, hint = 'Choose a shorter period.';
  end if;
end
$$;

comment on function core.refuse_long_period(timestamptz, timestamptz, text) is
  'LD422, in a column, for a period longer than figures are asked of.';

create function report.figures(
  p_workspace_id int, p_from timestamptz, p_until timestamptz, p_by_hour boolean default null)
returns table (kind text, key text, name text, received bigint, assigned bigint, waiting bigint, closed bigint,
  claimed bigint, called bigint, called_in_time bigint, contacted bigint, qualified bigint, converted bigint,
  lost bigint, junk bigint, claim_median int, claim_90 int, call_median int, call_90 int)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_workspace crm.workspaces;
  v_by_hour boolean := coalesce(p_by_hour, core.goes_by_hour(p_from, p_until));
begin
  if not core.may_count(p_workspace_id) then
    return;
  end if;
  perform core.refuse_long_period(p_from, p_until, 'from');
  select w.* into v_workspace from crm.workspaces w where w.id = p_workspace_id;
  return query
  with figure as materialized (
    select f.* from core.figures(v_workspace, p_from, p_until, v_by_hour) f
  ),
  counted as (
    select f.kind, f.key, f.name, f as figure from figure f
    union all
    select 'day', f.day::text, null, f from figure f where f.kind = 'all' and not v_by_hour
  ),
  summed as (
    select c.kind, c.key, min(c.name) as name,
      sum((c.figure).received) as received, sum((c.figure).assigned) as assigned, sum((c.figure).waiting) as waiting,
      sum((c.figure).closed) as closed, sum((c.figure).claimed) as claimed, sum((c.figure).called) as called,
      sum((c.figure).called_in_time) as called_in_time, sum((c.figure).contacted) as contacted,
      sum((c.figure).qualified) as qualified, sum((c.figure).converted) as converted, sum((c.figure).lost) as lost,
      sum((c.figure).junk) as junk
    from counted c group by c.kind, c.key
  ),
  wait as (
    select percentile_disc(0.5) within group (order by w.claim) as claim_median,
      percentile_disc(0.9) within group (order by w.claim) as claim_90,
      percentile_disc(0.5) within group (order by w.call) as call_median,
      percentile_disc(0.9) within group (order by w.call) as call_90
    from figure f cross join lateral unnest(f.claim_waits, f.call_waits) w (claim, call) where f.kind = 'all'
  )
  select s.kind, s.key,
    case s.kind when 'source' then s.name when 'state' then nullif(s.key, '')
      when 'campaign' then g.name when 'caller' then c.name end,
    s.received, s.assigned, s.waiting, s.closed, s.claimed, s.called, s.called_in_time, s.contacted, s.qualified,
    s.converted, s.lost, s.junk, w.claim_median, w.claim_90, w.call_median, w.call_90
  from summed s
  left join wait w on s.kind = 'all'
  left join crm.campaigns g
    on g.workspace_id = p_workspace_id and g.id = case when s.kind = 'campaign' then nullif(s.key, '')::int end
  left join crm.callers c
    on c.workspace_id = p_workspace_id and c.id = case when s.kind = 'caller' then nullif(s.key, '')::uuid end
  order by s.kind, case when s.kind in ('hour', 'day') then s.key end, s.received desc, s.key;
end
$$;

comment on function report.figures(int, timestamptz, timestamptz, boolean) is
  'What became of the leads received in a period: of all, by source, campaign, state, caller (key empty: of none), and '
  'by hour or day of the workspace. Waits in seconds.';

create view report.queue with (security_barrier = true) as
select w.id as workspace_id, q.waiting, q.held, o.queued_at as oldest_at, o.lead_id as oldest_lead_id
from crm.workspaces w
cross join lateral (
  select count(*) filter (where not n.is_held) as waiting, count(*) filter (where n.is_held) as held
  from crm.queue n where n.workspace_id = w.id) q
left join lateral (
  select n.queued_at, n.lead_id from crm.queue n where n.workspace_id = w.id
  order by n.queued_at, n.lead_id limit 1) o on true
where w.id in (select core.workspaces_in_sight()) and core.may_count(w.id);

comment on view report.queue is 'How many leads wait or are held back in each workspace, and which waits longest.';
