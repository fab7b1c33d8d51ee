-- What becomes of a lead after it was dealt: claimed, closed, opened again, held back.
begin;
\ir ../given.psql
select * from no_plan();

create function given.last_event() returns text language sql
return (select concat_ws(' ', e.kind, l.name, c.name, e.data::text) from crm.events e left join crm.leads l on l.id = e.lead_id left join crm.callers c on c.id = e.caller_id
        where e.workspace_id = core.current_workspace() order by e.seq desc limit 1);
create function given.events() returns bigint language sql return (select event_seq from crm.workspaces where id = core.current_workspace());
create function given.history(p_name text) returns text language sql
return (select string_agg(concat_ws(' ', c.name, a.status, case when a.claimed_at is not null then 'claimed' end), ', ' order by a.seq)
        from routing.assignments_of_lead(core.current_workspace(), given.lead_id(p_name)) a join crm.callers c on c.id = a.caller_id);

-- Claiming.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 10);
select given.caller('Asha'), given.caller('Bina');
select given.leads('a b c d');
select is(api.get_lead(given.lead_id('a')) ->> 'claim_by', '2026-01-05T06:40:00+00:00', 'a rule says until when its leads must be claimed');
select given.now('2026-01-05 12:05+05:30');
select is(api.claim_lead(given.lead_id('a'), given.caller_id('Asha')) ->> 'claimed_at', '2026-01-05T06:35:00+00:00', 'a caller claims a lead');
select is(given.last_event(), 'lead.claimed a Asha {}', 'which is an event');
create temp table before as select given.events() as seq;
select given.now('2026-01-05 12:06+05:30');
select is(api.claim_lead(given.lead_id('a'), given.caller_id('Asha')) ->> 'claimed_at', '2026-01-05T06:35:00+00:00', 'claiming twice is claiming once');
select is(given.events(), seq, 'and one event') from before;
select is(given.refusal(format('select api.claim_lead(%L, %L)', given.lead_id('b'), given.caller_id('Asha'))), 'LD409 caller_id: This lead is not Asha''s any more', 'nobody claims another''s lead');
select is(given.refusal(format('select api.claim_lead(%L, %L)', given.lead_id('b'), '00000000-0000-7000-8000-000000000000')), 'LD409 caller_id: This lead is not that caller''s any more', 'nor does nobody');
select is(given.refusal(format('select api.claim_lead(%L, %L)', given.lead_id('b'), null)), 'LD409 caller_id: This lead is not that caller''s any more', 'nor nothing');
select alike(given.refusal(format('select api.claim_lead(%L, %L)', '00000000-0000-7000-8000-000000000000', given.caller_id('Asha'))), 'LD404: There is no lead %', 'what is no lead is not claimed');
select given.now('2026-01-05 12:09:59+05:30');
select isnt(api.claim_lead(given.lead_id('b'), given.caller_id('Bina')) ->> 'claimed_at', null, 'there is time up to the last moment');
select given.now('2026-01-05 12:10+05:30');
select is(given.refusal(format('select api.claim_lead(%L, %L)', given.lead_id('c'), given.caller_id('Asha'))), 'LD409: The time to claim this lead is over', 'and none after it');
select is(api.claim_lead(given.lead_id('a'), given.caller_id('Asha')) ->> 'claimed_at', '2026-01-05T06:35:00+00:00', 'but what was claimed in time stays claimed');
select api.tick();
select is(given.callers_of('a b c d'), 'Asha Bina Bina Asha', 'what nobody claimed goes to others');
select is(given.refusal(format('select api.claim_lead(%L, %L)', given.lead_id('c'), given.caller_id('Asha'))), 'LD409 caller_id: This lead is not Asha''s any more', 'who then had it comes too late');
select api.claim_lead(given.lead_id('c'), given.caller_id('Bina'));
select is(given.history('c'), 'Asha expired, Bina assigned claimed', 'who has it now may');
select api.reassign_lead(given.lead_id('a'), given.caller_id('Bina'));
select is(api.get_lead(given.lead_id('a')) ->> 'claim_by', null, 'what a manager gives need not be claimed');
select is((api.claim_lead(given.lead_id('a'), given.caller_id('Bina'))) ->> 'assignment_status', 'assigned', 'but can be');
update crm.rules set claim_minutes = null where workspace_id = core.current_workspace() and name = 'all';
select given.leads('free');
select is(api.get_lead(given.lead_id('free')) ->> 'claim_by', null, 'a rule may leave it at that');
select is((api.claim_lead(given.lead_id('free'), l.caller_id)) ->> 'claimed_at', '2026-01-05T06:40:00+00:00', 'then there is all the time to claim it') from core.lead_cards l where l.id = given.lead_id('free');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Closing.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}', 3), given.caller('Bina');
select given.leads('a b', 'Goa'), given.leads('n');
select api.set_caller_status(given.caller_id('Asha'), 'paused'), api.set_caller_status(given.caller_id('Bina'), 'paused');
select given.leads('w');
select given.now('2026-01-05 13:00+05:30');
select is(l ->> 'assignment_status' || ' ' || (l ->> 'closed_at') || ' ' || (l -> 'assigned_caller' ->> 'name'), 'closed 2026-01-05T07:30:00+00:00 Asha', 'a closed lead says when, and who had it') from api.close_lead(given.lead_id('a')) l;
select is(given.last_event(), 'lead.closed a Asha {}', 'closing is an event');
select is(given.history('a'), 'Asha closed', 'its assignment is over');
select is(given.fate('a'), 'Asha: Goa round robin', 'the reason stays');
update before set seq = given.events();
select given.now('2026-01-05 13:01+05:30');
select is(api.close_lead(given.lead_id('a')) ->> 'closed_at', '2026-01-05T07:30:00+00:00', 'closing twice is closing once');
select is(given.events(), seq, 'and one event') from before;
select is(api.close_lead(given.lead_id('w')) ->> 'assignment_status', 'closed', 'a waiting lead can be closed');
select is_empty('select * from crm.queue', 'and waits no more');
select is(api.get_lead(given.lead_id('w')) -> 'assigned_caller', 'null', 'nobody had it');
select is(given.count_of('Asha', '2026-01-05'), 3, 'a closed lead still counts for its day');
select is((select string_agg(l ->> 'name', ' ') from jsonb_array_elements(api.list_leads('{"status": "closed"}') -> 'items') l), 'w a', 'closed leads are found');
select is((select string_agg(l ->> 'name', ' ') from jsonb_array_elements(api.list_leads('{"status": "assigned"}') -> 'items') l), 'n b', 'and are not among the assigned');
select alike(given.refusal($$select api.close_lead('00000000-0000-7000-8000-000000000000')$$), 'LD404: There is no lead %', 'what is no lead is not closed');
select is(given.refusal(format('select api.reassign_lead(%L, %L)', given.lead_id('a'), caller)), 'LD409: The lead is closed', 'a closed lead is nobody''s to be given')
from (values (null::uuid), (given.caller('New'))) as t (caller);
select is(given.refusal(format('select api.claim_lead(%L, %L)', given.lead_id('a'), given.caller_id('Asha'))), 'LD409 caller_id: This lead is not Asha''s any more', 'nor claimed');
select is(given.refusal(format('select api.hold_lead(%L, true)', given.lead_id('a'))), 'LD409 held: The lead is not waiting', 'nor held');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Opening again.
select api.archive_caller(given.caller_id('New'));
select is(given.refusal(format('select api.reopen_lead(%L)', given.lead_id('b'))), 'LD409: The lead is not closed', 'only a closed lead is opened again');
select alike(given.refusal($$select api.reopen_lead('00000000-0000-7000-8000-000000000000')$$), 'LD404: There is no lead %', 'and only a lead');
select api.set_caller_status(given.caller_id('Asha'), 'active');
select is(api.reopen_lead(given.lead_id('a')) -> 'assigned_caller' ->> 'name', 'Asha', 'it goes back to who had it');
select is(given.history('a'), 'Asha closed, Asha assigned', 'as an assignment of its own');
select is(given.last_event(), 'lead.reopened a Asha {}', 'by one event');
select is(given.count_of('Asha', '2026-01-05'), 3, 'which counts for the day no second time');
select alike(given.fate('a'), 'Asha: Reopened by cli, with Asha as before', 'and says why');
select is(api.reopen_lead(given.lead_id('w')) ->> 'assignment_reason', 'No caller free (1 paused, 1 at cap)', 'what nobody had is dealt, or waits');
select api.close_lead(given.lead_id('a')), api.close_lead(given.lead_id('b')), api.close_lead(given.lead_id('w'));
select api.set_caller_status(given.caller_id('Asha'), 'paused'), api.set_caller_status(given.caller_id('Bina'), 'active');
select is(api.reopen_lead(given.lead_id('a')) -> 'assigned_caller' ->> 'name', 'Bina', 'with its caller paused it is dealt again');
select is(given.history('a'), 'Asha closed, Asha closed, Bina assigned', 'and the history says so');
select api.archive_caller(given.caller_id('Asha'));
select is(api.reopen_lead(given.lead_id('b')) -> 'assigned_caller' ->> 'name', 'Bina', 'also with its caller gone');
select is(given.refusal(format('select api.reopen_lead(%L)', given.lead_id('b'))), 'LD409: The lead is not closed', 'opening twice is refused');
select api.close_lead(given.lead_id('n')), api.set_caller_status(given.caller_id('Bina'), 'paused');
select is(api.reopen_lead(given.lead_id('n')) ->> 'assignment_status', 'queued', 'with nobody free it waits');
select api.set_caller_status(given.caller_id('Bina'), 'active'), given.change('Bina', 'max_load = 2');
select api.close_lead(given.lead_id('a'));
select api.tick();
select is(api.reopen_lead(given.lead_id('a')) -> 'assigned_caller' ->> 'name', 'Bina', 'it goes back over the load too: somebody has to finish it');
select is(routing.open_leads(core.current_workspace(), given.caller_id('Bina')), 3, 'and burdens again');
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

