-- What acts for a user until it ends: signed-in browsers, programs that signed in (grants), personal tokens. All are
-- rows of crm.sessions, found by kind and the SHA-256 of what they show, so that ending one, disabling its user and
-- changing the user's role hold from the next request on.
--
-- Locks: the turnstile before sessions, where both are needed.

-- hears_of: the one caller whose leads the live feed shows, which is nobody for an analyst; null: everything.
-- needs_factor: the workspace requires a second factor, and the person has none yet.
create function api.find_session(p_kind text, p_token_hash bytea)
returns table (
  session_id uuid, user_id uuid, workspace_id int, email text, name text, role text, caller_id uuid,
  workspace_name text, timezone text, country text, hears_of uuid, needs_factor boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := core.current_time();
  v_used_at timestamptz;
begin
  select s.id, u.id, u.workspace_id, u.email, u.name, u.role, u.caller_id, w.name, w.timezone, w.country,
    case when u.role = 'caller' then coalesce(u.caller_id, u.id) when u.role = 'analyst' then u.id end,
    w.requires_factor and not core.has_factor(u.workspace_id, u.id), s.last_used_at
  into session_id, user_id, workspace_id, email, name, role, caller_id, workspace_name, timezone, country, hears_of,
    needs_factor, v_used_at
  from crm.sessions s
  join crm.users u on u.workspace_id = s.workspace_id and u.id = s.user_id and u.disabled_at is null
  join crm.workspaces w on w.id = u.workspace_id
  where s.token_hash = p_token_hash and s.kind = p_kind and s.expires_at > v_now;
  if not found then
    return;
  end if;
  if v_used_at is null or v_used_at < v_now - interval '1 minute' then
    update crm.sessions s set last_used_at = v_now
    -- once, of those who ask side by side
    where s.token_hash = p_token_hash and s.last_used_at is not distinct from v_used_at;
  end if;
  return next;
end
$$;

comment on function api.find_session(text, bytea) is
  'The person and session of a cookie, access token or personal token; hears_of null: hears everything. Notes the use.';

create function api.close_session(p_kind text, p_token_hash bytea) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  delete from crm.sessions s where s.token_hash = p_token_hash and s.kind = p_kind
$$;

comment on function api.close_session(text, bytea) is 'Ends a session.';

create function api.refresh_session(p_token_hash bytea, p_refresh_hash bytea, p_next_hash bytea, p_lifetime interval)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := core.current_time();
  v_user crm.users;
begin
  -- The next one counts as good too: the gateway repeats a call whose answer it lost.
  update crm.sessions s set refresh_hash = p_next_hash, expires_at = v_now + p_lifetime
  where s.token_hash = p_token_hash and s.kind = 'grant' and s.refresh_hash in (p_refresh_hash, p_next_hash)
    and s.expires_at > v_now;
  if found then
    return true;
  end if;
  select u.* into v_user from crm.sessions s join crm.users u on u.workspace_id = s.workspace_id and u.id = s.user_id
  where s.token_hash = p_token_hash and s.kind = 'grant' and s.expires_at > v_now;
  if found then
    perform core.take_turnstile(v_user.workspace_id);
    delete from crm.sessions s where s.token_hash = p_token_hash and s.kind = 'grant';
    if found then
      perform set_config('fairlead.actor', 'sign-in', true);
      perform core.write_user_event(v_user, 'user.refresh_reused');
    end if;
  end if;
  return false;
end
$$;

comment on function api.refresh_session(bytea, bytea, bytea, interval) is
  'Changes a grant''s refresh token for the next one and prolongs the grant. False when the token is not the one that '
  'is good now; a grant whose old token is shown was stolen, and is ended.';

create function core.current_user_row() returns crm.users
language plpgsql stable
as $$
declare
  v_user crm.users;
begin
  select u.* into v_user from crm.users u
  where u.workspace_id = core.current_workspace() and u.id = core.current_user_id();
  if not found then
    raise exception 'Nobody is signed in' using errcode = 'LD401';
  end if;
  return v_user;
end
$$;

comment on function core.current_user_row() is 'The user who is acting. LD401 when it is none.';

create function core.lock_own_user() returns crm.users
language plpgsql volatile
as $$
declare
  v_user crm.users := core.current_user_row();
begin
  perform core.take_turnstile(v_user.workspace_id);
  return v_user;
end
$$;

comment on function core.lock_own_user() is
  'The user who is acting, behind the turnstile: what changes the own account begins so. LD401 when it is none.';

create function api.list_sessions(p_current uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', s.id, 'kind', s.kind, 'created_at', s.created_at, 'last_used_at', s.last_used_at, 'expires_at', s.expires_at,
    'address', s.address, 'user_agent', s.user_agent, 'is_current', s.id = p_current)
      order by s.id = p_current desc, s.last_used_at desc, s.id desc), '[]')
  from (select u.id, core.current_time() as now from core.current_user_row() u) mine
  join crm.sessions s on s.user_id = mine.id and s.kind <> 'token' and s.expires_at > mine.now
$$;

comment on function api.list_sessions(uuid) is
  'The acting user''s signed-in browsers and programs as JSON, the given one marked and first, then by last use.';

create function api.end_session(p_session_id uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
begin
  delete from crm.sessions s where s.user_id = v_user.id and s.id = p_session_id and s.kind <> 'token';
  if not found then
    raise exception 'There is no session %', p_session_id using errcode = 'LD404';
  end if;
  perform core.write_user_event(v_user, 'user.sessions_ended', jsonb_build_object('sessions', 1));
end
$$;

comment on function api.end_session(uuid) is 'Ends a session of the acting user. LD404 when there is no such one.';

create function api.end_other_sessions(p_current uuid) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
  v_ended int;
begin
  delete from crm.sessions s where s.user_id = v_user.id and s.id <> p_current and s.kind <> 'token';
  get diagnostics v_ended = row_count;
  if v_ended > 0 then
    perform core.write_user_event(v_user, 'user.sessions_ended', jsonb_build_object('sessions', v_ended));
  end if;
  return v_ended;
end
$$;

comment on function api.end_other_sessions(uuid) is
  'Ends the acting user''s sessions but the given one, and says how many there were. Personal tokens stay.';

create function api.change_password(p_password_hash text, p_current uuid, p_ends_tokens boolean default false)
  returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
begin
  update crm.users u set password_hash = p_password_hash
  where u.workspace_id = v_user.workspace_id and u.id = v_user.id;
  perform api.end_other_sessions(p_current);
  if p_ends_tokens then
    perform api.revoke_token(s.id) from crm.sessions s where s.user_id = v_user.id and s.kind = 'token' order by s.id;
  end if;
end
$$;

comment on function api.change_password(text, uuid, boolean)
is 'Changes the acting user''s password, and ends the other sessions; with p_ends_tokens personal tokens, too.';
