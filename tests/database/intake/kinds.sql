-- Kinds of senders, secret addresses, and the secrets that senders made.
begin;
\ir ../given.psql
select * from no_plan();
create function given.source_id(p_name text) returns int language sql
return (select id from crm.sources where name = p_name and workspace_id = core.current_workspace() order by id limit 1);
create function given.last_event() returns text language sql
return (select e.kind || ' ' || (e.data ->> 'kind') || coalesce(' ' || (e.data ->> 'sender_key_set_at'), '') from crm.events e where e.workspace_id = core.current_workspace() order by e.seq desc limit 1);

select given.now('2026-01-05 12:00Z'), given.workspace();
select is(api.create_source('{"name": "Form"}', '\x01') ->> 'kind', 'plain', 'a source is any sender unless it is said');
select is(api.create_source('{"name": "Ads", "kind": "google_ads"}', '\x02') ->> 'kind', 'google_ads', 'it may be made as one of a kind');
select is(given.last_event(), 'source.created google_ads', 'the log says which');
select is(api.update_source(given.source_id('Form'), '{"kind": "typeform"}') ->> 'kind', 'typeform', 'and become one');
select is(given.last_event(), 'source.updated typeform', 'which is an event');
select alike(given.refusal($$select api.update_source(given.source_id('Form'), '{"kind": "Type form"}')$$), '23514 sources_kind_form: %', 'a kind is a word');
select is((select kind from api.find_source('\x02')), 'google_ads', 'the gateway is told by token');
select is((select array_agg(kind order by kind) from api.list_sources() where workspace_id = core.current_workspace()), '{google_ads,typeform}', 'and by signature');

-- By the number and generation of a key that lives.
select results_eq($$select name, workspace_id, kind, sender_secret from api.find_key(given.source_id('Ads'), 1)$$, $$values ('Ads', core.current_workspace(), 'google_ads', null::bytea)$$, 'a source is found by its key''s number');
select is_empty($$select * from api.find_key(given.source_id('Ads'), 2) union all select * from api.find_key(0, 1)$$, 'and by no other');
select is(api.get_key_generation(given.source_id('Ads')), 1, 'an admin learns the generation of the newest key');
select is(api.rotate_source(given.source_id('Ads'), '\x12', '1 hour') ->> 'generation', '2', 'when the key is renewed');
select is((select array_agg(k.generation order by k.generation) from generate_series(1, 3) g, api.find_key(given.source_id('Ads'), g) k), '{1,2}', 'the address before works on');
select given.now('2026-01-05 13:00Z');
select is((select array_agg(k.generation order by k.generation) from generate_series(1, 3) g, api.find_key(given.source_id('Ads'), g) k), '{2}', 'as long as the key does');
select is(api.get_key_generation(given.source_id('Ads')), 2, 'and the new one is shown');

-- The sender's own secret.
select is(api.set_sender_secret(given.source_id('Ads'), '\x0102') ->> 'sender_key_set_at', '2026-01-05T13:00:00+00:00', 'a secret is kept, and since when');
select is(given.last_event(), 'source.updated google_ads 2026-01-05T13:00:00+00:00', 'the log says since when, and not what');
select is((select sender_secret from api.find_key(given.source_id('Ads'), 2)), '\x0102', 'the gateway gets it with the key');
select given.now('2026-01-05 14:00Z');
select is(api.set_sender_secret(given.source_id('Ads'), '\x03') ->> 'sender_key_set_at', '2026-01-05T14:00:00+00:00', 'another takes its place');
select is(given.last_event(), 'source.updated google_ads 2026-01-05T14:00:00+00:00', 'which is an event, too');
select is(api.set_sender_secret(given.source_id('Ads'), null) ->> 'sender_key_set_at', null, 'and it is taken away');
select is(given.last_event(), 'source.updated google_ads', 'with an event');
select is(given.refusal(s), refusal, refusal) from (values
  ($$select api.set_sender_secret(0, '\x01')$$, 'LD404: There is no source 0'),
  ($$select api.get_key_generation(0)$$, 'LD404: There is no source 0')
) as t (s, refusal);

select api.revoke_source(given.source_id('Ads'));
select is_empty($$select * from api.find_key(given.source_id('Ads'), 2)$$, 'a revoked source has no address');
select alike(given.refusal($$select api.get_key_generation(given.source_id('Ads'))$$), 'LD409: Ads is revoked%', 'none is shown');
select alike(given.refusal($$select api.set_sender_secret(given.source_id('Ads'), '\x01')$$), 'LD409: Ads is revoked%', 'and no secret is kept');

select * from finish();
rollback;
