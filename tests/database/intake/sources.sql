-- Sources: who may hand leads in, by which key, until when, and what is on record of it.
begin;
\ir ../given.psql
select * from no_plan();
create function given.source_id(p_name text) returns int language sql
return (select id from crm.sources where name = p_name and workspace_id = core.current_workspace() order by id limit 1);
create function given.last_event() returns text language sql
return (select e.kind || ' ' || (e.data - array['source_id', 'kind', 'sender_key_set_at'])::text from crm.events e where e.workspace_id = core.current_workspace() order by e.seq desc limit 1);
create function given.tell(p_name text) returns jsonb language sql
return api.get_source(given.source_id(p_name)) - array['id', 'name', 'created_at', 'leads_today', 'first_lead_at', 'last_lead_at', 'etag', 'kind', 'sender_key_set_at'];

-- Made and recognised.
select given.now('2026-01-05 12:00Z'), given.workspace();
select api.create_source(core.current_workspace(), ' Sheet ', '\x01');
select results_eq('select * from api.find_source(''\x01'')', $$values (given.source_id('Sheet'), core.current_workspace(), 'Sheet', 'Asia/Kolkata', 1, null::int, null::int, null::jsonb, 'IN', null::text, 'plain')$$, 'a source is found by the hash of its token');
select is_empty('select * from api.find_source(''\x02'')', 'and by no other');
select results_eq('select * from api.list_sources()', 'select * from api.find_source(''\x01'')', 'its key is listed');
select is(given.last_event(), 'source.created {"form": null, "name": "Sheet", "burst": null, "mapping": null, "revoked": false, "timezone": null, "test_when": null, "date_order": null, "generation": 1, "old_keys_until": null, "leads_per_minute": null, "needs_competence": false}', 'making it is an event');
select is(api.create_source('{"name": "Ads", "needs_competence": true, "leads_per_minute": 60, "burst": 10, "timezone": "UTC", "date_order": "month_first"}', '\x03') - array['id', 'created_at', 'etag'],
  '{"name": "Ads", "needs_competence": true, "leads_per_minute": 60, "burst": 10, "timezone": "UTC", "date_order": "month_first", "generation": 1, "rotated_at": null, "old_keys_until": null, "revoked_at": null, "leads_today": 0, "first_lead_at": null, "last_lead_at": null, "mapping": {}, "test_when": null, "form": null, "kind": "plain", "sender_key_set_at": null}', 'one may be made with all there is to say of it');
select results_eq('select leads_per_minute, burst from api.find_source(''\x03'')', 'values (60, 10)', 'how much it may send is told with it');
select results_eq('select timezone, country, date_order from api.find_source(''\x03'')', $$values ('UTC', 'IN', 'month_first')$$, 'and how it writes dates');
select is(given.refusal(s), refusal, refusal) from (values
  ($$select api.create_source('{"name": "Ads"}', '\x04')$$, '23505 sources_name_key: duplicate key value violates unique constraint "sources_name_key"'),
  ($$select api.create_source('{"name": " "}', '\x04')$$, '23514 sources_name_length: new row for relation "sources" violates check constraint "sources_name_length"'),
  ($$select api.create_source(0, 'X', '\x04')$$, 'LD404: There is no workspace 0'),
  ($$select api.get_source(0)$$, 'LD404: There is no source 0'),
  ($$select api.create_source('{"name": "X", "timezone": "Mars/Base"}', '\x04')$$, 'LD422 timezone: "Mars/Base" is no timezone'),
  ($$select api.update_source(given.source_id('Ads'), '{"timezone": "IST"}')$$, 'LD422 timezone: "IST" is no timezone'),
  ($$select api.update_source(0, '{}')$$, 'LD404: There is no source 0'),
  ($$select api.rotate_source(0, '\x04', '1 day')$$, 'LD404: There is no source 0'),
  ($$select api.revoke_source(0)$$, 'LD404: There is no source 0'),
  ($$select api.remake_form_key(0)$$, 'LD404: There is no source 0'),
  ($$select api.rotate_source(given.source_id('Ads'), '\x04', '-1 hour')$$, 'LD422 overlap_hours: The old key cannot work on for -01:00:00'),
  ($$select api.rotate_source(given.source_id('Ads'), '\x04', '31 days')$$, 'LD422 overlap_hours: The old key cannot work on for 31 days'),
  ($$select api.rotate_source(given.source_id('Ads'), '\x03', '1 day')$$, '23505 source_keys_token_hash_key: duplicate key value violates unique constraint "source_keys_token_hash_key"')
) as t (s, refusal);

