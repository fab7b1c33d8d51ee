-- routing.verify() finds whatever is wrong with the record, and nothing when it is right.
begin;
\ir given.psql
select * from no_plan();

create function given.move(p_timezone text) returns text language sql as $$
  update crm.workspaces set timezone = p_timezone where id = routing.current_workspace() returning timezone
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
select is((select string_agg(coalesce(caller_name, '-'), ' ' order by name) from routing.lead_cards where name like 'w%'), 'Asha Asha Asha -', 'some leads wait');
select is_empty('select * from routing.verify()', 'an honest record has no violation');

select given.move('Pacific/Auckland');
select is_empty('select * from routing.verify()', 'and stays one when the workspace moves to another timezone');
select given.move('Asia/Kolkata');

create function given.violations(p_tampering text) returns text language sql
return coalesce(given.after(p_tampering, 'select string_agg(distinct violation, $$, $$ order by violation) from routing.verify()'), 'none');
select is(given.violations('select'), 'none', 'nothing tampered with, nothing found');

create function given.event(p_kind text, p_name text) returns bigint language sql
return (select max(seq) from crm.events where kind = p_kind and workspace_id = routing.current_workspace()
        and coalesce(lead_id = given.lead_id(p_name), caller_id = given.caller_id(p_name)));

select alike(given.violations(tampering), '%' || violation || '%', format('finds that %s: %s', violation, how)) from (values
  ('a lead is neither assigned nor queued', 'a lead taken out of the queue', $$delete from crm.queue where lead_id = given.lead_id('w4')$$),
  ('a lead is neither assigned nor queued', 'an assignment ended', $$update crm.lead_assignments set ended_at = now(), status = 'reassigned' where lead_id = given.lead_id('g1')$$),
  ('a lead is neither assigned nor queued', 'a lead smuggled in', $$insert into crm.leads (workspace_id, name, created_at) values (routing.current_workspace(), 'smuggled', now())$$),
  ('a lead is both assigned and queued', 'an assigned lead put into the queue', $$insert into crm.queue values (routing.current_workspace(), given.lead_id('g1'), 1, 'x', now())$$),
  ('an assignment has no event', 'an assignment invented', $$insert into crm.lead_assignments (workspace_id, lead_id, caller_id, seq, business_date, assigned_at, assignment_reason, assigned_by)
      values (routing.current_workspace(), given.lead_id('w4'), given.caller_id('Asha'), 1, '2026-01-05', now(), 'x', 'x')$$),
  ('an assignment has no event', 'an assignment given to another', $$update crm.lead_assignments set caller_id = given.caller_id('Bina') where lead_id = given.lead_id('g1')$$),
  ('an event has no assignment', 'an assignment deleted', $$delete from crm.lead_assignments where lead_id = given.lead_id('g1')$$),
  ('an event has no assignment', 'one by hand deleted', $$delete from crm.lead_assignments where lead_id = given.lead_id('g4') and deal_id is null$$),
  ('event numbers are missing', 'an event deleted', $$delete from crm.events where workspace_id = routing.current_workspace() and seq = 5$$),
  ('event numbers are missing', 'the first event deleted', $$delete from crm.events where workspace_id = routing.current_workspace() and seq = 1$$),
  ('event numbers are missing', 'the newest event deleted', $$delete from crm.events e using crm.workspaces w where w.id = e.workspace_id and e.seq = w.event_seq$$),
  ('event numbers are missing', 'the number counted on', $$update crm.workspaces set event_seq = event_seq + 1$$),
  ('event numbers are missing', 'the number counted back', $$update crm.workspaces set event_seq = event_seq - 1$$),
  ('a caller changed without an event', 'a cap raised', $$update crm.callers set daily_limit = 9 where name = 'Asha'$$),
  ('a caller changed without an event', 'a caller resumed', $$update crm.callers set status = 'active' where name = 'Bina'$$),
  ('a caller changed without an event', 'a caller brought back', $$update crm.callers set archived_at = null where name = 'Esha'$$),
  ('a caller changed without an event', 'a state added', $$insert into crm.caller_states values (routing.current_workspace(), given.caller_id('Bina'), 'Kerala')$$),
  ('a caller changed without an event', 'a caller smuggled in', $$insert into crm.callers (workspace_id, name) values (routing.current_workspace(), 'Ghost')$$),
  ('a counter disagrees with its assignments', 'a counter turned back', $$update crm.caller_daily_counters set count = 1 where caller_id = given.caller_id('Bina')$$),
  ('a counter disagrees with its assignments', 'a counter lost', $$delete from crm.caller_daily_counters where caller_id = given.caller_id('Bina')$$),
  ('a counter disagrees with its assignments', 'a counter of a day without leads', $$insert into crm.caller_daily_counters values (routing.current_workspace(), given.caller_id('Bina'), '2026-01-07', 1)$$),
  ('a counter disagrees with its assignments', 'a lead moved to another day', $$update crm.lead_assignments set business_date = '2026-01-04' where lead_id = given.lead_id('g1')$$),
  ('dealt to an archived caller', 'a lead moved to who had left', $$update crm.lead_assignments set caller_id = given.caller_id('Esha') where lead_id = given.lead_id('k1')$$),
  ('dealt to an archived caller', 'the log forged', $$update crm.events set data = data || '{"archived": true}' where seq = given.event('caller.created', 'Asha') and workspace_id = routing.current_workspace()$$),
  ('dealt to a paused caller', 'a lead moved to who was paused', $$update crm.lead_assignments set caller_id = given.caller_id('Chitra') where lead_id = given.lead_id('k1')$$),
  ('dealt to a paused caller', 'the log forged', $$update crm.events set data = data || '{"status": "paused"}' where seq = given.event('caller.created', 'Asha') and workspace_id = routing.current_workspace()$$),
  ('a cap was exceeded', 'leads moved to who was at the cap', $$update crm.lead_assignments set caller_id = given.caller_id('Asha') where caller_id = given.caller_id('Bina')$$),
  ('a cap was exceeded', 'the log forged', $$update crm.events set data = data || '{"daily_limit": 1}' where seq = given.event('caller.created', 'Asha') and workspace_id = routing.current_workspace()$$),
  ('replay does not reproduce a pick', 'two leads swapped', $$update crm.lead_assignments set slot = 3 - slot
      where deal_id = (select deal_id from crm.lead_assignments where lead_id = given.lead_id('g1')) and slot < 3$$),
  ('replay does not reproduce a pick', 'a deal of fewer leads', $$update crm.deals set leads = leads - 1 where leads > 1$$),
  ('replay does not reproduce a pick', 'a deal of more leads', $$update crm.deals set leads = leads + 1$$),
  ('replay does not reproduce a pick', 'another strategy', $$update crm.deals set strategy = 'favourites'$$),
  ('replay does not reproduce a pick', 'another pool', $$update crm.deals set pool = 'global' where pool = 'state:goa'$$),
  ('replay does not reproduce a pick', 'a member added in the log', $$update crm.events set data = data || '{"states": ["Goa"]}' where seq = given.event('caller.created', 'Deepa') and workspace_id = routing.current_workspace()$$),
  ('a pointer jumped', 'a deal that begins elsewhere', $$update crm.deals d set pointer_before = given.caller_id('Asha')
      where pointer_before is null and pool = 'state:goa' and workspace_id = routing.current_workspace()$$),
  ('a pointer jumped', 'a deal deleted', $$delete from crm.deals where id = (select min(id) from crm.deals where pool = 'state:goa')$$),
  ('a pointer is not where the last deal left it', 'a pointer moved', $$update crm.rr_pointers set last_caller_id = given.caller_id('Bina') where key = 'state:goa'$$),
  ('a pointer is not where the last deal left it', 'a pointer lost', $$delete from crm.rr_pointers where key = 'global' and workspace_id = routing.current_workspace()$$),
  ('a rule was passed over though its pool had a free caller', 'a caller free by the log', $$update crm.events set data = data || '{"status": "active"}'
      where seq = given.event('caller.created', 'Chitra') and workspace_id = routing.current_workspace()$$),
  ('a rule was passed over though its pool had a free caller', 'a lead made one of another state', $$update crm.leads set state = 'Goa', state_from = 'state' where name = 'n2'$$),
  ('a rule was passed over though its pool had a free caller', 'a lead queued though somebody was free', $$update crm.events set data = data || '{"daily_limit": 9}'
      where seq = given.event('caller.created', 'Asha') and workspace_id = routing.current_workspace()$$),
  ('a lead was dealt to a pool that is not its own', 'a lead made one of another state', $$update crm.leads set state = 'Kerala' where name = 'g1'$$)
) as t (violation, how, tampering);

