-- What a lead says beyond who to call and where: kept as it is, at no cost where it says nothing, and asked by rules.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.no_rules(), given.caller('Asha'), given.caller('Bina');
create function given.detailed(p_name text, p_details jsonb) returns void language sql as $$
  insert into crm.leads (workspace_id, name, phone, first_name, last_name, company, product, budget, timeline_months, metadata)
  select core.current_workspace(), p_name, r.phone, r.first_name, r.last_name, r.company, r.product, r.budget, r.timeline_months, coalesce(r.metadata, '{}')
  from jsonb_populate_record(null::crm.leads, p_details) r
$$;
create function given.found(p_name text) returns crm.leads language sql stable
return (select l from crm.leads l where l.workspace_id = core.current_workspace() and l.name = p_name);

-- Names.
select given.detailed(null, '{"first_name": " Asha ", "last_name": "Patil"}');
select is((given.found('Asha Patil')).first_name, 'Asha', 'a name is made of its parts');
select given.detailed('Dr. Patil', '{"first_name": "Ravi"}');
select is(concat_ws('|', (given.found('Dr. Patil')).first_name, (given.found('Dr. Patil')).last_name), 'Ravi', 'one that is given stays');
select given.detailed(null, '{"first_name": "राहुल", "last_name": "पाटील"}');
select is((given.found('राहुल पाटील')).last_name, 'पाटील', 'in every script');
select is(core.name_of_parts(given.found('Dr. Patil')), 'Ravi', 'name_of_parts() takes what there is');
select is((core.spell_details(jsonb_populate_record(null::crm.leads, '{"company": " ", "product": " x "}'))).product, 'x', 'spell_details() trims');

-- Bounds.
select is(given.refusal($$select given.detailed('n', '{"budget": "empty"}')$$) ~ 'leads_budget_known', true, 'an empty range is no budget');
select is(given.refusal($$select given.detailed('n', '{"budget": "[-5,5]"}')$$) ~ 'leads_budget_known', true, 'nor is one below zero');
select is(given.refusal($$select given.detailed('n', '{"timeline_months": 601}')$$) ~ 'leads_timeline_months_known', true, 'nobody waits for 50 years');
select is(given.refusal(format($$select given.detailed('n', '{"company": "%s"}')$$, repeat('ü', 201))) ~ 'leads_company_length', true, 'texts have an end');
select lives_ok(format($$select given.detailed('n', '{"company": "%s"}')$$, repeat('ü', 200)), 'which counts letters');
select is(core.has_unfit_details(given.found('n')), true, 'has_unfit_details() looks at bytes, and asks refuse_unfit_lead()');

-- What tells a retry from a new lead.
select given.detailed('k', '{"product": "A"}'), given.detailed('k', '{"product": "B"}');
select is((select count(*) from crm.leads where name = 'k')::int, 2, 'leads that differ in a detail are two');
select is(given.refusal($$select given.detailed('k', '{"product": "A"}')$$) ~ 'leads_idempotency_key', true, 'the same is one');
select is(given.refusal($$select given.detailed('k', '{"metadata": {"product": "A"}}')$$) ~ 'leads_idempotency_key', true, 'as it was when the product was metadata');
select lives_ok($$select given.detailed('k', '{"product": "A", "metadata": {"product": "B"}}')$$, 'two products are another lead');
select is(core.all_said(given.found('Asha Patil')), '{}', 'all_said() knows a name in parts by its name');
select is(core.all_said(given.found('Dr. Patil')), '{"first_name": "Ravi"}', 'but keeps parts that say more');

-- Rules.
select given.detailed('d', '{"company": "Acme", "product": "Flat", "budget": "[1000000,1500000]", "timeline_months": 3}');
select given.detailed('e', '{"budget": "[500000,)", "metadata": {"product": "Plot"}}');
create function given.met(p_name text, p_condition jsonb) returns boolean language sql
return (select routing.meets(routing.lead_facts(l, routing.fields_of(c)), routing.compile_condition(c)) from given.found(p_name) l, routing.read_condition(core.current_workspace(), p_condition) c);
select is(given.met(n, given.all(given.term(f, o, variadic v))), w, concat_ws(' ', n, f, o, v::text)) from (values
  ('d', 'company', 'is', '{acme}'::text[], true), ('e', 'company', 'is_empty', '{}', true), ('d', 'company', 'is_empty', '{}', false),
  ('d', 'budget', 'more_than', '{1200000}', true), ('d', 'budget', 'less_than', '{1200000}', false), ('d', 'budget', 'is', '{"15,00,000"}', true),
  ('e', 'budget', 'between', '{1,500000}', true), ('d', 'timeline_months', 'less_than', '{4}', true), ('e', 'timeline_months', 'less_than', '{4}', false),
  ('d', 'metadata.product', 'is', '{flat}', true), ('e', 'metadata.product', 'is', '{plot}', true), ('e', 'product', 'is', '{plot}', false),
  ('d', 'metadata.budget', 'more_than', '{1200000}', true)) as t (n, f, o, v, w);
select is(routing.detail_of(given.found('d'), 'budget'), '1500000', 'detail_of() a budget is the most');
select is(routing.describe_field('timeline_months'), 'timeline in months', 'in words');
select is((select array_agg(f) from unnest(routing.detail_fields()) f where not core.details_json(given.found('d')) ? f), null, 'details_json() has them all');

-- Replay, preview, simulation.
select given.rule('rich', p_condition => given.all(given.term('budget', 'more_than', '1000000'), given.term('product', 'is', 'Flat')));
update crm.rules set callers = array[given.caller_id('Bina')] where name = 'rich' and workspace_id = core.current_workspace();
select given.rule('rest');
select given.detailed('r1', '{"product": "Flat", "budget": "[1500000,1500000]"}'), given.detailed('r2', '{"product": "Flat", "budget": "[5,5]"}');
select is(given.callers_of('r1'), 'Bina', 'a rule asks for details');
select is(api.preview_lead('{"product": "Flat", "budget": "[1500000,1500000]"}') -> 'caller' ->> 'name', 'Bina', 'a preview knows them');
update crm.leads set budget = null, product = null where id = given.lead_id('r1');
select is_empty('select violation, lead_id, detail from routing.verify()', 'what is edited later is replayed as it was');
select is((select s.simulated from routing.simulate(core.current_workspace(), '2026-01-01', '2026-02-01', '{}') s where s.caller = 'Bina') > 0, true, 'a simulation deals by what is said');
select * from finish();
rollback;
