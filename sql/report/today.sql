-- For a DBA or a manager with psql: how today goes.
create view report.callers_today as
select c.workspace_id, c.id as caller_id, c.name, c.status, c.states, c.daily_limit, c.assigned_today,
  case when c.daily_limit > 0 then round(100.0 * c.assigned_today / c.daily_limit) end as percent_of_cap
from routing.caller_cards c
where c.archived_at is null;

comment on view report.callers_today is 'Each caller''s leads today against the daily cap.';

create view report.waiting_leads as
select l.workspace_id, l.id as lead_id, l.name, l.phone, l.state, l.city, l.assignment_reason as reason, l.queued_at,
  routing.current_time() - l.queued_at as waiting_for
from routing.lead_cards l
join crm.queue q on q.workspace_id = l.workspace_id and q.lead_id = l.id;

comment on view report.waiting_leads is 'The queue: who waits, why, and for how long.';
