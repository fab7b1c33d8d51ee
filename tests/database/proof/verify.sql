-- routing.verify() finds whatever is wrong with the record, and nothing when it is right.
begin;
\ir ../given.psql
select * from no_plan();

create function given.move(p_timezone text) returns text language sql as $$
  update crm.workspaces set timezone = p_timezone where id = core.current_workspace() returning timezone
$$;

-- A record with something of everything.
select given.workspace('America/New_York'); select given.caller('Else', '{}', 1); select given.leads('e1 e2');
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}', 3), given.caller('Bina', '{Goa}'), given.caller('Chitra', '{Kerala}', 0, 'paused'), given.caller('Deepa', '{}', 2), given.caller('Esha', '{Kerala}');
select api.archive_caller(given.caller_id('Esha'));
select given.leads('g1 g2 g3 g4', 'Goa'), given.leads('k1', 'Kerala'), given.leads('n1 n2 n3');
select api.reassign_lead(given.lead_id('g4'), given.caller_id('Asha'), 'knows him'), api.reassign_lead(given.lead_id('n1'), null, null);
select given.now('2026-01-06 23:00+05:30');
select api.set_caller_status(given.caller_id('Bina'), 'paused'), api.set_caller_status(given.caller_id('Deepa'), 'paused');
select given.leads('w1 w2 w3 w4', 'Goa');
select given.leads('solo', 'Goa');
select is((select string_agg(coalesce(caller_name, '-'), ' ' order by name) from core.lead_cards where name like 'w%'), 'Asha Asha Asha -', 'some leads wait');
select is_empty('select * from routing.verify()', 'an honest record has no violation');

select given.move('Pacific/Auckland');
select is_empty('select * from routing.verify()', 'and stays one when the workspace moves to another timezone');
select given.move('Asia/Kolkata');

create function given.violations(p_tampering text) returns text language sql
return coalesce(given.after(p_tampering, 'select string_agg(distinct violation, $$, $$ order by violation) from routing.verify()'), 'none');
select is(given.violations('select'), 'none', 'nothing tampered with, nothing found');

create function given.event(p_kind text, p_name text) returns bigint language sql
return (select max(seq) from crm.events where kind = p_kind and workspace_id = core.current_workspace()
        and coalesce(lead_id = given.lead_id(p_name), caller_id = given.caller_id(p_name), data ->> 'name' = p_name));

create temp table damage (part int, violation text, how text, tampering text);
create function given.found(p_part int) returns setof text language sql as $$
  select alike(given.violations(d.tampering), '%' || d.violation || '%', format('finds that %s: %s', d.violation, d.how)) from damage d where d.part = p_part
$$;

