-- What people do with leads: what is logged, what follows from it, and the tasks that come of it.
begin;
\ir ../given.psql
select * from no_plan();

create function given.log(p_name text, p_activity jsonb default '{}') returns jsonb language sql
return api.log_activity(given.lead_id(p_name), p_activity);
create function given.disposition(p_name text) returns int language sql
return (select id from crm.dispositions where workspace_id = core.current_workspace() and name = p_name);
create function given.came(p_name text, p_disposition text, p_more jsonb default '{}') returns jsonb language sql
return given.log(p_name, jsonb_build_object('disposition_id', given.disposition(p_disposition)) || p_more);
-- "contacted assigned", "lost closed (Not interested)"
create function given.status(p_name text) returns text language sql
return (select coalesce(status::text, 'new') || ' ' || assignment_status || coalesce(' (' || close_reason || ')', '')
        from core.lead_cards where id = (select given.lead_id(p_name)));
create function given.events(p_name text) returns text language sql
return (select string_agg(e.kind, ' ' order by e.seq) from crm.events e where e.lead_id = (select given.lead_id(p_name)) and e.kind not in ('lead.assigned', 'lead.queued'));
-- Open tasks of a lead: "call Call a 2026-01-05 16:00, ...", in local time.
create function given.tasks(p_name text) returns text language sql
return (select string_agg(concat_ws(' ', t.kind, t.title, t.due_on, t.due_at at time zone w.timezone), ', ' order by t.due, t.id)
        from core.task_cards t join crm.workspaces w on w.id = t.workspace_id where t.lead_id = (select given.lead_id(p_name)) and t.is_open);

-- Every workspace has dispositions.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.no_rules();
select given.rule('all', p_claim_minutes => 10);
select given.caller('Asha'), given.caller('Bina');
select is((select string_agg(d ->> 'name', ', ') from jsonb_array_elements(api.list_dispositions()) d),
  'No answer, Busy, Call back, Interested, Converted, Not interested, Already bought, Wrong number', 'a workspace has dispositions, in their order');
select core.make_dispositions(core.current_workspace());
select is(jsonb_array_length(api.list_dispositions()), 8, 'and gets none twice');
select is((select count(*) from crm.events where workspace_id = core.current_workspace() and kind = 'disposition.created'), 8::bigint, 'each is a record');

-- A call, and what comes of it.
select given.leads('a b c d e f g h');
select is(given.status('a'), 'new assigned', 'a lead is new');
select set_config('given.etag', api.get_lead(given.lead_id('a')) ->> 'etag', true);
select is(given.came('a', 'No answer') -> 'lead' ->> 'status', 'new', 'nobody answered: it still is');
select isnt(api.get_lead(given.lead_id('a')) ->> 'etag', current_setting('given.etag'), 'the etag of the lead is another');
select is(given.tasks('a'), 'call Call a 2026-01-05 16:00:00', 'and is to be called again in four hours');
select is(given.came('a', 'Interested') -> 'lead' ->> 'status', 'contacted', 'reached: it is contacted');
select is(given.tasks('a'), null, 'and what was due today is done: finish_tasks()');
select is(given.events('a'), 'activity.logged task.created activity.logged lead.claimed task.done lead.status_changed', 'each step is an event');
select is((select e.data from crm.events e where e.lead_id = given.lead_id('a') and e.kind = 'lead.status_changed'), '{"to": "contacted", "from": "new", "follows": "activity"}', 'which says what it follows from');
select is(given.came('a', 'Not interested', '{"body": "too dear"}') -> 'lead' ->> 'assignment_status', 'closed', 'a disposition may close');
select is(given.status('a'), 'lost closed (Not interested)', 'with its name as the reason');
select given.came('b', 'Wrong number', '{"reason": "a bakery"}');
select is(given.status('b'), 'junk closed (a bakery)', 'or the reason that is said');

