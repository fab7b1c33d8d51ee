-- The audit: every change is an event that says before and after, the log cannot be edited, and its seals prove that it was not.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select set_config('fairlead.actor', 'user:' || api.create_user(core.current_workspace(), 'uma@fairlead.example', 'Uma', 'manager', 'x'), true);
-- "12 user:Uma lead.assigned lead a: caller - > Asha; status - > assigned"
create function given.told(p_event report.audit_log) returns text language sql
return concat_ws(' ', p_event.kind, 'by', p_event.actor, 'of', p_event.about, p_event.about_name) || coalesce(': ' || (
  select string_agg(format('%s %s > %s', c ->> 'field', coalesce(c -> 'before' ->> 'name', c ->> 'before', '-'), coalesce(c -> 'after' ->> 'name', c ->> 'after', '-')), '; ' order by c ->> 'field')
  from jsonb_array_elements(p_event.changes) c), '');
create function given.audit(p_after bigint default 0) returns setof text language sql as $$
  select given.told(a) from report.audit_log a where a.workspace_id = core.current_workspace() and a.seq > p_after order by a.seq
$$;
create function given.last() returns bigint language sql return (select event_seq from crm.workspaces where id = core.current_workspace());
create function given.new(p_statement text) returns setof text language plpgsql as $$
declare
  v_last bigint := given.last();
begin
  execute p_statement;
  return query select given.audit(v_last);
end $$;

-- Settings.
select results_eq($$select given.new('select api.update_workspace(''{"timezone": "Asia/Dubai"}'')')$$,
  array['workspace.updated by Uma of workspace ' || (select name from crm.workspaces where id = core.current_workspace()) || ': timezone Asia/Kolkata > Asia/Dubai'], 'a setting is changed: before and after');
select results_eq($$select given.new('update crm.workspaces set drains_queue = false where id = core.current_workspace()')$$,
  array['workspace.updated by Uma of workspace ' || (select name from crm.workspaces where id = core.current_workspace()) || ': drains_queue true > false'], 'by a plain update, too');
select is_empty($$select given.new('update crm.workspaces set drains_queue = false where id = core.current_workspace()')$$, 'what changes nothing is no event');
update crm.workspaces set drains_queue = true, timezone = 'Asia/Kolkata' where id = core.current_workspace();

-- Callers and rules.
select results_eq($$select given.new('select given.caller(''Asha'', ''{Goa}'', 5)')$$,
  array['caller.created by Uma of caller Asha: archived - > false; daily_limit - > 5; disabled - > false; max_load - > 0; name - > Asha; states - > ["Goa"]; status - > active; weight - > 1'], 'a new caller was nothing before');
select results_eq($$select given.new('select given.change(''Asha'', ''daily_limit = 7, max_load = 2'')')$$, array['caller.updated by Uma of caller Asha: daily_limit 5 > 7; max_load 0 > 2'], 'a caller is changed');
select results_eq($$select given.new('select given.competence(''Asha'', ''Site'', 3)')$$, array['caller.updated by Uma of caller Asha: sources {} > {"Site": 3}'], 'in what stands elsewhere, too');
select given.caller('Bina', '{Goa}');
select results_eq($$select given.new('select given.rule(''hot'', ''{team}'')')$$,
  array['rule.created by Uma of rule hot: archived - > false; attributes - > ["team"]; is_on - > true; is_paused - > false; most_expiries - > 3; name - > hot; on_exhausted - > next; step - > 3; strategy - > round_robin'], 'a new rule');
select results_eq($$select given.new('update crm.rules set claim_minutes = 10, is_on = false where name = ''hot''')$$, array['rule.updated by Uma of rule hot: claim_minutes - > 10; is_on true > false'], 'a rule is changed');
select results_eq($$select given.new('update crm.rules set condition = given.all(given.term(''city'', ''is'', ''Pune'')), attributes = ''{}'', callers = array[given.caller_id(''Asha'')] where name = ''hot''')$$,
  array['rule.updated by Uma of rule hot: attributes ["team"] > []; callers [] > ["Asha"]; condition - > Leads whose city is Pune'], 'a condition is told in words, callers by name: in_words()');
