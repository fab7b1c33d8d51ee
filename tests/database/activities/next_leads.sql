-- What a caller does next, and why: claims that run out, call-backs that are due, new leads, and what nobody planned.
begin;
\ir ../given.psql
select * from no_plan();

create function given.acting_as(p_caller text) returns void language plpgsql as $$
declare
  v_id uuid := api.create_user(core.current_workspace(), p_caller || core.current_workspace() || '@fairlead.example', p_caller, 'caller', '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g');
begin
  update crm.users set caller_id = given.caller_id(p_caller) where id = v_id;
  perform set_config('fairlead.actor', 'user:' || v_id, true);
end $$;
create function given.next(p_asked jsonb default '{}') returns text language sql
return (select string_agg(concat_ws(' ', n.lead ->> 'name', n.lead ->> 'turn'), ', ' order by n.nr)
        from jsonb_array_elements(api.list_my_day(p_asked) -> 'next') with ordinality n (lead, nr));
create function given.counts() returns text language sql
return (select concat_ws(' ', c ->> 'now', c ->> 'today', c ->> 'later', c ->> 'all') from (select api.list_my_day('{}') -> 'counts' as c) d);
create function given.due(p_when text) returns text language sql
return (select string_agg(n.lead ->> 'name', ' ' order by n.nr)
        from jsonb_array_elements(api.list_my_leads(jsonb_build_object('when', p_when)) -> 'items') with ordinality n (lead, nr));
create function given.called(p_name text, p_more jsonb default '{}') returns void language sql
return (select null from api.log_activity(given.lead_id(p_name), '{"kind": "call"}' || p_more));

select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all');
select given.caller('Asha');
select given.acting_as('Asha');
select is(given.next(), null, 'who has no leads has nothing to do');
select is(given.counts(), '0 0 0 0', 'and nothing to come');

-- New ones: of the last half hour the newest first, then the oldest.
select given.leads('a b');
select given.now('2026-01-05 13:00+05:30');
select given.leads('c');
select given.now('2026-01-05 13:10+05:30');
select given.leads('d');
select is(given.next(), 'd new, c new, a new, b new', 'what has just come is called first, then what waits longest');
select given.now('2026-01-05 13:35+05:30');
select is(given.next(), 'd new, a new, b new, c new', 'after half an hour a lead waits like the others');
select is(given.next(jsonb_build_object('behind', given.lead_id('d') || ',' || given.lead_id('a'))), 'b new, c new, d new, a new', 'what was put off comes behind');
select is(given.next('{"limit": 1}'), 'd new', 'so many as were asked for');

-- Calls: a lead that was called rests for the day, or until it is to be called again.
select given.called('a'), given.called('b', '{"task": {"due_at": "2026-01-05T14:00:00+05:30"}}');
select given.called('c', '{"task": {"due_on": "2026-01-06"}}');
select is(given.next(), 'd new', 'who was called has had their turn');
select is(given.counts(), '1 1 1 4', 'and is counted where it is due');
select is(api.list_my_day('{}') ->> 'next_due', '2026-01-05T08:30:00+00:00', 'it is known when the next call-back is due');
select given.now('2026-01-05 14:00+05:30');
select is(given.next(), 'b call_back, d new', 'a call-back that is due comes before new leads');
select is(given.due('today') || '; ' || given.due('later'), 'b; c', 'lists say what is due today, and later');
select given.now('2026-01-05 23:59:59+05:30');
select is(given.next(), 'b call_back, d new', 'a date begins at the workspace''s midnight');
select given.now('2026-01-06 00:00+05:30');
select is(given.next(), 'b call_back, c call_back, d new, a no_next_step', 'and not at that of UTC; what nobody planned comes last');
select is(api.list_my_day(jsonb_build_object('lead', given.lead_id('c'))) #>> '{lead,due_on}', '2026-01-06', 'it is said on which date something is due');
select is(api.list_my_day(jsonb_build_object('lead', given.lead_id('a'))) #>> '{lead,last,kind}', 'call', 'and what happened last');
select given.called('b'), given.called('c'), given.called('a');
select is(given.next(), 'd new', 'calling does what was due');

-- Claims come first, what runs out first before others.
update crm.rules set claim_minutes = 10 where workspace_id = core.current_workspace() and name = 'all';
select given.leads('e');
select given.now('2026-01-06 00:01+05:30');
select given.leads('f');
select is(given.next(), 'e claim, f claim, d new', 'what runs out comes first');
select is(given.due('today'), 'e f', 'and is due today');
select given.called('e');
select is(given.next(), 'f claim, d new', 'a call claims the lead');

-- Whose it is no more is in no list; with whom it is it is new.
select given.called('d', '{"task": {"due_at": "2026-01-06T00:00:30+05:30"}}');
select given.caller('Bina');
select api.reassign_lead(given.lead_id('d'), given.caller_id('Bina'));
select is(given.next(), 'f claim', 'what was given to somebody else is gone');
select is(api.list_my_day(jsonb_build_object('lead', given.lead_id('d'))) ->> 'lead', null, 'and not to be asked for, as whoever asks is a caller') from set_config('role', 'fairlead_caller', true);
reset role;
select given.acting_as('Bina');
select is(given.next(), 'd call_back', 'the call-back goes along');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- What it is made of.
select is(array(select core.turn_name(p) from generate_series(1, 6) p), '{claim,call_back,new,new,no_next_step,NULL}', 'a turn has a name');
select is(count(*), 1::bigint, 'a caller''s open leads have turns') from core.callers_turns(core.current_workspace(), given.caller_id('Bina'), null, core.current_time(), core.current_time(), 'Asia/Kolkata');
select is(core.callers_day(null, '{}', 5) #>> '{next,0,lead_id}', given.lead_id('d')::text, 'the day names the next leads by their ids');
select is(count(*), 1::bigint, 'and so do the lists') from core.callers_due(true, null, null, 5);
select is(core.turn_json(given.lead_id('d'), '{"place": 3}') ->> 'turn', 'new', 'a lead is told with its turn');
select is(core.last_activity(given.lead_id('d')) ->> 'by', 'Asha', 'and with what happened last');
select has_trigger('crm', 'activities', 'note_work', 'an activity tells when a lead was worked on');
select is(worked_at, null, 'by whom it was is asked: for who has it now it is new') from crm.lead_assignments where lead_id = given.lead_id('d') and ended_at is null;
select api.withdraw_activity(a.id) from crm.activities a where a.lead_id = given.lead_id('e');
select is(worked_at, null, 'what was taken back does not count') from crm.lead_assignments where lead_id = given.lead_id('e') and ended_at is null;

-- Pages go on where the one before ended.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all'), given.caller('Asha');
select given.acting_as('Asha');
select given.leads('a b c d e');
select given.called(n, jsonb_build_object('task', jsonb_build_object('due_on', '2026-01-07'))) from unnest('{a,b,c,d,e}'::text[]) n;
create temp table page as select api.list_my_leads('{"when": "later", "limit": 2}') as page;
insert into page select api.list_my_leads(jsonb_build_object('when', 'later', 'limit', 2, 'after', page ->> 'next')) from page;
select is(string_agg(i ->> 'name', ' ' order by p.ctid, nr), 'a b c d', 'pages of what is due at one moment leave nothing out') from page p cross join lateral jsonb_array_elements(p.page -> 'items') with ordinality i (i, nr);
select * from finish();
rollback;
