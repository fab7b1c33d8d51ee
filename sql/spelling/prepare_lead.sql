-- On the way into crm.leads, row by row: one spelling for everything that is compared later, so that a duplicate is
-- recognised and a pool is found, whatever program inserts. Empty texts are absent. state_from says how the state was
-- found.
--
-- Keys: what tells a retry from a new lead is the strongest that the sender says of it: its own row id; else phone and
-- timestamp (of one external id, which is a person's and not a submission's); else all that the lead says. A timestamp
-- that is only a date tells nothing, as somebody may ask twice a day. The sender's idempotency key is one more thing
-- that the lead says: the same key with other content is another lead, since senders who send one key for many rows
-- would lose leads by it.
--
-- Every lead pays for this, and what costs is looking things up: each table is asked only when its answer is needed.
-- Locks: none. Errors: LD422 for a workspace that does not exist.
create function core.content_key(p_lead crm.leads, p_key text default null) returns text
language sql stable
return 'content:' || encode(sha256(convert_to((jsonb_build_array(
  p_lead.external_id, p_lead.name,
  p_lead.phone || coalesce(', ' || array_to_string(p_lead.other_phones, ', '), ''),
  p_lead.email, p_lead.timestamp_from_sheet, p_lead.lead_source,
  p_lead.city, p_lead.state_given, p_lead.state, p_lead.language, p_lead.message, core.all_said(p_lead))
    || case when p_key is null then '[]' else to_jsonb(p_key) end)::text, 'UTF8')),
  'hex');

comment on function core.content_key(crm.leads, text) is
  'What a normalised lead is known by that nothing better tells apart: all it says, and the key that the sender gave '
  'it.';

-- Programs without a notion of dates write midnight, here or in UTC. Few times are at a quarter of an hour, so most
-- are told by the first comparison. Stable, as date_part() is, or it would not be inlined.
create function core.is_only_date(p_at timestamptz, p_timezone text) returns boolean
language sql stable parallel safe
return date_part('epoch', p_at)::bigint % 900 = 0
  and ((p_at at time zone p_timezone)::time = '00:00' or (p_at at time zone 'UTC')::time = '00:00');

comment on function core.is_only_date(timestamptz, text) is
  'Whether a time is midnight, in this timezone or in UTC, and so perhaps only a date.';

create function core.locate_lead(p_lead crm.leads, p_state text, p_country text) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := p_lead;
  v_states text[] := array[]::text[];
  v_found text[];
begin
  v_lead.city := nullif(trim(v_lead.city), '');
  v_lead.state_given := nullif(trim(p_state), '');
  v_lead.possible_states := null;
  if core.may_name_country(v_lead.metadata) and core.is_elsewhere(v_lead, p_country) then
    v_lead.state := null;
    v_lead.state_from := null;
    return v_lead;
  elsif v_lead.state is not null then
    v_lead.state_from := 'state';
    v_lead.state_given := nullif(v_lead.state_given, v_lead.state);
    return v_lead;
  end if;
  v_lead.state_from := null;
  for v_nr in 1 .. 3 loop
    exit when cardinality(v_states) = 1
      or v_nr = 2 and v_states = '{}' and core.is_state_abroad(p_country, v_lead.state_given);
    v_found := case v_nr
      when 1 then
        case when v_lead.state_given is not null then core.find_states(p_country, v_lead.state_given, true) end
      when 2 then case when v_lead.city is not null then core.find_states(p_country, v_lead.city) end
      when 3 then
        -- Most metadata have no postal code, which is cheaper to see at a glance.
        case when v_lead.metadata <> '{}' and v_lead.metadata::text ~* 'pin|zip|post|plz|cep|पिन'
          then core.find_states_of_code(p_country, core.postal_code_of(p_country, v_lead.metadata)) end
      end;
    if v_found <> '{}' and (v_states = '{}' or v_found && v_states) then
      v_states := core.narrow(v_states, v_found);
      v_lead.state_from := (array['state', 'city', 'postal_code'])[v_nr];
    end if;
  end loop;
  if cardinality(v_states) = 1 then
    v_lead.state := v_states[1];
  else
    v_lead.possible_states := nullif(v_states, '{}');
  end if;
  return v_lead;
end
$$;

