-- Every change of a workspace's settings is an event that holds them as they are from then on, whoever makes it.
-- Numbering an event changes the workspace's row too, and is none.
-- Locks: the turnstile, which is the row that changes.
create function core.record_workspace_changes() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    perform core.write_event(new.id, 'workspace.created', null, null, core.workspace_json(new));
  elsif core.workspace_json(new) <> core.workspace_json(old) then
    perform core.write_event(new.id, 'workspace.updated', null, null, core.workspace_json(new));
  end if;
  return null;
end
$$;

comment on function core.record_workspace_changes() is
  'Trigger: writes an event with a workspace''s settings as they now are, when they were really changed.';

-- Triggers fire in the order of their names: the plan is made first.
create trigger record_workspace_insert after insert on crm.workspaces
for each row execute function core.record_workspace_changes();
create trigger record_workspace_update after update on crm.workspaces
for each row when (old.event_seq = new.event_seq) execute function core.record_workspace_changes();
