-- Notices: gathered for three seconds, fifteen seconds apart in browsers and five minutes by e-mail, and removed as they are given out.
begin;
\ir ../given.psql
select * from no_plan();

create function given.at(p_time text) returns void language sql as $$
  select given.now('2026-01-05 ' || p_time || '+05:30');
  select api.tick();
$$;
-- "email new_leads 2": what is given out now.
create function given.told() returns text language sql as $$
  select string_agg(format('%s %s %s', c.way, n.value ->> 'kind', n.value ->> 'count'), ', ' order by c.way)
  from api.claim_notices(100) c cross join jsonb_array_elements(c.notices) n (value)
  where c.workspace_id = core.current_workspace()
$$;
select given.now('2026-01-05 10:00:00+05:30');
select given.workspace();
select given.caller('K');
select throws_ok($$select api.set_notice_choices('{"kinds": [], "by_email": false}')$$, 'LD403', null, 'only people are told');
with made as (
  insert into crm.users (workspace_id, email, name, role, password_hash, caller_id)
  select c.workspace_id, 'k@notices.example', 'K', 'caller', 'x', c.id from crm.callers c
  where c.workspace_id = core.current_workspace() returning id)
select set_config('fairlead.actor', 'user:' || id, true) from made;
select is(api.get_notice_choices() ->> 'by_email', 'false', 'nobody is told by e-mail who did not choose it');
select api.set_notice_choices('{"kinds": ["new_leads"], "by_email": true}');
select is(api.create_push_subscription(jsonb_build_object('endpoint', 'https://push.example/1',
  'p256dh', encode(decode(repeat('04', 65), 'hex'), 'base64'), 'auth', encode(decode(repeat('04', 16), 'hex'), 'base64'))) ->> 'failed_at',
  null, 'a browser is told, too');

insert into crm.leads (workspace_id, name) values (core.current_workspace(), 'a');
select given.at('10:00:01');
insert into crm.leads (workspace_id, name) values (core.current_workspace(), 'b');
select given.at('10:00:02');
select is(given.told(), null, 'what is new is gathered first');
select given.at('10:00:04');
select is(given.told(), 'browser new_leads 2, email new_leads 2', 'and told together');
select is(given.told(), null, 'once');
insert into crm.leads (workspace_id, name) values (core.current_workspace(), 'c');
select given.at('10:00:05');
select given.at('10:00:18');
select is(given.told(), null, 'what comes soon after waits');
select given.at('10:00:19');
select is(given.told(), 'browser new_leads 1', 'fifteen seconds in a browser');
select given.at('10:05:04');
select is(given.told(), 'email new_leads 1', 'five minutes by e-mail');

insert into crm.leads (workspace_id, name) values (core.current_workspace(), 'd');
select given.at('10:20:00');
select api.set_notice_choices('{"kinds": ["call_backs"], "by_email": true}');
select given.at('10:40:00');
select is(given.told(), null, 'nothing that is not wanted any more');
-- own_user and push_subscription_json are what the functions above are made of.
select * from finish();
rollback;
