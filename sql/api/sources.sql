-- Where leads come from: as the gateway needs it to recognise a sender, and as managers see it.
create function api.find_source(p_token_hash bytea)
returns table (source_id int, workspace_id int, name text, timezone text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, w.timezone
  from crm.sources s join crm.workspaces w on w.id = s.workspace_id
  where s.token_hash = p_token_hash and s.revoked_at is null
$$;

comment on function api.find_source(bytea) is 'The live source whose token has this SHA-256, if any.';

create function api.list_sources()
returns table (source_id int, workspace_id int, name text, timezone text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, w.timezone
  from crm.sources s join crm.workspaces w on w.id = s.workspace_id
  where s.revoked_at is null
  order by s.id
$$;

comment on function api.list_sources() is 'Every live source: whose signature a message may bear.';

-- Locks: the turnstile. Errors: sources_name_key when the name is taken in the workspace; LD404 for an unknown workspace.
create function api.create_source(p_workspace_id int, p_name text, p_token_hash bytea) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source_id int;
begin
  perform routing.take_turnstile(p_workspace_id);
  insert into crm.sources (workspace_id, name, token_hash) values (p_workspace_id, trim(p_name), p_token_hash) returning id into v_source_id;
  perform routing.write_event(p_workspace_id, 'source.created', null, null, jsonb_build_object('source_id', v_source_id, 'name', trim(p_name)));
  return v_source_id;
end
$$;

comment on function api.create_source(int, text, bytea) is 'Makes a source known by the SHA-256 of its token and returns its number.';

create function routing.source_json(p_source crm.sources) returns jsonb
language sql stable
return routing.with_etag(jsonb_build_object('id', p_source.id, 'name', p_source.name, 'needs_competence', p_source.needs_competence));

comment on function routing.source_json(crm.sources) is 'A source as JSON, as the page and the API show it.';

create function api.list_own_sources() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(routing.source_json(s) order by s.id), '[]')
  from crm.sources s
  where s.workspace_id = routing.current_workspace() and s.revoked_at is null
$$;

comment on function api.list_own_sources() is 'The live sources of routing.current_workspace(), as JSON.';

create function api.get_source(p_source_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source jsonb;
begin
  select routing.source_json(s) into v_source
  from crm.sources s
  where s.workspace_id = routing.current_workspace() and s.id = p_source_id and s.revoked_at is null;
  if v_source is null then
    raise exception 'There is no source %', p_source_id using errcode = 'LD404';
  end if;
  return v_source;
end
$$;

comment on function api.get_source(int) is 'One live source as JSON. LD404 when there is none.';

-- Locks: the turnstile. Errors: LD404 when the workspace has no such live source.
create function api.set_source_competence(p_source_id int, p_needs_competence boolean) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
  v_before crm.sources;
  v_after crm.sources;
begin
  perform routing.take_turnstile(v_workspace_id);
  select s.* into v_before from crm.sources s where s.workspace_id = v_workspace_id and s.id = p_source_id and s.revoked_at is null;
  if not found then
    raise exception 'There is no source %', p_source_id using errcode = 'LD404';
  end if;
  update crm.sources s set needs_competence = p_needs_competence
  where s.workspace_id = v_workspace_id and s.id = p_source_id
  returning * into v_after;
  if v_after.needs_competence <> v_before.needs_competence then
    perform routing.write_event(v_workspace_id, 'source.updated', null, null, jsonb_build_object(
      'source_id', v_after.id, 'name', v_after.name, 'needs_competence', v_after.needs_competence));
  end if;
  return routing.source_json(v_after);
end
$$;

comment on function api.set_source_competence(int, boolean) is 'Says whether leads of a source are refused while no caller has a weight for it. LD404 when there is no such source.';
