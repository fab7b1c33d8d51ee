-- The queue drains by itself: as soon as somebody can take them, waiting leads are dealt, oldest first.
begin;
\ir ../given.psql
select * from no_plan();

-- The alert that leads wait comes and goes besides.
create function given.events() returns bigint language sql return (select count(*) from crm.events where workspace_id = core.current_workspace() and kind not like 'alert.%');
create function given.waiting() returns text language sql
return (select string_agg(l.name, ' ' order by q.seq) from crm.queue q join crm.leads l on l.workspace_id = q.workspace_id and l.id = q.lead_id where q.workspace_id = core.current_workspace());
-- Waiting leads before and after something happened and the tick came: "a b c > b c".
create function given.drained(p_by text) returns text language plpgsql as $$
declare
  v_before text := given.waiting();
begin
  perform api.tick();
  if given.waiting() is distinct from v_before then
    raise exception 'the queue drained before anything happened: % > %', v_before, given.waiting();
  end if;
  execute p_by;
  perform api.tick();
  return coalesce(v_before, '-') || ' > ' || coalesce(given.waiting(), '-');
end $$;

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}', 1), given.change('Asha', 'max_load = 5');
select given.leads('had a b c d e f g h i j k');
select is(given.waiting(), 'a b c d e f g h i j k', 'leads wait in the order they came');

-- Whatever frees somebody.
select is(given.drained($$select api.update_caller(given.caller_id('Asha'), '{"name": "Asha", "states": ["Goa"], "daily_limit": 2, "max_load": 5}')$$), 'a b c d e f g h i j k > b c d e f g h i j k', 'a cap raised: the oldest is dealt');
select is(given.drained($$select given.now('2026-01-06 00:00+05:30')$$), 'b c d e f g h i j k > d e f g h i j k', 'a new day: as many as the cap allows');
select is(given.drained($$select given.now('2026-01-07 00:00+05:30')$$), 'd e f g h i j k > e f g h i j k', 'or the load');
select given.change('Asha', 'daily_limit = 0');
select is(given.drained($$select api.close_lead(given.lead_id('had'))$$), 'e f g h i j k > f g h i j k', 'a lead closed: its place is taken');
select is(given.drained($$select given.change('Asha', 'max_load = 6')$$), 'f g h i j k > g h i j k', 'a load raised');
select is(given.drained($$select given.caller('Bina', '{}', 1)$$), 'g h i j k > h i j k', 'a caller who comes');
select is(given.drained($$select api.reassign_lead(given.lead_id('a'), given.caller_id('Bina'))$$), 'h i j k > i j k', 'a lead given to another');
select api.set_caller_status(given.caller_id('Asha'), 'paused'), api.close_lead(given.lead_id('b'));
select is(given.drained($$select api.set_caller_status(given.caller_id('Asha'), 'active')$$), 'i j k > j k', 'a caller resumed');
select given.change('Asha', $$max_load = 7, time_off = '{[2026-01-06 00:00+05:30,2026-01-07 15:00+05:30)}'$$);
select is(given.drained($$select given.now('2026-01-07 15:00+05:30')$$), 'j k > k', 'time off that ends');
select given.change('Asha', $$max_load = 0, time_off = '{}', hours = '{[4320,5760)}'$$);
select is(given.drained($$select given.change('Asha', 'hours = null')$$), 'k > -', 'hours no more');
select is(given.fate('k'), 'Asha: No state or city: global round robin', 'for a reason like any other');
select is((select actor from crm.events where lead_id = given.lead_id('k') order by seq desc limit 1), 'tick', 'and by the tick');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

select given.workspace();
select given.now('2026-01-05 08:00+05:30');
select given.caller('Asha'), given.change('Asha', $$hours = '{[540,1020)}'$$);
select given.leads('a b');
select is(given.waiting(), 'a b', 'before hours leads wait');
select is(given.drained($$select given.now('2026-01-05 08:59:59+05:30')$$), 'a b > a b', 'to the last second');
select is(given.drained($$select given.now('2026-01-05 09:00+05:30')$$), 'a b > -', 'hours that begin');
select given.now('2026-01-05 17:00+05:30'), given.leads('c');
update crm.workspaces set timezone = 'Asia/Dubai' where id = core.current_workspace();
select given.now('2026-01-05 17:01+05:30'), api.tick();
select is(given.callers_of('c'), 'Asha', 'a timezone that changed: at the next minute');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- A plan that changes.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('state', '{state}'), given.caller('Asha', '{Goa}');
select given.leads('k1 k2', 'Kerala');
select is(given.drained($$select given.rule('all')$$), 'k1 k2 > -', 'a rule that is new');
update crm.rules set is_on = false where name = 'all' and workspace_id = core.current_workspace();
select given.leads('k3', 'Kerala');
select is(given.drained($$update crm.rules set is_on = true where name = 'all' and workspace_id = core.current_workspace()$$), 'k3 > -', 'a rule turned on');
update crm.rules set is_on = false where name = 'all' and workspace_id = core.current_workspace();
select given.leads('k4', 'Kerala');
select is(given.drained($$insert into crm.caller_states values (core.current_workspace(), given.caller_id('Asha'), 'Kerala')$$), 'k4 > -', 'a state served');
update crm.rules set condition = given.all(given.term('city', 'is', 'Pune')) where name = 'state'
  and workspace_id = core.current_workspace();
