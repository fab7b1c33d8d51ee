-- Caps: never over, by the business day of the workspace, and nothing is ever reset.
begin;
\ir ../given.psql
select * from no_plan();

-- A cap is a cap.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}', 2), given.caller('Bina', '{Goa}', 3);
select given.leads('1 2 3 4 5 6 7', 'Goa');
select is(given.callers_of('1 2 3 4 5 6 7'), 'Asha Bina Asha Bina Bina - -', 'a batch stops at every cap');
select is(given.fate('7'), 'queued: All callers at their cap', 'the rest waits');
select given.leads('8', 'Goa');
select is(given.callers_of('8'), '-', 'also in the next statement');
select api.update_caller(given.caller_id('Asha'), '{"name": "Asha", "states": ["Goa"], "daily_limit": 3}');
select given.leads('9 10', 'Goa');
select is(given.callers_of('9 10'), 'Asha -', 'a cap that was raised leaves room for as much');
select api.update_caller(given.caller_id('Bina'), '{"name": "Bina", "states": ["Goa"], "daily_limit": 1}');
select given.leads('11');
select is(given.callers_of('11'), '-', 'one that was lowered is no room');
select api.update_caller(given.caller_id('Bina'), '{"name": "Bina", "states": ["Goa"], "daily_limit": 0}');
insert into crm.leads (workspace_id, name) select core.current_workspace(), 'more ' || nr from generate_series(1, 100) nr;
select is(given.count_of('Bina', '2026-01-05'), 103, '0 is no cap');
select is(given.count_of('Asha', '2026-01-05'), 3, 'whoever is at the cap stays there');

-- A cap counts over all pools.
select given.workspace();
select given.caller('Asha', '{Goa,Kerala}', 3), given.caller('Bina');
insert into crm.leads (workspace_id, name, state) select core.current_workspace(), s || nr, nullif(s, 'none') from unnest('{Goa,Kerala,none}'::text[]) s, generate_series(1, 3) nr order by nr, s;
select is(given.count_of('Asha', '2026-01-05'), 3, 'a caller of several pools has one cap');
select is(given.callers_of('Goa1 Kerala1 none1 Goa2 Kerala2 none2 Goa3 Kerala3 none3'), 'Asha Asha Asha Bina Bina Bina Bina Bina Bina', 'who is at it by one is at it in all');

-- Paused and archived: never.
select given.workspace();
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}'), given.caller('Chitra', '{Goa}');
select given.leads('1 2', 'Goa');
select api.set_caller_status(given.caller_id('Chitra'), 'paused');
select given.leads('3 4 5', 'Goa'), given.leads('6 7');
select is(given.callers_of('1 2 3 4 5 6 7'), 'Asha Bina Asha Bina Asha Asha Bina', 'a paused caller never gets a lead, of whichever pool');
select api.set_caller_status(given.caller_id('Chitra'), 'active');
select given.leads('8 9 10 11', 'Goa');
select is(given.callers_of('8 9 10 11'), 'Bina Chitra Asha Bina', 'who returns gets the next turn and is not flooded');
select api.archive_caller(given.caller_id('Bina'), 'keep');
select given.leads('12 13 14', 'Goa'), given.leads('15 16');
select is(given.callers_of('12 13 14 15 16'), 'Chitra Asha Chitra Chitra Asha', 'an archived caller never gets a lead, and the circle goes on after the place left');
select api.set_caller_status(given.caller_id('Asha'), 'paused'), api.set_caller_status(given.caller_id('Chitra'), 'paused');
select given.leads('17', 'Goa');
select is(given.fate('17'), 'queued: All callers paused', 'with everybody away a lead waits');

-- The business day runs from midnight to midnight where the workspace is.
create function given.day(p_timezone text, p_moments text) returns text language plpgsql as $$
declare
  v_id int := given.workspace(p_timezone);
  v_moment text;
begin
  perform given.caller('Solo', '{}', 1);
  foreach v_moment in array string_to_array(p_moments, ', ') loop
    perform given.now(v_moment);
    perform given.leads('at:' || replace(v_moment, ' ', '_'));
  end loop;
  return (select string_agg(coalesce(business_date::text, 'waits'), ' ' order by l.id)
          from crm.leads l left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id
            where l.workspace_id = v_id);
end $$;
select is(given.day('Asia/Kolkata', '2026-01-05 23:59:59.999+05:30, 2026-01-06 00:00+05:30, 2026-01-06 23:59+05:30, 2026-01-07 00:00+05:30'),
  '2026-01-05 2026-01-06 waits 2026-01-07', 'in Kolkata a day ends at midnight in Kolkata');
select is(given.day('Asia/Kolkata', '2026-01-05 23:59Z, 2026-01-06 00:01Z'), '2026-01-06 waits', 'midnight in Greenwich is no midnight there');
select is(given.day('America/New_York', '2026-03-08 00:00-05, 2026-03-08 23:59-04, 2026-03-09 00:00-04'), '2026-03-08 waits 2026-03-09', 'a day of 23 hours is one day');
select is(given.day('America/New_York', '2026-11-01 00:00-04, 2026-11-01 01:30-04, 2026-11-01 01:30-05, 2026-11-01 23:59-05, 2026-11-02 00:00-05'),
  '2026-11-01 waits waits waits 2026-11-02', 'and so is a day of 25');
