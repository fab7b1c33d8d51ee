-- Every change of a user is an event that holds the user as it is from then on, whoever made it: a DBA's plain update
-- too. A statement that changes nothing writes nothing. The password's hash is in no event.
--
-- Locks: the turnstile, after the user's row; the functions of api that change users take it before.
create function core.user_snapshot(p_user crm.users) returns jsonb
language sql stable
return jsonb_build_object(
  'user_id', p_user.id, 'email', p_user.email, 'name', p_user.name, 'role', p_user.role, 'caller_id', p_user.caller_id,
  'disabled', p_user.disabled_at is not null);

comment on function core.user_snapshot(crm.users) is 'A user as the event log keeps it.';

create function core.write_user_event(p_user crm.users, p_kind text, p_more jsonb default '{}') returns void
language sql volatile
as $$
  select core.write_event(p_user.workspace_id, p_kind, null, null, core.user_snapshot(p_user) || p_more)
$$;

comment on function core.write_user_event(crm.users, text, jsonb) is
  'Writes an event about a user: the user as it now is, and what more there is to say.';

create function core.record_user_changes() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    perform core.write_user_event(new, 'user.created');
    return null;
  end if;
  if core.user_snapshot(new) - 'disabled' <> core.user_snapshot(old) - 'disabled' then
    perform core.write_user_event(new, 'user.updated');
  end if;
  if (new.disabled_at is null) <> (old.disabled_at is null) then
    perform core.write_user_event(new, case when new.disabled_at is null then 'user.enabled' else 'user.disabled' end);
  end if;
  if new.password_hash <> old.password_hash then
    perform core.write_user_event(new, 'user.password_changed');
  end if;
  return null;
end
$$;

comment on function core.record_user_changes() is
  'Trigger: writes the events of a user''s change: created, updated, enabled, disabled, password_changed.';

-- A caller is disabled while the one person who signs in as this caller is disabled. A caller without such a person is
-- never disabled: many work without a login, and taking the person away from a caller makes it one of these.
-- Locks: the caller's row, then (by the trigger there) the turnstile. Fires before the next, by its name.
create function core.note_absence() returns trigger
language plpgsql
as $$
begin
  update crm.callers c set is_disabled = n.is_disabled
  from (
    select k.id, coalesce(bool_or(u.disabled_at is not null), false) as is_disabled
    from crm.callers k
    left join crm.users u on u.workspace_id = k.workspace_id and u.caller_id = k.id
    where k.workspace_id = new.workspace_id and k.id in (new.caller_id, case when tg_op = 'UPDATE'
      then old.caller_id end)
    group by k.id
  ) n
  where c.workspace_id = new.workspace_id and c.id = n.id and c.is_disabled <> n.is_disabled;
  return null;
end
$$;

comment on function core.note_absence() is
  'Trigger: keeps callers.is_disabled true while the person who signs in as the caller is disabled.';

create trigger note_absence after insert or update of caller_id, disabled_at on crm.users
for each row execute function core.note_absence();
create trigger record_user_changes after insert or update on crm.users
for each row execute function core.record_user_changes();