-- verify_statuses() looks at these.
select api.log_activity(given.lead_id('g1'), '{"kind": "note", "body": "x"}');
insert into damage values
  (1, 'a lead is not as far as the log says', 'a status set', $$update crm.leads set status = 'qualified' where id = given.lead_id('g1')$$),
  (1, 'a lead has ended and is open', 'a lead lost', $$update crm.leads set status = 'lost' where id = given.lead_id('g1')$$),
  (1, 'an event has no activity', 'an activity deleted', $$delete from crm.activities where lead_id = given.lead_id('g1')$$),
  (1, 'an activity has no event', 'an activity given another number', $$update crm.activities set seq = seq + 1 where lead_id = given.lead_id('g1')$$),
  (1, 'a lead is not as far as the log says', 'a note made a call', $$update crm.activities set counts_as_contacted = true where lead_id = given.lead_id('g1')$$),
  (1, 'an activity was withdrawn without an event', 'an activity withdrawn', $$update crm.activities set withdrawn_seq = 1, withdrawn_at = now() where lead_id = given.lead_id('g1')$$),
  (1, 'a lead is neither assigned nor queued', 'a lead taken out of the queue', $$delete from crm.queue where lead_id = given.lead_id('w4')$$),
  (1, 'a lead is neither assigned nor queued', 'an assignment ended', $$update crm.lead_assignments set ended_at = now(), ended_seq = 1, status = 'reassigned' where lead_id = given.lead_id('g1')$$),
  (1, 'a lead is neither assigned nor queued', 'a lead smuggled in', $$insert into crm.leads (workspace_id, name, created_at) values (core.current_workspace(), 'smuggled', now())$$),
  (1, 'a lead is both assigned and queued', 'an assigned lead put into the queue', $$insert into crm.queue values (core.current_workspace(), given.lead_id('g1'), 1, 'x', now())$$),
  (1, 'an assignment has no event', 'an assignment invented', $$insert into crm.lead_assignments (workspace_id, lead_id, caller_id, seq, business_date, assigned_at, assignment_reason, assigned_by)
      values (core.current_workspace(), given.lead_id('w4'), given.caller_id('Asha'), 1, '2026-01-05', now(), 'x', 'x')$$),
  (1, 'an assignment is of no lead', 'an assignment given a lead there is not', $$update crm.lead_assignments set lead_id = crm.new_id() where lead_id = given.lead_id('g1')$$),
  (1, 'an assignment has no event', 'an assignment given to another', $$update crm.lead_assignments set caller_id = given.caller_id('Bina') where lead_id = given.lead_id('g1')$$),
  (1, 'an event has no assignment', 'an assignment deleted', $$delete from crm.lead_assignments where lead_id = given.lead_id('g1')$$),
  (1, 'an event has no assignment', 'one by hand deleted', $$delete from crm.lead_assignments where lead_id = given.lead_id('g4') and deal_id is null$$),
  (1, 'event numbers are missing', 'an event deleted', $$delete from crm.events where workspace_id = core.current_workspace() and seq = 5$$),
  (1, 'event numbers are missing', 'the first event deleted', $$delete from crm.events where workspace_id = core.current_workspace() and seq = 1$$),
  (1, 'event numbers are missing', 'the newest event deleted', $$delete from crm.events e using crm.workspaces w where w.id = e.workspace_id and e.seq = w.event_seq$$),
  (1, 'event numbers are missing', 'the number counted on', $$update crm.workspaces set event_seq = event_seq + 1$$),
  (1, 'event numbers are missing', 'the number counted back', $$update crm.workspaces set event_seq = event_seq - 1$$),
  (1, 'a caller changed without an event', 'a cap raised', $$update crm.callers set daily_limit = 9 where name = 'Asha'$$),
  (1, 'a caller changed without an event', 'a caller resumed', $$update crm.callers set status = 'active' where name = 'Bina'$$),
  (1, 'a caller changed without an event', 'a caller brought back', $$update crm.callers set archived_at = null where name = 'Esha'$$),
  (1, 'a caller changed without an event', 'a state added', $$insert into crm.caller_states values (core.current_workspace(), given.caller_id('Bina'), 'Kerala')$$),
  (1, 'a caller changed without an event', 'a caller smuggled in', $$insert into crm.callers (workspace_id, name) values (core.current_workspace(), 'Ghost')$$),
  (1, 'a counter disagrees with its assignments', 'a counter turned back', $$update crm.caller_daily_counters set count = 1 where caller_id = given.caller_id('Bina')$$),
  (1, 'a counter disagrees with its assignments', 'a counter lost', $$delete from crm.caller_daily_counters where caller_id = given.caller_id('Bina')$$),
  (1, 'a counter disagrees with its assignments', 'a counter of a day without leads', $$insert into crm.caller_daily_counters values (core.current_workspace(), given.caller_id('Bina'), '2026-01-07', 1)$$),
  (1, 'a counter disagrees with its assignments', 'a lead moved to another day', $$update crm.lead_assignments set business_date = '2026-01-04' where lead_id = given.lead_id('g1')$$),
  (1, 'a lead counts twice in a caller''s day', 'an assignment invented',
    $$insert into crm.lead_assignments (workspace_id, lead_id, caller_id, seq, business_date, assigned_at,
    assignment_reason, assigned_by, status, ended_at, ended_seq)
      values (core.current_workspace(), given.lead_id('g1'), given.caller_id('Asha'), 1, '2026-01-05', now(), 'x',
        'x', 'closed', now(), 2)$$),
  (1, 'a lead is not counted in a caller''s day', 'as if it had counted before',
    $$update crm.lead_assignments set uncounted_seq = seq where lead_id = given.lead_id('g3')$$),
  (1, 'a lead is not counted in a caller''s day', 'as if it had been moved by hand',
    $$update crm.lead_assignments set uncounted_seq = seq + 1 where lead_id = given.lead_id('g3')$$),
  (1, 'a lead that was moved by hand still counts for who had it', 'a move forgotten',
    $$update crm.lead_assignments set uncounted_seq = null where lead_id = given.lead_id('g4')$$),
  (1, 'a business day is not that of its time', 'a day before',
    $$update crm.lead_assignments set business_date = '2026-01-04' where lead_id = given.lead_id('g3')$$),
  (1, 'dealt to an archived caller', 'a lead moved to who had left', $$update crm.lead_assignments set caller_id = given.caller_id('Esha') where lead_id = given.lead_id('k1')$$),
  (1, 'dealt to an archived caller', 'the log forged', $$update crm.events set data = data || '{"archived": true}' where seq = given.event('caller.created', 'Asha') and workspace_id = core.current_workspace()$$),
  (1, 'dealt to somebody who was paused', 'a lead moved to who was paused', $$update crm.lead_assignments set caller_id = given.caller_id('Chitra') where lead_id = given.lead_id('k1')$$),
  (1, 'dealt to somebody who was paused', 'the log forged', $$update crm.events set data = data || '{"status": "paused"}' where seq = given.event('caller.created', 'Asha') and workspace_id = core.current_workspace()$$),
  (1, 'dealt to somebody who was at cap', 'leads moved to who was at the cap', $$update crm.lead_assignments set caller_id = given.caller_id('Asha') where caller_id = given.caller_id('Bina')$$),
  (1, 'dealt to somebody who was at cap', 'the log forged', $$update crm.events set data = data || '{"daily_limit": 1}' where seq = given.event('caller.created', 'Asha') and workspace_id = core.current_workspace()$$),
  (1, 'replay does not reproduce a pick', 'two leads swapped', $$update crm.lead_assignments set slot = 3 - slot
      where deal_id = (select deal_id from crm.lead_assignments where lead_id = given.lead_id('g1')) and slot < 3$$),
  (1, 'replay does not reproduce a pick', 'a deal of fewer leads', $$update crm.deals set leads = leads - 1 where leads > 1$$),
  (1, 'replay does not reproduce a pick', 'a deal of more leads', $$update crm.deals set leads = leads + 1$$),
  (1, 'replay does not reproduce a pick', 'another strategy', $$update crm.deals set strategy = 'favourites'$$),
  (1, 'replay does not reproduce a pick', 'another pool', $$update crm.deals set pool = 'global' where pool = 'state:goa'$$),
  (1, 'replay does not reproduce a pick', 'a member added in the log', $$update crm.events set data = data || '{"states": ["Goa"]}' where seq = given.event('caller.created', 'Deepa') and workspace_id = core.current_workspace()$$),
  (1, 'a pointer jumped', 'a deal that begins elsewhere', $$update crm.deals d set pointer_before = given.caller_id('Asha')
      where pointer_before is null and pool = 'state:goa' and workspace_id = core.current_workspace()$$),
  (1, 'a pointer jumped', 'a deal deleted', $$delete from crm.deals where id = (select min(id) from crm.deals where pool = 'state:goa')$$),
  (1, 'a pointer is not where the last deal left it', 'a pointer moved', $$update crm.rr_pointers set last_caller_id = given.caller_id('Bina') where key = 'state:goa'$$),
  (1, 'a pointer is not where the last deal left it', 'a pointer lost', $$delete from crm.rr_pointers where key = 'global' and workspace_id = core.current_workspace()$$),
  (1, 'a rule was passed over though its pool had a free caller', 'a caller free by the log', $$update crm.events set data = data || '{"status": "active"}'
      where seq = given.event('caller.created', 'Chitra') and workspace_id = core.current_workspace()$$),
  (1, 'a rule was passed over though its pool had a free caller', 'a lead made one of another state', $$update crm.leads set state = 'Goa', state_from = 'state' where name = 'n2'$$),
  (1, 'a rule was passed over though its pool had a free caller', 'a lead queued though somebody was free', $$update crm.events set data = data || '{"daily_limit": 9}'
      where seq = given.event('caller.created', 'Asha') and workspace_id = core.current_workspace()$$),
  (1, 'a lead was dealt to a pool that is not its own', 'a lead made one of another state', $$update crm.leads set state = 'Kerala' where name = 'g1'$$);
