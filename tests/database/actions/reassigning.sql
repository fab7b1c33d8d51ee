-- Many leads given to callers at once, told beforehand and taken back.
begin;
\ir ../given.psql
select * from no_plan();
create function given.act(p_ask jsonb) returns jsonb language sql as $$
  select api.act_on_leads('{"action": "reassign", "how": "turns"}' || p_ask)
$$;
create function given.ids(p_names text) returns jsonb language sql as $$
  select jsonb_agg(given.lead_id(n)) from string_to_table(p_names, ' ') n
$$;
create function given.callers(p_names text) returns jsonb language sql as $$
  select jsonb_agg(given.caller_id(n)) from string_to_table(p_names, ' ') n
$$;
create function given.shares(p_answer jsonb) returns text language sql as $$
  select concat_ws(' | ', p_answer ->> 'done',
    (select string_agg(concat_ws(' ', c ->> 'name', c ->> 'count'), ', ' order by c ->> 'name') from jsonb_array_elements(p_answer -> 'callers') c),
    (select string_agg(concat_ws(' ', w ->> 'why', w ->> 'count'), ', ' order by w ->> 'why') from jsonb_array_elements(p_answer -> 'left_out') w))
$$;

select given.workspace();
select api.create_user(core.current_workspace(), 'meera@example.com', 'Meera', 'manager', 'x');
select set_config('fairlead.actor', 'user:' || user_id, true) from api.find_user('meera@example.com');
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}');
select given.leads('a1 a2 a3 a4 a5 a6 a7', 'Goa');
select given.caller('Bina'), given.caller('Chitra'), given.caller('Deepa'), given.caller('Esha', '{}', 0, 'paused');
select api.claim_lead(given.lead_id('a2'), given.caller_id('Asha'));
select api.close_lead(given.lead_id('a7'));
select set_config('given.ask', jsonb_build_object('ids', given.ids('a1 a2 a3 a4 a5 a6 a7'), 'callers', given.callers('Bina Chitra Deepa'), 'reason', 'Asha left')::text, true);

create temp table before as select event_seq from crm.workspaces where id = core.current_workspace();
select is(given.shares(given.act(current_setting('given.ask')::jsonb || '{"dry_run": true}')), '6 | Bina 2, Chitra 2, Deepa 2 | closed 1', 'it is told beforehand who would get how many, and what is left out');
select is((select event_seq from crm.workspaces where id = core.current_workspace()), (select event_seq from before), 'which changes nothing');
select is_empty('select * from crm.bulk_actions', 'and is no action');

select set_config('given.done', given.act(current_setting('given.ask')::jsonb)::text, true);
select is(given.shares(current_setting('given.done')::jsonb), '6 | Bina 2, Chitra 2, Deepa 2 | closed 1', 'and so it is done');
select is(given.callers_of('a1 a2 a3 a4 a5 a6 a7'), 'Bina Chitra Deepa Bina Chitra Deepa Asha', 'by turns, in the order in which the leads came');
select is(given.fate('a1'), 'Bina: Given by Meera, before with Asha: Asha left', 'with the words of a lead given by itself');
select results_eq($$select kind, data ->> 'reason', data ->> 'bulk', (select name from crm.callers where id::text = data ->> 'from') from crm.events where lead_id = given.lead_id('a1') order by seq desc limit 1$$,
  $$values ('lead.reassigned', 'Asha left', current_setting('given.done')::jsonb ->> 'id', 'Asha')$$, 'and its event, which names the action');
select results_eq($$select last_seq - first_seq + 1, (select count(*) from crm.events e where e.workspace_id = b.workspace_id and e.seq between first_seq and last_seq and e.kind = 'lead.reassigned') from crm.bulk_actions b$$,
  $$values (6::bigint, 6::bigint)$$, 'the numbers of its events say what it did');
