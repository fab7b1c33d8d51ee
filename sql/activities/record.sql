-- Dispositions and tasks as the log keeps them. A task is below its lead: who has the lead hears of it.
create function core.disposition_snapshot(p_disposition crm.dispositions) returns jsonb
language sql immutable
return jsonb_build_object(
  'id', p_disposition.id, 'name', p_disposition.name, 'position', p_disposition.position,
  'counts_as_contacted', p_disposition.counts_as_contacted, 'task_hours', p_disposition.task_hours,
  'needs_time', p_disposition.needs_time, 'closes_as', p_disposition.closes_as,
  'needs_note', p_disposition.needs_note, 'archived', p_disposition.archived_at is not null);

comment on function core.disposition_snapshot(crm.dispositions) is 'A disposition as the event log keeps it.';

create function core.task_snapshot(p_task crm.tasks) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_build_object(
    'id', p_task.id, 'kind', p_task.kind, 'title', p_task.title, 'due_on', p_task.due_on, 'due_at', p_task.due_at,
    'owner_id', p_task.owner_id, 'caller_id', p_task.caller_id, 'lead_id', p_task.lead_id, 'origin', p_task.origin,
    'done', p_task.done_at is not null, 'done_with', p_task.done_with, 'archived', p_task.archived_at is not null)
$$;

comment on function core.task_snapshot(crm.tasks) is 'A task as the event log keeps it.';

select core.make_record('crm.dispositions', 'disposition', 'core.disposition_snapshot(crm.dispositions)'),
  core.make_record('crm.tasks', 'task', 'core.task_snapshot(crm.tasks)', p_end => 'done');

-- What a workspace begins with; its managers change it.
create function core.make_dispositions(p_workspace_id int) returns void
language sql volatile
as $$
  insert into crm.dispositions (workspace_id, position, name, counts_as_contacted, task_hours, needs_time, closes_as,
    needs_note, created_at)
  select p_workspace_id, d.*, core.current_time()
  from (values
    (1, 'No answer', false, 4, false, null::crm.lead_status, false),
    (2, 'Busy', false, 1, false, null, false),
    (3, 'Call back', true, null, true, null, false),
    (4, 'Interested', true, null, false, null, false),
    (5, 'Converted', true, null, false, 'converted', false),
    (6, 'Not interested', true, null, false, 'lost', true),
    (7, 'Already bought', true, null, false, 'lost', false),
    (8, 'Wrong number', false, null, false, 'junk', false)) d
  where not exists (select from crm.dispositions o where o.workspace_id = p_workspace_id)
$$;

comment on function core.make_dispositions(int) is
  'Gives a workspace that has no disposition, not even an archived one, those to begin with.';

create function core.make_dispositions() returns trigger
language plpgsql
as $$
begin
  perform core.make_dispositions(new.id);
  return null;
end
$$;

comment on function core.make_dispositions() is 'Trigger: gives a new workspace its dispositions.';

create trigger make_dispositions after insert on crm.workspaces
for each row when (new.id > 0) execute function core.make_dispositions();  -- a simulation needs none
