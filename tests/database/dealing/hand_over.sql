-- Open leads do not stay with callers who are gone: where they go when a caller is archived, disabled, paused or away.
begin;
\ir ../given.psql
select * from no_plan();

create function given.open_of(p_caller text) returns text language sql
return (select string_agg(l.name, ' ' order by l.name) from core.lead_cards l
  where l.caller_id = given.caller_id(p_caller) and l.assignment_status = 'assigned');
create function given.handed(p_answer jsonb) returns text language sql return p_answer ->> 'handed_over';

-- Archived: back through routing, unless somebody says otherwise.
select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}'), given.caller('Bina'), given.caller('Chitra', '{}', 0, 'paused');
select given.leads('a b c', 'Goa');
create temp table before as select event_seq from crm.workspaces where id = core.current_workspace();
select is(given.handed(api.archive_caller(given.caller_id('Asha'))), '{"moved": 3, "following": 0}',
  'the open leads of an archived caller are dealt again');
select is(given.open_of('Bina'), 'a b c', 'to who is there');
select results_eq($$select e.kind, (select l.name from crm.leads l where l.id = e.lead_id), e.data ->> 'reason' from crm.events e where e.workspace_id = core.current_workspace() and e.seq > (select event_seq from before) order by e.seq$$,
  $$values ('caller.archived', null, null), ('lead.reassigned', 'a', 'Asha was archived'),
    ('lead.reassigned', 'b', 'Asha was archived'), ('lead.reassigned', 'c', 'Asha was archived'),
    ('lead.assigned', 'a', null), ('lead.assigned', 'b', null), ('lead.assigned', 'c', null)$$,
      'which the log tells of each');
select is(array[given.count_of('Asha', '2026-01-05'), given.count_of('Bina', '2026-01-05')], '{0,3}',
  'they count for who has them');
select is(given.handed(api.archive_caller(given.caller_id('Bina'), 'keep')), null, 'they may be left');
select is(given.open_of('Bina'), 'a b c', 'and then are');
select given.caller('Dev'), given.caller('Esha');
select is(api.hand_over_leads(given.caller_id('Bina'), given.caller_id('Dev')::text, ' Bina left '),
  '{"moved": 3, "following": 0}', 'and handed over later');
select is(given.fate('a'), 'Dev: Given by cli, before with Bina: Bina left', 'with a reason');
select is(given.handed(api.archive_caller(given.caller_id('Dev'), given.caller_id('Esha')::text)),
  '{"moved": 3, "following": 0}', 'or they go to a caller who is named');
select is(given.open_of('Esha'), 'a b c', 'who has them all');
select is((select string_agg(detail, '; ') from routing.explain(given.lead_id('a'))),
  'Given by cli, before with Dev: Dev was archived', 'explain() says why');

-- Paused and away: kept, unless somebody says otherwise.
select is(given.handed(api.set_caller_status(given.caller_id('Esha'), 'paused')), null,
  'who is paused keeps what is open');
select is(given.handed(api.set_caller_status(given.caller_id('Esha'), 'paused', 'route')),
  '{"moved": 3, "following": 0}', 'or has it dealt again');
select is((select count(*)::int from crm.queue where workspace_id = core.current_workspace()), 3,
  'with nobody free it waits');
select api.set_caller_status(given.caller_id('Esha'), 'active'), api.tick();
select given.caller('Fay');
select is(given.handed(api.update_caller(given.caller_id('Esha'),
  jsonb_build_object('name', 'Esha', 'time_off', '[{"from": "2026-01-05", "to": "2026-01-08"}]'::jsonb, 'hand_over',
  given.caller_id('Fay')))),
  '{"moved": 3, "following": 0}', 'who goes on time off hands over');
select is((select string_agg(distinct data ->> 'reason', ', ') from crm.events
  where workspace_id = core.current_workspace() and kind = 'lead.reassigned' and caller_id = given.caller_id('Fay')),
  'Esha is away', 'because of it');
select api.update_workspace('{"leads_of_away": "route", "leads_of_gone": "keep"}');
select is(given.handed(api.set_caller_status(given.caller_id('Fay'), 'active')), null, 'who stays keeps all');
select is(given.handed(api.update_caller(given.caller_id('Fay'),
  '{"name": "Fay", "time_off": [{"from": "2026-02-05", "to": "2026-02-08"}]}')), null, 'who goes later, too');
