-- The people of core.current_workspace(), as its admins see and change them. record.sql writes the events.
--
-- Locks: the rows of callers whom it is about, then the turnstile, so that of two admins who demote each other the
-- second is refused; then users, then sessions. What forgets failed sign-ins does so before all of that, as signing in
-- does.
create function core.user_json(p_user crm.users) returns jsonb
language sql volatile
return jsonb_build_object(
  'id', p_user.id, 'email', p_user.email, 'name', p_user.name, 'role', p_user.role, 'caller_id', p_user.caller_id,
  'caller', (
    select jsonb_build_object('id', c.id, 'name', c.name, 'standing', routing.whereabouts(c, core.current_time()))
    from crm.callers c where c.workspace_id = p_user.workspace_id and c.id = p_user.caller_id),
  'disabled', p_user.disabled_at is not null, 'created_at', p_user.created_at,
  'etag', core.etag_of(p_user.workspace_id, 'user', p_user.id::text),
  'has_factor', core.has_factor(p_user.workspace_id, p_user.id),
  'invited', p_user.password_hash is null, 'link', core.link_json(p_user.workspace_id, p_user.id),
  'last_used_at',
  (select max(s.last_used_at) from crm.sessions s where s.user_id = p_user.id and s.workspace_id = p_user.workspace_id),
  'locked_until',
  (select f.locked_until from core.sign_in_locks(p_user.email, null) f where f.locked_until > core.current_time()));

comment on function core.user_json(crm.users) is
  'A user as JSON, as admins see it: caller is the one they are and whether it is there at all, last_used_at is when '
  'one of the user''s sessions last was, locked_until until when sign-ins are refused, invited that they have not come '
  'in yet.';

create function api.list_users() returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.refuse_unless_may('people');
  return (
    select coalesce(jsonb_agg(core.user_json(u) order by u.disabled_at is not null, lower(u.name), u.id), '[]')
    from crm.users u
    where u.workspace_id = core.current_workspace());
end
$$;

comment on function api.list_users() is
  'The workspace''s people by name, the disabled ones last, as JSON. LD403 for a manager who may invite nobody.';

create function api.add_user(p_user jsonb, p_password_hash text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id uuid := api.create_user(
    core.current_workspace(), p_user ->> 'email', p_user ->> 'name', p_user ->> 'role', p_password_hash);
begin
  return api.update_user(v_user_id, p_user - '{email,name,role}'::text[]);
end
$$;

comment on function api.add_user(jsonb, text) is
  'Makes a user of the workspace from {"email", "name", "role", "caller_id"}. users_email_key when the address is '
  'taken, LD422 and LD409 as update_user().';

-- Keeps the order of locks: the row of a caller comes before the turnstile. If the user becomes another caller
-- meanwhile, that row is locked too late, and one of the two sessions may have to try again.
create function core.lock_callers_of(p_user_id uuid, p_caller_id uuid) returns void
language sql volatile
as $$
  select from crm.callers c
  where c.workspace_id = core.current_workspace()
    and (c.id = p_caller_id or c.id = (select u.caller_id from crm.users u where u.workspace_id = c.workspace_id
      and u.id = p_user_id))
  order by c.id for no key update
$$;

comment on function core.lock_callers_of(uuid, uuid) is
  'Locks the row of the caller a user is, and of the one it is to become.';

-- Takes name, role, caller_id (null: none), disabled and hand_over. A disabled person loses every session and token,
-- and the open leads of their caller go where hand_over says. A person can take the caller of a disabled person. LD409:
-- the last admin, an archived caller, or a caller who is another person already.
create function api.update_user(p_user_id uuid, p_change jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller_id uuid := (p_change ->> 'caller_id')::uuid;
  v_before crm.users;
  v_caller crm.callers;
  v_other crm.users;
  v_user crm.users;
  v_handed_over jsonb := '{}'::jsonb;
begin
  perform core.lock_callers_of(p_user_id, v_caller_id);
  v_before := core.lock_record(null::crm.users, 'user', p_user_id::text);
  if v_caller_id is not null then
    perform routing.refuse_archived(v_before.workspace_id, v_caller_id);
    select u.* into v_other from crm.users u where u.workspace_id = v_before.workspace_id and u.caller_id = v_caller_id
      and u.id <> v_before.id;
    if v_other.disabled_at is not null then  -- the new person takes the place of a disabled one
      update crm.users u set caller_id = null where u.workspace_id = v_other.workspace_id and u.id = v_other.id;
    elsif v_other.id is not null then
      raise exception '% is this caller already', v_other.name using errcode = 'LD409', column = 'caller_id',
        hint = 'Choose another caller, or take this one away from that person first.';
    end if;
  end if;
  select c.* into v_caller from crm.callers c where c.workspace_id = v_before.workspace_id
    and c.id = v_before.caller_id;
  perform set_config('fairlead.hands_over', case when v_caller.id is not null then 'here' else '' end, true);
  update crm.users u
  set name = coalesce(trim(p_change ->> 'name'), u.name),
    role = coalesce(p_change ->> 'role', u.role),
    caller_id = case when p_change ? 'caller_id' then v_caller_id else u.caller_id end,
    disabled_at = case (p_change ->> 'disabled')::boolean when true then coalesce(u.disabled_at, core.current_time())
      when false then null else u.disabled_at end
  where u.workspace_id = v_before.workspace_id and u.id = v_before.id
  returning * into v_user;
  perform set_config('fairlead.hands_over', '', true);
  if v_before.role = 'admin' and v_before.disabled_at is null
    and not exists (select from crm.users u
      where u.workspace_id = v_user.workspace_id and u.role = 'admin' and u.disabled_at is null) then
    raise exception '% is the last admin', v_user.name
      using errcode = 'LD409', column = case when v_user.role = 'admin' then 'disabled' else 'role' end,
        hint = 'Make somebody else an admin first.';
  end if;
  if v_user.disabled_at is not null then
    delete from crm.sessions s where s.user_id = v_user.id;
  end if;
  if v_caller.id is not null then
    v_handed_over := routing.hand_over_json(v_caller, p_change ->> 'hand_over');
  end if;
  return core.user_json(v_user) || v_handed_over;
end
$$;

comment on function api.update_user(uuid, jsonb) is
  'Changes what is given. LD404 no such user; LD422 no such caller; LD409 the last admin, an archived or a taken '
  'caller.';

create function api.reset_password(p_user_id uuid, p_password_hash text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_email text := (select u.email from crm.users u
    where u.workspace_id = core.current_workspace() and u.id = p_user_id);
  v_user crm.users;
begin
  perform core.forget_failures(v_email);
  v_user := core.lock_record(null::crm.users, 'user', p_user_id::text);
  update crm.users u set password_hash = p_password_hash
  where u.workspace_id = v_user.workspace_id and u.id = v_user.id;
  delete from crm.sessions s where s.user_id = v_user.id;
end
$$;

comment on function api.reset_password(uuid, text) is
  'Gives a user another password, ends the user''s sessions and tokens, and forgets failed sign-ins. LD404 when there '
  'is no such user.';
