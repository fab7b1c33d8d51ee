-- A lead with where it stands: what lists, details and events show. One place that says what "status" means.
create view routing.lead_cards as
select l.*,
  case when a.id is not null then 'assigned' else 'queued' end as assignment_status,
  coalesce(a.assignment_reason, q.reason) as assignment_reason,
  a.caller_id, c.name as caller_name, a.assigned_at, q.queued_at
from crm.leads l
left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id and a.ended_at is null
left join crm.callers c on c.workspace_id = a.workspace_id and c.id = a.caller_id
left join crm.queue q on q.workspace_id = l.workspace_id and q.lead_id = l.id;

comment on view routing.lead_cards is 'Each lead with who has it or why it waits.';

create function routing.lead_json(p_lead routing.lead_cards) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_lead.id, 'created_at', p_lead.created_at, 'name', p_lead.name, 'phone', p_lead.phone, 'email', p_lead.email,
  'city', p_lead.city, 'state', p_lead.state, 'state_from', p_lead.state_from, 'state_given', p_lead.state_given,
  'lead_source', p_lead.lead_source, 'language', p_lead.language, 'message', p_lead.message,
  'timestamp', p_lead.timestamp_from_sheet, 'source_row_id', p_lead.source_row_id, 'external_id', p_lead.external_id,
  'assignment_status', p_lead.assignment_status, 'assignment_reason', p_lead.assignment_reason,
  'assigned_caller', case when p_lead.caller_id is not null then jsonb_build_object('id', p_lead.caller_id, 'name', p_lead.caller_name) end,
  'assigned_at', p_lead.assigned_at, 'queued_at', p_lead.queued_at);

comment on function routing.lead_json(routing.lead_cards) is 'A lead as JSON, as the page and the API show it.';
