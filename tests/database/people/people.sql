-- Workspaces, and the people who sign in.
begin;
\ir ../given.psql
select * from no_plan();

-- Workspaces.
select api.create_workspace(' Acme ', 'Asia/Kolkata', 'in');
select is(name || ' ' || timezone || ' ' || country, 'Acme Asia/Kolkata IN', 'a workspace is made') from crm.workspaces;
select is((select array_agg(l.name) from api.list_workspaces() l), array['Acme'], 'and listed');
select set_config('fairlead.workspace_id', workspace_id::text, true) from api.list_workspaces();
select is((select kind || ' ' || actor || ' ' || (data - '{placeholders,holds_unreachable}'::text[])::text from crm.events where kind not like 'rule.%' and kind not like 'disposition.%'),
  'workspace.created cli {"name": "Acme", "country": "IN", "timezone": "Asia/Kolkata", "drains_queue": true, "managers_may": [], "leads_of_away": "keep", "leads_of_gone": "route", "requires_factor": false}', 'which is an event');
select results_eq($$select seq, kind, data ->> 'name' from crm.events where seq not between 4 and 10 order by seq$$,
  $$values (1::bigint, 'rule.created', 'state'), (2, 'rule.created', 'global'), (3, 'disposition.created', 'No answer'), (11, 'workspace.created', 'Acme')$$,
  'after the rules and dispositions it begins with');
select is(given.refusal(s), refusal, refusal) from (values
  ($$select api.create_workspace('X', 'Kolkata', 'IN')$$, 'LD422 timezone: "Kolkata" is no timezone'), ($$select api.create_workspace('X', null, 'IN')$$, 'LD422 timezone: "<NULL>" is no timezone'),
  ($$select api.create_workspace('X', 'Asia/Kolkata', 'XX')$$, 'LD422 country: "XX" is no country code'), ($$select api.create_workspace('Acme', 'Asia/Kolkata', 'IN')$$, '23505 workspaces_name_key: duplicate key value violates unique constraint "workspaces_name_key"'),
  ($$select api.create_workspace(' ', 'Asia/Kolkata', 'IN')$$, '23514 workspaces_name_length: new row for relation "workspaces" violates check constraint "workspaces_name_length"')
) as t (s, refusal);
select is(core.current_workspace(), workspace_id, 'the workspace acted in is the one chosen') from api.list_workspaces();

-- People.
select given.workspace('America/New_York', 'US');
create temp table meera as select api.create_user(core.current_workspace(), ' Meera@Example.com ', ' Meera ', 'manager', 'hash 1') as id;
create function given.last_event() returns text language sql
return (select kind || ' ' || actor || ' ' || (data - 'user_id')::text from crm.events where workspace_id = core.current_workspace() order by seq desc limit 1);
create function given.count_events() returns bigint language sql
return (select count(*) from crm.events where workspace_id = core.current_workspace());
create function given.user(p_email text) returns uuid language sql
return (select user_id from api.locate_user(p_email));
select results_eq($$select * from api.find_user('MEERA@example.com ')$$, $$select id, core.current_workspace(), 'Meera', 'manager', 'hash 1' from meera$$, 'a user is found by the address, however it is written');
select is_empty($$select * from api.find_user('nobody@example.com')$$, 'nobody by another');
select is(given.last_event(), 'user.created cli {"name": "Meera", "role": "manager", "email": "meera@example.com", "disabled": false, "caller_id": null}', 'making one is an event, which does not tell the password');
select is((select data ->> 'user_id' from crm.events where kind = 'user.created'), id::text, 'and says who it was') from meera;
select alike(given.refusal(format('select api.create_user(%s, %L, %L, %L, %L)', workspace_id, 'meera@example.com', 'M', 'admin', 'x')), '23505 users_email_key: %', 'an address is one user''s, in whichever workspace') from api.list_workspaces();
select results_eq($$select * from api.locate_user(' MEERA@example.com')$$, $$select id, core.current_workspace() from meera$$, 'whose an address is can be asked');
select is(given.refusal($$select api.locate_user('nobody@example.com')$$), 'LD404 email: There is no user nobody@example.com', 'if it is anybody''s');

-- Admins run them.
select is(api.add_user('{"email": "Asha@example.com", "name": "Asha", "role": "admin"}', 'hash 2') - '{id,created_at,etag}'::text[],
  '{"name": "Asha", "role": "admin", "email": "asha@example.com", "disabled": false, "caller_id": null, "caller": null, "has_factor": false, "invited": false, "link": null, "last_used_at": null, "locked_until": null}', 'an admin adds a user');
select is(api.update_user(given.user('meera@example.com'), '{"name": " Meera J ", "role": "analyst"}') ->> 'name', 'Meera J', 'and changes one');
select is(given.last_event(), 'user.updated cli {"name": "Meera J", "role": "analyst", "email": "meera@example.com", "disabled": false, "caller_id": null}', 'which is an event with the user as it is from then on');
select is(given.count_events() - before, 0::bigint, 'a change of nothing is none')
from (select given.count_events() as before, api.update_user(given.user('meera@example.com'), '{"name": "Meera J", "disabled": false}')) b;
select is(given.refusal(format('select api.update_user(%L, %L)', given.user('asha@example.com'), c)), 'LD409 ' || f || ': Asha is the last admin', 'the last admin is not ' || w) from (values
  ('{"role": "manager"}', 'role', 'demoted'), ('{"disabled": true}', 'disabled', 'disabled')) as t (c, f, w);
