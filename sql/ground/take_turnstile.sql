-- The turnstile: one transaction at a time deals a workspace's leads or writes its events.
--
-- Locks: the row of crm.workspaces, FOR NO KEY UPDATE. Dealing takes no other row lock before it. Plain FOR UPDATE
-- would wait for the foreign-key checks of whatever else is being made in the workspace. After the wait every further
-- statement sees what the one before committed (read committed); a repeatable-read transaction gets a serialization
-- failure to retry.
-- Errors: LD404 when there is no such workspace; LD412 when what the transaction expects has changed: see record.sql.
create function core.take_turnstile(p_workspace_id int) returns crm.workspaces
language plpgsql volatile
as $$
declare
  v_workspace crm.workspaces;
begin
  select w.* into v_workspace from crm.workspaces w where w.id = p_workspace_id for no key update;
  if not found then
    raise exception 'There is no workspace %', p_workspace_id using errcode = 'LD404';
  end if;
  if current_setting('fairlead.expected', true) <> '' then
    perform core.check_expected(p_workspace_id);
  end if;
  return v_workspace;
end
$$;

comment on function core.take_turnstile(int) is
  'Locks a workspace''s row until the transaction ends and returns it: each transaction that deals leads or writes '
  'events passes here first.';
