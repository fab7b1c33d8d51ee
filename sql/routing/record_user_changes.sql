-- Every change of a user is an event that holds the user as it is from then on, whoever made it: a DBA's plain update too.
-- A statement that changes nothing writes nothing. The password's hash is in no event.
--
-- Locks: the turnstile, after the user's row; the functions of api that change users take it before.
create function routing.user_snapshot(p_user crm.users) returns jsonb
language sql stable
return jsonb_build_object(
  'user_id', p_user.id, 'email', p_user.email, 'name', p_user.name, 'role', p_user.role, 'caller_id', p_user.caller_id, 'disabled', p_user.disabled_at is not null);

comment on function routing.user_snapshot(crm.users) is 'A user as the event log keeps it.';

create function routing.write_user_event(p_user crm.users, p_kind text, p_more jsonb default '{}') returns void
language sql volatile
as $$
  select routing.write_event(p_user.workspace_id, p_kind, null, null, routing.user_snapshot(p_user) || p_more)
$$;

comment on function routing.write_user_event(crm.users, text, jsonb) is 'Writes an event about a user: the user as it now is, and what more there is to say.';

create function routing.record_user_changes() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    perform routing.write_user_event(new, 'user.created');
    return null;
  end if;
  if routing.user_snapshot(new) - 'disabled' <> routing.user_snapshot(old) - 'disabled' then
    perform routing.write_user_event(new, 'user.updated');
  end if;
  if (new.disabled_at is null) <> (old.disabled_at is null) then
    perform routing.write_user_event(new, case when new.disabled_at is null then 'user.enabled' else 'user.disabled' end);
  end if;
  if new.password_hash <> old.password_hash then
    perform routing.write_user_event(new, 'user.password_changed');
  end if;
  return null;
end
$$;

comment on function routing.record_user_changes() is 'Trigger: writes the events of a user''s change: created, updated, enabled, disabled, password_changed.';

create trigger record_user_changes after insert or update on crm.users
for each row execute function routing.record_user_changes();
