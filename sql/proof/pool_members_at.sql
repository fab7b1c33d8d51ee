-- Members of pools at moments of the past. A probe asks: right after event seq, at that time, who was in the pool, and
-- could they take a lead? What pool_members() says of now, this says of then, from the log and the assignments and
-- not from today's tables; where the two disagree, verify() finds a pick that replay does not reproduce.
create type routing.probe as (nr bigint, workspace_id int, seq bigint, pool text, strategy text, at timestamptz,
  local_time timestamp, refused uuid[], date date);
comment on type routing.probe is
  'A question about a pool at a moment of the past, asked for leads that those in refused had let expire.';

create function routing.pool_members_at(p_probes routing.probe[])
returns table (nr bigint, caller_id uuid, name text, standing text, given int, daily_limit int, load int,
  max_load int, weight int)
language sql stable
as $$
  with named as materialized (  -- asked of the log only when there is such a pool
    select r.workspace_id, r.rule_id, r.callers, r.from_seq, r.to_seq from routing.rule_versions r
      where r.callers <> '{}'
  ),
  member as materialized (
    select p.nr, p.workspace_id, p.seq, p.at, p.local_time, p.date, p.strategy,
      v.caller_id = any (p.refused) as is_refused,
      v.caller_id, v.name, v.status, v.is_disabled, v.daily_limit, v.max_load, v.hours, v.time_off,
      routing.weight_in(v.weight, v.source_weights, p.pool) as weight
    from unnest(p_probes) p
    join routing.caller_versions v
      on v.workspace_id = p.workspace_id and v.from_seq <= p.seq and (v.to_seq is null or v.to_seq > p.seq)
    where not v.archived and case when p.pool ^@ 'callers:' then exists (
        select from named n
        where n.workspace_id = p.workspace_id and n.rule_id = substr(p.pool, 9)::uuid and v.caller_id = any (n.callers)
          and n.from_seq <= p.seq and (n.to_seq is null or n.to_seq > p.seq))
      else routing.is_member(v.keys, p.pool) end
  ),
  -- one pass over what happened and the questions, in order of seq, counts for every question what came before
  counted as (
    select t.nr, t.caller_id,
      sum(t.counted) over (
        partition by t.workspace_id, t.caller_id, t.date
          order by t.seq, t.nr nulls first rows unbounded preceding)::int as given,
      sum(t.change)
        over (partition by t.workspace_id, t.caller_id
          order by t.seq, t.nr nulls first rows unbounded preceding)::int as load
    from (
      select m.nr, m.workspace_id, m.seq, m.date, m.caller_id, 0 as counted, 0 as change from member m
      union all
      select null, a.workspace_id, c.seq, c.date, a.caller_id, c.counted, c.change
      from crm.lead_assignments a cross join lateral routing.counts_of(a) c
      where a.caller_id in (select m.caller_id from member m)
    ) t
  ),
  standing as (
    select m.*, c.given,
      case when m.max_load > 0 or m.strategy = 'least_loaded' then least(c.load, 1000) else 0 end as load
    from member m
    join counted c on c.nr = m.nr and c.caller_id = m.caller_id
  )
  select s.nr, s.caller_id, s.name,
    case when s.is_refused then 'let it expire' else routing.standing(
      s.status, s.time_off, s.hours, s.at, s.local_time, s.daily_limit, s.given, s.max_load, s.load, s.is_disabled) end,
    s.given, s.daily_limit, s.load, s.max_load, s.weight
  from standing s
$$;

comment on function routing.pool_members_at(routing.probe[]) is
  'For each question about a pool of the past: its members then, how each stood, and what each had been given.';

create function routing.free_members_at(p_probes routing.probe[]) returns table (nr bigint, members routing.member[])
language sql stable
as $$
  select m.nr, array_agg(row(m.caller_id, m.weight, routing.turns_left(m.daily_limit, m.given, m.max_load, m.load),
    m.given, m.load, m.max_load)::routing.member order by m.caller_id)
  from routing.pool_members_at(p_probes) m
  where m.standing = 'free'
  group by m.nr
$$;

comment on function routing.free_members_at(routing.probe[]) is
  'For each question about a pool of the past: who was free, as strategies see them.';
