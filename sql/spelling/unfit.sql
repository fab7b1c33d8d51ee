-- What the rows of crm.leads and crm.workspaces must be. These two are written with every lead, and a check constraint
-- is made from its text for every statement; so triggers ask, only where one of these columns changes. A rule that is
-- broken is told as a constraint's violation would be: the name says which column is at fault.
create function core.refuse_unfit(p_table text, p_rules text[], p_are_kept boolean[]) returns void
language plpgsql immutable parallel safe
as $$
declare
  v_rule text := p_table || '_' || p_rules[array_position(p_are_kept, false)];
begin
  if v_rule is not null then
    raise exception 'new row for relation "%" violates check constraint "%"', p_table, v_rule
      using errcode = '23514', schema = 'crm', table = p_table, constraint = v_rule;
  end if;
end
$$;

comment on function core.refuse_unfit(text, text[], boolean[]) is
  'A check violation by the name of the first of these rules that is not kept, such as leads_name_length; none if all '
  'are kept, or say nothing.';

create function core.refuse_unfit_lead(p_lead crm.leads) returns void
language plpgsql immutable parallel safe
as $$
begin
  perform core.refuse_unfit('leads',
    '{source_row_id_length,external_id_length,name_length,phone_length,email_length,lead_source_length,city_length,'
    'state_length,state_given_length,state_from_known,state_has_origin,language_length,message_length,'
    'metadata_object,idempotency_key_length,request_id_length,first_name_length,last_name_length,company_length,'
    'job_title_length,country_length,medium_length,term_length,product_length,authority_length,budget_known,'
    'timeline_months_known}',
    array[length(p_lead.source_row_id) <= 200, length(p_lead.external_id) <= 200, length(p_lead.name) <= 200,
      length(p_lead.phone) <= 40, length(p_lead.email) <= 320, length(p_lead.lead_source) <= 200,
      length(p_lead.city) <= 200, length(p_lead.state) <= 200, length(p_lead.state_given) <= 200,
      p_lead.state_from in ('state', 'postal_code', 'city'),
      (coalesce(p_lead.state, p_lead.possible_states[1]) is null) = (p_lead.state_from is null),
      length(p_lead.language) <= 100, length(p_lead.message) <= 10000, jsonb_typeof(p_lead.metadata) = 'object',
      length(p_lead.idempotency_key) <= 300, length(p_lead.request_id) <= 100, length(p_lead.first_name) <= 100,
      length(p_lead.last_name) <= 100, length(p_lead.company) <= 200, length(p_lead.job_title) <= 200,
      length(p_lead.country) <= 100, length(p_lead.medium) <= 100, length(p_lead.term) <= 200,
      length(p_lead.product) <= 200, length(p_lead.authority) <= 200, core.is_fit_budget(p_lead.budget),
      p_lead.timeline_months between 0 and 600]);
end
$$;

comment on function core.refuse_unfit_lead(crm.leads) is
  'A check violation unless a lead''s texts are short enough, its metadata an object, and the origin of its state '
  'said.';

create function core.refuse_unfit_lead() returns trigger
language plpgsql
as $$
begin
  perform core.refuse_unfit_lead(new);
  return new;
end
$$;

comment on function core.refuse_unfit_lead() is 'Trigger: refuses a change of a lead to what it must not be.';

create trigger refuse_unfit_lead before update of source_row_id, external_id, name, phone, email, lead_source, city,
  state, state_given, state_from, possible_states, language, message, metadata, idempotency_key, request_id,
  first_name, last_name, company, job_title, country, medium, term, product, authority, budget, timeline_months
on crm.leads for each row execute function core.refuse_unfit_lead();

create function core.refuse_unfit_workspace() returns trigger
language plpgsql
as $$
begin
  perform core.refuse_unfit('workspaces',
    '{name_length,leads_of_gone_known,leads_of_away_known,placeholders_count,managers_may_known,business_day_whole}',
    array[length(new.name) between 1 and 200, new.leads_of_gone in ('keep', 'route'),
      new.leads_of_away in ('keep', 'route'), cardinality(new.placeholders) <= 300,
      new.managers_may <@ '{sources,destinations,people}',
      num_nulls(new.business_day, new.business_day_from, new.business_day_until) in (0, 3)]);
  return new;
end
$$;

comment on function core.refuse_unfit_workspace() is
  'Trigger: refuses a workspace without a name, with unknown settings or too many placeholders.';

-- By its name it comes after the triggers that fill these columns.
create trigger refuse_unfit_workspace before insert or update of name, timezone, leads_of_gone, leads_of_away,
  placeholders, managers_may, business_day, business_day_from, business_day_until
on crm.workspaces for each row execute function core.refuse_unfit_workspace();