-- Changed.
select is(api.update_source(given.source_id('Ads'), '{"name": " Google Ads ", "burst": null}') ->> 'name', 'Google Ads', 'a source is renamed');
select is(given.last_event(), 'source.updated {"form": null, "name": "Google Ads", "burst": null, "mapping": null, "revoked": false, "timezone": "UTC", "test_when": null, "date_order": "month_first", "generation": 1, "old_keys_until": null, "leads_per_minute": 60, "needs_competence": true}', 'the log has it as it is from then on');
select is((select burst from api.find_source('\x03')), 60, 'without a burst, a minute''s leads may come at once');
create temp table before as select event_seq from crm.workspaces where id = core.current_workspace();
select api.update_source(given.source_id('Google Ads'), '{"leads_per_minute": 60}'), api.update_source(given.source_id('Google Ads'), '{}');
select is((select event_seq from crm.workspaces where id = core.current_workspace()), event_seq, 'a change that changes nothing is no event') from before;
select is(api.update_source(given.source_id('Google Ads'), '{"leads_per_minute": null, "burst": 7}') ->> 'burst', null, 'a burst of no limit is none');
select alike(given.refusal($$select api.update_source(given.source_id('Sheet'), '{"leads_per_minute": 0}')$$), '23514 sources_leads_per_minute_range: %', 'a limit lets something through');
select alike(given.refusal($$select api.update_source(given.source_id('Sheet'), '{"leads_per_minute": 1, "burst": 0}')$$), '23514 sources_burst_range: %', 'a burst too');
update crm.sources set needs_competence = false where name = 'Google Ads';
select alike(given.last_event(), 'source.updated %"needs_competence": false}', 'a plain update is on record too');

-- Rotated: both keys work until the moment chosen.
select given.caller('Kavita');
create function given.hand_in(p_name text, p_generation int) returns text language sql as $$
  select assignment_status from api.ingest_leads(jsonb_build_array(jsonb_build_object('source_id', given.source_id('Sheet'), 'generation', p_generation, 'name', p_name)))
$$;
select is(given.hand_in('a', 1), 'assigned', 'a lead by the first key is taken');
select is(given.hand_in('b', 2), 'refused', 'by a key there is not yet none is');
select results_eq($$select (r ->> 'generation')::int, (r ->> 'rotated_at')::timestamptz, (r ->> 'old_keys_until')::timestamptz from api.rotate_source(given.source_id('Sheet'), '\x11', '24 hours') r$$,
  $$values (2, timestamptz '2026-01-05 12:00Z', timestamptz '2026-01-06 12:00Z')$$, 'rotating makes the next key');
select is(given.last_event(), 'source.rotated {"form": null, "name": "Sheet", "burst": null, "mapping": null, "revoked": false, "timezone": null, "test_when": null, "date_order": null, "generation": 2, "old_keys_until": "2026-01-06T12:00:00+00:00", "leads_per_minute": null, "needs_competence": false}', 'which is an event that tells no secret');
select given.now('2026-01-06 11:59Z');
select is((select array_agg(generation order by generation) from api.list_sources() where name = 'Sheet'), '{1,2}', 'until then both keys are live');
select is((select array_agg(f.generation) from unnest('{\\x01,\\x11}'::bytea[]) t, api.find_source(t) f), '{1,2}', 'both tokens are known');
select is(given.hand_in('c', 1) || given.hand_in('d', 2), 'assignedassigned', 'and both hand leads in');
select given.now('2026-01-06 12:00Z');
select is_empty('select * from api.find_source(''\x01'')', 'at that moment the old token is nobody''s');
select is((select array_agg(generation) from api.list_sources() where name = 'Sheet'), '{2}', 'the old signature neither');
select is(given.hand_in('e', 1), 'refused', 'and a gateway that remembers it gets nothing in');
select is(given.hand_in('c', 1), 'refused', 'nor an answer of old');
select is(given.hand_in('f', 2), 'assigned', 'the new one works on');
select is(given.tell('Sheet') ->> 'old_keys_until', null, 'what is over is not told');
select api.rotate_source(given.source_id('Sheet'), '\x12', '720 hours'), api.rotate_source(given.source_id('Sheet'), '\x13', '1 hour');
select is((select array_agg(expires_at order by generation) from crm.source_keys where source_id = given.source_id('Sheet')), '{2026-01-06 12:00Z,2026-01-06 13:00Z,2026-01-06 13:00Z,null}', 'rotating again ends every older key no later');
select api.rotate_source(given.source_id('Sheet'), '\x14', '0');
select is((select array_agg(generation) from api.list_sources() where name = 'Sheet'), '{5}', 'without an overlap at once');
update crm.source_keys set expires_at = '2026-01-07 12:00Z' where source_id = given.source_id('Sheet') and generation = 4;
select alike(given.last_event(), 'source.updated %"old_keys_until": "2026-01-07T12:00:00+00:00"%', 'whoever moves an end by hand is on record');

