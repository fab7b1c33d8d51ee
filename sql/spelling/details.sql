-- What a lead may say beyond who to call and where: first and last name, company, job title, country; medium and term;
-- product, budget, authority, timeline. Most leads say none of it, which is asked in one expression; so these columns
-- cost nothing where they are null. Amounts and months are read by whoever takes a lead in (gateway/core/amounts.py):
-- here they are a range and a number already.
create function core.spell_details(p_lead crm.leads) returns crm.leads
language plpgsql immutable
as $$
declare
  v_lead crm.leads := p_lead;
begin
  v_lead.first_name := nullif(trim(v_lead.first_name), '');
  v_lead.last_name := nullif(trim(v_lead.last_name), '');
  v_lead.company := nullif(trim(v_lead.company), '');
  v_lead.job_title := nullif(trim(v_lead.job_title), '');
  v_lead.country := nullif(trim(v_lead.country), '');
  v_lead.medium := nullif(trim(v_lead.medium), '');
  v_lead.term := nullif(trim(v_lead.term), '');
  v_lead.product := nullif(trim(v_lead.product), '');
  v_lead.authority := nullif(trim(v_lead.authority), '');
  v_lead.name := coalesce(v_lead.name, core.name_of_parts(v_lead));
  return v_lead;
end
$$;

comment on function core.spell_details(crm.leads) is
  'A lead with its details in one spelling, and a name, made of its parts if there is none.';

create function core.name_of_parts(p_lead crm.leads) returns text
language sql immutable parallel safe
return left(nullif(concat_ws(' ', p_lead.first_name, p_lead.last_name), ''), 200);

comment on function core.name_of_parts(crm.leads) is 'First and last name as one; null where there is neither.';

create function core.budget_json(p_budget numrange) returns jsonb
language sql immutable parallel safe
return case when p_budget is not null
  then jsonb_build_object('least', trim_scale(lower(p_budget)), 'most', trim_scale(upper(p_budget))) end;

comment on function core.budget_json(numrange) is 'A budget as {"least", "most"}, null where an end is unknown.';

create function core.details_json(p_lead crm.leads) returns jsonb
language sql immutable parallel safe
return jsonb_build_object(
  'first_name', p_lead.first_name, 'last_name', p_lead.last_name, 'company', p_lead.company,
  'job_title', p_lead.job_title, 'country', p_lead.country, 'medium', p_lead.medium, 'term', p_lead.term,
  'product', p_lead.product,
  'budget', core.budget_json(p_lead.budget), 'authority', p_lead.authority, 'timeline_months', p_lead.timeline_months);

comment on function core.details_json(crm.leads) is 'What a lead says in detail, as JSON; null where it says nothing.';

-- A field that was metadata before it had a column makes the same key as it did then.
create function core.all_said(p_lead crm.leads) returns jsonb
language plpgsql immutable
as $$
declare
  v_details jsonb;
begin
  if num_nonnulls(p_lead.first_name, p_lead.last_name, p_lead.company, p_lead.job_title, p_lead.country, p_lead.medium,
    p_lead.term, p_lead.product, p_lead.budget, p_lead.authority, p_lead.timeline_months) = 0
  then
    return p_lead.metadata;
  end if;
  v_details := jsonb_strip_nulls(core.details_json(p_lead))
    - case when p_lead.name = core.name_of_parts(p_lead) then '{first_name,last_name}'::text[] else '{}' end;
  return p_lead.metadata || case
    when p_lead.metadata ?| array(select jsonb_object_keys(v_details)) then jsonb_build_object('', v_details)
    else v_details end;
end
$$;

comment on function core.all_said(crm.leads) is
  'The metadata of a lead together with its details, but for the parts that its name is made of.';

create function core.has_unfit_details(p_lead crm.leads) returns boolean
language plpgsql immutable
as $$
begin
  return octet_length(p_lead.first_name) > 100 or octet_length(p_lead.last_name) > 100
    or octet_length(p_lead.company) > 200 or octet_length(p_lead.job_title) > 200 or octet_length(p_lead.country) > 100
    or octet_length(p_lead.medium) > 100 or octet_length(p_lead.term) > 200 or octet_length(p_lead.product) > 200
    or octet_length(p_lead.authority) > 200 or p_lead.timeline_months not between 0 and 600
    or not core.is_fit_budget(p_lead.budget);
end
$$;

comment on function core.has_unfit_details(crm.leads) is
  'Whether the details of a lead may be too long, or out of range: a look that costs little, as no text has more '
  'letters than bytes.';

create function core.is_fit_budget(p_budget numrange) returns boolean
language sql immutable parallel safe
return case when p_budget is not null then not isempty(p_budget)
  and num_nonnulls(lower(p_budget), upper(p_budget)) > 0
  and coalesce(lower(p_budget), 0) between 0 and 1000000000000000
  and coalesce(upper(p_budget), 0) between 0 and 1000000000000000 end;

comment on function core.is_fit_budget(numrange) is
  'Whether a range is a budget: of at least one end, none below zero or beyond 10 to the power of 15. Null of null.';
