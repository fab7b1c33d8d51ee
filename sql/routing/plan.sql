-- The plan: the rules in the order they are tried, those of campaigns first. Each names the leads it is for, the attributes of a lead that form the
-- key of its pool (none: the pool of everybody) and the strategy that orders the pool's slots. A pool without callers
-- does not apply. A pool whose callers are all busy passes the lead on to the next rule, or to the queue, as the rule says. A paused rule keeps all of its leads in the queue.
create view routing.plan with (security_invoker = true) as
select r.*
from crm.rules r
where r.is_on and r.archived_at is null;

comment on view routing.plan is 'The rules by which leads are dealt, to be taken in the order of step. After the last comes the queue.';

-- Rules through time, read from the event log alone.
create view routing.rule_versions with (security_invoker = true) as
select e.workspace_id, (e.data ->> 'id')::uuid as rule_id, (e.data ->> 'version')::int as version,
  coalesce((e.data ->> 'from_seq')::bigint, e.seq) as from_seq,  -- a rule older than the rules' log says since when it was there
  lead(e.seq) over (partition by e.workspace_id, e.data ->> 'id' order by e.seq) as to_seq,
  (e.data ->> 'step')::int as step, e.data ->> 'name' as name, (e.data ->> 'condition')::jsonpath as condition,
  array(select jsonb_array_elements_text(e.data -> 'attributes')) as attributes, e.data ->> 'strategy' as strategy,
  e.data ->> 'on_exhausted' as on_exhausted, (e.data ->> 'is_on')::boolean and not (e.data ->> 'archived')::boolean as is_used,
  (e.data ->> 'campaign_id')::int as campaign_id, coalesce((e.data ->> 'is_paused')::boolean, false) as is_paused,
  routing.complete_rule(e.data - 'from_seq') as snapshot
from crm.events e
where e.kind like 'rule.%';

comment on view routing.rule_versions is 'Each rule as it was between two events, from the event log: [from_seq, to_seq).';
comment on column routing.rule_versions.snapshot is 'The whole rule as the log has it.';
comment on column routing.rule_versions.is_used is 'Whether leads were dealt by it: on, and in the plan.';

-- What a condition may ask of a lead.
create function routing.lead_facts(p_lead crm.leads) returns jsonb
language sql stable
return jsonb_build_object(
  'name', p_lead.name, 'phone', p_lead.phone, 'email', p_lead.email, 'external_id', p_lead.external_id, 'city', p_lead.city,
  'state', p_lead.state, 'source', p_lead.lead_source, 'language', p_lead.language, 'message', p_lead.message,
  'campaign', p_lead.metadata ->> 'campaign', 'team', p_lead.metadata ->> 'team', 'metadata', p_lead.metadata);

comment on function routing.lead_facts(crm.leads) is 'A lead as the conditions of rules see it.';

-- An error in a condition, such as comparing text with a number, means that the rule is not for this lead.
create function routing.meets(p_facts jsonb, p_condition jsonpath) returns boolean
language sql immutable parallel safe
return p_condition is null or coalesce(jsonb_path_match(p_facts, p_condition, silent => true), false);

comment on function routing.meets(jsonb, jsonpath) is 'Whether a rule with this condition is for a lead with these facts.';
