-- The plan: rules made, changed, put in order, archived; every change on record, whoever makes it.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
create function given.plan() returns text language sql
return (select string_agg(r ->> 'step' || ' ' || (r ->> 'name') || ' v' || (r ->> 'version'), ', ' order by nr) from jsonb_array_elements(api.list_rules()) with ordinality as t (r, nr));
create function given.rule_id(p_name text) returns uuid language sql
return (select id from crm.rules where name = p_name and workspace_id = core.current_workspace() order by created_at desc limit 1);
create function given.log(p_after bigint) returns text language sql
return (select string_agg(concat_ws(' ', e.kind, e.data ->> 'name', 'v' || (e.data ->> 'version'), e.data ->> 'step'), ', ' order by e.seq)
        from crm.events e where e.workspace_id = core.current_workspace() and e.seq > p_after);
create function given.event_count() returns bigint language sql
return (select w.event_seq from crm.workspaces w where w.id = core.current_workspace());

-- The plan everybody begins with.
select is(given.plan(), '1 state v1, 2 global v1', 'a new workspace has the default plan, by make_default_plan()');
select is((select string_agg(kind || ' ' || (data ->> 'name'), ', ' order by seq) from crm.events where workspace_id = core.current_workspace() and kind like 'rule.%'), 'rule.created state, rule.created global', 'on record from the beginning');
select is((api.list_rules() -> 0) - '{id,etag}'::text[],
  '{"version": 1, "step": 1, "name": "state", "condition": null, "old_condition": null, "sentence": "All leads", "teams": [], "callers": [], "attributes": ["state"], "strategy": "round_robin", "on_exhausted": "next",
  "is_on": true, "claim_minutes": null, "most_expiries": 3, "is_paused": false, "hidden_by": null}',
  'a rule tells all there is about it');

-- Making one.
create temp table at as select given.event_count() as n;
create temp table made as select
  api.create_rule('{"name": " Pune in Hindi ", "condition": {"match": "all", "terms": [{"field": "city", "operator": "is", "values": [" Pune "]}]}, "attributes": ["language", "state", "state"], "strategy": "weighted", "on_exhausted": "queue",
  "is_on": false, "claim_minutes": 15, "most_expiries": 2}') as r;
select is(r - '{id,etag}'::text[],
  '{"version": 1, "step": 2, "name": "Pune in Hindi", "sentence": "Leads whose city is Pune", "old_condition": null, "teams": [], "callers": [],
  "condition": {"match": "all", "terms": [{"field": "city", "operator": "is", "values": ["Pune"]}]}, "attributes": ["state", "language"], "strategy": "weighted", "on_exhausted": "queue", "is_on": false,
  "claim_minutes": 15, "most_expiries": 2, "is_paused": false}',
    'a rule is put before the one that takes everything, its name trimmed, its attributes a set') from made;
select is(given.log(n), 'rule.updated global v2 3, rule.created Pune in Hindi v1 2',
  'in one event, and one for the rule that moves') from at;
select is((select e.data from crm.events e where e.workspace_id = core.current_workspace()
  order by seq desc limit 1), r - '{etag,sentence}'::text[] || '{"archived": false, "campaign_id": null}',
  'that holds the whole rule, by rule_snapshot()') from made;
select is(api.create_rule('{"name": "x"}') - '{id,etag}'::text[],
  '{"version": 1, "step": 3, "name": "x", "condition": null, "old_condition": null, "sentence": "All leads", "teams": [], "callers": [], "attributes": [], "strategy": "round_robin", "on_exhausted": "next", "is_on": true, "claim_minutes": null, "most_expiries": 3, "is_paused": false}', 'a name is enough');
select is(given.plan(), '1 state v1, 2 Pune in Hindi v1, 3 x v1, 4 global v3', 'list_rules() has them in order');

-- What is refused.
select alike(given.refusal(format('select api.create_rule(%L)', '{"name": "y"}'::jsonb || c)), r, r) from (values
  ('{"name": "STATE"}'::jsonb, '23505 rules_name_key: %'), ('{"name": " "}', '23514 rules_name_length: %'), ('{"name": null}', '23502 name: %'),
  ('{"attributes": ["state", "city"]}', '23514 rules_attributes_known: %'), ('{"attributes": [null]}', '23514 rules_attributes_known: %'),
  ('{"strategy": "fair"}', '23514 rules_strategy_known: %'), ('{"on_exhausted": "wait"}', '23514 rules_on_exhausted_known: %'),
  ('{"claim_minutes": 0}', '23514 rules_claim_minutes_range: %'), ('{"most_expiries": 21}', '23514 rules_most_expiries_range: %')) as t (c, r);
