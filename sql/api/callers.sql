-- Callers, for the page and the API. All act in routing.current_workspace(). Whoever changes a caller locks its row first
-- and passes the turnstile last, when the triggers record the change: so does a plain update, and dealing, which holds the
-- turnstile, never waits for a caller's row. So nobody waits in a circle.
create function api.list_callers() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(routing.caller_json(c) order by c.id), '[]')
  from routing.caller_cards c
  where c.workspace_id = routing.current_workspace() and c.archived_at is null
$$;

comment on function api.list_callers() is 'The workspace''s callers, in the order of the circle, as JSON.';

create function api.get_caller(p_caller_id uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller jsonb;
begin
  select routing.caller_json(c) into v_caller
  from routing.caller_cards c
  where c.workspace_id = routing.current_workspace() and c.id = p_caller_id;
  if v_caller is null then
    raise exception 'There is no caller %', p_caller_id using errcode = 'LD404';
  end if;
  return v_caller;
end
$$;

comment on function api.get_caller(uuid) is 'One caller as JSON, archived ones too. LD404 when there is none.';

create function api.create_caller(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
  v_caller_id uuid;
begin
  perform routing.take_turnstile(v_workspace_id);
  with caller as (
    insert into crm.callers (workspace_id, name, role, languages, daily_limit, status, is_sample)
    select v_workspace_id, c.name, nullif(trim(c.role), ''), coalesce(c.languages, '{}'), coalesce(c.daily_limit, 0),
      coalesce(c.status, 'active')::crm.caller_status, coalesce(c.is_sample, false)
    from jsonb_to_record(p_caller) as c (name text, role text, languages text[], daily_limit int, status text, is_sample boolean)
    returning id
  ),
  served as (
    insert into crm.caller_states (workspace_id, caller_id, state)
    select v_workspace_id, caller.id, s.state from caller, jsonb_array_elements_text(coalesce(p_caller -> 'states', '[]')) s (state)
    on conflict do nothing
  )
  select id into v_caller_id from caller;
  return api.get_caller(v_caller_id);
end
$$;

comment on function api.create_caller(jsonb) is 'Makes a caller from {"name", "role", "languages", "daily_limit", "states", "status"}. LD422 for an unknown state.';

create function api.update_caller(p_caller_id uuid, p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
  v_country text := (select w.country from crm.workspaces w where w.id = v_workspace_id);
begin
  perform routing.lock_caller(v_workspace_id, p_caller_id);
  with caller as (
    update crm.callers c
    set name = n.name, role = nullif(trim(n.role), ''), languages = coalesce(n.languages, '{}'), daily_limit = coalesce(n.daily_limit, 0),
      status = coalesce(n.status, 'active')::crm.caller_status
    from jsonb_to_record(p_caller) as n (name text, role text, languages text[], daily_limit int, status text)
    where c.workspace_id = v_workspace_id and c.id = p_caller_id
  ),
  wanted as (
    select s.state, routing.find_state(v_country, s.state) as known
    from jsonb_array_elements_text(coalesce(p_caller -> 'states', '[]')) s (state)
  ),
  left_behind as (
    delete from crm.caller_states s
    where s.workspace_id = v_workspace_id and s.caller_id = p_caller_id and s.state not in (select w.known from wanted w where w.known is not null)
  )
  insert into crm.caller_states (workspace_id, caller_id, state)
  select v_workspace_id, p_caller_id, coalesce(w.known, w.state) from wanted w
  on conflict do nothing;
  return api.get_caller(p_caller_id);
end
$$;

comment on function api.update_caller(uuid, jsonb) is 'Replaces a caller''s particulars and states. LD404 when there is none, LD409 when archived, LD422 for an unknown state.';

create function api.set_caller_status(p_caller_id uuid, p_status text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
begin
  perform routing.lock_caller(v_workspace_id, p_caller_id);
  update crm.callers c set status = p_status::crm.caller_status where c.workspace_id = v_workspace_id and c.id = p_caller_id;
  return api.get_caller(p_caller_id);
end
$$;

comment on function api.set_caller_status(uuid, text) is 'Pauses or resumes a caller. LD404 when there is none, LD409 when archived.';

create function api.archive_caller(p_caller_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
begin
  perform api.get_caller(p_caller_id);
  update crm.callers c set archived_at = routing.current_time()
  where c.workspace_id = v_workspace_id and c.id = p_caller_id and c.archived_at is null;
  return api.get_caller(p_caller_id);
end
$$;

comment on function api.archive_caller(uuid) is 'Archives a caller, who gets no more leads and keeps those had. LD404 when there is none.';

create function api.archive_sample_callers() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
  v_archived int;
begin
  update crm.callers c set archived_at = routing.current_time()
  where c.workspace_id = v_workspace_id and c.is_sample and c.archived_at is null;
  get diagnostics v_archived = row_count;
  return v_archived;
end
$$;

comment on function api.archive_sample_callers() is 'Archives the sample callers of the first run and says how many there were.';

create function routing.refuse_archived(p_workspace_id int, p_caller_id uuid) returns void
language plpgsql stable
as $$
declare
  v_caller crm.callers;
begin
  select c.* into v_caller from crm.callers c where c.workspace_id = p_workspace_id and c.id = p_caller_id;
  if not found then
    raise exception 'There is no caller %', p_caller_id using errcode = 'LD404', column = 'caller_id';
  elsif v_caller.archived_at is not null then
    raise exception '% is archived', v_caller.name using errcode = 'LD409', column = 'caller_id', hint = 'Make a new caller instead.';
  end if;
end
$$;

comment on function routing.refuse_archived(int, uuid) is 'LD404 unless there is such a caller, LD409 if archived.';

create function routing.lock_caller(p_workspace_id int, p_caller_id uuid) returns void
language plpgsql volatile
as $$
begin
  perform from crm.callers c where c.workspace_id = p_workspace_id and c.id = p_caller_id for no key update;
  perform routing.refuse_archived(p_workspace_id, p_caller_id);
end
$$;

comment on function routing.lock_caller(int, uuid) is 'Locks a caller''s row for a change until the transaction ends. LD404 unless there is such a caller, LD409 if archived.';

create function api.list_states() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(s.name order by s.name), '[]')
  from crm.workspaces w join crm.states s on s.country = w.country
  where w.id = routing.current_workspace()
$$;

comment on function api.list_states() is 'Names of the states of the workspace''s country, as a JSON array.';
