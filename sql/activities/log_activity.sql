-- Logging what happened with a lead: the activity, what it means for the lead, and the task that came of it are one
-- transaction behind the turnstile. So of two who log at the same moment one comes first, and with If-Match (the lead's
-- etag) the other is told. The activity is an event about the lead itself: its etag changes.
--
-- What follows from an activity: if the person was reached, a new lead is contacted. Any contact of the caller who has
-- the lead, and any that reached the person, claims it, also when the time to claim it has just run out: the tick has
-- not taken it back, and the person was called. What was due by the end of the day and is of the same kind is done
-- with; so is what is due later, if a new task of that kind takes its place. A disposition may end the lead.
--
-- p_activity: {"kind", "direction", "at", "seconds", "title", "body", "disposition_id", "external_id", "reason",
-- "task": {"kind", "title", "due_on" or "due_at"}}, all optional. What was logged by mistake is withdrawn.
--
-- Errors: LD404 no such lead in sight; LD409 (column disposition_id) it is archived, (column external_id) it is known
-- of another lead; LD422 for what cannot be, by column.
create function core.read_activity(p_workspace crm.workspaces, p_lead_id uuid, p_activity jsonb, p_now timestamptz)
returns crm.activities
language plpgsql stable
as $$
declare
  v_made crm.activities := jsonb_populate_record(null::crm.activities,
    jsonb_build_object('kind', 'call') || jsonb_strip_nulls(p_activity - '{at,task,reason,lead_id,seq}'::text[]));
  v_disposition crm.dispositions;
begin
  v_made.workspace_id := p_workspace.id;
  v_made.id := crm.new_id();
  v_made.lead_id := p_lead_id;
  v_made.at := coalesce(core.read_timestamp(p_activity ->> 'at', p_workspace.timezone), p_now);
  v_made.body := nullif(trim(v_made.body), '');
  v_made.title := nullif(trim(v_made.title), '');
  v_made.by_user := core.current_user_id();
  v_made.by_caller := case when v_made.kind <> 'note' then core.current_caller() end;
  if v_made.kind in ('call', 'email', 'whatsapp', 'sms') then
    v_made.direction := coalesce(v_made.direction, 'out');
  end if;
  if v_made.at > p_now + interval '5 minutes' then
    raise exception 'That is still to come' using errcode = 'LD422', column = 'at',
      hint = 'What is to happen is a task.';
  end if;
  if v_made.disposition_id is null then
    v_made.counts_as_contacted := v_made.kind in ('meeting', 'visit') or coalesce(v_made.direction = 'in', false)
      or (v_made.kind = 'call' and coalesce(v_made.seconds, 0) > 0);
    if v_made.kind = 'note' and v_made.body is null then
      raise exception 'A note says something' using errcode = 'LD422', column = 'body';
    end if;
    return v_made;
  end if;
  v_disposition := core.find_disposition(v_made.disposition_id);
  v_made.counts_as_contacted := v_disposition.counts_as_contacted;
  if v_made.kind = 'note' then
    raise exception 'Nothing comes of a note' using errcode = 'LD422', column = 'disposition_id',
      hint = 'Log a call, an e-mail or a meeting.';
  elsif v_disposition.needs_note and v_made.body is null then
    raise exception 'With "%" goes a note', v_disposition.name using errcode = 'LD422', column = 'body',
      hint = 'Say in a few words why.';
  elsif v_disposition.needs_time and jsonb_typeof(p_activity -> 'task') is distinct from 'object' then
    raise exception 'With "%" goes a time', v_disposition.name using errcode = 'LD422', column = 'task',
      hint = 'Say when to call again: due_at, or due_on for a day.';
  end if;
  return v_made;
end
$$;

comment on function core.read_activity(crm.workspaces, uuid, jsonb, timestamptz) is
  'An activity from JSON, with defaults, as it is to be stored. LD422 for what cannot be.';

create function core.find_disposition(p_id int) returns crm.dispositions
language plpgsql stable
as $$
declare
  v_disposition crm.dispositions;
