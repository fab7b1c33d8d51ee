-- How far rules reach: how many of the newest leads each rule fits, a trial of a rule before it is saved, and the
-- fields and values for conditions. Nothing is written, and at most 1,000 leads are read. Locks: none. Errors: LD422,
-- as for create_rule(), for a rule that is tried.
create function routing.newest_leads(p_workspace_id int) returns setof crm.leads
language sql stable
as $$
  select l from crm.leads l where l.workspace_id = p_workspace_id and not l.is_test order by l.id desc limit 1000
$$;

comment on function routing.newest_leads(int) is 'The last 1,000 leads of a workspace.';

create function api.reach_rules() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with rule as materialized (
    select r from crm.rules r
    where r.workspace_id = core.current_workspace() and r.campaign_id is null and r.archived_at is null
  ),
  asked as (
    select array(
      select distinct f from rule cross join lateral unnest(routing.fields_of((rule.r).condition)) f) as fields
  ),
  lead as materialized (
    select routing.target_of(l) as target, routing.lead_facts(l, asked.fields) as facts
    from asked cross join lateral routing.newest_leads(core.current_workspace()) l
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', (rule.r).id, 'leads', (select count(*) from lead), 'hidden_by', routing.hidden_by(rule.r),
    'matched', (
      select count(*) from lead
      where (rule.r).old_condition is null and routing.has_all(lead.target, (rule.r).attributes)
        and ((rule.r).condition is null or routing.meets(lead.facts, (rule.r).compiled)))
    ) order by (rule.r).step), '[]')
  from rule
$$;

comment on function api.reach_rules() is
  'For each rule of the plan how many of the newest leads it is for, and which rule keeps them from it, as JSON.';

create function api.try_rule(p_rule jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_rule crm.rules := routing.read_rule(p_rule);
  v_answer jsonb;
begin
  v_rule.workspace_id := core.current_workspace();
  v_rule.condition := routing.read_condition(v_rule.workspace_id, v_rule.condition);
  v_rule.compiled := routing.compile_condition(v_rule.condition);
  v_rule := routing.prepare_whom(v_rule);
  select jsonb_build_object('leads', count(*), 'matched', count(*) filter (
    where routing.has_all(routing.target_of(l), v_rule.attributes) and (
      v_rule.condition is null
      or routing.meets(routing.lead_facts(l, routing.fields_of(v_rule.condition)), v_rule.compiled))))
  into v_answer from routing.newest_leads(v_rule.workspace_id) l;
  return v_answer || jsonb_build_object('sentence', routing.describe_condition(v_rule.condition));
end
$$;

comment on function api.try_rule(jsonb) is
  'How many of the newest leads a rule would be for, and its condition in words, as JSON. LD422 as for create_rule().';

-- Fields that identify a person are never suggested. Keys that no condition can name are left out.
create function routing.said_values(p_workspace_id int) returns table (field text, value text)
language sql stable
as $$
  select f.key, f.value
  from routing.newest_leads(p_workspace_id) l
  cross join lateral jsonb_each_text(routing.lead_fields(l) - '{name,phone,email,external_id,message}'::text[]) f
  union all
  select f.key, f.value
  from routing.newest_leads(p_workspace_id) l
  cross join lateral jsonb_each_text((core.details_json(l) || jsonb_build_object('budget',
    routing.detail_of(l, 'budget'))) - '{first_name,last_name}'::text[]) f
  union all
  select 'metadata.' || m.key, case
    when jsonb_typeof(m.value) in ('string', 'boolean') then left(m.value #>> '{}', 201)
    when jsonb_typeof(m.value) = 'number' and routing.is_usual_number(
      case when jsonb_typeof(m.value) = 'number' then m.value::numeric end) then m.value #>> '{}' end
  from routing.newest_leads(p_workspace_id) l
  cross join lateral (
    select k.key, k.value
    from jsonb_each(
      case when jsonb_typeof(l.metadata) = 'object' and pg_column_size(l.metadata) < 20000
        then l.metadata else '{}' end) k
    limit 200) m
  where m.key not in ('campaign', 'team') and length(m.key) between 1 and 100
$$;

comment on function routing.said_values(int) is 'What the newest leads say, field by field, names of people aside.';

create function api.list_rule_fields() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with said as materialized (
    select s.field, mode() within group (order by trim(s.value)) as value, count(*) as leads
    from routing.said_values(core.current_workspace()) s
    group by s.field, routing.fold(left(s.value, 201))
  ),
  known as (
    select f.field, f.nr from unnest(routing.condition_fields()) with ordinality as f (field, nr)
    union all
    (select s.field, 100 + row_number() over (order by sum(s.leads) desc, s.field) from said s
     where s.field ^@ 'metadata.' group by s.field order by 2 limit 50)
  )
  select jsonb_agg(jsonb_build_object(
    'name', k.field,
    'label', upper(left(routing.describe_field(k.field), 1)) || substr(routing.describe_field(k.field), 2),
    'operators', routing.operators_of(k.field), 'values', v.likely) order by k.nr)
  from known k
  cross join lateral (
    select coalesce(jsonb_agg(
      jsonb_build_object('value', n.value, 'leads', n.leads) order by n.leads desc, n.value), '[]') as likely
    from (
      select s.value, s.leads from said s
      where s.field = k.field and length(s.value) between 1 and 200 order by s.leads desc, s.value limit 20) n) v
$$;

comment on function api.list_rule_fields() is
  'The fields conditions may ask for, each with its operators and what the newest leads say most often there, as JSON.';