select given.leads('k5', 'Kerala');
select is(given.drained($$update crm.rules set condition = null where name = 'state' and workspace_id = core.current_workspace()$$), 'k5 > -', 'a condition that is gone');
select given.lead('s', '{"source": "Site"}');
select given.rule('site', '{source}');
select is(given.drained($$select given.competence('Asha', 'site')$$), 's > -', 'a competence');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Oldest first, each by its own pools; who stays is left as it is.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
update crm.rules set is_on = false where name = 'global' and workspace_id = core.current_workspace();
select given.caller('Asha', '{Goa}', 0, 'paused'), given.caller('Bina', '{Kerala}', 0, 'paused');
select given.leads('g1', 'Goa'), given.leads('k1', 'Kerala'), given.leads('g2', 'Goa'), given.leads('b1', 'Bihar');
create temp table before as select given.events() as seq, (select array_agg(q order by q.seq) from crm.queue q where q.workspace_id = core.current_workspace()) as queue;
select given.drained($$select given.caller('Chitra')$$);
select is(given.events() - seq, 1::bigint, 'nothing is recorded for those who stay') from before;
select is((select array_agg(q order by q.seq) from crm.queue q where q.workspace_id = core.current_workspace()), queue, 'and they wait as they did') from before;
select is(given.drained($$select api.set_caller_status(given.caller_id('Asha'), 'active'), given.change('Asha', 'daily_limit = 1')$$), 'g1 k1 g2 b1 > k1 g2 b1', 'who is free gets the oldest of the own pool');
select is(given.drained($$select api.set_caller_status(given.caller_id('Bina'), 'active')$$), 'k1 g2 b1 > g2 b1', 'nobody waits for another''s pool');
select is(given.callers_of('g1 k1 g2 b1'), 'Asha Bina - -', 'each goes to who was to have it');
select given.change('Asha', 'daily_limit = 2');
select given.leads('g3', 'Goa');
select api.tick();
select is(given.callers_of('g2 g3'), '- Asha', 'a new lead does not wait for the tick');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Held ones are not dealt; a workspace may leave its queue to managers.
select given.workspace();
select given.caller('Asha', '{}', 0, 'paused');
select given.leads('a b c');
select api.hold_lead(given.lead_id('a'), true);
select is(given.drained($$select api.set_caller_status(given.caller_id('Asha'), 'active')$$), 'a b c > a', 'a held lead is not dealt');
select is(given.drained($$select api.hold_lead(given.lead_id('a'), false)$$), 'a > -', 'until it is let go');
select api.set_caller_status(given.caller_id('Asha'), 'paused');
select given.leads('d');
update crm.workspaces set drains_queue = false where id = core.current_workspace();
select is(given.drained($$select api.set_caller_status(given.caller_id('Asha'), 'active')$$), 'd > d', 'a workspace may leave its queue to managers');
update crm.workspaces set drains_queue = true where id = core.current_workspace();
select api.tick();
select is(given.waiting(), null, 'or not');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- When it is worth looking.
select given.workspace();
select given.now('2026-01-05 12:00:10+05:30');
select is(routing.may_drain(core.current_workspace(), core.current_time()), false, 'without a queue there is nothing to look for');
select given.caller('Asha', '{}', 0, 'paused'), given.leads('a');
select is(routing.may_drain(core.current_workspace(), core.current_time()), true, 'a queue never looked at is looked at');
select is(core.tick_workspace(core.current_workspace()), false, 'once');
select is(routing.may_drain(core.current_workspace(), core.current_time()), false, 'and not again while nothing happens');
select is(routing.may_drain(core.current_workspace(), '2026-01-05 23:59+05:30'), false, 'however long');
select is(routing.may_drain(core.current_workspace(), '2026-01-06 00:00+05:30'), true, 'until another day');
select given.leads('b');
select is(routing.may_drain(core.current_workspace(), core.current_time()), false, 'another lead that waits frees nobody');
select given.caller('Bina');
select is(routing.may_drain(core.current_workspace(), core.current_time()), true, 'a caller may');
select api.tick();
select is(given.callers_of('a b'), 'Bina Bina', 'and does');
select api.set_caller_status(given.caller_id('Bina'), 'paused'), given.leads('c'), given.change('Asha', $$hours = '{[0,5)}'$$), api.tick();
select is(array[routing.may_drain(core.current_workspace(), '2026-01-05 12:00:59+05:30'), routing.may_drain(core.current_workspace(), '2026-01-05 12:01+05:30')], '{f,t}', 'with hours to watch, every minute is another');
select results_eq($$select t.seq, t.at, t.resume_after from crm.ticks t where t.workspace_id = core.current_workspace()$$, $$select max(seq), core.current_time(), 0::bigint from crm.events where workspace_id = core.current_workspace() and kind not like 'alert.%'$$, 'a tick remembers what it saw');

