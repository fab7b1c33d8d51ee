-- Dispositions, for the page and the API. All act in core.current_workspace(). One that is archived is not offered any
-- more, and stays to be read: activities name it.
-- Errors: LD404 no such disposition; LD409 it is archived, or there are 100 already; dispositions_* constraints.
create function core.disposition_json(p_disposition crm.dispositions) returns jsonb
language sql stable
return core.disposition_snapshot(p_disposition) - 'archived' || jsonb_build_object(
  'etag', core.etag_of(p_disposition.workspace_id, 'disposition', p_disposition.id::text),
  'created_at', p_disposition.created_at, 'archived_at', p_disposition.archived_at);

comment on function core.disposition_json(crm.dispositions) is
  'A disposition as JSON, as the page and the API show it.';

create function api.list_dispositions() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(core.disposition_json(d) order by d.position, d.id), '[]')
  from crm.dispositions d where d.workspace_id = core.current_workspace() and d.archived_at is null
$$;

comment on function api.list_dispositions() is 'What can come of an activity, in the order in which it is offered.';

create function api.get_disposition(p_disposition_id int) returns jsonb
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select core.disposition_json(core.find_record(null::crm.dispositions, 'disposition', p_disposition_id::text))
$$;

comment on function api.get_disposition(int) is 'One disposition, archived or not. LD404 when there is none.';