select results_eq($$select given.new('update crm.rules set step = null, archived_at = now() where name = ''hot''')$$, array['rule.archived by Uma of rule hot: archived false > true; step 3 > -'], 'and archived');

-- Sources and users, whose events hold snapshots, or as older ones do, some of it.
create function given.written(p_kind text, p_data jsonb) returns setof text language plpgsql as $$
begin
  return query select given.new(format('select core.write_event(core.current_workspace(), %L, null, null, %L, %L, %L)', p_kind, p_data,
    substring(p_kind from '^(source|user)'), coalesce(p_data ->> 'source_id', p_data ->> 'user_id')));
end $$;
select results_eq($$select given.written('source.created', '{"source_id": 77, "name": "Sheet"}')$$, array['source.created by Uma of source Sheet: name - > Sheet'], 'a new source');
select results_eq($$select given.written('source.created', '{"source_id": 78, "name": "Form", "needs_competence": true}')$$, array['source.created by Uma of source Form: name - > Form; needs_competence - > true'], 'another');
select results_eq($$select given.written('source.updated', '{"source_id": 77, "name": "Sheet 2", "needs_competence": false}')$$, array['source.updated by Uma of source Sheet 2: name Sheet > Sheet 2; needs_competence - > false'], 'a source is changed: before is of the same source');
select results_eq($$select given.written('user.created', '{"user_id": "a", "name": "Ravi", "role": "caller", "email": "r@x"}')$$, array['user.created by Uma of user Ravi: email - > r@x; name - > Ravi; role - > caller'], 'a new user');
select results_eq($$select given.written('user.password_changed', '{"user_id": "a"}')$$, array['user.password_changed by Uma of user Ravi'], 'an event without a snapshot changes nothing that could be shown');
select results_eq($$select given.written('user.updated', '{"user_id": "a", "name": "Ravi", "role": "manager"}')$$, array['user.updated by Uma of user Ravi: role caller > manager'], 'and is left aside when before is looked for');
select results_eq($$select given.written('test.happened', '{"name": "x", "size": 3}')$$, array['test.happened by Uma of: name - > x; size - > 3'], 'an event about none of these shows what it says');

-- Leads: who has them and where they stand.
select results_eq($$select given.new('select given.leads(''a'', ''Goa'')')$$, array['lead.assigned by Uma of lead a: caller - > Asha; status - > assigned'], 'a lead is assigned');
select is((select a.reason from report.audit_log a where a.workspace_id = core.current_workspace() and a.about_name = 'a'), 'Goa round robin', 'with the reason');
select results_eq($$select given.new('select api.claim_lead(given.lead_id(''a''), given.caller_id(''Asha''))')$$, array['lead.claimed by Uma of lead a: status assigned > claimed'], 'claimed');
select results_eq($$select given.new('select api.reassign_lead(given.lead_id(''a''), given.caller_id(''Bina''), ''knows him'')')$$, array['lead.reassigned by Uma of lead a: caller Asha > Bina; status claimed > assigned'], 'given to another');
select is((select a.reason from report.audit_log a where a.workspace_id = core.current_workspace() and a.seq = given.last()), 'knows him', 'for the reason given');
select results_eq($$select given.new('select api.close_lead(given.lead_id(''a''))')$$, array['lead.closed by Uma of lead a: status assigned > closed'], 'closed');
select results_eq($$select given.new('select api.reopen_lead(given.lead_id(''a''))')$$, array['lead.reopened by Uma of lead a: status closed > assigned'], 'opened again');
select given.change('Asha', 'status = ''paused'''), api.set_caller_status(given.caller_id('Bina'), 'paused');
select results_eq($$select given.new('select api.reassign_lead(given.lead_id(''a''), null)')$$,
  array['lead.reassigned by Uma of lead a: caller Bina > -; status assigned > unassigned', 'lead.queued by Uma of lead a: status unassigned > queued'], 'back through routing, and into the queue');
