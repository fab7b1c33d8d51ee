-- Alerts: raised once however many leads they are about, cleared when their cause is gone, and told by the log.
begin;
\ir ../given.psql
select * from no_plan();

create function given.at(p_time text) returns void language sql as $$
  select given.now('2026-01-05 ' || p_time || '+05:30');
  select api.tick();
$$;
-- What the log says of alerts: "raised all_at_cap, cleared all_at_cap".
create function given.alerts() returns text language sql
return (select string_agg(substr(e.kind, 7) || ' ' || (e.data ->> 'alert'), ', ' order by e.seq) from crm.events e
        where e.workspace_id = core.current_workspace() and e.kind like 'alert.%');
create function given.open_alert() returns jsonb language sql return api.list_alerts('{"open": true}') -> 'items' -> 0;

-- Nobody is free.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Kavita', '{Goa}', 1);
select given.leads('a');
select given.at('12:00');
select is(given.alerts(), null, 'while somebody is free there is nothing to say');
select given.leads('b c');
select given.at('12:00:01');
select is(given.alerts(), 'raised all_at_cap', 'a lead that waits because all are at their cap is an alert');
select is(given.open_alert() - '{id,raised_at}'::text[], jsonb_build_object(
  'alert', 'all_at_cap', 'title', 'Leads wait in the queue', 'reason', 'All callers at their cap', 'details', jsonb_build_object('lead_id', given.lead_id('b'), 'waiting', 2),
  'gone_since', null, 'cleared_at', null, 'acknowledged_at', null, 'acknowledged_by', null), 'which says why, and since which lead');
select is((select e.data from crm.events e where e.workspace_id = core.current_workspace() and e.kind = 'alert.raised'),
  (select jsonb_build_object('id', a -> 'id', 'alert', a -> 'alert', 'title', a -> 'title', 'reason', a -> 'reason', 'details', a -> 'details') from given.open_alert() a), 'and so does the log');
select given.leads('d'), given.at('12:00:02');
select given.leads('e'), given.at('12:10');
select is(given.alerts(), 'raised all_at_cap', 'more of them are no more alerts');
select given.change('Kavita', 'daily_limit = 10'), given.at('12:11');
select is(given.callers_of('a b c d e'), 'Kavita Kavita Kavita Kavita Kavita', 'when somebody is free again');
select is(given.open_alert() ->> 'gone_since', '2026-01-05T06:41:00+00:00', 'the cause is gone');
select is(given.alerts(), 'raised all_at_cap', 'but not yet the alert');
select given.change('Kavita', 'daily_limit = 1'), given.leads('f'), given.at('12:14');
select is(given.open_alert() ->> 'gone_since', null, 'for it may come back');
select given.change('Kavita', 'daily_limit = 10'), given.at('12:15'), given.at('12:19:59');
select is(given.alerts(), 'raised all_at_cap', 'after less than five minutes of calm it is open');
select given.at('12:20');
select is(given.alerts(), 'raised all_at_cap, cleared all_at_cap', 'then it is over');
select is((select e.data ->> 'reason' from crm.events e where e.workspace_id = core.current_workspace() and e.kind = 'alert.cleared'), 'Nobody waits any more', 'which the log tells');
select is(given.open_alert(), null, 'nothing is open');
select is(api.list_alerts('{"open": false}') -> 'items' -> 0 ->> 'cleared_at', '2026-01-05T06:50:00+00:00', 'the past remembers it');
select given.at('13:00');
select is(given.alerts(), 'raised all_at_cap, cleared all_at_cap', 'for good');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Looking again only when there is something to see.
select is((select k.seq from crm.alert_looks k where k.workspace_id = core.current_workspace()), (select w.event_seq from crm.workspaces w where w.id = core.current_workspace()), 'how far was looked is kept');
create function given.looks() returns tid language sql return (select ctid from crm.alert_looks k where k.workspace_id = core.current_workspace());
select set_config('given.before', given.looks()::text, true), given.at('13:00:59');
select is(given.looks()::text, current_setting('given.before'), 'nothing is looked at while nothing happens');
select given.at('13:01');
select isnt(given.looks()::text, current_setting('given.before'), 'but every minute, and after an event');

