-- Signing in, and keeping out those who guess. Sign-ins that fail in a row are counted for the account, whether or not
-- there is one, and for the network they come from. After the first few each further one must wait, twice as long every
-- time; while it must, the right password is refused as well. The gateway asks check_sign_in() first, compares the
-- password and the code of the second factor, and then calls refuse_sign_in() or open_session(). Both look at the lock
-- again, so guesses made side by side gain nothing.
--
-- Nobody can lock the owner out. Failures from a device that has signed in to the account before (the gateway knows it
-- by a cookie that it signed), and from a network where the account is signed in, are counted apart from all others.
--
-- Locks: the counter of the account, then that of the network; the turnstile only after them.
create function core.sign_in_subjects(p_email text, p_network text, p_device text)
returns table (subject bytea, patience int, is_account boolean)
language sql stable
rows 2
as $$
  with way as (
    select 'account ' || lower(trim(p_email)) as account, case
      when p_device is not null then ' by ' || p_device
      when exists (
        select from crm.users u join crm.sessions s on s.workspace_id = u.workspace_id and s.user_id = u.id
        where u.email = lower(trim(p_email)) and s.network = p_network and s.kind <> 'token'
          and s.expires_at > core.current_time())
      then ' from ' || p_network end as known
  )
  -- Many people share a network. Which of the two comes first is the order they are locked in.
  select sha256(convert_to(w.account || coalesce(w.known, ''), 'UTF8')), 5, true from way w
  union all
  select sha256(convert_to('address ' || p_network, 'UTF8')), 20, false from way w where w.known is null
$$;

comment on function core.sign_in_subjects(text, text, text)
is 'What failed sign-ins count for, and how many are free: account and network, or the known device or network.';

create function core.locked_until(p_failures int, p_patience int, p_last_at timestamptz) returns timestamptz
language sql immutable
return p_last_at + make_interval(secs =>
  case when p_failures < p_patience then 0 else least(900, 2 ^ least(p_failures - p_patience, 10)) end);

comment on function core.locked_until(int, int, timestamptz)
is 'Until when sign-ins are refused: 1 s after the failure that wears patience out, then doubling up to 15 min.';

create function core.sign_in_locks(p_email text, p_network text, p_device text default null)
returns table (subject bytea, is_account boolean, failures int, locked_until timestamptz)
language sql stable
as $$
  select s.subject, s.is_account, f.failures, core.locked_until(f.failures, s.patience, f.last_at)
  from core.sign_in_subjects(p_email, p_network, p_device) s
  join crm.sign_in_failures f on f.subject = s.subject
$$;

comment on function core.sign_in_locks(text, text, text)
is 'The failures counted for an account and a network, or a known way to it, and until when each locks.';

create function core.sign_in_wait(p_email text, p_network text, p_device text default null) returns int
language sql volatile
return (
  select coalesce(greatest(ceil(extract(epoch from max(l.locked_until) - core.current_time())), 0), 0)::int
  from core.sign_in_locks(p_email, p_network, p_device) l);

comment on function core.sign_in_wait(text, text, text)
is 'For how many seconds a sign-in is refused yet, whatever the password; 0 when it is not.';

create function api.check_sign_in(p_email text, p_network text, p_device text default null)
returns table (wait int, password_hash text, user_id uuid, factor bytea, last_step bigint)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select core.sign_in_wait(p_email, p_network, p_device), u.password_hash, u.user_id, f.secret, f.last_step
  from (values (true)) one (row)
  left join api.find_user(p_email) u on true
  left join crm.user_factors f
    on f.workspace_id = u.workspace_id and f.user_id = u.user_id and f.confirmed_at is not null
$$;

comment on function api.check_sign_in(text, text, text)
is 'Seconds to wait, and what to check: the hash of the password (null: nobody), and the second factor (null: none).';

-- Only the failure that begins the lock of a known account is an event, so that nobody can flood the log.
create function api.refuse_sign_in(p_email text, p_network text, p_device text default null) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := core.current_time();
  v_subject record;
  v_failures int;
  v_user crm.users;
begin
  for v_subject in select s.* from core.sign_in_subjects(p_email, p_network, p_device) s loop
    insert into crm.sign_in_failures as f (subject, failures, last_at) values (v_subject.subject, 1, v_now)
    on conflict (subject) do update
    set failures = case when f.last_at < v_now - interval '1 hour' then 1 else f.failures + 1 end, last_at = v_now
    where core.locked_until(f.failures, v_subject.patience, f.last_at) <= v_now
    returning f.failures into v_failures;
    if not found then
      return core.sign_in_wait(p_email, p_network, p_device);  -- another failure has locked it meanwhile
    end if;
    if v_subject.is_account and v_failures = v_subject.patience then
      select u.* into v_user from crm.users u
      where u.email = lower(trim(p_email)) and u.disabled_at is null and u.password_hash is not null;
    end if;
  end loop;
  delete from crm.sign_in_failures f where f.ctid = any (array(
    select o.ctid from crm.sign_in_failures o
    where o.last_at < v_now - interval '1 hour' order by o.last_at limit 10 for update skip locked));
  if v_user.id is not null then
    perform set_config('fairlead.actor', 'sign-in', true);
    perform core.write_user_event(v_user, 'user.sign_in_failed',
      jsonb_build_object('address', left(p_network, 100)));
  end if;
  return 0;
