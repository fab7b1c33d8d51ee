-- Signing in and being kept out, sessions, grants and personal tokens.
begin;
\ir ../given.psql
select * from no_plan();

select given.now('2026-01-05 12:00Z'), given.workspace('America/New_York', 'US');
create temp table meera as select api.create_user(core.current_workspace(), 'meera@example.com', 'Meera', 'manager', 'right') as id;
create function given.last_event() returns text language sql
return (select kind || ' ' || actor || ' ' || (data - '{user_id,name,role,email,disabled,caller_id,token_id}'::text[])::text from crm.events where workspace_id = core.current_workspace() order by seq desc limit 1);
create function given.count_events(p_kind text) returns bigint language sql
return (select count(*) from crm.events where workspace_id = core.current_workspace() and kind = p_kind);
create function given.open(p_hash bytea, p_kind text default 'browser', p_address text default '10.0.0.1', p_email text default 'meera@example.com', p_password text default 'right')
returns int language sql
return api.open_session(p_email, p_password, p_kind, p_hash, case p_kind when 'grant' then p_hash end, '7 days', p_address, 'Firefox on Linux');
create function given.session(p_kind text, p_hash bytea) returns text language sql
return (select name || ', ' || role from api.find_session(p_kind, p_hash));
create function given.session_id(p_hash bytea) returns uuid language sql
return (select id from crm.sessions where token_hash = p_hash);

-- Browsers.
select results_eq($$select wait, password_hash from api.check_sign_in('MEERA@example.com', '10.0.0.1')$$,
  $$values (0, 'right')$$, 'before a password is compared, its hash is asked for');
select results_eq($$select wait, password_hash from api.check_sign_in('nobody@example.com', '10.0.0.1')$$,
  $$values (0, null::text)$$, 'which nobody has whom there is not');
select is(given.open('\x11'), 0, 'a session is opened');
select is(given.open('\x11'), 0, 'and, the answer being lost, not again');
select results_eq($$select * from api.find_session('browser', '\x11')$$, $$
  select given.session_id('\x11'), meera.id, w.id, 'meera@example.com', 'Meera', 'manager', null::uuid, w.name,
    'America/New_York', 'US', null::uuid, false
  from meera, crm.workspaces w where w.id = core.current_workspace()$$, 'it says who is signed in, and where');
select is(given.session(k, h), null, 'but not ' || why) from (values ('browser', '\x12'::bytea, 'another cookie'), ('token', '\x11', 'as a token'), ('grant', '\x11', 'as a grant')) as t (k, h, why);
select is(given.open('\x12', p_password => 'old'), null, 'a password that was changed meanwhile opens nothing');
select given.now('2026-01-12 11:59Z');
select is(given.session('browser', '\x11'), 'Meera, manager', 'a session lasts to its end');
select given.now('2026-01-12 12:00Z');
select is(given.session('browser', '\x11'), null, 'and no longer');
select given.open('\x13');
select is((select count(*) from crm.sessions), 1::bigint, 'signing in clears away the sessions that ended');
select api.close_session('token', '\x13');
select is(given.session('browser', '\x13'), 'Meera, manager', 'a session is not ended as another kind');
select api.close_session('browser', '\x13');
select is(given.session('browser', '\x13'), null, 'but as its own');
select given.open(int4send(nr)) from generate_series(1, 103) nr;
select results_eq($$select count(*), min(encode(token_hash, 'hex')) from crm.sessions$$, $$values (100::bigint, encode(int4send(4), 'hex'))$$, 'there are a hundred at most, the latest');
delete from crm.sessions;

-- The use is noted, once a minute.
select given.open('\x11');
select given.now('2026-01-12 12:00:59Z'), given.session('browser', '\x11');
select is((select last_used_at from crm.sessions), '2026-01-12 12:00Z', 'within a minute nothing is written');
select given.now('2026-01-12 12:01:01Z'), given.session('browser', '\x11');
select is((select last_used_at from crm.sessions), '2026-01-12 12:01:01Z', 'then the use is');

