-- The parts of which the dashboard is made. That its figures are right: test_figures.py.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
create function given.row() returns crm.workspaces language sql stable return (select w from crm.workspaces w where w.id = core.current_workspace());
update crm.workspaces set timezone = 'America/New_York' where id = core.current_workspace();

select is(core.rounded_wait(n), expected, format('a wait of %s seconds is said as %s', n, expected))
from (values (-3, 0), (0, 0), (3599, 3599), (3661, 3660), (86399, 86340), (90000, 90000), (93599, 90000)) t (n, expected);
select is(core.in_time_seconds(), 300, 'in_time_seconds() are five minutes');
select is(array[core.is_called('2026-01-05 10:00Z', at, 'no'), core.is_called('2026-01-05 10:00Z', at, 'yes'), core.is_called('2026-01-05 10:00Z', at, 'in_time')], expected, format('is_called() of a lead first called at %s', at))
from (values (null::timestamptz, array[true, false, false]), ('2026-01-05 10:05Z', array[false, true, true]), ('2026-01-05 10:06Z', array[false, true, false])) t (at, expected);
select ok(core.goes_by_hour('2026-10-31 00:00-04', '2026-11-03 00:00-05'), 'goes_by_hour() says yes of three days, though one has 25 hours');
select ok(not core.goes_by_hour('2026-11-01', '2026-11-05'), 'and no of four');

-- Hours and days
select results_eq($$select key, until - since from core.moments('America/New_York', '2026-11-01 00:00-04', '2026-11-01 03:30-05', true)$$,
  $$values ('2026-11-01 00:00', interval '1 hour'), ('2026-11-01 01:00', '2 hours'), ('2026-11-01 02:00', '1 hour'), ('2026-11-01 03:00', '30 minutes')$$,
  'moments() has one hour of two, where clocks are set back');
select results_eq($$select key, until - since from core.moments('America/New_York', '2026-03-08 01:00-05', '2026-03-08 04:00-04', true)$$,
  $$values ('2026-03-08 01:00', interval '1 hour'), ('2026-03-08 03:00', '1 hour')$$, 'and none that they skip');
select results_eq($$select key, until - since from core.moments('America/New_York', '2026-10-31 12:00-04', '2026-11-03 00:00-05', false)$$,
  $$values ('2026-10-31', interval '12 hours'), ('2026-11-01', '25 hours'), ('2026-11-02', '24 hours')$$, 'a day has the hours it has');
select results_eq($$select day, until - since from core.days_of('America/New_York', '{[2026-10-31 12:00-04,2026-11-01 01:00-04),[2026-11-02 00:00-05,2026-11-03 00:00-05)}')$$,
  $$values ('2026-10-31'::date, interval '12 hours'), ('2026-11-01', '1 hour'), ('2026-11-02', '24 hours')$$, 'days_of() takes times apart at midnight');
select results_eq($$select key, far, received from core.counted_moments('UTC', '2026-01-05 05:00Z', '2026-01-05 07:00Z', true, '[{"kind": "hour", "key": "2026-01-05 06:00", "received": 3}]') order by far$$,
  $$values ('2026-01-05 05:00', interval '0', null::int), ('2026-01-05 06:00', '1 hour', 3)$$, 'counted_moments() says how far each is from the first');

-- What a period is compared with
select given.now('2026-11-02 14:10-05');
select is((select array[p.since, p.until, p.before_since, p.before_until] from core.read_figure_period(given.row(), '{}') p),
  array['2026-11-02 00:00-05', '2026-11-03 00:00-05', '2026-10-26 00:00-04', '2026-10-26 14:10-04']::timestamptz[],
  'read_figure_period(): today is compared with the same weekday before, until the same time on the clock');
select is((select array[p.before_since, p.before_until] from core.read_figure_period(given.row(), '{"from": "2026-10-04", "until": "2026-11-03"}') p),
  array['2026-08-30 00:00-04', '2026-09-28 14:10-04']::timestamptz[], 'thirty days with the same weekdays five weeks before');
