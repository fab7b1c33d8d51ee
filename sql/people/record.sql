-- Users and workspaces as the log keeps them. The password's hash is in no event; that it was changed is an event.
create function core.user_snapshot(p_user crm.users) returns jsonb
language sql stable
return jsonb_build_object(
  'user_id', p_user.id, 'email', p_user.email, 'name', p_user.name, 'role', p_user.role,
  'caller_id', p_user.caller_id, 'disabled', p_user.disabled_at is not null);

comment on function core.user_snapshot(crm.users) is 'A user as the event log keeps it.';

create function core.write_user_event(p_user crm.users, p_kind text, p_more jsonb default '{}') returns void
language sql volatile
as $$
  select core.write_event(
    p_user.workspace_id, p_kind, null, null, core.user_snapshot(p_user) || p_more, 'user', p_user.id::text)
$$;

comment on function core.write_user_event(crm.users, text, jsonb) is
  'Writes an event about a user: the user as it now is, and what more there is to say.';

create function core.record_password() returns trigger
language plpgsql
as $$
begin
  update crm.sign_in_links l set ended_at = core.current_time(), mail_due_at = null
  where l.workspace_id = new.workspace_id and l.user_id = new.id and l.used_at is null and l.ended_at is null;
  perform core.write_user_event(new, 'user.password_changed');
  return null;
end
$$;

comment on function core.record_password() is
  'Trigger: writes an event for a user whose password was changed, and ends the link by which they could set one.';

create trigger record_password after update of password_hash on crm.users
for each row when (old.password_hash is distinct from new.password_hash) execute function core.record_password();
select core.make_record('crm.users', 'user', 'core.user_snapshot(crm.users)', p_end => 'disabled');

-- A caller is disabled while the one person who signs in as this caller is disabled. A caller without such a person is
-- never disabled: many work without a login, and taking the person away from a caller makes it one of these. The open
-- leads of a caller who is disabled now go where the settings of the workspace say, after a plain update too, unless
-- the function that does it says where (fairlead.hands_over).
-- Locks: the caller's row, then (by the trigger there) the turnstile. Fires before the trigger that records, which is
-- of the statement.
create function core.note_absence() returns trigger
language plpgsql
as $$
declare
  v_before crm.callers;
  v_is_disabled boolean;
begin
  for v_before in
    select c.* from crm.callers c
    where c.workspace_id = new.workspace_id and c.id in (new.caller_id, case when tg_op = 'UPDATE'
      then old.caller_id end)
    order by c.id
  loop
    v_is_disabled := exists (
      select from crm.users u
      where u.workspace_id = v_before.workspace_id and u.caller_id = v_before.id and u.disabled_at is not null);
    continue when v_is_disabled = v_before.is_disabled;
    update crm.callers c set is_disabled = v_is_disabled
    where c.workspace_id = v_before.workspace_id and c.id = v_before.id;
    if v_is_disabled and coalesce(current_setting('fairlead.hands_over', true), '') = '' then
      perform routing.hand_over_json(v_before, null);
    end if;
  end loop;
  return null;
end
$$;

comment on function core.note_absence() is
  'Trigger: keeps callers.is_disabled true while the person who signs in as the caller is disabled, and hands over the '
  'open leads.';

create trigger note_absence after insert or update of caller_id, disabled_at on crm.users
for each row execute function core.note_absence();

create function core.workspace_json(p_workspace crm.workspaces) returns jsonb
language sql stable
return jsonb_build_object(
  'name', p_workspace.name, 'timezone', p_workspace.timezone, 'country', p_workspace.country,
  'drains_queue', p_workspace.drains_queue,
  'leads_of_gone', p_workspace.leads_of_gone, 'leads_of_away', p_workspace.leads_of_away,
  'requires_factor', p_workspace.requires_factor, 'placeholders', p_workspace.placeholders,
  'holds_unreachable', p_workspace.holds_unreachable, 'managers_may', to_jsonb(p_workspace.managers_may));

comment on function core.workspace_json(crm.workspaces) is
  'A workspace''s settings as JSON, as the page, the API and the event log show them.';

-- Numbering an event changes the row too, for every batch of leads.
select core.make_record('crm.workspaces', 'workspace', 'core.workspace_json(crm.workspaces)',
  p_aside => '{event_seq,placeholder_pattern,placeholder_signs}');
