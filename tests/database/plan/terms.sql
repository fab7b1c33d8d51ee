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
    when 'rule' then api.get_rule(given.rule_id()) when 'source' then api.get_source(given.source_id()) else api.get_workspace() end ->> 'etag';
end $$;
create function given.rule_id() returns uuid language sql
return (select min(r.id::text)::uuid from crm.rules r where r.workspace_id = core.current_workspace());
create function given.source_id() returns int language sql
return (select min(s.id) from crm.sources s where s.workspace_id = core.current_workspace());
select api.create_source(core.current_workspace(), 'Sheet', 'requests'::bytea);
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
  ('workspace', '', $$select api.update_workspace('{"drains_queue": false}')$$);
create temp table before as select k as kind, given.etag(k) as etag from unnest(array['caller', 'lead', 'rule', 'source', 'workspace']) k;
select given.leads('two', 'Goa'), given.now('2026-01-05 13:00+05:30');
select is(given.etag(kind), etag, format('a %s nobody edits keeps its version', kind)) from before;

create function given.edited(p_kind text, p_id text, p_change text) returns text language plpgsql as $$
declare
  v_seen text := given.etag(p_kind);
begin
  perform api.expect_etag(p_kind, p_id, array['another', v_seen]);  -- one of several is enough
  execute p_change;
  return given.refusal(format('select api.expect_etag(%L, %L, %L)', p_kind, p_id, array[v_seen]));
end $$;
select is(given.edited(kind, id, change), format('LD412 If-Match: Somebody has changed this %s meanwhile', kind), format('after "%s" a %s is not what it was', left(change, 30), kind)) from edit;
select alike(given.refusal(format('select api.expect_etag(%L, %L, %L)', k, '01900000-0000-7000-8000-000000000000', '{x}')), 'LD404: %', 'no such ' || k)
from unnest(array['caller', 'lead', 'rule']) k;
select alike(given.refusal($$select api.expect_etag('source', '0', '{x}')$$), 'LD404: %', 'no such source');
select alike(given.refusal($$select api.expect_etag('dragon', '0', '{x}')$$), 'LD412 %', 'what is of no known kind matches no version');
select isnt(core.with_etag('{"a": 1}') ->> 'etag', core.with_etag('{"a": 2}') ->> 'etag', 'with_etag() tells contents apart');
select is(core.with_etag(core.with_etag('{"a": 1, "standing": "free"}') || '{"standing": "away"}') ->> 'etag', core.with_etag('{"a": 1}') ->> 'etag', 'but not what changes by itself, nor itself');

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