comment on function core.locate_lead(crm.leads, text, text) is
  'A lead with its state, or the states it may be of, how that was found, and the text that was sent as the state '
  'where that says something else. The lead has a state already where the text is exactly one. A state is asked '
  'first, then the city, and a postal code in the metadata only where both leave it open. Who is in another country, '
  'as the metadata or the state says, is in none.';

-- Sealed ones are spelt already: "sealed:" the numbers, in their order, "sealed-" what identifies nobody: last, what
-- was given.
create function core.spell_phones_of(p_lead crm.leads, p_country text) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := p_lead;
  v_all text[] := array_remove(p_lead.phone || p_lead.other_phones, null);
  v_given text := nullif(trim(array_to_string(v_all, ', ')), '');
  v_numbers text[];
  v_is_whole boolean := true;
begin
  if v_all[1] ^@ 'sealed' then
    v_given := (select s from unnest(v_all) with ordinality o (s, nr) where s ^@ 'sealed-' order by nr desc limit 1);
    v_numbers := array(select s from unnest(v_all) s where s ^@ 'sealed:');
    v_is_whole := v_given is null;
  elsif v_given is not null then
    select r.numbers, r.is_whole into v_numbers, v_is_whole from core.read_phones(v_given, p_country) r;
  end if;
  v_lead.phone := v_numbers[1];
  v_lead.other_phones := nullif(v_numbers[2 : 6], '{}');
  if not v_is_whole then  -- what the sender's metadata has by that name stays
    v_lead.metadata := jsonb_build_object('phone_given', v_given) || coalesce(v_lead.metadata, '{}');
  end if;
  return v_lead;
end
$$;

comment on function core.spell_phones_of(crm.leads, text) is
  'A lead with its phones in international form, and in metadata.phone_given what could not be read, or not all of it.';

create function core.retry_key(p_lead crm.leads, p_timezone text) returns text
language plpgsql stable
as $$
begin
  if p_lead.is_test is not true and (p_lead.source_row_id is not null or (
    (p_lead.phone ^@ '+' or p_lead.phone ^@ 'sealed:') and not core.is_only_date(p_lead.timestamp_from_sheet,
      p_timezone)))
  then
    return null;
  end if;
  return case when p_lead.is_test is not true then core.content_key(p_lead, p_lead.idempotency_key)
    else 'test:' || coalesce('row:' || p_lead.source_row_id, core.content_key(p_lead, p_lead.idempotency_key)) end;
end
$$;

comment on function core.retry_key(crm.leads, text) is
  'The key by which a normalised lead is recognised when it is sent again; null where its row id, or a real phone and '
  'time, tell that. A test always has one, by which only a test is recognised.';

create function core.name_campaign_of(p_lead crm.leads) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := p_lead;
begin
  select g.id, p_lead.metadata || jsonb_build_object('campaign', g.name) into v_lead.campaign_id, v_lead.metadata
  from crm.campaigns g
  where g.workspace_id = p_lead.workspace_id and g.key = core.slug(p_lead.metadata ->> 'campaign')
    and g.archived_at is null;
  v_lead.metadata := coalesce(v_lead.metadata, p_lead.metadata);
  return v_lead;
end
$$;

comment on function core.name_campaign_of(crm.leads) is
  'A lead that names a campaign, with the campaign it is of, if there is one, in the campaign''s own spelling.';

create function core.says_yes(p_text text) returns boolean
language sql immutable parallel safe
return coalesce(lower(trim(p_text)) in ('yes', 'y', 'true', 't', '1', 'on', 'x'), false);

comment on function core.says_yes(text) is 'Whether a text means yes, as people and programs write it.';

create function core.normalize_lead(p_lead crm.leads) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := p_lead;
  v_country text;
  v_timezone text;
  v_usual text;
  v_placeholders text;
  v_signs text[];
