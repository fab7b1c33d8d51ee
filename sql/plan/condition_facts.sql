-- What conditions see of a lead: only the fields that some rule of the plan asks for. Each is folded once, so that
-- case, spaces and accents make no difference. {"language": {"text": "hindi"}, "metadata.budget": {"text": "50,000",
-- "number": 50000}}. A field that says nothing is left out. Bounded, since a lead may say anything: of the metadata the
-- top level, of a text its first 10,000 characters, of numbers those that people write.
create function routing.fold(p_text text) returns text
language sql immutable parallel safe
return case when octet_length(p_text) = length(p_text) then lower(translate(p_text, E' \t\n\r\f\v', ''))
  else lower(regexp_replace(normalize(p_text, nfkd), '[\u0300-\u036f[:space:]]', '', 'g')) end;

comment on function routing.fold(text) is
  'A text as conditions compare it: without case, spaces and accents. "Google  Ads" and "googleads" are the same.';

-- The value of a condition and the word of a lead go the same way. Text with a leading zero is a code, no number.
create function routing.number_in(p_folded text) returns numeric
language sql immutable parallel safe
return case when p_folded ~ '^[-+]?(0|[1-9]\d{0,23}|[1-9]\d{0,2}(,\d{2,3}){1,8})(\.\d{1,12})?$'
  then replace(p_folded, ',', '')::numeric end;

comment on function routing.number_in(text) is
  'The number that a folded text is, as in 45 or 50,000 or 1,00,000.50; null for any other text.';

create function routing.date_in(p_folded text) returns text
language sql immutable parallel safe
return case when p_folded ~ '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(t?\d\d:.*)?$' then left(p_folded, 10) end;

comment on function routing.date_in(text) is
  'The date that a folded text begins with (YYYY-MM-DD, with or without a time); null for any other text.';

-- Checked before the number is written out: 1e100000 is short, but has 100,001 digits.
create function routing.is_usual_number(p_number numeric) returns boolean
language sql immutable parallel safe
return abs(p_number) < 1e24 and scale(p_number) <= 30;

comment on function routing.is_usual_number(numeric) is 'Whether a number is of a size that conditions look at.';

-- {} stands for a value without text: a list, an object, a number that is too large.
create function routing.fact_of(p_value jsonb) returns jsonb
language plpgsql immutable parallel safe
as $$
declare
  v_kind text := jsonb_typeof(p_value);
  v_folded text;
begin
  if v_kind is null or v_kind = 'null' then
    return null;
  elsif v_kind = 'number' then
    return case when routing.is_usual_number(p_value::numeric)
      then jsonb_build_object('text', p_value #>> '{}', 'number', p_value) else '{}' end;
  elsif v_kind <> 'string' then
    return case when v_kind = 'boolean' then jsonb_build_object('text', p_value #>> '{}') else '{}' end;
  end if;
  v_folded := routing.fold(left(p_value #>> '{}', 10000));
  if v_folded = '' then
    return null;
  elsif v_folded ~ '^[-+]?\d' and length(v_folded) < 60 then
    return jsonb_strip_nulls(jsonb_build_object(
      'text', v_folded, 'number', routing.number_in(v_folded), 'date', routing.date_in(v_folded)));
  end if;
  return jsonb_build_object('text', v_folded);
end
$$;

comment on function routing.fact_of(jsonb) is
  'A value as conditions see it: its text folded, and the number or date it is. Null where it says nothing.';

create function routing.lead_fields(p_lead crm.leads) returns jsonb
language sql immutable parallel safe
return jsonb_build_object(
  'name', p_lead.name, 'phone', p_lead.phone, 'email', p_lead.email, 'external_id', p_lead.external_id,
  'city', p_lead.city, 'state', p_lead.state, 'source', p_lead.lead_source, 'language', p_lead.language,
  'message', p_lead.message, 'campaign', p_lead.metadata ->> 'campaign', 'team', p_lead.metadata ->> 'team');

comment on function routing.lead_fields(crm.leads) is
  'What a lead says in each field that conditions know, as it stands.';

create function routing.detail_fields() returns text[]
language sql immutable parallel safe
return array['first_name', 'last_name', 'company', 'job_title', 'country', 'medium', 'term', 'product', 'budget',
  'authority', 'timeline_months'];

comment on function routing.detail_fields() is 'The fields of conditions that most leads say nothing in.';

-- Of a budget from 10 to 15 lakh, what would be paid at most is what rules ask for.
create function routing.detail_of(p_lead crm.leads, p_field text) returns jsonb
language plpgsql immutable parallel safe
as $$
begin
  return case p_field
    when 'budget' then to_jsonb(trim_scale(coalesce(upper(p_lead.budget), lower(p_lead.budget))))
    else core.details_json(p_lead) -> p_field end;
end
$$;

comment on function routing.detail_of(crm.leads, text) is
  'What a lead says in one of detail_fields(), as it stands; of a budget the most, or else the least.';

-- What a field of our own says now, older plans asked of the metadata.
create function routing.lead_facts(p_lead crm.leads, p_fields text[]) returns jsonb
language plpgsql immutable parallel safe
as $$
declare
  v_said jsonb := routing.lead_fields(p_lead);
  v_facts jsonb := '{}'::jsonb;
  v_field text;
  v_fact jsonb;
begin
  foreach v_field in array p_fields loop
    v_fact := routing.fact_of(case
      when v_field = any (routing.detail_fields()) then routing.detail_of(p_lead, v_field)
      when not v_field ^@ 'metadata.' then v_said -> v_field
      when not p_lead.metadata ? substr(v_field, 10) and substr(v_field, 10) = any (routing.detail_fields())
        then routing.detail_of(p_lead, substr(v_field, 10))
      else p_lead.metadata -> substr(v_field, 10) end);
    if v_fact is not null then
      v_facts := v_facts || jsonb_build_object(v_field, v_fact);
    end if;
  end loop;
  return v_facts;
end
$$;

comment on function routing.lead_facts(crm.leads, text[]) is 'A lead as conditions over these fields see it.';
