-- A lead given to another caller, or back through routing: the old assignment ends, the new one opens, and the log says who did it.
begin;
\ir ../given.psql
select * from no_plan();

create function given.history(p_name text) returns setof text language sql as $$
  select concat_ws(' | ', c.name, a.status, (a.ended_at at time zone 'Asia/Kolkata')::time(0), a.assigned_by, a.assignment_reason)
  from routing.assignments_of_lead(core.current_workspace(), given.lead_id(p_name)) a join crm.callers c on c.id = a.caller_id
$$;

select given.workspace();
select api.create_user(core.current_workspace(), 'meera@example.com', 'Meera', 'manager', 'x');
select set_config('fairlead.actor', 'user:' || user_id, true) from api.find_user('meera@example.com');
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}', 1), given.caller('Chitra', '{}', 0, 'paused'), given.caller('Deepa');
select api.archive_caller(given.caller_id('Deepa'));
select given.leads('g1 g2 g3', 'Goa');

select given.now('2026-01-05 13:00+05:30');
select is(api.reassign_lead(given.lead_id('g1'), given.caller_id('Bina'), ' speaks Konkani ') -> 'assigned_caller' ->> 'name', 'Bina', 'a manager gives a lead to a caller, over the cap if need be');
select results_eq($$select given.history('g1')$$, $$values
  ('Asha | reassigned | 13:00:00 | routing | Goa round robin'),
  ('Bina | assigned | user:' || (select user_id from api.find_user('meera@example.com')) || ' | Given by Meera, before with Asha: speaks Konkani')$$, 'the old assignment ends, the new one says who did it and why');
select results_eq($$select kind, c.name, e.actor, (select name from crm.callers where id::text = data ->> 'from'), data ->> 'reason', at
  from crm.events e join crm.callers c on c.id = e.caller_id where lead_id = given.lead_id('g1') order by seq desc limit 1$$,
  $$select 'lead.reassigned', 'Bina', 'user:' || user_id, 'Asha', 'speaks Konkani', '2026-01-05 13:00+05:30'::timestamptz from api.find_user('meera@example.com')$$, 'and so does the log');
select is((select count(*) from crm.events where lead_id = given.lead_id('g1')), 2::bigint, 'as one event');
select is(given.count_of('Bina', '2026-01-05'), 2, 'it counts for who got it');
select is(given.count_of('Asha', '2026-01-05'), 1, 'and no more for who had it');
select given.leads('g4 g5', 'Goa');
select is(given.callers_of('g4 g5'), 'Asha Asha', 'so that routing sees a cap reached by hand');
select is((select last_caller_id from crm.rr_pointers where key = 'state:goa'), given.caller_id('Asha'), 'the circle does not move by hand');

select is(api.reassign_lead(given.lead_id('g2'), null) ->> 'assignment_reason', 'Goa round robin', 'a lead goes back through routing');
select is(given.callers_of('g2'), 'Asha', 'to who is next');
select results_eq($$select kind, (select name from crm.callers c where c.id = caller_id) from crm.events where lead_id = given.lead_id('g2') order by seq$$,
  $$values ('lead.assigned', 'Bina'), ('lead.reassigned', null), ('lead.assigned', 'Asha')$$, 'the log says both that it was given back and to whom it went');

select api.set_caller_status(given.caller_id('Asha'), 'paused');
select is(api.reassign_lead(given.lead_id('g3'), null, 'she is away') ->> 'assignment_status', 'queued', 'with nobody free it waits');
select is(given.fate('g3'), 'queued: No caller free (2 paused, 1 at cap)', 'and says why');
select results_eq($$select given.history('g3')$$, $$values ('Asha | reassigned | 13:00:00 | routing | Goa round robin')$$, 'nobody has it then');
create temp table waiting as select seq, queued_at from crm.queue;
select given.now('2026-01-05 14:00+05:30');
select is(api.reassign_lead(given.lead_id('g3'), null) ->> 'assignment_status', 'queued', 'it may be tried again');
select ok(q.queued_at = w.queued_at and q.seq > w.seq, 'and has waited since it first did') from crm.queue q, waiting w;
select is(api.reassign_lead(given.lead_id('g3'), given.caller_id('Bina')) ->> 'assignment_reason', 'Given by Meera, before in the queue', 'a manager takes it out of the queue');
select is_empty('select * from crm.queue', 'where it is no more');