-- More than a thousand are looked through in several ticks.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
update crm.rules set is_on = false where name = 'global' and workspace_id = core.current_workspace();
select given.caller('Asha', '{Goa}', 0, 'paused'), given.caller('Bina', '{Kerala}', 0, 'paused');
insert into crm.leads (workspace_id, name, state) select core.current_workspace(), 'g' || nr, 'Goa' from generate_series(1, 2100) nr;
select given.leads('k1 k2', 'Kerala');
create function given.ticks() returns text language plpgsql as $$
declare
  v_said boolean[] := '{}';
begin
  loop
    v_said := v_said || api.tick();
    exit when not v_said[cardinality(v_said)] or cardinality(v_said) > 9;
  end loop;
  return array_to_string(v_said, ' ');
end $$;
select is(given.ticks(), 't t f', 'a tick says true while there is more to look through');
select is(given.ticks(), 'f', 'and begins anew only if something happened');
create temp table seen as select given.events() as seq;
select api.set_caller_status(given.caller_id('Bina'), 'active');
select is(array[api.tick(), api.tick()], '{t,t}', 'two thousand who stay are passed by');
select is(given.callers_of('k1 k2'), '- -', 'whoever comes behind has to wait for that');
select is(api.tick(), false, 'for three ticks');
select is(given.callers_of('k1 k2'), 'Bina Bina', 'but not for ever');
select is(given.events() - seq, 3::bigint, 'nothing is recorded for those who stay') from seen;
select api.set_caller_status(given.caller_id('Bina'), 'paused'), given.leads('k3', 'Kerala');
select api.tick();
select api.set_caller_status(given.caller_id('Asha'), 'active'), given.change('Asha', 'daily_limit = 5');
select given.ticks();
select todo(1, 'the rest of the queue is looked through first, so that its end is reached at all');
select is(given.callers_of('g1 g2 g5 g6'), 'Asha Asha Asha -', 'who is freed while the queue is looked through gets the oldest all the same');
select is(given.count_of('Asha', '2026-01-05'), 5, 'as many as can be');
select given.change('Asha', 'daily_limit = 0');
select given.ticks();
select is((select count(*) from crm.queue where workspace_id = core.current_workspace()), 1::bigint, 'a queue of any length drains');
select is((select array_agg(distinct l.caller_name) from core.lead_cards l where l.name ~ '^g\d' and l.workspace_id = core.current_workspace()), '{Asha}', 'and whole');
select is(given.waiting(), 'k3', 'but for who has nobody');
select is(routing.drain_queue(core.current_workspace()), false, 'drain_queue() says whether there is more');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Who let a lead expire is not asked by the queue either.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 5, p_most_expiries => 9), given.caller('Asha'), given.caller('Bina', '{}', 0, 'paused');
select given.leads('x y');
select given.now('2026-01-05 12:05+05:30'), api.tick();
select is(given.waiting(), 'x y', 'leads that expired wait');
select given.leads('z');
select is(given.callers_of('z'), 'Asha', 'who let them expire still gets others');
select is(given.drained($$select api.set_caller_status(given.caller_id('Bina'), 'active')$$), 'x y > -', 'and somebody else gets those');
select is(given.callers_of('x y'), 'Bina Bina', 'who was not asked before');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- A tick that fails in one workspace goes on in the others.
create temp table broken as select core.current_workspace() as id;
select api.set_caller_status(given.caller_id('Asha'), 'paused'), api.set_caller_status(given.caller_id('Bina'), 'paused'), given.leads('stuck');
select api.tick();
select api.set_caller_status(given.caller_id('Asha'), 'active');
alter table crm.deals add constraint deals_broken check (rule <> 'all') not valid;
select given.workspace(), given.caller('Carl', '{}', 0, 'paused'), given.leads('fine'), api.set_caller_status(given.caller_id('Carl'), 'active');
select is(api.tick(), false, 'a workspace whose leads cannot be dealt does not stop the tick');
select is(given.callers_of('fine'), 'Carl', 'nor the others');
alter table crm.deals drop constraint deals_broken;
select set_config('fairlead.workspace_id', id::text, true) from broken;
select api.tick();
select is(given.callers_of('stuck'), 'Asha', 'and is served once it is repaired');
select is(current_setting('fairlead.actor'), 'cli', 'a tick leaves who acts as it was');
select is(cardinality(routing.assigned_picks(array[row(crm.new_id(), null, null, null, null, 'nobody'), row(crm.new_id(), 1, 1, given.caller_id('Asha'), null, 'x')]::routing.pick[])), 1, 'assigned_picks() are those for somebody');
select api.tick();
select given.leads('due');
select is(array(select t from api.begin_tick() t where t = core.current_workspace()),
  array[core.current_workspace()], 'begin_tick() names a workspace in which something happened');
select is(api.tick(core.current_workspace()), false, 'which can be ticked by itself');
select is(core.is_due(w), false, 'and has nothing more to do then') from crm.workspaces w
  where w.id = core.current_workspace();
select lives_ok($$select api.try_intake('01a1fba6-0000-7000-8000-000000000001')$$, 'try_intake() stores no lead');
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

select * from finish();
rollback;
