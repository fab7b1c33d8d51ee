-- Callers: made, changed, paused, archived; and every change on record, whoever makes it.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select is((select (c.weight, c.max_load, c.daily_limit)::text from routing.read_caller(core.current_workspace(), '{"name": "Bare"}') c), '(1,0,0)', 'read_caller() fills in what is not said');
select results_eq($$select * from routing.read_sources('{"sources": [{"source": "Site", "weight": 2}, {"source": "Bot", "weight": 0}]}') order by 1$$,
  $$values ('Bot', 0), ('Site', 2)$$, 'read_sources() reads competence');
select given.now('2026-01-05 12:00+05:30');
create function given.log(p_name text) returns setof text language sql as $$
  select concat_ws(' | ', kind, data ->> 'status', data ->> 'daily_limit', data -> 'states', case when (data ->> 'archived')::boolean then 'archived' end)
  from crm.events where caller_id = given.caller_id(p_name) and kind like 'caller.%' order by seq
$$;

-- Making one.
create temp table made as select api.create_caller('{"name": " Asha ", "role": "Senior", "languages": ["Hindi", "Konkani"], "daily_limit": 20, "states": ["goa", "MH", "maharastra"], "status": "active"}') as c;
select is(c - '{id,created_at,updated_at,etag}'::text[], '{"name": "Asha", "role": "Senior", "languages": ["Hindi", "Konkani"], "daily_limit": 20, "states": ["Goa", "Maharashtra"], "status": "active",
  "assigned_today": 0, "duplicates_today": 0, "is_sample": false, "archived_at": null, "team": null, "weight": 1, "max_load": 0, "campaigns": [], "sources": [], "hours": null, "time_off": [], "open_leads": 0, "person": null, "standing": "free"}'::jsonb, 'a caller is made, with states under their one name') from made;
select is(api.get_caller((c ->> 'id')::uuid), c, 'and can be read again') from made;
select is(c - '{id,created_at,updated_at,etag}'::text[], '{"name": "Bina", "role": null, "languages": [], "daily_limit": 0, "states": [], "status": "active", "assigned_today": 0, "duplicates_today": 0, "is_sample": false, "archived_at": null, "team": null, "weight": 1, "max_load": 0, "campaigns": [], "sources": [], "hours": null, "time_off": [], "open_leads": 0, "person": null, "standing": "free"}'::jsonb,
  'a name is enough') from api.create_caller('{"name": "Bina", "role": " "}') c;
select is(given.refusal($$select api.create_caller('{"name": "X", "states": ["Goa", "Atlantis"]}')$$), 'LD422 states: "Atlantis" is no state of India', 'an unknown state is refused and named');
select alike(given.refusal($$select api.create_caller('{"role": "x"}')$$), '23502 name: %', 'a caller needs a name');
select is((select count(*) from crm.callers where workspace_id = core.current_workspace()), 2::bigint, 'what is refused is not half made');
select results_eq($$select given.log('Asha')$$, $$values ('caller.created | active | 20 | ["Goa", "Maharashtra"]')$$, 'making one is one event, states included');

-- Changing one.
select is(c - '{id,created_at,updated_at,etag}'::text[], '{"name": "Asha", "role": null, "languages": [], "daily_limit": 5, "states": ["Goa", "Karnataka"], "status": "paused", "assigned_today": 0, "duplicates_today": 0, "is_sample": false, "archived_at": null, "team": null, "weight": 1, "max_load": 0, "campaigns": [], "sources": [], "hours": null, "time_off": [], "open_leads": 0, "person": null, "standing": "paused"}'::jsonb,
  'a change replaces all there was') from api.update_caller(given.caller_id('Asha'), '{"name": "Asha", "daily_limit": 5, "states": ["GOA", "karnatka"], "status": "paused"}') c;
