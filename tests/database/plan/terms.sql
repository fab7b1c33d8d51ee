-- What a request asks of its transaction: not to go over somebody else's change, and to be carried out once.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Kavita', '{Goa}'), given.caller('Ravi');
select given.leads('one', 'Goa');

-- Every kind of thing has a version that changes with every edit, and with nothing else.
create function given.etag(p_kind text) returns text language plpgsql as $$
begin
  return case p_kind
    when 'caller' then api.get_caller(given.caller_id('Kavita')) when 'lead' then api.get_lead(given.lead_id('one'))
    when 'rule' then api.get_rule(given.rule_id()) when 'source' then api.get_source(given.source_id())
    when 'user' then (select core.user_json(u) from crm.users u where u.id = given.user_id())
    when 'destination' then (select core.destination_json(d) from crm.destinations d where d.id = given.destination_id())
    when 'alert_settings' then api.get_alert_settings()
    when 'campaign' then api.get_campaign(given.campaign_id()) else api.get_workspace() end ->> 'etag';
end $$;
create function given.rule_id() returns uuid language sql
return (select min(r.id::text)::uuid from crm.rules r where r.workspace_id = core.current_workspace());
create function given.source_id() returns int language sql
return (select min(s.id) from crm.sources s where s.workspace_id = core.current_workspace());
select api.create_source(core.current_workspace(), 'Sheet', 'requests'::bytea);
create function given.user_id() returns uuid language sql return (select min(u.id::text)::uuid from crm.users u where u.workspace_id = core.current_workspace());
create function given.destination_id() returns int language sql return (select min(d.id) from crm.destinations d where d.workspace_id = core.current_workspace());
create function given.campaign_id() returns int language sql return (select min(c.id) from crm.campaigns c where c.workspace_id = core.current_workspace());
select api.create_user(core.current_workspace(), 'uma@fairlead.example', 'Uma', 'manager', 'x');
select api.create_destination('{"name": "CRM", "kind": "webhook", "address": "https://example.com/a", "events": ["alert.*"]}');
select api.create_campaign('{"name": "Diwali"}'), api.update_alert_settings('{"alerts": []}');
create temp table edit (kind text, id text, change text);
insert into edit values
  ('caller', given.caller_id('Kavita')::text, format('select api.set_caller_status(%L, ''paused'')', given.caller_id('Kavita'))),
  ('caller', given.caller_id('Kavita')::text, format('insert into crm.caller_states (workspace_id, caller_id, state) values (core.current_workspace(), %L, ''Kerala'')', given.caller_id('Kavita'))),
  ('caller', given.caller_id('Kavita')::text,
    format('select api.archive_caller(%L, ''keep'')', given.caller_id('Kavita'))),
  ('lead', given.lead_id('one')::text, format('select api.reassign_lead(%L, %L, null)', given.lead_id('one'), given.caller_id('Ravi'))),
  ('lead', given.lead_id('one')::text, format('select api.close_lead(%L)', given.lead_id('one'))),
  ('rule', given.rule_id()::text, format('update crm.rules set is_on = false where id = %L', given.rule_id())),
  ('rule', given.rule_id()::text, format('select api.archive_rule(%L)', given.rule_id())),
  ('source', given.source_id()::text, format('select api.update_source(%s, ''{"needs_competence": true}'')', given.source_id())),
  ('workspace', '', $$select api.update_workspace('{"drains_queue": false}')$$),
  ('user', given.user_id()::text, format('select api.update_user(%L, ''{"name": "Uma J"}'')', given.user_id())),
  ('user', given.user_id()::text, format('update crm.users set disabled_at = now() where id = %L', given.user_id())),
  ('destination', given.destination_id()::text, format('select api.update_destination(%s, ''{"name": "CRM 2"}'')', given.destination_id())),
  ('destination', given.destination_id()::text, format('update crm.destinations set address = ''https://example.com/b'' where id = %s', given.destination_id())),
  ('alert_settings', '', $$select api.update_alert_settings('{"alerts": [], "quiet_minutes": 7}')$$),
  ('campaign', given.campaign_id()::text, format('select api.set_campaign_callers(%s, array[%L]::uuid[])', given.campaign_id(), given.caller_id('Ravi'))),
  ('campaign', given.campaign_id()::text, format('select api.update_campaign(%s, ''{"strategy": "weighted"}'')', given.campaign_id()));
