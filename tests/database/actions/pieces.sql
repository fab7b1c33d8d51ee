-- What actions on many are made of.
begin;
\ir ../given.psql
select * from no_plan();
select given.workspace(); select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}'), given.caller('Bina');
select given.leads('a1 a2 a3', 'Goa');
create function given.ids(p_names text) returns uuid[] language sql as $$
  select array_agg(given.lead_id(n)) from string_to_table(p_names, ' ') n
$$;
create function given.here() returns crm.workspaces language sql as $$
  select w from crm.workspaces w where w.id = core.current_workspace()
$$;

select is(core.most_at_once(), 50000, 'most_at_once() bounds an action');
select is(core.leads_asked(jsonb_build_object('ids', to_jsonb(given.ids('a2 a1 a2')))), given.ids('a1 a2'), 'leads_asked() gives ids once, in order of arrival');
select is(core.leads_asked('{"filter": {"state": "Goa"}}'), given.ids('a1 a2 a3'), 'and those of a filter');
select is((core.asked_of('{"action": "close", "dry_run": true, "ids": [1, 2], "reason": " x "}'))::text, '{"ids": 2, "reason": "x"}', 'asked_of() keeps how many, not which');
select is(core.asked_of('{"filter": {"search": "98", "hashes": ["y"]}}') -> 'filter' ->> 'search', 'sealed', 'nor a phone that is sealed');
select is(given.refusal($$select core.refuse_ask(core.current_workspace(), '{"action": "close"}', '{}')$$), 'LD422 ids: It must be said which leads, in one way', 'refuse_ask() wants to know which leads');
select is((select array_agg(w.why) from core.wanted_moves(core.current_workspace(), given.ids('a1') || gen_random_uuid(), array[given.caller_id('Bina')]) w where w.why is not null), '{unknown}', 'wanted_moves() says who stays');
select is((select array_agg(w.caller_id order by w.lead_id) from unnest(core.ask_moves(core.current_workspace(), given.ids('a1 a2 a3'), array[given.caller_id('Bina')])) w), array_fill(given.caller_id('Bina'), array[3]), 'ask_moves() has callers take turns');
select is(core.count_left_out(array[row(given.lead_id('a1'), null, null, 'closed')::core.wanted]) #>> '{0,why}', 'closed', 'count_left_out() counts by why');
select is(core.count_callers(core.current_workspace(), array[given.caller_id('Bina'), null]) #>> '{0,count}', '1', 'count_callers() counts by caller');
select is(core.foretell(core.current_workspace(), 'reassign', '{}', core.ask_moves(core.current_workspace(), given.ids('a1 a2'), '{}')) ->> 'done', '2', 'foretell() says how many');
select is(cardinality(core.prepare_wanted(core.current_workspace(), core.ask_moves(core.current_workspace(), given.ids('a1 a2'), array[given.caller_id('Bina')]), '2026-01-05', 'Given', null)), 2, 'prepare_wanted() prepares all that move');
select is(routing.touched_leads(core.current_workspace(), given.ids('a1 a2'), (given.here()).event_seq - 1), '{}'::uuid[], 'touched_leads() is none of them when nothing happened');
select is(routing.touched_leads(core.current_workspace(), given.ids('a1 a2'), 0), given.ids('a1 a2'), 'and all since the beginning');
select is((select l.why from core.look_again(core.current_workspace(), core.ask_moves(core.current_workspace(), given.ids('a1'), array[given.caller_id('Bina')]), given.ids('a1'), null) l), null, 'look_again() finds a lead as it was');

-- One after the other, in one transaction.
select is(given.refusal('select core.begin_action(core.current_workspace())'), null, 'begin_action() lets an action begin');
create temp table moved as select core.move_many(given.here(), core.ask_moves(core.current_workspace(), given.ids('a1 a2'), array[given.caller_id('Bina')]), 'reassign', '{}', clock_timestamp()) as answer;
select is(answer ->> 'name', 'Reassigned 2 leads', 'move_many() moves them, action_json() says so') from moved;
select is(core.action_name(b), 'Reassigned 2 leads', 'action_name() is for people') from crm.bulk_actions b;
select is(core.action_snapshot(b) ->> 'undone', 'false', 'action_snapshot() says whether it stands') from crm.bulk_actions b;
select is(core.action_json(b) ->> 'done', '2', 'and action_json() what came of it') from crm.bulk_actions b;
select is(api.get_action(b.id) ->> 'id', b.id::text, 'get_action() gives it again') from crm.bulk_actions b;
select is(jsonb_array_length(api.list_actions()), 1, 'list_actions() lists it');
select is((select array_agg(w.caller_id) from core.wanted_back(b) w), array_fill(given.caller_id('Asha'), array[2]), 'wanted_back() knows who had them') from crm.bulk_actions b;
select is(core.opposite_of(b), 'release', 'opposite_of() knows of no closing here') from crm.bulk_actions b;
select is(given.refusal('select core.refuse_undone(b) from crm.bulk_actions b'), null, 'refuse_undone() lets it be taken back');

select core.close_many(core.current_workspace(), crm.new_id(), given.ids('a1 a3'), 'Gone', core.current_time());
select is((select count(*) from crm.leads where close_reason = 'Gone'), 2::bigint, 'close_many() closes');
select is((select string_agg(f.why, ' ') from core.fits_of(core.current_workspace(), given.ids('a1 a2 a3'), 'close') f), 'closed closed', 'fits_of() says which are closed');
select core.reopen_many(given.here(), crm.new_id(), given.ids('a1'), array[given.caller_id('Bina')], core.current_time(), 0);
select routing.reopen_leads(given.here(), array[]::uuid[], array[]::uuid[]);
select is(given.callers_of('a1'), 'Bina', 'reopen_many() opens, by reopen_leads()');
select core.close_many(core.current_workspace(), crm.new_id(), given.ids('a2'), null, core.current_time());
update crm.leads set closed_at = null where id = given.lead_id('a2');
select core.queue_again(core.current_workspace(), crm.new_id(), core.current_time(), given.ids('a2'), 0);
select is(given.fate('a2'), 'queued: Put back into the queue', 'queue_again() has a lead wait');
select core.hold_many(core.current_workspace(), crm.new_id(), given.ids('a2'), true, core.current_time());
select ok(is_held, 'hold_many() holds it') from crm.queue where lead_id = given.lead_id('a2');
create temp table held as select core.change_many(given.here(), array[row(given.lead_id('a2'), null, null, null)::core.wanted], 'release', 'release', '{}', clock_timestamp()) as answer;
select is(answer ->> 'done', '1', 'change_many() lets it go, finish_action() stores that') from held;
select is((select count(*) from core.fits_back(b)), 1::bigint, 'fits_back() finds it') from crm.bulk_actions b where b.action = 'release';
select is(core.finish_action(core.current_workspace(), crm.new_id(), 'close', '{}', '{"done": 0}', 9, clock_timestamp()) ->> 'name', 'Closed 0 leads', 'one that did nothing is one, too');

select * from finish();
rollback;