select is(given.handed(api.set_caller_status(given.caller_id('Fay'), 'paused')), '{"moved": 3, "following": 0}',
  'the workspace decides where nobody does');
select is(given.handed(api.archive_caller(given.caller_id('Fay'))), null, 'for each kind');
select alike(given.refusal($$select api.update_workspace('{"leads_of_gone": "burn"}')$$),
  '23514 workspaces_leads_of_gone_known: %', 'by what there is');

select is(routing.hand_over_json(c, null), '{}', 'hand_over_json() has nothing to say where nobody left')
  from crm.callers c where c.id = given.caller_id('Bina');

-- Refused.
select given.caller('Gita'), given.leads('g');
select is(given.refusal(format('select api.archive_caller(%L, %L)', given.caller_id('Gita'), h)), refusal,
  why) from (values
  ('anywhere', 'LD422 hand_over: "anywhere" does not say where open leads go', 'leads do not go anywhere'),
  (given.caller_id('Gita')::text, 'LD409 hand_over: The leads are with this caller already',
    'nor from one to the same'),
  (given.caller_id('Fay')::text, 'LD409 hand_over: Fay is archived', 'nor to who is gone'),
  (given.caller_id('Chitra')::text, 'LD409 hand_over: Chitra is paused', 'nor to who is paused'),
  ('00000000-0000-7000-8000-000000000000', 'LD422 hand_over: There is no caller 00000000-0000-7000-8000-000000000000',
    'nor to nobody')) t (h, refusal, why);
select is((api.get_caller(given.caller_id('Gita')) ->> 'archived_at'), null, 'and then nothing happens at all');
select is(given.refusal(format('select routing.refuse_absent(core.current_workspace(), %L)',
  given.caller_id('Gita'))), null, 'refuse_absent() lets pass who is there');
select is(routing.read_hand_over(core.current_workspace(), given.caller_id('Gita'), w), null,
  'read_hand_over() knows words') from unnest('{keep,route}'::text[]) w;
select alike(given.refusal($$select api.hand_over_leads('00000000-0000-7000-8000-000000000000', 'route')$$),
  'LD404: There is no caller %', 'nobody hands nothing over');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Disabled.
select given.workspace();
select given.caller('Asha'), given.caller('Bina', '{}', 0, 'paused');
create temp table person as
select api.add_user(jsonb_build_object('email', 'boss@example.com', 'name', 'Boss', 'role', 'admin'),
  'x') ->> 'id' as boss,
  (api.add_user(jsonb_build_object('email', 'asha@example.com', 'name', 'Asha', 'role', 'caller', 'caller_id',
    given.caller_id('Asha')), 'x') ->> 'id')::uuid as asha,
  (api.add_user(jsonb_build_object('email', 'new@example.com', 'name', 'New', 'role', 'caller'),
    'x') ->> 'id')::uuid as new;
select given.leads('a b');
select is(given.handed(api.update_user(asha, '{"disabled": true, "hand_over": "keep"}')), null,
  'a person is disabled, and keeps the leads') from person;
select given.leads('c');
select is(given.fate('c'), 'queued: No caller free (1 paused, 1 disabled)',
  'a caller whose only person was disabled is dealt no leads');
select is(api.get_caller(given.caller_id('Asha')) ->> 'standing', 'disabled', 'the page too');
select is(given.refusal(format('select api.reassign_lead(%L, %L)', given.lead_id('c'), given.caller_id('Asha'))),
  'LD409 caller_id: Asha is disabled', 'nor given any by hand');
select is(api.update_user(new, jsonb_build_object('caller_id', given.caller_id('Asha'))) ->> 'caller_id',
  given.caller_id('Asha')::text, 'another person takes the place') from person;
select api.tick();
select is(given.open_of('Asha'), 'a b c', 'then leads come again');
select is(api.update_user(new, '{"disabled": true}') -> 'handed_over', '{"moved": 3, "following": 0}',
  'those of a disabled person are dealt again, if nobody says otherwise') from person;
select is((select count(*)::int from crm.queue where workspace_id = core.current_workspace()), 3,
  'and wait for somebody');
select api.update_user(new, '{"disabled": false}') from person;
select api.tick();
select is(given.open_of('Asha'), 'a b c', 'whoever is enabled again is there again');
update crm.users set disabled_at = now() where id = (select new from person);
select is(api.get_caller(given.caller_id('Asha')) ->> 'standing', 'disabled',
  'a plain update is noted, too: note_absence()');