-- A mapping: what the sender calls the fields.
create function given.change(p_source jsonb) returns jsonb language sql
return api.update_source(given.source_id('Google Ads'), p_source);
select is(given.change('{"mapping": {"phone": "Mobile No.", "name": ["First", "Last"]}}') -> 'mapping', '{"phone": "Mobile No.", "name": ["First", "Last"]}', 'a source has a mapping');
select alike(given.last_event(), 'source.updated {%"mapping": {"name": ["First", "Last"], "phone": "Mobile No."},%', 'which is an event');
select is((select mapping from api.find_source('\x03')), (select mapping from api.list_sources() where name = 'Google Ads'), 'and told to the gateway by token and by signature');
select isnt((select mapping from api.find_source('\x03')), null, 'as it is');
select is(given.change('{"timezone": "Europe/Berlin"}') ->> 'timezone', 'Europe/Berlin', 'a source has a zone');
select is(l.timestamp_from_sheet, expected::timestamptz, at || ' is ' || expected || ': ' || why) from (values
  ('2026-07-01T10:00:00', '2026-07-01 08:00Z', 'a time without an offset is in the zone of its source'),
  ('2026-07-01T10:00:00Z', '2026-07-01 10:00Z', 'one with an offset is not'),
  ('2026-07-01', '2026-06-30 18:30Z', 'a date is a day of the workspace'),
  ('2026-03-29T02:30:00', '2026-03-29 01:30Z', 'a time that the clocks left out is in standard time'),
  ('2026-10-25T02:30:00', '2026-10-25 01:30Z', 'and so is one that they show twice')
) as t (at, expected, why)
cross join lateral api.ingest_leads(jsonb_build_array(jsonb_build_object('source_id', given.source_id('Google Ads'), 'name', at, 'timestamp', at))) i
join crm.leads l on l.id = i.lead_id;
select is(given.change('{"timezone": null}') -> 'timezone', 'null', 'or none again');
select is(given.change('{"burst": null}') -> 'mapping' ->> 'phone', 'Mobile No.', 'it stays when something else changes');
select alike(given.refusal(format('select given.change(%L)', jsonb_build_object('mapping', m))), 'LD422 mapping: ' || refusal, 'check_mapping() refuses ' || m::text) from (values
  ('[]'::jsonb, 'A mapping says%'), ('"x"', 'A mapping says%'), ('{"fone": "x"}', 'A lead has no field fone'), ('{"phone": ""}', '%calls phone cannot be read'), ('{"phone": 1}', '%phone%'),
  ('{"phone": null}', '%phone%'), ('{"phone": []}', '%phone%'), ('{"phone": ["a", 1]}', '%phone%'), ('{"phone": ["a", ""]}', '%phone%'), ('{"phone": {"a": "b"}}', '%phone%'),
  ('{"phone": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]}', '%phone%')) t (m, refusal);
select is(given.change('{"mapping": {}}') -> 'mapping', '{}', 'an empty mapping is none');
select is((select mapping from api.find_source('\x03')), null, 'and costs the gateway nothing');
select is((select core.changes_between(b.data, e.data) from crm.events e, core.last_event(e.workspace_id, 'source', e.subject_id, e.seq) b where e.workspace_id = core.current_workspace() order by e.seq desc limit 1),
  '[{"field": "mapping", "before": {"name": ["First", "Last"], "phone": "Mobile No."}, "after": null}]', 'the audit says what went');