-- Each kind is tested above; a new kind needs a test of its own.
select is_empty($$
  select m[1] from pg_proc p, regexp_matches(p.prosrc, '''((?:a |an |event|dealt|replay)[a-z ]{10,})''', 'g') m
  where p.pronamespace = 'routing'::regnamespace and p.proname like 'verify%' and m[1] <> all (array[
    'a lead is neither assigned nor queued', 'a lead is both assigned and queued', 'an assignment has no event', 'an event has no assignment', 'event numbers are missing',
    'a caller changed without an event', 'a counter disagrees with its assignments', 'dealt to an archived caller', 'dealt to a paused caller', 'a cap was exceeded',
    'replay does not reproduce a pick', 'a pointer jumped', 'a pointer is not where the last deal left it',
    'a rule was passed over though its pool had a free caller', 'a lead was dealt to a pool that is not its own'])$$, 'every violation there is was tested');

-- Where it points to.
select is(given.after($$delete from crm.queue where lead_id = given.lead_id('w4')$$, 'select lead_id from routing.verify_leads()'), given.lead_id('w4')::text, 'a violation names the lead');
select is(given.after($$update crm.caller_daily_counters set count = 7 where caller_id = given.caller_id('Bina')$$, $$select concat_ws(' ', caller_id, detail) from routing.verify_counts()$$),
  given.caller_id('Bina') || ' 2026-01-05: counter 7, assignments 4', 'the caller and the numbers');
