-- Was it fair, and what would have been; who is in which pool; and whose leads are refused for want of competence.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}'), given.caller('Chitra', '{Kerala}');
select given.leads('g1 g2 g3 g4', 'Goa'), given.leads('k1 k2', 'Kerala');

-- The fairness report.
select results_eq(
  $$select caller::text, eligible, expected, given, difference from report.fairness(core.current_workspace(), '2026-01-05', '2026-01-06')$$,
  $$values ('Asha', 4::bigint, 2.00, 2::bigint, 0.00), ('Bina', 4, 2.00, 2, 0.00), ('Chitra', 2, 2.00, 2, 0.00)$$, 'everybody is due a share of the leads they could have had');
select given.change('Asha', 'weight = 3');
update crm.rules set strategy = 'weighted' where workspace_id = core.current_workspace() and name = 'state';
select given.now('2026-01-06 12:00+05:30'), given.leads('w1 w2 w3 w4', 'Goa');
select results_eq(
  $$select caller::text, expected, given from report.fairness(core.current_workspace(), '2026-01-06', '2026-01-07') where eligible > 0$$,
  $$values ('Asha', 3.00, 3::bigint), ('Bina', 1.00, 1)$$, 'by weight where weights are dealt by');
select is(api.get_fairness('{"from": "2026-01-06", "until": "2026-01-07"}') -> 'items' -> 0 ->> 'expected', '3.00', 'get_fairness() says the same, and read_period() takes days of the workspace');

select given.now('2026-01-08 12:00+05:30'), given.change('Asha', 'daily_limit = 1'), given.leads('v1 v2 v3 v4 v5', 'Goa');
select results_eq(
  $$select caller::text, eligible, expected, given from report.fairness(core.current_workspace(), '2026-01-08', '2026-01-09') where eligible > 0$$,
  $$values ('Asha', 1::bigint, 0.75, 1::bigint), ('Bina', 5, 4.25, 4)$$, 'whoever is at the limit is due nothing more, also within a deal');
select given.change('Asha', 'daily_limit = 0');

-- Simulation: simulate() builds with build_simulation(), deals with run_simulation() in simulation_stretches(), and compares with compare_simulation().
create temp table before as select event_seq, (select count(*) from crm.workspaces) as workspaces from crm.workspaces where id = core.current_workspace();
create function given.would(p_changes jsonb, p_from text default '2026-01-05', p_until text default '2026-01-06') returns text language sql
return (select string_agg(coalesce(s.caller, 'queue') || ' ' || s.happened || '>' || s.simulated, ', ' order by s.caller nulls last)
        from routing.simulate(core.current_workspace(), p_from::timestamptz, p_until::timestamptz, p_changes) s);
select is(given.would(format('{"rules": %s}', '[{"name": "state", "attributes": ["state"]}, {"name": "all"}]')::jsonb),
  'Asha 2>2, Bina 2>2, Chitra 2>2, queue 0>0', 'the same plan gives the same');
select is(given.would('{"rules": [{"name": "all"}]}'), 'Asha 2>2, Bina 2>2, Chitra 2>2, queue 0>0', 'another plan deals otherwise');
select is(given.would(jsonb_build_object('callers', jsonb_build_object(given.caller_id('Asha'), '{"status": "paused"}'::jsonb))),
  'Asha 2>0, Bina 2>4, Chitra 2>2, queue 0>0', 'what if somebody had been paused');
select is(given.would(jsonb_build_object('rules', '[{"name": "state", "attributes": ["state"], "on_exhausted": "queue"}]'::jsonb,
    'callers', jsonb_build_object(given.caller_id('Chitra'), '{"daily_limit": 1}'::jsonb))),
  'Asha 2>2, Bina 2>2, Chitra 2>1, queue 0>1', 'or had had a limit');
select results_eq('select event_seq, (select count(*) from crm.workspaces) from crm.workspaces where id = core.current_workspace()',
  'select event_seq, workspaces from before', 'and nothing of it remains');
select is(jsonb_array_length(api.simulate('{"from": "2026-01-05", "until": "2026-01-06"}') -> 'items'), 4, 'over the API too');
select throws_ok('select routing.simulate(0, now(), now())', 'LD404', 'There is no workspace 0', 'of a workspace that is there');

-- Every pool that somebody is in: held_targets(), target_at() and list_pools().
select set_eq($$select distinct step, pool from routing.pools where workspace_id = core.current_workspace()$$,
  $$values (1, 'state:goa'), (1, 'state:kerala'), (2, 'global')$$, 'pools are those that somebody is in');
select is((select string_agg(p ->> 'key' || ' ' || (p ->> 'free'), ', ') from jsonb_array_elements(api.list_pools()) p), 'state:goa 2, state:kerala 1, global 3', 'with how many are free');
select is((routing.target_at(routing.held_targets(core.current_workspace(), '{state}'), 1)).state, 'Goa', 'by what their members have');

-- Competence: is_served(), describe_refusal().
select api.create_source(core.current_workspace(), 'Chat Bot', 'x');
create function given.bot() returns int language sql return (select id from crm.sources where name = 'Chat Bot');
create function given.handed_in(p_source int) returns text language sql
return (select concat_ws(': ', assignment_status, assignment_reason) from api.ingest_leads(jsonb_build_array(jsonb_build_object('source_id', p_source, 'name', clock_timestamp()))));
select alike(given.handed_in(given.bot()), 'assigned: %', 'a source needs no competence at first');
select api.update_source(given.bot(), '{"needs_competence": true}');
select is(given.handed_in(given.bot()), 'refused: No caller is competent for the source Chat Bot', 'one that does is refused while nobody has any');
select is((select core.is_served(s) from crm.sources s where id = given.bot()), false, 'is_served() says so');
select is(core.describe_refusal(given.bot()), 'No caller is competent for the source Chat Bot', 'and describe_refusal() why');
insert into crm.caller_sources values (core.current_workspace(), given.caller_id('Chitra'), 'chat bot', 0);
select alike(given.handed_in(given.bot()), 'refused: %', 'a weight of 0 is none');
update crm.caller_sources set weight = 2 where caller_id = given.caller_id('Chitra');
select given.change('Chitra', $$status = 'paused'$$);
select alike(given.handed_in(given.bot()), 'assigned: %', 'somebody competent is enough, free or not');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

select * from finish();
rollback;