begin
  select d.* into v_disposition from crm.dispositions d
  where d.workspace_id = core.current_workspace() and d.id = p_id;
  if not found then
    raise exception 'There is no disposition %', p_id using errcode = 'LD422', column = 'disposition_id';
  elsif v_disposition.archived_at is not null then
    raise exception 'The disposition % is archived', v_disposition.name using errcode = 'LD409',
      column = 'disposition_id', hint = 'Choose another one.';
  end if;
  return v_disposition;
end
$$;

comment on function core.find_disposition(int) is
  'A disposition that is offered. LD422 when there is none, LD409 when it is archived.';

create function core.describe_activity(p_activity crm.activities) returns jsonb
language sql stable
return jsonb_strip_nulls(jsonb_build_object(
  'activity_id', p_activity.id, 'activity', p_activity.kind, 'direction', p_activity.direction,
  'disposition', (
    select d.name from crm.dispositions d
    where d.workspace_id = p_activity.workspace_id and d.id = p_activity.disposition_id),
  'contacted', case when p_activity.counts_as_contacted then true end));

comment on function core.describe_activity(crm.activities) is
  'An activity as its events tell it. What people wrote is not in it.';

-- The task that the person asks for, or that the disposition opens, in hours in which the lead's caller works.
create function core.task_of_activity(
  p_activity crm.activities, p_task jsonb, p_lead core.lead_cards, p_now timestamptz) returns crm.tasks
language plpgsql volatile
as $$
declare
  v_hours int := (
    select d.task_hours from crm.dispositions d
    where d.workspace_id = p_activity.workspace_id and d.id = p_activity.disposition_id);
  v_task crm.tasks;
begin
  if jsonb_typeof(p_task) = 'object' then
    v_task := core.read_task(p_task || jsonb_build_object('lead_id', p_lead.id), 'hand', p_now);
  elsif v_hours is not null then
    v_task := core.read_task(jsonb_build_object('lead_id', p_lead.id, 'due_at', routing.add_working_hours(
      p_activity.workspace_id, p_lead.caller_id, p_now, v_hours)), 'disposition', p_now);
  end if;
  return v_task;
end
$$;

comment on function core.task_of_activity(crm.activities, jsonb, core.lead_cards, timestamptz) is
  'The task that is to come of an activity; null for none.';

create function core.log_activity(p_lead_id uuid, p_activity jsonb) returns crm.activities
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lead core.lead_cards := core.lead_to_work(p_lead_id);
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = v_lead.workspace_id);
  v_now timestamptz := core.current_time();
  v_made crm.activities;
  v_task crm.tasks;
  v_ends_as crm.lead_status;
begin
  select a.* into v_made from crm.activities a
  where a.workspace_id = v_workspace.id and a.external_id = p_activity ->> 'external_id' and a.source_id is null;
  if v_made.lead_id <> p_lead_id then
    raise exception 'The activity % is known of another lead', v_made.external_id
      using errcode = 'LD409', column = 'external_id';
  elsif v_made.id is not null then
    return v_made;
  end if;
  v_made := core.read_activity(v_workspace, p_lead_id, p_activity, v_now);
  select d.closes_as into v_ends_as from crm.dispositions d
  where d.workspace_id = v_made.workspace_id and d.id = v_made.disposition_id;
  v_task := core.task_of_activity(v_made, p_activity -> 'task', v_lead, v_now);
  v_made.task_id := v_task.id;
  v_made.seq := core.write_event(v_workspace.id, 'activity.logged', p_lead_id, null, core.describe_activity(v_made));
  perform core.claim_by_activity(v_lead, v_made, v_now);
  perform core.finish_tasks(v_made, v_task.id is not null, v_now);
  if v_ends_as is not null then
    perform set_config('fairlead.status_follows', 'activity', true);
    perform core.close_lead(p_lead_id, v_ends_as, coalesce(nullif(trim(p_activity ->> 'reason'), ''), (
      select d.name from crm.dispositions d
      where d.workspace_id = v_workspace.id and d.id = v_made.disposition_id)), v_made.id);
    perform set_config('fairlead.status_follows', '', true);
  end if;
  v_task.created_at := core.current_time();  -- after the closing: it does not rest
  perform core.store_task(v_task);
  insert into crm.activities (workspace_id, id, kind, direction, at, seconds, title, body, disposition_id,
    counts_as_contacted, lead_id, task_id, by_user, by_caller, external_id, seq)
  values (v_made.workspace_id, v_made.id, v_made.kind, v_made.direction, v_made.at, v_made.seconds, v_made.title,
    v_made.body, v_made.disposition_id, v_made.counts_as_contacted, p_lead_id, v_made.task_id, v_made.by_user,
    v_made.by_caller, v_made.external_id, v_made.seq);
  perform core.follow_activities(p_lead_id, 'activity');
  return v_made;
