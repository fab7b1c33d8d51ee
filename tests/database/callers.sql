-- Callers: made, changed, paused, archived; and every change on record, whoever makes it.
begin;
\ir given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
create function given.log(p_name text) returns setof text language sql as $$
  select concat_ws(' | ', kind, data ->> 'status', data ->> 'daily_limit', data -> 'states', case when (data ->> 'archived')::boolean then 'archived' end)
  from crm.events where caller_id = given.caller_id(p_name) and kind like 'caller.%' order by seq
$$;

-- Making one.
create temp table made as select api.create_caller('{"name": " Asha ", "role": "Senior", "languages": ["Hindi", "Konkani"], "daily_limit": 20, "states": ["goa", "MH", "maharastra"], "status": "active"}') as c;
select is(c - 'id' - 'created_at' - 'updated_at', '{"name": "Asha", "role": "Senior", "languages": ["Hindi", "Konkani"], "daily_limit": 20, "states": ["Goa", "Maharashtra"], "status": "active",
  "assigned_today": 0, "is_sample": false, "archived_at": null}'::jsonb, 'a caller is made, with states under their one name') from made;
select is(api.get_caller((c ->> 'id')::uuid), c, 'and can be read again') from made;
select is(c - 'id' - 'created_at' - 'updated_at', '{"name": "Bina", "role": null, "languages": [], "daily_limit": 0, "states": [], "status": "active", "assigned_today": 0, "is_sample": false, "archived_at": null}'::jsonb,
  'a name is enough') from api.create_caller('{"name": "Bina", "role": " "}') c;
select is(given.refusal($$select api.create_caller('{"name": "X", "states": ["Goa", "Atlantis"]}')$$), 'LD422 states: "Atlantis" is no state of India', 'an unknown state is refused and named');
select alike(given.refusal($$select api.create_caller('{"role": "x"}')$$), '23502 name: %', 'a caller needs a name');
select is((select count(*) from crm.callers where workspace_id = routing.current_workspace()), 2::bigint, 'what is refused is not half made');
select results_eq($$select given.log('Asha')$$, $$values ('caller.created | active | 20 | ["Goa", "Maharashtra"]')$$, 'making one is one event, states included');

-- Changing one.
select is(c - 'id' - 'created_at' - 'updated_at', '{"name": "Asha", "role": null, "languages": [], "daily_limit": 5, "states": ["Goa", "Karnataka"], "status": "paused", "assigned_today": 0, "is_sample": false, "archived_at": null}'::jsonb,
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
insert into crm.caller_states values (routing.current_workspace(), given.caller_id('Asha'), ' kerala ');
select is((select data -> 'states' from crm.events where caller_id = given.caller_id('Asha') order by seq desc limit 1), '["Karnataka", "Kerala"]', 'and one added, under the one name that prepare_caller_state() gives it');
select is(given.refusal($$update crm.caller_states set state = 'Goa'$$), 'LD422 states: A caller''s state is not changed in place', 'a state is not changed in place');
create temp table before as select event_seq from crm.workspaces where id = routing.current_workspace();
update crm.callers set daily_limit = daily_limit;
select is((select event_seq from crm.workspaces where id = routing.current_workspace()), (select event_seq from before), 'record_caller_changes() writes nothing for an update that changes nothing');
update crm.callers set daily_limit = 9 where workspace_id = routing.current_workspace();
select is((select event_seq from crm.workspaces where id = routing.current_workspace()), (select event_seq + 2 from before), 'one that changes two writes two');
insert into crm.callers (workspace_id, name) values (routing.current_workspace(), ' Chitra ');
select results_eq($$select given.log('Chitra')$$, $$values ('caller.created | active | 0 | []')$$, 'a plain insert is an event too');
select is((select updated_at from crm.callers where name = 'Chitra'), '2026-01-05 12:00+05:30', 'and stamped');
select is(routing.caller_snapshot(c), (select data from crm.events where caller_id = c.id order by seq desc limit 1), 'the last event is the caller as it is') from crm.callers c where workspace_id = routing.current_workspace();

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
select is(given.refusal(format('select routing.lock_caller(routing.current_workspace(), %L)', given.caller_id(n))), r, 'lock_caller() takes a caller who is there') from (values ('Asha', null), ('Bina', 'LD409 caller_id: Bina is archived')) as t (n, r);

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
