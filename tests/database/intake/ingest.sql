-- api.ingest_leads(): a batch of leads, stored, dealt and answered in one call.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select api.create_source(core.current_workspace(), 'Sheet', 'sheet'), api.create_source(core.current_workspace(), 'Form', 'form'), api.create_source(core.current_workspace(), 'Gone', 'gone');
update crm.sources set revoked_at = now() where name = 'Gone';
create function given.source(p_name text) returns int language sql return (select id from crm.sources where name = p_name and workspace_id = core.current_workspace());
-- "1 Asha: Goa round robin", with a + where the lead is new and an = where it repeats.
create function given.answers(p_leads jsonb, p_source text default 'Sheet') returns setof text language sql as $$
  select concat_ws(' ', i.ordinal || case when i.duplicate then '=' when i.lead_id is not null then '+' else '!' end,
    coalesce(i.caller_name, i.assignment_status) || coalesce(': ' || i.assignment_reason, ''))
  from api.ingest_leads((select jsonb_agg('{"source_id": 0}' || jsonb_build_object('source_id', given.source(p_source)) || l order by nr) from jsonb_array_elements(p_leads) with ordinality as t (l, nr))) i
  order by i.ordinal
$$;

select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}', 2);
select results_eq($$select given.answers('[{"name": "a", "state": "Goa"}, {"name": "b"}, {"name": "c", "state": "goa"}]')$$,
  $$values ('1+ Asha: Goa round robin'), ('2+ Asha: No state or city: global round robin'), ('3+ Bina: Goa round robin')$$, 'each lead is answered with its caller and why');
select results_eq($$select given.answers('[{"name": "z", "source_row_id": "9"}, {"name": "y", "source_row_id": "1"}]')$$,
  $$values ('1+ Bina: No state or city: global round robin'), ('2+ Asha: No state or city: global round robin')$$, 'dealing follows the order of the batch, however the keys sort');
select is((select string_agg(name, '' order by id) from crm.leads), 'abczy', 'and so do ids');
select is_empty($$select given.answers('[]')$$, 'an empty batch has no answers');
select results_eq($$select given.answers('[{"name": "z", "source_row_id": "9"}, {"name": "new", "source_row_id": "2"}, {"source_row_id": " 1 "}]')$$,
  $$values ('1= Bina: No state or city: global round robin'), ('2+ Asha: No state or city: global round robin'), ('3= Asha: No state or city: global round robin')$$,
  'a repetition is answered as the first time, its neighbours are not held up');
select is((select string_agg(substr(a, 2), '' order by substr(a, 2)) from given.answers('[{"phone": "98123 45678", "timestamp": "2026-01-05T10:00"}, {"phone": "+919812345678", "timestamp": "2026-01-05T04:30:00Z"}]') a),
  '+ Asha: No state or city: global round robin= Asha: No state or city: global round robin', 'also within a batch, however it is spelt; a timestamp without an offset is the workspace''s time');
select results_eq($$select given.answers('[{"name": "k", "idempotency_key": "1"}, {"name": "k", "idempotency_key": "1"}, {"name": "k", "idempotency_key": "2"}]')$$,
  $$values ('1+ Asha: No state or city: global round robin'), ('2= Asha: No state or city: global round robin'), ('3+ Asha: No state or city: global round robin')$$, 'the sender''s key tells a repetition');
select results_eq($$select given.answers('[{"name": "k", "idempotency_key": "1"}]', 'Form')$$, $$values ('1+ Asha: No state or city: global round robin')$$, 'for that sender alone');
select results_eq($$select given.answers('[{"name": "c", "message": "x"}, {"name": "c", "message": "x"}]')$$,
  $$values ('1+ Asha: No state or city: global round robin'), ('2= Asha: No state or city: global round robin')$$, 'and without any key the content');

-- The first answer is remembered whatever became of the lead.
select api.reassign_lead(given.lead_id('a'), given.caller_id('Bina'));
select results_eq($$select given.answers('[{"name": "a", "state": "Goa"}]')$$, $$values ('1= Asha: Goa round robin')$$, 'a lead that went on to another caller is answered as at first');
select api.set_caller_status(given.caller_id('Asha'), 'paused');
select results_eq($$select given.answers('[{"name": "w"}]')$$, $$values ('1+ queued: No caller free (1 paused, 1 at cap)')$$, 'a lead that waits is answered with why');
select api.set_caller_status(given.caller_id('Asha'), 'active');
select api.reassign_lead(given.lead_id('w'), null);
select results_eq($$select given.answers('[{"name": "w"}]')$$, $$values ('1= queued: No caller free (1 paused, 1 at cap)')$$, 'and repeated as at first when it waits no more');
select results_eq($$select * from routing.first_outcome(core.current_workspace(), given.lead_id('w'))$$, $$values (null::uuid, null::text, 'queued', 'No caller free (1 paused, 1 at cap)', null::uuid)$$, 'first_outcome() tells a queued lead''s');
select results_eq($$select * from routing.first_outcome(core.current_workspace(), given.lead_id('a'))$$, $$select id, 'Asha', 'assigned', 'Goa round robin', null::uuid from crm.callers where name = 'Asha'$$, 'and an assigned one''s');