select api.update_caller(given.caller_id('Asha'), '{"name": "Asha", "daily_limit": 5, "states": ["Karnataka", "Goa"], "status": "paused"}');
select api.set_caller_status(given.caller_id('Asha'), 'paused');
select is((select count(*) from given.log('Asha')), 2::bigint, 'a change is one event, one that changes nothing is none');
select is((select l from given.log('Asha') with ordinality as t (l, nr) order by nr desc limit 1), 'caller.updated | paused | 5 | ["Goa", "Karnataka"]', 'the log has the caller as it is from then on');
select is(given.refusal(format($$select api.update_caller(%L, '{"name": "Asha", "states": ["Atlantis"]}')$$, given.caller_id('Asha'))), 'LD422 states: "Atlantis" is no state of India', 'an unknown state is refused here too');
select is(api.set_caller_status(given.caller_id('Asha'), 'active') ->> 'status', 'active', 'a caller is resumed');
select is(api.set_caller_status(given.caller_id('Asha'), 'paused') ->> 'status', 'paused', 'and paused');
select alike(given.refusal(format('select api.set_caller_status(%L, %L)', given.caller_id('Asha'), 'away')), '22P02: %', 'and nothing else');

-- A plain statement is on record like the page's.
select set_config('fairlead.actor', '', true);
update crm.callers set daily_limit = 7 where name = 'Asha';
select is((select actor || ' ' || (data ->> 'daily_limit') from crm.events where caller_id = given.caller_id('Asha') order by seq desc limit 1), session_user || ' 7', 'a plain update is an event of its login');
delete from crm.caller_states where caller_id = given.caller_id('Asha') and state = 'Goa';
select is((select data -> 'states' from crm.events where caller_id = given.caller_id('Asha') order by seq desc limit 1), '["Karnataka"]', 'so is a state taken away');
insert into crm.caller_states values (core.current_workspace(), given.caller_id('Asha'), ' kerala ');
select is((select data -> 'states' from crm.events where caller_id = given.caller_id('Asha') order by seq desc limit 1), '["Karnataka", "Kerala"]', 'and one added, under the one name that prepare_caller_state() gives it');
select is(given.refusal($$update crm.caller_states set state = 'Goa'$$), 'LD422 states: A caller''s state is not changed in place', 'a state is not changed in place');
create temp table before as select event_seq from crm.workspaces where id = core.current_workspace();
update crm.callers set daily_limit = daily_limit;
select is((select event_seq from crm.workspaces where id = core.current_workspace()), (select event_seq from before), 'record_changes() writes nothing for an update that changes nothing');
update crm.callers set daily_limit = 9 where workspace_id = core.current_workspace();
select is((select event_seq from crm.workspaces where id = core.current_workspace()), (select event_seq + 2 from before), 'one that changes two writes two');
insert into crm.callers (workspace_id, name) values (core.current_workspace(), ' Chitra ');
select results_eq($$select given.log('Chitra')$$, $$values ('caller.created | active | 0 | []')$$, 'a plain insert is an event too');
select is((select updated_at from crm.callers where name = 'Chitra'), '2026-01-05 12:00+05:30', 'and stamped');
select is(routing.caller_snapshot(c), (select data from crm.events where caller_id = c.id order by seq desc limit 1), 'the last event is the caller as it is') from crm.callers c where workspace_id = core.current_workspace();

-- Archiving.
select given.now('2026-01-06 12:00+05:30');
select is((api.archive_caller(given.caller_id('Bina')) ->> 'archived_at')::timestamptz, '2026-01-06 12:00+05:30'::timestamptz, 'a caller who left is archived');
select given.now('2026-01-07 12:00+05:30');
select is((api.archive_caller(given.caller_id('Bina')) ->> 'archived_at')::timestamptz, '2026-01-06 12:00+05:30'::timestamptz, 'once');
select is((select l from given.log('Bina') with ordinality as t (l, nr) order by nr desc limit 1), 'caller.archived | active | 9 | [] | archived', 'which is an event of its own kind');
select is(given.refusal(s), 'LD409 caller_id: Bina is archived', 'who is archived stays as they are')
from unnest(array[format('select api.set_caller_status(%L, %L)', given.caller_id('Bina'), 'active'), format('select api.update_caller(%L, %L)', given.caller_id('Bina'), '{"name": "B"}')]) s;
select is(jsonb_path_query_array(api.list_callers(), '$[*].name'), '["Asha", "Chitra"]', 'the list has who is there, in the order of the circle');
select is(api.get_caller(given.caller_id('Bina')) ->> 'name', 'Bina', 'who is archived can still be read');
select alike(given.refusal(format(f, '00000000-0000-7000-8000-000000000000')), 'LD404%: There is no caller 00000000-0000-7000-8000-000000000000', 'nobody is nobody')
from unnest(array['select api.get_caller(%L)', 'select api.archive_caller(%L)', 'select api.set_caller_status(%L, ''active'')', 'select api.update_caller(%L, ''{"name": "x"}'')']) f;

