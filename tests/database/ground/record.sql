-- Records: one line makes a table a record; from then on every change of it is an event, whose number is its etag.
begin;
\ir ../given.psql
select * from no_plan();

select given.now('2026-01-05 12:00+05:30'), given.workspace();
-- A record made for this test, with a table of what belongs to it.
create table crm.notes (workspace_id int, id int generated always as identity, name text, seen bigint default 0, over_at timestamptz, generation int,
  primary key (workspace_id, id));
create table crm.note_tags (workspace_id int, note_id int, tag text);
create function core.note_snapshot(p_note crm.notes) returns jsonb language sql stable
return jsonb_build_object('id', p_note.id, 'name', p_note.name, 'over', p_note.over_at is not null, 'generation', p_note.generation,
  'tags', (select jsonb_agg(t.tag order by t.tag) from crm.note_tags t where t.note_id = p_note.id));
select core.make_record('crm.notes', 'note', 'core.note_snapshot(crm.notes)', p_end => 'over', p_aside => '{seen}'),
  core.make_record('crm.note_tags', 'note', 'core.note_snapshot(crm.notes)', 'note_id');

create function given.last() returns bigint language sql return (select event_seq from crm.workspaces where id = core.current_workspace());
-- "note.updated A: name": the events that a statement writes, each with the fields that it changed.
create function given.news(p_statement text) returns text language plpgsql as $$
declare
  v_last bigint := given.last();
begin
  execute p_statement;
  return (
    select string_agg(concat_ws(' ', a.kind, a.about, a.about_name) || coalesce(': ' || (
      select string_agg(c ->> 'field', ' ' order by c ->> 'field') from jsonb_array_elements(a.changes) c), ''), ', ' order by a.seq)
    from report.audit_log a where a.workspace_id = core.current_workspace() and a.seq > v_last);
end $$;
select is(given.news(statement), news, statement) from (values
  ($$insert into crm.notes (workspace_id, name, generation) select core.current_workspace(), n, 1 from unnest('{A,B}'::text[]) n$$,
    'note.created note A: generation name over, note.created note B: generation name over'),
  ($$update crm.notes set name = name$$, null),
  ($$update crm.notes set name = 'AA' where name = 'A'$$, 'note.updated note AA: name'),
  ($$insert into crm.note_tags select n.workspace_id, n.id, t from crm.notes n, unnest('{x,y}'::text[]) t where n.name = 'AA'$$, 'note.updated note AA: tags'),
  ($$delete from crm.note_tags where tag = 'x'$$, 'note.updated note AA: tags'),
  ($$update crm.note_tags set tag = tag$$, null),
  ($$with n as (update crm.notes set name = 'A'  where name = 'AA' returning *) delete from crm.note_tags t using n where t.note_id = n.id$$, 'note.updated note A: name tags'),
  ($$update crm.notes set generation = 2, name = 'A2' where name = 'A'$$, 'note.rotated note A2: generation name'),
  ($$update crm.notes set over_at = now() where name = 'A2'$$, 'note.over note A2: over'),
  ($$update crm.notes set over_at = null where name = 'A2'$$, 'note.updated note A2: over'),
  ($$update crm.notes set seen = seen + 1$$, null),
  ($$update crm.notes set seen = seen + 1, name = 'A' where name = 'A2'$$, 'note.updated note A: name'),
  ($$delete from crm.notes where name = 'B'$$, 'note.deleted note B')) t (statement, news);
select is((select count(*) from pg_trigger where tgrelid = 'crm.notes'::regclass and tgfoid = 'core.record_changes'::regproc), 3::bigint, 'make_record() makes three triggers of record_changes()');

