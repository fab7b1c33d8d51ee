-- Finding leads: filters, search, paging, and one lead's whole story.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
create function given.found(p_filter jsonb) returns text language sql
return (select string_agg(l ->> 'name', ' ') from jsonb_array_elements(api.list_leads(p_filter) -> 'items') l);

select is(api.list_leads('{}'), '{"items": [], "next": null}', 'without leads there are none');
select is(api.list_lead_sources(), '[]', 'nor lead sources');
select given.caller('Kavita', '{Maharashtra}'), given.caller('Ravi', '{Goa}', 1);
insert into crm.leads (workspace_id, name, phone, state, city, lead_source, created_at) select core.current_workspace(), t.* from (values
  ('Asha', '9812345678', 'Maharashtra', null, 'Google Ads', '2026-01-05 10:00+05:30'::timestamptz), ('Bina_1', '9876543210', 'Goa', null, 'Website', '2026-01-05 11:00+05:30'),
  ('Chitra', '+15550109999', null, 'Pune', 'google ads', '2026-01-06 10:00+05:30'), ('100%', 'call me', null, null, null, '2026-01-07 10:00+05:30')) t;
select api.set_caller_status(given.caller_id('Kavita'), 'paused');
select given.leads('Waits', 'Goa');

select is(given.found(filter::jsonb), found, coalesce(filter, 'nothing') || ' finds ' || coalesce(found, 'nobody')) from (values
  ('{}', 'Waits 100% Chitra Bina_1 Asha'), ('{"state": "Maharashtra"}', 'Chitra Asha'), ('{"state": "Goa"}', 'Waits Bina_1'), ('{"status": "queued"}', 'Waits'), ('{"status": "assigned", "state": "Goa"}', 'Bina_1'),
  ('{"source": "GOOGLE ads"}', 'Chitra Asha'), ('{"since": "2026-01-06", "until": "2026-01-07T00:00+05:30"}', 'Chitra'), ('{"until": "2026-01-05T11:00+05:30"}', 'Asha'),
  ('{"search": "ash"}', 'Asha'), ('{"search": "a"}', 'Waits Chitra Bina_1 Asha'), ('{"search": "%"}', '100%'), ('{"search": "_"}', 'Bina_1'), ('{"search": "\\"}', null), ('{"search": "  "}', 'Waits 100% Chitra Bina_1 Asha'),
  ('{"search": "98123"}', 'Asha'), ('{"search": "+91 98123"}', 'Asha'), ('{"search": "91981"}', 'Asha'), ('{"search": "43210"}', 'Bina_1'), ('{"search": "0109999"}', 'Chitra'), ('{"search": "0"}', '100% Chitra Bina_1'), ('{"search": "nobody"}', null),
  ('{"search": "a", "state": "Maharashtra", "status": "assigned"}', 'Chitra Asha'), ('{"state": "Kerala"}', null), ('{"limit": 2}', 'Waits 100%')
) as t (filter, found);
select is(given.found(jsonb_build_object('caller_id', given.caller_id('Ravi'))), 'Bina_1', 'leads are found by their caller');
select is(api.count_leads('{}'), 5::bigint, 'they can be counted');
select is(api.count_leads('{"state": "Goa", "limit": 1}'), 2::bigint, 'by the same filter, all of them');
select is(api.list_lead_sources(), '["Google Ads", "Website"]', 'each lead source is listed once, as first spelt');

-- Paging.
select given.workspace();
insert into crm.leads (workspace_id, name) select core.current_workspace(), nr::text from generate_series(1, 450) nr;
create function given.pages(p_filter jsonb) returns text[] language plpgsql as $$
declare
  v_page jsonb := api.list_leads(p_filter);
  v_names text[] := '{}';
begin
  loop
    v_names := v_names || array(select l ->> 'name' from jsonb_array_elements(v_page -> 'items') l);
    exit when v_page ->> 'next' is null;
    perform given.leads('Newcomer' || cardinality(v_names));
    v_page := api.list_leads(p_filter || jsonb_build_object('after', v_page -> 'next'));
  end loop;
  return v_names;