select is(given.refusal($$update crm.rules set condition = '"$.city"' where name = 'x'$$),
  'LD422 condition: A condition must be an object with match and terms', 'prepare_rule() checks a plain update too');

insert into crm.rules (workspace_id, name, archived_at) values (core.current_workspace(), 'gone', now());

-- Changing one.
update at set n = given.event_count();
select given.now('2026-01-06 12:00+05:30');
select is(api.update_rule((r ->> 'id')::uuid, r || '{"is_on": true, "condition": null}') - '{id,etag}'::text[],
  (r || '{"version": 2, "is_on": true, "condition": null, "sentence": "All leads"}') - '{id,etag}'::text[],
  'a change replaces all but the place') from made;
select is((api.update_rule((r ->> 'id')::uuid, r || '{"is_on": true, "condition": null}')) -> 'version', '2', 'one that changes nothing makes no version') from made;
select is(given.log(n), 'rule.updated Pune in Hindi v2 2', 'nor an event') from at;
select is((select updated_at from crm.rules where name = 'Pune in Hindi'), '2026-01-06 12:00+05:30'::timestamptz, 'the time of the last change is kept');
update crm.rules set claim_minutes = 30 where name in ('x', 'state') and workspace_id = core.current_workspace();
select is(given.log(n), 'rule.updated Pune in Hindi v2 2, rule.updated state v2 1, rule.updated x v2 3',
  'a plain update is on record like the page''s') from at;
insert into crm.rules (workspace_id, step, name) values (core.current_workspace(), 5, ' by hand ');
select alike(given.log(n), '%, rule.created by hand v1 5', 'and so is an insert, by record_changes()') from at;
update crm.rules set version = 17 where name = 'by hand';
select is((select version from crm.rules where name = 'by hand'), 1, 'versions are counted, not set');
select alike(given.refusal(format('select api.update_rule(%L, %L)', given.rule_id('x'), '{"name": "State"}')), '23505 rules_name_key: %', 'no two rules have a name');
select is(api.update_rule(given.rule_id('x'), '{"name": "X"}') ->> 'name', 'X', 'but a rule may change the case of its own');

-- The order.
update at set n = given.event_count();
select is(jsonb_path_query_array(api.order_rules(array[given.rule_id('X'), given.rule_id('state'), given.rule_id('global'), given.rule_id('by hand'), given.rule_id('Pune in Hindi')]), '$[*].name'),
  '["X", "state", "global", "by hand", "Pune in Hindi"]', 'the plan is put in order');
select is(given.plan(), '1 X v4, 2 state v3, 3 global v4, 4 by hand v2, 5 Pune in Hindi v3',
  'each rule that moved has a new version');
select is(given.event_count(), n + 5, 'and an event') from at;
select api.order_rules(array(select id from crm.rules where workspace_id = core.current_workspace() and archived_at is null order by step));
select is(given.event_count(), n + 5, 'what stays where it is has none') from at;
select is(given.refusal(format('select api.order_rules(%L)', o)), 'LD409 ids: The plan has changed meanwhile', 'an order must name every rule once') from (values
  (array[given.rule_id('X')]), (array(select id from crm.rules where workspace_id = core.current_workspace())), ('{}'::uuid[]), (null),
  (array[given.rule_id('X'), given.rule_id('X'), given.rule_id('state'), given.rule_id('global'), given.rule_id('by hand')])) as t (o);

-- Archiving.
update at set n = given.event_count();
select is(api.archive_rule(given.rule_id('state')) -> 'step', 'null', 'a rule is archived');
select is(given.plan(), '1 X v4, 2 global v5, 3 by hand v3, 4 Pune in Hindi v4', 'those after it move up');
select alike(given.log(n), '%rule.archived state v4%', 'which is an event of its own kind') from at;
select is((api.archive_rule(given.rule_id('state'))) -> 'version', '4', 'once');
select is(given.refusal(format('select api.update_rule(%L, %L)', given.rule_id('state'), '{"name": "y"}')), 'LD409: The rule state is archived', 'what is archived stays as it is');
select is(api.create_rule('{"name": "State"}') -> 'step', '1', 'its name is free again');
select api.archive_rule(id) from crm.rules where workspace_id = core.current_workspace() and archived_at is null;
select is(api.list_rules(), '[]', 'a plan may be empty');
select is(api.create_rule('{"name": "first"}') -> 'step', '1', 'and begin again');
select is(given.refusal(format(f, '00000000-0000-7000-8000-000000000000')), 'LD404: There is no rule 00000000-0000-7000-8000-000000000000', 'find_rule() finds no other')
from unnest(array['select api.update_rule(%L, ''{"name": "x"}'')', 'select api.archive_rule(%L)']) f;

