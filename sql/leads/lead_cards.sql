-- A lead with where it stands: what lists, details and events show. One place that says what
-- "assignment status" means.
create view core.lead_cards as
select l.*,
  case when a.seq is not null then 'assigned' when q.lead_id is not null then 'queued' else 'closed' end
    as assignment_status,
  coalesce(a.assignment_reason, q.reason, last.assignment_reason, case when l.is_test then routing.describe_test() end)
    as assignment_reason,
  coalesce(a.duplicate_of, last.duplicate_of) as duplicate_of,
  coalesce(a.caller_id, last.caller_id) as caller_id, c.name as caller_name,
  coalesce(a.assigned_at, last.assigned_at) as assigned_at,
  q.queued_at, coalesce(q.is_held, false) as is_held, a.claim_by, coalesce(a.claimed_at, last.claimed_at) as claimed_at
from crm.leads l
left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id and a.ended_at is null
left join lateral (
  select o.* from core.own_leads o
  where l.closed_at is not null and o.workspace_id = l.workspace_id and o.lead_id = l.id and not o.is_open) last on true
left join crm.callers c on c.workspace_id = l.workspace_id and c.id = coalesce(a.caller_id, last.caller_id)
left join crm.queue q on q.workspace_id = l.workspace_id and q.lead_id = l.id;

comment on view core.lead_cards is 'Each lead with who has it, who had it when it was closed, or why it waits.';

-- The same view under row security: lead_cards runs as its owner, who is not held to it.
do $$
begin
  execute 'create view core.leads_in_sight with (security_invoker = true) as ' || pg_get_viewdef('core.lead_cards');
end
$$;

comment on view core.leads_in_sight is 'As core.lead_cards, of the leads that the acting role sees.';

create function core.lead_json(p_lead core.lead_cards) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_lead.id, 'created_at', p_lead.created_at, 'name', p_lead.name, 'phone', p_lead.phone,
  'other_phones', coalesce(to_jsonb(p_lead.other_phones), '[]'), 'email', p_lead.email,
  'city', p_lead.city, 'state', p_lead.state, 'state_from', p_lead.state_from, 'state_given', p_lead.state_given,
  'possible_states', case when p_lead.state is null then p_lead.possible_states end,
  'lead_source', p_lead.lead_source,
  'campaign',
  case when p_lead.campaign_id is not null
    then jsonb_build_object('id', p_lead.campaign_id, 'name', p_lead.metadata ->> 'campaign') end,
  'language', p_lead.language, 'message', p_lead.message,
  'status', coalesce(p_lead.status, 'new'), 'close_reason', p_lead.close_reason,
  'timestamp', p_lead.timestamp_from_sheet, 'source_row_id', p_lead.source_row_id, 'external_id', p_lead.external_id,
  'assignment_status', p_lead.assignment_status, 'assignment_reason', p_lead.assignment_reason,
  'duplicate_of', p_lead.duplicate_of,
  'assigned_caller',
  case when p_lead.caller_id is not null
    then jsonb_build_object('id', p_lead.caller_id, 'name', p_lead.caller_name) end,
  'assigned_at', p_lead.assigned_at, 'queued_at', p_lead.queued_at, 'is_held', p_lead.is_held,
  'is_test', p_lead.is_test,
  'claim_by', p_lead.claim_by, 'claimed_at', p_lead.claimed_at, 'closed_at', p_lead.closed_at)
    || jsonb_build_object(
  'first_name', p_lead.first_name, 'last_name', p_lead.last_name, 'company', p_lead.company,
  'job_title', p_lead.job_title, 'country', p_lead.country, 'medium', p_lead.medium, 'term', p_lead.term,
  'product', p_lead.product, 'budget', core.budget_json(p_lead.budget), 'authority', p_lead.authority,
  'timeline_months', p_lead.timeline_months)
    || core.sealed_json(p_lead.sealed);

comment on function core.lead_json(core.lead_cards) is 'A lead as JSON, as the page and the API show it.';