select results_eq($$select given.new('select api.hold_lead(given.lead_id(''a''), true)')$$, array['lead.held by Uma of lead a: status queued > held'], 'held');
select results_eq($$select given.new('select api.hold_lead(given.lead_id(''a''), false)')$$, array['lead.released by Uma of lead a: status held > queued'], 'released');

select is(core.status_after(e), status, (e).kind || ' leaves a lead ' || coalesce(status, 'where it is')) from (values
  ('lead.expired', given.caller_id('Asha'), '{}'::jsonb, 'unassigned'), ('lead.queued', null, '{"expiries": 2}', 'held'), ('lead.reopened', null, '{}', 'unassigned'), ('lead.updated', null, '{}', null)) v (kind, caller_id, data, status),
  lateral (select row(1, 1, now(), v.kind, 'x', null, v.caller_id, v.data, null, null, null)::crm.events as e) x;
select is(core.standing_of_lead(e) ->> 'caller', null, 'standing_of_lead() has no caller where nobody has it') from (select row(1, 1, now(), 'lead.expired', 'x', null, given.caller_id('Asha'), '{}', null, null, null)::crm.events as e) x;

-- What leads say: record_lead_changes().
select results_eq($$select given.new('update crm.leads set phone = ''+919812345678'', metadata = ''{"vip": true}'', language = null, closed_at = closed_at where id = given.lead_id(''a'')')$$,
  array['lead.updated by Uma of lead a: metadata {} > {"vip": true}; phone - > +919812345678'], 'an edited lead is an event, of what really changed');
select is((select e.data from crm.events e where e.workspace_id = core.current_workspace() and e.seq = given.last()),
  '{"phone": {"after": "+919812345678", "before": null}, "metadata": {"after": {"vip": true}, "before": {}}}', 'with both sides');
select is_empty($$select given.new('update crm.leads set phone = phone, state_given = ''x'', idempotency_key = ''y'' where id = given.lead_id(''a'')')$$, 'what changes nothing a lead says is no event');
select given.leads('b c');
select results_eq($$select given.new('update crm.leads set timestamp_from_sheet = ''2026-01-05 10:00+05:30'' where name in (''b'', ''c'')')$$,
  array['lead.updated by Uma of lead b: timestamp_from_sheet - > 2026-01-05T04:30:00+00:00', 'lead.updated by Uma of lead c: timestamp_from_sheet - > 2026-01-05T04:30:00+00:00'], 'each lead of a statement has its own, in UTC whoever asks');
select results_eq($$select given.new('select api.merge_contacts(given.lead_id(''c''), given.lead_id(''b''))')$$,
  array[format('contact.merged by Uma of lead c: contact %s > %s', given.lead_id('c'), given.lead_id('b'))], 'a contact is merged into another');

-- A lead as it was: what was edited since does not make an honest record wrong, nor its explanation.
select given.change('Asha', 'status = ''active''');
select given.lead('d', '{"state": "Goa"}');
select set_config('given.why', (select string_agg(x::text, ' ') from routing.explain(given.lead_id('d')) x), true);
select given.now('2026-01-05 12:01+05:30');
update crm.leads set state = 'Kerala', external_id = '7', phone = '+919812345671' where id = given.lead_id('d');
update crm.leads set state = 'Punjab', external_id = null where id = given.lead_id('d');
select is((select string_agg(x::text, ' ') from routing.explain(given.lead_id('d')) x), current_setting('given.why'), 'an edited lead is explained as it was when it was dealt');
select is_empty('select * from routing.verify()', 'an edited lead is no violation');
select is((select string_agg(concat_ws(' ', f.state, f.external_id), ', ' order by s.seq) from crm.leads l, (values (0::bigint), (given.last() - 1), (given.last())) s (seq), routing.lead_as_of(l, s.seq) f where l.id = given.lead_id('d')),
  'Goa, Kerala 7, Punjab', 'lead_as_of() undoes what came later');