select is(given.after($$delete from crm.events where workspace_id = routing.current_workspace() and seq in (6, 7)$$, $$select concat_ws(' ', workspace_id, seq, detail) from routing.verify_events() where seq < 10$$),
  routing.current_workspace() || ' 6 up to 7', 'the events');
select isnt(given.after($$update crm.deals set leads = leads + 1 where id = (select deal_id from crm.lead_assignments where lead_id = given.lead_id('g1'))$$, 'select deal_id from routing.verify_deals()'), null, 'the deal');
select is(given.after($$update crm.leads set state = 'Kerala' where name = 'g1'$$, 'select detail from routing.verify_routes() where lead_id = given.lead_id(''g1'')'), 'state:goa instead of state:kerala', 'the pools');
select is_empty('select * from routing.verify()', 'and all was undone again');

-- What it reads: callers and pools of the past.
select results_eq($$select v.name, v.status, v.daily_limit, v.archived, v.pools, v.to_seq is null from routing.caller_versions v where v.caller_id = given.caller_id('Esha') order by from_seq$$,
  $$values ('Esha', 'active', 0, false, '{state:kerala,global}'::text[], false), ('Esha', 'active', 0, true, '{state:kerala,global}', true)$$, 'a caller as it was between its events');
create function given.members_after(p_name text, p_pool text) returns text language sql as $$
  select string_agg(concat_ws(' ', m.name, m.standing, m.given || '/' || m.daily_limit, nullif(m.turns, 2147483647)), ', ' order by m.caller_id)
  from routing.pool_members_at(array[row(1, routing.current_workspace(), given.event('lead.assigned', p_name), p_pool, '2026-01-05')::routing.probe]) m
$$;
select is(given.members_after('g1', 'state:goa'), 'Asha free 1/3 2, Bina free 0/0', 'a pool right after its first lead');
select is(given.members_after('g1', 'state:kerala'), 'Chitra paused 0/0', 'a pool without who had left');

select * from finish();
rollback;
