-- Saved views: a list's filters, order and columns under a name. Each person sees the own ones and those that are
-- shared; only whose it is may change it, and a manager those that are shared. Managers alone share.
-- Locks: the turnstile, then the view. Errors: LD404 none in sight; LD403 another person's, or sharing as a caller;
-- LD409 (column name) one of the person's views of the list has the name, or there are too many; saved_views_*.
create function core.saved_view_json(p_view crm.saved_views) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_view.id, 'etag', core.etag_of(p_view.workspace_id, 'saved_view', p_view.id::text), 'list', p_view.list,
  'name', p_view.name, 'query', p_view.query, 'sort', p_view.sort, 'hides', p_view.hides,
  'is_shared', p_view.is_shared, 'is_own', p_view.user_id = core.current_user_id(),
  'by', core.name_actor('user:' || p_view.user_id));

comment on function core.saved_view_json(crm.saved_views) is 'A saved view as JSON, as the page shows it.';

create function core.saved_view_snapshot(p_view crm.saved_views) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_build_object(
    'id', p_view.id, 'name', p_view.name, 'list', p_view.list, 'user_id', p_view.user_id, 'query', p_view.query,
    'sort', p_view.sort, 'hides', p_view.hides, 'is_shared', p_view.is_shared,
    'archived', p_view.archived_at is not null)
$$;

comment on function core.saved_view_snapshot(crm.saved_views) is 'A saved view as the event log keeps it.';

select core.make_record('crm.saved_views', 'saved_view', 'core.saved_view_snapshot(crm.saved_views)');

create function core.refuse_sharing(p_is_shared boolean) returns void
language plpgsql stable
as $$
begin
  if p_is_shared and core.own_leads_only() then
    raise exception 'Only managers share views' using errcode = 'LD403', column = 'is_shared';
  end if;
end
$$;

comment on function core.refuse_sharing(boolean) is 'Raises LD403 where a view is to be shared by who is no manager.';

create function core.lock_saved_view(p_view_id int) returns crm.saved_views
language plpgsql volatile
as $$
declare
  v_view crm.saved_views := core.lock_record(null::crm.saved_views, 'saved_view', p_view_id::text, p_stays => false);
begin
  if v_view.user_id is distinct from core.current_user_id() and (core.own_leads_only() or not v_view.is_shared) then
    raise exception 'There is no saved_view %', p_view_id using errcode = 'LD404';
  end if;
  return v_view;
end
$$;

comment on function core.lock_saved_view(int) is 'Locks a saved view that the person may change. LD404 for others.';

create function api.list_saved_views() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(core.saved_view_json(v) order by lower(v.name), v.id), '[]')
  from crm.saved_views v
  where v.workspace_id = core.current_workspace() and v.archived_at is null
    and (v.user_id = core.current_user_id() or v.is_shared and (v.list = 'mine' or not core.own_leads_only()))
$$;

comment on function api.list_saved_views() is 'The saved views of the person who asks and those shared, by name.';

create function api.create_saved_view(p_view jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(core.current_workspace());
  v_view crm.saved_views;
begin
  perform core.refuse_sharing((p_view ->> 'is_shared')::boolean);
  if 100 <= (
    select count(*) from crm.saved_views v
    where v.workspace_id = v_workspace.id and v.user_id = core.current_user_id() and v.archived_at is null) then
    raise exception 'You have 100 views already' using errcode = 'LD409', hint = 'Take one out first.';
  end if;
  insert into crm.saved_views (workspace_id, user_id, list, name, query, sort, hides, is_shared, created_at)
  values (v_workspace.id, core.current_user_id(), p_view ->> 'list', trim(p_view ->> 'name'), p_view ->> 'query',
    p_view ->> 'sort', array(select h.value from jsonb_array_elements_text(p_view -> 'hides') h),
    (p_view ->> 'is_shared')::boolean, core.current_time())
  returning * into v_view;
  return core.saved_view_json(v_view);
end
$$;

comment on function api.create_saved_view(jsonb) is
  'Saves a view: {"list", "name", "query", "sort", "hides", "is_shared"}. LD403 for a caller who shares it, LD409 when '
  'the person has a hundred.';

create function api.update_saved_view(p_view_id int, p_change jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_view crm.saved_views := core.lock_saved_view(p_view_id);
begin
  perform core.refuse_sharing((p_change ->> 'is_shared')::boolean);
  update crm.saved_views v set
    name = coalesce(trim(p_change ->> 'name'), v.name), query = coalesce(p_change ->> 'query', v.query),
    sort = case when p_change ? 'sort' then p_change ->> 'sort' else v.sort end,
    hides = case when p_change ? 'hides'
      then array(select h.value from jsonb_array_elements_text(p_change -> 'hides') h) else v.hides end,
    is_shared = coalesce((p_change ->> 'is_shared')::boolean, v.is_shared)
  where v.workspace_id = v_view.workspace_id and v.id = p_view_id
  returning * into v_view;
  return core.saved_view_json(v_view);
end
$$;

comment on function api.update_saved_view(int, jsonb) is
  'Changes what is given of a saved view. LD404 when there is none that the person may change.';

create function api.archive_saved_view(p_view_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_view crm.saved_views := core.lock_saved_view(p_view_id);
begin
  update crm.saved_views v set archived_at = core.current_time()
  where v.workspace_id = v_view.workspace_id and v.id = v_view.id;
end
$$;

comment on function api.archive_saved_view(int) is
  'Takes out a saved view. LD404 when there is none that the person may change.';