-- Roles, disabling, passwords.
update crm.users set role = 'caller';
select is(given.session('browser', '\x11'), 'Meera, caller', 'another role holds at once');
select is((select hears_of from api.find_session('browser', '\x11')), id, 'a caller hears of nobody''s leads') from meera;
select given.caller('Kavita');
update crm.users set caller_id = given.caller_id('Kavita');
select is((select hears_of from api.find_session('browser', '\x11')), given.caller_id('Kavita'), 'but of the own');
update crm.users set role = 'analyst', caller_id = null;
select is((select hears_of from api.find_session('browser', '\x11')), id, 'an analyst of none') from meera;
update crm.users set role = 'manager', disabled_at = now();
select is(given.session('browser', '\x11'), null, 'who is disabled is signed out');
select is(given.open('\x12'), null, 'and cannot sign in');
update crm.users set disabled_at = null;
select api.update_user(id, '{"disabled": true}'), api.update_user(id, '{"disabled": false}') from meera;
select is(given.session('browser', '\x11'), null, 'nor is anybody signed in again by being enabled');
select given.open('\x11'), given.open('\x12'), given.open('\x13', 'grant');

-- The own account.
select set_config('fairlead.actor', 'user:' || id, true) from meera;
select is((core.current_user_row()).id, id, 'who acts is known') from meera;
select is((core.lock_own_user()).id, id, 'lock_own_user() is the same, behind the turnstile') from meera;
select results_eq($$select (s ->> 'id')::uuid, s ->> 'kind', (s ->> 'is_current')::boolean, s ->> 'address', s ->> 'user_agent', (s ->> 'created_at')::timestamptz from jsonb_array_elements(api.list_sessions(given.session_id('\x11'))) s$$,
  $$select given.session_id(h), k, h = '\x11', '10.0.0.1', 'Firefox on Linux', '2026-01-12 12:01:01Z'::timestamptz from (values ('\x11'::bytea, 'browser'), ('\x13', 'grant'), ('\x12', 'browser')) as t (h, k)$$,
  'one''s sessions are listed, this one first');
select api.end_session(given.session_id('\x12'));
select is(given.session('browser', '\x12'), null, 'one is ended');
select is(given.last_event(), 'user.sessions_ended user:' || id || ' {"sessions": 1}', 'which is an event') from meera;
select is(api.end_other_sessions(given.session_id('\x11')), 1, 'or all others');
select is(given.session('browser', '\x11'), 'Meera, manager', 'but this one');
select is(api.end_other_sessions(given.session_id('\x11')), 0, 'if there are any');
select given.open('\x12');
select api.change_password('new', given.session_id('\x11'));
select is((select password_hash from api.find_user('meera@example.com')), 'new', 'one''s password is changed');
select is(given.session('browser', '\x11') || given.session('browser', '\x12'), null, 'which ends the other sessions');
select is(given.session('browser', '\x11'), 'Meera, manager', 'and not this one');
select api.create_user(core.current_workspace(), 'asha@example.com', 'Asha', 'admin', 'right');
select given.open('\x21', p_email => 'asha@example.com');
select is(given.refusal('select api.end_session(given.session_id(''\x21''))'), 'LD404: There is no session ' || given.session_id('\x21'), 'another''s session cannot be ended');
select is(jsonb_array_length(api.list_sessions(given.session_id('\x11'))), 1, 'nor seen');
select set_config('fairlead.actor', 'cli', true);
select is(given.refusal(s), 'LD401: Nobody is signed in', s) from (values ('select api.list_sessions(null)'), ('select api.list_tokens()'), ('select api.change_password(''x'', null)')) as t (s);

-- Personal tokens.
select set_config('fairlead.actor', 'user:' || id, true) from meera;
select is(api.create_token('{"name": " Sheet ", "expires_at": "2026-02-01"}', '\x31') - 'id', '{"name": "Sheet", "created_at": "2026-01-12T12:01:01+00:00", "expires_at": "2026-02-01T05:00:00+00:00", "last_used_at": null}',
  'a token is made; its end may be a day of the workspace''s');