select given.found(1);

-- Where it points to.
select is(given.after($$delete from crm.queue where lead_id = given.lead_id('w4')$$, 'select lead_id from routing.verify_leads()'), given.lead_id('w4')::text, 'a violation names the lead');
select is(given.after($$update crm.caller_daily_counters set count = 7 where caller_id = given.caller_id('Bina')$$, $$select concat_ws(' ', caller_id, detail) from routing.verify_counts()$$),
  given.caller_id('Bina') || ' 2026-01-05: counter 7 and 0, assignments 2 and 0', 'the caller and the numbers');
select is(given.after($$delete from crm.events where workspace_id = core.current_workspace() and seq in (8, 9)$$, $$select concat_ws(' ', workspace_id, seq, detail) from routing.verify_events() where seq < 11$$),
  core.current_workspace() || ' 8 up to 9', 'the events');
select isnt(given.after($$update crm.deals set leads = leads + 1 where id = (select deal_id from crm.lead_assignments where lead_id = given.lead_id('g1'))$$, 'select deal_id from routing.verify_deals()'), null, 'the deal');
select is(given.after($$update crm.leads set state = 'Kerala' where name = 'g1'$$, 'select detail from routing.verify_routes() where lead_id = given.lead_id(''g1'')'), 'state:goa instead of state:kerala', 'the pools');
select is_empty('select * from routing.verify()', 'and all was undone again');

-- What it reads: callers and pools of the past.
select results_eq($$select v.name, v.status::text, v.daily_limit, v.archived, v.keys, v.to_seq is null from routing.caller_versions v where v.caller_id = given.caller_id('Esha') order by from_seq$$,
  $$values ('Esha', 'active', 0, false, '{state:kerala}'::text[], false), ('Esha', 'active', 0, true, '{state:kerala}', true)$$, 'a caller as it was between its events');
create function given.members_after(p_name text, p_pool text) returns text language sql as $$
  select string_agg(concat_ws(' ', m.name, m.standing, m.given || '/' || m.daily_limit, nullif(routing.turns_left(m.daily_limit, m.given, m.max_load, m.load), 2147483647)), ', ' order by m.caller_id)
  from routing.pool_members_at(array[row(
    1, core.current_workspace(), given.event('lead.assigned', p_name), p_pool, 'round_robin',
      '2026-01-05 12:00+05:30', '2026-01-05 12:00', '{}', '2026-01-05')::routing.probe]) m
$$;
select is(given.members_after('g1', 'state:goa'), 'Asha free 1/3 2, Bina free 0/0', 'a pool right after its first lead');
select is(given.members_after('g1', 'state:kerala'), 'Chitra paused 0/0', 'a pool without who had left');

