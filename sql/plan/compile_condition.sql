-- Compiles a condition into jsonpath over the facts of a lead: comparisons with the values of the condition, joined by
-- and and or, and nothing else. There is no filter, wildcard, recursion or pattern, so the cost grows only with the
-- length of the lead and of the condition. What people wrote becomes quoted strings: JSON quotes as jsonpath does.
-- "contains" searches for exactly these characters (flag q: they are no pattern).
--
-- crm.rules.compiled holds the compiled form; only prepare_rule() writes it. Locks: none. Errors: none for a condition
-- that read_condition() has taken.
create function routing.compile_is(p_field text, p_value jsonb) returns text
language plpgsql immutable parallel safe
as $$
declare
  v_path text := '$.' || to_json(p_field);
  v_folded text := routing.fold(p_value #>> '{}');
  v_number numeric := case when p_field ^@ 'metadata.' or p_field in ('budget', 'timeline_months')
    then routing.number_in(v_folded) end;
begin
  return format('%s.text == %s', v_path, to_json(v_folded))
    || case when v_number is not null then format(' || %s.number == %s', v_path, v_number) else '' end;
end
$$;

comment on function routing.compile_is(text, jsonb) is 'That a field has a value, as text or as a number, as jsonpath.';

-- Numbers are compared with numbers, dates with dates.
create function routing.compile_bound(p_field text, p_sign text, p_value jsonb) returns text
language sql immutable parallel safe
return format(case when jsonb_typeof(p_value) = 'number' then '$.%s.number %s %s' else '$.%s.date %s %s' end,
  to_json(p_field), p_sign, p_value);

comment on function routing.compile_bound(text, text, jsonb) is
  'That a field is on one side of a number or a date, as jsonpath.';

create function routing.compile_term(p_term jsonb) returns text
language plpgsql immutable parallel safe
as $$
declare
  v_field text := p_term ->> 'field';
  v_path text := '$.' || to_json(v_field);
  v_value jsonb := p_term -> 'values' -> 0;
  v_folded text := to_json(routing.fold(v_value #>> '{}'));
begin
  return case p_term ->> 'operator'
    when 'is' then '(' || routing.compile_is(v_field, v_value) || ')'
    when 'is_not' then '!(' || routing.compile_is(v_field, v_value) || ')'
    when 'is_one_of' then '(' || (
      select string_agg(routing.compile_is(v_field, v.value), ' || ')
      from jsonb_array_elements(p_term -> 'values') v) || ')'
    when 'contains' then format('(%s.text like_regex %s flag "q")', v_path, v_folded)
    when 'begins_with' then format('(%s.text starts with %s)', v_path, v_folded)
    when 'is_empty' then format('!exists(%s)', v_path)
    when 'is_not_empty' then format('exists(%s)', v_path)
    when 'more_than' then '(' || routing.compile_bound(v_field, '>', v_value) || ')'
    when 'less_than' then '(' || routing.compile_bound(v_field, '<', v_value) || ')'
    when 'between' then '(' || routing.compile_bound(v_field, '>=', v_value)
      || ' && ' || routing.compile_bound(v_field, '<=', p_term -> 'values' -> 1) || ')'
  end;
end
$$;

comment on function routing.compile_term(jsonb) is 'One comparison of a condition as jsonpath.';

create function routing.compile_group(p_group jsonb) returns text
language plpgsql immutable parallel safe
as $$
begin
  return (
    select '(' || string_agg(
      case when t.term ? 'terms' then routing.compile_group(t.term) else routing.compile_term(t.term) end,
      case p_group ->> 'match' when 'any' then ' || ' else ' && ' end order by t.nr) || ')'
    from jsonb_array_elements(p_group -> 'terms') with ordinality as t (term, nr));
end
$$;

comment on function routing.compile_group(jsonb) is
  'All or any of the terms of a condition, or of a group in it, as jsonpath.';

create function routing.compile_condition(p_condition jsonb) returns jsonpath
language plpgsql immutable parallel safe cost 1000
as $$
begin
  return case when p_condition is not null then routing.compile_group(p_condition)::jsonpath end;
end
$$;

comment on function routing.compile_condition(jsonb) is
  'A condition as jsonpath over routing.lead_facts(); null for none. It must be one that read_condition() took.';

create function routing.terms_of(p_condition jsonb) returns setof jsonb
language sql immutable parallel safe
as $$
  select i.term
  from jsonb_array_elements(p_condition -> 'terms') t (term)
  cross join lateral jsonb_array_elements(coalesce(t.term -> 'terms', jsonb_build_array(t.term))) i (term)
$$;

comment on function routing.terms_of(jsonb) is 'The comparisons of a condition, those in its groups too.';

create function routing.fields_of(p_condition jsonb) returns text[]
language sql immutable parallel safe
return array(select distinct t ->> 'field' from routing.terms_of(p_condition) t);

comment on function routing.fields_of(jsonb) is 'The fields a condition asks for; none where there is no condition.';

-- Without a compiled form there is nothing to meet: a rule is never for a lead by mistake.
create function routing.meets(p_facts jsonb, p_compiled jsonpath) returns boolean
language sql immutable parallel safe
return coalesce(jsonb_path_match(p_facts, p_compiled, silent => true), false);

comment on function routing.meets(jsonb, jsonpath) is 'Whether a lead with these facts meets a compiled condition.';