select results_eq($$select kind, data ->> 'name', data -> 'asked' ->> 'ids' from crm.events where subject = 'action'$$, $$values ('action.created', 'Reassigned 6 leads', '7')$$, 'the log has it as one entry, too');
select is(given.count_of('Bina', '2026-01-05'), 2, 'they count for those who got them');
select is(given.count_of('Asha', '2026-01-05'), 1, 'and no more for who had them');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Taken back: but for what somebody has touched since.
select api.claim_lead(given.lead_id('a3'), given.caller_id('Deepa'));
select api.close_lead(given.lead_id('a4'));
select api.reassign_lead(given.lead_id('a5'), given.caller_id('Bina'));
select set_config('given.undone', api.undo_action((current_setting('given.done')::jsonb ->> 'id')::uuid)::text, true);
select is(given.shares(current_setting('given.undone')::jsonb), '3 | Asha 3 | claimed 1, closed 1, moved 1', 'what was done is taken back, but for what was touched since');
select is(given.callers_of('a1 a2 a3 a4 a5 a6'), 'Asha Asha Deepa Bina Bina Asha', 'the others are where they were');
select is(given.fate('a1'), 'Asha: Given back by Meera, before with Bina', 'and say why');
select ok(claimed_at is not null, 'what was claimed is claimed') from core.lead_cards where id = given.lead_id('a2');
select ok(claimed_at is null, 'and nothing else') from core.lead_cards where id = given.lead_id('a1');
select is(given.refusal(format('select api.undo_action(%L)', current_setting('given.done')::jsonb ->> 'id')), 'LD409: This was taken back already', 'once');
select is_empty('select violation, detail from routing.verify()', 'the record is right after it');

select set_config('given.again', api.undo_action((current_setting('given.undone')::jsonb ->> 'id')::uuid)::text, true);
select is(given.shares(current_setting('given.again')::jsonb), '3 | Bina 1, Chitra 1, Deepa 1', 'taking that back does it again');
select is(given.callers_of('a1 a2 a6'), 'Bina Chitra Deepa', 'each to whom it had gone');
select is_empty('select violation, detail from routing.verify()', 'the record is right after that');

-- Out of the queue and back.
select given.workspace(); select given.now('2026-01-05 12:00+05:30');
select given.leads('w1 w2 w3', 'Goa');
select api.hold_lead(given.lead_id('w2'), true);
select given.now('2026-01-05 13:00+05:30');
select given.caller('Here', '{}', 0, 'paused'), given.caller('There');
create temp table waiting as select lead_id, reason, queued_at, is_held from crm.queue where workspace_id = core.current_workspace();
select set_config('given.done', given.act(jsonb_build_object('filter', '{"status": "queued"}'::jsonb, 'callers', given.callers('There')))::text, true);
select is(given.shares(current_setting('given.done')::jsonb), '3 | There 3', 'all that match a filter are given');
select is(given.fate('w1'), 'There: Given by Meera, before in the queue', 'out of the queue');
select is(given.shares(api.undo_action((current_setting('given.done')::jsonb ->> 'id')::uuid)), '3', 'and go back there');
select set_eq('select lead_id, reason, queued_at, is_held from crm.queue where workspace_id = core.current_workspace()', 'select * from waiting', 'where each waits as before');
select is_empty('select violation, detail from routing.verify()', 'which is right');
select is(given.shares(given.act(jsonb_build_object('how', 'route', 'ids', given.ids('w1 w2')))), '2', 'leads go back through routing');
select is(given.callers_of('w1 w2'), 'There There', 'and are assigned');
select is_empty('select violation, detail from routing.verify()', 'by the rules');

-- What is refused.
select is(given.refusal(format('select given.act(%L)', ask)), refusal, why) from (values
  (jsonb_build_object('callers', given.callers('There')), 'LD422 ids: It must be said which leads, in one way', 'no leads are named'),
  (jsonb_build_object('callers', given.callers('There'), 'ids', '[]'::jsonb, 'filter', '{}'::jsonb), 'LD422 ids: It must be said which leads, in one way', 'they are named twice'),
  (jsonb_build_object('ids', given.ids('w1')), 'LD422 callers: It must be said who gets the leads', 'nobody is named'),
  (jsonb_build_object('ids', given.ids('w1'), 'callers', given.callers('Here')), 'LD409 callers: Here is paused', 'who is named takes no leads')) t (ask, refusal, why);
select alike(given.refusal($$select api.undo_action('00000000-0000-7000-8000-000000000000')$$), 'LD404: There is no action %', 'there is no such action');
select is(given.shares(given.act(jsonb_build_object('ids', given.ids('w1 w2') || '["00000000-0000-7000-8000-000000000000"]'::jsonb, 'callers', given.callers('There')))), '0 | has_it 2, unknown 1', 'what fits no lead is said');

select * from finish();
rollback;