-- Each workspace its own.
create temp table there as select given.rule_id('first') as id;
select given.workspace('America/New_York', 'US');
select is(given.plan(), '1 state v1, 2 global v1', 'another workspace has a plan of its own');
select alike(given.refusal(format('select api.archive_rule(%L)', id)), 'LD404: %', 'and cannot touch this one') from there;
select is(given.refusal(format('select api.order_rules(array[%L::uuid, %L])', id, given.rule_id('state'))), 'LD409 ids: The plan has changed meanwhile', 'nor put it in order') from there;

select is((select (r.strategy, r.on_exhausted, r.is_on, r.most_expiries)::text from routing.read_rule('{"name": "Bare"}') r), '(round_robin,next,t,3)', 'read_rule() fills in what is not said');
select is((select array_to_string(r.attributes, ' ') from routing.read_rule('{"attributes": ["language", "state", "language"]}') r), 'state language', 'and puts attributes in one order, each once');

-- Where a rule stands: before the first one that takes everything, behind which nothing is reached.
select given.workspace();
select is(api.create_rule('{"name": "last"}') -> 'step', '2', 'a new rule comes before the one for everybody');
select is(api.create_rule('{"name": "new", "teams": ["A"]}') -> 'step', '2', 'and the next one before that');
select is((select string_agg(concat_ws(' ', r ->> 'name', r -> 'hidden_by' ->> 'name'), ', ')
  from jsonb_array_elements(api.list_rules()) r), 'state, new, last, global last',
  'what comes behind is never reached, and hidden_by() says so');
update crm.rules set is_on = false where name = 'last' and workspace_id = core.current_workspace();
select is((select bool_or(r -> 'hidden_by' <> 'null') from jsonb_array_elements(api.list_rules()) r), false,
  'a rule that is off hides none');
select is(array(select routing.takes_everything(r) from crm.rules r where r.workspace_id = core.current_workspace()
  order by r.step), '{f,f,f,t}', 'takes_everything() is for all leads and callers');
select api.archive_rule(given.rule_id(n)) from unnest('{last,global}'::text[]) n;
select is(api.create_rule('{"name": "end"}') -> 'step', '3', 'without one it comes last');

-- A plan has an end.
select given.workspace();
-- By one insert: a rule made by itself goes before those that take everything, and each that moves is an event.
insert into crm.rules (workspace_id, step, name) select core.current_workspace(), n, n from generate_series(3, 200) n;
select is(given.refusal($$select api.create_rule('{"name": "one too many"}')$$),
  'LD409: The plan has 200 rules, and there is no room for another', 'a plan has at most 200 rules');
select api.archive_rule(given.rule_id('200'));
select is(api.create_rule('{"name": "in its place"}') -> 'version', '1', 'an archived rule makes room for another');

-- Whom.
select given.workspace(), given.no_rules();
select given.caller('Asha'), given.caller('Bina'), given.caller('Gone');
select api.archive_caller(given.caller_id('Gone'));
create function given.whom(p_rule jsonb) returns text language sql
return (select concat_ws(' / ', r -> 'attributes', r -> 'teams',
  (select jsonb_agg(c.name order by c.name) from crm.callers c where r -> 'callers' ? c.id::text))
  from api.create_rule('{"name": "w"}' || p_rule) r);
create function given.whom_refused(p_rule jsonb) returns text language sql
return given.refusal(format('select api.create_rule(%L)', '{"name": "y"}' || p_rule));
select is(given.whom('{"name": "t", "teams": [" West ", "west", "East", "-", ""]}'), '[] / ["East", "West"]',
  'teams are a set, each in one spelling: prepare_whom() sees to it');
select is(given.whom(jsonb_build_object('name', 'c', 'callers',
  jsonb_build_array(given.caller_id('Bina'), given.caller_id('Gone'), given.caller_id('Bina')))),
  '[] / [] / ["Bina", "Gone"]', 'callers are a set too, and may be archived');
select is(given.whom_refused(r), why, why) from (values
  ('{"callers": ["00000000-0000-7000-8000-000000000000"]}'::jsonb,
    'LD422 callers: There is no caller 00000000-0000-7000-8000-000000000000'),
  ('{"attributes": ["state"], "teams": ["A"]}',
    'LD422 teams: A rule is for callers who share attributes of the lead, for teams, or for callers by name'),
  (jsonb_build_object('teams', jsonb_build_array('A'), 'callers', jsonb_build_array(given.caller_id('Bina'))),
    'LD422 callers: A rule is for callers who share attributes of the lead, for teams, or for callers by name'),
  (jsonb_build_object('teams', (select jsonb_agg('team ' || n || repeat('ह', 90)) from generate_series(1, 9) n)),
    'LD422 teams: The names of these teams are too long together')) as t (r, why);

