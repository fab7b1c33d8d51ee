-- The plan: rules in order, each for the leads it is meant for.
begin;
\ir ../given.psql
select * from no_plan();

create function given.steps() returns text language sql
return (select string_agg(name, ' ' order by step) from routing.plan where workspace_id = core.current_workspace());
create function given.explained(p_name text) returns text language sql
return (select string_agg(concat_ws(' ', x.rule, x.caller, x.outcome, '(' || x.detail || ')'), ', ' order by x.step, x.place) from routing.explain(given.lead_id(p_name)) x);
create function given.set_rule(p_name text, p_set text) returns void language plpgsql as $$
begin
  execute format('update crm.rules set %s where name = $1 and workspace_id = core.current_workspace()', p_set) using p_name;
end $$;
create function given.last_event() returns text language sql
return (select kind || ' ' || (data ->> 'name') || ' ' || (data ->> 'version') from crm.events where workspace_id = core.current_workspace() order by seq desc limit 1);

-- Order.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select is(given.steps(), 'state global', 'a new workspace has the default plan: make_default_plan() gives it');
select given.caller('Asha', '{Goa}'), given.caller('Bina');
select given.change('Bina', $$languages = '{Hindi}'$$);
select given.lead('before', '{"state": "Goa", "language": "Hindi"}');
select given.rule('hindi', '{language}');
select is(given.last_event(), 'rule.created hindi 1', 'a rule made is an event: record_changes()');
select given.lead('behind', '{"state": "Goa", "language": "Hindi"}');
select is(given.callers_of('before behind'), 'Asha Asha', 'the first rule with somebody free gets the lead');
update crm.rules set step = case name when 'hindi' then 1 else step + 1 end where workspace_id = core.current_workspace();
select is(given.steps(), 'hindi state global', 'rules can be put in another order');
select is((select count(*) from crm.events where kind = 'rule.updated' and workspace_id = core.current_workspace()), 3::bigint, 'each that moved is an event: record_changes()');
select given.lead('first', '{"state": "Goa", "language": "Hindi"}');
select is(given.callers_of('first'), 'Bina', 'and leads take that order');

-- On and off, archived, unchanged.
select given.set_rule('hindi', 'is_on = false');
select is(given.last_event() || ': ' || given.steps(), 'rule.updated hindi 3: state global', 'a rule can be turned off');
select given.lead('off', '{"state": "Goa", "language": "Hindi"}');
select is(given.callers_of('off'), 'Asha', 'and is for nobody then');
select given.set_rule('hindi', 'is_on = is_on'), given.set_rule('hindi', $$name = ' hindi '$$);
select is((select version from crm.rules where name = 'hindi' and workspace_id = core.current_workspace()), 3, 'what changes nothing makes no version');
select is((select count(*) from crm.events where kind like 'rule.%' and workspace_id = core.current_workspace()), 7::bigint, 'and no event');
select given.set_rule('hindi', 'archived_at = now(), step = null');
select is(given.last_event(), 'rule.archived hindi 4', 'a rule taken out is archived');
select given.set_rule('global', $$archived_at = now(), step = null$$);
select given.lead('nowhere', '{"state": "Kerala"}');
select is(given.fate('nowhere'), 'queued: No Kerala callers', 'without a rule for everybody a lead waits');
select given.set_rule('state', $$archived_at = now(), step = null$$);
select given.lead('norule');
select is(given.fate('norule'), 'queued: No rule applies', 'without any rule every lead does');
select is_empty($$select * from routing.explain(given.lead_id('norule'))$$, 'which needs no explanation');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Conditions.
select given.workspace(), given.no_rules();
select given.caller('Asha'), given.caller('Bina'), given.caller('Chitra'), given.caller('Rest');
select given.works_for('Asha', '{a}'), given.works_for('Bina', '{a}');
select given.rule('pune', '{campaign}', p_condition => given.all(given.term('city', 'is', 'pune'))),
  given.rule('rich', '{}', 'weighted', p_condition => given.all(given.term('metadata.budget', 'more_than', '1,000'))),
  given.rule('rest', '{}');
select given.change(n, 'weight = 1000') from unnest('{Chitra}'::text[]) n;
select given.lead('pune', '{"city": "Pune", "metadata": {"campaign": "a"}}'), given.lead('goa', '{"city": "Panaji", "metadata": {"campaign": "a"}}'),
  given.lead('rich', '{"metadata": {"budget": 2000}}'), given.lead('text', '{"metadata": {"budget": "a lot"}}'), given.lead('poor', '{"metadata": {"budget": 10}}');
select is((select string_agg(d.rule, ' ' order by n.nr) from string_to_table('pune goa rich text poor', ' ') with ordinality n (name, nr) join crm.lead_assignments a on a.lead_id = given.lead_id(n.name) join crm.deals d on d.workspace_id = a.workspace_id and d.id = a.deal_id),
  'pune rest rich rest rest', 'each lead is dealt by the first rule that is for it; one a condition fails on is dealt by another');
