-- Signing in, and keeping out those who guess. Sign-ins that fail in a row are counted for the account, whether or not there is
-- one, and for the network address. After the first few each further one must wait, twice as long every time; while it must,
-- the right password is refused as well. The gateway asks check_sign_in() first, compares the password, and then calls
-- refuse_sign_in() or open_session(). Both look at the lock again, so guesses made side by side gain nothing.
--
-- Locks: the counter of the account, then that of the address; the turnstile only after them.
create function routing.sign_in_subjects(p_email text, p_address text) returns table (subject bytea, patience int, is_account boolean)
language sql immutable
rows 2
as $$
  -- Many people share an address. Which of the two comes first is the order they are locked in.
  values (sha256(convert_to('account ' || lower(trim(p_email)), 'UTF8')), 5, true),
         (sha256(convert_to('address ' || p_address, 'UTF8')), 20, false)
$$;

comment on function routing.sign_in_subjects(text, text) is 'What failed sign-ins are counted for, and from how many on one must wait.';

create function routing.locked_until(p_failures int, p_patience int, p_last_at timestamptz) returns timestamptz
language sql immutable
return p_last_at + make_interval(secs => case when p_failures < p_patience then 0 else least(900, 2 ^ least(p_failures - p_patience, 10)) end);

comment on function routing.locked_until(int, int, timestamptz) is 'Until when sign-ins are refused: 1 s after the failure that wears patience out, then doubling up to 15 min.';

create function routing.sign_in_locks(p_email text, p_address text) returns table (subject bytea, is_account boolean, failures int, locked_until timestamptz)
language sql stable
as $$
  select s.subject, s.is_account, f.failures, routing.locked_until(f.failures, s.patience, f.last_at)
  from routing.sign_in_subjects(p_email, p_address) s
  join crm.sign_in_failures f on f.subject = s.subject
$$;

comment on function routing.sign_in_locks(text, text) is 'The failures counted for an account and a network address, and until when each locks.';

create function routing.sign_in_wait(p_email text, p_address text) returns int
language sql volatile
return (
  select coalesce(greatest(ceil(extract(epoch from max(l.locked_until) - routing.current_time())), 0), 0)::int
  from routing.sign_in_locks(p_email, p_address) l);

comment on function routing.sign_in_wait(text, text) is 'For how many seconds a sign-in is refused yet, whatever the password; 0 when it is not.';

create function api.check_sign_in(p_email text, p_address text) returns table (wait int, password_hash text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select routing.sign_in_wait(p_email, p_address), (select u.password_hash from api.find_user(p_email) u)
$$;

comment on function api.check_sign_in(text, text) is 'For how many seconds the sign-in must wait, and the hash to check its password against: null when nobody may sign in with this address.';

create function api.refuse_sign_in(p_email text, p_address text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := routing.current_time();
  v_subject record;
  v_failures int;
  v_user crm.users;
begin
  for v_subject in select s.* from routing.sign_in_subjects(p_email, p_address) s loop
    insert into crm.sign_in_failures as f (subject, failures, last_at) values (v_subject.subject, 1, v_now)
    on conflict (subject) do update
    set failures = case when f.last_at < v_now - interval '1 hour' then 1 else f.failures + 1 end, last_at = v_now
    where routing.locked_until(f.failures, v_subject.patience, f.last_at) <= v_now
    returning f.failures into v_failures;
    if not found then
      return routing.sign_in_wait(p_email, p_address);  -- somebody else's failure locked it meanwhile
    end if;
    if v_subject.is_account and v_failures = v_subject.patience then
      select u.* into v_user from crm.users u where u.email = lower(trim(p_email)) and u.disabled_at is null;
    end if;
  end loop;
  delete from crm.sign_in_failures f where f.ctid = any (array(
    select o.ctid from crm.sign_in_failures o where o.last_at < v_now - interval '1 hour' order by o.last_at limit 10 for update skip locked));
  if v_user.id is not null then
    perform set_config('fairlead.actor', 'sign-in', true);
    perform routing.write_user_event(v_user, 'user.sign_in_failed', jsonb_build_object('address', left(p_address, 100)));
  end if;
  return 0;
end
$$;

comment on function api.refuse_sign_in(text, text) is 'Counts a failed sign-in, unless one must wait anyway: then the seconds are returned, else 0. The failure that begins a known account''s lock is an event; the later ones are not, so nobody floods the log.';

create function routing.forget_failures(p_email text, p_address text default null) returns void
language plpgsql volatile
as $$
declare
  v_subject record;
  v_failures int := 0;
begin
  for v_subject in select s.* from routing.sign_in_subjects(p_email, p_address) s loop
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

comment on function routing.forget_failures(text, text) is 'Forgets the failed sign-ins of an account, which then do not count for the network address either. What was tried on others from there still does.';

create function api.open_session(
  p_email text, p_password_hash text, p_kind text, p_token_hash bytea, p_refresh_hash bytea, p_lifetime interval, p_address text, p_user_agent text)
returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := routing.current_time();
  v_wait int := routing.sign_in_wait(p_email, p_address);
  v_user record;
begin
  if v_wait > 0 then
    return v_wait;
  end if;
  select u.* into v_user from api.find_user(p_email) u where u.password_hash = p_password_hash;
  if not found then
    return null;
  end if;
  perform routing.forget_failures(p_email, p_address);
  insert into crm.sessions (workspace_id, user_id, kind, token_hash, refresh_hash, created_at, last_used_at, expires_at, address, user_agent)
  values (v_user.workspace_id, v_user.user_id, p_kind, p_token_hash, p_refresh_hash, v_now, v_now, v_now + p_lifetime, left(p_address, 100), left(p_user_agent, 100))
  on conflict (token_hash) do nothing;  -- repeated by the gateway, which lost the answer
  delete from crm.sessions s
  where s.user_id = v_user.user_id and s.kind = p_kind
    and (s.expires_at <= v_now or s.id in (
      select o.id from crm.sessions o where o.user_id = v_user.user_id and o.kind = p_kind order by o.last_used_at desc, o.id desc offset 100));
  return 0;
end
$$;

comment on function api.open_session(text, text, text, bytea, bytea, interval, text, text) is 'Opens a session for whoever has this address and still this password hash, and forgets failed sign-ins. Returns 0; the seconds to wait when the account or the network address is locked; null when nobody may sign in so. Of each kind a user has a hundred at most: the one unused for longest goes.';
