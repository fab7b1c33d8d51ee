-- People come in by a link: invitations, forgotten passwords, and what managers may.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace(), given.now('2026-01-05 10:00+05:30');
create function given.link(p_token text, p_by_mail boolean default true) returns jsonb language sql
return jsonb_build_object('id', md5(p_token)::uuid, 'hash', encode(sha256(convert_to(p_token, 'UTF8')), 'hex'), 'page', 'https://x.example', 'by_mail', p_by_mail);
create function given.hash(p_token text) returns bytea language sql return sha256(convert_to(p_token, 'UTF8'));
create function given.user(p_email text) returns uuid language sql return (select id from crm.users where email = p_email and workspace_id = core.current_workspace());
create function given.state(p_email text) returns text language sql return (core.link_json(core.current_workspace(), given.user(p_email))) ->> 'state';
create function given.invite(p_email text, p_token text, p_role text default 'caller', p_by_mail boolean default true) returns jsonb language sql
return api.invite_user(jsonb_build_object('email', p_email, 'name', initcap(split_part(p_email, '@', 1)), 'role', p_role), given.link(p_token, p_by_mail));
create function given.kinds(p_email text) returns text[] language sql
return (select array_agg(kind order by seq) from crm.events where subject = 'user' and subject_id = given.user(p_email)::text);
select api.create_user(core.current_workspace(), 'priya@example.com', 'Priya', 'admin', 'hash of priya');

-- An invitation.
select is(given.invite(' Asha@Example.com', 'asha') - '{id,created_at,etag,link,caller,has_factor,locked_until,last_used_at,disabled}'::text[],
  '{"name": " asha", "role": "caller", "email": "asha@example.com", "caller_id": null, "invited": true}'::jsonb || '{"name": "Asha"}', 'an invited person is there, and has not come in');
select is(given.state('asha@example.com'), 'waiting', 'the e-mail is to be sent');
select is_empty($$select * from api.find_user('asha@example.com')$$, 'nobody signs in with it yet');
select results_eq($$select wait, password_hash from api.check_sign_in('asha@example.com', '10.0.0.1')$$, $$values (0, null::text)$$, 'as with an address that is nobody''s');
select results_eq($$select email, name, kind, made_by, page from api.claim_letters(10)$$, $$values ('asha@example.com', 'Asha', 'invitation', null::text, 'https://x.example')$$, 'its e-mail is claimed');
select is_empty($$select * from api.claim_letters(10)$$, 'by one gateway');
select given.now('2026-01-05 10:01:01+05:30');
select is((select count(*) from api.claim_letters(10)), 1::bigint, 'and after a minute by another');
select api.finish_letter(core.current_workspace(), given.user('asha@example.com'), md5('asha')::uuid, true, 'Taken');
select is(given.state('asha@example.com'), 'sent', 'sent is sent');
select is_empty($$select * from api.claim_letters(10)$$, 'and not again');
select results_eq($$select state, kind, email, name, has_factor from api.find_link(given.hash('asha'))$$, $$values ('sent', 'invitation', 'asha@example.com', 'Asha', false)$$, 'the link tells whose it is');
select is_empty($$select * from api.find_link(given.hash('asha2'))$$, 'another tells nothing');
select is(api.use_link(given.hash('other'), 'h'), 'unknown', 'nor does it do anything');
select is(api.use_link(given.hash('asha'), 'hash 1'), 'done', 'with it a password is set');
select is(api.use_link(given.hash('asha'), 'hash 1'), 'done', 'what the gateway repeats is done once');
select is(api.use_link(given.hash('asha'), 'hash 2'), 'used', 'a second use does nothing');
select is((select password_hash from api.find_user('asha@example.com')), 'hash 1', 'the first password counts');
select is(given.kinds('asha@example.com'), '{user.created,user.invited,user.password_changed,user.invitation_accepted}', 'all of it is in the log');
select is((select actor from crm.events where kind = 'user.invitation_accepted'), 'user:' || given.user('asha@example.com'), 'by whom it was');
select is((select count(*) from crm.events e where e.data::text like '%' || encode(given.hash('asha'), 'hex') || '%'), 0::bigint, 'and no token, not even its hash');
select set_config('fairlead.actor', 'cli', true);