begin
  select w.country, w.timezone, n.usual, w.placeholder_pattern, w.placeholder_signs, p.state_name
  into v_country, v_timezone, v_usual, v_placeholders, v_signs, v_lead.state
  from crm.workspaces w
  left join crm.phone_plans n on n.region = w.country
  left join crm.place_names p on p.country = w.country and p.kind = 'state' and p.key = core.place_key(p_lead.state)
  where w.id = p_lead.workspace_id;
  if not found then
    raise exception 'There is no workspace %', p_lead.workspace_id
      using errcode = 'LD422', column = 'workspace_id', hint = 'select id, name from crm.workspaces';
  end if;

  v_lead.created_at := coalesce(v_lead.created_at, core.current_time());
  if v_lead.is_test or (v_lead.metadata ? 'is_test' and core.says_yes(v_lead.metadata ->> 'is_test')) then
    v_lead.is_test := true;
    v_lead.closed_at := v_lead.created_at;
  end if;
  if v_lead.request_id is null then
    v_lead.request_id := core.current_request();
  end if;
  v_lead.name := nullif(trim(v_lead.name), '');
  if v_lead.other_phones is not null or (v_lead.phone ~ v_usual) is not true and v_lead.phone is not null then
    v_lead := core.spell_phones_of(v_lead, v_country);
  end if;
  v_lead.email := nullif(lower(trim(v_lead.email)), '');
  v_lead.external_id := nullif(trim(v_lead.external_id), '');
  v_lead.source_row_id := nullif(trim(v_lead.source_row_id), '');
  if v_signs is null or v_lead.other_phones is not null
    or (v_lead.phone ^@ '+' and right(v_lead.phone, 5) = any (v_signs)) or left(v_lead.email, 3) = any (v_signs)
    or lower(left(v_lead.external_id, 3)) = any (v_signs) or lower(left(v_lead.source_row_id, 3)) = any (v_signs)
    or core.is_like_template(v_lead.external_id) or core.is_like_template(v_lead.source_row_id)
    or core.is_like_template(v_lead.email) or core.is_no_address(v_lead.email)
  then
    v_lead := core.put_placeholders_aside(v_lead, p_lead, v_placeholders);
  end if;
  v_lead.idempotency_key := nullif(trim(v_lead.idempotency_key), '');
  v_lead.lead_source := nullif(trim(v_lead.lead_source), '');
  if v_lead.lead_source is null and p_lead.source_id is not null then
    v_lead.lead_source := (select s.name from crm.sources s
      where s.workspace_id = p_lead.workspace_id and s.id = p_lead.source_id);
  end if;
  v_lead := core.locate_lead(v_lead, p_lead.state, v_country);
  if num_nonnulls(v_lead.first_name, v_lead.last_name, v_lead.company, v_lead.job_title, v_lead.country, v_lead.medium,
    v_lead.term, v_lead.product, v_lead.budget, v_lead.authority, v_lead.timeline_months) > 0
  then
    v_lead := core.spell_details(v_lead);
  end if;
  v_lead.idempotency_key := core.retry_key(v_lead, v_timezone);
  -- After the key, which must be the same before and after the campaign is made.
  v_lead.campaign_id := null;
  if v_lead.metadata ? 'campaign' then
    v_lead := core.name_campaign_of(v_lead);
  end if;
  return v_lead;
end
$$;

comment on function core.normalize_lead(crm.leads) is
  'A lead with phone, email, state, city and campaign in their one spelling, and keyed when nothing else tells a retry '
  'from a new lead. LD422 for an unknown workspace.';

create function core.prepare_lead() returns trigger
language plpgsql
as $$
declare
  v_lead crm.leads := core.normalize_lead(new);
begin
  -- A look that costs little: no text has more letters than bytes.
  if octet_length(v_lead.source_row_id) > 200 or octet_length(v_lead.external_id) > 200
    or octet_length(v_lead.name) > 200 or octet_length(v_lead.phone) > 40 or octet_length(v_lead.email) > 320
    or octet_length(v_lead.lead_source) > 200 or octet_length(v_lead.city) > 200 or octet_length(v_lead.state) > 200
    or octet_length(v_lead.state_given) > 200 or octet_length(v_lead.language) > 100
    or octet_length(v_lead.message) > 10000 or jsonb_typeof(v_lead.metadata) <> 'object'
    or octet_length(v_lead.idempotency_key) > 300 or octet_length(v_lead.request_id) > 100
    or (v_lead.state_from is null) = (v_lead.state is not null)
    or num_nonnulls(v_lead.first_name, v_lead.last_name, v_lead.company, v_lead.job_title, v_lead.country,
      v_lead.medium, v_lead.term, v_lead.product, v_lead.budget, v_lead.authority, v_lead.timeline_months) > 0
      and core.has_unfit_details(v_lead)
  then
    perform core.refuse_unfit_lead(v_lead);
  end if;
  return v_lead;
end
$$;

comment on function core.prepare_lead() is
  'Trigger: normalises a new lead before it is stored, and refuses one that must not be as it is.';

create trigger prepare_lead before insert on crm.leads
for each row execute function core.prepare_lead();