select is(routing.is_member(keys, pool), expected, why) from (values
  ('{state:goa,language:hindi}'::text[], 'global', true, 'everybody is in the global pool'), ('{}', 'global', true, 'also who has nothing'), ('{state:goa,language:hindi}', 'state:goa', true, 'who has it is in the pool of it'),
  ('{state:goa,language:hindi}', 'state:goa,language:hindi', true, 'who has all is in the pool of all'), ('{state:goa}', 'state:goa,language:hindi', false, 'who has some of it is not'), ('{state:goa-north}', 'state:goa', false, 'a part of a word is not the word')
) as t (keys, pool, expected, why);
select is(routing.weight_in(3, '{"source:site": 7}', pool), weight, 'the weight in ' || pool) from (values ('global', 3), ('source:site', 7), ('state:goa,source:site,language:hindi', 7), ('source:other', 3)) as t (pool, weight);

-- A record by the whole of the plan: every strategy, claims that expired, limits of every kind, closed leads.
select given.workspace(), given.no_rules();
select given.now('2026-01-05 12:00+05:30');
select given.rule('site', '{source}', 'weighted'), given.rule('hindi', '{language}', 'random'), given.rule('keep', '{campaign}', 'weighted_random', p_on_exhausted => 'queue'),
  given.rule('hot', '{team}', p_claim_minutes => 10, p_most_expiries => 2),
    given.rule('state', '{state}', 'least_loaded'),
    given.rule('rest', '{}', 'weighted', p_condition => given.all(given.term('city', 'is', 'Pune')));
select given.caller(n) from unnest('{Asha,Bina,Chitra,Deepa,Esha}'::text[]) n;
select given.caller('Farah', '{Kerala}'), given.caller('Gita', '{Goa}'), given.caller('Hari', '{Goa}'), given.caller('Ila'), given.caller('Jaya', '{}', 2);
select given.competence('Asha', 'Site', 2), given.competence('Bina', 'site', 1), given.change('Asha', $$languages = '{Hindi}'$$), given.change('Chitra', $$languages = '{Hindi}'$$), given.works_for('Jaya', '{Diwali}'), given.change('Ila', 'weight = 50'),
  given.change('Deepa', $$team = 'East'$$), given.change('Esha', $$team = 'East'$$), given.change('Farah', 'max_load = 1'), given.change('Gita', $$hours = '{[540,1020)}'$$),
  given.change('Hari', $$time_off = '{["2026-01-06 00:00+05:30", "2026-01-07 00:00+05:30")}'$$);
select given.lead('s' || nr, '{"source": "site"}'), given.lead('h' || nr, '{"language": "hindi"}') from generate_series(1, 4) nr;
select given.lead('c' || nr, '{"metadata": {"campaign": "diwali"}}') from generate_series(1, 3) nr;
select given.lead('t1', '{"metadata": {"team": "east"}}'), given.lead('t2', '{"metadata": {"team": "East"}}');
select api.claim_lead(given.lead_id('t2'), given.caller_id('Esha'));
select given.leads('g1 g2 g3 g4', 'Goa'), given.leads('k1', 'Kerala'), given.leads('n1');
select api.close_lead(given.lead_id('g1'));
update crm.caller_sources set weight = 3 where workspace_id = core.current_workspace() and caller_id = given.caller_id('Bina');
select given.change('Bina', $$languages = '{Hindi}'$$);
select given.lead('s' || nr, '{"source": "site"}'), given.lead('h' || nr, '{"language": "hindi"}') from generate_series(5, 9) nr;
select given.lead('p' || nr, '{"city": "Pune"}') from generate_series(1, 3) nr;
select given.now('2026-01-05 12:10+05:30');
select api.tick();
select given.now('2026-01-06 20:00+05:30');
select given.lead('g5', '{"state": "Goa", "city": "Pune"}');
select is(given.callers_of('t1 t2 c1 c2 c3 k1 g5 n1'), 'Esha Esha Jaya Jaya - Farah Ila -', 'a record of many kinds');
select is_empty('select * from routing.verify()', 'an honest record by the whole of the plan has no violation');

create function given.forge(p_kind text, p_name text, p_data text) returns text language sql
return format('update crm.events set data = data || %L where seq = %s and workspace_id = %s', p_data, given.event(p_kind, p_name), core.current_workspace());
create function given.deal_of(p_name text) returns bigint language sql
return (select deal_id from crm.lead_assignments where lead_id = given.lead_id(p_name) and ended_at is null);

