-- Was it fair? For every lead dealt in a period, those who were free for it and the share each was due: the weight among
-- the weights where the strategy goes by weight, else one among so many. Summed up, against what each was given.
-- Members are read from the record as of the deal, so a caller who was paused or full is owed nothing meanwhile.
create function report.fairness(p_workspace_id int, p_from timestamptz, p_until timestamptz)
returns table (caller_id uuid, caller text, eligible bigint, expected numeric, given bigint, difference numeric)
language sql stable
as $$
  with deal as (
    select d.*, r.members from routing.deals_to_replay(p_workspace_id, p_from, p_until) r
    join crm.deals d on d.workspace_id = r.workspace_id and d.id = r.id
  ),
  due as (
    select m.caller_id, sum(d.leads) as eligible,
      sum(d.leads * case when d.strategy in ('weighted', 'weighted_random') then m.weight::numeric / m.weights else 1.0 / m.members end) as expected
    from deal d
    cross join lateral (
      select f.caller_id, f.weight, sum(f.weight) over () as weights, count(*) over () as members from unnest(d.members) f) m
    group by m.caller_id
  ),
  given as (
    select a.caller_id, count(*) as leads
    from deal d join crm.lead_assignments a on a.workspace_id = d.workspace_id and a.deal_id = d.id
    group by a.caller_id
  )
  select c.id, c.name, coalesce(due.eligible, 0), round(coalesce(due.expected, 0), 2), coalesce(given.leads, 0),
    round(coalesce(given.leads, 0) - coalesce(due.expected, 0), 2)
  from crm.callers c
  left join due on due.caller_id = c.id
  left join given on given.caller_id = c.id
  where c.workspace_id = p_workspace_id and (c.archived_at is null or due.caller_id is not null)
  order by c.id
$$;

comment on function report.fairness(int, timestamptz, timestamptz) is 'Each caller''s leads in a period beside the share due: eligible leads, expected, given, difference.';