select alike(given.last_event(), 'user.token_created user:% {"token": "Sheet", "expires_at": "2026-02-01T05:00:00+00:00"}', 'which is an event');
select api.create_token('{"name": "Long"}', '\x32');
select is(given.session('token', '\x31'), 'Meera, manager', 'it is the user''s');
select is(given.session('browser', '\x31'), null, 'and no cookie');
select is((select core.token_json(s) ->> 'name' from crm.sessions s where token_hash = '\x31'), 'Sheet', 'known by its name');
select results_eq($$select t ->> 'name', (t ->> 'last_used_at')::timestamptz from jsonb_array_elements(api.list_tokens()) t$$,
  $$values ('Long', null), ('Sheet', '2026-01-12 12:01:01Z'::timestamptz)$$, 'tokens are listed with their last use');
select is(jsonb_array_length(api.list_sessions(null)), 1, 'apart from sessions');
select api.end_other_sessions(given.session_id('\x11'));
select given.now('2026-02-01 05:00Z');
select is(given.session('token', '\x31'), null, 'a token ends when it should');
select is(given.session('token', '\x32'), 'Meera, manager', 'and not before');
select is(given.refusal('select api.end_session(given.session_id(''\x32''))'), 'LD404: There is no session ' || given.session_id('\x32'), 'no token is ended as a session');
select is(given.refusal('select api.revoke_token(given.session_id(''\x11''))'), 'LD404: There is no token ' || given.session_id('\x11'), 'nor a session as a token');
select api.revoke_token(given.session_id('\x32'));
select is(given.session('token', '\x32'), null, 'but a token as itself');
select alike(given.last_event(), 'user.token_revoked user:% {"token": "Long"}', 'which is an event');
select is(given.refusal($$select api.create_token('{"name": "Late", "expires_at": "2026-02-01T04:59:00Z"}', '\x33')$$), 'LD422 expires_at: That is not in the future', 'no token is born ended');
select alike(given.refusal($$select api.create_token('{"name": " "}', '\x33')$$), '23514 sessions_name_length: %', 'nor without a name');
select api.create_token('{"name": "T"}', int4send(nr)) from generate_series(1, 99) nr;
select is(given.refusal($$select api.create_token('{"name": "T"}', '\x33')$$), 'LD409: You have a hundred tokens already', 'there are a hundred at most');
select api.reset_password(id, 'right') from meera;
select is_empty('select from crm.sessions where user_id = (select id from meera)', 'a password that was reset ends sessions and tokens');

-- Grants.
select given.open('\x41', 'grant');
select is(api.refresh_session('\x41', '\x41', '\xa1', '7 days'), true, 'a grant is refreshed');
select is(api.refresh_session('\x41', '\x41', '\xa1', '7 days'), true, 'the same call again, the answer being lost, is none');
select given.now('2026-02-07 05:00Z');
select is(api.refresh_session('\x41', '\xa1', '\xa2', '7 days'), true, 'it is with the next token, and so it lasts');
select given.now('2026-02-13 05:00Z');
select is(given.session('grant', '\x41'), 'Meera, manager', 'for longer');
select is(api.refresh_session('\x42', '\xa2', '\xa3', '7 days'), false, 'what is no grant is not');
select is(given.count_events('user.refresh_reused'), 0::bigint, 'nothing was used twice so far');
select is(api.refresh_session('\x41', '\x41', '\xa3', '7 days'), false, 'an old token does not');
select is(given.session('grant', '\x41'), null, 'and ends the grant');
select is(given.last_event(), 'user.refresh_reused sign-in {}', 'which is an event');
select is(api.refresh_session('\x41', '\xa2', '\xa3', '7 days'), false, 'for the last one too');
select given.open('\x43', 'grant');
select given.now('2026-02-20 05:00Z');
select is(api.refresh_session('\x43', '\x43', '\xa3', '7 days'), false, 'a grant that ended is not refreshed');

-- Being kept out. The failure that begins the wait is told; then it doubles, up to a quarter of an hour.
create function given.failures(p_count int, p_email text default 'meera@example.com', p_address text default '10.0.0.2') returns int[] language sql volatile
as $$ select array_agg(api.refuse_sign_in(p_email, p_address)) from generate_series(1, p_count) $$;
create function given.wait(p_email text default 'meera@example.com', p_address text default '10.0.0.3') returns int language sql volatile
as $$ select wait from api.check_sign_in(p_email, p_address) $$;
create function given.later(p_seconds numeric) returns void language sql volatile
as $$ select given.now((core.current_time() + make_interval(secs => p_seconds))::text) $$;
create function given.waits(p_email text, p_count int) returns int[] language plpgsql as $$
declare
  v_waits int[] := '{}';
