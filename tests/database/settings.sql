-- The settings of a workspace and of its sources.
begin;
\ir given.psql
select * from no_plan();

select given.workspace();
select is((select routing.workspace_json(w) from crm.workspaces w where w.id = routing.current_workspace()), api.get_workspace() - 'etag', 'workspace_json() is the workspace everywhere');
select is((select jsonb_agg(routing.source_json(s) order by s.id) from crm.sources s where s.workspace_id = routing.current_workspace() and s.revoked_at is null), nullif(api.list_own_sources(), '[]'), 'source_json() is the source everywhere');
create function given.last_event() returns text language sql
return (select e.kind || ' ' || e.data::text from crm.events e where e.workspace_id = routing.current_workspace() order by e.seq desc limit 1);
select is(api.get_workspace() - '{name,etag}'::text[], '{"timezone": "Asia/Kolkata", "country": "IN", "drains_queue": true}', 'a workspace tells its settings');
select is(api.update_workspace('{"name": " Sales ", "drains_queue": false}') - 'etag', '{"name": "Sales", "timezone": "Asia/Kolkata", "country": "IN", "drains_queue": false}', 'those given are changed');
select is(api.update_workspace('{"timezone": "Asia/Dubai"}') - 'etag', '{"name": "Sales", "timezone": "Asia/Dubai", "country": "IN", "drains_queue": false}', 'the others stay');
select is(given.last_event(), 'workspace.updated {"name": "Sales", "country": "IN", "timezone": "Asia/Dubai", "drains_queue": false}', 'the log has the settings from then on');
create temp table before as select event_seq from crm.workspaces where id = routing.current_workspace();
select api.update_workspace('{}'), api.update_workspace('{"name": "Sales"}');
select is((select event_seq from crm.workspaces where id = routing.current_workspace()), event_seq, 'a change that changes nothing is no event') from before;
select is(given.refusal($$select api.update_workspace('{"timezone": "Mars/Olympus"}')$$), 'LD422 timezone: "Mars/Olympus" is no timezone', 'refuse_unknown_timezone() knows no other timezones');
select alike(given.refusal($$select api.update_workspace('{"name": " "}')$$), '23514 workspaces_name_length: %', 'a workspace has a name');

select api.create_source(routing.current_workspace(), n, n::bytea) from unnest(array['Sheet', 'Ads', 'Gone']) n;
update crm.sources set revoked_at = now() where name = 'Gone' and workspace_id = routing.current_workspace();
create function given.source_id(p_name text) returns int language sql
return (select id from crm.sources where name = p_name and workspace_id = routing.current_workspace());
select is(jsonb_path_query_array(api.list_own_sources(), '$[*].name'), '["Sheet", "Ads"]', 'the live sources are listed');
select is(api.set_source_competence(given.source_id('Ads'), true) - 'etag', jsonb_build_object('id', given.source_id('Ads'), 'name', 'Ads', 'needs_competence', true), 'a source may ask for competence');
select alike(given.last_event(), 'source.updated {"name": "Ads", "source_id": %, "needs_competence": true}', 'which is on record');
update before set event_seq = (select event_seq from crm.workspaces where id = routing.current_workspace());
select api.set_source_competence(given.source_id('Ads'), true);
select is((select event_seq from crm.workspaces where id = routing.current_workspace()), event_seq, 'once') from before;
select is(jsonb_path_query_array(api.list_own_sources(), '$[*].needs_competence'), '[false, true]', 'the list tells which do');
select alike(given.refusal(format('select api.set_source_competence(%s, true)', given.source_id('Gone'))), 'LD404: %', 'a source that was revoked is none');
create temp table there as select given.source_id('Ads') as id;
select given.workspace();
select is(api.list_own_sources(), '[]', 'another workspace has its own');
select alike(given.refusal(format('select api.set_source_competence(%s, true)', id)), 'LD404: %', 'and cannot touch these') from there;
select set_config('fairlead.workspace_id', '0', true);
select alike(given.refusal('select api.get_workspace()'), 'LD404: %', 'no workspace is none');

select * from finish();
rollback;