-- What is asked for.
select is(given.refusal($$select given.came('c', 'Not interested')$$), 'LD422 body: With "Not interested" goes a note', 'some need a note');
select is(given.refusal($$select given.came('c', 'Call back')$$), 'LD422 task: With "Call back" goes a time', 'some a time');
select is(given.refusal($$select given.log('c', '{"kind": "note"}')$$), 'LD422 body: A note says something', 'a note is not empty');
select is(given.refusal($$select given.came('c', 'Busy', '{"kind": "note", "body": "x"}')$$), 'LD422 disposition_id: Nothing comes of a note', 'nor a call');
select is(given.refusal($$select given.log('c', '{"disposition_id": 0}')$$), 'LD422 disposition_id: There is no disposition 0', 'what is no disposition');
select is(given.refusal($$select given.log('c', '{"at": "2026-01-05T12:06+05:30"}')$$), 'LD422 at: That is still to come', 'what is not yet');
select is(given.refusal(format($$select given.log('c', '{"task": %s}')$$, task)), 'LD422 ' || said, 'a task that is ' || task) from (values
  ('{}', 'due_at: A task is due on a day or at a time'), ('{"due_on": "2026-01-31", "due_at": "2026-01-31T10:00Z"}', 'due_at: A task is due on a day or at a time'),
  ('{"due_on": "2026-02-30"}', 'due_on: "2026-02-30" is no date'), ('{"due_on": "soon"}', 'due_on: "soon" is no date')) t (task, said);
select is(given.events('c'), null, 'of all that nothing is left');
select alike(given.refusal($$select given.log('nobody')$$), 'LD404: There is no lead%', 'what is no lead');
select given.came('c', 'Call back', '{"task": {"due_at": "2026-01-07T15:00"}, "body": " on Wednesday "}');
select is(given.tasks('c'), 'call Call c 2026-01-07 15:00:00', 'a call-back is a task, in the time of the workspace');
select is((select body from crm.activities where lead_id = given.lead_id('c')), 'on Wednesday', 'the note is kept');
select given.came('c', 'Call back', '{"task": {"due_on": "2026-01-09", "title": "Ask for the brochure"}}');
select is(given.tasks('c'), 'call Ask for the brochure 2026-01-09', 'another takes its place');

-- Without a disposition.
select given.log('d', '{"direction": "in"}'), given.log('e', '{"seconds": 0}'), given.log('f', '{"kind": "visit"}'), given.log('g', '{"kind": "note", "body": "rang the office"}'), given.log('h', '{"kind": "email"}');
select is(given.status(lead), status, lead || ': ' || why) from (values ('d', 'contacted assigned', 'who calls is reached'), ('e', 'new assigned', 'an empty call is none'),
  ('f', 'contacted assigned', 'who is visited is reached'), ('g', 'new assigned', 'a note reaches nobody'), ('h', 'new assigned', 'nor does an e-mail')) t (lead, status, why);
select is(string_agg(l.name, ' ' order by l.name), 'c d f', 'who was reached is claimed, whoever logs it: claim_by_activity()') from core.lead_cards l where l.workspace_id = core.current_workspace() and l.claimed_at is not null and l.closed_at is null;

-- The same of another system.
select is(given.log('g', '{"external_id": "call 1"}') -> 'activity' ->> 'id', given.log('g', '{"external_id": "call 1", "seconds": 60}') -> 'activity' ->> 'id', 'one external id is one activity');
select is(given.refusal($$select given.log('h', '{"external_id": "call 1"}')$$), 'LD409 external_id: The activity call 1 is known of another lead', 'of one lead');
select is((select string_agg(coalesce(a ->> 'external_id', a ->> 'kind'), ' ') from jsonb_array_elements(api.list_activities(given.lead_id('g'), '{}') -> 'items') a), 'call 1 note', 'the newest is listed first');
select is((select string_agg(a ->> 'kind', ' ') from jsonb_array_elements(api.list_activities(given.lead_id('g'), jsonb_build_object('after', api.list_activities(given.lead_id('g'), '{"limit": 1}') -> 'next')) -> 'items') a), 'note', 'page by page');

