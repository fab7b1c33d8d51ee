-- Every condition is checked here when it is stored, and put into one spelling: states by their names, phones in
-- international form, numbers as numbers.
--
-- Errors: LD422 with the path of what is wrong, such as condition.terms[1].field.
create function routing.condition_fields() returns text[]
language sql immutable parallel safe
return array[
  'name', 'phone', 'email', 'external_id', 'city', 'state', 'source', 'language', 'message', 'campaign', 'team']
  || routing.detail_fields();

comment on function routing.condition_fields() is 'The fields of a lead that conditions know, besides metadata.<name>.';

-- Only metadata, budget and timeline can hold numbers, and only metadata dates: the other fields are texts.
create function routing.operators_of(p_field text) returns text[]
language sql immutable parallel safe
return array['is', 'is_not', 'is_one_of', 'contains', 'begins_with', 'is_empty', 'is_not_empty']
  || case when p_field ^@ 'metadata.' or p_field in ('budget', 'timeline_months')
    then array['more_than', 'less_than', 'between'] else '{}'::text[] end;

comment on function routing.operators_of(text) is 'The operators that a field can be asked by.';

-- Volatile, so that nobody calls it while a plan is made.
create function routing.refuse_condition(p_at text, p_message text, p_hint text default null) returns void
language plpgsql volatile
as $$
begin
  raise exception '%', p_message using errcode = 'LD422', column = p_at, hint = coalesce(p_hint, '');
end
$$;

comment on function routing.refuse_condition(text, text, text) is
  'Raises LD422 for a part of a condition, with its path as column.';

