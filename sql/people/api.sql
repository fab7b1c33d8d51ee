-- Workspaces, and the people in them. Passwords are hashed and checked by the gateway.
--
-- Locks: the turnstile first, then users, then their sessions. Failed sign-ins come before all of them: see
-- sign_in.sql.
create function api.create_workspace(p_name text, p_timezone text, p_country text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int;
begin
  perform core.refuse_unknown_timezone(p_timezone);
  if not exists (select from crm.countries where code = upper(p_country)) then
    raise exception '"%" is no country code', p_country
      using errcode = 'LD422', column = 'country', hint = 'Write an ISO code of two letters such as IN.';
  end if;
  insert into crm.workspaces (name, timezone, country) values (trim(p_name), p_timezone, upper(p_country))
  returning id into v_workspace_id;
  return v_workspace_id;
end
$$;

comment on function api.create_workspace(text, text, text) is
  'Makes a workspace and returns its number. LD422 for an unknown timezone or country.';

create function api.list_workspaces() returns table (workspace_id int, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select w.id, w.name from crm.workspaces w order by w.id
$$;

comment on function api.list_workspaces() is 'Every workspace.';

create function api.create_user(p_workspace_id int, p_email text, p_name text, p_role text, p_password_hash text)
returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id uuid;
begin
  perform core.take_turnstile(p_workspace_id);
  insert into crm.users (workspace_id, email, name, role, password_hash)
  values (p_workspace_id, lower(trim(p_email)), trim(p_name), p_role, p_password_hash)
  returning id into v_user_id;
  return v_user_id;
end
$$;

comment on function api.create_user(int, text, text, text, text) is
  'Makes a user who can sign in. users_email_key when the address is taken.';

create function api.find_user(p_email text)
returns table (user_id uuid, workspace_id int, name text, role text, password_hash text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select u.id, u.workspace_id, u.name, u.role, u.password_hash
  from crm.users u where u.email = lower(trim(p_email)) and u.disabled_at is null and u.password_hash is not null
$$;

comment on function api.find_user(text) is
  'The user who may sign in with this address, with the hash to check the password against.';

create function api.locate_user(p_email text) returns table (user_id uuid, workspace_id int)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query select u.id, u.workspace_id from crm.users u where u.email = lower(trim(p_email))
    order by u.password_hash is null, u.created_at limit 1;
  if not found then
    raise exception 'There is no user %', p_email using errcode = 'LD404', column = 'email';
  end if;
end
$$;

comment on function api.locate_user(text) is
  'Whose address it is and in which workspace, disabled or not: who has a password before who is only invited. LD404 '
  'when it is nobody''s.';
