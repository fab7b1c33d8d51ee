-- Many leads closed, held and let go at once, and taken back.
begin;
\ir ../given.psql
select * from no_plan();
create function given.act(p_action text, p_names text, p_more jsonb default '{}') returns jsonb language sql as $$
  select api.act_on_leads(jsonb_build_object('action', p_action, 'ids', (select jsonb_agg(given.lead_id(n)) from string_to_table(p_names, ' ') n)) || p_more)
$$;
create function given.said(p_answer jsonb) returns text language sql as $$
  select concat_ws(' | ', p_answer ->> 'done',
    (select string_agg(concat_ws(' ', w ->> 'why', w ->> 'count'), ', ' order by w ->> 'why') from jsonb_array_elements(p_answer -> 'left_out') w))
$$;
create function given.keep(p_answer jsonb) returns text language sql as $$
  select given.said(p_answer) from set_config('given.id', p_answer ->> 'id', true)
$$;
create function given.undo() returns text language sql as $$
  select given.keep(api.undo_action(current_setting('given.id')::uuid))
$$;

select given.workspace(); select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}');
select given.leads('a1 a2 a3', 'Goa');
select api.set_caller_status(given.caller_id('Asha'), 'paused', 'keep');
select given.leads('w1 w2 w3', 'Goa');
select api.hold_lead(given.lead_id('w2'), true);
create temp table waiting as select lead_id, reason, queued_at, is_held from crm.queue;

select is(given.keep(given.act('close', 'a1 a2 w1 w2', '{"reason": " bought elsewhere "}')), '4', 'leads are closed, assigned or waiting');
select is((select string_agg(assignment_status, ' ' order by name) from core.lead_cards where workspace_id = core.current_workspace()), 'closed closed assigned closed closed queued', 'these and no others');
select is((select array_agg(distinct l.close_reason) from crm.leads l where l.closed_at is not null), '{"bought elsewhere"}', 'with the reason');
select is(given.said(given.act('close', 'a1 a3', '{"dry_run": true}')), '1 | closed 1', 'what is closed already is left out');
select is_empty('select violation, detail from routing.verify()', 'the record is right');
select api.reopen_lead(given.lead_id('a2'));
select is(given.undo(), '3 | moved 1', 'what nobody has touched since is opened again');
select is(given.callers_of('a1 a2'), 'Asha -', 'with who had it');
select set_eq('select lead_id, reason, queued_at, is_held from crm.queue where lead_id in (select lead_id from waiting)', 'select * from waiting', 'or where it waited, held or not');
select is((select count(*) from crm.leads l where l.closed_at is not null or l.close_reason is not null), 0::bigint, 'and nothing else is left of it');
select is_empty('select violation, detail from routing.verify()', 'which is right');
select is(given.undo(), '3', 'taking that back closes them again');
select is((select l.close_reason from crm.leads l where l.id = given.lead_id('a1')), 'bought elsewhere', 'for the same reason');
select is(given.undo(), '3', 'and so on');
select is_empty('select violation, detail from routing.verify()', 'which is right, too');

select is(given.keep(given.act('hold', 'w1 w2 w3 a1')), '2 | held 1, not_waiting 1', 'waiting leads are held');
select is((select bool_and(is_held) from crm.queue where lead_id in (select lead_id from waiting)), true, 'all of them');
select is(given.undo(), '2', 'and let go');
select is((select string_agg(l.name, ' ' order by l.name) from crm.queue q join crm.leads l on l.id = q.lead_id where q.is_held), 'w2', 'but for what was held before');
select is(given.undo(), '2', 'and held again');
select is(given.keep(given.act('release', 'w1 w2 w3')), '3', 'or let go by an action');
select is_empty('select violation, detail from routing.verify()', 'all of which is right');

select * from finish();
rollback;
