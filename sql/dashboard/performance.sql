-- What callers made of their leads, against what the others made of comparable ones: of the same source, that came to
-- the same pool. Within a pool it is as good as chance who gets which lead, so that this comparison is fair.
--
-- A caller's `expected` conversions are what the others' rate in each source and pool gives for the caller's leads
-- there; where nobody else had any, the rate of all others counts. Of few leads chance makes most of the difference. So
-- `ratio`, conversions against those expected, is shrunk towards 1: x conversions where e are expected give
-- (x + a) / (e + a), the mean of a Gamma (a + x, a + e), as if a conversions as expected had been seen before: a
-- Poisson count whose rate is Gamma (a, a) (Clayton and Kaldor, Biometrics 43, 1987), here with a = 5. `low` and `high`
-- are between which it is with 90 %, by the cube-root approximation (Wilson and Hilferty, PNAS 17, 1931).
-- Locks: none. Errors: LD422 as report.figures().
create function core.gamma_quantile(p_shape double precision, p_rate double precision, p_normal double precision)
returns double precision
language sql immutable parallel safe
return p_shape / p_rate * power(1 - 1 / (9 * p_shape) + p_normal / (3 * sqrt(p_shape)), 3);

comment on function core.gamma_quantile(double precision, double precision, double precision) is
  'The quantile of a Gamma distribution that a normal one has at so many deviations; Wilson and Hilferty.';

create function core.describe_ratio(p_low double precision, p_high double precision) returns text
language sql immutable parallel safe
return case when p_low > 1 then 'more than the others' when p_high < 1 then 'fewer than the others'
  else 'not to be told from the others' end;

comment on function core.describe_ratio(double precision, double precision) is
  'What an interval of ratios says, in words.';

create function report.caller_performance(
  p_workspace_id int, p_from timestamptz, p_until timestamptz, p_source text default null)
returns table (caller_id uuid, name text, leads bigint, called bigint, calls bigint, contacted bigint, converted bigint,
  call_median int, expected numeric, ratio numeric, low numeric, high numeric, says text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  if not core.may_count(p_workspace_id) then
    return;
  end if;
  perform core.refuse_long_period(p_from, p_until, 'from');
  return query
  with lead as materialized (
    select a.caller_id as holder, coalesce(lower(l.lead_source), '') as source, coalesce(d.pool, '') as pool,
      case when l.status = 'converted' then 1 else 0 end as converted, t.first_call, t.calls, t.is_reached,
      core.rounded_wait(floor(extract(epoch from t.first_call - l.created_at))::int) as call_wait
    from (
      select n.id, n.created_at, n.lead_source, n.status from crm.leads n
      where n.created_at >= p_from and n.created_at < p_until and n.workspace_id = p_workspace_id and not n.is_test
        and (p_source is null or lower(n.lead_source) = lower(p_source)) offset 0) l
    cross join lateral (
      select o.caller_id, o.deal_id from core.own_leads o
      where o.lead_id = l.id and o.workspace_id = p_workspace_id offset 0) a
    left join lateral (
      select k.pool from crm.deals k where k.workspace_id = p_workspace_id and k.id = a.deal_id offset 0) d on true
    cross join lateral (
      select min(c.at) filter (where c.kind = 'call' and c.direction is distinct from 'in') as first_call,
        count(*) filter (where c.kind = 'call' and c.direction is distinct from 'in' and c.by_caller = a.caller_id)
          as calls,
        coalesce(bool_or(c.counts_as_contacted), false) as is_reached
      from crm.activities c
      where c.lead_id = l.id and c.workspace_id = p_workspace_id and c.withdrawn_at is null) t
  ),
  alike as (
    select k.source, k.pool, count(*) as leads, sum(k.converted) as converted from lead k group by k.source, k.pool
  ),
  total as (
    select count(*) as leads, coalesce(sum(k.converted), 0) as converted from lead k
  ),
  own as (
    select k.holder, k.source, k.pool, count(*) as leads, sum(k.converted) as converted
    from lead k group by k.holder, k.source, k.pool
  ),
  whole as (
    select o.holder, sum(o.leads) as leads, sum(o.converted) as converted from own o group by o.holder
  ),
  due as (
    select o.holder, sum(o.leads * case when s.leads > o.leads
        then (s.converted - o.converted)::numeric / (s.leads - o.leads)
        else coalesce((t.converted - w.converted)::numeric / nullif(t.leads - w.leads, 0), 0) end) as expected
    from own o join alike s on s.source = o.source and s.pool = o.pool
    join whole w on w.holder = o.holder cross join total t
    group by o.holder
  ),
  worked as (
    select k.holder, count(*) as leads, count(k.first_call) as called, sum(k.calls)::bigint as calls,
      count(*) filter (where k.is_reached) as contacted, sum(k.converted)::bigint as converted,
      percentile_disc(0.5) within group (order by k.call_wait) as call_median
    from lead k group by k.holder
  )
  select w.holder, c.name, w.leads, w.called, w.calls, w.contacted, w.converted, w.call_median, round(d.expected, 2),
    round((5 + w.converted) / (5 + d.expected), 2), round(g.low::numeric, 2), round(g.high::numeric, 2),
    core.describe_ratio(g.low, g.high)
  from worked w
  join due d on d.holder = w.holder
  join crm.callers c on c.workspace_id = p_workspace_id and c.id = w.holder
  cross join lateral (
    select core.gamma_quantile(5 + w.converted, (5 + d.expected)::double precision, -1.645) as low,
      core.gamma_quantile(5 + w.converted, (5 + d.expected)::double precision, 1.645) as high) g
  order by w.leads desc, c.name, w.holder;
end
$$;

comment on function report.caller_performance(int, timestamptz, timestamptz, text) is
  'What each caller made of the leads of a period, of one source or all, and how that compares with what the others '
  'made of comparable ones: expected conversions, the shrunk ratio, and between which it lies with 90 %.';

create function api.get_caller_performance(p_asked jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_period record := core.read_figure_period(v_workspace, p_asked - 'source');
begin
  return jsonb_build_object(
    'period', jsonb_build_object('since', v_period.since, 'until', v_period.until),
    'items', (
      select coalesce(jsonb_agg(to_jsonb(f) - 'caller_id' || jsonb_build_object('id', f.caller_id)), '[]')
      from report.caller_performance(v_workspace.id, v_period.since, v_period.until, p_asked ->> 'source') f));
end
$$;

comment on function api.get_caller_performance(jsonb) is
  'report.caller_performance() of {"from", "until", "source"}, all optional, as JSON.';
