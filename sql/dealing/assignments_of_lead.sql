-- A lead's assignments, oldest first. Open and ended ones lie in two partial indexes, so that an insert pays for one.
create function routing.assignments_of_lead(p_workspace_id int, p_lead_id uuid) returns setof crm.lead_assignments
language sql stable
as $$
  select a.* from crm.lead_assignments a
  where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.ended_at is not null
  union all
  select a.* from crm.lead_assignments a
  where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.ended_at is null
  order by seq
$$;

comment on function routing.assignments_of_lead(int, uuid) is 'Every assignment a lead has and had, oldest first.';

-- What was said of a lead when it came in, whatever became of it since: the first entry in its log.
create function routing.first_outcome(p_workspace_id int, p_lead_id uuid)
returns table (caller_id uuid, caller_name text, status text, reason text, duplicate_of uuid)
language sql stable
as $$
  select e.caller_id, c.name, substr(e.kind, 6), coalesce(a.assignment_reason, e.data ->> 'reason'), a.duplicate_of
  from (
    select f.* from crm.events f
    where f.lead_id = p_lead_id and f.workspace_id = p_workspace_id
      and f.kind in ('lead.assigned', 'lead.queued', 'lead.closed')
    order by f.seq limit 1
  ) e
  left join crm.callers c on c.workspace_id = p_workspace_id and c.id = e.caller_id
  left join routing.assignments_of_lead(p_workspace_id, p_lead_id) a on a.seq = e.seq
$$;

comment on function routing.first_outcome(int, uuid) is
  'What the sender of a lead was first told: the caller, assigned, queued or, a test, closed, and why.';