-- What an event is about, and which was the last.
select is(concat_ws(' ', e.subject, e.subject_id, e.data ->> 'name'), 'note ' || n.id || ' A', 'last_event() of a record is the record as it is')
from crm.notes n, core.last_event(n.workspace_id, 'note', n.id::text) e;
select is((select core.note_snapshot(n) from crm.notes n), (select e.data from crm.notes n, core.last_event(n.workspace_id, 'note', n.id::text) e), 'to the letter');
select is(core.etag_of(n.workspace_id, 'note', n.id::text), (given.last() - 1)::text, 'its number is the etag') from crm.notes n;
select is(core.etag_of(core.current_workspace(), 'note', '0'), '0', 'of what is not there it is 0');
select given.leads('lead');
select is(core.etag_of(core.current_workspace(), 'lead', given.lead_id('lead')::text), given.last()::text, 'a lead has one, too');
select is((core.last_event(core.current_workspace(), 'note', n.id::text, e.seq)).seq < e.seq, true, 'and there is one before') from crm.notes n, core.last_event(n.workspace_id, 'note', n.id::text) e;
select set_config('given.etag', core.etag_of(core.current_workspace(), 'note', n.id::text), true) from crm.notes n;
select lives_ok(format('update crm.notes set name = ''C'' from api.expect_etag(''note'', %L, %L)', id, array[current_setting('given.etag')]), 'a plain update may expect an etag') from crm.notes;
select is(given.refusal(format('update crm.notes set name = ''D'' from api.expect_etag(''note'', %L, %L)', id, array[current_setting('given.etag')])),
  'LD412 If-Match: Somebody has changed this note meanwhile', 'but not one of the past') from crm.notes;
select is((select string_agg(name, ' ') from crm.notes), 'C', 'which changes nothing');

select is((core.find_record(null::crm.notes, 'note', id::text)).name, name, 'find_record() reads one') from crm.notes limit 1;
select is(given.refusal($$select core.find_record(null::crm.notes, 'note', '0')$$), 'LD404: There is no note 0', 'and says when there is none');
select is((core.lock_record(null::crm.notes, 'note', id::text)).name, name, 'lock_record() locks one') from crm.notes limit 1;
select is(given.refusal($$select core.lock_record(null::crm.notes, 'note', '0')$$), 'LD404: There is no note 0', 'if there is one');
create table crm.papers (workspace_id int, id int, name text, archived_at timestamptz);
insert into crm.papers values (core.current_workspace(), 1, 'Old', now()), (0, 2, 'Theirs', null);
select is(given.refusal(format($$select core.lock_record(null::crm.papers, 'paper', '%s')$$, id)), expected, 'which is in use, and of the workspace') from (values
  (1, 'LD409: The paper Old is archived'), (2, 'LD404: There is no paper 2')) t (id, expected);
select is(given.refusal($$select core.lock_record(null::crm.papers, 'paper', '1', p_stays => false)$$), 'LD404: There is no paper 1', 'or that is to be seen at all');

-- The pieces.
select is(core.is_changed(before, after), expected, 'is_changed() ' || why) from (values
  (null::jsonb, '{}'::jsonb, true, 'where there was nothing'), ('{}', null, true, 'where nothing is left'), (null, null, false, 'not where nothing ever was'),
  ('{"a": 1, "old": 2}', '{"a": 1}', false, 'not by what is not kept any more'), ('{"a": [1, 2]}', '{"a": [1]}', true, 'by a part that went'),
  ('{}', '{"a": null}', false, 'not by a new field that says nothing'), ('{}', '{"a": false}', true, 'by one that does')) t (before, after, expected, why);
select is(core.name_change(before, after, 'disabled'), expected, 'name_change() is ' || expected) from (values
  (null::jsonb, '{"disabled": true}'::jsonb, 'created'), ('{"disabled": false}', '{"disabled": true}', 'disabled'), ('{"disabled": true}', '{"disabled": false}', 'enabled'),
  ('{"disabled": true}', '{"disabled": true, "a": 1}', 'updated'), ('{"disabled": true}', null, 'deleted')) t (before, after, expected);
select is(core.complete_snapshot('caller', '{"weight": 2}') ->> 'weight' || (core.complete_snapshot('caller', '{}') ->> 'weight'), '21', 'complete_snapshot() adds what is missing');
select is(core.complete_snapshot('caller', null), null, 'to what there is');
select is(core.write_versions(core.current_workspace(), 'note', array_agg(id::text), array_agg(core.note_snapshot(n)), 'over')::text, '', 'write_versions() of what has not changed writes nothing') from crm.notes n;
select is(given.last(), (core.last_event(core.current_workspace(), 'note', id::text)).seq, 'as the last event shows') from crm.notes;