select is(given.day('Pacific/Auckland', '2026-01-05 23:59+13, 2026-01-06 00:00+13, 2026-01-06 10:59Z, 2026-01-06 11:00Z'),
  '2026-01-05 2026-01-06 waits 2026-01-07', 'in Auckland the day is ahead of Greenwich');
select is(given.day('Pacific/Kiritimati', '2026-01-05 10:00Z, 2026-01-06 09:59Z, 2026-01-06 10:00Z'), '2026-01-06 waits 2026-01-07', 'where it begins first');
select is(given.day('America/Sao_Paulo', '2018-11-03 23:59-03, 2018-11-04 01:00-02, 2018-11-04 23:59-02'), '2018-11-03 2018-11-04 waits', 'where midnight itself was skipped');

-- Two workspaces, two days, at one moment.
select given.now('2026-01-05 20:00Z');
select given.workspace('Asia/Kolkata'); select given.caller('East', '{}', 1); select given.leads('e');
select is(given.count_of('East', '2026-01-06'), 1, 'it is tomorrow already in the one');
select is((api.get_caller(given.caller_id('East')) -> 'assigned_today')::int, 1, 'which counts it as today''s');
select given.workspace('America/New_York'); select given.caller('West', '{}', 1); select given.leads('w');
select is(given.count_of('West', '2026-01-05'), 1, 'and today still in the other');
select given.now('2026-01-06 05:00Z');
select is((api.get_caller(given.caller_id('West')) -> 'assigned_today')::int, 0, 'until midnight there');
select is((select count(*) from crm.caller_daily_counters where date = '2026-01-05' and caller_id = given.caller_id('West')), 1::bigint, 'nothing is reset: the day before stays on record');

-- A lead counts once for a caller and a day, however often it is closed, reopened or comes back.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{}', 2);
select given.leads('a');
select api.close_lead(given.lead_id('a')), api.reopen_lead(given.lead_id('a')), api.close_lead(given.lead_id('a')),
  api.reopen_lead(given.lead_id('a'));
select is(given.count_of('Asha', '2026-01-05'), 1, 'a lead closed and reopened counts once');
select given.leads('b c');
select is(given.callers_of('a b c'), 'Asha Asha -', 'so the next one is room for, and no more');
select api.close_lead(given.lead_id('a')), api.set_caller_status(given.caller_id('Asha'), 'paused'),
  api.reopen_lead(given.lead_id('a'));
select given.change('Asha', 'status = ''active'', daily_limit = 3'),
  api.hold_lead(given.lead_id('c'), true), api.tick();
select is(given.callers_of('a b c'), 'Asha Asha -', 'a lead comes back to the one caller by routing');
select is(given.count_of('Asha', '2026-01-05'), 2, 'and counts no second time');
select given.now('2026-01-06 12:00+05:30');
select api.close_lead(given.lead_id('a')), api.reopen_lead(given.lead_id('a'));
select is(given.count_of('Asha', '2026-01-06'), 1, 'another day is another count');

select is(routing.is_counted(core.current_workspace(), given.lead_id('a'), given.caller_id('Asha'), d), is_it,
  'is_counted() asks by day: ' || d)
from (values ('2026-01-05'::date, true), ('2026-01-06', false), ('2026-01-07', false)) t (d, is_it);
select results_eq($$select c.* from crm.lead_assignments a cross join lateral routing.counts_of(a) c where a.lead_id = given.lead_id('a') and a.business_date = '2026-01-05' order by a.seq, c.seq nulls first, c.change desc limit 5$$,
  $$select t.* from (select array_agg(seq order by seq) s, array_agg(ended_seq order by seq) e from crm.lead_assignments
    where lead_id = given.lead_id('a')) k,
    lateral (values (s[1], '2026-01-05'::date, 1, 1), (e[1], null, 0, -1), (s[2], '2026-01-05', 1, 1),
      (s[2], '2026-01-05', -1, 0), (e[2], null, 0, -1)) t$$,
  'counts_of() says what each assignment counts, and until when');

-- The leads that count already are dealt by themselves, so that a batch of the queue is what one by one would be.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{}', 2), given.caller('Bina', '{}', 0, 'paused');
select given.leads('a b');
select api.close_lead(given.lead_id(n)) from unnest('{a,b}'::text[]) n;
select given.change('Asha', 'status = ''paused''');
select api.reopen_lead(given.lead_id('a')), given.leads('c d'), api.reopen_lead(given.lead_id('b'));
select is(given.callers_of('a c d b'), '- - - -', 'four wait');
select given.change('Bina', 'status = ''active'''),
  given.change('Asha', 'status = ''active'', daily_limit = 3'), api.tick();
select is(given.callers_of('a c d b'), 'Bina Asha Bina Bina', 'and are dealt in turn');
select is_empty('select violation, detail from routing.verify()', 'which replays');

