-- The event log: numbered without gaps, in the order of commit, and read from any number on.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
create function given.last() returns bigint language sql return (select event_seq from crm.workspaces where id = core.current_workspace());
select is(given.last(), 11::bigint, 'a workspace begins with the two rules of its plan, its eight dispositions and the event of its making');
select is(core.reserve_events(core.current_workspace(), 3), 12::bigint, 'reserving numbers gives the first of them');
select is(given.last(), 14::bigint, 'and counts on');
select is(given.refusal('select core.reserve_events(0, 1)'), 'LD404: There is no workspace 0', 'numbers are a workspace''s');
select is((core.take_turnstile(core.current_workspace())).id, core.current_workspace(), 'the turnstile is the workspace''s row');
select is((select event_seq from core.take_turnstile(core.current_workspace(), 2)), 16::bigint, 'numbers may be taken there too, of which it has the last');
select is(core.reserve_events(core.current_workspace(), 1), 17::bigint, 'and the next are behind them');
select is(core.write_event(core.current_workspace(), 'test.written', null, null, '{}', p_seq => 15), 15::bigint, 'an event may have one of these');
select ok(core.ring(core.current_workspace()), 'ring() can be asked in an expression');
select is(given.refusal('select core.take_turnstile(0, 1)'), 'LD404: There is no workspace 0', 'none are taken where there is no workspace');
select is(given.refusal('select core.take_turnstile(0)'), 'LD404: There is no workspace 0', 'without a workspace there is none');

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select is(core.write_event(core.current_workspace(), 'test.written', null, null, '{"a": 1}'), 12::bigint, 'an event gets the next number');
select results_eq($$select at, kind, actor, lead_id, caller_id, data from crm.events where seq = 12 and workspace_id = core.current_workspace()$$,
  $$values ('2026-01-05 12:00+05:30'::timestamptz, 'test.written', 'cli', null::uuid, null::uuid, '{"a": 1}'::jsonb)$$, 'and says when, what and who');
select given.caller('Kavita', '{Goa}');
select given.leads('a b', 'Goa');
select api.set_caller_status(given.caller_id('Kavita'), 'paused');
select given.leads('c');
select results_eq($$select seq, kind from crm.events where workspace_id = core.current_workspace() and seq > 10 order by seq$$,
  $$values (11::bigint, 'workspace.created'), (12, 'test.written'), (13, 'caller.created'),
    (14, 'lead.assigned'), (15, 'lead.assigned'), (16, 'caller.updated'), (17, 'lead.queued')$$, 'everything that happens is numbered in its order');
select is(given.refusal('do $do$ begin perform given.leads(''x y''); perform 1 / 0; end $do$'), '22012: division by zero', 'a statement may fail after its leads were dealt');
select is(given.last(), 17::bigint, 'what is undone leaves no gap in the numbers');

-- As the feed reads them.
select results_eq('select seq from api.read_events(core.current_workspace(), 14, 100)', 'values (15::bigint), (16), (17)', 'events are read from a number on');
select results_eq('select seq from api.read_events(core.current_workspace(), 0, 2)', 'values (1::bigint), (2)', 'as many as asked for, oldest first');
select is_empty('select seq from api.read_events(core.current_workspace(), 17, 100)', 'after the newest there is none');
select is_empty('select seq from api.read_events(0, 0, 100)', 'nor where there is no workspace');
select is(api.last_event(core.current_workspace()), 17::bigint, 'the newest is known');
select is(api.last_event(0), null, 'where there is one');
select is(payload - '{lead,subject_id}'::text[], '{"subject": "lead", "seq": 15, "at": "2026-01-05T06:30:00+00:00", "kind": "lead.assigned", "actor": "cli", "caller": null, "data": {}}', 'an event of a lead') from api.read_events(core.current_workspace(), 14, 1);
select is(payload -> 'lead' ->> 'name', 'b', 'has the lead') from api.read_events(core.current_workspace(), 14, 1);
select is(payload -> 'lead' -> 'assigned_caller' ->> 'name', 'Kavita', 'with its caller') from api.read_events(core.current_workspace(), 14, 1);
select is(payload -> 'lead', core.lead_json(l), 'as it is now') from api.read_events(core.current_workspace(), 14, 1), core.lead_cards l where l.id = given.lead_id('b');
select is(payload ->> 'subject_id', given.lead_id('b')::text, 'says what it is about') from api.read_events(core.current_workspace(), 14, 1);
select is(payload ->> 'subject' || ' ' || (payload ->> 'subject_id'), 'caller ' || given.caller_id('Kavita'), 'as does one of a record')
from api.read_events(core.current_workspace(), 12, 1);
select is(payload - '{seq,at,kind,actor,data}'::text[], '{"lead": null, "caller": null, "subject": null, "subject_id": null}', 'and one about nothing')
from api.read_events(core.current_workspace(), 11, 1);
select is(payload -> 'lead' ->> 'assignment_status', 'queued', 'a lead that waits too') from api.read_events(core.current_workspace(), 16, 1);
select is(payload -> 'caller' ->> 'status', 'paused', 'an event of a caller has the caller as it is now') from api.read_events(core.current_workspace(), 12, 1);
select is(payload -> 'data' ->> 'status', 'active', 'and as it was then') from api.read_events(core.current_workspace(), 12, 1);
select is(routing.caller_json(c), payload -> 'caller', 'caller_json() is the caller everywhere') from api.read_events(core.current_workspace(), 12, 1), routing.caller_cards c where c.id = given.caller_id('Kavita');

select * from finish();
rollback;
