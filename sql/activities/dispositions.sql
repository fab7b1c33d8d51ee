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

create function api.create_disposition(p_disposition jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := (core.take_turnstile(core.current_workspace())).id;
  v_said crm.dispositions := jsonb_populate_record(null::crm.dispositions, p_disposition);
  v_offered int := (
    select count(*) from crm.dispositions d where d.workspace_id = v_workspace_id and d.archived_at is null);
  v_id int;
begin
  if v_offered >= 100 then
    raise exception 'There are 100 dispositions already' using errcode = 'LD409',
      hint = 'Archive one that nobody uses.';
  end if;
  insert into crm.dispositions (workspace_id, position, name, counts_as_contacted, task_hours, needs_time, closes_as,
    needs_note, created_at)
  values (v_workspace_id, v_offered + 1, trim(v_said.name), coalesce(v_said.counts_as_contacted, false),
    v_said.task_hours, coalesce(v_said.needs_time, false), v_said.closes_as, coalesce(v_said.needs_note, false),
    core.current_time())
  returning id into v_id;
  perform core.place_disposition(v_workspace_id, v_id, v_said.position);
  return api.get_disposition(v_id);
end
$$;

comment on function api.create_disposition(jsonb) is
  'Makes a disposition, at its place or the end. LD409 when there are 100 already, or (column name) one has the name.';

-- The others make room, so that places are 1, 2, 3 ...
create function core.place_disposition(p_workspace_id int, p_id int, p_position int) returns void
language sql volatile
as $$
  with other as (
    select d.id, row_number() over (order by d.position, d.id) as nr from crm.dispositions d
    where d.workspace_id = p_workspace_id and d.archived_at is null and d.id <> p_id
  ),
  place as (
    select o.id, o.nr + (o.nr >= p_position)::int as nr from other o
    union all
    select p_id, least(p_position, (select count(*) from other) + 1)
  )
  update crm.dispositions d set position = p.nr from place p
  where d.workspace_id = p_workspace_id and d.id = p.id and d.position <> p.nr and p_position is not null
$$;

comment on function core.place_disposition(int, int, int) is
  'Puts a disposition at this place among those that are offered; null: it stays where it is.';

create function api.update_disposition(p_disposition_id int, p_disposition jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before crm.dispositions := core.lock_record(null::crm.dispositions, 'disposition', p_disposition_id::text);
  v_said crm.dispositions := jsonb_populate_record(null::crm.dispositions, p_disposition);
begin
  update crm.dispositions d
  set name = trim(v_said.name), counts_as_contacted = coalesce(v_said.counts_as_contacted, false),
    task_hours = v_said.task_hours, needs_time = coalesce(v_said.needs_time, false), closes_as = v_said.closes_as,
    needs_note = coalesce(v_said.needs_note, false)
  where d.workspace_id = v_before.workspace_id and d.id = p_disposition_id;
  perform core.place_disposition(v_before.workspace_id, p_disposition_id, v_said.position);
  return api.get_disposition(p_disposition_id);
end
$$;

comment on function api.update_disposition(int, jsonb) is
  'Replaces a disposition; activities that were logged stay as they were. LD404 when there is none, LD409 when it is '
  'archived, or (column name) another has the name.';

create function api.archive_disposition(p_disposition_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before crm.dispositions := core.lock_record(null::crm.dispositions, 'disposition', p_disposition_id::text);
begin
  update crm.dispositions d set archived_at = core.current_time()
  where d.workspace_id = v_before.workspace_id and d.id = p_disposition_id;
end
$$;

comment on function api.archive_disposition(int) is
  'Offers a disposition no more; activities go on to name it. LD404 when there is none, LD409 when it is archived.';