insert into damage values
  (2, 'a closed lead is still assigned or queued', 'an assigned one closed', $$update crm.leads set closed_at = now() where id = given.lead_id('s1')$$),
  (2, 'a closed lead is still assigned or queued', 'a waiting one closed', $$update crm.leads set closed_at = now() where id = given.lead_id('c3')$$),
  (2, 'a lead is neither assigned nor queued', 'a closed one opened', $$update crm.leads set closed_at = null where id = given.lead_id('g1')$$),
  (2, 'a lead is both assigned and queued', 'an assigned one held', $$insert into crm.queue values (core.current_workspace(), given.lead_id('s1'), 1, 'x', now(), true)$$),
  (2, 'an assignment ended without an event', 'what expired made reassigned', $$update crm.lead_assignments set status = 'reassigned' where lead_id = given.lead_id('t1') and status = 'expired'$$),
  (2, 'an assignment ended without an event', 'by the event of another lead', $$update crm.lead_assignments set ended_seq = ended_seq - 1 where lead_id = given.lead_id('g1')$$),
  (2, 'an assignment ended without an event', 'an open one ended', $$update crm.lead_assignments set status = 'closed', ended_at = now(), ended_seq = 1 where lead_id = given.lead_id('s1')$$),
  (2, 'an event has no assignment', 'what expired deleted', $$delete from crm.lead_assignments where lead_id = given.lead_id('t1') and status = 'expired'$$),
  (2, 'somebody was asked again who had let the lead expire', 'a lead given back', $$update crm.lead_assignments set caller_id = given.caller_id('Deepa') where lead_id = given.lead_id('t1')$$),
  (2, 'a rule changed without an event', 'a rule turned off', $$update crm.rules set is_on = false where id = (select id from crm.rules where name = 'keep')$$),
  (2, 'a rule changed without an event', 'another condition', $$update crm.rules set condition = null where name = 'rest'$$),
  (2, 'a rule changed without an event', 'other attributes', $$update crm.rules set attributes = '{state,source}' where name = 'site'$$),
  (2, 'a rule changed without an event', 'another strategy', $$update crm.rules set strategy = 'random' where name = 'site'$$),
  (2, 'a rule changed without an event', 'no queue for the exhausted', $$update crm.rules set on_exhausted = 'next' where name = 'keep'$$),
  (2, 'a rule changed without an event', 'another order', $$update crm.rules set step = 9 where name = 'keep'$$),
  (2, 'a rule changed without an event', 'a rule smuggled in', $$insert into crm.rules (workspace_id, step, name) values (core.current_workspace(), 9, 'favourites')$$),
  (2, 'a rule changed without an event', 'an archived one brought back', $$update crm.rules set archived_at = null, step = 9 where id = (select id from crm.rules where name = 'global' and workspace_id = core.current_workspace())$$),
  (2, 'a rule changed without an event', 'its event deleted', $$delete from crm.events where seq = given.event('rule.created', 'rest') and workspace_id = core.current_workspace()$$),
  (2, 'a caller changed without an event', 'a team changed', $$update crm.callers set team = 'West' where name = 'Deepa'$$),
  (2, 'a caller changed without an event', 'a load raised', $$update crm.callers set max_load = 2 where name = 'Farah'$$),
  (2, 'a caller changed without an event', 'other hours', $$update crm.callers set hours = null where name = 'Gita'$$),
  (2, 'a caller changed without an event', 'a holiday', $$update crm.callers set time_off = '{}' where name = 'Hari'$$),
  (2, 'a caller changed without an event', 'a weight', $$update crm.callers set weight = 5 where name = 'Ila'$$),
  (2, 'a caller changed without an event', 'a campaign', $$delete from crm.campaign_assignees where caller_id = given.caller_id('Jaya')$$),
  (2, 'a caller changed without an event', 'a competence', $$delete from crm.caller_sources where caller_id = given.caller_id('Bina')$$),
  (2, 'dealt to somebody who was disabled', 'the log forged',
    given.forge('caller.updated', 'Ila', '{"disabled": true}')),
  (2, 'dealt to somebody who was paused', 'the log forged', given.forge('caller.updated', 'Ila', '{"status": "paused"}')),
  (2, 'dealt to somebody who was away', 'the log forged', given.forge('caller.updated', 'Ila', '{"time_off": "{[2026-01-01,2026-02-01)}"}')),
  (2, 'dealt to somebody who was off hours', 'the log forged', given.forge('caller.updated', 'Ila', '{"hours": "{[0,60)}"}')),
  (2, 'dealt to somebody who was at cap', 'the log forged', given.forge('caller.updated', 'Jaya', '{"daily_limit": 1}')),
  (2, 'dealt to somebody who was at max load', 'the log forged', given.forge('caller.updated', 'Bina', '{"max_load": 1}')),
  (2, 'dealt to somebody who was at max load', 'an ended assignment moved', $$update crm.lead_assignments set caller_id = given.caller_id('Farah') where lead_id = given.lead_id('g3')$$),
  (2, 'dealt to somebody who was away', 'a lead moved to who was on holiday', $$update crm.lead_assignments set caller_id = given.caller_id('Hari') where lead_id = given.lead_id('g5')$$),
  (2, 'dealt to somebody who was off hours', 'a lead moved to who had gone home', $$update crm.lead_assignments set caller_id = given.caller_id('Gita') where lead_id = given.lead_id('g5')$$),
  (2, 'dealt to an archived caller', 'the log forged', given.forge('caller.updated', 'Ila', '{"archived": true}')),
  (2, 'replay does not reproduce a pick', 'a weighted lead moved', $$update crm.lead_assignments set caller_id = given.caller_id('Bina') where lead_id = given.lead_id('s1')$$),
  (2, 'replay does not reproduce a pick', 'a shuffled one', $$update crm.lead_assignments set caller_id = case caller_id when given.caller_id('Asha') then given.caller_id('Chitra') else given.caller_id('Asha') end where lead_id = given.lead_id('h1')$$),
  (2, 'replay does not reproduce a pick', 'one of the least loaded', $$update crm.lead_assignments set caller_id = given.caller_id('Hari') where lead_id in (given.lead_id('g3'), given.lead_id('g4'))$$),
  (2, 'replay does not reproduce a pick', 'a drawn one', $$update crm.lead_assignments set caller_id = given.caller_id('Asha') where lead_id = given.lead_id('c1')$$),
  (2, 'replay does not reproduce a pick', 'another circle', $$update crm.deals d set circle = array(select row(c.caller_id, c.weight, -c.lag - 0.5 + (row_number() over ()), c.turns + 2 * (row_number() over ()))::crm.turn from unnest(d.circle) c)
      where d.pool = 'source:site' and d.circle is not null$$),
  (2, 'a pointer jumped', 'a running number changed', $$update crm.deals set dealt_before = dealt_before + 1 where id = given.deal_of('c1')$$),
  (2, 'a pointer is not where the last deal left it', 'the running number changed', $$update crm.rr_pointers set dealt = dealt + 1 where key = 'campaign:diwali'$$),
  (2, 'a pointer is not where the last deal left it', 'the strategy changed', $$update crm.rr_pointers set strategy = 'random' where key = 'campaign:diwali'$$),
  (2, 'a circle is not of its pool''s free callers', 'a caller left out', $$update crm.deals set circle = circle[1:1] where pool = 'source:site' and circle is not null$$),
  (2, 'a circle is not of its pool''s free callers', 'a weight changed in the log', given.forge('caller.updated', 'Bina', '{"sources": {"site": 2}}')),
  (2, 'a circle is not of its pool''s free callers', 'a member added in the log', given.forge('caller.updated', 'Ila', '{"languages": ["HINDI"]}')),
  (2, 'a circle does not go on from the one before', 'a lag changed', $$update crm.deals d set circle = array(select row(c.caller_id, c.weight, c.lag + 0.01, c.turns)::crm.turn from unnest(d.circle) c order by c.caller_id)
      where d.pool = 'source:site' and d.circle is not null and d.dealt_before > 0$$),
  (2, 'a circle does not go on from the one before', 'a turn given', $$update crm.deals d set circle = array(select row(c.caller_id, c.weight, c.lag, c.turns + 1)::crm.turn from unnest(d.circle) c order by c.caller_id)
      where d.pool = 'language:hindi' and d.circle is not null and d.dealt_before > 0$$),
  (2, 'a rule was passed over though its pool had a free caller', 'a campaign in the log', given.forge('caller.updated', 'Deepa', '{"campaigns": ["diwali"]}')),
  (2, 'a rule was passed over though its pool had a free caller', 'a rule turned on in the log', given.forge('rule.created', 'rest', '{"condition": null}')),
  (2, 'a lead went on from a rule that keeps it in the queue', 'a rule that keeps in the log', given.forge('rule.created', 'state', '{"on_exhausted": "queue"}')),
  (2, 'a lead was dealt to a pool that is not its own', 'a lead made one of another source', $$update crm.leads set lead_source = 'Other' where id = given.lead_id('s1')$$),
  (2, 'a lead was dealt to a pool that is not its own', 'by another version of its rule', $$update crm.deals set rule_version = 2 where id = given.deal_of('s1')$$),
  (2, 'a lead was dealt by a rule that was not for it', 'a lead without what the rule asks for', $$update crm.leads set language = null where id = given.lead_id('h1')$$),
  (2, 'a lead was dealt by a rule that was not for it', 'a lead of another city', $$update crm.leads set city = 'Nagpur' where id = given.lead_id('p1')$$),
  (2, 'a lead was dealt by a rule that was not for it', 'the rule turned off in the log', given.forge('rule.created', 'site', '{"is_on": false}')),
  (2, 'a lead was dealt by a rule that was not for it', 'by the rule of another lead', $$update crm.deals d set rule_id = r.id from crm.rules r where r.name = 'hot' and d.id = given.deal_of('s1') and d.workspace_id = r.workspace_id$$);
