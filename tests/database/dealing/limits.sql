-- Limits of a caller: how many a day, how many at a time, at which hours, when away.
begin;
\ir ../given.psql
select * from no_plan();

-- The one place that says how somebody stands.
select is(routing.standing(status::crm.caller_status, time_off::tstzmultirange, hours::int4multirange, '2026-01-05 12:00Z', '2026-01-05 12:00', daily, given, most, load), standing, why) from (values
  ('active', '{}', null, 0, 99, 0, 99, 'free', 'without limits everybody is free'),
  ('active', '{}', null, 3, 2, 0, 0, 'free', 'below the cap too'), ('active', '{}', null, 3, 3, 0, 0, 'at cap', 'not at it'), ('active', '{}', null, 3, 4, 0, 0, 'at cap', 'nor over it'),
  ('active', '{}', null, 0, 0, 2, 1, 'free', 'below the most open leads too'), ('active', '{}', null, 0, 0, 2, 2, 'at max load', 'not at them'),
  ('active', '{}', '{[720,721)}', 0, 0, 0, 0, 'free', 'within the hours'), ('active', '{}', '{[0,720),[721,10080)}', 0, 0, 0, 0, 'off hours', 'not outside them'), ('active', '{}', '{}', 0, 0, 0, 0, 'off hours', 'nor ever, without an hour'),
  ('active', '{[2026-01-05 12:00Z, 2026-01-05 12:01Z)}', null, 0, 0, 0, 0, 'away', 'not while away'), ('active', '{[2026-01-04 12:00Z, 2026-01-05 12:00Z),[2026-01-06 12:00Z,)}', null, 0, 0, 0, 0, 'free', 'but before and after'),
  ('paused', '{(,)}', '{}', 1, 1, 1, 1, 'paused', 'of several reasons what a person decided is said first'), ('active', '{(,)}', '{}', 1, 1, 1, 1, 'away', 'then that nobody is there'),
  ('active', '{}', '{}', 1, 1, 1, 1, 'off hours', 'then the hours'), ('active', '{}', null, 1, 1, 1, 1, 'at cap', 'then the day''s number'), ('active', '{}', null, 0, 1, 1, 1, 'at max load', 'and the load last')
) as t (status, time_off, hours, daily, given, most, load, standing, why);
select is(array[routing.cap_left(5, 3), routing.cap_left(5, 5), routing.cap_left(5, 6)], '{2,0,-1}', 'cap_left() is what the cap leaves');
select is(routing.cap_left(0, 6), 2147483647, 'which is no end where there is none');
select is(routing.turns_left(daily, given, most, load), turns, format('%s of %s today and %s of %s open leave %s', given, daily, load, most, turns)) from (values
  (0, 5, 0, 5, 2147483647), (5, 2, 0, 9, 3), (0, 9, 5, 1, 4), (5, 1, 3, 1, 2), (5, 4, 9, 0, 1), (5, 7, 0, 0, 0), (0, 0, 5, 7, 0)) as t (daily, given, most, load, turns);
select is(routing.minute_of_week(at::timestamp), minute, at || ' is minute ' || minute) from (values
  ('2026-01-05 00:00', 0), ('2026-01-05 00:00:59', 0), ('2026-01-05 09:30', 570), ('2026-01-06 00:00', 1440), ('2026-01-11 23:59:59', 10079), ('2026-01-12 00:00', 0)) as t (at, minute);

-- Open leads.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}'), given.caller('Rest');
select given.change('Asha', 'max_load = 2'), given.change('Bina', 'max_load = 1');
select given.leads('1 2 3 4', 'Goa');
select is(given.callers_of('1 2 3 4'), 'Asha Bina Asha Rest', 'nobody has more leads open than allowed, in one batch');
select is(given.fate('4'), 'Rest: All Goa callers at their max load: global round robin', 'and the reason says so');
select given.leads('5', 'Goa');
select is(given.callers_of('5'), 'Rest', 'nor in the next');
select is(routing.open_leads(core.current_workspace(), given.caller_id('Asha')), 2, 'open_leads() counts them');
select api.close_lead(given.lead_id('1'));
select is(routing.open_leads(core.current_workspace(), given.caller_id('Asha')), 1, 'a closed one does not count');
select given.leads('6 7', 'Goa');
select is(given.callers_of('6 7'), 'Asha Rest', 'and its place is free');
select api.reassign_lead(given.lead_id('2'), given.caller_id('Rest'));
select given.leads('8 9', 'Goa');
select is(given.callers_of('8 9'), 'Bina Rest', 'so is that of a lead given away');
select api.reassign_lead(given.lead_id('9'), given.caller_id('Bina'));
select is(routing.open_leads(core.current_workspace(), given.caller_id('Bina')), 2, 'a manager may go over the limit');
select api.close_lead(given.lead_id('8'));
select given.leads('10', 'Goa');
select is(given.callers_of('10'), 'Rest', 'routing waits until the load is below it');
select given.now('2026-01-06 12:00+05:30');
select given.leads('11', 'Goa');
select is(given.callers_of('11'), 'Rest', 'a new day closes nothing');
select is((select string_agg(x.detail, ', ' order by x.place) from routing.explain(given.lead_id('11')) x where step = 1), 'at max load 2 of 2, at max load 1 of 1', 'an explanation says how many were open');
select is_empty('select violation, detail from routing.verify()', 'the record is right');
insert into crm.leads (workspace_id, name) select core.current_workspace(), 'many ' || nr from generate_series(1, 1100) nr;
select is(routing.open_leads(core.current_workspace(), given.caller_id('Rest')), 1000, 'loads are counted up to a thousand');

