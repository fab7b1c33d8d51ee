-- Who would get this lead now, and why: the very way a lead takes, undone before anybody sees it.
-- What tells a retry from a new lead is left out, so that a stored lead can be asked about too.
-- Locks: the turnstile, until the transaction ends. Errors: as for an insert.
create function api.preview_lead(p_lead jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_lead_id uuid := crm.new_id();
  v_answer jsonb;
begin
  begin
    insert into crm.leads (workspace_id, id, name, phone, email, external_id, lead_source, city, state, language,
      message, metadata, idempotency_key, other_phones, first_name, last_name, company, job_title, country, medium,
      term, product, budget, authority, timeline_months)
    select v_workspace_id, v_lead_id, l.name, l.phone, l.email, l.external_id, l.lead_source, l.city, l.state,
      l.language, l.message,
      coalesce(l.metadata, '{}'), 'preview:' || v_lead_id, l.other_phones, l.first_name, l.last_name, l.company,
      l.job_title, l.country, l.medium, l.term, l.product, l.budget, l.authority, l.timeline_months
    from jsonb_to_record(p_lead) as l (
      name text, phone text, email text, external_id text, lead_source text, city text, state text, language text,
      message text, metadata jsonb, other_phones text[], first_name text, last_name text, company text, job_title text,
      country text, medium text, term text, product text, budget numrange, authority text, timeline_months int);
    v_answer := core.preview_answer(v_workspace_id, v_lead_id);
    raise exception using errcode = 'UNDO0';
  exception when sqlstate 'UNDO0' then
    return v_answer;
  end;
end
$$;

comment on function api.preview_lead(jsonb) is
  'Who would get this lead now and why, as JSON with status, caller, reason and explanation. Stores nothing.';

create function core.preview_answer(p_workspace_id int, p_lead_id uuid) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'status', l.assignment_status, 'reason', l.assignment_reason, 'state', l.state,
    'caller', case when l.caller_id is not null then jsonb_build_object('id', l.caller_id, 'name', l.caller_name) end,
    'explanation', routing.explanation_json(p_lead_id))
  from core.lead_cards l
  where l.workspace_id = p_workspace_id and l.id = p_lead_id
$$;

comment on function core.preview_answer(int, uuid) is 'What became of a lead, as a preview says it.';