select given.found(2);
select is_empty('select * from routing.verify()', 'and all of this was undone, too');

-- The pieces of a replay.
select is((select count(*) from routing.deals_to_replay() r where r.workspace_id = core.current_workspace()), (select count(*) from crm.deals where workspace_id = core.current_workspace()), 'deals_to_replay() has every deal');
select is_empty($$select d.id from routing.deals_to_replay() r join crm.deals d on d.workspace_id = r.workspace_id and d.id = r.id where (r.circle_id is not null) <> (d.strategy in ('weighted', 'random'))$$, 'with the circle of those that have one');
select results_eq($$select r.slot, r.caller_id from routing.replay_deals(array(select x from routing.deals_to_replay() x)) r where r.deal_id = given.deal_of('g2') and r.workspace_id = core.current_workspace() order by slot$$,
  $$select a.slot, a.caller_id from crm.lead_assignments a where a.deal_id = given.deal_of('g2') and a.workspace_id = core.current_workspace() order by slot$$, 'replay_deals() says who got which slot');
select is((select string_agg(concat_ws(' ', c.name, m.weight, m.turns), ', ' order by c.id) from crm.deals d, unnest(routing.circle_members(d.circle)) m join crm.callers c on c.id = m.caller_id where d.id = given.deal_of('s1') and d.workspace_id = core.current_workspace()),
  'Asha 2 2147483647, Bina 1 2147483647', 'circle_members() are without limits');
select is((select string_agg(concat_ws(' ', c.name, t.weight, t.turns), ', ' order by c.id) from crm.deals d, unnest((routing.pointer_before_circle(d)).circle) t join crm.callers c on c.id = t.caller_id where d.id = given.deal_of('s5') and d.workspace_id = core.current_workspace()),
  'Asha 2 3, Bina 1 1', 'pointer_before_circle() is where the circle before ended');