-- Whom it is refused.
select alike(given.refusal(format('select given.invite(%L, %L)', e, 'x')), refusal, refusal) from (values
  ('ASHA@example.com', 'LD409 email: Asha has this address already%'), ('asha', 'LD422 email: "asha" is no e-mail address%'), ('a b@example.com', 'LD422 email:%'),
  ('a@b@example.com', 'LD422 email:%'), ('asha@', 'LD422 email:%'), ('@example.com', 'LD422 email:%'), ('a@example..com', 'LD422 email:%'), ('a@x.com, b@x.com', 'LD422 email:%'),
  ('<a@x.com>', 'LD422 email:%'), (E'a@x.com\nBcc: b', 'LD422 email:%'), ('mailto:a@x.com', 'LD422 email:%')) as t (e, refusal);

-- It ends.
select given.invite('bina@example.com', 'bina', p_by_mail => false), given.invite('carl@example.com', 'carl'), given.invite('dev@example.com', 'dev');
select is(given.state('bina@example.com'), 'made', 'a link to be copied waits for nobody');
select api.revoke_link(given.user('carl@example.com'));
select is(api.use_link(given.hash('carl'), 'h'), 'revoked', 'a revoked one is not used');
select is((select array_agg(email) from api.claim_letters(10)), '{dev@example.com}', 'nor sent');
select is(given.refusal(format('select api.revoke_link(%L)', given.user('carl@example.com'))), 'LD409: Carl has no link that could be used', 'nor revoked again');
select api.update_user(given.user('dev@example.com'), '{"disabled": true}');
select is(api.use_link(given.hash('dev'), 'h'), 'revoked', 'nor that of a disabled person');
select is((select state from api.find_link(given.hash('dev'))), 'revoked', 'which does not show either');
select alike(given.refusal(format('select api.send_link(%L, %L)', given.user('dev@example.com'), given.link('dev2'))), 'LD409: Dev may not sign in%', 'they get no other');
select api.send_link(given.user('bina@example.com'), given.link('bina2'));
select is(api.use_link(given.hash('bina'), 'h'), 'unknown', 'a newer link takes the place of the one before');
select is(given.refusal(format('select api.send_link(%L, %L)', given.user('bina@example.com'), given.link('bina3'))),
  'LD429: An e-mail to Bina was on its way less than a minute ago', 'an e-mail follows another after a minute');
