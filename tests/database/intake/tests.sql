-- Test leads are stored, and assigned to nobody, of no contact and counted nowhere.
begin;
\ir ../given.psql
select * from no_plan();

select is(core.says_yes(given), expected, format('"%s" says yes: %s', given, expected)) from (values
  ('true', true), (' Yes ', true), ('1', true), ('X', true), ('false', false), ('no', false), ('0', false), ('', false), (null, false)) g (given, expected);

select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha');
select api.create_source(core.current_workspace(), 'Ads', sha256('ads'));
create function given.answers(p_leads jsonb) returns table (answer text) language sql volatile as $$
  select concat_ws(' ', a.ordinal || case when a.duplicate then '=' else '+' end, a.assignment_status, a.caller_name, a.assignment_reason)
  from crm.sources s cross join lateral (select jsonb_agg(jsonb_build_object('source_id', s.id) || l) as leads from jsonb_array_elements(p_leads) l) g
  cross join lateral api.ingest_leads(g.leads) a where s.workspace_id = core.current_workspace() order by a.ordinal
$$;
select results_eq($$select * from given.answers('[{"name": "real", "phone": "9812300001", "source_row_id": "1"}, {"name": "google", "phone": "9812300001", "source_row_id": "T-1", "metadata": {"is_test": true}},
  {"name": "again", "phone": "9812300001", "source_row_id": "2", "metadata": {"is_test": "no"}}, {"name": "google", "source_row_id": "T-1", "metadata": {"is_test": true}}]')$$,
  $$values ('1+ assigned Asha No state or city: global round robin'), ('2+ closed A test lead: assigned to nobody'), ('3+ assigned Asha Duplicate: this caller has an open lead of the same contact'), ('4= closed A test lead: assigned to nobody')$$,
  'a sender''s is_test is answered as closed, a repetition alike');
select results_eq($$select name, is_test, closed_at is not null from crm.leads where workspace_id = core.current_workspace() order by id$$, $$values ('real', false, false), ('google', true, true), ('again', false, false)$$, 'which is how it is stored');

-- Tests with keys of their own are no contact, before and after real leads.
insert into crm.leads (workspace_id, name, phone, email, is_test) values (core.current_workspace(), 't1', '9812300009', 't@y.in', true);
insert into crm.leads (workspace_id, name, phone, email) values (core.current_workspace(), 'r1', '9812300009', 't@y.in');
insert into crm.leads (workspace_id, name, phone, email, is_test) values (core.current_workspace(), 't2', '9812300009', 't@y.in', true), (core.current_workspace(), 't3', null, null, true);
select is_empty($$select from crm.contact_leads where lead_id in (given.lead_id('r1'), given.lead_id('t2'))$$, 'a test is of no contact');
select is((select count(*) from crm.contact_keys where lead_id in (given.lead_id('t1'), given.lead_id('t2'), given.lead_id('google'))), 0::bigint, 'and brings no keys');
select is((select count || ' ' || duplicates from crm.caller_daily_counters where workspace_id = core.current_workspace()), '2 1', 'it counts for no cap');
select is(api.get_overview() -> 'today', '{"received": 3, "assigned": 3, "queued_now": 0}', 'nor in the day''s numbers');
select is((select count(*) from routing.newest_leads(core.current_workspace())), 3::bigint, 'rules are not tried on it');
select is((select core.source_json(s) ->> 'leads_today' from crm.sources s where s.workspace_id = core.current_workspace()), '2', 'it is none of a source''s leads of today');
select is((select jsonb_agg(i ->> 'name') from jsonb_array_elements(api.list_leads(f) -> 'items') i), names, 'the list with ' || f::text) from (values
  ('{"status": "test"}'::jsonb, '["t3", "t2", "t1", "google"]'::jsonb), ('{"status": "closed"}', null), ('{"status": "assigned"}', '["r1", "again", "real"]'), ('{}', '["t3", "t2", "r1", "t1", "again", "google", "real"]')) g (f, names);
select is(api.get_lead(given.lead_id('t1')) -> 'is_test', 'true', 'a lead says that it is a test');
select is(api.get_lead(given.lead_id('t1')) ->> 'assignment_reason', routing.describe_test(), 'and what that means');
select alike(given.refusal($$select api.reopen_lead(given.lead_id('t1'))$$), 'LD409%It is a test lead%', 'it is not opened');
select alike(given.refusal($$select api.reassign_lead(given.lead_id('t1'), given.caller_id('Asha'))$$), 'LD409%', 'nor assigned');
select is((select count(*) from crm.events where kind = 'lead.closed' and lead_id = given.lead_id('t1') and data ->> 'reason' = routing.describe_test()), 1::bigint, 'an event tells of it');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- A source's own mark.
select is(api.update_source(id, '{"test_when": {"match": "any", "terms": [{"field": "name", "operator": "contains", "values": ["Test Lead"]}, {"field": "metadata.form", "operator": "is_one_of", "values": ["sandbox"]}]}}') -> 'test_when' -> 'match', '"any"', 'a source may say which are tests')
from crm.sources where workspace_id = core.current_workspace();
select results_eq($$select * from given.answers('[{"name": "<test lead: dummy data for full_name>", "phone": "9812300011"}, {"name": "Asha Test", "phone": "9812300012"}, {"name": "x", "phone": "9812300013", "metadata": {"form": "Sandbox"}}]')$$,
  $$values ('1+ closed A test lead: assigned to nobody'), ('2+ assigned Asha No state or city: global round robin'), ('3+ closed A test lead: assigned to nobody')$$, 'by a condition');