select is(given.explained('goa') ~ 'pune', false, 'a rule that was not for a lead is not in its explanation');
-- Exhausted: next or the queue.
select given.workspace(), given.no_rules();
select given.caller('Asha', '{Goa}', 1), given.caller('Bina');
select given.rule('goa', '{state}', p_on_exhausted => 'queue'), given.rule('all');
select given.leads('g1 g2', 'Goa'), given.leads('k1', 'Kerala');
select is(given.callers_of('g1 g2 k1'), 'Asha - Bina', 'a rule may keep its leads in the queue until one of its callers is free');
select is(given.fate('g2'), 'queued: All Goa callers at their cap', 'and says whom they wait for');
select is(given.fate('k1'), 'Bina: No Kerala callers: global round robin', 'but a pool without callers keeps nobody waiting');
select is(given.explained('g2'), 'goa Asha skipped (at cap 1 of 1)', 'a lead that is kept went no further');
select given.set_rule('goa', $$on_exhausted = 'next'$$);
select given.leads('g3', 'Goa');
select is(given.fate('g3'), 'Bina: All Goa callers at their cap: global round robin', 'else they go on to the next');
select is(given.explained('g2'), 'goa Asha skipped (at cap 1 of 1)', 'which does not change why the others waited');
select api.archive_caller(given.caller_id('Asha'));
select given.set_rule('goa', $$on_exhausted = 'queue'$$);
select given.leads('g4', 'Goa');
select is(given.callers_of('g4'), 'Bina', 'who has left keeps nobody waiting either');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Versions.
select given.workspace(), given.no_rules();
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}'), given.caller('Chitra');
select given.rule('goa', '{state}'), given.rule('all', '{}', 'weighted');
select given.leads('one', 'Goa');
select given.set_rule('goa', $$strategy = 'weighted'$$);
select given.leads('two', 'Goa');
select given.set_rule('goa', $$name = 'the state', strategy = 'least_loaded'$$);
select given.leads('three', 'Goa');
create function given.dealt_by(p_names text) returns text language sql
return (select string_agg(concat_ws(' ', d.rule, 'v' || d.rule_version, d.strategy), ', ' order by d.id) from string_to_table(p_names, ' ') n
  join crm.lead_assignments a on a.lead_id = given.lead_id(n) join crm.deals d on d.workspace_id = a.workspace_id and d.id = a.deal_id join crm.rules r on r.workspace_id = d.workspace_id and r.id = d.rule_id and r.step = 1);
select is(given.dealt_by('one two three'), 'goa v1 round_robin, goa v2 weighted, the state v3 least_loaded', 'a deal names the version of its rule');
select results_eq($$select v.version, v.name, v.strategy, v.to_seq is null from routing.rule_versions v join crm.rules r on r.id = v.rule_id where r.name = 'the state' order by v.version$$,
  $$values (1, 'goa', 'round_robin', false), (2, 'goa', 'weighted', false), (3, 'the state', 'least_loaded', true)$$, 'the log remembers every one');
select is(routing.rule_snapshot(r), e.data, 'an event holds the rule as it is from then on') from crm.rules r join crm.events e on e.workspace_id = r.workspace_id and e.kind = 'rule.updated' and e.data ->> 'version' = '3' where r.name = 'the state';
select is(routing.rule_json(r) - '{etag,sentence}'::text[], routing.rule_snapshot(r) - '{archived,campaign_id}'::text[],
  'the page shows the same') from crm.rules r where r.name = 'the state';

-- An explanation is of the plan then.
create temp table before as select l.name, x.* from crm.leads l cross join lateral routing.explain(l.id) x where l.workspace_id = core.current_workspace();
select is((select count(*) from before), 6::bigint, 'three leads are explained by two candidates each');
select set_eq($$select distinct name, rule, step from before$$, $$values ('one', 'goa', 1), ('two', 'goa', 1), ('three', 'the state', 1)$$, 'each by the rule as it was called then');
select ok(given.explained('one') ~ 'in turn' and given.explained('two') ~ 'weight 1 of 2'
  and given.explained('three') ~ ' open', 'and by its strategy then');
select given.set_rule('the state', 'archived_at = now(), step = null'),
  given.set_rule('all', $$condition = given.all(given.term('city', 'is', 'Pune')), attributes = '{language}'$$),
  given.rule('newest', '{}', 'random');
select given.leads('four', 'Goa');
select set_eq($$select l.name, x.* from crm.leads l cross join lateral routing.explain(l.id) x where l.workspace_id = core.current_workspace() and l.name <> 'four'$$, 'table before', 'an explanation does not change with the plan');
select ok(given.explained('four') ~ 'newest .* chosen' and given.explained('four') !~ 'goa|state|all', 'a new lead is explained by the new one');
select is_empty('select violation, detail from routing.verify()', 'and the record is right');

-- Another workspace's plan is its own.
select given.workspace();
select is(given.steps(), 'state global', 'a plan is a workspace''s own');

select * from finish();
rollback;