-- What could not be translated from the old form.
insert into crm.rules (workspace_id, step, name, is_on, old_condition) values (core.current_workspace(), 9, 'old',
  false, '$.a == $.b');
select is(api.get_rule(given.rule_id('old')) ->> 'old_condition', '$.a == $.b', 'an old condition is shown');
select is(api.get_rule(given.rule_id('old')) ->> 'sentence', 'No leads, until it has a new condition',
  'and is not told as if it were for all');
select is(given.refusal(format('select api.update_rule(%L, %L)', given.rule_id('old'),
  '{"name": "old", "is_on": true}')),
  'LD422 condition: The old condition of the rule old cannot be used any more: $.a == $.b',
  'and the rule is not switched on before it has another');
select is(api.update_rule(given.rule_id('old'),
  '{"name": "old!", "is_on": false, "old_condition": null}') ->> 'old_condition', '$.a == $.b',
  'it may be changed otherwise');
select is(api.update_rule(given.rule_id('old!'),
  jsonb_build_object('name', 'old', 'condition', given.all(given.term('city', 'is', 'Pune')))) -> 'old_condition',
  'null', 'a condition takes the place of the old one');

-- A condition compiled by other code is compiled anew by the next install, as if nothing had happened.
update at set n = given.event_count();
set local session_replication_role = replica;
update crm.rules set compiled = '$.x == 1' where name = 'old' and workspace_id = core.current_workspace();
set local session_replication_role = origin;
update crm.rules r set condition = r.condition where r.condition is not null
  and r.compiled::text is distinct from routing.compile_condition(r.condition)::text;
select is(r.compiled::text, routing.compile_condition(r.condition)::text, 'what is compiled is made by prepare_rule()')
  from crm.rules r where r.name = 'old';
select is(given.event_count(), n, 'without an event') from at;

-- How far rules reach.
select given.workspace();
select given.lead('l' || n, jsonb_build_object('state', case when n < 3 then 'Goa' end, 'language',
  case when n < 4 then 'Hindi' end, 'metadata', jsonb_build_object('budget', n, 'note', repeat('x', 300))))
  from generate_series(1, 5) n;
select given.rule('h', '{}', p_condition => given.all(given.term('language', 'is', 'hindi')));
create function given.tried(p_rule jsonb) returns text language sql
return (select concat_ws(' ', t -> 'matched', 'of', t -> 'leads', t ->> 'sentence') from api.try_rule(p_rule) t);
select is((select jsonb_agg(concat_ws(' ', (select name from crm.rules where id = (r ->> 'id')::uuid), r -> 'matched',
  'of', r -> 'leads', r -> 'hidden_by' ->> 'name')) from jsonb_array_elements(api.reach_rules()) r),
  '["state 2 of 5", "global 5 of 5", "h 3 of 5 global"]', 'reach_rules() counts the newest_leads() each rule is for');
select is(given.tried('{}'), '5 of 5 All leads', 'try_rule() says what a rule would be for');
select is(given.tried(jsonb_build_object('condition', given.all(given.term('metadata.budget', 'more_than', '2')),
  'attributes', '{state}'::text[])), '0 of 5 Leads whose budget is more than 2', 'all of it');
select is(given.tried(jsonb_build_object('condition', given.all(given.term('metadata.budget', 'more_than', '2')),
  'teams', '{A}'::text[])), '3 of 5 Leads whose budget is more than 2', 'whoever they are for');
select is(given.refusal($$select api.try_rule('{"condition": {"match": "all", "terms": [{"field": "x"}]}}')$$),
  'LD422 condition.terms[0].field: There is no field "x"', 'with the same refusals');
select is(f -> 'values', '[{"value": "Hindi", "leads": 3}]',
  'list_rule_fields() has the values that said_values() finds') from jsonb_array_elements(api.list_rule_fields()) f
  where f ->> 'name' = 'language';
select is((select string_agg(concat(f ->> 'name', '=', f ->> 'label', ' ', jsonb_array_length(f -> 'values')), ', ')
  from jsonb_array_elements(api.list_rule_fields()) f),
  'name=Name 0, phone=Phone 0, email=E-mail 0, external_id=External id 0, city=City 0, state=State 1, source=Source 0, language=Language 1, message=Message 0, campaign=Campaign 0, team=Team 0, first_name=First name 0, last_name=Last name 0, company=Company 0, job_title=Job title 0, country=Country 0, medium=Medium 0, term=Term 0, product=Product 0, budget=Budget 0, authority=Authority 0, timeline_months=Timeline in months 0, metadata.budget=Budget 5, metadata.note=Note 0',
  'none of what tells who somebody is, and none too long for a condition');

select * from finish();
rollback;
