-- A lead that nobody claims in time goes to somebody else, and after a while waits for a manager.
begin;
\ir ../given.psql
select * from no_plan();

create function given.at(p_time text) returns boolean language sql as $$
  select given.now('2026-01-05 ' || p_time || '+05:30');
  select api.tick();
$$;
create function given.history(p_name text) returns text language sql
return (select string_agg(concat_ws(' ', c.name, a.status, to_char(a.ended_at at time zone 'Asia/Kolkata', 'HH24:MI')), ', ' order by a.seq)
        from routing.assignments_of_lead(core.current_workspace(), given.lead_id(p_name)) a join crm.callers c on c.id = a.caller_id);
create function given.log(p_name text) returns text language sql
return (select string_agg(concat_ws(' ', e.kind, c.name, e.actor), ', ' order by e.seq) from crm.events e left join crm.callers c on c.id = e.caller_id where e.lead_id = given.lead_id(p_name));

-- From one to the next.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 10, p_most_expiries => 3);
select given.caller(n) from unnest('{Asha,Bina,Chitra,Deepa,Esha}'::text[]) n;
select given.leads('a');
select is(core.has_overdue(core.current_workspace()), false, 'nothing is overdue at once');
select is(given.at('12:09:59'), false, 'before its time');
select is(given.history('a'), 'Asha assigned', 'a lead stays where it is');
select given.now('2026-01-05 12:10+05:30');
select is(core.has_overdue(core.current_workspace()), true, 'then it is overdue');
select given.at('12:10');
select is(given.history('a'), 'Asha expired 12:10, Bina assigned', 'and goes to the next');
select is(given.log('a'), 'lead.assigned Asha cli, lead.expired Asha tick, lead.assigned Bina tick', 'which the log tells');
select is(api.get_lead(given.lead_id('a')) ->> 'claim_by', '2026-01-05T06:50:00+00:00', 'who has as much time');
select is(given.fate('a'), 'Bina: No state or city: global round robin', 'for a reason like any other');
select given.at('12:19'), given.at('12:20');
select is(given.history('a'), 'Asha expired 12:10, Bina expired 12:20, Chitra assigned', 'and so on');
select given.at('12:30');
select is(given.history('a'), 'Asha expired 12:10, Bina expired 12:20, Chitra expired 12:30', 'at most as often as the rule says');
select is(given.fate('a'), 'queued: Not claimed by 3 callers', 'then it waits');
select results_eq($$select x.rule, x.caller, x.detail from routing.explain(given.lead_id('a')) x$$, $$values ('claims', 'Asha', 'let it expire'), ('claims', 'Bina', 'let it expire'), ('claims', 'Chitra', 'let it expire')$$, 'explain() names them');
select is(api.get_lead(given.lead_id('a')) ->> 'is_held', 'true', 'held for a manager');
select is(given.log('a'), 'lead.assigned Asha cli, lead.expired Asha tick, lead.assigned Bina tick, lead.expired Bina tick, lead.assigned Chitra tick, lead.expired Chitra tick, lead.queued tick', 'which the log tells, too');
select given.at('23:00');
select is(given.callers_of('a'), '-', 'and nothing moves it');
select is(routing.refused_by(core.current_workspace(), given.lead_id('a')) @> array[given.caller_id('Asha'), given.caller_id('Bina'), given.caller_id('Chitra')], true, 'refused_by() knows who let it expire');
select is((select string_agg(distinct c.name || ' ' || c.status, ', ') from crm.callers c where c.workspace_id = core.current_workspace() and c.status <> 'active'), null, 'nobody is paused for it');
select is(given.count_of('Asha', '2026-01-05'), 1, 'it counted for the day of each');
select is(routing.open_leads(core.current_workspace(), given.caller_id('Asha')), 0, 'and burdens nobody');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- What a manager does with it.
select api.hold_lead(given.lead_id('a'), false);
select given.now('2026-01-05 23:01+05:30'), api.tick();
select is(given.callers_of('a'), 'Deepa', 'let go, it is dealt to who has not been asked');
select given.at('23:11');
select is(given.fate('a'), 'queued: Not claimed by 4 callers', 'but once, if nobody claims it');
select is(api.reassign_lead(given.lead_id('a'), null) -> 'assigned_caller' ->> 'name', 'Esha', 'sent through routing it goes to who is left');
select given.at('23:21');
select is((select count(distinct caller_id) = count(*) from crm.lead_assignments where lead_id = given.lead_id('a')), true, 'nobody was asked twice');
select is(api.reassign_lead(given.lead_id('a'), null) ->> 'assignment_reason', 'All callers let it expire', 'when all have let it expire it waits');
select is(api.reassign_lead(given.lead_id('a'), given.caller_id('Asha')) -> 'assigned_caller' ->> 'name', 'Asha', 'a manager may still give it to anybody');
select given.at('23:59');
select is(given.callers_of('a'), 'Asha', 'where it stays');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Never asked again, also when nobody else is there.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('goa', '{state}', p_claim_minutes => 10, p_most_expiries => 5), given.rule('all', p_claim_minutes => 20, p_most_expiries => 5);
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}'), given.caller('Chitra');
select given.leads('a', 'Goa');
select given.at('12:10'), given.at('12:20');
select is(given.fate('a'), 'Chitra: All Goa callers let it expire: global round robin', 'when all of a pool have let it expire the next rule has its turn');
select is((select string_agg(concat_ws(' ', x.rule, x.caller, x.outcome, x.detail), ', ' order by x.step, x.place) from routing.explain(given.lead_id('a')) x),
  'goa Asha skipped let it expire, goa Bina skipped let it expire, all Chitra chosen next in turn, all Asha skipped let it expire, all Bina skipped let it expire', 'the explanation says who had let it expire');