update crm.users set caller_id = null where id = (select new from person);
select is(api.get_caller(given.caller_id('Asha')) ->> 'standing', 'free', 'a caller whom nobody signs in as is there');
select is(routing.whereabouts(c, core.current_time()), 'paused', 'whereabouts() of who is paused') from crm.callers c
  where c.id = given.caller_id('Bina');
select lives_ok(format('select core.lock_callers_of(%L, %L)', asha, given.caller_id('Bina')),
  'lock_callers_of() locks') from person;

-- A plain update does to the caller what the API does.
select given.workspace(), given.caller('Asha'), given.caller('Bina');
create temp table plain as
select api.create_user(core.current_workspace(), 'plain' || core.current_workspace() || '@example.com', 'Asha Rao', 'caller', 'x') as id;
update crm.users set caller_id = given.caller_id('Asha') where id = (select id from plain);
select given.leads('p q');
select is(given.callers_of('p q'), 'Asha Bina', 'two callers have a lead each');
select is(api.get_caller(given.caller_id('Asha')) -> 'person', jsonb_build_object('id', id, 'name', 'Asha Rao', 'disabled', false),
  'a caller tells who signs in as it: person_of()') from plain;
select is(api.get_caller(given.caller_id('Bina')) -> 'person', 'null', 'or that nobody does');
update crm.users set disabled_at = now() where id = (select id from plain);
select is(api.get_caller(given.caller_id('Asha')) ->> 'standing', 'disabled', 'a plain update that disables the person disables the caller');
select is(given.callers_of('p q'), 'Bina Bina', 'and has its open leads go where the settings say');
select is((select string_agg(e.kind, ' ' order by e.seq) from crm.events e where e.workspace_id = core.current_workspace() and e.seq > w.event_seq - 4),
  'caller.updated lead.reassigned lead.assigned user.disabled', 'as the log tells in this order') from crm.workspaces w where w.id = core.current_workspace();
select is(u -> 'caller' ->> 'standing', 'disabled', 'the list of people tells of it') from jsonb_array_elements(api.list_users()) u;
select given.leads('r');
select is(given.callers_of('r'), 'Bina', 'who is disabled is dealt nothing');
update crm.users set disabled_at = null where id = (select id from plain);
select given.leads('s');
select is(given.callers_of('s'), 'Asha', 'whoever is enabled again gets leads again');
update crm.workspaces set leads_of_gone = 'keep' where id = core.current_workspace();
update crm.users set disabled_at = now() where id = (select id from plain);
select is(given.callers_of('p q r s'), 'Bina Bina Bina Asha', 'where the settings say so, the leads stay');
select api.update_user(id, '{"disabled": false}') from plain;
select is(given.handed(api.update_user(id, '{"disabled": true, "hand_over": "route"}')), '{"moved": 1, "following": 0}',
  'what the API is told goes before the settings') from plain;
select is(given.callers_of('s'), 'Bina', 'and nothing moves twice');
update crm.users set caller_id = null where id = (select id from plain);
update crm.users set caller_id = given.caller_id('Bina') where id = (select id from plain);
select is(api.get_caller(given.caller_id('Bina')) ->> 'standing', 'disabled', 'a caller whose person comes disabled is disabled');
update crm.users set disabled_at = null where id = (select id from plain);
select api.archive_caller(given.caller_id('Bina'), 'keep');
select is(u -> 'caller' ->> 'standing', 'archived', 'a person whose caller is archived is told so') from jsonb_array_elements(api.list_users()) u;
select is_empty('select violation, detail from routing.verify()', 'and every deal replays');

-- Many: the oldest 500 at once, the rest by the tick.
select given.workspace();
select given.caller('Asha'), given.leads('first');
insert into crm.leads (workspace_id, name) select core.current_workspace(),
  'lead ' || nr from generate_series(1, 1199) nr;
select given.caller('Bina', '{}', 3);
create function given.with(p_caller text) returns int
  language sql return (select count(*)::int from crm.lead_assignments where caller_id = given.caller_id(p_caller)
  and ended_at is null);
select set_config('fairlead.actor', 'user:' || boss, true) from person;
select is(given.handed(api.archive_caller(given.caller_id('Asha'), given.caller_id('Bina')::text)),
  '{"moved": 500, "following": 700}', '500 leads are moved at once');
