-- Personal tokens: a user's programs act with them as the user, with the role the user has at that moment.
--
-- Locks: the turnstile before sessions.
create function core.token_json(p_token crm.sessions) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_token.id, 'name', p_token.name, 'created_at', p_token.created_at, 'expires_at', p_token.expires_at,
  'last_used_at', p_token.last_used_at);

comment on function core.token_json(crm.sessions) is 'A personal token as JSON, as its user sees it.';

create function api.list_tokens() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(core.token_json(s) order by s.id desc), '[]')
  from core.current_user_row() u
  join crm.sessions s on s.user_id = u.id and s.kind = 'token'
$$;

comment on function api.list_tokens() is
  'The acting user''s personal tokens as JSON, the newest first, those that ended by themselves too.';

create function api.create_token(p_token jsonb, p_token_hash bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.current_user_row();
  v_workspace crm.workspaces := core.take_turnstile(v_user.workspace_id);
  v_now timestamptz := core.current_time();
  v_expires_at timestamptz := coalesce(
    core.read_timestamp(p_token ->> 'expires_at', v_workspace.timezone), v_now + interval '90 days');
  v_made crm.sessions;
begin
  if v_expires_at <= v_now then
    raise exception 'That is not in the future' using errcode = 'LD422', column = 'expires_at';
  elsif v_expires_at > v_now + interval '366 days' then
    raise exception 'That is more than a year away'
      using errcode = 'LD422', column = 'expires_at', hint = 'Choose a time within a year from now.';
  end if;
  if (select count(*) from crm.sessions s where s.user_id = v_user.id and s.kind = 'token') >= 100 then
    raise exception 'You have a hundred tokens already' using errcode = 'LD409',
      hint = 'Revoke those you need no more.';
  end if;
  insert into crm.sessions (workspace_id, user_id, kind, name, token_hash, created_at, expires_at)
  values (v_user.workspace_id, v_user.id, 'token', trim(p_token ->> 'name'), p_token_hash, v_now, v_expires_at)
  returning * into v_made;
  perform core.write_user_event(v_user, 'user.token_created',
    jsonb_build_object('token_id', v_made.id, 'token', v_made.name, 'expires_at', v_made.expires_at));
  return core.token_json(v_made);
end
$$;

comment on function api.create_token(jsonb, bytea) is
  'Makes a personal token, known by its SHA-256; by default for 90 days. LD422 for a wrong end, LD409 for too many.';

create function api.revoke_token(p_token_id uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
  v_gone crm.sessions;
begin
  delete from crm.sessions s where s.user_id = v_user.id and s.id = p_token_id and s.kind = 'token'
  returning * into v_gone;
  if not found then
    raise exception 'There is no token %', p_token_id using errcode = 'LD404';
  end if;
  perform core.write_user_event(v_user, 'user.token_revoked',
    jsonb_build_object('token_id', v_gone.id, 'token', v_gone.name));
end
$$;

comment on function api.revoke_token(uuid) is
  'Ends a personal token of the acting user. LD404 when there is no such one.';