-- Status set by people, closing, reopening.
select is(api.set_lead_status(given.lead_id('d'), 'qualified', null) ->> 'status', 'qualified', 'a person says how far a lead is');
select given.came('d', 'Interested');
select is(given.status('d'), 'qualified assigned', 'and no call takes that back: follow_activities()');
select is(api.set_lead_status(given.lead_id('d'), 'lost', 'budget cut') ->> 'close_reason', 'budget cut', 'lost is closed, with the reason');
select is(given.status('d'), 'lost closed (budget cut)', 'as lost');
select is(api.reopen_lead(given.lead_id('d')) ->> 'status', 'qualified', 'reopened it is as far as it had come');
select api.set_lead_status(given.lead_id('d'), 'new', null);
select is(given.status('d'), 'new assigned', 'a person may set it back');
select given.came('d', 'Interested');
select is(given.status('d'), 'contacted assigned', 'the next call that reaches the person counts');
select api.close_lead(given.lead_id('d'), 'junk'), api.set_lead_status(given.lead_id('d'), 'contacted', null);
select is(given.status('d'), 'contacted assigned', 'who says contacted of a closed lead opens it');
select is(given.refusal(format($$select api.close_lead(%L, 'contacted')$$, given.lead_id('d'))), 'LD422 status: A lead that is contacted is not closed', 'contacted ends nothing');
update crm.leads set status = 'qualified' where id = given.lead_id('e');
select is((select e.data from crm.events e where e.lead_id = given.lead_id('e') and e.kind = 'lead.status_changed'), '{"to": "qualified", "from": "new"}', 'a plain update is an event too');
select is(routing.derive_status(core.current_workspace(), given.lead_id('e')), 'qualified', 'which counts as said by a person');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Tasks go along with their lead.
select given.leads('x'), given.came('x', 'Call back', '{"task": {"due_on": "2026-01-05"}}');
create function given.mine(p_caller text, p_when text) returns text language sql
return (select string_agg(t ->> 'title', ', ') from jsonb_array_elements(api.list_tasks(jsonb_build_object('caller_id', given.caller_id(p_caller), 'when', p_when)) -> 'items') t);
select is(concat_ws(' / ', given.mine('Asha', 'today'), given.mine('Bina', 'today')), 'Call x', 'a task is of who has the lead');
select is(given.callers_of('x'), 'Asha', 'which is Asha');
select api.reassign_lead(given.lead_id('x'), given.caller_id('Bina'));
select is(given.mine('Asha', 'today'), null, 'a lead that changes hands');
select is(given.mine('Bina', 'today'), 'Call x', 'takes its tasks along');
select given.now('2026-01-05 12:01+05:30'), api.close_lead(given.lead_id('x'), 'lost');
select is(given.tasks('x'), null, 'while the lead is closed it rests');
select given.came('x', 'Call back', '{"task": {"due_on": "2026-04-01", "title": "Ask again"}}');
select is(given.tasks('x'), 'call Ask again 2026-04-01', 'but for one that is made then');
select api.reopen_lead(given.lead_id('x'));
select is(given.tasks('x'), 'call Ask again 2026-04-01', 'reopened, what is open is open');
select given.leads('y'), given.came('y', 'Busy'), given.now('2026-01-05 12:02+05:30'), api.close_lead(given.lead_id('y')), api.reopen_lead(given.lead_id('y'));
select is(given.tasks('y'), 'call Call y 2026-01-05 13:01:00', 'a task that rested is there again');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- What was logged by mistake.
create function given.withdraw(p_logged jsonb) returns jsonb language sql return api.withdraw_activity((p_logged -> 'activity' ->> 'id')::uuid);
select given.leads('m n'), given.now('2026-01-06 10:00+05:30');
select set_config('given.first', given.came('m', 'Busy')::text, true), set_config('given.logged', given.came('m', 'Interested')::text, true);
select is(given.status('m') || coalesce(given.tasks('m'), ''), 'contacted assigned', 'one taps the wrong button');
select given.now('2026-01-06 10:10+05:30'), given.withdraw(current_setting('given.logged')::jsonb);
select is(given.status('m') || ', ' || given.tasks('m'), 'new assigned, call Call m 2026-01-06 11:00:00', 'taken back, it is as it was before');
select is((select string_agg(e.kind, ' ' order by e.seq) from crm.events e where e.lead_id = given.lead_id('m') and e.seq > (current_setting('given.logged')::jsonb -> 'activity' ->> 'seq')::bigint),
  'lead.claimed task.done lead.status_changed activity.withdrawn task.reopened lead.status_changed', 'each step is an event');