-- Whose a closed lead is.
select given.workspace(), given.caller('Asha'), given.leads('once');
select api.close_lead(given.lead_id('once'));
select ok(core.has_lead(core.current_workspace(), given.lead_id('once'), given.caller_id('Asha')), 'a closed lead is of the caller who had it');
select results_eq(format('select * from core.find_leads(%L, 10)', jsonb_build_object('caller_id', given.caller_id('Asha'))), array[given.lead_id('once')], 'who finds it');
select api.set_caller_status(given.caller_id('Asha'), 'paused', 'keep'), api.reopen_lead(given.lead_id('once'));
select ok(not core.has_lead(core.current_workspace(), given.lead_id('once'), given.caller_id('Asha')), 'reopened it is of nobody while it waits');
select api.close_lead(given.lead_id('once'));
select ok(not core.has_lead(core.current_workspace(), given.lead_id('once'), given.caller_id('Asha')), 'nor when it is closed while it waits');
select is_empty(format('select * from core.find_leads(%L, 10)', jsonb_build_object('caller_id', given.caller_id('Asha'))), 'neither in a list');
select is(c.caller_id, null, 'nor on its card') from core.lead_cards c where c.id = given.lead_id('once');
select is_empty(format('select * from core.own_leads where lead_id = %L', given.lead_id('once')), 'own_leads says so to all of them');