select is((select array[p.before_since, p.before_until] from core.read_figure_period(given.row(), '{"from": "2026-10-05", "until": "2026-10-12"}') p),
  array['2026-09-28 00:00-04', '2026-10-05 00:00-04']::timestamptz[], 'a week with the one before');
select is((select array[p.before_since, p.before_until] from core.read_figure_period(given.row(), '{"before_from": "2026-01-01", "before_until": "2026-01-03"}') p),
  array['2026-01-01 00:00-05', '2026-01-03 00:00-05']::timestamptz[], 'or with what is asked for');
select is(given.refusal(format('select core.read_figure_period(given.row(), %L)', '{"from": "2026-10-05", "until": "2026-10-04"}')),
  'LD422 until: The period ends before it begins', 'a period does not end before it begins');
select is(given.refusal($$select report.figures(core.current_workspace(), now() - interval '402 days', now())$$), 'LD422 from: The period is longer than 400 days', 'nor is it endless: most_days()');
select is(given.refusal($$select core.refuse_long_period('0743-07-05', '7237-10-20', 'before_from')$$), 'LD422 before_from: The period is longer than 400 days', 'refuse_long_period() names the field');
select is(core.most_days(), 400, 'of which there are 400');

-- As JSON
select is(core.figure_json('{"kind": "all", "key": "", "name": null, "received": 2}'), '{"received": 2}', 'figure_json() is a row without what it is about');
select is(core.figure_json(null) -> 'received', '0', 'or zeros');
select is((select string_agg(concat_ws(':', r ->> 'key', r -> 'now' ->> 'received', r -> 'before' ->> 'received'), ' ')
    from jsonb_array_elements(core.dashboard_rows('[{"kind": "state", "key": "a", "received": 1}, {"kind": "state", "key": "b", "received": 2}, {"kind": "all", "key": ""}]',
      '[{"kind": "state", "key": "c", "received": 3}, {"kind": "state", "key": "a", "received": 4}]', 'state')) r),
  'b:2:0 a:1:4 c:0:3', 'dashboard_rows() has what was there in either period, the largest first');

-- How sure a comparison is: the quantiles of R''s qgamma()
select is(round(core.gamma_quantile(shape, rate, normal)::numeric, 1), expected, format('gamma_quantile() of %s, %s', shape, rate))
from (values (5.0, 5.0, -1.645, 0.4), (5.0, 5.0, 1.645, 1.8), (25.0, 15.0, -1.645, 1.2), (25.0, 15.0, 1.645, 2.3)) t (shape, rate, normal, expected);
select is(core.describe_ratio(low, high), expected, format('describe_ratio() of %s to %s', low, high))
from (values (1.1, 2.0, 'more than the others'), (0.3, 0.9, 'fewer than the others'), (0.8, 1.4, 'not to be told from the others')) t (low, high, expected);

-- Who may ask
select is(core.may_count(core.current_workspace()), true, 'may_count() says yes to the owner');
create temp table asked as select core.current_workspace() as id;
grant select on asked to fairlead_caller, fairlead_analyst;
select given.caller('Asha');
select given.leads('1');
set local role fairlead_caller;
select is((select count(*) from asked a cross join lateral report.figures(a.id, now() - interval '300 days', now() + interval '300 days')), 0::bigint, 'a caller hears no figures');
select is((select count(*) from asked a cross join lateral core.caller_standings(a.id)), 0::bigint, 'nor how others stand');
set local role fairlead_analyst;
select is((select f.received from asked a cross join lateral report.figures(a.id, '2026-11-02 00:00-05', '2026-11-03 00:00-05') f where f.kind = 'all'), 1::bigint, 'an analyst counts leads without seeing them');
select is((select s.name from report.caller_standings s), 'Asha', 'and sees how callers stand');
reset role;

