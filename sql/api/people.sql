-- Workspaces, the people in them, and their signed-in browsers. Passwords are hashed and checked by the gateway.
create function api.create_workspace(p_name text, p_timezone text, p_country text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int;
begin
  perform routing.refuse_unknown_timezone(p_timezone);
  if not exists (select from crm.countries where code = upper(p_country)) then
    raise exception '"%" is no country code', p_country
      using errcode = 'LD422', column = 'country', hint = 'Write an ISO code of two letters such as IN.';
  end if;
  insert into crm.workspaces (name, timezone, country) values (trim(p_name), p_timezone, upper(p_country)) returning id into v_workspace_id;
  return v_workspace_id;
end
$$;

comment on function api.create_workspace(text, text, text) is 'Makes a workspace and returns its number. LD422 for an unknown timezone or country.';

create function api.list_workspaces() returns table (workspace_id int, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select w.id, w.name from crm.workspaces w order by w.id
$$;

comment on function api.list_workspaces() is 'Every workspace.';

create function api.create_user(p_workspace_id int, p_email text, p_name text, p_role text, p_password_hash text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id uuid;
begin
  perform routing.take_turnstile(p_workspace_id);
  insert into crm.users (workspace_id, email, name, role, password_hash)
  values (p_workspace_id, lower(trim(p_email)), trim(p_name), p_role, p_password_hash)
  returning id into v_user_id;
  perform routing.write_event(p_workspace_id, 'user.created', null, null,
    jsonb_build_object('user_id', v_user_id, 'email', lower(trim(p_email)), 'name', trim(p_name), 'role', p_role));
  return v_user_id;
end
$$;

comment on function api.create_user(int, text, text, text, text) is 'Makes a user who can sign in. users_email_key when the address is taken.';

create function api.set_password(p_email text, p_password_hash text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users;
begin
  update crm.users set password_hash = p_password_hash where email = lower(trim(p_email)) returning * into v_user;
  if not found then
    raise exception 'There is no user %', p_email using errcode = 'LD404', column = 'email';
  end if;
  delete from crm.sessions s where s.user_id = v_user.id;
  perform routing.write_event(v_user.workspace_id, 'user.password_changed', null, null, jsonb_build_object('user_id', v_user.id));
end
$$;

comment on function api.set_password(text, text) is 'Gives a user a new password and ends their sessions. LD404 when there is no such user.';

create function api.find_user(p_email text)
returns table (user_id uuid, workspace_id int, name text, role text, password_hash text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select u.id, u.workspace_id, u.name, u.role, u.password_hash
  from crm.users u where u.email = lower(trim(p_email)) and u.disabled_at is null
$$;

comment on function api.find_user(text) is 'The user who may sign in with this address, with the hash to check the password against.';

create function api.open_session(p_user_id uuid, p_token_hash bytea, p_lifetime interval) returns timestamptz
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with expired as (delete from crm.sessions s where s.user_id = p_user_id and s.expires_at < routing.current_time())
  insert into crm.sessions (workspace_id, user_id, token_hash, created_at, expires_at)
  select u.workspace_id, u.id, p_token_hash, routing.current_time(), routing.current_time() + p_lifetime
  from crm.users u where u.id = p_user_id and u.disabled_at is null
  returning expires_at
$$;

comment on function api.open_session(uuid, bytea, interval) is 'Opens a session for a user, known by the SHA-256 of the cookie; returns when it ends.';

create function api.find_session(p_token_hash bytea)
returns table (user_id uuid, workspace_id int, email text, name text, role text, workspace_name text, timezone text, country text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select u.id, u.workspace_id, u.email, u.name, u.role, w.name, w.timezone, w.country
  from crm.sessions s
  join crm.users u on u.workspace_id = s.workspace_id and u.id = s.user_id and u.disabled_at is null
  join crm.workspaces w on w.id = u.workspace_id
  where s.token_hash = p_token_hash and s.expires_at > routing.current_time()
$$;

comment on function api.find_session(bytea) is 'Who is signed in with this cookie, if anyone.';

create function api.close_session(p_token_hash bytea) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  delete from crm.sessions s where s.token_hash = p_token_hash
$$;

comment on function api.close_session(bytea) is 'Ends a session.';