select is(api.update_user(given.user('asha@example.com'), '{"name": "Asha Rao"}') ->> 'role', 'admin', 'but renamed');
select api.update_user(given.user('meera@example.com'), '{"role": "admin"}');
select is(api.update_user(given.user('asha@example.com'), '{"role": "manager"}') ->> 'role', 'manager', 'and demoted once there is another');
select is(api.update_user(given.user('asha@example.com'), '{"name": "Asha"}') ->> 'name', 'Asha', 'who is no admin may change like anybody');
select alike(given.refusal(format('select api.update_user(%L, %L)', given.user('asha@example.com'), c)), '23514 ' || k || ': %', why) from (values
  ('{"role": "king"}', 'users_role_known', 'a role is one of four'), ('{"name": " "}', 'users_name_length', 'a user has a name')) as t (c, k, why);
select given.caller('Kavita'), given.caller('Gone');
select api.archive_caller(given.caller_id('Gone'));
select is(api.update_user(given.user('asha@example.com'), jsonb_build_object('caller_id', given.caller_id('Kavita'))) ->> 'caller_id', given.caller_id('Kavita')::text, 'a user may be a caller');
select is(api.update_user(given.user('asha@example.com'), '{"name": "Asha"}') ->> 'caller_id', given.caller_id('Kavita')::text, 'and stays so');
select is(given.refusal(format('select api.update_user(%L, %L)', given.user('meera@example.com'), jsonb_build_object('caller_id', c))), refusal, refusal) from (values
  (given.caller_id('Kavita'), 'LD409 caller_id: Asha is this caller already'), (given.caller_id('Gone'), 'LD409 caller_id: Gone is archived'),
  ('00000000-0000-7000-8000-000000000000'::uuid, 'LD422 caller_id: There is no caller 00000000-0000-7000-8000-000000000000')) as t (c, refusal);
select is(api.update_user(given.user('asha@example.com'), '{"caller_id": null}') ->> 'caller_id', null, 'until told otherwise');
select api.reset_password(given.user('asha@example.com'), 'hash 3');
select is(password_hash, 'hash 3', 'a password can be set') from api.find_user('asha@example.com');
select is(given.last_event(), 'user.password_changed cli {"name": "Asha", "role": "manager", "email": "asha@example.com", "disabled": false, "caller_id": null}', 'which is an event without it');
update crm.users set disabled_at = now() where email = 'asha@example.com';
select is(given.last_event(), 'user.disabled cli {"name": "Asha", "role": "manager", "email": "asha@example.com", "disabled": true, "caller_id": null}', 'a plain update is an event as well');
select is_empty($$select * from api.find_user('asha@example.com')$$, 'who is disabled cannot sign in');
select is((select array_agg(u ->> 'name') from jsonb_array_elements(api.list_users()) u), array['Meera J', 'Asha'], 'the disabled are listed last');
select api.update_user(given.user('asha@example.com'), '{"disabled": false}');
select is(given.last_event(), 'user.enabled cli {"name": "Asha", "role": "manager", "email": "asha@example.com", "disabled": false, "caller_id": null}', 'until enabled again');
select is(array_agg(core.user_json(u) order by u.name), (select array_agg(l) from jsonb_array_elements(api.list_users()) l), 'the list has each as JSON') from crm.users u;
select is((core.lock_record(null::crm.users, 'user', u.id::text)).email, u.email, 'a user is locked for a change') from crm.users u;
select core.write_user_event(u, 'user.told', '{"more": true}') from crm.users u where u.name = 'Asha';
select is((select data from crm.events order by seq desc limit 1), core.user_snapshot(u) || '{"more": true}', 'an event holds the user and what more there is to say') from crm.users u where u.name = 'Asha';
select is((select array_agg(tgfoid::regproc::text order by tgfoid::regproc::text) from pg_trigger where tgrelid = 'crm.users'::regclass
  and not tgisinternal and tgfoid <> 'core.record_changes'::regproc), '{core.note_absence,core.record_password}',
  'beside being recorded, a change is told to the caller, and one of the password to the log');
select given.workspace();
select is((select array_agg(u) from jsonb_array_elements(api.list_users()) u), null, 'no workspace lists the people of another');
select is(given.refusal(format(s, id)), 'LD404: There is no user ' || id, 'nor changes them') from meera, (values
  ('select api.update_user(%L, ''{"role": "caller"}'')'), ('select api.reset_password(%L, ''x'')')) as t (s);
select is(given.refusal(format('update crm.users set %s', c)), '23514 users_role_known: new row for relation "users" violates check constraint "users_role_known"', 'the table knows the roles as well')
from (values ($$role = 'owner'$$)) as t (c);

select * from finish();
rollback;