-- The leads behind a figure
select ok(core.is_lacking('{"lacks": "state,caller"}', 'caller') and core.is_lacking('{}', 'caller') is not true, 'is_lacking() says what a filter wants missing');
select is((select array_agg(l.id) from core.find_leads('{"lacks": "state,source,campaign", "called": "no", "lead_status": "new"}', 10) l (id)), array[given.lead_id('1')], 'a list finds leads that lack something');
select is((select count(*) from core.find_leads('{"lacks": "caller"}', 10)), 0::bigint, 'and not those that do not');
select api.log_activity(given.lead_id('1'), '{"kind": "call", "direction": "in", "seconds": 9}');
select is(core.first_call_at(core.current_workspace(), given.lead_id('1')), null, 'first_call_at() is not when the person called');
select api.log_activity(given.lead_id('1'), '{"kind": "call", "at": "2026-11-02 14:05-05"}');
select is(core.first_call_at(core.current_workspace(), given.lead_id('1')), '2026-11-02 14:05-05', 'but when they were called');
select is((select count(*) from core.find_leads('{"called": "in_time", "lead_status": "contacted"}', 10)), 1::bigint, 'and the list finds that, too');

-- What is kept
select is(core.most_events_read(), 20000, 'most_events_read() is what is cheaper to read than the leads');
select is(core.keep_figures(core.current_workspace()), false, 'today is not kept');
select is((select count(*) from core.missing_days(given.row())), 0::bigint, 'nor missing: missing_days()');
select given.now('2026-11-05 14:10-05');
select results_eq('select * from core.missing_days(given.row())', $$values ('2026-11-04'::date), ('2026-11-03'), ('2026-11-02')$$, 'days that are over are, the newest first');
select is(core.keep_figures(core.current_workspace()), false, 'keep_figures() keeps them');
select results_eq($$select day, kind, received from crm.day_figures where workspace_id = core.current_workspace() order by kind$$,
  $$values ('2026-11-02'::date, 'all', 1), ('2026-11-02', 'caller', 1), ('2026-11-02', 'campaign', 1), ('2026-11-02', 'source', 1), ('2026-11-02', 'state', 1)$$, 'with one lead');
select is((select count(*) from core.kept_days(given.row(), '-infinity', 'infinity')), 3::bigint, 'kept_days() are true');
select api.close_lead(given.lead_id('1'));
select results_eq('select * from core.changed_days(core.current_workspace(), (select seq from crm.figure_positions where workspace_id = core.current_workspace()), 1000)',
  $$values ('2026-11-02'::date)$$, 'until a lead changes: changed_days()');
select is((select count(*) from core.kept_days(given.row(), '-infinity', 'infinity')), 2::bigint, 'its day is not true any more');
select is((select sum(f.closed) from core.figures(given.row(), '2026-11-02 00:00-05', '2026-11-03 00:00-05', false) f where f.kind = 'all'), 1::bigint, 'so figures() reads the lead');
select core.forget_days(core.current_workspace(), '{2026-11-02,2026-11-03}');
select is((select array_agg(k.day) from crm.figure_days k where k.workspace_id = core.current_workspace()), '{2026-11-04}', 'forget_days() throws days away');
select core.keep_day(given.row(), '2026-11-02');
select is((select f.closed from crm.day_figures f where f.workspace_id = core.current_workspace() and f.kind = 'all'), 1, 'and keep_day() counts one: count_leads_of()');

-- Idle is who has had leads for half an hour and did nothing.
select given.workspace(), given.now('2026-11-05 12:00+05:30');
select given.caller('Idler'), given.leads('late');
select given.now('2026-11-05 12:01+05:30');
select is((select t.is_idle from core.caller_standings(core.current_workspace()) t), false, 'who just got a lead is not idle');
select given.now('2026-11-05 12:31+05:30');
select is((select t.is_idle from core.caller_standings(core.current_workspace()) t), true, 'who did nothing with it for half an hour is');

select * from finish();
rollback;