-- Samples.
select api.create_caller('{"name": "Sample 1", "is_sample": true}'), api.create_caller('{"name": "Sample 2", "is_sample": true}');
select is((api.get_caller(given.caller_id('Sample 1')) ->> 'is_sample')::boolean, true, 'a sample is known as one');
select is(api.archive_sample_callers(), 2, 'all samples go at once');
select is(api.archive_sample_callers(), 0, 'and are gone then');
select is(jsonb_array_length(api.list_callers()), 2, 'nobody else goes with them');

-- Locking one for a change.
select is(given.refusal(format('select routing.lock_caller(core.current_workspace(), %L)', given.caller_id(n))), r, 'lock_caller() takes a caller who is there') from (values ('Asha', null), ('Bina', 'LD409 caller_id: Bina is archived')) as t (n, r);

-- What a caller is for and when.
create temp table expert as select api.create_caller('{"name": "Devi", "team": " North ", "weight": 3, "max_load": 2, "campaigns": ["Diwali", " Holi", "Diwali", ""],
  "sources": [{"source": " Website ", "weight": 2}, {"source": "Ads", "weight": 0}, {"source": "Fair"}], "hours": [{"days": [1, 2], "from": "9:00", "to": "18:00"}],
  "time_off": [{"from": "2026-01-08", "to": "2026-01-10T09:00:00+01:00"}]}') as c;
select is(c -> 'team', '"North"', 'a team is trimmed') from expert;
select is(c -> 'weight', '3', 'a weight is kept') from expert;
select is(c -> 'max_load', '2', 'and the most leads at a time') from expert;
select is(c -> 'campaigns', '["Diwali", "Holi"]', 'campaigns are kept in order, each once') from expert;
select is(c -> 'sources', '[{"source": "Ads", "weight": 0}, {"source": "Fair", "weight": 1}, {"source": "Website", "weight": 2}]', 'sources have weights, 1 unless said otherwise') from expert;
select is(c -> 'hours', '[{"days": [1, 2], "from": "09:00", "to": "18:00"}]', 'working hours are kept') from expert;
select is(c -> 'time_off', '[{"from": "2026-01-07T18:30:00+00:00", "to": "2026-01-10T08:00:00+00:00"}]', 'a date is midnight in the workspace, a moment is that moment') from expert;
create function given.event_count() returns bigint language sql as $$ select event_seq from crm.workspaces where id = core.current_workspace() $$;
create temp table noted as select given.event_count() as n;
select is(api.update_caller(id, c) - 'updated_at', c - 'updated_at', 'what was read may be written back') from expert, lateral (select (c ->> 'id')::uuid as id) i;
select is(given.event_count(), n, 'which changes nothing and is no event') from noted;
select api.update_caller((c ->> 'id')::uuid, jsonb_set(c, '{sources}', '[{"source": "Website", "weight": 5}, {"source": "Radio"}]')) from expert;
select is(api.get_caller(given.caller_id('Devi')) -> 'sources', '[{"source": "Radio", "weight": 1}, {"source": "Website", "weight": 5}]', 'sources are replaced as a set');
select is(given.event_count(), n + 1, 'in one event') from noted;
update crm.caller_sources set weight = 7 where source = 'Website';
select is(given.event_count(), n + 2, 'a plain update of a weight is an event too') from noted;
delete from crm.caller_sources where source = 'Radio';
insert into crm.caller_sources values (core.current_workspace(), given.caller_id('Devi'), 'Fair', 1);
select is(given.event_count(), n + 4, 'so is a source taken away, and one added') from noted;
select is(given.refusal(format($$select api.update_caller(%L, '{"name": "Devi", "sources": %s}')$$, given.caller_id('Devi'), s)), 'LD422 sources: ' || r, 'what makes no sense is refused')
from (values ('[{"source": "Ads"}, {"source": " ads", "weight": 2}]', 'The source "Ads" is there twice'), ('[{"source": " "}]', 'A source has no name')) as t (s, r);
select alike(given.refusal($$select api.create_caller('{"name": "X", "weight": 0}')$$), '23514 callers_weight_range: %', 'a weight is at least 1');
select alike(given.refusal($$select api.create_caller('{"name": "X", "max_load": -1}')$$), '23514 callers_max_load_range: %', 'a load at least 0');
select alike(given.refusal($$select api.create_caller('{"name": "X", "sources": [{"source": "Ads", "weight": -1}]}')$$), '23514 caller_sources_weight_range: %', 'so is the weight of a source');
select is(c - '{id,created_at,updated_at,etag}'::text[] - 'name' - 'role' - 'languages' - 'daily_limit' - 'states' - 'status' - 'assigned_today' - 'duplicates_today' - 'is_sample' - 'archived_at',
  '{"team": null, "weight": 1, "max_load": 0, "campaigns": [], "sources": [], "hours": null, "time_off": [], "open_leads": 0, "person": null, "standing": "free"}'::jsonb,
  'a change that does not mention them takes them back to what a new caller has') from api.update_caller(given.caller_id('Devi'), '{"name": "Devi"}') c;