-- Claims run out.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 10, p_most_expiries => 1), given.caller('Asha');
select given.leads('a b c');
select api.claim_lead(given.lead_id('c'), given.caller_id('Asha')), given.at('12:09');
select is(given.alerts(), null, 'while there is time to claim nothing is wrong');
select given.at('12:10');
select is(given.alerts(), 'raised claims_ran_out', 'leads on hold because nobody claimed them are one alert');
select is(given.open_alert() ->> 'reason', 'Not claimed by 1 caller', 'with its reason');
select is(core.unclaimed_lead(core.current_workspace()), given.lead_id('a'), 'about the one that waits longest');
select api.reassign_lead(given.lead_id('a'), given.caller_id('Asha')), given.at('12:11'), given.at('12:30');
select is(given.alerts(), 'raised claims_ran_out', 'as long as one is left');
select api.close_lead(given.lead_id('b')), given.at('12:31'), given.at('12:36');
select is(given.alerts(), 'raised claims_ran_out, cleared claims_ran_out', 'and over with the last');
update crm.callers set status = 'paused' where workspace_id = core.current_workspace();
select given.leads('d'), api.hold_lead(given.lead_id('d'), true), given.at('12:40');
select is(given.open_alert(), null, 'what a manager holds back is no alert');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Acknowledging.
select api.hold_lead(given.lead_id('d'), false), given.at('12:41');
select is(api.acknowledge_alert((given.open_alert() ->> 'id')::bigint) ->> 'acknowledged_by', 'cli', 'whoever knows of an alert says so');
select is(api.acknowledge_alert((given.open_alert() ->> 'id')::bigint) ->> 'acknowledged_at', '2026-01-05T07:11:00+00:00', 'once is enough');
select is(given.alerts(), 'raised claims_ran_out, cleared claims_ran_out, raised all_at_cap, acknowledged all_at_cap', 'which the log tells');
select is(given.refusal('select api.acknowledge_alert(0)'), 'LD404: There is no alert 0', 'but not of what is not there');
select is(given.refusal(format('select api.acknowledge_alert(%s)', api.list_alerts('{"open": false}') -> 'items' -> 0 -> 'id')), 'LD409: The alert is over', 'nor of what is over');

-- Which are on.
select is(api.get_alert_settings() - 'etag',
  '{"alerts": ["all_at_cap", "claims_ran_out", "nothing_arrived", "caller_gone"], "quiet_minutes": null, "hours": null}', 'at first all are on');
select is(api.update_alert_settings('{"alerts": ["nothing_arrived", "claims_ran_out"], "quiet_minutes": 60, "hours": [{"days": [1, 2], "from": "09:00", "to": "18:00"}]}') - 'etag',
  '{"alerts": ["claims_ran_out", "nothing_arrived"], "quiet_minutes": 60, "hours": [{"days": [1, 2], "from": "09:00", "to": "18:00"}]}', 'an admin chooses');
select is((select e.data from crm.events e where e.workspace_id = core.current_workspace() and e.kind = 'alert_settings.updated'), api.get_alert_settings() - 'etag', 'which the log tells');
select given.at('12:42');
select is(given.open_alert(), null, 'one that is switched off is cleared at once');
select is((select e.data ->> 'reason' from crm.events e where e.workspace_id = core.current_workspace() and e.kind = 'alert.cleared' order by e.seq desc limit 1), 'It was switched off', 'for that reason');
select given.at('12:43');
select is(given.open_alert(), null, 'and not raised again');
select alike(given.refusal(format('select api.update_alert_settings(%L)', v)), k || ': %', why) from (values
  ('{"alerts": ["boredom"]}', '23514 alert_settings_alerts_known', 'an alert is one of the three'),
  ('{"alerts": [], "quiet_minutes": 4}', '23514 alert_settings_quiet_minutes_range', 'five minutes are no silence'),
  ('{"alerts": [], "hours": [{"days": [8], "from": "09:00", "to": "18:00"}]}', 'LD422 hours', 'a week has seven days')
) as t (v, k, why);

