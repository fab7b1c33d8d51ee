create function core.lead_json(p_lead core.lead_cards) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_lead.id, 'created_at', p_lead.created_at, 'name', p_lead.name, 'phone', p_lead.phone, 'email', p_lead.email,
  'city', p_lead.city, 'state', p_lead.state, 'state_from', p_lead.state_from, 'state_given', p_lead.state_given,
  'lead_source', p_lead.lead_source,
  'campaign',
  case when p_lead.campaign_id is not null
    then jsonb_build_object('id', p_lead.campaign_id, 'name', p_lead.metadata ->> 'campaign') end,
  'language', p_lead.language, 'message', p_lead.message,
  'timestamp', p_lead.timestamp_from_sheet, 'source_row_id', p_lead.source_row_id, 'external_id', p_lead.external_id,
  'assignment_status', p_lead.assignment_status, 'assignment_reason', p_lead.assignment_reason,
  'duplicate_of', p_lead.duplicate_of,
  'assigned_caller',
  case when p_lead.caller_id is not null
    then jsonb_build_object('id', p_lead.caller_id, 'name', p_lead.caller_name) end,
  'assigned_at', p_lead.assigned_at, 'queued_at', p_lead.queued_at, 'is_held', p_lead.is_held,
  'claim_by', p_lead.claim_by, 'claimed_at', p_lead.claimed_at, 'closed_at', p_lead.closed_at)
    || core.sealed_json(p_lead.sealed);

comment on function core.lead_json(core.lead_cards) is 'A lead as JSON, as the page and the API show it.';
