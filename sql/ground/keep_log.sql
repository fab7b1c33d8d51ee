-- What happened stays as it was recorded: the log, its seals and the leads they tell of are not taken away, and the log
-- is not edited, by whatever role. A superuser who turns triggers off can, and breaks the seals.
create function core.refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception '% is not allowed on %.%', tg_op, tg_table_schema, tg_table_name using errcode = 'restrict_violation',
    hint = tg_argv[0];
end
$$;

comment on function core.refuse_change() is 'Trigger: refuses whatever fires it, with its argument as the hint.';

create trigger keep_events before update or delete or truncate on crm.events
for each statement execute function core.refuse_change(
  'The log is append-only: what is to be put right is a new event.');
create trigger keep_event_seals before update or delete or truncate on crm.event_seals
for each statement execute function core.refuse_change('Seals are append-only: they prove that the log is as it was.');
create trigger keep_leads before delete or truncate on crm.leads
for each statement execute function core.refuse_change(
  'The log tells of leads for ever: close it, or update what it says.');
create trigger keep_lead_ids before update of workspace_id, id on crm.leads
for each row when ((old.workspace_id, old.id) is distinct from (new.workspace_id, new.id))
execute function core.refuse_change('The log knows the lead by its id.');