create function routing.read_field(p_field jsonb, p_at text) returns text
language plpgsql stable
as $$
declare
  v_field text := case when jsonb_typeof(p_field) = 'string' then trim(p_field #>> '{}') end;
  v_nearest text;
begin
  if v_field = any (routing.condition_fields()) or (v_field ^@ 'metadata.' and length(v_field) between 10 and 109) then
    return v_field;
  elsif coalesce(v_field, '') = '' then
    perform routing.refuse_condition(p_at, 'A field is missing',
      'There are: ' || array_to_string(routing.condition_fields(), ', ') || ', and metadata.<name>.');
  elsif v_field ^@ 'metadata.' then
    perform routing.refuse_condition(p_at, 'The name after "metadata." must be 1 to 100 characters long');
  end if;
  select f into v_nearest from unnest(routing.condition_fields()) f
  where crm.levenshtein_less_equal(left(lower(v_field), 50), f, 2) <= 2
  order by crm.levenshtein(left(lower(v_field), 50), f), f limit 1;
  perform routing.refuse_condition(p_at, format('There is no field "%s"', left(v_field, 100)), coalesce(
    'Did you mean ' || v_nearest || '?',
    format('Write metadata.%s for what senders say in other fields. The fields are: %s.',
      left(v_field, 100), array_to_string(routing.condition_fields(), ', '))));
  return null;
end
$$;

comment on function routing.read_field(jsonb, text) is
  'The field of a term. LD422 for one that there is not, with the nearest one.';

create function routing.is_date(p_folded text) returns boolean
language plpgsql immutable
as $$
begin
  return p_folded = routing.date_in(p_folded) is true and p_folded = to_char(p_folded::date, 'YYYY-MM-DD');
exception when datetime_field_overflow then
  return false;
end
$$;

comment on function routing.is_date(text) is 'Whether a text is a day that there is, as in 2026-01-31.';

create function routing.read_bound(p_value jsonb, p_at text) returns jsonb
language plpgsql immutable
as $$
declare
  v_folded text := routing.fold(left(p_value #>> '{}', 200));
  v_number numeric := case when jsonb_typeof(p_value) = 'number' then p_value::numeric
    else routing.number_in(v_folded) end;
begin
  if v_number is not null then
    return to_jsonb(v_number);
  end if;
  if not routing.is_date(v_folded) then
    perform routing.refuse_condition(p_at, format('"%s" is neither a number nor a date', left(p_value #>> '{}', 100)),
      'Write a number such as 5000, or a date such as 2026-01-31.');
  end if;
  return to_jsonb(v_folded);
end
$$;

comment on function routing.read_bound(jsonb, text) is
  'A value that others are more or less than: a number, or a date. LD422 for anything else.';

create function routing.read_value(p_workspace_id int, p_field text, p_operator text, p_value jsonb, p_at text)
returns jsonb
language plpgsql stable
as $$
declare
  v_country crm.countries;
  v_state text;
begin
  if coalesce(jsonb_typeof(p_value) not in ('string', 'number'), true) then
    perform routing.refuse_condition(p_at, 'A value must be a text or a number');
  elsif jsonb_typeof(p_value) = 'number' and not routing.is_usual_number(p_value::numeric) then
    perform routing.refuse_condition(p_at, 'The number is out of range',
      'Write a number below 10 to the power of 24, with at most 30 decimals.');
  elsif length(p_value #>> '{}') > 200 then
    perform routing.refuse_condition(p_at, 'A value must be at most 200 characters long');
  elsif routing.fold(p_value #>> '{}') = '' then
    perform routing.refuse_condition(p_at, 'The value is empty', 'Use is_empty for leads without a value here.');
  elsif p_operator in ('more_than', 'less_than', 'between') then
    return routing.read_bound(p_value, p_at);
  end if;
  if p_operator in ('is', 'is_not', 'is_one_of') and p_field in ('state', 'phone') then
    select c.* into v_country
    from crm.workspaces w join crm.countries c on c.code = w.country where w.id = p_workspace_id;
    if p_field = 'phone' then
      return to_jsonb(coalesce(core.normalize_phone(p_value #>> '{}', v_country.code), trim(p_value #>> '{}')));
    end if;
    v_state := core.find_state(v_country.code, p_value #>> '{}');
    if v_state is null then
      perform routing.refuse_condition(p_at, format('"%s" is no state of %s', p_value #>> '{}', v_country.name),
        'Write the state''s name or its ISO code, such as Maharashtra or MH.');
    end if;
    return to_jsonb(v_state);
  end if;
  return case when jsonb_typeof(p_value) = 'string' then to_jsonb(trim(p_value #>> '{}')) else p_value end;
end
$$;

comment on function routing.read_value(int, text, text, jsonb, text) is
  'One value of a term in its one spelling. LD422 for one that no lead could have.';

create function routing.read_term(p_workspace_id int, p_term jsonb, p_at text) returns jsonb
language plpgsql stable
as $$
declare
  v_field text := routing.read_field(p_term -> 'field', p_at || '.field');
  v_operator text := p_term ->> 'operator';
  v_given jsonb := coalesce(p_term -> 'values', '[]');
  v_count int;
  v_values jsonb;
begin
  if v_operator = any (routing.operators_of(v_field)) is not true then
    perform routing.refuse_condition(p_at || '.operator',
      case when v_operator = any (routing.operators_of('metadata.'))
        then format('The field %s has no numbers or dates', v_field)
        else 'There is no such operator' end,
      'There are: ' || array_to_string(routing.operators_of(v_field), ', ') || '.');
  elsif jsonb_typeof(v_given) <> 'array' then
    perform routing.refuse_condition(p_at || '.values', 'The values must be a list');
  end if;
  v_count := jsonb_array_length(v_given);
  if v_operator in ('is_empty', 'is_not_empty') and v_count <> 0 then
    perform routing.refuse_condition(p_at || '.values', v_operator || ' takes no value');
  elsif v_operator = 'between' and v_count <> 2 then
    perform routing.refuse_condition(p_at || '.values', 'between takes two values, the lower one first');
  elsif v_operator = 'is_one_of' and v_count not between 1 and 50 then
    perform routing.refuse_condition(p_at || '.values', 'is_one_of takes 1 to 50 values');
  elsif v_operator not in ('is_empty', 'is_not_empty', 'between', 'is_one_of') and v_count <> 1 then
    perform routing.refuse_condition(p_at || '.values', v_operator || ' takes one value');
  end if;
  select coalesce(jsonb_agg(routing.read_value(
    p_workspace_id, v_field, v_operator, v.value, format('%s.values[%s]', p_at, v.nr - 1)) order by v.nr), '[]')
  into v_values from jsonb_array_elements(v_given) with ordinality as v (value, nr);
  if v_operator = 'between'
      and (jsonb_typeof(v_values -> 0) <> jsonb_typeof(v_values -> 1) or v_values -> 0 > v_values -> 1) then
    perform routing.refuse_condition(p_at || '.values',
      'The first value must be the lower one, and both numbers or both dates');
  end if;
  return jsonb_build_object('field', v_field, 'operator', v_operator, 'values', v_values);
end
$$;

comment on function routing.read_term(int, jsonb, text) is
  'One comparison of a condition in its one spelling. LD422 for a mistake in it.';

create function routing.read_group(p_workspace_id int, p_group jsonb, p_at text, p_is_inside boolean) returns jsonb
language plpgsql stable
as $$
declare
  v_terms jsonb := '[]'::jsonb;
  v_term jsonb;
  v_nr bigint;
  v_at text;
begin
  perform routing.refuse_stray_keys(p_group, array['match', 'terms'], p_at);
  if (p_group ->> 'match') = any (array['all', 'any']) is not true then
    perform routing.refuse_condition(p_at || '.match', 'It must be "all" or "any"');
  elsif coalesce(jsonb_typeof(p_group -> 'terms') <> 'array', true) then
    perform routing.refuse_condition(p_at || '.terms', 'The terms must be a list');
  elsif jsonb_array_length(p_group -> 'terms') not between 1 and 20 then
    perform routing.refuse_condition(p_at || '.terms', 'There must be 1 to 20 terms',
      'Leave the condition out for all leads.');
  end if;
  for v_term, v_nr in
    select t.term, t.nr from jsonb_array_elements(p_group -> 'terms') with ordinality as t (term, nr) order by t.nr
  loop
    v_at := format('%s.terms[%s]', p_at, v_nr - 1);
    if jsonb_typeof(v_term) <> 'object' then
      perform routing.refuse_condition(v_at, 'A term must be an object with field, operator and values');
    elsif v_term ? 'terms' and p_is_inside then
      perform routing.refuse_condition(v_at, 'A group cannot stand in another group');
    elsif v_term ? 'terms' then
      v_terms := v_terms || jsonb_build_array(routing.read_group(p_workspace_id, v_term, v_at, true));
    else
      perform routing.refuse_stray_keys(v_term, array['field', 'operator', 'values'], v_at);
      v_terms := v_terms || jsonb_build_array(routing.read_term(p_workspace_id, v_term, v_at));
    end if;
  end loop;
  return jsonb_build_object('match', p_group -> 'match', 'terms', v_terms);
end
$$;

comment on function routing.read_group(int, jsonb, text, boolean) is
  'A condition, or a group in one, in its one spelling. LD422 for a mistake in it.';

create function routing.refuse_stray_keys(p_object jsonb, p_known text[], p_at text) returns void
language plpgsql immutable
as $$
declare
  v_stray text;
begin
  select k into v_stray from jsonb_object_keys(p_object) k where k <> all (p_known) order by k limit 1;
  if found then
    perform routing.refuse_condition(p_at || '.' || left(v_stray, 100), 'This field is not known',
      'There are: ' || array_to_string(p_known, ', ') || '.');
  end if;
end
$$;

comment on function routing.refuse_stray_keys(jsonb, text[], text) is
  'LD422 for an object of a condition with a key that it does not have.';

create function routing.read_condition(p_workspace_id int, p_condition jsonb) returns jsonb
language plpgsql stable
as $$
declare
  v_condition jsonb;
begin
  if p_condition is null or p_condition = 'null' then
    return null;
  elsif jsonb_typeof(p_condition) <> 'object' then
    perform routing.refuse_condition('condition', 'A condition must be an object with match and terms',
      'Write {"match": "all", "terms": [{"field": "city", "operator": "is", "values": ["Pune"]}]}.');
  elsif pg_column_size(p_condition) > 30000 then  -- not by its text: a short number may have 100,000 digits
    perform routing.refuse_condition('condition', 'The condition is too long', 'Split it into two rules.');
  end if;
  v_condition := routing.read_group(p_workspace_id, p_condition, 'condition', false);
  if (select count(*) from routing.terms_of(v_condition)) > 20 then
    perform routing.refuse_condition('condition.terms', 'There must be at most 20 terms in all',
      'Split it into two rules.');
  end if;
  return v_condition;
end
$$;

comment on function routing.read_condition(int, jsonb) is
  'A condition in its one spelling; null for none. LD422 with the path of a mistake.';
