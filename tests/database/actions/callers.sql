-- Many callers paused, activated and limited at once, and taken back.
begin;
\ir ../given.psql
select * from no_plan();
create function given.act(p_ask jsonb, p_names text) returns jsonb language sql as $$
  select api.act_on_callers(p_ask || jsonb_build_object('ids', (select jsonb_agg(given.caller_id(n)) from string_to_table(p_names, ' ') n)))
$$;
create function given.limits() returns text language sql as $$
  select string_agg(concat_ws(' ', c.name, c.status, c.daily_limit, c.max_load), ', ' order by c.name) from crm.callers c
$$;
select given.workspace(); select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{}', 5), given.caller('Bina', '{}', 7, 'paused'), given.caller('Chitra');
select is(given.act('{"action": "pause", "dry_run": true}', 'Asha Bina Chitra') ->> 'done', '2', 'it is told beforehand');
select is(given.limits(), 'Asha active 5 0, Bina paused 7 0, Chitra active 0 0', 'which changes nothing');
select set_config('given.id', given.act('{"action": "pause"}', 'Asha Bina Chitra') ->> 'id', true);
select is(given.limits(), 'Asha paused 5 0, Bina paused 7 0, Chitra paused 0 0', 'all are paused');
select is((select core.action_name(b) from crm.bulk_actions b), 'Paused 2 callers', 'which says of how many');
select set_config('given.id', api.undo_action(current_setting('given.id')::uuid) ->> 'id', true);
select is(given.limits(), 'Asha active 5 0, Bina paused 7 0, Chitra active 0 0', 'taken back, everybody is as before');
select set_config('given.id', api.undo_action(current_setting('given.id')::uuid) ->> 'id', true);
select is(given.limits(), 'Asha paused 5 0, Bina paused 7 0, Chitra paused 0 0', 'and again');
select api.set_caller_status(given.caller_id('Asha'), 'active');
select is(api.undo_action(current_setting('given.id')::uuid) #>> '{left_out,0,why}', 'moved', 'who was changed since stays');
select is(given.act('{"action": "limits", "daily_limit": 9}', 'Asha Bina') ->> 'done', '2', 'limits are changed');
select is(given.act('{"action": "limits", "max_load": 30}', 'Chitra') ->> 'done', '1', 'one without the other');
select is(given.limits(), 'Asha active 9 0, Bina paused 9 0, Chitra active 0 30', 'and nothing else');
select is(given.refusal($$select given.act('{"action": "limits"}', 'Asha')$$), 'LD422 daily_limit: It must be said which limit', 'it must be said which');
select is((select count(*) from core.caller_fits(core.current_workspace(), jsonb_build_object('action', 'pause', 'ids', jsonb_build_array(gen_random_uuid())))), 1::bigint, 'caller_fits() says who is unknown');
select is(core.finish_callers(core.current_workspace(), 'pause', '{}', '{}', clock_timestamp()) ->> 'name', 'Paused 0 callers', 'finish_callers() stores what was done');
select is((select core.callers_back(b, '{"action": "pause"}', clock_timestamp()) ->> 'done' from crm.bulk_actions b order by b.id desc limit 1), '0', 'callers_back() finds nothing to take back');
select is_empty('select violation, detail from routing.verify()', 'the record is right');
select * from finish();
rollback;
