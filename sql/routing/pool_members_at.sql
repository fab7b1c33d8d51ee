-- Members of pools at moments of the past. A probe asks: right after event seq, on that business day, who was in the pool,
-- and could they take a lead? What pool_members() says of now, this says of then, from the log and the assignments and
-- not from today's tables; where the two disagree, verify() finds a pick that replay does not reproduce.
create type routing.probe as (nr bigint, workspace_id int, seq bigint, pool text, date date);
comment on type routing.probe is 'A question about a pool at a moment of the past.';

create function routing.pool_members_at(p_probes routing.probe[])
returns table (nr bigint, caller_id uuid, name text, standing text, given int, daily_limit int, turns int)
language sql stable
as $$
  with member as materialized (
    select p.nr, p.workspace_id, p.seq, p.date, v.caller_id, v.name, v.status, v.daily_limit
    from unnest(p_probes) p
    join routing.caller_versions v
      on v.workspace_id = p.workspace_id and v.from_seq <= p.seq and (v.to_seq is null or v.to_seq > p.seq)
    where not v.archived and p.pool = any (v.pools)
  ),
  counted as (  -- one pass over assignments and questions in order of seq counts for every question what came before
    select t.nr, t.caller_id, t.name, t.status, t.daily_limit,
      count(*) filter (where t.nr is null) over (
        partition by t.workspace_id, t.caller_id, t.date order by t.seq, t.nr nulls first rows unbounded preceding)::int as given
    from (
      select m.nr, m.workspace_id, m.seq, m.date, m.caller_id, m.name, m.status, m.daily_limit from member m
      union all
      select null, a.workspace_id, a.seq, a.business_date, a.caller_id, null, null, null
      from crm.lead_assignments a
      where (a.caller_id, a.business_date) in (select m.caller_id, m.date from member m)
    ) t
  )
  select c.nr, c.caller_id, c.name,
    case when c.status <> 'active' then 'paused' when c.daily_limit > 0 and c.given >= c.daily_limit then 'at cap' else 'free' end,
    c.given, c.daily_limit, case when c.daily_limit = 0 then 2147483647 else greatest(c.daily_limit - c.given, 0) end
  from counted c
  where c.nr is not null
$$;

comment on function routing.pool_members_at(routing.probe[]) is 'For each question about a pool of the past: its members then, whether each was free, paused or at cap, and the turns left.';
