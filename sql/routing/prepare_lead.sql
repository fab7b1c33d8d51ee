-- BEFORE INSERT on crm.leads, row by row: one spelling for everything that is compared later, so that a duplicate is
-- recognised and a pool is found whoever inserts. Empty texts are absent. Sets state_from to how the state was found.
--
-- Keys: a row id or a phone with a timestamp tells a retry from a new lead; a lead with neither is keyed by the sender's
-- idempotency key, else by a hash of its content. A key sent beside them is dropped: senders who send one key for
-- many rows would lose leads by it.
--
-- Locks: none. Errors: LD422 for a workspace that does not exist.
create function routing.prepare_lead() returns trigger
language plpgsql
as $$
declare
  v_origin record;
  v_country crm.countries;
begin
  select c as country, s.name as source_name into v_origin
  from crm.workspaces w
  join crm.countries c on c.code = w.country
  left join crm.sources s on s.workspace_id = w.id and s.id = new.source_id
  where w.id = new.workspace_id;
  if not found then
    raise exception 'There is no workspace %', new.workspace_id
      using errcode = 'LD422', column = 'workspace_id', hint = 'select id, name from crm.workspaces';
  end if;

  v_country := v_origin.country;
  new.created_at := coalesce(new.created_at, routing.current_time());
  new.name := nullif(trim(new.name), '');
  new.phone := routing.normalize_phone(new.phone, v_country);
  new.email := nullif(lower(trim(new.email)), '');
  new.external_id := nullif(trim(new.external_id), '');
  new.source_row_id := nullif(trim(new.source_row_id), '');
  new.lead_source := coalesce(nullif(trim(new.lead_source), ''), v_origin.source_name);
  new.city := nullif(trim(new.city), '');

  new.state_given := nullif(trim(new.state), '');
  new.state := routing.find_state(v_country.code, new.state_given);
  new.state_from := case when new.state is not null then 'state' end;
  if new.state is null and new.city is not null then
    new.state := routing.find_state_of_city(v_country.code, new.city);
    new.state_from := case when new.state is not null then 'city' end;
  elsif new.state = new.state_given then
    new.state_given := null;
  end if;

  if new.source_row_id is not null or (new.phone is not null and new.timestamp_from_sheet is not null) then
    new.idempotency_key := null;
  elsif new.idempotency_key is null then
    new.idempotency_key := 'content:' || encode(sha256(convert_to(jsonb_build_array(
      new.external_id, new.name, new.phone, new.email, new.timestamp_from_sheet, new.lead_source,
      new.city, new.state_given, new.state, new.language, new.message, new.metadata)::text, 'UTF8')), 'hex');
  end if;
  return new;
end
$$;

comment on function routing.prepare_lead() is 'Trigger: normalises a new lead''s phone, email, state and city, and keys it when nothing else tells a retry from a new lead.';

create trigger prepare_lead before insert on crm.leads
for each row execute function routing.prepare_lead();