begin
  for i in 1 .. p_count loop
    perform given.later(given.wait(p_email)), api.refuse_sign_in(p_email, '10.0.1.' || i);
    v_waits := v_waits || given.wait(p_email);
  end loop;
  return v_waits;
end $$;
select is(given.failures(4), '{0,0,0,0}', 'four failures');
select is(given.wait(), 0, 'lock nobody');
select is(given.count_events('user.sign_in_failed'), 0::bigint, 'nor are they told');
select is(given.failures(3), '{0,1,1}', 'the fifth does, and while it does none is counted');
select is(given.wait(), 1, 'from wherever the next comes');
select is(core.sign_in_wait('meera@example.com', null), 1, 'even from nowhere');
select is(given.open('\x51', p_address => '10.0.0.3'), 1, 'the right password opens nothing');
select set_config('fairlead.actor', '', true);
select is(given.last_event(), 'user.sign_in_failed sign-in {"address": "10.0.0.2"}', 'the lock of an account is an event');
select is(given.waits('meera@example.com', 12), '{2,4,8,16,32,64,128,256,512,900,900,900}', 'every further failure doubles the wait, up to a quarter of an hour');
select is(given.count_events('user.sign_in_failed'), 1::bigint, 'and is no event');
select is((api.list_users() -> 1 ->> 'locked_until')::timestamptz, core.current_time() + interval '900 s', 'admins see it');
select given.later(899.5);
select is(given.open('\x51', p_address => '10.0.0.3'), 1, 'until the last second');
select given.later(0.5);
select is(given.open('\x51', p_address => '10.0.0.3'), 0, 'then the right password opens');
select is(given.failures(4), '{0,0,0,0}', 'and all is forgotten');
select given.open('\x52');

select is((given.failures(5, 'Nobody@example.com ', '10.0.0.4'), given.wait('nobody@example.com'), given.waits('nobody@example.com', 12)),
  ('{0,0,0,0,0}'::int[], 1, '{2,4,8,16,32,64,128,256,512,900,900,900}'::int[]), 'an address nobody has is locked just the same');

-- A network address has more patience, for many people share one; what a success forgives is its own account.
select given.failures(4, 'guess ' || nr, '10.0.0.9') from generate_series(1, 4) nr;
select given.failures(3, 'meera@example.com', '10.0.0.9');
select is(given.wait('asha@example.com', '10.0.0.9'), 0, 'nineteen failures lock no network address');
select is(given.open('\x53', p_address => '10.0.0.9'), 0, 'a success there');
select given.failures(3, 'guess 5', '10.0.0.9');
select is(given.wait('asha@example.com', '10.0.0.9'), 0, 'takes back the failures of its account');
select is(given.failures(2, 'guess 6', '10.0.0.9'), '{0,1}', 'and of no other');
select is(given.open('\x54', p_address => '10.0.0.9', p_email => 'asha@example.com'), 1,
  'the right password opens nothing from there');
select is(given.open('\x54', p_address => '10.0.0.3', p_email => 'asha@example.com'), 0, 'but from elsewhere');
select is(given.open('\x55', p_address => '10.0.0.9'), 0, 'and for whoever is signed in from there');
select given.failures(6, 'asha@example.com', '10.0.0.5'), api.reset_password(given_user.user_id, 'right') from api.locate_user('asha@example.com') given_user;
select is(given.wait('asha@example.com'), 0, 'a password that was reset unlocks the account');
select given.failures(3, 'once@example.com', '10.0.0.7'), core.forget_failures('once@example.com', '10.0.0.7');
select is((select count(*) from core.sign_in_locks('once@example.com', '10.0.0.7')), 0::bigint, 'what is forgotten leaves nothing');
select given.later(3601), given.failures(1, 'late@example.com', '10.0.0.6'), given.failures(1, 'late@example.com', '10.0.0.6');
select is((select count(*) from crm.sign_in_failures where last_at < core.current_time() - interval '1 hour') < 20, true, 'failures an hour old are cleared away');
select is(given.failures(1, 'guess 1', '10.0.0.9'), '{0}', 'and forgotten');
select is((select failures from core.sign_in_locks('guess 1', '10.0.0.9') where is_account), 1, 'so that counting begins anew');
select is((select count(*) from core.sign_in_subjects('a', 'b', null)), 2::bigint, 'two are counted for');
select is(given.refusal($$select api.open_session('asha@example.com', 'right', k, 'x', r, e, '', '')$$) is not null, true, 'nonsense is no session')
from (values ('grant', null::bytea, interval '1 day')) as t (k, r, e);

