-- A new workspace deals from its first lead on: to callers of the lead's state in turn, and if there are none, to everybody
-- in turn.
create function routing.make_default_plan() returns trigger
language plpgsql
as $$
begin
  insert into crm.rules (workspace_id, step, name, attributes)
  values (new.id, 1, 'state', array['state']), (new.id, 2, 'global', array[]::text[]);
  return null;
end
$$;

comment on function routing.make_default_plan() is 'Trigger: gives a new workspace the default plan, state and then global, both round robin.';

create trigger make_default_plan after insert on crm.workspaces
for each row execute function routing.make_default_plan();
