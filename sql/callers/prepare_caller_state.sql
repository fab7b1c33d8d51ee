-- BEFORE INSERT on crm.caller_states: the state under its one name, or a clear refusal.
-- Errors: LD422 (column states) for a text that names no state of the workspace's country.
-- A caller's states are added and removed; a row is never updated, so that no change escapes the record.
create function routing.prepare_caller_state() returns trigger
language plpgsql
as $$
declare
  v_country text;
  v_state text;
begin
  if tg_op = 'UPDATE' then
    raise exception 'A caller''s state is not changed in place' using errcode = 'LD422', column = 'states',
      hint = 'Delete the row and insert another.';
  end if;
  select w.country into v_country from crm.workspaces w where w.id = new.workspace_id;
  v_state := core.find_state(v_country, new.state);
  if v_state is null then
    raise exception '"%" is no state of %', new.state, (select name from crm.countries where code = v_country)
      using errcode = 'LD422', column = 'states',
        hint = 'Write the state''s name or its ISO code, such as Maharashtra or MH.';
  end if;
  new.state := v_state;
  return new;
end
$$;

comment on function routing.prepare_caller_state() is
  'Trigger: turns the state a caller serves into its one name, or refuses it.';

create trigger prepare_caller_state before insert or update on crm.caller_states
for each row execute function routing.prepare_caller_state();