-- The owner is not locked out by others: a device or a network of the account has a counter of its own.
create function given.enter(p_hash bytea, p_network text, p_device text default null, p_step bigint default null,
  p_recovery bytea default null)
returns int language sql
return api.open_session('meera@example.com', 'right', 'browser', p_hash, null, '7 days', p_network, 'Firefox',
  p_network, p_device, p_step, p_recovery);
delete from crm.sessions;
delete from crm.sign_in_failures;
select given.enter('\x61', '10.1.0.1');
select given.failures(5, p_address => '10.1.0.66');
update crm.sign_in_failures set failures = 30;
select is(given.enter('\x62', '10.1.0.2'), 900, 'when strangers have locked an account, strangers wait');
select is(given.enter('\x62', '10.1.0.2', 'd1'), 0, 'a device that has signed in to it before does not');
select is(given.enter('\x63', '10.1.0.1'), 0, 'nor does a network where it is signed in');
select is(given.enter('\x64', '10.1.0.3'), 900, 'and by that no stranger comes in');
select is((select array_agg(api.refuse_sign_in('meera@example.com', '10.1.0.1')) from generate_series(1, 6)),
  '{0,0,0,0,0,1}', 'guesses from a known network are counted');
select is((select wait from api.check_sign_in('meera@example.com', '10.1.0.1', 'd1')), 0,
  'apart from those of a known device');
select is((select wait from api.check_sign_in('meera@example.com', '10.1.0.1')), 1,
  'and lock the network for this account');
select is((select wait from api.check_sign_in('asha@example.com', '10.1.0.1')), 0, 'and for no other');
select is((select array_agg(api.refuse_sign_in('meera@example.com', '10.1.0.9', 'd2')) from generate_series(1, 6)),
  '{0,0,0,0,0,1}', 'a device that guesses must wait, too');
select is((select wait from api.check_sign_in('meera@example.com', '10.1.0.9', 'd1')), 0,
  'without harm to another one');
delete from crm.sessions;
select is((select wait from api.check_sign_in('meera@example.com', '10.1.0.1')), 900,
  'a network where it is not signed in any more is like any other');
delete from crm.sign_in_failures;

-- A second factor.
select set_config('fairlead.actor', 'user:' || id, true) from meera;
select is(api.get_factor(), '{"is_on": false, "added_at": null, "recovery_codes": 0, "is_required": false}',
  'at first there is no second factor');
select is(given.refusal('select api.read_factor()'), 'LD409: No second factor is being set up',
  'none is being set up either');
select is(given.refusal('select api.confirm_factor(1, ''{}'')'), 'LD409: No second factor is being set up',
  'nor to be confirmed');
select api.begin_factor('0123456789abcdef0'), api.begin_factor('0123456789abcdef');
select is(api.read_factor(), '0123456789abcdef', 'one is being set up');
select is(given.enter('\x71', '10.2.0.1'), 0, 'which asks for no code yet');
select api.confirm_factor(100, array['\xa1', '\xa2']::bytea[]);
select is(given.last_event(), 'user.factor_added user:' || id || ' {}', 'its first code turns it on, which is an event')
  from meera;
select is(api.get_factor() - 'added_at', '{"is_on": true, "recovery_codes": 2, "is_required": false}',
  'then there is one');
select is(core.has_factor(core.current_workspace(), id), true, 'has_factor() knows') from meera;
select is(core.user_json(u) ->> 'has_factor', 'true', 'admins see it') from crm.users u join meera using (id);
select results_eq($$select factor, last_step from api.check_sign_in('meera@example.com', '10.2.0.1')$$,
  $$values ('0123456789abcdef'::bytea, 100::bigint)$$, 'signing in asks for it');
