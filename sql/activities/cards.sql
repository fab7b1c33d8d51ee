-- Tasks and activities as they are shown.
--
-- A task is of its owner, else of its caller, else of whoever has the lead now, or had it when it was closed. So tasks
-- go along with a lead that changes hands, without a row being written. While a lead is closed the tasks from before
-- rest: nobody is told to call somebody who was lost. They are there again when it is reopened.
create view core.task_cards as
select t.workspace_id, t.id, t.kind, t.title, t.due_on, t.due_at,
  coalesce(t.due_at, t.due_on::timestamp at time zone w.timezone) as due,
  coalesce(t.due_on, (t.due_at at time zone w.timezone)::date) as due_date,
  t.owner_id, u.name as owner_name,
  case when t.owner_id is null then coalesce(t.caller_id, o.caller_id) end as caller_id,
  case when t.owner_id is null then c.name end as caller_name,
  t.lead_id, l.name as lead_name, l.closed_at as lead_closed_at,
  t.origin, t.created_at, t.created_by, t.done_at, t.done_by, t.done_with, t.archived_at,
  t.done_at is null and t.archived_at is null and (l.closed_at is null or l.closed_at <= t.created_at) as is_open
from crm.tasks t
join crm.workspaces w on w.id = t.workspace_id
left join crm.leads l on l.workspace_id = t.workspace_id and l.id = t.lead_id
left join lateral (
  select k.caller_id from core.own_leads k
  where k.workspace_id = t.workspace_id and k.lead_id = t.lead_id and t.owner_id is null and t.caller_id is null
    and k.is_open = (l.closed_at is null) limit 1) o on true
left join crm.callers c on c.workspace_id = t.workspace_id and c.id = coalesce(t.caller_id, o.caller_id)
left join crm.users u on u.workspace_id = t.workspace_id and u.id = t.owner_id;

comment on view core.task_cards is
  'Each task with whose it is, when it is due, and whether it is open: neither done nor called off, nor older than the '
  'closing of its lead.';

create function core.task_json(p_task core.task_cards) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_task.id, 'etag', core.etag_of(p_task.workspace_id, 'task', p_task.id::text), 'kind', p_task.kind,
  'title', p_task.title, 'due_on', p_task.due_on, 'due_at', p_task.due_at, 'due_date', p_task.due_date,
  'is_open', p_task.is_open,
  'lead', case when p_task.lead_id is not null
    then jsonb_build_object('id', p_task.lead_id, 'name', p_task.lead_name) end,
  'caller', case when p_task.caller_id is not null
    then jsonb_build_object('id', p_task.caller_id, 'name', p_task.caller_name) end,
  'owner', case when p_task.owner_id is not null
    then jsonb_build_object('id', p_task.owner_id, 'name', p_task.owner_name) end,
  'origin', p_task.origin, 'created_at', p_task.created_at, 'created_by', core.name_actor(p_task.created_by),
  'done_at', p_task.done_at, 'done_by', core.name_actor(p_task.done_by), 'archived_at', p_task.archived_at);

comment on function core.task_json(core.task_cards) is 'A task as JSON, as the page and the API show it.';

create function core.activity_json(p_activity crm.activities) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'id', p_activity.id, 'lead_id', p_activity.lead_id, 'kind', p_activity.kind, 'direction', p_activity.direction,
    'at', p_activity.at, 'seconds', p_activity.seconds, 'title', p_activity.title, 'body', p_activity.body,
    'disposition', d.json, 'counts_as_contacted', p_activity.counts_as_contacted, 'task_id', p_activity.task_id,
    'by', coalesce(core.name_actor('user:' || p_activity.by_user), s.name),
    'caller', case when c.id is not null then jsonb_build_object('id', c.id, 'name', c.name) end,
    'external_id', p_activity.external_id, 'seq', p_activity.seq, 'withdrawn_at', p_activity.withdrawn_at,
    'is_own', p_activity.by_user is not distinct from core.current_user_id())
  from (select) one
  left join lateral (
    select jsonb_build_object('id', k.id, 'name', k.name) as json from crm.dispositions k
    where k.workspace_id = p_activity.workspace_id and k.id = p_activity.disposition_id) d on true
  left join lateral (
    select k.id, k.name from crm.callers k
    where k.workspace_id = p_activity.workspace_id and k.id = p_activity.by_caller) c on true
  left join lateral (
    select k.name from crm.sources k
    where k.workspace_id = p_activity.workspace_id and k.id = p_activity.source_id) s on true);

comment on function core.activity_json(crm.activities) is 'An activity as JSON, as the page and the API show it.';