-- Of a statement over many, each that changed has its event, in the order of ids and without a gap.
insert into crm.notes (workspace_id, name) select core.current_workspace(), 'many ' || n from generate_series(1, 300) n;
select set_config('given.news', given.news($$update crm.notes set name = name || case when id % 3 = 0 then '!' else '' end where name like 'many%'$$), true);
select is(current_setting('given.news'), string_agg('note.updated note ' || name || ': name', ', ' order by id), 'a statement over many writes an event for each that it changed')
from crm.notes where name like 'many%!';
select is((select count(*) from crm.notes where name like 'many%!'), 100::bigint, 'which were not all');
select is((select array_agg(e.subject_id::int order by e.seq) from crm.events e where e.seq > given.last() - 100 and e.workspace_id = core.current_workspace()),
  (select array_agg(id order by id) from crm.notes where name like 'many%!'), 'as each says which');

-- Every record there is: what is edited is an event, by a plain update too.
select given.caller('Asha', '{Goa}'), api.create_campaign('{"name": "Diwali"}'), api.create_source(core.current_workspace(), 'Sheet', 'token'),
  api.create_user(core.current_workspace(), 'uma@fairlead.example', 'Uma', 'manager', 'x'),
  api.create_destination('{"name": "CRM", "kind": "webhook", "address": "https://example.com/secret", "events": ["alert.*"]}');
select is(given.news(statement), news, statement) from (values
  ($$update crm.callers set daily_limit = 9$$, 'caller.updated caller Asha: daily_limit'),
  ($$delete from crm.caller_states$$, 'caller.updated caller Asha: states'),
  ($$insert into crm.caller_sources (workspace_id, caller_id, source, weight) select workspace_id, id, 'Site', 2 from crm.callers$$, 'caller.updated caller Asha: sources'),
  ($$insert into crm.campaign_assignees select c.workspace_id, g.id, c.id, now(), 'x' from crm.callers c, crm.campaigns g$$,
    'caller.updated caller Asha: campaigns, campaign.updated campaign Diwali: callers'),
  ($$update crm.rules set strategy = 'weighted' where campaign_id is not null$$, 'campaign.updated campaign Diwali: strategy, rule.updated rule Campaign Diwali: strategy'),
  ($$update crm.campaigns set archived_at = now()$$, 'campaign.archived campaign Diwali: archived'),
  ($$update crm.sources set leads_per_minute = 7$$, 'source.updated source Sheet: leads_per_minute'),
  ($$insert into crm.source_keys (workspace_id, source_id, generation, token_hash, created_at) select workspace_id, id, 2, 'next', now() from crm.sources$$, 'source.rotated source Sheet: generation'),
  ($$update crm.users set name = 'Uma J'$$, 'user.updated user Uma J: name'),
  ($$update crm.users set disabled_at = now()$$, 'user.disabled user Uma J: disabled'),
  ($$update crm.users set password_hash = 'y'$$, 'user.password_changed user Uma J'),
  ($$update crm.destinations set name = 'ERP'$$, 'destination.updated destination ERP: name'),
  ($$update crm.destinations set address = 'https://example.com/other'$$, 'destination.updated destination ERP: path'),
  ($$update crm.destinations set position = position + 1, resume_at = now()$$, null),
  ($$update crm.destinations set is_on = false, archived_at = now()$$, 'destination.archived destination ERP: archived is_on'),
  ($$insert into crm.alert_settings (workspace_id, alerts) values (core.current_workspace(), '{all_at_cap}')$$, 'alert_settings.updated alert_settings: alerts'),
  ($$update crm.alert_settings set quiet_minutes = 60$$, 'alert_settings.updated alert_settings: quiet_minutes'),
  ($$update crm.workspaces set leads_of_gone = 'keep'$$, 'workspace.updated workspace Workspace 1: leads_of_gone'),
  ($$update crm.workspaces set event_seq = event_seq$$, null)) t (statement, news);
select is((select a.changes from report.audit_log a where a.kind = 'alert_settings.updated' order by a.seq limit 1),
  '[{"field": "alerts", "before": ["all_at_cap", "caller_gone", "claims_ran_out", "nothing_arrived"], "after": ["all_at_cap"]}]', 'settings never changed were what they are at first');
select is_empty($$select e.kind from crm.events e where e.data::text like '%secret%' or e.data::text like '%other%'$$, 'and no event has the secret in an address');
select is_empty('select * from routing.verify()', 'the log is whole');

select * from finish();
rollback;
