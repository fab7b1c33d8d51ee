-- For a DBA or a manager with psql: how today goes.
create view report.callers_today with (security_invoker = true) as
select c.workspace_id, c.id as caller_id, c.name, c.status, c.states, c.daily_limit, c.assigned_today,
  case when c.daily_limit > 0 then round(100.0 * c.assigned_today / c.daily_limit) end as percent_of_cap
from routing.caller_cards c
where c.archived_at is null;

comment on view report.callers_today is 'Each caller''s leads today against the daily cap.';

-- Views with phones run as their owner, so that an analyst needs no right to read them in full; they look by themselves
-- whose workspace it is.
create view report.leads with (security_barrier = true) as
select l.workspace_id, l.id as lead_id, l.created_at, l.name, core.shown(l.phone) as phone,
  core.shown(l.email) as email, l.lead_source,
  l.city, l.state, l.language, l.assignment_status, l.assignment_reason, l.caller_id, l.caller_name,
  l.assigned_at, l.claimed_at,
  l.closed_at, l.duplicate_of
from core.lead_cards l
where l.workspace_id in (select core.workspaces_in_sight());

comment on view report.leads is
  'Each lead and what became of it; phone and e-mail masked without the role fairlead_phones.';

create view report.waiting_leads with (security_barrier = true) as
select l.workspace_id, l.id as lead_id, l.name, core.shown(l.phone) as phone, l.state, l.city,
  l.assignment_reason as reason, l.queued_at,
  core.current_time() - l.queued_at as waiting_for
from core.lead_cards l
join crm.queue q on q.workspace_id = l.workspace_id and q.lead_id = l.id
where l.workspace_id in (select core.workspaces_in_sight());

comment on view report.waiting_leads is 'The queue: who waits, why, and for how long.';