-- A form: where visitors of a page leave their leads.
select is(given.change('{"form": {"sites": [" https://Example.com/", "http://localhost:8000", "https://example.com:443"], "thanks_url": "https://example.com/thanks?x=1"}}') #- '{form,key}' -> 'form',
  '{"sites": ["https://example.com", "http://localhost:8000"], "thanks_url": "https://example.com/thanks?x=1"}', 'a source has a form; check_form_sites() writes its sites as browsers do');
create temp table form as select form_key from crm.sources where name = 'Google Ads';
select matches(form_key, '^[0-9a-f]{32}$', 'it is known by a key') from form;
select results_eq('select name, sites, thanks_url, leads_per_minute from form, api.find_form(form_key)',
  $$values ('Google Ads', '{https://example.com,http://localhost:8000}'::text[], 'https://example.com/thanks?x=1', null::int)$$, 'by which find_form() finds it');
select is_empty('select * from api.find_form(''x'') union all select * from api.find_form(null)', 'and by no other');
select alike(given.last_event(), 'source.updated {"form": {"key": "…' || right(form_key, 6) || '", "sites": ["https://example.com", "http://localhost:8000"], "thanks_url": "https://example.com/thanks?x=1"}, %',
  'the log tells of it, but no key to use') from form;
select alike(given.refusal(format('select given.change(%L)', jsonb_build_object('form', f))), refusal, 'refused as a form: ' || f::text) from (values
  ('{}'::jsonb, 'LD422 form.sites: A form is sent from 1 to 20 sites'), ('{"sites": []}', 'LD422 form.sites: A form%'), ('{"sites": ["https://a.example/page"]}', 'LD422 form.sites: https://a.example/page is not%'),
  ('{"sites": ["*"]}', 'LD422 form.sites: %'), ('{"sites": ["null"]}', 'LD422 form.sites: %'), ('{"sites": [null]}', 'LD422 form.sites: %'), ('{"sites": ["ftp://a.example"]}', 'LD422 form.sites: %'),
  ('{"sites": ["https://a.example", "https://*.example"]}', 'LD422 form.sites: %'), ('{"sites": ["https://a@b.example"]}', 'LD422 form.sites: %'), ('{"sites": ["https://a.example:x"]}', 'LD422 form.sites: %'),
  ('{"sites": ["https://a.example"], "thanks_url": "javascript:alert(1)"}', 'LD422 form.thanks_url: %'), ('{"sites": ["https://a.example"], "thanks_url": "https:// x"}', 'LD422 form.thanks_url: %'),
  ('{"sites": ["https://a.example"], "thanks_url": "/thanks"}', 'LD422 form.thanks_url: %')) t (f, refusal);
select alike(given.refusal(format('select given.change(%L)', jsonb_build_object('form', jsonb_build_object('sites', (select jsonb_agg('https://' || n || '.example') from generate_series(1, 21) n))))), 'LD422 form.sites: %', 'and more than 20 sites');
select is(given.change('{"form_key": "x", "form_sites": ["x"]}') -> 'form' ->> 'key', form_key, 'a key is not chosen') from form;
select isnt(api.remake_form_key(given.source_id('Google Ads')) -> 'form' ->> 'key', form_key, 'remake_form_key() makes another, which new_form_key() gives') from form;
select is_empty('select f.* from form, api.find_form(form_key) f', 'the one before is nobody''s');
select alike(given.last_event(), 'source.updated {"form": %', 'which is on record');
update form set form_key = (select s.form_key from crm.sources s where s.name = 'Google Ads');
select is(given.change('{"form": null}') -> 'form', 'null', 'with_form() switches it off');
select is_empty('select f.* from form, api.find_form(form_key) f', 'then it is not found');
select is(given.refusal($$select api.remake_form_key(given.source_id('Google Ads'))$$), 'LD409: Google Ads has no form', 'nor remade');
select is(given.change('{"form": {"sites": ["https://a.example"]}}') -> 'form', jsonb_build_object('key', form_key, 'sites', '{https://a.example}'::text[], 'thanks_url', null), 'switched on again it has the key it had') from form;
select given.change('{"form": null}');