select is((select count(*) from routing.placed_leads() p where p.deal_id is not null), (select count(*) from crm.lead_assignments where deal_id is not null), 'placed_leads() are all that were dealt');
select is_empty('select p.seq from routing.placed_leads() p where p.rule_id is not null and not exists (select from routing.rules_met() m where m.workspace_id = p.workspace_id and m.seq = p.seq and m.tried = p.rule_id and m.tried_pool = p.pool)',
  'rules_met() has the rule of each');
select is(core.complete_snapshot('caller', '{"weight": 3, "name": "Old"}'),
  '{"disabled": false, "name": "Old", "team": null, "campaigns": [], "weight": 3, "max_load": 0, "hours": null, "time_off": "{}", "sources": {}}', 'complete_snapshot() adds what is younger than an event');

-- A record of contacts.
select given.workspace(), given.caller('Asha'), given.caller('Bina'), given.caller('Chitra', '{}', 0, 'paused');
insert into crm.leads (workspace_id, name, phone, email, external_id)
select core.current_workspace(), c.* from (values ('c1', '9812300001', null, '1'), ('c2', '9812300002', null, '2'), ('c3', null, 'c@y.in', null), ('c4', '9812300004', 'c4@y.in', null)) c;
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'd2', '9812300002');
insert into crm.leads (workspace_id, name, phone, external_id) values (core.current_workspace(), 'd12', '9812300002', '1');
select api.merge_contacts(given.lead_id('c4'), given.lead_id('c3'), 'keep');
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'd4', '9812300004');
select api.close_lead(given.lead_id('c1'));
select is_empty('select * from routing.verify()', 'this one is honest, too');
insert into damage values
  (3, 'a contact is not known by a key of its lead', 'a key forgotten', $$delete from crm.contact_keys where value = '1'$$),
  (3, 'a lead is not of the contact its keys name', 'a link cut', $$delete from crm.contact_leads where lead_id = given.lead_id('d2')$$),
  (3, 'a lead is not of the contact its keys name', 'a link to another', $$update crm.contact_leads set contact_id = given.lead_id('c1') where lead_id = given.lead_id('d2')$$),
  (3, 'a lead is not of the contact its keys name', 'a key given to another', $$update crm.contact_keys set contact_id = given.lead_id('c1') where value = '2'$$),
  (3, 'a key is of a contact that no lead brought it to', 'a key invented', $$insert into crm.contact_keys values (core.current_workspace(), 'email', 'new@y.in', given.lead_id('c1'), given.lead_id('c1'))$$),
  (3, 'a key is of a contact that no lead brought it to', 'a key said to come from another lead', $$update crm.contact_keys set lead_id = given.lead_id('c4') where value = 'c@y.in'$$),
  (3, 'a key was not first said with the phone that is noted', 'another phone noted', $$update crm.contact_keys set phone = '+919812300002' where value = 'c4@y.in'$$),
  (3, 'a conflict of keys has no event', 'the event made one of another lead', $$update crm.events set lead_id = given.lead_id('c4') where kind = 'contact.conflict'$$),
  (3, 'an event tells of a conflict there was not', 'the same', $$update crm.events set lead_id = given.lead_id('c4') where kind = 'contact.conflict'$$),
  (3, 'a contact was merged or unmerged without an event', 'a merge undone by hand', $$delete from crm.contact_merges$$),
  (3, 'a contact was merged or unmerged without an event', 'a merge by hand', $$insert into crm.contact_merges select core.current_workspace(), given.lead_id('c1'), given.lead_id('c2'), given.lead_id('c2')$$),
  (3, 'a duplicate went elsewhere than to the open lead''s caller', 'a duplicate of another lead', $$update crm.lead_assignments set duplicate_of = given.lead_id('c3') where lead_id = given.lead_id('d2')$$),
  (3, 'a duplicate went elsewhere than to the open lead''s caller', 'to another caller', $$update crm.lead_assignments set caller_id = given.caller_id('Chitra') where lead_id = given.lead_id('d2')$$),
  (3, 'a duplicate went elsewhere than to the open lead''s caller', 'its caller was paused', given.forge('caller.created', 'Bina', '{"status": "paused"}')),
  (3, 'a duplicate went elsewhere than to the open lead''s caller', 'a merge denied', $$update crm.events set data = data || '{"moved": []}' where kind = 'contact.merged'$$),
  (3, 'a lead was dealt though a caller had an open one of its contact', 'a duplicate said to be dealt', $$update crm.lead_assignments set duplicate_of = null, deal_id = 1, slot = 1 where lead_id = given.lead_id('d2')$$),
  (3, 'a counter disagrees with its assignments', 'duplicates forgotten', $$update crm.caller_daily_counters set duplicates = 0 where duplicates > 0 and count > 0$$);
select given.found(3);
select is(given.after($$delete from crm.contact_leads where lead_id = given.lead_id('d2')$$, 'select lead_id from routing.verify_contacts()'), given.lead_id('d2')::text, 'verify_contacts() names the lead');
select is(given.after('delete from crm.contact_merges', 'select lead_id from routing.verify_merges()'), given.lead_id('c4')::text, 'verify_merges() the contact');
select is(given.after($$update crm.lead_assignments set duplicate_of = given.lead_id('c3') where lead_id = given.lead_id('d2')$$,
  'select lead_id from routing.verify_duplicates()'), given.lead_id('d2')::text, 'verify_duplicates() the lead that went elsewhere');