select isnt(given.after($$delete from crm.events where kind = 'lead.updated' and seq = given.last()$$, 'select count(*)::text from routing.verify()'), '0', 'an edit that is not in the log is one');

-- The pieces.
select is(core.changes_between(before, after), expected, 'changes_between() ' || why) from (values
  ('{"a": 1, "b": 2}'::jsonb, '{"a": 1, "b": 3}'::jsonb, '[{"field": "b", "before": 2, "after": 3}]'::jsonb, 'has what differs'), ('{"a": 1}', '{}', '[]', 'knows what an event may leave out'),
  (null, '{"a": null, "b": [], "c": {}, "d": "{}", "e": "", "id": 7}', '[]', 'says nothing of nothing'), ('{"a": [1]}', '{"a": []}', '[{"field": "a", "before": [1], "after": []}]', 'says what was taken away'),
  ('{"a": false}', '{"a": null}', '[{"field": "a", "before": false, "after": null}]', 'tells false from nothing')) as t (before, after, expected, why);
select is(core.value_or_null('0'), '0', 'value_or_null() keeps a zero');
select is(b.data ->> 'daily_limit', '5', 'last_event() before an event is the one right before') from crm.events e, core.last_event(e.workspace_id, 'caller', e.subject_id, e.seq) b
where e.workspace_id = core.current_workspace() and e.caller_id = given.caller_id('Asha') and e.data ->> 'daily_limit' = '7' order by e.seq limit 1;
select is(core.audit_of(e), core.audit_of_lead(e), 'audit_of() an event of a lead is audit_of_lead()') from crm.events e where e.kind = 'lead.updated' order by e.seq desc limit 1;
select is(routing.lead_changes(l, l), null, 'lead_changes() of none') from crm.leads l where l.id = given.lead_id('d');

-- Append-only, for everybody: refuse_change().
select is(given.refusal(statement), '23001: ' || refusal, 'refused: ' || statement) from (values
  ('update crm.events set actor = ''nobody'' where false', 'UPDATE is not allowed on crm.events'), ('delete from crm.events where seq = 1', 'DELETE is not allowed on crm.events'), ('truncate crm.events', 'TRUNCATE is not allowed on crm.events'),
  ('update crm.event_seals set events = 1', 'UPDATE is not allowed on crm.event_seals'), ('delete from crm.event_seals', 'DELETE is not allowed on crm.event_seals'), ('truncate crm.event_seals', 'TRUNCATE is not allowed on crm.event_seals'),
  ('delete from crm.leads', 'DELETE is not allowed on crm.leads'), ('truncate crm.leads cascade', 'TRUNCATE is not allowed on crm.leads'), ('update crm.leads set id = crm.new_id()', 'UPDATE is not allowed on crm.leads')) as t (statement, refusal);
set local role fairlead_owner;
select throws_ok('delete from crm.events where false', '23001', 'DELETE is not allowed on crm.events', 'the owner is refused like anybody');
reset role;