-- Holding.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{}', 1);
select given.leads('had w1 w2');
select is(given.refusal(format('select api.hold_lead(%L, true)', given.lead_id('had'))), 'LD409 held: The lead is not waiting', 'only a waiting lead is held');
select alike(given.refusal($$select api.hold_lead('00000000-0000-7000-8000-000000000000', true)$$), 'LD404: There is no lead %', 'and only a lead');
select is(api.hold_lead(given.lead_id('w1'), true) ->> 'is_held', 'true', 'a waiting lead can be held back');
select is(given.last_event(), 'lead.held w1 {}', 'which is an event');
update before set seq = given.events();
select api.hold_lead(given.lead_id('w1'), true), api.hold_lead(given.lead_id('w2'), false);
select is(given.events(), seq, 'what changes nothing is none') from before;
select given.change('Asha', 'daily_limit = 2');
select api.tick();
select is(given.callers_of('w1 w2'), '- Asha', 'a held lead is passed by');
select is(api.hold_lead(given.lead_id('w1'), false) ->> 'is_held', 'false', 'it can be let go');
select is(given.last_event(), 'lead.released w1 {}', 'which is an event');
select given.change('Asha', 'daily_limit = 3');
select api.tick();
select is(given.callers_of('w1 w2'), 'Asha Asha', 'and is dealt then');
select given.leads('w3');
select api.hold_lead(given.lead_id('w3'), true);
select is(api.reassign_lead(given.lead_id('w3'), given.caller_id('Asha')) -> 'assigned_caller' ->> 'name', 'Asha', 'a manager gives a held lead to somebody');
select given.leads('w4');
select api.hold_lead(given.lead_id('w4'), true);
select is(api.reassign_lead(given.lead_id('w4'), null) ->> 'is_held', 'false', 'sending it through routing lets it go');
select is(given.refusal(format('select core.lead_to_work(%L)', given.lead_id('w4'))), null, 'lead_to_work() finds a lead of the workspace');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Another workspace's leads are out of reach.
create temp table other as select given.lead_id('w4') as lead;
select given.workspace();
select alike(given.refusal(format(s, lead)), 'LD404: There is no lead %', s || ' of another workspace') from other,
  unnest('{"select api.claim_lead(%L, null)","select api.close_lead(%L)","select api.reopen_lead(%L)","select api.hold_lead(%L, true)"}'::text[]) s;

select * from finish();
rollback;