select given.at('12:30');
select is(given.callers_of('a'), 'Chitra', 'with the time of that rule');
select given.at('12:40');
select is(given.fate('a'), 'queued: All callers let it expire', 'when all have, it waits before its number is full');
select is(api.get_lead(given.lead_id('a')) ->> 'is_held', 'false', 'for whoever comes');
select given.at('13:00');
select is(given.callers_of('a'), '-', 'nobody is asked again');
select given.caller('Deepa');
select given.at('13:01');
select is(given.callers_of('a'), 'Deepa', 'who comes is asked');
select given.at('13:21');
select given.caller('Esha');
select given.at('13:22');
select is(given.callers_of('a'), 'Esha', 'one after the other');
select given.at('13:42');
select is(given.fate('a'), 'queued: Not claimed by 5 callers', 'up to the number');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Claimed ones never expire, nor what has ended.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 10), given.caller('Asha'), given.caller('Bina');
select given.leads('claimed closed given paused');
select api.claim_lead(given.lead_id('claimed'), given.caller_id('Asha')), api.close_lead(given.lead_id('closed')), api.reassign_lead(given.lead_id('given'), given.caller_id('Bina')), api.set_caller_status(given.caller_id('Asha'), 'paused');
select given.at('13:00');
select is(given.history('claimed'), 'Asha assigned', 'what was claimed never expires');
select is(given.history('closed'), 'Bina closed 12:00', 'nor what was closed');
select is(given.history('given'), 'Asha reassigned 12:00, Bina assigned', 'nor what a manager gave');
select is(given.history('paused'), 'Bina expired 13:00', 'only what waits to be claimed');
select is(given.fate('paused'), 'queued: No caller free (1 paused, 1 let it expire)', 'and with nobody else free it waits');
select api.set_caller_status(given.caller_id('Asha'), 'active');
select given.at('13:01');
select is(given.callers_of('paused'), 'Asha', 'for who comes back');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Many, and the soonest first.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 10, p_most_expiries => 1), given.caller('Asha');
insert into crm.leads (workspace_id, name) select core.current_workspace(), 'late ' || nr from generate_series(1, 39) nr;
select given.now('2026-01-05 11:59+05:30');
select given.leads('soonest');
select is(given.at('12:10'), true, 'a few expire in a tick, and it says that there are more');
select is(array[count(*) filter (where is_held), count(*) filter (where caller_name is not null)], array[25::bigint, 15], 'the others wait for the next') from core.lead_cards l where l.workspace_id = core.current_workspace();
select is(given.fate('soonest'), 'queued: Not claimed by 1 caller', 'the soonest overdue come first');
select is(given.at('12:10'), false, 'until all are done');
select is((select count(*) from crm.queue q where q.workspace_id = core.current_workspace() and q.is_held), 40::bigint, 'none is forgotten');
select is(routing.expire_claims(core.current_workspace()), 0, 'nothing expires twice');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- The rule's patience is what it is when the time is over.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 10, p_most_expiries => 5), given.caller('Asha'), given.caller('Bina'), given.leads('a');
update crm.rules set most_expiries = 1, claim_minutes = 60 where workspace_id = core.current_workspace() and name = 'all';
select given.at('12:10');
select is(given.fate('a'), 'queued: Not claimed by 1 caller', 'a rule that has become less patient holds sooner; the time given stays');
select api.hold_lead(given.lead_id('a'), false);
select is(given.refusal(format('select routing.hold_unclaimed(core.current_workspace(), %L, now())', given.lead_id('a'))) ~ '^23505', true, 'a lead is in the queue once');
select routing.deal_again(core.current_workspace(), array[given.lead_id('a')]);
select is(given.callers_of('a'), 'Bina', 'deal_again() asks nobody again');
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

select * from finish();
rollback;