end
$$;

comment on function api.refuse_sign_in(text, text, text)
is 'Counts a failed sign-in and returns 0, or the seconds to wait. An event only where the lock of an account begins.';

create function core.forget_failures(p_email text, p_network text default null, p_device text default null)
  returns void
language plpgsql volatile
as $$
declare
  v_subject record;
  v_failures int := 0;
begin
  for v_subject in select s.* from core.sign_in_subjects(p_email, p_network, p_device) s loop
    if v_subject.is_account then
      delete from crm.sign_in_failures f where f.subject = v_subject.subject returning f.failures into v_failures;
      exit when not found;
    else
      delete from crm.sign_in_failures f where f.subject = v_subject.subject and f.failures <= v_failures;
      update crm.sign_in_failures f set failures = f.failures - v_failures where f.subject = v_subject.subject;
    end if;
  end loop;
end
$$;

comment on function core.forget_failures(text, text, text)
is 'Forgets the failed sign-ins of an account, also those of the network. Failures at other accounts still count.';

create function core.has_factor(p_workspace_id int, p_user_id uuid) returns boolean
language sql stable
return exists (
  select from crm.user_factors f
  where f.workspace_id = p_workspace_id and f.user_id = p_user_id and f.confirmed_at is not null);

comment on function core.has_factor(int, uuid) is 'Whether a person has a second factor.';

-- A code is good once: the row of the factor is locked, so that only the first of several sign-ins takes it.
create function core.take_code(p_user crm.users, p_step bigint, p_recovery bytea) returns boolean
language plpgsql volatile
as $$
begin
  if p_recovery is not null then
    update crm.user_factors f set recovery_codes = array_remove(f.recovery_codes, p_recovery)
    where f.workspace_id = p_user.workspace_id and f.user_id = p_user.id and f.confirmed_at is not null
      and p_recovery = any (f.recovery_codes);
  else
    update crm.user_factors f set last_step = p_step
    where f.workspace_id = p_user.workspace_id and f.user_id = p_user.id and f.last_step < p_step;
  end if;
  return found;
end
$$;

comment on function core.take_code(crm.users, bigint, bytea)
is 'Uses up a code, by its step, or a recovery code, by its SHA-256. False for one that is used or unknown.';

-- Returns 0 for a session; seconds to wait while the account or the network is locked; -1 when the person has a second
-- factor and no unused code of it was given; null when nobody may sign in with this address and password.
-- Forgets failed sign-ins. A user has a hundred sessions of each kind at most: the one unused for longest ends.
create function api.open_session(
  p_email text, p_password_hash text, p_kind text, p_token_hash bytea, p_refresh_hash bytea, p_lifetime interval,
  p_address text, p_user_agent text, p_network text default null, p_device text default null,
  p_step bigint default null, p_recovery bytea default null)
returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := core.current_time();
  v_network text := coalesce(p_network, p_address);
  v_wait int := core.sign_in_wait(p_email, v_network, p_device);
  v_user crm.users;
begin
  if exists (select from crm.sessions s where s.token_hash = p_token_hash) then
    return 0;  -- repeated by the gateway, which lost the answer
  elsif v_wait > 0 then
    return v_wait;
  end if;
  select u.* into v_user from crm.users u
  where u.email = lower(trim(p_email)) and u.disabled_at is null and u.password_hash = p_password_hash;
  if not found then
    return null;
  elsif core.has_factor(v_user.workspace_id, v_user.id) and not core.take_code(v_user, p_step, p_recovery) then
    return -1;
  end if;
  perform core.forget_failures(p_email, v_network, p_device);
  insert into crm.sessions (
    workspace_id, user_id, kind, token_hash, refresh_hash, created_at, last_used_at, expires_at, address,
    network, user_agent)
  values (
    v_user.workspace_id, v_user.id, p_kind, p_token_hash, p_refresh_hash, v_now, v_now, v_now + p_lifetime,
    left(p_address, 100), left(v_network, 100), left(p_user_agent, 100))
  on conflict (token_hash) do nothing;
  delete from crm.sessions s
  where s.user_id = v_user.id and s.kind = p_kind
    and (s.expires_at <= v_now or s.id in (
      select o.id from crm.sessions o where o.user_id = v_user.id and o.kind = p_kind
      order by o.last_used_at desc, o.id desc offset 100));
  if p_recovery is not null then
    perform set_config('fairlead.actor', 'sign-in', true);
    perform core.write_user_event(v_user, 'user.recovery_code_used', jsonb_build_object('left', (
      select cardinality(f.recovery_codes) from crm.user_factors f
      where f.workspace_id = v_user.workspace_id and f.user_id = v_user.id)));
  end if;
  return 0;
end
$$;

comment on function api.open_session(text, text, text, bytea, bytea, interval, text, text, text, text, bigint, bytea)
is 'Opens a session: 0; seconds to wait; -1 without an unused code; null when nobody may sign in so.';