select is(given.refusal($$select given.withdraw(current_setting('given.logged')::jsonb)$$), 'LD409: It was taken back already', 'once');
select given.withdraw(current_setting('given.first')::jsonb);
select is(given.tasks('m'), null, 'the task that it opened is called off');
select set_config('given.logged', given.came('n', 'Wrong number')::text, true);
select given.withdraw(current_setting('given.logged')::jsonb);
select is(given.status('n'), 'new assigned', 'a lead that it closed is open again');
select set_config('given.logged', given.came('n', 'Wrong number')::text, true), api.reopen_lead(given.lead_id('n')), api.close_lead(given.lead_id('n'), 'lost', 'said so');
select given.withdraw(current_setting('given.logged')::jsonb);
select is(given.status('n'), 'lost closed (said so)', 'but not if somebody closed it since: is_closed_by()');
select set_config('given.logged', given.log('m', '{"kind": "note", "body": "x"}')::text, true), given.now('2026-01-07 11:00+05:30');
select is(given.refusal($$select given.withdraw(current_setting('given.logged')::jsonb)$$), 'LD409: It is too old to be taken back', 'not for ever');
select alike(given.refusal($$select api.withdraw_activity('00000000-0000-7000-8000-000000000000')$$), 'LD404: There is no activity%', 'what is none');
select is((select string_agg(i ->> 'kind', ' ' order by n) from jsonb_array_elements(api.list_timeline(given.lead_id('m'), '{"limit": 4}') -> 'items') with ordinality i (i, n)),
  'activity.logged task.archived activity.withdrawn lead.status_changed', 'list_timeline() has the newest first');
select is(api.list_timeline(given.lead_id('m'), '{"limit": 1}') -> 'items' -> 0 -> 'activity' ->> 'body', 'x', 'with what people wrote');
select is((select string_agg(i ->> 'kind', ' ') from jsonb_array_elements(api.list_timeline(given.lead_id('m'), jsonb_build_object('limit', 1, 'after', api.list_timeline(given.lead_id('m'), '{"limit": 1}') -> 'next')) -> 'items') i),
  'task.archived', 'page by page');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Dispositions are edited.
create function given.offered() returns text language sql return (select string_agg(d ->> 'name', ', ') from jsonb_array_elements(api.list_dispositions()) d);
select is(api.create_disposition('{"name": " Left a message ", "position": 2, "task_hours": 24}') ->> 'name', 'Left a message', 'a disposition is made');
select alike(given.offered(), 'No answer, Left a message, Busy%', 'at its place: place_disposition()');
select api.update_disposition(given.disposition('Left a message'), '{"name": "Voicemail", "position": 9, "closes_as": "junk"}');
select alike(given.offered(), '%Wrong number, Voicemail', 'it is moved');
select is(api.get_disposition(given.disposition('Voicemail')) - '{id,etag,created_at,archived_at}'::text[], '{"name": "Voicemail", "position": 9, "counts_as_contacted": false, "task_hours": null, "needs_time": false, "closes_as": "junk", "needs_note": false}', 'and replaced');
select alike(given.refusal($$select api.create_disposition('{"name": "BUSY"}')$$), '23505 dispositions_name_key%', 'no two have one name');
select api.archive_disposition(given.disposition('Busy'));
select is(given.refusal($$select given.came('m', 'Busy')$$), 'LD409 disposition_id: The disposition Busy is archived', 'an archived one is not offered');
select is((select a -> 'disposition' ->> 'name' from jsonb_array_elements(api.list_activities(given.lead_id('y'), '{}') -> 'items') a), 'Busy', 'but still to be read');
select is(given.refusal($$select api.update_disposition(given.disposition('Busy'), '{"name": "Busy"}')$$), 'LD409: The disposition Busy is archived', 'nor edited');

-- Tasks by hand. Days are those of the workspace.
create function given.task(p_task jsonb) returns jsonb language sql return api.create_task(p_task);
create function given.days(p_zone text, p_day text, p_now text) returns text language plpgsql as $$
begin
  perform given.workspace(p_zone), given.now('2026-03-01 12:00+00:00');
  perform given.task(jsonb_build_object('title', 'All day', 'caller_id', given.caller('Ann'), 'due_on', p_day));
  perform given.task(jsonb_build_object('title', 'Late', 'caller_id', given.caller_id('Ann'), 'due_at', p_day || 'T23:30'));
  perform given.now((p_now::timestamp at time zone p_zone)::text);
  return (select string_agg(k || ' ' || (api.count_tasks('{}') ->> k), ', ') from unnest('{overdue,today,later}'::text[]) k);
