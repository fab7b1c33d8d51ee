-- What a lead says, edited by hand: a manager edits every lead, a caller the own ones. p_changes has the fields that
-- are to be different, as they come from a sender: {"name", "phone", "other_phones", "email", "city", "state", ...};
-- null empties a field. What is not named stays.
--
-- The trigger of crm.leads makes an event of it, with each field before and after, and has the contact be known by a
-- new phone or e-mail. A new city or state says where the lead is; who has it stays, and so does its place in the queue
-- until it is dealt again. A sealed phone or e-mail comes with "sealed", all that is sealed of the lead from then on.
--
-- Which repeats are known: a lead that was known by phone and time is known so no more once its phone is another, since
-- a lead of that phone may have come at that time. What repeats it then comes to the same caller, as of the same
-- contact.
--
-- Locks: the turnstile, then the lead's row, which nobody outside it locks. Errors: LD404 no such lead in sight; LD422
-- with the field as column for what cannot be read, or (name) if nothing were left that says whose lead it is; LD409
-- for a lead in the clear where phones are sealed.
create function core.editable_fields() returns text[]
language sql immutable parallel safe
return array['name', 'first_name', 'last_name', 'phone', 'other_phones', 'email', 'company', 'job_title', 'city',
  'state', 'country', 'language', 'lead_source', 'medium', 'term', 'product', 'budget', 'authority', 'timeline_months',
  'message'];

comment on function core.editable_fields() is 'The fields of a lead that people may edit.';

create function core.edited_lead(p_lead crm.leads, p_changes jsonb) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := jsonb_populate_record(p_lead, p_changes - 'sealed');
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = p_lead.workspace_id);
  v_given crm.leads;
begin
  v_lead.metadata := v_lead.metadata - array(select f || '_given' from jsonb_object_keys(p_changes) f)
    - case when p_changes ? 'other_phones' then 'phone_given' else '' end;
  if p_changes ?| '{first_name,last_name}' and not p_changes ? 'name'
    and coalesce(p_lead.name, '') = coalesce(core.name_of_parts(p_lead), '')
  then
    v_lead.name := null;  -- made anew
  end if;
  v_lead.name := nullif(trim(v_lead.name), '');
  v_lead.email := nullif(lower(trim(v_lead.email)), '');
  v_lead.language := nullif(trim(v_lead.language), '');
  v_lead.lead_source := nullif(trim(v_lead.lead_source), '');
  v_lead.message := nullif(trim(v_lead.message), '');
  v_lead := core.spell_details(v_lead);
  if p_changes ?| '{phone,other_phones}' then
    v_lead := core.spell_phones_of(v_lead, v_workspace.country);
  end if;
  if p_changes ?| '{phone,other_phones,email}' then
    v_given := v_lead;
    v_lead := core.put_placeholders_aside(v_lead, v_given, v_workspace.placeholder_pattern);
    v_lead.sealed := case when p_changes ? 'sealed' then decode(p_changes ->> 'sealed', 'base64')
      else v_lead.sealed end;
  end if;
  if p_changes ?| '{city,state}' then
    v_given := v_lead;
    v_given.state := case when p_changes ? 'state' then p_changes ->> 'state'
      when p_lead.state_from = 'state' then coalesce(p_lead.state_given, p_lead.state) else p_lead.state_given end;
    v_lead.state := (
      select p.state_name from crm.place_names p
      where p.country = v_workspace.country and p.kind = 'state' and p.key = core.place_key(v_given.state));
    v_lead := core.locate_lead(v_lead, v_given.state, v_workspace.country);
  end if;
  return v_lead;
end
$$;

comment on function core.edited_lead(crm.leads, jsonb) is
  'A lead with these fields as they are to be, in their one spelling.';

create function core.refuse_edit(p_field text, p_message text, p_hint text) returns void
language plpgsql volatile
as $$
begin
  raise exception '%', p_message using errcode = 'LD422', column = p_field, hint = p_hint;
end
$$;

comment on function core.refuse_edit(text, text, text) is 'Raises LD422 for a field of an edit.';

