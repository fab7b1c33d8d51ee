-- A lead that a manager types in. It goes the way of every lead: one insert, after which it is dealt. It has no source
-- that handed it in; lead_source says where the person came from. Somebody who writes the same twice is told.
--
-- Locks: unique keys, then the turnstile. Errors: LD409 the same lead is there; LD422 as for edits; the constraints of
-- crm.leads.
create function api.create_lead(p_lead jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_lead crm.leads := jsonb_populate_record(null::crm.leads, p_lead - 'timestamp' - 'sealed');
  v_id uuid;
  v_stored crm.leads;
begin
  v_lead.timestamp_from_sheet := core.read_lead_time(p_lead ->> 'timestamp', null,
    (select w.timezone from crm.workspaces w where w.id = v_workspace_id));
  insert into crm.leads (workspace_id, name, first_name, last_name, phone, other_phones, email, external_id,
    source_row_id, timestamp_from_sheet, company, job_title, city, state, country, language, lead_source, medium, term,
    product, budget, authority, timeline_months, message, metadata, sealed)
  values (v_workspace_id, v_lead.name, v_lead.first_name, v_lead.last_name, v_lead.phone, v_lead.other_phones,
    v_lead.email, v_lead.external_id, v_lead.source_row_id, v_lead.timestamp_from_sheet, v_lead.company,
    v_lead.job_title, v_lead.city, v_lead.state, v_lead.country, v_lead.language, v_lead.lead_source, v_lead.medium,
    v_lead.term, v_lead.product, v_lead.budget, v_lead.authority, v_lead.timeline_months, v_lead.message,
    coalesce(v_lead.metadata, '{}'), decode(p_lead ->> 'sealed', 'base64'))
  on conflict do nothing
  returning id into v_id;
  if v_id is null then
    raise exception 'A lead that says the same is there already' using errcode = 'LD409',
      hint = 'Search for it, or say in the message what is new.';
  end if;
  select l.* into v_stored from crm.leads l where l.workspace_id = v_workspace_id and l.id = v_id;
  perform core.check_edit(v_stored, p_lead);
  return api.get_lead(v_id);
end
$$;

comment on function api.create_lead(jsonb) is
  'Stores a lead that somebody typed in, has it dealt, and returns it. LD409 if one that says the same is there.';