create temp table before as select count(*) from crm.events;
select is(given.refusal(format('select api.reassign_lead(%L, %L)', lead, caller)), refusal, why) from (values
  (given.lead_id('g1'), given.caller_id('Bina'), 'LD409 caller_id: Bina has this lead already', 'not to who has it'),
  (given.lead_id('g1'), given.caller_id('Chitra'), 'LD409 caller_id: Chitra is paused', 'not to who is paused'),
  (given.lead_id('g1'), given.caller_id('Deepa'), 'LD409 caller_id: Deepa is archived', 'not to who is gone'),
  (given.lead_id('g1'), '00000000-0000-7000-8000-000000000000'::uuid, 'LD422 caller_id: There is no caller 00000000-0000-7000-8000-000000000000', 'not to nobody'),
  ('00000000-0000-7000-8000-000000000000', null, 'LD404: There is no lead 00000000-0000-7000-8000-000000000000', 'nor what is no lead')
) as t (lead, caller, refusal, why);
select is((select count(*) from crm.events), (select count from before), 'what is refused changes nothing');
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

-- Another workspace's leads and callers are out of reach.
create temp table other as select given.lead_id('g1') as lead, given.caller_id('Bina') as caller;
select given.workspace(); select given.caller('Here'); select given.leads('mine');
select alike(given.refusal(format('select api.reassign_lead(%L, null)', (select lead from other))), 'LD404: There is no lead %', 'not a lead of another workspace');
select alike(given.refusal(format('select api.reassign_lead(%L, %L)', given.lead_id('mine'), (select caller from other))), 'LD422 caller_id: There is no caller %', 'not to a caller of another');

-- The pieces. move_leads() is what the above is made of.
select is(given.refusal(format('select core.refuse_taking(l, %L) from core.lead_cards l where id = %L', c, given.lead_id('mine'))), refusal, why) from (values
  (given.caller('Free'), null, 'refuse_taking() lets a free caller take a lead'), (given.caller_id('Here'), 'LD409 caller_id: Here has this lead already', 'but not twice')) as t (c, refusal, why);
select is(given.refusal(format('select routing.refuse_archived(core.current_workspace(), %L)', given.caller_id('Free'))), null, 'refuse_archived() lets pass who is there');
select given.now('2026-01-05 20:00Z');
select routing.end_assignment(core.current_workspace(), given.lead_id('mine'), 'reassigned', core.current_time(),
  core.write_event(core.current_workspace(), 'lead.reassigned', given.lead_id('mine'), null, '{}'));
select is((select concat_ws(' ', a.status, a.ended_at = core.current_time(), a.ended_seq = w.event_seq) from crm.lead_assignments a join crm.workspaces w on w.id = a.workspace_id where a.lead_id = given.lead_id('mine')),
  'reassigned t t', 'end_assignment() ends the open assignment by its event');
select routing.record_moves(w, routing.prepare_moves(w.id, array[given.lead_id('mine')], array[given.caller_id('Free')],
  '2026-01-06', 'By hand', null), core.reserve_events(w.id, 1), core.current_time(), null) from crm.workspaces w where w.id = core.current_workspace();
select is(given.count_of('Free', '2026-01-06'), 1, 'record_moves() counts for the business day');
select is((select business_date from crm.lead_assignments where lead_id = given.lead_id('mine') and ended_at is null), '2026-01-06', 'and stores it');
select results_eq('select violation from routing.verify()',
  $$values ('a lead that was moved by hand still counts for who had it')$$,
  'under the event written before; whoever moves a lead has it counted no more');

select * from finish();
rollback;