create temp table before as select k as kind, given.etag(k) as etag from unnest(array['caller', 'lead', 'rule', 'source', 'workspace', 'user', 'destination', 'alert_settings', 'campaign']) k;
select given.leads('two', 'Goa'), given.now('2026-01-05 13:00+05:30');
select is(given.etag(kind), etag, format('a %s nobody edits keeps its version', kind)) from before;

-- The comparison is made where the edit passes the turnstile.
create function given.edited(p_kind text, p_id text, p_change text) returns text language plpgsql as $$
declare
  v_seen text := given.etag(p_kind);
begin
  perform api.expect_etag(p_kind, p_id, array['another', v_seen]);  -- one of several is enough
  execute p_change;
  return given.refusal(format('select api.expect_etag(%L, %L, %L), core.take_turnstile(core.current_workspace())', p_kind, p_id, array[v_seen]));
end $$;
select is(given.edited(kind, id, change), format('LD412 If-Match: Somebody has changed this %s meanwhile', translate(kind, '_', ' ')), format('after "%s" a %s is not what it was', left(change, 30), kind)) from edit;
select is(given.refusal(format('select %s from api.expect_etag(%L, %L, ''{1}'')', change, kind, id)), 'LD412 If-Match: Somebody has changed this ' || kind || ' meanwhile', change || ' is refused') from (values
  ('caller', given.caller_id('Ravi')::text, format('api.update_caller(%L, ''{"name": "Ravi"}'')', given.caller_id('Ravi'))),
  ('rule', given.rule_id()::text, format('api.update_rule(%L, ''{"name": "x"}'')', given.rule_id())),
  ('lead', given.lead_id('two')::text, format('api.close_lead(%L)', given.lead_id('two'))),
  ('source', given.source_id()::text, format('api.update_source(%s, ''{}'')', given.source_id()))) t (kind, id, change);
select alike(given.refusal(format('select %s from api.expect_etag(%L, %L, ''{x}'')', change, kind, id)), 'LD404%', 'no such ' || kind) from (values
  ('caller', '01900000-0000-7000-8000-000000000000', 'api.update_caller(''01900000-0000-7000-8000-000000000000'', ''{}'')'),
  ('lead', '01900000-0000-7000-8000-000000000000', 'api.close_lead(''01900000-0000-7000-8000-000000000000'')'),
  ('rule', '01900000-0000-7000-8000-000000000000', 'api.update_rule(''01900000-0000-7000-8000-000000000000'', ''{}'')'),
  ('source', '0', 'api.update_source(0, ''{}'')'), ('destination', '0', 'api.archive_destination(0)'),
  ('user', '01900000-0000-7000-8000-000000000000', 'api.update_user(''01900000-0000-7000-8000-000000000000'', ''{}'')')) t (kind, id, change);
select lives_ok($$select api.expect_etag('workspace', '', array[given.etag('workspace')]), core.take_turnstile(core.current_workspace()), api.update_workspace('{"drains_queue": true}'), core.take_turnstile(core.current_workspace())$$,
  'check_expected() compares once, so that the edit itself is not in its own way');

-- A request with a key is carried out once.
select is(api.begin_request('k', 1, 'same'), null, 'a new key is to be carried out');
select api.finish_request('k', 1, '{"id": 1}');
select is(api.begin_request('k', 1, 'same'), '{"id": 1}', 'again it is answered as before');
select is(given.refusal($$select api.begin_request('k', 1, 'other')$$), 'LD422 Idempotency-Key: This key came with another request', 'another request with it is refused');
select is(api.begin_request('k', 2, 'same'), null, 'its second transaction is one of its own');
select set_config('fairlead.actor', 'user:2', true);
select is(api.begin_request('k', 1, 'other'), null, 'somebody else''s key is another');
select given.workspace();
select is(api.begin_request('k', 1, 'other'), null, 'and another workspace''s');
create temp table kept as select count(*) as keys from crm.idempotency_keys;
select given.now('2026-01-06 12:59+05:30');
select api.tick();
select is((select count(*) from crm.idempotency_keys), keys, 'within a day nothing is forgotten') from kept;
select given.now('2026-01-06 13:01+05:30');
select api.tick();
select is((select count(*) from crm.idempotency_keys), 0::bigint, 'then forget_requests() does');
select is(api.begin_request('k', 1, 'other'), null, 'and the key is new again');

select * from finish();
rollback;
