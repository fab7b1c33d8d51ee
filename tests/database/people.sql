-- Workspaces, the people who sign in and their sessions.
begin;
\ir given.psql
select * from no_plan();

-- Workspaces.
select api.create_workspace(' Acme ', 'Asia/Kolkata', 'in');
select is(name || ' ' || timezone || ' ' || country, 'Acme Asia/Kolkata IN', 'a workspace is made') from crm.workspaces;
select is((select array_agg(l.name) from api.list_workspaces() l), array['Acme'], 'and listed');
select set_config('fairlead.workspace_id', workspace_id::text, true) from api.list_workspaces();
select is((select kind || ' ' || actor || ' ' || data::text from crm.events where kind not like 'rule.%'), 'workspace.created cli {"name": "Acme", "country": "IN", "timezone": "Asia/Kolkata", "drains_queue": true}', 'which is an event');
select results_eq($$select seq, kind, data ->> 'name' from crm.events order by seq$$,
  $$values (1::bigint, 'rule.created', 'state'), (2, 'rule.created', 'global'), (3, 'workspace.created', 'Acme')$$, 'after the rules it begins with');
select is(given.refusal(s), refusal, refusal) from (values
  ($$select api.create_workspace('X', 'Kolkata', 'IN')$$, 'LD422 timezone: "Kolkata" is no timezone'), ($$select api.create_workspace('X', null, 'IN')$$, 'LD422 timezone: "<NULL>" is no timezone'),
  ($$select api.create_workspace('X', 'Asia/Kolkata', 'XX')$$, 'LD422 country: "XX" is no country code'), ($$select api.create_workspace('Acme', 'Asia/Kolkata', 'IN')$$, '23505 workspaces_name_key: duplicate key value violates unique constraint "workspaces_name_key"'),
  ($$select api.create_workspace(' ', 'Asia/Kolkata', 'IN')$$, '23514 workspaces_name_length: new row for relation "workspaces" violates check constraint "workspaces_name_length"')
) as t (s, refusal);
select is(routing.current_workspace(), workspace_id, 'the workspace acted in is the one chosen') from api.list_workspaces();

-- People.
select given.workspace('America/New_York', 'US');
create temp table meera as select api.create_user(routing.current_workspace(), ' Meera@Example.com ', ' Meera ', 'manager', 'hash 1') as id;
select results_eq($$select * from api.find_user('MEERA@example.com ')$$, $$select id, routing.current_workspace(), 'Meera', 'manager', 'hash 1' from meera$$, 'a user is found by the address, however it is written');
select is_empty($$select * from api.find_user('nobody@example.com')$$, 'nobody by another');
select is((select kind || ' ' || (data ->> 'email') from crm.events order by seq desc, workspace_id desc limit 1), 'user.created meera@example.com', 'making one is an event');
select ok(not data::text ~ 'hash', 'which does not tell the password') from crm.events where kind = 'user.created';
select alike(given.refusal(format('select api.create_user(%s, %L, %L, %L, %L)', workspace_id, 'meera@example.com', 'M', 'admin', 'x')), '23505 users_email_key: %', 'an address is one user''s, in whichever workspace') from api.list_workspaces();

-- Sessions.
select given.now('2026-01-05 12:00Z');
select is(api.open_session((select id from meera), '\x11', '7 days'), '2026-01-12 12:00Z', 'a session has an end');
select results_eq('select * from api.find_session(''\x11'')', $$select meera.id, routing.current_workspace(), 'meera@example.com', 'Meera', 'manager', w.name, 'America/New_York', 'US' from meera, crm.workspaces w where w.id = routing.current_workspace()$$,
  'it says who is signed in, and where');
select is_empty('select * from api.find_session(''\x12'')', 'another cookie is nobody''s');
select given.now('2026-01-12 11:59Z');
select isnt_empty('select * from api.find_session(''\x11'')', 'it lasts to its end');
select given.now('2026-01-12 12:00Z');
select is_empty('select * from api.find_session(''\x11'')', 'and no longer');
select api.open_session((select id from meera), '\x13', '7 days'), api.open_session((select id from meera), '\x14', '7 days');
select given.now('2026-01-12 12:01Z');
select api.open_session((select id from meera), '\x15', '7 days');
select is((select count(*) from crm.sessions), 3::bigint, 'signing in clears away the sessions that ended');
select api.close_session('\x13');
select is_empty('select * from api.find_session(''\x13'')', 'signing out ends a session');
select isnt_empty('select * from api.find_session(''\x14'')', 'and no other');
select api.set_password('Meera@example.com', 'hash 2');
select is(password_hash, 'hash 2', 'a password can be changed') from api.find_user('meera@example.com');
select is_empty('select * from crm.sessions', 'which ends every session');
select is((select kind || ' ' || data::text from crm.events where workspace_id = routing.current_workspace() order by seq desc limit 1), 'user.password_changed {"user_id": "' || id || '"}', 'and is an event') from meera;
select is(given.refusal($$select api.set_password('nobody@example.com', 'x')$$), 'LD404 email: There is no user nobody@example.com', 'nobody''s password cannot be changed');
select api.open_session((select id from meera), '\x16', '7 days');
update crm.users set disabled_at = now();
select is_empty('select * from api.find_session(''\x16'')', 'who is disabled is signed out');
select is_empty($$select * from api.find_user('meera@example.com')$$, 'and cannot sign in');
select is(api.open_session((select id from meera), '\x17', '7 days'), null, 'in no way');
select is(api.open_session('00000000-0000-7000-8000-000000000000', '\x18', '7 days'), null, 'nor can nobody');

select * from finish();
rollback;