select alike(given.refusal(format($$select api.update_source(%s, '{"test_when": {"match": "any", "terms": [{"field": "nmae", "operator": "is", "values": ["x"]}]}}')$$, id)), 'LD422 test_when.terms[0].field: There is no field "nmae"%', 'which must be one') from crm.sources where workspace_id = core.current_workspace();
select is(api.update_source(id, '{"test_when": {"match": "any", "terms": [{"field": "phone", "operator": "is", "values": ["098123 00031"]}, {"field": "email", "operator": "is", "values": ["test@test.com"]}, {"field": "state", "operator": "is", "values": ["GA"]}]}}') -> 'test_when' -> 'terms' -> 2 -> 'values', '["Goa"]', 'in whatever spelling')
from crm.sources where workspace_id = core.current_workspace();
select results_eq($$select left(answer, 9) from given.answers('[{"name": "a", "phone": "Mob: 98123-00031"}, {"name": "b", "email": "Test@test.com"}, {"name": "c", "phone": "9812300032", "state": "goa"}, {"name": "d", "phone": "9812300033", "state": "MH"}]')$$,
  $$values ('1+ closed'), ('2+ closed'), ('3+ closed'), ('4+ assign')$$, 'of the condition or of the lead, placeholders too, as is_marked() reads it');
select is(api.is_test(s.id, given), expected, 'a sample would be a test: ' || given::text) from crm.sources s cross join (values
  ('{"name": "x", "phone": "+91 98123 00031"}'::jsonb, true), ('{"name": "x", "phone": "9812300034"}', false), ('{"phone": "9812300034", "metadata": {"is_test": "yes"}}', true), ('{}', false)) g (given, expected)
where s.workspace_id = core.current_workspace();
select is(api.is_test(-1, '{"metadata": {"is_test": true}}'), false, 'of no source nothing is');
select is(api.update_source(id, '{"test_when": null}') -> 'test_when', 'null', 'and may be taken back, as prepare_source() does') from crm.sources where workspace_id = core.current_workspace();
select is((select test_compiled::text from crm.sources where workspace_id = core.current_workspace()), null, 'with what was made of it');
select results_eq($$select * from given.answers('[{"name": "test lead", "phone": "9812300021"}]')$$, $$values ('1+ assigned Asha No state or city: global round robin')$$, 'then none is');
select is(routing.without_tests(core.current_workspace(), '{}'), '{}', 'without_tests() of nothing is nothing');
-- A test says nothing of a lead that comes later, whichever key they share, nor that lead of a test.
select results_eq(format($$select * from given.answers('[%1$s, %2$s, %1$s, %2$s]')$$, test, lead),
  $$values ('1+ closed A test lead: assigned to nobody'), ('2+ assigned Asha No state or city: global round robin'), ('3= closed A test lead: assigned to nobody'), ('4= assigned Asha No state or city: global round robin')$$,
  'a test, then the lead itself, by ' || name) from (values
  ('row id', '{"name": "k1", "phone": "9812300101", "source_row_id": "K-1", "metadata": {"is_test": true}}', '{"name": "k1", "phone": "9812300101", "source_row_id": "K-1"}'),
  ('row id, as another person', '{"name": "dummy", "source_row_id": "K-2", "metadata": {"is_test": true}}', '{"name": "k2", "phone": "9812300102", "source_row_id": "K-2"}'),
  ('phone and time', '{"name": "k3", "phone": "9812300103", "timestamp": "2026-01-05T10:07:13+05:30", "metadata": {"is_test": true}}', '{"name": "k3", "phone": "9812300103", "timestamp": "2026-01-05T10:07:13+05:30"}'),
  ('content', '{"name": "k4", "email": "k4@y.in", "metadata": {"is_test": "yes"}}', '{"name": "k4", "email": "k4@y.in", "metadata": {"is_test": "no"}}'),
  ('idempotency key', '{"name": "k5", "phone": "9812300105", "idempotency_key": "e5", "metadata": {"is_test": true}}', '{"name": "k5", "phone": "9812300105", "idempotency_key": "e5"}')
  ) g (name, test, lead);
select results_eq($$select * from given.answers('[{"name": "k6", "phone": "9812300106", "source_row_id": "K-6"}, {"name": "k6", "phone": "9812300106", "source_row_id": "K-6", "metadata": {"is_test": true}}]')$$,
  $$values ('1+ assigned Asha No state or city: global round robin'), ('2+ closed A test lead: assigned to nobody')$$, 'and a test after the lead');
select is_empty('select violation, detail from routing.verify()', 'the record is right then');
select is_empty('select violation, detail from routing.verify()', 'the record is right to the end');

select * from finish();
rollback;