-- Silence, after so many minutes.
select given.workspace();
select api.update_alert_settings('{"alerts": ["nothing_arrived"], "quiet_minutes": 60, "hours": [{"days": [1], "from": "09:00", "to": "18:00"}]}');
select given.at('12:00');
select is(given.alerts(), null, 'where no lead has ever come none is missed');
select given.leads('a');
select given.at('12:59');
select is(given.alerts(), null, 'an hour is not over');
select given.at('13:00');
select is(given.alerts() || ': ' || (given.open_alert() ->> 'reason'), 'raised nothing_arrived: None for 1 h 0 min', 'then it is');
select given.at('18:30'), given.now('2026-01-06 10:00+05:30'), api.tick();
select is(given.alerts(), 'raised nothing_arrived', 'it stays until a lead comes');
select given.leads('b'), api.tick();
select is(given.alerts(), 'raised nothing_arrived, cleared nothing_arrived', 'with which it is over at once');
select given.now('2026-01-11 12:00+05:30'), api.tick();
select is(given.open_alert(), null, 'a Sunday is not when leads are expected');
select given.now('2026-01-12 09:59+05:30'), api.tick();
select is(given.open_alert(), null, 'nor is the hour before an hour of Monday is over');
select given.now('2026-01-12 10:00+05:30'), api.tick();
select is(given.open_alert() ->> 'reason', 'None for 6 d 0 h', 'which it is then');

-- Silence, judged by the weeks before: 30 leads an hour from 9 to 18 o'clock on Mondays; one of the weeks is a holiday.
select given.workspace();
insert into crm.leads (workspace_id, id, name, created_at)
select core.current_workspace(), core.first_id(t.at), t.at, t.at
from unnest('{2025-12-08,2025-12-15,2025-12-29,2026-01-05}'::date[]) d,
  lateral (select (d + time '09:00' + nr * interval '2 minutes') at time zone 'Asia/Kolkata' as at from generate_series(0, 269) nr) t
where t.at <= '2026-01-05 12:00+05:30';
select is(core.last_arrival(core.current_workspace()), '2026-01-05 12:00+05:30'::timestamptz, 'the last lead came at noon');
select is(core.arrivals(core.current_workspace(), '2025-12-15 12:00+05:30', '2025-12-15 12:30+05:30'), 15, 'arrivals are counted');
select is(core.arrivals(core.current_workspace(), '2025-12-15 09:00+05:30', '2025-12-15 18:00+05:30'), 20, 'as far as it matters');
create function given.silence(p_at timestamptz) returns text language sql return core.unusual_silence(core.alert_settings(core.current_workspace()), p_at);
select is(given.silence('2026-01-05 12:38+05:30'), null, 'a silence in which fewer than 20 used to come is nothing');
select is(given.silence('2026-01-05 12:41+05:30'), 'None for 41 min, in which 20 or more came in the weeks before', 'one in which 20 came in three of four weeks is unusual');
select given.at('12:41');
select is(given.open_alert() ->> 'title', 'No leads arrive', 'which is an alert');
update crm.alerts set cleared_at = raised_at, gone_since = raised_at where workspace_id = core.current_workspace();
set local session_replication_role = replica;  -- leads are never deleted; here one week is to have had none
delete from crm.lead_assignments where workspace_id = core.current_workspace();
delete from crm.queue where workspace_id = core.current_workspace();
delete from crm.leads where workspace_id = core.current_workspace() and created_at between '2025-12-15' and '2025-12-16';
set local session_replication_role = origin;
select is(given.silence('2026-01-05 15:00+05:30'), null, 'two weeks are not enough to know what is usual');