select is(given.refusal('select api.begin_factor(''0123456789abcdef'')'), 'LD409: You have a second factor already',
  'there is no second one beside it');
select is(given.enter('\x72', '10.2.0.1'), -1, 'the password alone opens nothing any more');
select is(given.enter('\x72', '10.2.0.1', p_step => 100), -1, 'nor does the code that turned it on');
select is(given.enter('\x72', '10.2.0.1', p_step => 102), 0, 'the next does');
select is(given.enter('\x72', '10.2.0.1', p_step => 102), 0, 'and, the answer being lost, not again');
select is(given.enter('\x73', '10.2.0.1', p_step => s), -1, 'a code is good once, and none before it')
  from generate_series(100, 102) s;
select is(given.enter('\x73', '10.2.0.1', p_recovery => '\xa3'), -1, 'what is no recovery code opens nothing');
select is(given.enter('\x73', '10.2.0.1', p_recovery => '\xa1'), 0, 'a recovery code does');
select is(given.last_event(), 'user.recovery_code_used sign-in {"left": 1}', 'which is an event');
select is(given.enter('\x74', '10.2.0.1', p_recovery => '\xa1'), -1, 'once');
select set_config('fairlead.actor', 'user:' || id, true) from meera;
select api.renew_recovery_codes(array['\xb1']::bytea[]);
select is(given.last_event(), 'user.recovery_codes_made user:' || id || ' {}', 'others can be made') from meera;
select is(given.enter('\x74', '10.2.0.1', p_recovery => '\xa2'), -1, 'which ends those before');
select is((select needs_factor from api.find_session('browser', '\x72')), false, 'nobody needs one');
select api.update_workspace('{"requires_factor": true}');
select is((select needs_factor from api.find_session('browser', '\x72')), false,
  'but where one is required, who has one has it');
select is(given.refusal('select api.remove_own_factor()'), 'LD409: This workspace requires a second factor',
  'and keeps it');
select is(api.remove_factor(id) ->> 'has_factor', 'false', 'an admin takes it off who lost it') from meera;
select is(given.last_event(), 'user.factor_removed user:' || id || ' {}', 'which is an event') from meera;
select is((select needs_factor from api.find_session('browser', '\x72')), true, 'then it is needed');
select api.update_workspace('{"requires_factor": false}');
select is(given.refusal(s), 'LD404: Meera has no second factor', s) from meera
  cross join lateral (values ('select api.remove_own_factor()'),
  (format('select api.remove_factor(%L)', meera.id))) as t (s);
select is(given.refusal('select api.renew_recovery_codes(''{}'')'), 'LD404: You have no second factor',
  'without one there are no recovery codes');
select api.begin_factor('0123456789abcdef'), api.confirm_factor(1, '{}'), api.remove_own_factor();
select is(api.get_factor() ->> 'is_on', 'false', 'one''s own can be turned off');
select ok(not core.take_code(u, 9, null) and not core.take_code(u, null, '\xb1'),
  'take_code() takes none where there is no factor') from crm.users u join meera using (id);
select is(given.refusal('select core.take_factor_off(u) from crm.users u join meera using (id)'),
  'LD404: Meera has no second factor', 'take_factor_off() takes off what there is');

-- Personal tokens end, and may end with the password.
select api.create_token('{"name": "Default"}', '\x81');
select is(expires_at - created_at, interval '90 days', 'a token ends after ninety days unless it is told')
  from crm.sessions where token_hash = '\x81';
select is(given.refusal($$select api.create_token(jsonb_build_object('name', 'Long', 'expires_at', (core.current_time() + interval '367 days')::text), '\x82')$$), 'LD422 expires_at: That is more than a year away', 'and after a year at most');
select api.change_password('right', null);
select is(given.session('token', '\x81'), 'Meera, manager', 'a change of the password leaves it');
select api.change_password('right', null, true);
select is(given.session('token', '\x81'), null, 'unless it is to end it');
select alike(given.last_event(), 'user.token_revoked user:% {"token": "Default"}', 'which is an event');

select * from finish();
rollback;