-- Pools that share a caller share the load.
select given.workspace();
select given.caller('Asha', '{Goa,Kerala}'), given.caller('Rest');
select given.change('Asha', 'max_load = 2');
insert into crm.leads (workspace_id, name, state) select core.current_workspace(), s || nr, s from unnest('{Goa,Kerala}'::text[]) s, generate_series(1, 2) nr order by nr, s;
select is(given.callers_of('Goa1 Kerala1 Goa2 Kerala2'), 'Asha Asha Rest Rest', 'a caller of several pools has one load');

-- Working hours.
create function given.shift(p_timezone text, p_hours text, p_moments text) returns text language plpgsql as $$
declare
  v_id int := given.workspace(p_timezone);
  v_moment text;
begin
  perform given.caller('Solo'), given.change('Solo', format('hours = %L', p_hours));
  foreach v_moment in array string_to_array(p_moments, ', ') loop
    perform given.now(v_moment);
    perform given.leads('at:' || replace(v_moment, ' ', '_'));
  end loop;
  return (select string_agg(case when a.seq is null then 'waits' else 'dealt' end, ' ' order by l.id)
          from crm.leads l left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id where l.workspace_id = v_id);
end $$;
select is(given.shift('Asia/Kolkata', '{[540,1020)}', '2026-01-05 08:59:59+05:30, 2026-01-05 09:00+05:30, 2026-01-05 16:59:59+05:30, 2026-01-05 17:00+05:30, 2026-01-06 12:00+05:30, 2026-01-12 09:00+05:30'),
  'waits dealt dealt waits waits dealt', 'Monday from nine to five is that, every Monday');
select is(given.shift('Asia/Kolkata', '{[1320,1800)}', '2026-01-05 21:59+05:30, 2026-01-05 22:00+05:30, 2026-01-06 05:59+05:30, 2026-01-06 06:00+05:30'), 'waits dealt dealt waits', 'hours may go over midnight');
select is(given.shift('Asia/Kolkata', '{[0,120),[9960,10080)}', '2026-01-04 21:59+05:30, 2026-01-04 22:00+05:30, 2026-01-05 01:59+05:30, 2026-01-05 02:00+05:30'), 'waits dealt dealt waits', 'also from Sunday to Monday');
select is(given.shift('Asia/Kolkata', '{[540,780),[840,1080)}', '2026-01-05 12:59+05:30, 2026-01-05 13:30+05:30, 2026-01-05 14:00+05:30'), 'dealt waits dealt', 'and have a break');
select is(given.shift('Asia/Kolkata', '{[540,1020)}', '2026-01-05 09:00Z, 2026-01-05 03:30Z, 2026-01-05 12:00Z'), 'dealt dealt waits', 'hours are those of the workspace, not of Greenwich');
-- Sunday 8 March 2026: 2:00 to 3:00 does not exist in New York. Minute 8640 is Sunday 0:00.
select is(given.shift('America/New_York', '{[8760,8820)}', '2026-03-08 01:59:59-05, 2026-03-08 03:00-04, 2026-03-15 02:30-04'), 'waits waits dealt', 'an hour that a change of the clock skips is nobody''s');
select is(given.shift('America/New_York', '{[8700,8880)}', '2026-03-08 00:59-05, 2026-03-08 01:00-05, 2026-03-08 01:59-05, 2026-03-08 03:00-04, 2026-03-08 03:59-04, 2026-03-08 04:00-04'), 'waits dealt dealt dealt dealt waits', 'a shift over it ends by the clock');
-- Sunday 1 November 2026: 1:00 to 2:00 is there twice.
select is(given.shift('America/New_York', '{[8700,8760)}', '2026-11-01 00:59-04, 2026-11-01 01:30-04, 2026-11-01 01:30-05, 2026-11-01 01:59:59-05, 2026-11-01 02:00-05'), 'waits dealt dealt dealt waits', 'an hour that comes twice is worked twice');
select is(given.shift('America/New_York', '{[540,1020)}', '2026-03-02 09:00-05, 2026-03-02 08:59-05, 2026-03-09 09:00-04, 2026-03-09 08:59-04'), 'dealt waits dealt waits', 'nine is nine, in winter and in summer');
select is_empty('select violation, detail from routing.verify()', 'the record is right in every timezone');