end $$;
select is(given.days(zone, day, since), said, zone || ' ' || since || ': ' || said)
from (values
  ('Asia/Kolkata', '2026-03-10', '2026-03-09 23:59', 'overdue 0, today 0, later 2'), ('Asia/Kolkata', '2026-03-10', '2026-03-10 00:00', 'overdue 0, today 2, later 0'),
  ('Asia/Kolkata', '2026-03-10', '2026-03-10 23:59', 'overdue 0, today 2, later 0'), ('Asia/Kolkata', '2026-03-10', '2026-03-11 00:00', 'overdue 2, today 0, later 0'),
  ('America/New_York', '2026-03-08', '2026-03-07 23:59', 'overdue 0, today 0, later 2'), ('America/New_York', '2026-03-08', '2026-03-08 00:00', 'overdue 0, today 2, later 0'),
  ('America/New_York', '2026-03-08', '2026-03-08 23:59', 'overdue 0, today 2, later 0'), ('America/New_York', '2026-03-08', '2026-03-09 00:00', 'overdue 2, today 0, later 0'),
  ('America/New_York', '2026-11-01', '2026-11-01 23:59', 'overdue 0, today 2, later 0'), ('America/New_York', '2026-11-01', '2026-11-02 00:00', 'overdue 2, today 0, later 0')) t (zone, day, since, said);

select given.workspace(), given.now('2026-03-10 12:00+05:30'), given.caller('Ann'), given.caller('Ben'), given.leads('q');
create function given.listed(p_filter jsonb) returns text language sql
return (select string_agg(t ->> 'title', ', ' order by n) from jsonb_array_elements(api.list_tasks(p_filter) -> 'items') with ordinality t (t, n));
select given.task(jsonb_build_object('title', n, 'due_at', '2026-03-1' || n || 'T10:00', 'caller_id', given.caller_id('Ann'))) from generate_series(1, 5) n;
select is(given.listed('{}'), '1, 2, 3, 4, 5', 'tasks are listed as they are due');
select is(given.listed(jsonb_build_object('limit', 3, 'after', api.list_tasks('{"limit": 2}') -> 'next')), '3, 4, 5', 'page by page');
select api.finish_task(id), given.now('2026-03-10 12:0' || title || '+05:30') from crm.tasks where workspace_id = core.current_workspace() and title in ('2', '4') order by title;
select is(given.listed('{"when": "done"}'), '4, 2', 'done ones the last first');
select is(given.listed(jsonb_build_object('when', 'done', 'after', api.list_tasks('{"when": "done", "limit": 1}') -> 'next')), '2', 'page by page too');
select is(given.listed('{}'), '1, 3, 5', 'and are open no more');
select api.reopen_task(id) from crm.tasks where workspace_id = core.current_workspace() and title = '2';
select api.archive_task(id) from crm.tasks where workspace_id = core.current_workspace() and title = '3';
select is(api.update_task(id, '{"due_on": "2026-04-01"}') - '{id,etag,caller,created_at,created_by,lead,owner,archived_at,done_at,done_by}'::text[],
  '{"kind": "call", "title": "1", "due_on": "2026-04-01", "due_at": null, "due_date": "2026-04-01", "is_open": true, "origin": "hand"}', 'a task is moved: task_to_change()') from crm.tasks where workspace_id = core.current_workspace() and title = '1';
select is(given.listed('{}'), '2, 5, 1', 'reopened, called off and moved');
select is(given.refusal(format('select api.update_task(%L, %L)', id, '{"title": "x"}')), 'LD409: The task is done', 'what is done is not changed') from crm.tasks where workspace_id = core.current_workspace() and title = '4';
select is(given.refusal(format('select api.finish_task(%L)', id)), 'LD409: The task is archived', 'nor what is called off') from crm.tasks where workspace_id = core.current_workspace() and title = '3';
select alike(given.refusal(format('select given.task(%L)', task)), refusal, task::text) from (values
  ('{"due_on": "2026-03-11"}', 'LD422 title: %'), ('{"title": "x"}', 'LD422 due_at: %'),
  ('{"due_on": "2026-03-11", "lead_id": "00000000-0000-7000-8000-000000000000"}', 'LD422%'),
  ('{"title": "x", "due_on": "2026-03-11", "caller_id": "00000000-0000-7000-8000-000000000000"}', 'LD422 caller_id: There is no caller%')) t (task, refusal);
select is(api.create_task(jsonb_build_object('due_on', '2026-03-11', 'lead_id', given.lead_id('q'))) ->> 'title', 'Call q', 'a task of a lead says so');