end $$;
select is(given.pages('{"limit": 45}'), array(select nr::text from generate_series(450, 1, -1) nr), 'page by page every lead is met once, newest first, while others arrive');
select is(jsonb_array_length(api.list_leads(f::jsonb) -> 'items'), n, format('a page asked for with %s has %s', f, n)) from (values ('{}', 50), ('{"limit": 1000}', 200), ('{"limit": 0}', 1), ('{"limit": 3}', 3)) as t (f, n);
select is(api.list_leads('{"search": "Newcomer", "limit": 200}') ->> 'next', null, 'the last page has no next');
insert into crm.leads (workspace_id, name) select core.current_workspace(), 'x' || nr from generate_series(1, 10000) nr;
select is(api.count_leads('{}'), 1001::bigint, 'counting ends beyond a thousand');
select is(api.count_leads('{"search": "x1000"}'), 2::bigint, 'but what is found is counted exactly');
select is((select count(*) from core.find_leads('{"search": "x1000"}', 1)), 1::bigint, 'find_leads() finds as many as asked for');

-- Leads as a file.
select is(jsonb_array_length(api.export_leads('{"limit": 5}') -> 'items'), 1000, 'a file comes in pieces of a thousand, whatever the limit of a page');
select is(api.export_leads('{"search": "x1000"}') #> '{items,0,metadata}', '"{}"', 'and has the metadata, as text');
select is(core.page_of_leads('{"search": "x1000"}', 1, false) #> '{items,0}' ? 'metadata', false, 'which a page of a list has not');
select api.begin_export('{"search": "98450", "hashes": ["sealed:x"], "state": "Goa"}', 'csv'), api.begin_export('{"search": "asha"}', 'xlsx');
select results_eq($$select e.data from crm.events e where e.workspace_id = core.current_workspace() and e.kind = 'leads.exported' order by e.seq$$,
  $$values ('{"format": "csv", "filter": {"search": "sealed", "state": "Goa"}}'::jsonb), ('{"format": "xlsx", "filter": {"search": "asha"}}')$$, 'the log keeps what was taken along, but no sealed phone');

-- One lead.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select api.create_user(core.current_workspace(), 'meera@example.com', 'Meera', 'manager', 'x');
select given.caller('Kavita', '{Maharashtra}');
select given.leads('One', null, 'Pune');
select given.caller('Ravi');
select set_config('fairlead.actor', 'user:' || user_id, true) from api.find_user('meera@example.com');
select api.reassign_lead(given.lead_id('One'), given.caller_id('Ravi'), 'knows her');
create temp table one as select api.get_lead(given.lead_id('One')) as l;
select is(l - '{etag,id,assignments,contact,explanation,history,assigned_caller}'::text[], '{"name": "One", "phone": null, "email": null, "city": "Pune", "state": "Maharashtra", "state_from": "city", "state_given": null, "possible_states": null, "lead_source": null, "campaign": null,
  "language": null, "message": null, "timestamp": null, "source_row_id": null, "other_phones": [], "external_id": null, "metadata": {}, "source": null, "assignment_status": "assigned", "queued_at": null,
  "assignment_reason": "Given by Meera, before with Kavita: knows her", "is_held": false, "is_test": false, "duplicate_of": null, "claim_by": null, "claimed_at": null, "status": "new", "close_reason": null, "closed_at": null, "assigned_at": "2026-01-05T06:30:00+00:00", "created_at": "2026-01-05T06:30:00+00:00", "first_name": null, "last_name": null, "company": null, "job_title": null, "country": null, "medium": null, "term": null, "product": null, "budget": null, "authority": null, "timeline_months": null}'::jsonb, 'a lead with all there is to say') from one;
select is(l -> 'assigned_caller', jsonb_build_object('id', given.caller_id('Ravi'), 'name', 'Ravi'), 'who has it') from one;
select is(jsonb_path_query_array(l, '$.assignments[*].caller.name') || jsonb_path_query_array(l, '$.assignments[*].assigned_by'), '["Kavita", "Ravi", "routing", "Meera"]', 'who had it, and by whom, people by name') from one;
select is(jsonb_path_query_array(l, '$.contact.leads[*].name'), '["One"]', 'whose it is') from one;
select is(jsonb_path_query_array(l, '$.explanation[*].detail'), '["Given by Meera, before with Kavita: knows her"]', 'why') from one;
select is(jsonb_path_query_array(l, '$.history[*].kind') || jsonb_path_query_array(l, '$.history[*].actor'), '["lead.assigned", "lead.reassigned", "cli", "Meera"]', 'and its history') from one;
select is(core.lead_json(c), l - '{etag,metadata,source,contact,assignments,explanation,history}'::text[], 'a list shows the same lead') from one, core.lead_cards c where c.id = given.lead_id('One');
select throws_ok($$select api.get_lead('00000000-0000-7000-8000-000000000000')$$, 'LD404', 'There is no lead 00000000-0000-7000-8000-000000000000', 'what is no lead is not found');
select is(core.name_actor(a), n, n) from (values ('cli', 'cli'), ('routing', 'routing'), ('source:7', 'source:7'), ('user:00000000-0000-7000-8000-000000000000', 'user:00000000-0000-7000-8000-000000000000')) as t (a, n);
select is(core.current_actor(), 'user:' || user_id, 'who acts is who the gateway says') from api.find_user('meera@example.com');
select set_config('fairlead.actor', '', true);
select is(core.current_actor(), session_user::text, 'or the login');
select given.workspace();
select is(given.found('{}'), null, 'another workspace finds none of them');
select throws_ok(format('select api.get_lead(%L)', (select l ->> 'id' from one)), 'LD404', null, 'nor opens one');

-- The ways the search goes: the newest first, then by an index of what is rare.
select is(cardinality(core.lead_queries('{"search": "asha"}', false, 51, true, '91')), 2, 'lead_queries() are two for a search');
select is(cardinality(core.lead_queries('{"state": "Goa"}', false, 51, true, '91')), 2, 'and for a filter');
select is(cardinality(core.lead_queries('{"state": "Goa"}', false, 51, false, '91')), 1, 'but one where the order does not matter');
select is(cardinality(core.lead_queries('{"after": "00000000-0000-7000-8000-000000000000"}', false, 51, true, '91')), 1, 'but one for all there are');
select is(core.filter_condition('{"state": "Goa", "status": "closed"}'), 'l.workspace_id = $1 and l.state = $3 and l.closed_at is not null and not l.is_test', 'filter_condition() has what is asked for alone');
select is((select count(*) from regexp_matches(core.own_leads_query('{"status": "closed"}', 'l.id'), 'from core.own_\w+ a', 'g')), 1::bigint, 'own_leads_query() looks only where such leads can be');
select is((select count(*) from regexp_matches(core.callers_leads_query('{"status": "assigned"}', 5), 'crm.lead_assignments a', 'g')), 1::bigint, 'callers_leads_query() as well');

-- Whatever is asked for, an index has a way to it.
set local enable_seqscan = off;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
create function given.plan(p_query text) returns setof text language plpgsql as $$
begin
  return query execute format('explain select l.id from %s order by l.id desc limit 51', p_query)
    using core.current_workspace(), crm.new_id(), 'Goa', 'website', now(), now(), crm.new_id(), 51, 1, now();
end $$;
create temp table filter as
select f || g as filter from (values ('{}'::jsonb), ('{"status": "assigned"}'), ('{"status": "closed"}'), ('{"status": "queued"}'), ('{"status": "test"}'), ('{"state": "Goa"}'), ('{"source": "Website"}'), ('{"campaign_id": 1}'), ('{"since": "2026-01-01"}'), ('{"until": "2026-02-01"}'), ('{"search": "asha kumar"}'), ('{"search": "z"}')) as a (f)
cross join (values ('{}'::jsonb), ('{"state": "Goa"}'), ('{"search": "kumar"}'), ('{"after": "00000000-0000-7000-8000-000000000000"}'), ('{"until": "2026-02-01"}')) as b (g);
select is_empty(
  format($$select f.filter, q.query, p.line from filter f cross join unnest(core.lead_queries(f.filter, %L, 51, %L, '91')) q (query)
    cross join given.plan(q.query) p (line) where p.line ~ 'Seq Scan on (leads|lead_assignments|events)\M'$$, by_caller, in_order),
  format('no list reads the whole table (%s, %s)', case when by_caller then 'of a caller' else 'of all' end, case when in_order then 'in order' else 'counted' end))
from unnest(array[false, true]) b (by_caller) cross join unnest(array[true, false]) o (in_order);

select * from finish();
rollback;
