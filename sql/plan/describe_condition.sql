-- Conditions in words, as managers read them beside a rule, in the audit log and while they write one.
create function routing.describe_field(p_field text) returns text
language sql immutable parallel safe
return case p_field when 'external_id' then 'external id' when 'email' then 'e-mail'
  when 'timeline_months' then 'timeline in months'
  else regexp_replace(regexp_replace(p_field, '^metadata\.', ''), '[_\s]+', ' ', 'g') end;

comment on function routing.describe_field(text) is
  'What a field is called in a sentence: "budget" for metadata.budget.';

create function routing.list_words(p_words text[], p_last text) returns text
language sql immutable parallel safe
return concat_ws(
  p_last, nullif(array_to_string(p_words[: cardinality(p_words) - 1], ', '), ''), p_words[cardinality(p_words)]);

comment on function routing.list_words(text[], text) is
  'Words in a row, the last two joined by another word: "Hindi, Marathi or Tamil".';

create function routing.describe_term(p_term jsonb) returns text
language sql immutable parallel safe
return (
  select routing.describe_field(p_term ->> 'field') || ' ' || case p_term ->> 'operator'
    when 'is' then 'is ' || v.words[1]
    when 'is_not' then 'is not ' || v.words[1]
    when 'is_one_of' then 'is ' || routing.list_words(v.words, ' or ')
    when 'contains' then 'contains ' || v.words[1]
    when 'begins_with' then 'begins with ' || v.words[1]
    when 'is_empty' then 'is empty'
    when 'is_not_empty' then 'is not empty'
    when 'more_than' then case when v.is_number then 'is more than ' else 'is after ' end || v.words[1]
    when 'less_than' then case when v.is_number then 'is less than ' else 'is before ' end || v.words[1]
    when 'between' then 'is between ' || v.words[1] || ' and ' || v.words[2] end
  from (
    select array(select jsonb_array_elements_text(p_term -> 'values')) as words,
      jsonb_typeof(p_term -> 'values' -> 0) = 'number' as is_number) v);

comment on function routing.describe_term(jsonb) is
  'One comparison of a condition in words: "language is Hindi or Marathi".';

create function routing.describe_group(p_group jsonb) returns text
language plpgsql immutable parallel safe
as $$
begin
  return (
    select string_agg(
      case when not t.term ? 'terms' then routing.describe_term(t.term)
           when jsonb_array_length(t.term -> 'terms') = 1 then routing.describe_group(t.term)
           else '(' || routing.describe_group(t.term) || ')' end,
      case p_group ->> 'match' when 'any' then ' or ' else ' and ' end order by t.nr)
    from jsonb_array_elements(p_group -> 'terms') with ordinality as t (term, nr));
end
$$;

comment on function routing.describe_group(jsonb) is
  'All or any of the terms of a condition, or of a group in it, in words.';

create function routing.describe_condition(p_condition jsonb) returns text
language sql immutable parallel safe
return case when p_condition is null or p_condition = 'null' then 'All leads'
  else 'Leads whose ' || routing.describe_group(p_condition) end;

comment on function routing.describe_condition(jsonb) is
  'A condition as a sentence: "Leads whose language is Hindi or Marathi and source is Google Ads"; "All leads".';