-- Who sees which: task_in_sight().
select set_config('given.ann', 'user:' || api.create_user(core.current_workspace(), 'ann@fairlead.example', 'Ann', 'caller', 'x'), true);
update crm.users set caller_id = given.caller_id('Ann') where workspace_id = core.current_workspace() and name = 'Ann';
grant usage on schema given to fairlead_caller;
grant execute on all functions in schema given to fairlead_caller;
select set_config('given.q', given.lead_id('q')::text, true), set_config('given.holder', given.callers_of('q'), true);
select is(current_setting('given.holder'), 'Ann', 'the lead is with Ann');
select set_config('given.others', api.create_task(jsonb_build_object('title', 'Of Ben', 'due_on', '2026-03-11', 'caller_id', given.caller_id('Ben'))) ->> 'id', true);
select set_config('fairlead.actor', current_setting('given.ann'), true);
set local role fairlead_caller;
select is(given.listed('{}'), 'Call q, 2, 5, 1', 'a caller sees the own tasks, and those of the own leads');
select alike(given.refusal(format('select api.finish_task(%L)', current_setting('given.others'))), 'LD404: There is no task%', 'and nobody else''s');
select is(given.refusal(format('select given.task(%L)', jsonb_build_object('title', 'x', 'due_on', '2026-03-11', 'caller_id', '00000000-0000-7000-8000-000000000000'))), 'LD403 caller_id: A caller makes tasks for nobody else', 'nor makes them');
select is(api.create_task('{"title": "Mine", "due_on": "2026-03-10"}') -> 'owner' ->> 'name', 'Ann', 'but for oneself');
select is(given.listed('{"when": "today"}'), 'Mine', 'which is listed');
select is(api.log_activity(current_setting('given.q')::uuid, '{"direction": "in"}') -> 'activity' -> 'caller' ->> 'name', 'Ann', 'what a caller logs is the caller''s work');
reset role;
select set_config('fairlead.actor', 'cli', true);
select is((select string_agg(e.kind || ' ' || coalesce(c.name, ''), ', ' order by e.seq) from crm.events e left join crm.callers c on c.id = e.caller_id where e.lead_id = given.lead_id('q') and e.kind not in ('lead.assigned', 'task.created')),
  'activity.logged , lead.claimed Ann, lead.status_changed ', 'and claims the lead');
select is_empty('select violation, detail from routing.verify()', 'the record is right');
select ok(core.finish_task(id, true) is not null, 'finish_task() twice is once') from crm.tasks where workspace_id = core.current_workspace() and title = '4';

-- In working hours: add_working_time().
create function given.worked(p_from text, p_hours int, p_week jsonb, p_off text default '{}', p_zone text default 'Asia/Kolkata') returns text language sql
return routing.add_working_time(p_from::timestamp at time zone p_zone, make_interval(hours => p_hours), routing.read_hours(p_week), p_off::tstzmultirange, p_zone) at time zone p_zone;
select is(given.worked(since, hours, week::jsonb, off, zone), due, why) from (values
  ('2026-01-05 12:00', 4, null, '{}', 'Asia/Kolkata', '2026-01-05 16:00:00', 'who always works has worked at once'),
  ('2026-01-05 16:00', 4, '[{"days": [1,2,3,4,5], "from": "09:00", "to": "18:00"}]', '{}', 'Asia/Kolkata', '2026-01-06 11:00:00', 'the day ends in between'),
  ('2026-01-09 16:00', 4, '[{"days": [1,2,3,4,5], "from": "09:00", "to": "18:00"}]', '{}', 'Asia/Kolkata', '2026-01-12 11:00:00', 'or the week'),
  ('2026-01-05 05:00', 4, '[{"days": [1,2,3,4,5], "from": "09:00", "to": "18:00"}]', '{}', 'Asia/Kolkata', '2026-01-05 13:00:00', 'before work nothing is worked'),
  ('2026-01-05 09:00', 9, '[{"days": [1,2,3,4,5], "from": "09:00", "to": "18:00"}]', '{}', 'Asia/Kolkata', '2026-01-05 18:00:00', 'a whole day ends with it'),
  ('2026-01-05 16:00', 4, '[{"days": [1,2,3,4,5], "from": "09:00", "to": "18:00"}]', '{["2026-01-06 00:00+05:30","2026-01-07 00:00+05:30")}', 'Asia/Kolkata', '2026-01-07 11:00:00', 'who is away does not work'),
  ('2026-01-10 23:00', 4, '[{"days": [6], "from": "22:00", "to": "06:00"}]', '{}', 'Asia/Kolkata', '2026-01-11 03:00:00', 'a night goes over midnight'),
  ('2026-01-11 05:00', 4, '[{"days": [7], "from": "22:00", "to": "06:00"}]', '{}', 'Asia/Kolkata', '2026-01-12 02:00:00', 'and over the week'),
  ('2026-03-07 23:00', 4, '[{"days": [6], "from": "22:00", "to": "06:00"}]', '{}', 'America/New_York', '2026-03-08 04:00:00', 'in spring an hour is missing'),
  ('2026-10-31 23:00', 4, '[{"days": [6], "from": "22:00", "to": "06:00"}]', '{}', 'America/New_York', '2026-11-01 02:00:00', 'in autumn there is one more'),
  ('2026-01-05 12:00', 1000, '[{"days": [1], "from": "09:00", "to": "09:05"}]', '{}', 'Asia/Kolkata', '2027-01-04 09:05:00', 'who hardly works is asked within a year'),
  ('2026-01-05 12:00', 4, null, '{["2026-01-05 13:00+05:30",)}', 'Asia/Kolkata', '2026-01-05 13:00:00', 'who leaves, before leaving')
) t (since, hours, week, off, zone, due, why);
select given.caller('Nina'), given.change('Nina', 'hours = ''{[540,1080)}''');  -- on Mondays
select is(routing.add_working_hours(core.current_workspace(), given.caller_id('Nina'), '2026-01-05 17:00+05:30', 4), '2026-01-12 12:00+05:30', 'the hours of the caller count');
insert into crm.alert_settings (workspace_id, alerts, hours) values (core.current_workspace(), '{}', '{[600,660)}');
select is(routing.add_working_hours(core.current_workspace(), given.caller_id('Bina'), '2026-01-05 10:30+05:30', 1), '2026-01-12 10:30+05:30', 'or those of the workspace');