select is(array[given.with('Asha'), given.with('Bina')], '{700,500}', 'the oldest first');
select set_config('fairlead.actor', 'cli', true);
select is_empty('select core.left_leads(core.current_workspace(), core.current_time())',
  'what is on its way is no alert');
select is(routing.advance_hand_over(core.current_workspace(), given.caller_id('Bina')), 0,
  'advance_hand_over() is for who hands over');
select is(api.tick(), true, 'the tick moves the rest'), api.tick();
select is(array[given.with('Asha'), given.with('Bina')], '{0,1200}', 'to the last');
select is((select count(*)::int from crm.events where workspace_id = core.current_workspace()
  and kind = 'lead.reassigned' and actor = (select 'user:' || boss from person)), 1200, 'in the name of who asked');
select is(routing.continue_hand_over(core.current_workspace()), false,
  'continue_hand_over() has nothing left to do');
select is((select count from crm.caller_daily_counters where caller_id = given.caller_id('Asha')), 0,
  'whose they were has none of them counted');
select given.caller('Chitra');
select api.hand_over_leads(given.caller_id('Bina'), given.caller_id('Chitra')::text),
  api.set_caller_status(given.caller_id('Chitra'), 'paused'), api.tick();
select is(array[given.with('Bina'), given.with('Chitra')], '{700,500}', 'who cannot take them any more takes none');
select is(api.hand_over_leads(given.caller_id('Bina'), 'route'), '{"moved": 500, "following": 200}',
  'they can be handed over again');
select is_empty('select violation, detail from routing.verify()', 'and the record is right');

-- Samples.
select given.workspace();
select api.create_caller('{"name": "Sam", "is_sample": true}'), api.create_caller('{"name": "Sue", "is_sample": true}');
select given.leads('a b'), given.caller('Real');
select is(api.archive_sample_callers(), 2, 'sample callers are archived together');
select is(given.open_of('Real'), 'a b', 'and what they had goes to who is real');

-- A merge brings a person's open leads to one caller, or asks.
select given.workspace();
select given.caller('Asha'), given.caller('Bina'), given.caller('Chitra', '{}', 0, 'paused');
insert into crm.leads (workspace_id, name, phone) select core.current_workspace(), n,
  p from (values ('a', '9812300001'), ('b', '9812300002'), ('a2', '9812300001'), ('c', null)) t (n, p);
select is(given.callers_of('a b a2 c'), 'Asha Bina Asha Asha', 'two contacts with two callers');
select is(given.refusal(format('select api.merge_contacts(%L, %L)', given.lead_id('b'), given.lead_id('a'))),
  'LD409 hand_over: Open leads of the two are with different callers', 'who gets them is asked');
select is(given.refusal(format('select api.merge_contacts(%L, %L, %L)', given.lead_id('b'), given.lead_id('a'), h)),
  refusal, why) from (values
  (given.caller_id('Chitra')::text, 'LD409 hand_over: Chitra is paused', 'not one who is paused'),
    ('route', 'LD422 hand_over: The open leads of a contact go to one caller', 'not the rules')) t (h, refusal, why);
select is(api.merge_contacts(given.lead_id('c'), given.lead_id('a')) -> 'contact' ->> 'id', given.lead_id('a')::text,
  'where one caller has all there is nothing to ask');
select is(api.merge_contacts(given.lead_id('b'), given.lead_id('a'),
  given.caller_id('Bina')::text) -> 'contact' ->> 'id', given.lead_id('a')::text, 'else somebody says who gets them');
select is(given.callers_of('a b a2 c'), 'Bina Bina Bina Bina', 'and does');
select is(given.fate('a'), 'Bina: Given by cli, before with Asha: Contacts were merged', 'with the reason');
select api.unmerge_contact(given.lead_id('b'));
select is(given.callers_of('a b a2 c'), 'Bina Bina Bina Bina', 'unmerging leaves them');
select api.reassign_lead(given.lead_id('b'), given.caller_id('Asha'));
select api.merge_contacts(given.lead_id('b'), given.lead_id('a'), 'keep');
select is(given.callers_of('a b a2 c'), 'Bina Asha Bina Bina', 'or each keeps theirs');
select results_eq($$select h.name, cardinality(h.lead_ids) from core.holders_of(core.current_workspace(), array[given.lead_id('a')]) h order by 1$$, $$values ('Asha', 1), ('Bina', 3)$$, 'holders_of() says who has what');
select is_empty('select violation, detail from routing.verify()', 'and all of it is right');

select * from finish();
rollback;
