-- The turnstile: one transaction at a time deals a workspace's leads or writes its events.
--
-- Locks: the row of crm.workspaces, FOR NO KEY UPDATE. Dealing takes no other row lock before it. Plain FOR UPDATE
-- would wait for the foreign-key checks of whatever else is being made in the workspace. After the wait every further
-- statement sees what the one before committed (read committed); a repeatable-read transaction gets a serialization
-- failure to retry.
-- Who knows which events will follow may take their numbers here (p_events) instead of by reserve_events(), which is a
-- statement less. The last of them is event_seq of the row, and each must be written.
-- Errors: LD404 when there is no such workspace; LD412 when what the transaction expects has changed: see record.sql.
create function core.take_turnstile(p_workspace_id int, p_events int default 0) returns crm.workspaces
language plpgsql volatile
as $$
declare
  v_workspace crm.workspaces;
begin
  if p_events > 0 and core.ring(p_workspace_id) then
    update crm.workspaces w set event_seq = w.event_seq + p_events where w.id = p_workspace_id
    returning w.* into v_workspace;
  else
    select w.* into v_workspace from crm.workspaces w where w.id = p_workspace_id for no key update;
  end if;
  if v_workspace.id is null then
    raise exception 'There is no workspace %', p_workspace_id using errcode = 'LD404';
  end if;
  if current_setting('fairlead.expected', true) <> '' then
    perform core.check_expected(p_workspace_id);
  end if;
  return v_workspace;
end
$$;

comment on function core.take_turnstile(int, int) is
  'Locks a workspace''s row until the transaction ends and returns it, with numbers taken for so many events: each '
  'transaction that deals leads or writes events passes here first.';