-- How a caller stands.
create function given.standing(p_caller jsonb) returns text language sql as $$
  select api.update_caller(given.caller_id('Devi'), '{"name": "Devi"}' || p_caller) ->> 'standing' $$;
select given.now('2026-01-05 12:00+05:30');  -- a Monday
select is(given.standing(s), r, r || ' is a standing') from (values
  ('{}'::jsonb, 'free'), ('{"status": "paused"}', 'paused'), ('{"time_off": [{"from": "2026-01-05", "to": "2026-01-06"}]}', 'away'),
  ('{"hours": [{"days": [1], "from": "09:00", "to": "12:00"}]}', 'off hours')) as t (s, r);
select is(given.standing('{"hours": [{"days": [1], "from": "12:00", "to": "12:01"}], "time_off": [{"from": "2026-01-05", "to": "2026-01-05T12:00"}]}'), 'free', 'an end is no longer part of it, a beginning is');
select api.archive_caller((c ->> 'id')::uuid) from jsonb_array_elements(api.list_callers()) c where c ->> 'name' <> 'Devi';
select given.leads('L1 L2');
select is(api.get_caller(given.caller_id('Devi')) -> 'open_leads', '2', 'open leads are counted');
select is(routing.open_leads(core.current_workspace(), given.caller_id('Devi')), 2, 'by open_leads()');
select is(given.standing(s), r, n) from (values
  ('{"daily_limit": 2}'::jsonb, 'at cap', 'who had as many leads today as the limit is at cap'), ('{"max_load": 2}', 'at max load', 'who has as many open is at max load'),
  ('{"max_load": 3}', 'free', 'one fewer and the next may come'), ('{"daily_limit": 1, "max_load": 1}', 'at cap', 'at cap is said before at max load'),
  ('{"daily_limit": 1, "hours": [{"days": [2], "from": "00:00", "to": "24:00"}]}', 'off hours', 'off hours before at cap'),
  ('{"time_off": [{"from": "2026-01-05", "to": null}], "hours": [{"days": [2], "from": "00:00", "to": "24:00"}]}', 'away', 'away before off hours'),
  ('{"status": "paused", "time_off": [{"from": null, "to": "2026-01-06"}]}', 'paused', 'and paused before all')) as t (s, r, n);
select is(routing.standing('active', '{}', null, now(), now()::timestamp, 0, 5, 0, null), 'free', 'without limits no number matters');

-- Each workspace its own.
create temp table there as select given.caller_id('Asha') as id;
select given.workspace('America/New_York', 'US');
select is(api.list_callers(), '[]', 'another workspace has none of them');
select alike(given.refusal(format('select api.get_caller(%L)', id)), 'LD404: %', 'nor can it read one') from there;
select alike(given.refusal(format('select api.archive_caller(%L)', id)), 'LD404: %', 'or archive one') from there;
select is(given.refusal($$select given.caller('X', '{Goa}')$$), 'LD422 states: "Goa" is no state of United States', 'a workspace has its country''s states');
select ok(api.list_states() ? 'California' and not api.list_states() ? 'Goa', 'and lists them');
select is(jsonb_array_length(api.list_states()), (select count(*)::int from crm.states where country = 'US'), 'all of them');
select set_config('fairlead.workspace_id', '', true);
select is(given.refusal('select api.list_callers()'), 'LD401: No workspace is chosen', 'without a workspace there is nothing');
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

select * from finish();
rollback;