-- Seals.
select is(core.event_digest(e, 0), sha256(convert_to('1,2,1767594600000001,''lead.queued'',''o''''neil'',01a1fba6-0000-7000-8000-000000000001,,{"a": null}', 'UTF8')), 'a digest is of every column, and of nothing else')
from (select row(1, 2, '2026-01-05 12:00:00.000001+05:30'::timestamptz, 'lead.queued', 'o''neil', '01a1fba6-0000-7000-8000-000000000001'::uuid, null, '{"a": null}'::jsonb, null, null, null)::crm.events as e) x;
select ok(core.event_digest(e, 0) not in (core.event_digest(jsonb_populate_record(e, '{"request_id": "r-1"}'), 0),
  core.event_digest(jsonb_populate_record(e, '{"subject": "rule", "subject_id": "7"}'), 0)), 'and of the request and what it is about, where there was one')
from (select jsonb_populate_record(null::crm.events, '{"workspace_id": 1, "seq": 2, "at": "2026-01-05", "kind": "x", "actor": "y", "data": {}}') as e) x;
select is((select count(*) from pg_attribute where attrelid = 'crm.events'::regclass and attnum > 0 and not attisdropped), 11::bigint, 'event_digest() knows every column there is');
select is(core.event_digest(jsonb_populate_record(e, '{"subject": "rule", "subject_id": "7"}'), 2), core.event_digest(e, 2), 'but not of what migration 0022 filled in')
from (select jsonb_populate_record(null::crm.events, '{"workspace_id": 1, "seq": 2, "at": "2026-01-05", "kind": "x", "actor": "y", "data": {}}') as e) x;
create function given.seals() returns text language sql return (select string_agg(seq || ' (' || events || ')', ', ' order by seq) from crm.event_seals where workspace_id = core.current_workspace());
select given.workspace(), given.workspace();
select is(core.seal_events(core.current_workspace(), 20), 1, 'what is new is sealed');
select is(core.seal_events(core.current_workspace(), 20), 0, 'once');
do $$ begin perform core.write_event(core.current_workspace(), 'test.happened', null, null, jsonb_build_object('nr', nr)) from generate_series(1, 2500) nr; end $$;
select is(core.seal_events(core.current_workspace(), 2), 2, 'a seal is of 1,000 events at most, and there are no more seals at a time than wanted');
select is(given.seals(), '11 (11), 1011 (1000), 2011 (1000)', 'each goes on from the one before');
select is(core.seal_events(core.current_workspace(), 20), 1, 'the rest is sealed the next time');
select is(given.seals(), '11 (11), 1011 (1000), 2011 (1000), 2511 (500)', 'to the last event');
select is((select unsealed from report.newest_seals where workspace_id = core.current_workspace()), 0::bigint,
  'nothing is left to seal');
select given.leads('late');
select api.tick();
select is(given.seals(), '11 (11), 1011 (1000), 2011 (1000), 2511 (500), 2512 (1)', 'a tick seals what came in');
select ok(routing.has_seal(core.current_workspace(), n.seq, upper(n.hash)), 'a seal that was noted is found again') from report.newest_seals n where n.workspace_id = core.current_workspace();
select ok(not routing.has_seal(core.current_workspace(), n.seq, encode(sha256('x'), 'hex')), 'another is not') from report.newest_seals n where n.workspace_id = core.current_workspace();
set local timezone = 'America/New_York'; set local datestyle = 'SQL, DMY'; set local intervalstyle = 'sql_standard'; set local extra_float_digits = -5;
select is_empty('select * from routing.verify_seals()', 'seals hold whatever the settings of who looks');
set local timezone = 'UTC'; set local datestyle = 'ISO';

-- The list: filter_events().
create function given.listed(p_filter jsonb) returns text language sql
return (select string_agg(i ->> 'kind', ' ' order by nr) from jsonb_array_elements(api.list_audit(p_filter) -> 'items') with ordinality i (i, nr)
  where i ->> 'kind' not like 'disposition.%');  -- those that it begins with
select given.workspace();
select given.now('2026-02-01 10:00+05:30'), given.caller('Asha'), given.now('2026-02-02 10:00+05:30'), set_config('fairlead.actor', 'intake', true), given.leads('l1 l2');
select set_config('fairlead.actor', 'tick', true), given.now('2026-02-03 10:00+05:30'), api.close_lead(given.lead_id('l1')), given.now('2026-02-03 11:00+05:30'), api.set_caller_status(given.caller_id('Asha'), 'paused'), given.leads('l3');
select is(given.listed(filter), expected, coalesce(nullif(filter::text, '{}'), 'all') || ' finds ' || coalesce(expected, 'nothing')) from (values
  ('{}'::jsonb, 'lead.queued caller.updated lead.closed lead.assigned lead.assigned caller.created workspace.created rule.created rule.created'),
  ('{"limit": 2}', 'lead.queued caller.updated'),
  ('{"kind": "caller"}', 'caller.updated caller.created'), ('{"kind": "lead"}', 'lead.queued lead.closed lead.assigned lead.assigned'), ('{"kind": "lead.assigned"}', 'lead.assigned lead.assigned'),
  ('{"kind": "lead.queued"}', 'lead.queued'), ('{"kind": "lead.close"}', null), ('{"kind": "call"}', null), ('{"kind": "lead%"}', null), ('{"kind": "rule", "limit": 1}', 'rule.created'),
  ('{"dealt": false}', 'caller.updated lead.closed caller.created workspace.created rule.created rule.created'), ('{"dealt": false, "kind": "lead"}', 'lead.closed'),
  ('{"actor": "intake"}', 'lead.assigned lead.assigned'), ('{"actor": "tick"}', 'lead.queued caller.updated lead.closed'), ('{"actor": "tick", "kind": "caller"}', 'caller.updated'), ('{"actor": "intake", "dealt": false}', null),
  ('{"since": "2026-02-03"}', 'lead.queued caller.updated lead.closed'), ('{"since": "2026-02-02", "until": "2026-02-03"}', 'lead.assigned lead.assigned'),
  ('{"until": "2026-02-03T10:00:00+05:30", "kind": "lead"}', 'lead.assigned lead.assigned'), ('{"since": "2027-01-01"}', null), ('{"until": "2020-01-01"}', null),
  (jsonb_build_object('lead_id', given.lead_id('l1')), 'lead.closed lead.assigned'), (jsonb_build_object('lead_id', given.lead_id('l1'), 'dealt', false), 'lead.closed'),
  (jsonb_build_object('caller_id', given.caller_id('Asha')), 'caller.updated caller.created'), (jsonb_build_object('lead_id', given.caller_id('Asha')), null)) as t (filter, expected);
select is(api.list_audit('{"limit": 2}') -> 'next', to_jsonb(given.last() - 1), 'the number of the last one shown is where to go on');
select is(given.listed(jsonb_build_object('after', given.last() - 1, 'limit', 1)), 'lead.closed', 'from there');
select is(api.list_audit('{"limit": 17}') -> 'next', 'null', 'after the last there is no more');
select is(api.list_audit('{"kind": "lead.closed"}') -> 'items' -> 0, jsonb_build_object('seq', given.last() - 2, 'at', '2026-02-03T04:30:00+00:00', 'kind', 'lead.closed', 'actor', '{"id": "tick", "name": "tick"}'::jsonb,
  'about', jsonb_build_object('type', 'lead', 'id', given.lead_id('l1'), 'name', 'l1'), 'reason', null, 'changes', '[{"field": "status", "before": "assigned", "after": "closed"}]'::jsonb), 'an entry');
select is(api.list_actors(), '[]', 'a workspace without people has no actors');
select set_config('given.people', string_agg(api.create_user(core.current_workspace(), n || '@fairlead.example', n, 'manager', 'x')::text, ' '), true) from unnest('{zoe,Abel}'::text[]) n;
select is(jsonb_path_query_array(api.list_actors(), '$[*].name'), '["Abel", "zoe"]', 'the people of the workspace may be looked for');
select is((select count(*) from core.kinds_of_events() k where k = 'lead.assigned'), 0::bigint, 'kinds_of_events() has what one looks for by kind');
select is(array(select core.last_event_before(core.current_workspace(), at) from unnest(array[null, '2020-01-01', '2026-02-02 10:00+05:30', '2030-01-01']::timestamptz[]) at), array[null, 0, 12, given.last()], 'last_event_before() is the edge of a period');

-- Each is found by its index: no page reads the log, and no event is sorted away.
create function given.plan(p_query text) returns text language plpgsql as $$
declare
  v_line text;
  v_plan text := '';
begin
  for v_line in execute 'explain (costs off) ' || p_query loop
    v_plan := v_plan || v_line || ' ';
  end loop;
  return v_plan;
end $$;
set local enable_seqscan = off;
select matches(given.plan('select * from crm.events e where e.subject = ''rule'' and e.subject_id = ''x'' and e.workspace_id = 1 and e.seq < 9 order by e.seq desc limit 1'),
  'Index Scan Backward using events_subject_idx', 'what came before about the same thing');

select * from finish();
rollback;