end
$$;

comment on function core.log_activity(uuid, jsonb) is 'What api.log_activity() does, as the owner, to a lead in sight.';

create function core.claim_by_activity(p_lead core.lead_cards, p_activity crm.activities, p_now timestamptz)
returns void
language plpgsql volatile
as $$
begin
  if p_lead.assignment_status = 'assigned' and p_lead.claimed_at is null and p_activity.kind <> 'note'
     and (p_activity.counts_as_contacted or p_activity.by_caller = p_lead.caller_id) then
    update crm.lead_assignments a set claimed_at = p_now
    where a.lead_id = p_lead.id and a.workspace_id = p_lead.workspace_id and a.ended_at is null;
    perform core.write_event(p_lead.workspace_id, 'lead.claimed', p_lead.id, p_lead.caller_id, jsonb_build_object(
      'activity_id', p_activity.id));
  end if;
end
$$;

comment on function core.claim_by_activity(core.lead_cards, crm.activities, timestamptz) is
  'Claims a lead for its caller by an activity that is one.';

create function core.finish_tasks(p_activity crm.activities, p_has_next boolean, p_now timestamptz) returns void
language sql volatile
as $$
  update crm.tasks t set done_at = p_now, done_by = core.current_actor(), done_with = p_activity.id
  from crm.workspaces w
  where t.lead_id = p_activity.lead_id and t.workspace_id = p_activity.workspace_id and t.kind = p_activity.kind
    and t.done_at is null and t.archived_at is null
    and coalesce(t.owner_id = p_activity.by_user, true)
    and w.id = t.workspace_id
    and (p_has_next or coalesce(t.due_on, (t.due_at at time zone w.timezone)::date) <= core.business_date(w, p_now))
$$;

comment on function core.finish_tasks(crm.activities, boolean, timestamptz) is
  'Has an activity do the tasks of its lead and kind that are due by the end of the day, or with a next one all.';

-- Only how far it has come; what ended stays ended.
create function core.follow_activities(p_lead_id uuid, p_follows text) returns void
language plpgsql volatile
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_status crm.lead_status := routing.derive_status(v_workspace_id, p_lead_id);
begin
  perform set_config('fairlead.status_follows', p_follows, true);
  update crm.leads l set status = nullif(v_status, 'new')
  where l.workspace_id = v_workspace_id and l.id = p_lead_id and coalesce(l.status, 'new') <> v_status
    and not routing.ends_lead(l.status);
  perform set_config('fairlead.status_follows', '', true);
end
$$;

comment on function core.follow_activities(uuid, text) is
  'Has the status of a lead follow from its activities, unless it has ended.';

create function core.logged_json(p_activity crm.activities) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'activity', core.activity_json(p_activity),
    'task', (
      select core.task_json(t) from core.task_cards t
      where t.workspace_id = p_activity.workspace_id and t.id = p_activity.task_id),
    'lead', (
      select core.lead_json(l) from core.lead_cards l
      where l.workspace_id = p_activity.workspace_id and l.id = p_activity.lead_id),
    'etag', core.etag_of(p_activity.workspace_id, 'lead', p_activity.lead_id::text))
$$;

comment on function core.logged_json(crm.activities) is
  'An activity with its task and its lead as it is now, as JSON; the etag is that of the lead.';

create function api.log_activity(p_lead_id uuid, p_activity jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_made crm.activities := core.log_activity(p_lead_id, p_activity);
begin
  return core.logged_json(v_made);
end
$$;

comment on function api.log_activity(uuid, jsonb) is
  'Logs what happened with a lead, with what follows from it: status, closing, claim, tasks. The same external_id '
  'again is answered with the first. LD404 no such lead; LD409, LD422: see log_activity.sql.';
