-- Was it fair? For every lead dealt in a period, those who were free for it and the share each was due: the weight
-- among the weights where the strategy goes by weight, else one among so many. Summed up, against what each was given.
-- Members are read from the record as of the deal, so a caller who was paused or full is owed nothing meanwhile: nor
-- from the slot on with which his last turn was used up. So a deal falls into stretches, in each of which the same were
-- free.
create function report.fairness(p_workspace_id int, p_from timestamptz, p_until timestamptz)
returns table (caller_id uuid, caller text, eligible bigint, expected numeric, given bigint, difference numeric)
language sql stable
as $$
  with deal as (
    select d.*, r.members from routing.deals_to_replay(p_workspace_id, p_from, p_until) r
    join crm.deals d on d.workspace_id = r.workspace_id and d.id = r.id
  ),
  had as (
    select a.deal_id, a.caller_id, count(*) as turns, max(a.slot) as last_slot
    from deal d join crm.lead_assignments a on a.workspace_id = d.workspace_id and a.deal_id = d.id
    group by a.deal_id, a.caller_id
  ),
  member as (
    select d.id, d.strategy, m.caller_id, m.weight,
      case when had.turns = m.turns then had.last_slot else d.leads end as last_slot
    from deal d
    cross join unnest(d.members) m
    left join had on had.deal_id = d.id and had.caller_id = m.caller_id
  ),
  stretch as (
    select s.id, s.last_slot,
      s.last_slot - lag(s.last_slot, 1, 0) over (partition by s.id order by s.last_slot) as leads
    from (select distinct k.id, k.last_slot from member k union select d.id, d.leads from deal d) s
  ),
  due as (
    select f.caller_id, sum(f.leads) as eligible,
      sum(f.leads * case when f.strategy in ('weighted', 'weighted_random') then f.weight::numeric / f.weights
        else 1.0 / f.members end) as expected
    from (
      select m.caller_id, m.strategy, m.weight, s.leads, sum(m.weight) over w as weights, count(*) over w as members
      from stretch s join member m on m.id = s.id and m.last_slot >= s.last_slot
      window w as (partition by s.id, s.last_slot)
    ) f
    group by f.caller_id
  ),
  given as (
    select had.caller_id, sum(had.turns)::bigint as leads from had group by had.caller_id
  )
  select c.id, c.name, coalesce(due.eligible, 0), round(coalesce(due.expected, 0), 2), coalesce(given.leads, 0),
    round(coalesce(given.leads, 0) - coalesce(due.expected, 0), 2)
  from crm.callers c
  left join due on due.caller_id = c.id
  left join given on given.caller_id = c.id
  where c.workspace_id = p_workspace_id and (c.archived_at is null or due.caller_id is not null)
  order by c.id
$$;

comment on function report.fairness(int, timestamptz, timestamptz) is
  'Each caller''s leads in a period compared with the share due: eligible leads, expected, given, difference.';
