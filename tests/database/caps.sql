-- Caps: never over, by the business day of the workspace, and nothing is ever reset.
begin;
\ir given.psql
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
insert into crm.leads (workspace_id, name) select routing.current_workspace(), 'more ' || nr from generate_series(1, 100) nr;
select is(given.count_of('Bina', '2026-01-05'), 103, '0 is no cap');
select is(given.count_of('Asha', '2026-01-05'), 3, 'whoever is at the cap stays there');

-- A cap counts over all pools.
select given.workspace();
select given.caller('Asha', '{Goa,Kerala}', 3), given.caller('Bina');
insert into crm.leads (workspace_id, name, state) select routing.current_workspace(), s || nr, nullif(s, 'none') from unnest('{Goa,Kerala,none}'::text[]) s, generate_series(1, 3) nr order by nr, s;
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
select api.archive_caller(given.caller_id('Bina'));
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
          from crm.leads l left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id where l.workspace_id = v_id);
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

-- The clock.
select is(routing.current_time(), '2026-01-06 05:00Z', 'the clock can be set');
select given.now('');
select ok(abs(extract(epoch from routing.current_time() - clock_timestamp())) < 60, 'else it is the server''s');
select is_empty('select violation, detail from routing.verify()', 'and every deal of all this replays');

select * from finish();
rollback;