-- Whoever has it when it was moved by hand is whom it counts for.
select given.workspace();
select given.caller('Asha', '{}', 1), given.caller('Bina', '{}', 1);
select given.leads('a');
select api.reassign_lead(given.lead_id('a'), given.caller_id('Bina'));
select is(array[given.count_of('Asha', '2026-01-05'), given.count_of('Bina', '2026-01-05')], '{0,1}',
  'it counts for who got it, and not for who had it');
select given.leads('b c');
select is(given.callers_of('a b c'), 'Bina Asha -', 'who has room for another');
select api.close_lead(given.lead_id('a')), api.reopen_lead(given.lead_id('a'));
select api.reassign_lead(given.lead_id('a'), given.caller_id('Asha')),
  api.reassign_lead(given.lead_id('a'), given.caller_id('Bina'));
select is(array[given.count_of('Asha', '2026-01-05'), given.count_of('Bina', '2026-01-05')], '{1,1}',
  'there and back is as if nothing had been');
select is((select detail from routing.explain(given.lead_id('c')) where caller = 'Bina' and step = 2), 'at cap 1 of 1',
  'explain() knows how many counted then');
select is((select sum(m.given)::int from routing.pools m where m.workspace_id = core.current_workspace()
  and m.step = 2), 2, 'and the pools how many do now');
select is_empty('select violation, detail from routing.verify()', 'and it all replays');

-- A timezone that is moved gives nobody a second cap on the same evening.
-- keep_business_day() remembers the day of the move.
create function given.moved(p_from text, p_to text, p_moments text) returns text language plpgsql as $$
declare
  v_moment text;
  v_id int := given.workspace(p_from);
begin
  perform given.caller('Only ' || v_id, '{}', 1);
  foreach v_moment in array string_to_array(p_moments, ', ') loop
    perform given.now(v_moment);
    if v_moment like '%21:00+05:30' then
      insert into crm.leads (workspace_id, name) values (v_id, 'just before');
      perform api.update_workspace(jsonb_build_object('timezone', p_to));
    end if;
    insert into crm.leads (workspace_id, name) values (v_id, v_moment);
  end loop;
  return (select string_agg(coalesce(a.business_date::text, 'waits'), ' ' order by l.id)
          from crm.leads l left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id
            where l.workspace_id = v_id);
end $$;
select is(given.moved('Asia/Kolkata', 'Pacific/Auckland',
  '2026-01-05 21:00+05:30, 2026-01-05 23:59+05:30, 2026-01-06 00:00+05:30, 2026-01-06 23:59+13, 2026-01-07 00:00+13'),
  '2026-01-05 waits waits 2026-01-06 waits 2026-01-07',
    'moved east the day goes on to its midnight; then the date of the new zone counts, one cap a day');
select is(given.moved('Asia/Kolkata', 'America/New_York',
  '2026-01-05 21:00+05:30, 2026-01-06 00:00+05:30, 2026-01-05 23:59-05, 2026-01-06 00:00-05, 2026-01-06 23:00-05, 2026-01-07 00:00-05'),
  '2026-01-05 waits waits waits 2026-01-06 waits 2026-01-07', 'moved west it is the same date until midnight there');
select is(given.moved('Pacific/Kiritimati', 'Pacific/Niue',
  '2026-01-05 10:00+14, 2026-01-05 21:00+05:30, 2026-01-06 23:59+14, 2026-01-07 00:00+14, 2026-01-06 23:59-11, 2026-01-07 00:00-11'),
  '2026-01-05 2026-01-06 waits waits waits waits 2026-01-07', 'and never an earlier one again');
select given.workspace();
select given.caller('Asha', '{}', 1), given.now('2026-01-05 21:00+05:30');
select given.leads('a'), api.update_workspace('{"timezone": "Pacific/Auckland"}'),
  api.update_workspace('{"timezone": "Asia/Kolkata"}'), given.leads('b'),
  api.update_workspace('{"timezone": "America/New_York"}'), given.leads('c'), given.now('2026-01-06 00:30+05:30'),
    api.update_workspace('{"timezone": "Asia/Kolkata"}'), given.leads('d'),
  given.now('2026-01-06 00:00-05'), given.leads('e');
select is(given.callers_of('a b c d e'), 'Asha - - - Asha',
  'however often it is moved: each day goes on to its midnight where it was begun');
select is((api.get_overview() #>> '{today,received}')::int, 1, 'what came today came since the business day began');
select is(core.business_day_began(w, core.current_time()), '2026-01-06 00:00-05',
  'business_day_began() says when that was') from crm.workspaces w where w.id = core.current_workspace();
select is_empty('select violation, detail from routing.verify()', 'every deal replays by the day it was dealt on');

-- The clock.
select given.now('2026-01-07 05:00Z');
select is(core.current_time(), '2026-01-07 05:00Z', 'the clock can be set');
select given.now('');
select ok(abs(extract(epoch from core.current_time() - clock_timestamp())) < 60, 'else it is the server''s');
select is_empty('select violation, detail from routing.verify()', 'and every deal of all this replays');

select * from finish();
rollback;
