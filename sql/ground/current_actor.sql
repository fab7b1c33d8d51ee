-- Who is acting, where, and as what. The gateway says so per transaction: it becomes the person's role and sets
-- fairlead.workspace_id and fairlead.actor. Nobody else is believed: a login that is neither the gateway nor the owner
-- works in the workspace that crm.logins gives it, under its own name. These are asked once a statement by the policies
-- of row security, so they are security definer where they look things up.
create function core.is_trusted() returns boolean
language sql stable
return pg_has_role(session_user, 'fairlead_gateway', 'member') or pg_has_role(session_user, 'fairlead_owner', 'member');

comment on function core.is_trusted() is
  'Whether the session may say for whom and where it acts: the gateway, the owner, superusers.';

create function core.current_actor() returns text
language sql stable
return coalesce(case when core.is_trusted() then nullif(current_setting('fairlead.actor', true), '') end,
  session_user::text);

comment on function core.current_actor() is 'Who is acting: user:<id>, intake, cli, or the login of a plain session.';

create function core.current_request() returns text
language sql stable
return left(nullif(current_setting('fairlead.request_id', true), ''), 100);

comment on function core.current_request() is
  'The id of the request that is being answered, as in the gateway''s log; null when there is none.';

create function core.current_workspace() returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := case when core.is_trusted() then nullif(current_setting('fairlead.workspace_id', true), '')::int
    else (select l.workspace_id from crm.logins l where l.login = session_user) end;
begin
  if v_workspace_id is null then
    raise exception 'No workspace is chosen'
      using errcode = 'LD401', hint = 'Sign in, or in psql: set fairlead.workspace_id = 1';
  end if;
  return v_workspace_id;
end
$$;

comment on function core.current_workspace() is
  'The workspace the caller of an api function acts in. LD401 when none is chosen.';

-- current_setting('role') is who the session became, also inside a function that runs as its owner.
create function core.acting_role() returns name
language sql stable
return coalesce(nullif(current_setting('role'), 'none'), session_user)::name;

comment on function core.acting_role() is 'The role the session has become, or its login.';

create function core.may_act_as(p_role name) returns boolean
language sql stable
return pg_has_role(core.acting_role(), p_role, 'usage');

comment on function core.may_act_as(name) is 'Whether the acting role has the rights of a role.';

create function core.current_user_id() returns uuid
language sql stable
return (select substr(a.actor, 6)::uuid from core.current_actor() a (actor) where a.actor ^@ 'user:');

comment on function core.current_user_id() is 'The user who is acting; null when it is no user.';

create function core.current_caller() returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select u.caller_id from crm.users u where u.workspace_id = core.current_workspace() and u.id = core.current_user_id()
$$;

comment on function core.current_caller() is 'Which caller the acting user is; null when none.';

create function core.sees_workspace(p_workspace_id int) returns boolean
language sql stable
return case when core.may_act_as('fairlead_owner') or core.may_act_as('fairlead_keeper') then true
  else p_workspace_id = core.current_workspace() end;

comment on function core.sees_workspace(int) is
  'Whether whoever is acting may read of a workspace: the owner and the keeper of all, others of the one acted in.';

create function core.workspaces_in_sight() returns setof int
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select w.id from crm.workspaces w where core.sees_workspace(w.id)
$$;

comment on function core.workspaces_in_sight() is
  'The workspaces that the acting role may read: all for the owner and the keeper, else the one acted in.';

-- Names of users are for everybody in the workspace to see, whose table is not.
create function core.name_actor(p_actor text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not starts_with(p_actor, 'user:') then
    return p_actor;
  end if;
  return coalesce((
    select u.name from crm.users u
    where u.id = substr(p_actor, 6)::uuid and u.workspace_id in (select core.workspaces_in_sight())), p_actor);
end
$$;

comment on function core.name_actor(text) is 'An actor as shown to people: a user by name, everything else as it is.';