create function core.check_edit(p_lead crm.leads, p_changes jsonb) returns void
language plpgsql volatile
as $$
declare
  v_phone text := nullif(trim(p_changes ->> 'phone'), '');
begin
  if v_phone is not null and (p_lead.phone = (case when v_phone ^@ 'sealed' then v_phone else (
    select r.numbers[1] from core.read_phones(v_phone, (
      select w.country from crm.workspaces w where w.id = p_lead.workspace_id)) r) end)) is not true
  then
    perform core.refuse_edit('phone', 'It is no phone number',
      'Write it with its country code, as in +91 98100 00001.');
  elsif nullif(trim(p_changes ->> 'email'), '') is not null and (p_lead.email is null
    or not (p_lead.email ~ '^[^@[:space:]]+@[^@[:space:]]+$' or p_lead.email ^@ 'sealed:'))
  then
    perform core.refuse_edit('email', 'It is no e-mail address', 'Write it as in asha@example.com.');
  elsif num_nonnulls(p_lead.name, p_lead.phone, p_lead.email, p_lead.external_id, p_lead.source_row_id) = 0 then
    perform core.refuse_edit('name', 'Nothing would say whose lead it is', 'Leave a name, a phone or an e-mail.');
  end if;
end
$$;

comment on function core.check_edit(crm.leads, jsonb) is
  'LD422 unless an edited lead has what the edit gives as phone and e-mail, and anything that says whose it is.';

create function core.edit_lead(p_lead_id uuid, p_changes jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := (core.take_turnstile(core.current_workspace())).id;
  v_stray text := (
    select f from jsonb_object_keys(p_changes) f
    where f <> all (core.editable_fields() || '{sealed}'::text[]) order by f limit 1);
  v_before crm.leads;
  v_lead crm.leads;
begin
  perform core.refuse_unseen(p_lead_id);
  if v_stray is not null then
    perform core.refuse_edit(v_stray, 'It cannot be edited',
      'There are: ' || array_to_string(core.editable_fields(), ', ') || '.');
  end if;
  select l.* into v_before from crm.leads l where l.workspace_id = v_workspace_id and l.id = p_lead_id;
  if p_changes ? 'sealed' and core.is_in_the_clear(v_before) then
    raise exception 'The phone of this lead is not sealed yet' using errcode = 'LD409',
      hint = 'Run fairlead keys seal, then edit it.';
  end if;
  v_lead := core.edited_lead(v_before, p_changes);
  perform core.check_edit(v_lead, p_changes);
  update crm.leads l
  set name = v_lead.name, first_name = v_lead.first_name, last_name = v_lead.last_name, phone = v_lead.phone,
    other_phones = v_lead.other_phones, email = v_lead.email, company = v_lead.company, job_title = v_lead.job_title,
    city = v_lead.city, state = v_lead.state, state_given = v_lead.state_given, state_from = v_lead.state_from,
    possible_states = v_lead.possible_states, country = v_lead.country, language = v_lead.language,
    lead_source = v_lead.lead_source, medium = v_lead.medium, term = v_lead.term, product = v_lead.product,
    budget = v_lead.budget, authority = v_lead.authority, timeline_months = v_lead.timeline_months,
    message = v_lead.message, metadata = v_lead.metadata, sealed = v_lead.sealed,
    idempotency_key = case
      when v_lead.phone is distinct from v_before.phone and l.source_row_id is null
        then coalesce(l.idempotency_key, 'edited:' || l.id)
      else l.idempotency_key end
  where l.workspace_id = v_workspace_id and l.id = p_lead_id;
end
$$;

comment on function core.edit_lead(uuid, jsonb) is 'What api.update_lead() does, as the owner, to a lead in sight.';

create function api.update_lead(p_lead_id uuid, p_changes jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.edit_lead(p_lead_id, p_changes);
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.update_lead(uuid, jsonb) is
  'Changes what a lead says, {field: value, null to empty it}; who has it stays. LD404 no such lead; LD422 for what '
  'cannot be read.';