select is(api.send_link(given.user('bina@example.com'), given.link('bina4', false)) #>> '{link,state}', 'made', 'a link to copy at once');
select given.now('2026-01-12 10:01:00+05:30');
select is((select state from api.find_link(given.hash('bina4'))), 'made', 'it is good for seven days');
select given.now('2026-01-12 10:01:02+05:30');
select is(api.use_link(given.hash('bina4'), 'h'), 'expired', 'and no longer');
select api.reset_password(given.user('carl@example.com'), 'by hand');
select is((select password_hash from api.find_user('carl@example.com')), 'by hand', 'a password can be carried by hand as before');

-- An e-mail that cannot be sent is tried five times.
select given.invite('eva@example.com', 'eva');
do $$ begin
  for i in 1 .. 5 loop
    perform given.now((core.current_time() + interval '20 minutes')::text);
    perform api.claim_letters(10);
    perform api.finish_letter(core.current_workspace(), given.user('eva@example.com'), md5('eva')::uuid, false, '550 no');
  end loop;
end $$;
select is(core.link_json(core.current_workspace(), given.user('eva@example.com')) - '{id,created_at,expires_at}'::text[], '{"kind": "invitation", "state": "failed", "answer": "550 no"}', 'then it has failed, and says why');
select is((select kind from crm.events order by seq desc limit 1), 'user.link_not_sent', 'which is an event');
select is(api.use_link(given.hash('eva'), 'h'), 'done', 'the link is good all the same');
select set_config('fairlead.actor', 'cli', true);

-- An address is whose mailbox it is: another workspace may invite it and learns nothing.
select set_config('given.first', core.current_workspace()::text, true);
select given.workspace();
select api.create_user(core.current_workspace(), 'olga@example.com', 'Olga', 'admin', 'h');
select is(given.invite('asha@example.com', 'second') ->> 'invited', 'true', 'an address of another workspace is invited like any other');
select is((select user_id from api.locate_user('asha@example.com')) <> given.user('asha@example.com'), true, 'it stays who it was');
select is(api.use_link(given.hash('second'), 'h'), 'taken', 'only whoever has the link is told');
select is((select password_hash from api.find_user('asha@example.com')), 'hash 1', 'and nothing is changed');
select set_config('fairlead.actor', 'cli', true);

-- A forgotten password.
select set_config('fairlead.workspace_id', current_setting('given.first'), true);
create function given.ask(p_email text, p_token text, p_network text default '10.0.0.1') returns int language sql
return api.ask_reset(p_email, p_network, null, md5(p_token)::uuid, given.hash(p_token), 'https://x.example');
select is(array[given.ask('ASHA@example.com', 'r1'), given.ask('nobody@example.com', 'r2')], '{0,0}', 'anybody may ask, for anybody');
select is((select count(*) from crm.asked_resets), 2::bigint, 'which is taken down in the same way');
select is(given.kinds('asha@example.com')::text like '%reset%', false, 'and nothing else is done while they wait');
select api.begin_reset(r) from api.claim_resets(10) r;
select is((select count(*) from crm.asked_resets), 0::bigint, 'a moment later it is looked at');
select results_eq($$select email, kind from api.claim_letters(10) where email = 'asha@example.com' and workspace_id = core.current_workspace()$$, $$values ('asha@example.com', 'reset')$$, 'who has an account gets an e-mail');
select is((select count(*) from crm.sign_in_links where kind = 'reset'), 1::bigint, 'nobody else');
insert into crm.sessions (workspace_id, user_id, kind, token_hash, created_at, last_used_at, expires_at)
select core.current_workspace(), given.user('asha@example.com'), 'browser', 'x', core.current_time(), core.current_time(), core.current_time() + interval '1 day';
select is(api.use_link(given.hash('r1'), 'hash 3'), 'done', 'the link sets a password');
select is_empty($$select * from api.find_session('browser', 'x')$$, 'and ends all sessions');
select is((select kind || ' ' || (actor = 'user:' || given.user('asha@example.com')) from crm.events order by seq desc limit 1), 'user.password_changed true', 'which is an event');
select set_config('fairlead.actor', 'cli', true);
select given.now((core.current_time() + interval '2 minutes')::text), given.ask('asha@example.com', 'r3');
select api.begin_reset(r) from api.claim_resets(10) r;
select given.now((core.current_time() + interval '61 minutes')::text);
select is(api.use_link(given.hash('r3'), 'h'), 'expired', 'it is good for an hour');
select is((select array_agg(given.ask('x@example.com', 'x' || n) order by n) from generate_series(1, 7) n), '{0,0,0,0,0,1,1}', 'too many for one address must wait');
select is((select max(given.ask('x' || n || '@example.com', 'y' || n)) > 0 from generate_series(1, 25) n), true, 'and too many from one network');
select is(core.sign_in_wait('x@example.com', '10.0.0.1'), 0, 'which keeps nobody from signing in');
select is(given.ask('x@example.com', 'z', '10.0.0.2'), 1, 'wherever they are');
delete from crm.asked_resets;
do $$ begin
  for i in 1 .. 9 loop
    perform given.now((core.current_time() + interval '65 minutes')::text);
    perform given.ask('asha@example.com', 'many' || i);
    perform api.begin_reset(r) from api.claim_resets(10) r;
  end loop;
end $$;
select is((select count(*) from crm.events where kind = 'user.reset_asked' and subject_id = given.user('asha@example.com')::text), 5::bigint, 'a person gets five within a day');
select api.update_user(given.user('asha@example.com'), '{"disabled": true}');
select given.now((core.current_time() + interval '2 days')::text), given.ask('asha@example.com', 'late');
select api.begin_reset(r) from api.claim_resets(10) r;
select is((select state from api.find_link(given.hash('late'))), null, 'a disabled one none');
select given.ask('asha@example.com', 'old');
select given.now((core.current_time() + interval '11 minutes')::text);
select is_empty('select api.claim_resets(10)', 'what nobody looked at for ten minutes is given up');

-- The parts of it.
select is(core.is_email(e), is_one, e || ' is ' || is_one) from (values ('a@x.com', true), ('asha.rao+x@mail.example.in', true), ('o''hara@x.com', true), ('a@x', true), ('.a@x.com', false), ('a.@x.com', false)) as t (e, is_one);
select is(given.refusal($$select core.refuse_odd_email('asha')$$), 'LD422 email: "asha" is no e-mail address', 'what is none is refused');
select is(core.was_mailed(u, '1 minute'), false, 'nobody was mailed lately') from crm.users u where u.email = 'priya@example.com';
select core.make_link(u, given.link('made')) from crm.users u where u.email = 'priya@example.com';
select is(core.link_state(l), 'waiting', 'a link is made for whom there is') from crm.sign_in_links l where l.id = md5('made')::uuid;
select is(core.was_mailed(u, '1 minute'), true, 'and its e-mail counted') from crm.users u where u.email = 'priya@example.com';
select is(core.admins_to_ask(), 'Ask Priya, who is an admin', 'whom to ask is known');
select is(array[core.is_admin(), core.may('sources')], '{t,t}', 'the owner may what admins may');
select is(given.refusal($$select core.refuse_unless_may('sources'), core.refuse_unless_may_invite('admin')$$), null, 'and is refused nothing');

-- What managers may, an admin says.
select is(api.get_rights(), '{"people": true, "sources": true, "destinations": true, "is_admin": true, "ask": "Ask Priya, who is an admin."}', 'an admin may all');
create function given.as_manager(p_statement text) returns text language plpgsql as $$
declare v_refusal text;
begin
  set local role fairlead_manager;
  v_refusal := given.refusal(p_statement);
  reset role;
  return v_refusal;
end $$;
grant usage on schema given to fairlead_manager;
grant execute on all functions in schema given to fairlead_manager;
select is(given.as_manager($$select api.invite_user('{"email": "m@example.com", "name": "M", "role": "caller"}', '{}')$$), 'LD403: Only admins may add people here', 'a manager may not');
set local role fairlead_manager;
select is(api.get_rights() - 'ask', '{"people": false, "sources": false, "destinations": false, "is_admin": false}', 'and can ask so');
reset role;
select is(api.update_workspace('{"managers_may": ["people", "sources", "people"]}') -> 'managers_may', '["people", "sources"]', 'an admin lets them');
select is(given.refusal($$select api.update_workspace('{"managers_may": ["everything"]}')$$), '23514 workspaces_managers_may_known: new row for relation "workspaces" violates check constraint "workspaces_managers_may_known"', 'of what there is');
select is(given.as_manager(format('select api.invite_user(%L, %L)', '{"email": "m@example.com", "name": "M", "role": "caller"}', given.link('m'))), null, 'then they may');
select is(given.as_manager(format('select api.invite_user(%L, %L)', '{"email": "n@example.com", "name": "N", "role": "manager"}', given.link('n'))), 'LD403 role: Managers invite callers and analysts only', 'nobody who may more than they give');
select is(given.as_manager(format('select api.send_link(%L, %L)', given.user('carl@example.com'), given.link('o'))), 'LD403: Only admins may send links to people who have a password', 'and no password of anybody');
select is(given.as_manager(format('select api.send_link(%L, %L)', given.user('priya@example.com'), given.link('o'))), 'LD403 role: Managers invite callers and analysts only', 'an admin''s least of all');

select * from finish();
rollback;
