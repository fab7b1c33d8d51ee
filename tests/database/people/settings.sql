-- The settings of a workspace.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select is((select core.workspace_json(w) from crm.workspaces w where w.id = core.current_workspace()), api.get_workspace() - 'etag', 'workspace_json() is the workspace everywhere');
create function given.last_event() returns text language sql
return (select e.kind || ' ' || (e.data - '{placeholders,holds_unreachable}'::text[])::text from crm.events e where e.workspace_id = core.current_workspace() order by e.seq desc limit 1);
select is(api.get_workspace() - '{name,etag,placeholders,holds_unreachable}'::text[],
  '{"timezone": "Asia/Kolkata", "country": "IN", "drains_queue": true, "managers_may": [], "leads_of_gone": "route", "leads_of_away": "keep", "requires_factor": false}', 'a workspace tells its settings');
select is(api.update_workspace('{"name": " Sales ", "drains_queue": false}') - '{etag,placeholders,holds_unreachable}'::text[],
  '{"name": "Sales", "timezone": "Asia/Kolkata", "country": "IN", "drains_queue": false, "managers_may": [], "leads_of_gone": "route", "leads_of_away": "keep", "requires_factor": false}', 'those given are changed');
select is(api.update_workspace('{"timezone": "Asia/Dubai"}') - '{etag,placeholders,holds_unreachable}'::text[],
  '{"name": "Sales", "timezone": "Asia/Dubai", "country": "IN", "drains_queue": false, "managers_may": [], "leads_of_gone": "route", "leads_of_away": "keep", "requires_factor": false}', 'the others stay');
select is(given.last_event(), 'workspace.updated {"name": "Sales", "country": "IN", "timezone": "Asia/Dubai", "drains_queue": false, "managers_may": [], "leads_of_away": "keep", "leads_of_gone": "route", "requires_factor": false}', 'the log has the settings from then on');
create temp table before as select event_seq from crm.workspaces where id = core.current_workspace();
select api.update_workspace('{}'), api.update_workspace('{"name": "Sales"}');
select is((select event_seq from crm.workspaces where id = core.current_workspace()), event_seq, 'a change that changes nothing is no event') from before;
select is(given.refusal($$select api.update_workspace('{"timezone": "Mars/Olympus"}')$$), 'LD422 timezone: "Mars/Olympus" is no timezone', 'refuse_unknown_timezone() knows no other timezones');
select is(api.update_workspace('{"placeholders": [" Walk-in@* ", "12345", "walk-in@*"]}') -> 'placeholders', '["walk-in@*", "12345"]', 'placeholders are in lower case, each once');
select is((select placeholder_pattern from crm.workspaces where id = core.current_workspace()), core.placeholder_pattern('{walk-in@*,12345}'), 'with the expression that prepare_placeholders() makes of them');
select is(given.refusal(format($$select api.update_workspace('{"placeholders": ["%s"]}')$$, entry)), 'LD422 placeholders: "' || entry || '" would fit too much, or nothing', 'check_placeholders() refuses "' || entry || '"')
from unnest(array['', '*', '*@*', '@', '* *.*']) entry;
select is(api.update_workspace('{"placeholders": []}') -> 'placeholders', '[]', 'there need be none');
select is((select placeholder_pattern from crm.workspaces where id = core.current_workspace()), null, 'and then no expression');
select alike(given.refusal($$select api.update_workspace('{"name": " "}')$$), '23514 workspaces_name_length: %', 'a workspace has a name');

select given.workspace();
select is(core.complete_snapshot('workspace', '{}') -> 'holds_unreachable', 'true', 'leads that nothing reaches are held unless somebody says otherwise');
select is(api.update_workspace('{"holds_unreachable": true}') -> 'holds_unreachable', 'true', 'or says so');
select is(core.complete_snapshot('workspace', '{}') -> 'placeholders', api.get_workspace() -> 'placeholders', 'what is shipped is what older events lack');

select set_config('fairlead.workspace_id', '0', true);
select alike(given.refusal('select api.get_workspace()'), 'LD404: %', 'no workspace is none');

select * from finish();
rollback;