-- What these are made of.
select is((core.read_activity(w, given.lead_id('g'), '{"kind": "email"}', core.current_time())).direction, 'out', 'read_activity() takes what one sends for sent') from crm.workspaces w where w.id = core.current_workspace();
select is(given.refusal('select core.find_disposition(0)'), 'LD422 disposition_id: There is no disposition 0', 'find_disposition() finds none');
select is((core.read_task('{"kind": "email", "due_on": "2026-01-31", "title": " Write "}', 'hand', core.current_time())).title, 'Write', 'read_task() trims');
select is(core.read_task_date('2026-01-31'), '2026-01-31'::date, 'read_task_date() reads a date');
select is(given.refusal('select core.store_task(null)'), null, 'store_task() stores no task where there is none');
select is((core.task_of_activity(a, null, l, core.current_time())).id, null, 'task_of_activity() is none without one') from crm.activities a join core.lead_cards l on l.id = a.lead_id where a.lead_id = given.lead_id('g') and a.kind = 'note';
select is(core.logged_json(a) - '{task,lead,etag}'::text[], jsonb_build_object('activity', core.activity_json(a)), 'logged_json() has the activity as activity_json() shows it') from crm.activities a where a.lead_id = given.lead_id('g') and a.kind = 'note';
select is(core.task_json(c) ->> 'due_date', '2026-04-01', 'task_json() says the day') from core.task_cards c where c.title = 'Ask again';
select is(core.task_snapshot(t) - '{id,lead_id}'::text[], '{"kind": "call", "title": "Ask again", "due_on": "2026-04-01", "due_at": null, "owner_id": null, "caller_id": null, "origin": "hand", "done": false, "done_with": null, "archived": false}', 'task_snapshot() is a task') from crm.tasks t where t.title = 'Ask again';
select is(core.disposition_json(d) - '{id,etag,created_at,archived_at}'::text[], core.disposition_snapshot(d) - '{id,archived}'::text[], 'disposition_json() is what disposition_snapshot() has') from crm.dispositions d where d.id = given.disposition('Busy');
select is(core.describe_activity(a), jsonb_build_object('activity_id', a.id, 'activity', 'note'), 'describe_activity() leaves out what people wrote') from crm.activities a where a.lead_id = given.lead_id('g') and a.kind = 'note';
select ok(routing.ends_lead('junk') and not routing.ends_lead('contacted') and not routing.ends_lead(null), 'ends_lead() knows what closes a lead');
select is(routing.status_change(l, l), null, 'status_change() is null for none') from crm.leads l where l.id = given.lead_id('a');

select * from finish();
rollback;
