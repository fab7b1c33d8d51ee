-- The private calendar address of a person: whoever knows it sees that person's open tasks, and nothing else. It works
-- until the person makes another or removes it, or is disabled. Phones are not in it: no reader of calendars asks who
-- may see them.
--
-- Locks: the turnstile. Errors: LD404 no user acts.
create function api.get_calendar() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('made_at', (
    select c.created_at from crm.calendars c
    where c.workspace_id = core.current_workspace() and c.user_id = core.current_user_id()))
$$;

comment on function api.get_calendar() is
  'Since when the acting user has a calendar address: {"made_at"}, null for none.';

create function api.make_calendar(p_token_hash bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
begin
  insert into crm.calendars (workspace_id, user_id, token_hash, created_at)
  values (v_user.workspace_id, v_user.id, p_token_hash, core.current_time())
  on conflict (workspace_id, user_id) do update
  set token_hash = excluded.token_hash, created_at = excluded.created_at;
  perform core.write_user_event(v_user, 'user.calendar_made');
  return api.get_calendar();
end
$$;

comment on function api.make_calendar(bytea) is
  'Gives the acting user a calendar address, known by its SHA-256; one from before stops working.';

create function api.remove_calendar() returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
begin
  delete from crm.calendars c where c.workspace_id = v_user.workspace_id and c.user_id = v_user.id;
  if found then
    perform core.write_user_event(v_user, 'user.calendar_removed');
  end if;
end
$$;

comment on function api.remove_calendar() is 'Has the acting user''s calendar address stop working.';

-- Acts as the person for the rest of the transaction.
create function api.find_calendar(p_token_hash bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users;
begin
  select u.* into v_user
  from crm.calendars c
  join crm.users u on u.workspace_id = c.workspace_id and u.id = c.user_id and u.disabled_at is null
  where c.token_hash = p_token_hash;
  if not found then
    return null;
  end if;
  perform set_config('fairlead.workspace_id', v_user.workspace_id::text, true),
    set_config('fairlead.actor', 'user:' || v_user.id, true);
  return (
    select jsonb_build_object('name', v_user.name, 'tasks', coalesce(jsonb_agg(jsonb_build_object(
      'id', t.id, 'title', t.title, 'due_on', t.due_on, 'due_at', t.due_at, 'lead_id', t.lead_id,
      'created_at', t.created_at)), '[]'))
    from core.find_tasks('{"mine": true}', 500) t);
end
$$;

comment on function api.find_calendar(bytea) is
  'The person behind a calendar address, with the next 500 open tasks: {"name", "tasks"}; null for no such address.';
