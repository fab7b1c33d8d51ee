-- The second factor of a person. The gateway makes and checks the secret, and only the gateway can read it. The last
-- code that was taken and the recovery codes that are left are kept here, so that no code is good twice. A factor
-- counts once its first code was right.
--
-- Locks: the turnstile, then the factor. Errors: LD404 no such person or factor; LD409 there is one already, or there
-- must be one.
create function api.get_factor() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'is_on', f.confirmed_at is not null, 'added_at', f.confirmed_at,
    'recovery_codes', coalesce(cardinality(f.recovery_codes), 0), 'is_required', w.requires_factor)
  from core.current_user_row() u
  join crm.workspaces w on w.id = u.workspace_id
  left join crm.user_factors f on f.workspace_id = u.workspace_id and f.user_id = u.id and f.confirmed_at is not null
$$;

comment on function api.get_factor() is
  'The acting user''s factor: whether and since when, recovery codes left, and whether one is required.';

create function api.begin_factor(p_secret bytea) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
begin
  insert into crm.user_factors as f (workspace_id, user_id, secret, began_at)
  values (v_user.workspace_id, v_user.id, p_secret, core.current_time())
  on conflict (workspace_id, user_id) do update set secret = excluded.secret, began_at = excluded.began_at
  where f.confirmed_at is null;
  if not found then
    raise exception 'You have a second factor already' using errcode = 'LD409', hint = 'Turn it off first.';
  end if;
end
$$;

comment on function api.begin_factor(bytea) is
  'Keeps the encrypted secret of a factor that the acting user sets up. LD409 when there is one already.';

create function api.read_factor() returns bytea
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.current_user_row();
  v_secret bytea := (
    select f.secret from crm.user_factors f
    where f.workspace_id = v_user.workspace_id and f.user_id = v_user.id and f.confirmed_at is null
      and f.began_at > core.current_time() - interval '1 hour');
begin
  if v_secret is null then
    raise exception 'No second factor is being set up' using errcode = 'LD409', hint = 'Begin again.';
  end if;
  return v_secret;
end
$$;

comment on function api.read_factor() is
  'The encrypted secret that the acting user began to set up within the last hour. LD409 when there is none.';

create function api.confirm_factor(p_step bigint, p_recovery bytea[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
begin
  update crm.user_factors f set confirmed_at = core.current_time(), last_step = p_step, recovery_codes = p_recovery
  where f.workspace_id = v_user.workspace_id and f.user_id = v_user.id and f.confirmed_at is null;
  if not found then
    raise exception 'No second factor is being set up' using errcode = 'LD409', hint = 'Begin again.';
  end if;
  perform core.write_user_event(v_user, 'user.factor_added');
end
$$;

comment on function api.confirm_factor(bigint, bytea[]) is
  'Turns the factor on, after its first code (of p_step) was right. LD409 when none is being set up.';

create function api.renew_recovery_codes(p_recovery bytea[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_own_user();
begin
  update crm.user_factors f set recovery_codes = p_recovery
  where f.workspace_id = v_user.workspace_id and f.user_id = v_user.id and f.confirmed_at is not null;
  if not found then
    raise exception 'You have no second factor' using errcode = 'LD404';
  end if;
  perform core.write_user_event(v_user, 'user.recovery_codes_made');
end
$$;

comment on function api.renew_recovery_codes(bytea[]) is
  'Gives the acting user other recovery codes; those before are of no use any more. LD404 without a factor.';

create function core.take_factor_off(p_user crm.users) returns void
language plpgsql volatile
as $$
begin
  delete from crm.user_factors f
  where f.workspace_id = p_user.workspace_id and f.user_id = p_user.id and f.confirmed_at is not null;
  if not found then
    raise exception '% has no second factor', p_user.name using errcode = 'LD404';
  end if;
  perform core.write_user_event(p_user, 'user.factor_removed');
end
$$;

comment on function core.take_factor_off(crm.users) is
  'Takes a person''s second factor off, with its recovery codes. LD404 without one.';

create function api.remove_own_factor() returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.current_user_row();
  v_workspace crm.workspaces := core.take_turnstile(v_user.workspace_id);
begin
  if v_workspace.requires_factor then
    raise exception 'This workspace requires a second factor' using errcode = 'LD409',
      hint = 'Ask an admin to remove it, then set up another.';
  end if;
  perform core.take_factor_off(v_user);
end
$$;

comment on function api.remove_own_factor() is
  'Takes the acting user''s second factor off. LD404 without one, LD409 where the workspace requires it.';

create function api.remove_factor(p_user_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_record(null::crm.users, 'user', p_user_id::text);
begin
  perform core.take_factor_off(v_user);
  return core.user_json(v_user);
end
$$;

comment on function api.remove_factor(uuid) is
  'Removes the second factor of a person who lost it. LD404 when there is no such person, or no factor.';