-- The workspace moves.
select given.workspace('Asia/Kolkata');
select given.caller('Asha'), given.change('Asha', $$hours = '{[540,1020)}'$$);
select given.now('2026-01-05 15:00Z');
select given.leads('k');
update crm.workspaces set timezone = 'America/New_York' where id = core.current_workspace();
select given.leads('ny');
select is(given.callers_of('k ny'), '- Asha', 'hours move with the workspace''s timezone');
select is(given.fate('k'), 'queued: All callers off hours', 'the reason says that it was too late');
select is((select x.detail from routing.explain(given.lead_id('k')) x), 'off hours', 'the explanation still does after the move');
select is_empty('select violation, detail from routing.verify()', 'and the record stays right');

-- Away.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha'), given.change('Asha', $$time_off = '{["2026-01-06 00:00+05:30", "2026-01-08 00:00+05:30"), ["2026-01-09 12:00+05:30", "2026-01-09 13:00+05:30")}'$$);
select given.leads('before'), given.now('2026-01-06 00:00+05:30'), given.leads('begins'), given.now('2026-01-07 23:59:59+05:30'), given.leads('ends'), given.now('2026-01-08 00:00+05:30'), given.leads('back'),
  given.now('2026-01-09 12:30+05:30'), given.leads('dentist'), given.now('2026-01-09 13:00+05:30'), given.leads('after');
select is(given.callers_of('before begins ends back dentist after'), 'Asha - - Asha - Asha', 'who is away gets nothing, from the first moment to the last');
select is(given.fate('dentist'), 'queued: All callers away', 'and the reason says so');

-- Several at once.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller(n, '{Goa}') from unnest('{Asha,Bina,Chitra,Deepa,Esha,Farah}'::text[]) n;
select given.caller('Rest');
select given.change('Asha', 'daily_limit = 1, max_load = 3'), given.change('Bina', 'daily_limit = 5, max_load = 2'), given.change('Chitra', $$hours = '{[0,60)}', daily_limit = 1$$), given.change('Deepa', $$time_off = '{(,)}', hours = '{}'$$),
  given.change('Esha', $$status = 'paused', time_off = '{(,)}', hours = '{}'$$), given.change('Farah', $$hours = '{[0,800)}', time_off = '{["2026-01-06 00:00+05:30",)}', daily_limit = 2, max_load = 1$$);
select given.leads('1 2 3 4 5', 'Goa');
select is(given.callers_of('1 2 3 4 5'), 'Asha Bina Farah Bina Rest', 'every limit holds, whichever is reached first');
select is(given.fate('5'), 'Rest: No Goa caller free (2 at max load, 1 paused, 1 off hours, 1 away, 1 at cap): global round robin', 'and the reason counts them all');
select is((select string_agg(x.caller || ' ' || x.detail, ', ' order by x.place) from routing.explain(given.lead_id('5')) x where step = 1),
  'Asha at cap 1 of 1, Bina at max load 2 of 2, Chitra off hours, Deepa away, Esha paused, Farah at max load 1 of 1', 'the explanation names for each what comes first');
select is((select string_agg(c.name || ' ' || (s ->> 'why'), ', ' order by c.id) from crm.lead_assignments a join crm.deals d on d.workspace_id = a.workspace_id and d.id = a.deal_id, jsonb_array_elements(d.skipped) s join crm.callers c on c.id = (s ->> 'caller_id')::uuid where a.lead_id = given.lead_id('4')),
  'Chitra off hours, Deepa away, Esha paused', 'a deal keeps whom it skipped and why, as it began');

-- With every strategy.
create function given.limited(p_strategy text) returns text language plpgsql as $$
begin
  perform given.workspace(), given.no_rules();
  perform given.rule('all', '{}', p_strategy);
  perform given.caller('Asha', '{}', 2), given.caller('Bina'), given.caller('Chitra'), given.caller('Deepa'), given.caller('Esha', '{}', 0, 'paused');
  perform given.change('Bina', 'max_load = 3'), given.change('Chitra', $c$hours = '{[0,60)}'$c$), given.change('Deepa', $c$time_off = '{(,)}'$c$);
  perform given.leads('1 2 3 4 5 6 7');
  return (select string_agg(name || ' ' || given, ', ' order by name) from (
    select coalesce(l.caller_name, 'nobody') as name, count(*) as given from core.lead_cards l where l.workspace_id = core.current_workspace() group by 1) g);
end $$;
select is(given.limited(s), 'Asha 2, Bina 3, nobody 2', s || ' keeps every limit') from unnest('{round_robin,weighted,weighted_random,random,least_loaded}'::text[]) s;
select is_empty('select violation, detail from routing.verify()', 'and the record is right after all of it');

select * from finish();
rollback;
