-- api.preview_lead() says what would become of a lead now: exactly that, and leaves nothing behind.
begin;
\ir ../given.psql
select * from no_plan();

-- Everything stored in the workspace, and its numbers.
create function given.all_there_is() returns text language sql
return md5(concat(
  (select w::text from crm.workspaces w where w.id = core.current_workspace()),
  (select string_agg(e::text, '' order by e.seq) from crm.events e where e.workspace_id = core.current_workspace()),
  (select string_agg(l::text, '' order by l.id) from crm.leads l where l.workspace_id = core.current_workspace()),
  (select string_agg(a::text, '' order by a.seq) from crm.lead_assignments a where a.workspace_id = core.current_workspace()),
  (select string_agg(d::text, '' order by d.id) from crm.deals d where d.workspace_id = core.current_workspace()),
  (select string_agg(r::text, '' order by r.key) from crm.rr_pointers r where r.workspace_id = core.current_workspace()),
  (select string_agg(d::text, '' order by d.date, d.caller_id) from crm.caller_daily_counters d where d.workspace_id = core.current_workspace()),
  (select string_agg(q::text, '' order by q.seq) from crm.queue q where q.workspace_id = core.current_workspace()),
  (select string_agg(t::text, '') from crm.ticks t where t.workspace_id = core.current_workspace())));

-- A preview, and then what an insert does: null where they say the same, else both.
create function given.surprise(p_name text, p_lead jsonb) returns text language plpgsql as $$
declare
  v_before text := given.all_there_is();
  v_said jsonb := api.preview_lead(p_lead || jsonb_build_object('name', p_name));
  v_is jsonb;
begin
  if given.all_there_is() <> v_before then
    return 'something was stored';
  end if;
  insert into crm.leads (workspace_id, name, phone, email, external_id, lead_source, city, state, language, message, metadata)
  select core.current_workspace(), p_name, l.phone, l.email, l.external_id, l.lead_source, l.city, l.state, l.language, l.message, coalesce(l.metadata, '{}')
  from jsonb_populate_record(null::crm.leads, p_lead) l;
  v_is := core.preview_answer(core.current_workspace(), given.lead_id(p_name));
  return case when v_said <> v_is then concat(v_said, ' but ', v_is) end;
end $$;

select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('site', '{source}', 'weighted'),
  given.rule('hindi', '{language}', 'random', given.all(given.term('city', 'is', 'Pune'))),
  given.rule('keep', '{campaign}', 'weighted_random', p_on_exhausted => 'queue'),
  given.rule('hot', '{team}', p_claim_minutes => 10), given.rule('state', '{state}', 'least_loaded'),
    given.rule('rest', '{}', p_condition => given.all(given.term('metadata.lost', 'is_not', 'true')));
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}', 3), given.caller('Chitra'), given.caller('Deepa');
select given.competence('Asha', 'Site', 2), given.competence('Bina', 'Site', 3), given.competence('Chitra', 'Site', 1), given.change('Chitra', $$languages = '{Hindi}', max_load = 4$$), given.change('Deepa', $$languages = '{Hindi}', team = 'East'$$),
  given.change('Asha', $$languages = '{Hindi}'$$), given.works_for('Bina', '{Diwali}');

select results_eq($$select p ->> 'status', p ->> 'reason', p ->> 'state', p -> 'caller' ->> 'name', p -> 'explanation' -> 0 ->> 'rule', jsonb_array_length(p -> 'explanation') from api.preview_lead('{"city": "Panaji"}') p$$,
  $$select 'assigned', 'No state: city Panaji is in Goa', 'Goa', p -> 'caller' ->> 'name', 'state', 2 from api.preview_lead('{"city": "Panaji"}') p$$, 'a preview says who would get a lead and why, and explains it');
