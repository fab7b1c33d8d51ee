-- Saved views: whose they are, who sees them, who may change them.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
create function given.person(p_name text, p_role text) returns void language sql as $$
  insert into crm.users (workspace_id, email, name, role, password_hash)
  values (core.current_workspace(), lower(p_name) || core.current_workspace() || '@example.com', p_name, p_role, 'x')
$$;
create function given.acts(p_name text) returns void language sql as $$
  select set_config('fairlead.actor', 'user:' || (select id from crm.users where name = p_name and workspace_id = core.current_workspace()), true)
$$;
create function given.view(p_name text, p_is_shared boolean default false) returns int language sql as $$
  select (api.create_saved_view(jsonb_build_object('list', 'leads', 'name', p_name, 'query', 'state=Goa', 'sort', '-time',
    'hides', '["source"]'::jsonb, 'is_shared', p_is_shared)) ->> 'id')::int
$$;
create function given.views() returns text language sql return (
  select string_agg(v ->> 'name' || case when (v ->> 'is_own')::boolean then '' else ' of ' || (v ->> 'by') end, ', ')
  from jsonb_array_elements(api.list_saved_views()) v);

select given.person('Mira', 'manager'), given.person('Noor', 'manager');
select given.acts('Mira'), given.view(' Goa '), given.view('All', true);
select is(given.views(), 'All, Goa', 'a person sees the own views by name');
select is(core.saved_view_json(v) - '{id,etag}'::text[], '{"list": "leads", "name": "Goa", "query": "state=Goa", "sort": "-time",
  "hides": ["source"], "is_shared": false, "is_own": true, "by": "Mira"}', 'a view says what it shows')
from crm.saved_views v where v.name = 'Goa' and v.workspace_id = core.current_workspace();
select alike(given.refusal($$select given.view('GOA')$$), '23505 saved_views_name_key%', 'a name is one view''s of a list');
select given.acts('Noor');
select is(given.views(), 'All of Mira', 'another person sees what is shared');
create function given.id(p_name text) returns int language sql
return (select id from crm.saved_views where name = p_name and workspace_id = core.current_workspace());
select alike(given.refusal(format('select api.update_saved_view(%s, ''{"name": "Mine"}'')', given.id('Goa'))), 'LD404%',
  'and does not change what is not');
select is(api.update_saved_view(given.id('All'), '{"name": "Everything", "hides": [], "sort": null}') ->> 'name', 'Everything',
  'a manager changes a shared one');
select is(api.archive_saved_view(given.id('Everything'))::text, '', 'and takes it out');
select is(given.views(), null, 'then it is gone');
select is((select count(*) from generate_series(1, 100) n cross join lateral (select given.view('View ' || n)) v), 100::bigint,
  'a person may have a hundred');
select alike(given.refusal($$select given.view('One more')$$), 'LD409%', 'and no more');
select is((select string_agg(distinct e.kind, ' ') from crm.events e
  where e.workspace_id = core.current_workspace() and e.subject = 'saved_view'),
  'saved_view.archived saved_view.created saved_view.updated', 'each change is an event');
select ok(core.saved_view_snapshot(v) ? 'query', 'which says what was saved')
from crm.saved_views v where v.id = given.id('Goa');

select is(core.lock_saved_view(given.id('View 1')) is null, false, 'whose a view is, changes it');

-- A caller shares nothing.
grant usage on schema given to fairlead_caller;
grant execute on all functions in schema given to fairlead_caller;
set local role fairlead_caller;
select alike(given.refusal('select core.refuse_sharing(true)'), 'LD403%', 'a caller shares no view');
select is(core.refuse_sharing(false)::text, '', 'but keeps own ones');
reset role;
select * from finish();
rollback;
