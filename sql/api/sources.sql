-- Where leads come from, as the gateway needs it to recognise a sender.
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