-- Today's leads and the last.
select is(given.tell('Sheet'), '{"needs_competence": false, "leads_per_minute": null, "burst": null, "timezone": null, "date_order": null, "generation": 5, "rotated_at": "2026-01-06T12:00:00+00:00", "old_keys_until": "2026-01-07T12:00:00+00:00", "revoked_at": null, "mapping": {}, "test_when": null, "form": null}', 'a source tells of its keys') from (select set_config('timezone', 'UTC', true)) u;
select is(api.get_source(given.source_id('Sheet')) ->> 'leads_today', '3', 'leads count for the day of the workspace: one of yesterday''s afternoon there does not');
select given.now('2026-01-06 18:30Z');
select is((s ->> 'leads_today') || ' ' || (s ->> 'last_lead_at'), '0 2026-01-06T12:00:00+00:00', 'which ends at its midnight') from api.get_source(given.source_id('Sheet')) s;

-- Revoked.
select is((api.revoke_source(given.source_id('Sheet')) ->> 'revoked_at')::timestamptz, '2026-01-06 18:30Z', 'a source is revoked');
select alike(given.last_event(), 'source.revoked %"revoked": true%', 'which is an event');
select is_empty('select * from api.find_source(''\x14'')', 'its token is nobody''s');
update crm.sources set form_key = repeat('a', 32), form_sites = '{https://a.example}' where name = 'Sheet';
select is_empty($$select * from api.find_form(repeat('a', 32))$$, 'its form neither');
update crm.sources set form_key = null, form_sites = null where name = 'Sheet';
select is_empty('select * from api.list_sources() where name = ''Sheet''', 'its signature neither');
select is(given.hand_in('g', 5), 'refused', 'nor is a lead taken that came by it');
select is((api.revoke_source(given.source_id('Sheet')) ->> 'revoked_at')::timestamptz, '2026-01-06 18:30Z', 'revoking again changes nothing');
select is(given.refusal($$select api.update_source(given.source_id('Sheet'), '{}')$$), 'LD409: Sheet is revoked', 'lock_source() refuses changes of it');
select is(given.refusal($$select api.rotate_source(given.source_id('Sheet'), '\x15', '0')$$), 'LD409: Sheet is revoked', 'and new keys');
select is(api.create_source('{"name": "Sheet"}', '\x16') ->> 'revoked_at', null, 'its name is free for another');
select is(jsonb_path_query_array(api.list_own_sources(), '$[*].name'), '["Google Ads", "Sheet", "Sheet"]', 'the list has the live ones first');
select is((select jsonb_agg(core.source_json(s) order by s.revoked_at is not null, s.id) from crm.sources s where s.workspace_id = core.current_workspace()), api.list_own_sources(), 'source_json() is the source everywhere');
select is((select data - 'source_id' from crm.events where kind = 'source.revoked'), (select core.source_snapshot(s) - 'source_id' from crm.sources s where revoked_at is not null), 'source_snapshot() is what is on record');
select is_empty($$select kind from crm.events where kind like 'source.%' and data ?| '{token,token_hash,secret}'$$, 'and nowhere a secret');

-- Workspaces apart.
create temp table there as select given.source_id('Google Ads') as id;
select api.create_source(given.workspace('America/New_York', 'US'), 'Sheet', '\x21');
select is(jsonb_path_query_array(api.list_own_sources(), '$[*].name'), '["Sheet"]', 'another workspace has its own, of whatever name');
select is((select string_agg(name || ' ' || timezone, ', ' order by source_id) from api.list_sources()), 'Google Ads Asia/Kolkata, Sheet Asia/Kolkata, Sheet America/New_York', 'senders are recognised in all of them');
select is(given.refusal(format(s, id)), 'LD404: There is no source ' || id, s) from there, unnest(array[
  'select api.get_source(%s)', 'select api.update_source(%s, ''{"name": "Mine"}'')', 'select api.rotate_source(%s, ''\x22'', ''0'')', 'select api.revoke_source(%s)', 'select api.remake_form_key(%s)']) s;

-- What record_changes() and insert_source() do on their own.
select is((core.insert_source(core.current_workspace(), '{"name": "Two"}', '\x23')).name, 'Two', 'insert_source() makes source and key');
select is((select count(*) from crm.events where workspace_id = core.current_workspace() and kind = 'source.created'), 2::bigint, 'each is told once');

select * from finish();
rollback;
