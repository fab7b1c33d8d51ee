-- Until migration 0018 a condition was jsonpath that people wrote. The log still has those as texts, and replay needs
-- them for what was dealt by them. But such a text can be made to exhaust the server, so replay runs it only if its
-- form is harmless. For any other text it trusts the record on whom the rule was for.
create function routing.is_harmless(p_condition text) returns boolean
language plpgsql immutable parallel safe
as $$
declare
  -- A search for the very characters is no pattern. Then the strings go, which can hold anything.
  v_rest text := regexp_replace(p_condition, 'like_regex "([^"\\]|\\.)*" flag "i?q"', 'starts with ""', 'g');
begin
  v_rest := regexp_replace(v_rest, '"([^"\\]|\\.)*"', '"', 'g');
  return length(p_condition) <= 4000
    and v_rest !~ '[?*[{%/+@,]|\ylike_regex\y|\yto\y|-\s*\$'
    -- Between two paths every value of the one is compared with every value of the other.
    and v_rest !~ '(==|!=|<>|<=|>=|<|>)[\s(]*(strict|lax)?\s*\$';
end
$$;

comment on function routing.is_harmless(text) is
  'Whether an old condition, as jsonpath writes it out, can do no harm: no filter, wildcard, subscript, pattern ...';

create function routing.compile_any_condition(p_condition jsonb) returns jsonpath
language plpgsql immutable parallel safe cost 1000
as $$
begin
  return case jsonb_typeof(p_condition)
    when 'object' then routing.compile_condition(p_condition)
    when 'string' then case when routing.is_harmless(p_condition #>> '{}')
      then (p_condition #>> '{}')::jsonpath end
  end;
end
$$;

comment on function routing.compile_any_condition(jsonb) is
  'A condition of the log as jsonpath; null for none, and for an old one that could harm.';

create function routing.old_lead_facts(p_lead crm.leads) returns jsonb
language sql immutable parallel safe
return routing.lead_fields(p_lead) || jsonb_build_object('metadata', p_lead.metadata);

comment on function routing.old_lead_facts(crm.leads) is 'A lead as old conditions saw it: every field as it stands.';

create function routing.was_for(p_lead crm.leads, p_condition jsonb, p_compiled jsonpath) returns boolean
language plpgsql stable
as $$
begin
  return case jsonb_typeof(p_condition)
    when 'object' then routing.meets(routing.lead_facts(p_lead, routing.fields_of(p_condition)), p_compiled)
    when 'string' then case when p_compiled is not null
      then routing.meets(routing.old_lead_facts(p_lead), p_compiled) end
    else true end;
end
$$;

comment on function routing.was_for(crm.leads, jsonb, jsonpath) is
  'Whether a rule of the log with this condition was for a lead; null where nobody can say, as it is not run.';
