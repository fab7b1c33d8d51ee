-- Callers and people at once: a caller and their login, or a whole table.
begin;
\ir ../given.psql
select * from no_plan();
select given.workspace(), given.now('2026-01-05 10:00+05:30');
select api.create_user(core.current_workspace(), 'priya@example.com', 'Priya', 'admin', 'h');
create function given.links(p_count int) returns jsonb language sql
return (select jsonb_agg(jsonb_build_object('id', md5(random()::text)::uuid, 'hash', md5(random()::text) || md5(random()::text), 'page', 'https://x.example', 'by_mail', true)) from generate_series(1, p_count));
create function given.staff_rows(variadic p_rows jsonb[]) returns jsonb language sql
return (select jsonb_agg(jsonb_build_object('row', n) || r order by n) from unnest(p_rows) with ordinality u (r, n));
create function given.staff_faults(p_rows jsonb, p_sign_in boolean default true) returns text[] language sql
return (select array_agg(coalesce((select string_agg(f.key || ': ' || f.value, ' ' order by f.key) from jsonb_each_text(e -> 'faults') f), e ->> 'outcome') order by (e ->> 'row')::int)
  from jsonb_array_elements(api.check_staff(p_rows, jsonb_build_object('sign_in', p_sign_in))) e);

-- A caller and their login.
select is(array[c #>> '{invited,email}', c #>> '{invited,role}', c #>> '{person,name}', c #>> '{states,0}'], '{asha@example.com,caller,Asha,Goa}', 'a caller and the person are made together')
from (select api.create_caller_with_login('{"name": "Asha", "states": ["Goa"]}', 'Asha@example.com', given.links(1) -> 0) as c) made;
select is((select u.caller_id from crm.users u where u.email = 'asha@example.com'), given.caller_id('Asha'), 'and are one');
select alike(given.refusal($$select api.create_caller_with_login('{"name": "Asha B"}', 'asha@example.com', given.links(1) -> 0)$$), 'LD409 email: Asha has this address already%', 'neither where one cannot be');
select is((select count(*) from crm.callers where name = 'Asha B'), 0::bigint, 'so no caller is left over');

-- States, in any spelling.
select results_eq(format('select * from core.read_states(%L, %L)', 'IN', t), format('select %L::text[], %L::text[]', s, u), t) from (values
  ('MH', '{Maharashtra}'::text[], '{}'::text[]), ('MH, Kerala', '{Kerala,Maharashtra}', '{}'), ('Pune, Maharashtra', '{Maharashtra}', '{}'), ('Goa, kerala; TN', '{Goa,Kerala,"Tamil Nadu"}', '{}'), ('Andhra Pradesh & Goa', '{"Andhra Pradesh",Goa}', '{}'), ('Jammu and Kashmir', '{"Jammu and Kashmir"}', '{}'),
  ('Bombay / Pune', '{Maharashtra}', '{}'), (E'महाराष्ट्र\nMaharastra', '{Maharashtra}', '{}'), ('All India', '{}', '{}'), ('Goa and Kerala', '{Goa,Kerala}', '{}'), ('Narnia, Goa', '{Goa}', '{"Narnia is no state here"}')) as t (t, s, u);

-- What is wrong, row by row.
select is(given.staff_faults(given.staff_rows('{"name": "Bina", "email": "bina@example.com"}', '{"name": "Bina Two", "email": "BINA@example.com"}', '{"name": "", "email": "x@example.com"}', '{"name": "C", "email": "c@"}',
    '{"name": "Dev"}', '{"name": " dev "}', '{"name": "Eva", "role": "manager"}', '{"name": "Fay", "states": "Narnia"}', '{"name": "asha"}', '{"name": "Asha", "email": "other@example.com"}',
    '{"name": "Asha R", "email": "asha@example.com", "role": "manager"}', '{"name": "G", "faults": {"daily_limit": "No number."}}', '{"name": "Priya", "email": "priya@example.com"}')),
  array['made', 'email: It is in row 1, too.', 'name: A name is missing.', 'email: This is no e-mail address.', 'made', 'name: It is in row 5, too.', 'email: Who is no caller needs an e-mail address.',
    'states: Narnia is no state here.', 'updated', 'made', 'role: They are caller: change it on the page People.', 'daily_limit: No number.', 'email: Priya is here already, and no caller.'], 'each row says what becomes of it');
select is(given.staff_faults(given.staff_rows('{"name": "Eva", "email": "eva@example.com", "role": "analyst"}'), false), '{"role: They are no caller, and nobody is to sign in."}', 'who is no caller is nobody without signing in');

-- Done in one go.
select is(api.save_staff(given.staff_rows('{"name": "Bina", "email": "bina@example.com", "states": "MH, Goa", "languages": ["Hindi"], "daily_limit": 20, "team": "West", "title": "Senior"}', '{"name": "Dev"}', '{"name": "Bad", "states": "Narnia"}',
    '{"name": "Asha Rao", "email": "asha@example.com", "daily_limit": 30}', '{"name": "Eva", "email": "eva@example.com", "role": "analyst"}'), '{"sign_in": true}', given.links(5)) - 'invited',
  '{"made": 3, "updated": 1, "left_out": 1}', 'a table is saved');
select is(api.get_caller(given.caller_id('Bina')) ->> f, v, f) from (values ('role', 'Senior'), ('states', '["Goa", "Maharashtra"]'), ('languages', '["Hindi"]'), ('daily_limit', '20'), ('team', 'West')) t (f, v);
select is(api.get_caller(given.caller_id('Asha Rao')) ->> f, v, 'of who is there only ' || f || ' given is changed') from (values ('daily_limit', '30'), ('states', '["Goa"]')) t (f, v);
select is((select array_agg(u.email || ' ' || u.role || ' ' || (u.caller_id is not null) order by u.email) from crm.users u where u.password_hash is null and u.workspace_id = core.current_workspace()),
  '{"asha@example.com caller true","bina@example.com caller true","eva@example.com analyst false"}', 'who has an address is invited');
select is((select count(*) from crm.sign_in_links l where l.workspace_id = core.current_workspace() and l.mail_due_at is not null), 3::bigint, 'by a link each');
select is((select array_agg(kind order by seq) from crm.events where subject = 'caller' and subject_id = given.caller_id('Bina')::text), '{caller.created}', 'a new caller is one event');
select is((api.save_staff(given.staff_rows('{"name": "Bina", "email": "bina@example.com", "states": "MH, Goa", "languages": ["Hindi"], "daily_limit": 20, "team": "West", "title": "Senior"}'), '{"sign_in": true}', given.links(1)) ->> 'updated'), '1', 'the same again makes nothing new');
select is((select count(*) from crm.events where subject = 'caller' and subject_id = given.caller_id('Bina')::text), 1::bigint, 'nor an event');
select is((select s.outcome from core.plan_staff(given.staff_rows('{"name": "Dev", "email": "dev@example.com"}'), '{"sign_in": true}') s), 'updated', 'who is there by name may get an address');
select is(jsonb_array_length(api.save_staff(given.staff_rows('{"name": "Dev", "email": "dev@example.com"}'), '{"sign_in": true}', given.links(1)) -> 'invited'), 1, 'and signs in by it');
select is((select u.caller_id from crm.users u where u.email = 'dev@example.com'), given.caller_id('Dev'), 'as who they are');
select is(core.texts_of('["a"]') || core.texts_of('null'), '{a}', 'texts are read from JSON');
select is(jsonb_array_length(api.save_staff((select jsonb_agg(jsonb_build_object('row', n, 'name', 'Caller ' || n, 'email', 'c' || n || '@example.com', 'states', 'Goa, MH')) from generate_series(1, 1000) n),
  '{"sign_in": true}', given.links(1000)) -> 'invited'), 1000, 'a thousand at once');
select is((select count(*) from crm.callers c join crm.users u on u.workspace_id = c.workspace_id and u.caller_id = c.id where c.name ~ '^Caller '), 1000::bigint, 'each with their login');
select * from finish();
rollback;