select is((select string_agg(concat_ws(' ', k.kind, row_number, k.brought_by = k.lead_id, k.contact_id = k.own_id), ', ' order by k.kind) from (select *, row_number() over (order by kind) from routing.keys_named() where lead_id = given.lead_id('d12') and counts) k),
  'external_id 1 f t, phone 2 f f', 'keys_named() says what a lead said of its contact');
select is((select b.seq from routing.contacts_begun() b where b.workspace_id = core.current_workspace()), 0::bigint, 'contacts_begun() is the beginning, in a new workspace');
select is((select count(*) from routing.contact_decisions() d where d.workspace_id = core.current_workspace()), 7::bigint, 'contact_decisions() are one for each lead that was dealt');
select is_empty('select * from routing.unreadable_leads()', 'unreadable_leads() are none where nothing is sealed');
select is_empty('select * from routing.verify()', 'all of it was undone, again');

-- A record that is sealed.
select given.workspace(), given.caller('Asha'), given.leads('z1 z2 z3'), given.workspace('Asia/Dubai'), given.caller('Bina'), given.leads('y1 y2');
select api.tick(), given.leads('y3'), api.tick(), given.leads('y4'), api.tick();
select is_empty('select * from routing.verify()', 'a sealed record is honest, too');
insert into damage values
  (4, 'an event or its seal was altered', 'another reason', $$update crm.events set data = '{"reason": "x"}' where lead_id = given.lead_id('y1')$$),
  (4, 'an event or its seal was altered', 'another actor', $$update crm.events set actor = 'intake' where seq = 2 and workspace_id = core.current_workspace()$$),
  (4, 'an event or its seal was altered', 'another time, by a microsecond', $$update crm.events set at = at + interval '1 us' where seq = 2 and workspace_id = core.current_workspace()$$),
  (4, 'an event or its seal was altered', 'another kind', $$update crm.events set kind = 'rule.updated' where seq = 2 and workspace_id = core.current_workspace()$$),
  (4, 'an event or its seal was altered', 'another lead', $$update crm.events set lead_id = given.lead_id('y2') where lead_id = given.lead_id('y1')$$),
  (4, 'an event or its seal was altered', 'another caller', $$update crm.events set caller_id = lead_id where lead_id = given.lead_id('y1')$$),
  (4, 'an event or its seal was altered', 'a caller made a lead', $$update crm.events set lead_id = caller_id, caller_id = null where lead_id is null and caller_id = given.caller_id('Bina')$$),
  (4, 'an event or its seal was altered', 'two swapped', $$update crm.events set seq = -9 - seq where workspace_id = core.current_workspace() and seq in (1, 2);
      update crm.events set seq = 12 + seq where workspace_id = core.current_workspace() and seq < 0$$),
  (4, 'an event or its seal was altered', 'a seal changed', $$update crm.event_seals set hash = sha256(hash)$$),
  (4, 'an event was removed after it was sealed', 'an event deleted', $$delete from crm.events where lead_id = given.lead_id('y1')$$),
  (4, 'an event was removed after it was sealed', 'the newest, and its number', $$delete from crm.events where lead_id = given.lead_id('y4'); update crm.workspaces set event_seq = event_seq - 1 where id = core.current_workspace()$$),
  (4, 'a seal does not follow the one before', 'a seal deleted', $$delete from crm.event_seals s where s.seq < (select max(n.seq) from crm.event_seals n where n.workspace_id = s.workspace_id)$$);
select given.found(4);
select is(given.after($$update crm.events set actor = 'somebody' where lead_id = given.lead_id('y3')$$, $$select workspace_id || ' ' || seq || ' ' || detail from routing.verify_seals()$$),
  (select core.current_workspace() || ' ' || e.seq || ' up to ' || e.seq from crm.events e where e.lead_id = given.lead_id('y3')), 'verify_seals() names the range that no longer fits, and no other');
select is_empty('select * from routing.verify()', 'the seals are as they were');

-- verify_caps() and its like: each kind is tested above; a new kind needs a test of its own.
create temp view kind as
select distinct replace(m[1], '''''', '''') as violation
from pg_proc p, regexp_matches(p.prosrc, $r$'((?:an?|event|dealt|replay|somebody) (?:[a-z ]|''){9,})'$r$, 'g') m
where p.pronamespace = 'routing'::regnamespace and p.proname like 'verify%';
select cmp_ok((select count(*) from kind), '>=', 20::bigint, 'kinds of violations were found in the code');
select is_empty('select k.violation from kind k where not exists (select from damage d where d.violation ^@ k.violation)', 'every violation there is was tested');
select is_empty($$
  select m[1] from pg_proc p, regexp_matches(pg_get_functiondef(p.oid), 'THEN ''([a-z ]+)''', 'g') m
  where p.oid::regproc = 'routing.standing'::regproc and not exists (select from damage d where d.violation = 'dealt to somebody who was ' || m[1])$$, 'with everything that can be in a caller''s way');

select * from finish();
rollback;