-- Who may not.
select results_eq($$select given.answers('[{"name": "r"}]', 'Gone')$$, $$values ('1! refused')$$, 'a revoked source is refused');
select results_eq($$select ordinal, lead_id is null, assignment_status, duplicate from api.ingest_leads('[{"source_id": 0, "name": "r"}, {"name": "r"}]') order by 1$$,
  $$values (1, true, 'refused', false), (2, true, 'refused', false)$$, 'so is an unknown one, or none');
select results_eq($$select given.answers(jsonb_build_array('{"name": "m1"}'::jsonb, jsonb_build_object('name', 'm2', 'source_id', given.source('Gone')), '{"name": "m3"}'::jsonb))$$,
  $$values ('1+ Asha: No state or city: global round robin'), ('2! refused'), ('3+ Asha: No state or city: global round robin')$$, 'its neighbours are not');
select is((select count(*) from crm.leads where name in ('r', 'm2')), 0::bigint, 'what is refused is not stored');

-- Everything a lead says is kept.
select given.answers('[{"name": "All", "phone": "98123 00000", "email": "All@Example.com", "external_id": "x1", "source_row_id": "r1", "timestamp": "2026-01-05T09:00:00+05:30", "lead_source": "Google Ads",
  "city": "Pune", "state": "Select", "language": "Marathi", "message": "Hello", "metadata": {"campaign": "spring"}, "idempotency_key": "unused", "request_id": "ab-1",
  "first_name": " Al", "last_name": "L", "company": "Acme ", "job_title": "CTO", "country": "India", "medium": "cpc", "term": "crm", "product": "X", "budget": "[1,2]", "authority": "me", "timeline_months": 3}]');
select is(to_jsonb(l) - 'id' - 'workspace_id' - 'source_id', '{"source_row_id": "r1", "external_id": "x1", "name": "All", "phone": "+919812300000", "other_phones": null, "email": "all@example.com", "timestamp_from_sheet": "2026-01-05T03:30:00+00:00",
  "lead_source": "Google Ads", "city": "Pune", "state": "Maharashtra", "state_given": "Select", "state_from": "city", "language": "Marathi", "message": "Hello", "metadata": {"campaign": "spring"},
  "idempotency_key": null, "created_at": "2026-01-05T06:30:00+00:00", "status": null, "close_reason": null, "closed_at": null, "request_id": "ab-1", "sealed": null, "is_test": false, "possible_states": null, "campaign_id": null,
  "first_name": "Al", "last_name": "L", "company": "Acme", "job_title": "CTO", "country": "India", "medium": "cpc", "term": "crm", "product": "X", "budget": "[1,2]", "authority": "me", "timeline_months": 3}'::jsonb, 'every field is kept in its place') from (select * from crm.leads where name = 'All') l;
select throws_ok($$select given.answers('[{"name": "bad", "timestamp": "never"}]')$$, '22007', null, 'a timestamp that is none is an error');
select throws_ok($$select given.answers('[{"name": "bad", "metadata": 5}]')$$, '23514', null, 'so are metadata that are no object');
select throws_ok(format('select given.answers(%L)', jsonb_build_array(jsonb_build_object('name', repeat('x', 201)))), '23514', null, 'and a name that is too long');

-- Two workspaces in one batch.
create temp table first as select core.current_workspace() as id, given.source('Sheet') as source_id;
select given.workspace('America/New_York', 'US'); select given.caller('West', '{Texas}'); select api.create_source(core.current_workspace(), 'Sheet', 'west');
select results_eq($$select given.answers(jsonb_build_array('{"name": "us", "state": "TX"}'::jsonb, (select jsonb_build_object('name', 'in', 'state', 'Goa', 'source_id', source_id) from first), '{"name": "us2", "state": "texas"}'::jsonb))$$,
  $$values ('1+ West: Texas round robin'), ('2+ Asha: Goa round robin'), ('3+ West: Texas round robin')$$, 'a batch may be of several workspaces, each dealt by its own callers');
select is(cardinality(core.read_leads('[{"name": "1"}, {"name": "2"}]')), 2, 'read_leads() reads every lead of a batch');
select is((core.read_leads('[{"name": "1"}, {"name": "2"}]'))[2].name, '2', 'in its order');
select is((core.read_leads('[{"name": "1"}]'))[1].workspace_id, null, 'without a workspace when the source is unknown');
select is((
    select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(core.as_lead(l)))
      where key in (select jsonb_object_keys(to_jsonb(l)))
    ) - array['id', 'request_id', 'sealed'], to_jsonb(l) - array['id', 'request_id', 'sealed'],
      'as_lead() keeps whatever duplicates are told by')
from unnest(core.read_leads(jsonb_build_array(jsonb_build_object('name', 'n', 'phone', 'p', 'email', 'e',
  'external_id', 'x',
  'source_row_id', 'r', 'timestamp', '2026-01-05 06:30', 'lead_source', 's', 'city', 'c', 'state', 't', 'language', 'l',
    'message', 'm',
  'metadata', '{"a": 1}'::jsonb, 'idempotency_key', 'k', 'source_id', given.source('Sheet'))))) l;
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

select * from finish();
rollback;
