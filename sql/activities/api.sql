-- Activities, for the page and the API. All act in core.current_workspace(), on leads in sight.
create function api.list_activities(p_lead_id uuid, p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_limit int := least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200);
  v_after crm.activities;
begin
  perform core.refuse_unseen(p_lead_id);
  select a.* into v_after from crm.activities a
  where a.workspace_id = v_workspace_id and a.id = (p_filter ->> 'after')::uuid and a.lead_id = p_lead_id;
  return (
    with found as (
      select a, a.id, row_number() over (order by a.at desc, a.id desc) as nr from crm.activities a
      where a.lead_id = p_lead_id and a.workspace_id + 0 = v_workspace_id
        and (v_after.id is null or (a.at, a.id) < (v_after.at, v_after.id))
      order by a.at desc, a.id desc limit v_limit + 1
    )
    select jsonb_build_object(
      'items', coalesce(jsonb_agg(core.activity_json(f.a) order by f.nr) filter (where f.nr <= v_limit), '[]'),
      'next', case when count(*) > v_limit then (array_agg(f.id) filter (where f.nr = v_limit))[1] end)
    from found f);
end
$$;

comment on function api.list_activities(uuid, jsonb) is
  'One page of what happened with a lead, the newest first, withdrawn activities too: {"items", "next" or null}. LD404 '
  'when there is no such lead in sight.';

-- What was logged by mistake. Whoever logged it may take it back within an hour, a manager within a day. It stays to be
-- read, and counts no more: the status follows from what is left, the task that it opened is called off, what it had
-- done is to be done again, and a lead that it closed is open again.
-- Errors: LD404 no such activity in sight; LD409 it is withdrawn already, of somebody else, or too old.
create function api.withdraw_activity(p_activity_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(core.current_workspace());
  v_now timestamptz := core.current_time();
  v_within interval := case when core.own_leads_only() then interval '1 hour' else interval '1 day' end;
  v_gone crm.activities;
  v_logged_at timestamptz;
begin
  select a.* into v_gone from crm.activities a where a.workspace_id = v_workspace.id and a.id = p_activity_id;
  select e.at into v_logged_at from crm.events e where e.workspace_id = v_workspace.id and e.seq = v_gone.seq;
  if v_gone.id is null or not core.sees_lead(v_gone.lead_id) then
    raise exception 'There is no activity %', p_activity_id using errcode = 'LD404';
  elsif v_gone.withdrawn_at is not null then
    raise exception 'It was taken back already' using errcode = 'LD409';
  elsif core.own_leads_only() and v_gone.by_user is distinct from core.current_user_id() then
    raise exception 'Somebody else logged it' using errcode = 'LD409', hint = 'Ask a manager to take it back.';
  elsif v_logged_at < v_now - v_within then
    raise exception 'It is too old to be taken back' using errcode = 'LD409', hint = 'Log what is right beside it.';
  end if;
  update crm.activities a
  set withdrawn_at = v_now,
    withdrawn_seq = core.write_event(v_workspace.id, 'activity.withdrawn', v_gone.lead_id, null,
      core.describe_activity(v_gone))
  where a.workspace_id = v_workspace.id and a.id = p_activity_id
  returning * into v_gone;
  update crm.tasks t set archived_at = v_now
  where t.workspace_id = v_workspace.id and t.id = v_gone.task_id and t.done_at is null and t.archived_at is null;
  update crm.tasks t set done_at = null, done_by = null, done_with = null
  where t.lead_id = v_gone.lead_id and t.workspace_id = v_workspace.id and t.done_with = p_activity_id;
  if core.is_closed_by(v_gone) then
    perform core.reopen_lead(v_gone.lead_id);
  else
    perform core.follow_activities(v_gone.lead_id, 'withdrawal');
  end if;
  return core.logged_json(v_gone);
end
$$;

comment on function api.withdraw_activity(uuid) is
  'Takes back an activity that was logged by mistake, with what followed from it. LD404 no such activity in sight, '
  'LD409 when it is too late, or somebody else''s.';

-- The lead was closed right after the activity, as what followed from it, and nobody has said anything since.
create function core.is_closed_by(p_activity crm.activities) returns boolean
language sql stable
as $$
  select coalesce(l.closed_at is not null and (
    select e.data ->> 'activity_id' = p_activity.id::text from crm.events e
    where e.lead_id = l.id and e.workspace_id + 0 = l.workspace_id and e.kind in ('lead.closed', 'lead.reopened')
    order by e.seq desc limit 1), false)
  from crm.leads l where l.workspace_id = p_activity.workspace_id and l.id = p_activity.lead_id
$$;

comment on function core.is_closed_by(crm.activities) is
  'Whether an activity has closed its lead, which is still closed.';

-- All that happened with a lead, as the log has it. What the log does not hold is looked up: what people wrote of an
-- activity, a task as it is now, why the lead was assigned.
create function api.list_timeline(p_lead_id uuid, p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_limit int := least(greatest(coalesce((p_filter ->> 'limit')::int, 30), 1), 200);
  v_hides_reasons boolean := core.own_leads_only();
begin
  perform core.refuse_unseen(p_lead_id);
  return (
    with found as (
      select e.*, row_number() over (order by e.seq desc) as nr from crm.events e
      where e.lead_id = p_lead_id and e.workspace_id + 0 = v_workspace_id
        and e.seq < coalesce((p_filter ->> 'after')::bigint, 9223372036854775807)
      order by e.seq desc limit v_limit + 1
    )
    select jsonb_build_object(
      'items', coalesce(jsonb_agg(jsonb_build_object(
        'seq', f.seq, 'at', f.at, 'kind', f.kind, 'actor', core.name_actor(f.actor), 'data', f.data,
        'caller', c.json, 'reason', case when not v_hides_reasons then a.assignment_reason end,
        'activity', k.json, 'task', t.json) order by f.nr) filter (where f.nr <= v_limit), '[]'),
      'next', case when count(*) > v_limit then (array_agg(f.seq) filter (where f.nr = v_limit))[1] end)
    from found f
    left join lateral (
      select s.assignment_reason from routing.assignments_of_lead(v_workspace_id, p_lead_id) s
      where s.seq = f.seq offset 0) a on true
    left join lateral (
      select jsonb_build_object('id', n.id, 'name', n.name) as json from crm.callers n
      where n.workspace_id = v_workspace_id and n.id = f.caller_id offset 0) c on true
    left join lateral (
      select core.activity_json(n) as json from crm.activities n
      where f.kind = 'activity.logged' and n.workspace_id = v_workspace_id
        and n.id = (f.data ->> 'activity_id')::uuid offset 0) k on true
    left join lateral (
      select core.task_json(n) as json from core.task_cards n
      where f.subject = 'task' and n.workspace_id = v_workspace_id and n.id = f.subject_id::uuid offset 0) t on true);
end
$$;

comment on function api.list_timeline(uuid, jsonb) is
  'One page of all that happened with a lead, the newest first: {"items", "next" or null}. LD404 when there is no such '
  'lead in sight.';