-- When leads are expected, and words.
select is(core.active_minutes(null, '2026-01-05 12:00'), 10080, 'leads are expected always');
select is(core.active_minutes(routing.read_hours('[{"days": [1], "from": "09:00", "to": "18:00"}]'), '2026-01-05 12:00'), 180, 'or since this morning');
select is(core.active_minutes(routing.read_hours('[{"days": [1], "from": "09:00", "to": "18:00"}]'), '2026-01-05 18:00'), null, 'or not now');
select is(core.active_minutes(routing.read_hours('[{"days": [7], "from": "22:00", "to": "06:00"}]'), '2026-01-05 01:00'), 180, 'a shift may begin on Sunday');
select is(core.describe_minutes(n), w, 'durations in words') from (values (47, '47 min'), (200, '3 h 20 min'), (3120, '2 d 4 h')) t (n, w);

-- Whatever is wrong with telling does not stop dealing.
select given.workspace(), given.no_rules(), given.rule('all'), given.now('2026-01-05 12:00+05:30');
select given.leads('a');
alter table crm.alert_looks add constraint broken check (seq < 0) not valid;
select given.caller('Asha'), given.at('12:01');
select is(given.callers_of('a'), 'Asha', 'a waiting lead is dealt though looking for alerts fails');
alter table crm.alert_looks drop constraint broken;

-- The parts: has_cause, find_cause, raise_alert, settle_alert, alert_json and alert_settings_json are what raise_alerts() and the lists above are made of.
select lives_ok($$select core.raise_alerts(core.current_workspace())$$, 'raise_alerts() may be called by itself');
-- Leads of somebody who is not there.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha'), given.caller('Bina');
select given.leads('a b c d'), given.at('12:00');
select api.set_caller_status(given.caller_id('Bina'), 'paused'), given.at('12:01');
select is(given.alerts(), null, 'who is paused may work on what is open');
select api.archive_caller(given.caller_id('Asha'), 'keep'), given.at('12:02');
select is(given.open_alert() - '{id,raised_at}'::text[], jsonb_build_object(
  'alert', 'caller_gone', 'title', 'Open leads are with callers who are gone or away', 'reason',
    'Asha is archived and has 2 open leads',
  'details', jsonb_build_object('open', 2, 'callers',
    jsonb_build_array(jsonb_build_object('caller_id', given.caller_id('Asha'), 'name', 'Asha', 'standing',
    'archived', 'open', 2))),
  'gone_since', null, 'cleared_at', null, 'acknowledged_at', null, 'acknowledged_by', null),
    'open leads of an archived caller are an alert');
select given.change('Bina', $$status = 'active', time_off = '{[2026-01-05 12:03+05:30,2026-01-05 12:20+05:30)}'$$),
  given.at('12:03');
select is((select string_agg(l.name || ' ' || l.standing || ' ' || l.open, ', ' order by l.name)
  from core.left_leads(core.current_workspace(), core.current_time()) l),
  'Asha archived 2, Bina away 2', 'left_leads() names who is away, too');
select is(core.describe_left(array(select l from generate_series(1, 5) nr,
  lateral (select row(null, 'C' || nr, 'away', nr)::core.left_lead as l) t)),
  'C1 is away and has 1 open lead, C2 is away and has 2 open leads, C3 is away and has 3 open leads, and 2 more',
    'describe_left() says it in words');
select api.close_lead(given.lead_id(n)) from unnest('{a,c}'::text[]) n;
select given.at('12:12');
select is(given.alerts(), 'raised caller_gone', 'it stays while any are left');
select given.at('12:21'), given.at('12:26');
select is(given.alerts(), 'raised caller_gone, cleared caller_gone',
  'and is over when everybody who has leads is there');

select * from finish();
rollback;