select is((select jsonb_object_agg(k, true) from jsonb_object_keys(api.preview_lead('{}')) k), '{"status": true, "reason": true, "state": true, "caller": true, "explanation": true}', 'this much it says');
select is(given.surprise(n, l::jsonb), null, 'it is as said: ' || n) from (values
  ('a weighted one', '{"lead_source": "Site"}'), ('one without anything', '{}'), ('a state', '{"state": "goa"}'), ('a city', '{"city": "Panaji"}'), ('a phone', '{"phone": "98123 45678"}'), ('a language', '{"language": "hindi", "city": "Pune"}'),
  ('a condition that fails', '{"language": "hindi", "city": "Nagpur"}'), ('a campaign', '{"metadata": {"campaign": "Diwali"}}'), ('a team to be claimed', '{"metadata": {"team": "east"}}'), ('an unknown state', '{"state": "Atlantis"}'),
  ('no rule', '{"metadata": {"lost": true}}')
) as t (n, l);
select is(given.surprise('lead ' || nr, l), null, 'and again and again, while pools move and limits are reached: lead ' || nr)
from generate_series(1, 30) nr, lateral (select ('["{\"lead_source\": \"Site\"}", "{\"language\": \"hindi\", \"city\": \"Pune\"}", "{\"metadata\": {\"campaign\": \"Diwali\"}}", "{\"state\": \"Goa\"}", "{}", "{\"metadata\": {\"team\": \"East\"}}"]'::jsonb ->> (nr % 6))::jsonb as l offset 0) t;
select is(routing.explanation_json(given.lead_id('a team to be claimed')) -> 0, jsonb_build_object('step', step, 'rule', 'hot', 'pool', 'team:east', 'caller', jsonb_build_object('id', given.caller_id('Deepa'), 'name', 'Deepa'),
  'outcome', 'chosen', 'detail', 'next in turn'), 'explanation_json() is the explanation') from crm.rules
    where name = 'hot' and workspace_id = core.current_workspace();
select cmp_ok((select count(*) from crm.queue where workspace_id = core.current_workspace()), '>', 1::bigint, 'some of them wait');
select cmp_ok((select count(distinct caller_id) from crm.lead_assignments where workspace_id = core.current_workspace()), '=', 4::bigint, 'everybody got some');
select is_empty('select violation, detail from routing.verify()', 'and the record is right');

-- Nothing is left behind, whatever is asked.
create temp table before as select given.all_there_is() as all_there_is, (select count(*) from crm.leads) as leads;
select api.preview_lead('{"state": "Goa"}') from generate_series(1, 5);
select is(given.all_there_is(), all_there_is, 'previews store nothing, not even an event number') from before;
select is((select count(distinct (api.preview_lead('{"state": "Goa"}') -> 'caller')::text) from generate_series(1, 5)), 1::bigint, 'so each says the same');
select is(api.preview_lead('{"state": "Goa", "phone": "98123 45678", "name": "a phone"}') ->> 'status', 'assigned', 'a stored lead can be asked about, too');
select is(api.preview_lead('{"idempotency_key": "1", "source_row_id": "9", "source_id": 77}') ->> 'reason', 'No state or city: global round robin', 'what tells a retry is left out');
select is(given.refusal($$select api.preview_lead('{"metadata": []}')$$) ~ '^23514 leads_metadata_object', true, 'what cannot be stored cannot be previewed');
select is(given.refusal(format('select api.preview_lead(%L)', jsonb_build_object('name', repeat('x', 201)))) ~ '^23514 leads_name_length', true, 'nor what is too long');
select is(given.all_there_is(), all_there_is, 'which leaves nothing behind either') from before;

-- It says what goes wrong.
alter table crm.deals add constraint deals_broken check (rule <> 'rest') not valid;
select is(left(api.preview_lead('{}') ->> 'reason', 13), 'routing_error', 'it says that routing would fail');
alter table crm.deals drop constraint deals_broken;
select api.set_caller_status(c.id, 'paused') from crm.callers c where c.workspace_id = core.current_workspace();
select is(p ->> 'status' || ' ' || (p ->> 'reason') || coalesce(p ->> 'caller', ''), 'queued All callers paused', 'or that nobody is free') from api.preview_lead('{}') p;

-- In one's own workspace.
select given.workspace();
select is(api.preview_lead('{"state": "Goa"}') ->> 'reason', 'No callers', 'a preview is of the workspace acted in');
select set_config('fairlead.workspace_id', '', true);
select is(given.refusal($$select api.preview_lead('{}')$$), 'LD401: No workspace is chosen', 'without one there is none');

select * from finish();
rollback;
