-- Tasks, for the page and the API. All act in core.current_workspace(). Whose a task is: core.task_cards. A day is one
-- of the workspace, from its midnight to the next: a task is overdue from the midnight after its date on.
--
-- Errors: LD404 no such task in sight; LD409 it is archived; LD422 for what cannot be, by column.
create function core.read_task(p_task jsonb, p_origin text, p_now timestamptz) returns crm.tasks
language plpgsql stable
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_task crm.tasks := jsonb_populate_record(null::crm.tasks, jsonb_strip_nulls(p_task - '{due_at,due_on}'::text[]));
  v_name text := (
    select coalesce(l.name, 'the lead') from crm.leads l
    where l.workspace_id = v_workspace.id and l.id = v_task.lead_id);
begin
  v_task.workspace_id := v_workspace.id;
  v_task.id := crm.new_id();
  v_task.kind := coalesce(v_task.kind, 'call');
  v_task.title := coalesce(nullif(trim(v_task.title), ''), left(case v_task.kind
    when 'call' then 'Call ' when 'email' then 'Write to ' when 'meeting' then 'Meet ' when 'visit' then 'Visit '
    when 'whatsapp' then 'Write to ' when 'sms' then 'Write to ' end || v_name, 200));
  v_task.origin := p_origin;
  v_task.created_at := p_now;
  v_task.created_by := core.current_actor();
  v_task.due_at := core.read_timestamp(p_task ->> 'due_at', v_workspace.timezone);
  v_task.due_on := core.read_task_date(p_task ->> 'due_on');
  if num_nonnulls(v_task.due_on, v_task.due_at) <> 1 then
    raise exception 'A task is due on a day or at a time' using errcode = 'LD422', column = 'due_at',
      hint = 'Send either due_on, such as 2026-01-31, or due_at, such as 2026-01-31T15:00:00+05:30.';
  elsif v_task.title is null then
    raise exception 'A task says what is to be done' using errcode = 'LD422', column = 'title';
  end if;
  return v_task;
end
$$;

comment on function core.read_task(jsonb, text, timestamptz) is
  'A task from JSON, with defaults, as it is to be stored. LD422 for one that is due never or twice.';

create function core.store_task(p_task crm.tasks) returns void
language sql volatile
as $$
  insert into crm.tasks (
    workspace_id, id, kind, title, due_on, due_at, owner_id, caller_id, lead_id, origin, created_at, created_by)
  select p_task.workspace_id, p_task.id, p_task.kind, p_task.title, p_task.due_on, p_task.due_at, p_task.owner_id,
    p_task.caller_id, p_task.lead_id, p_task.origin, p_task.created_at, p_task.created_by
  where p_task.id is not null
$$;

comment on function core.store_task(crm.tasks) is 'Stores a new task, unless it is none.';

create function core.read_task_date(p_date text) returns date
language plpgsql immutable
as $$
begin
  if p_date !~ '^(?!000[01]|9999)\d{4}-\d\d-\d\d$' then
    raise invalid_datetime_format;
  end if;
  return make_date(split_part(p_date, '-', 1)::int, split_part(p_date, '-', 2)::int, split_part(p_date, '-', 3)::int);
exception when data_exception then
  raise exception '"%" is no date', p_date using errcode = 'LD422', column = 'due_on',
    hint = 'Write a date such as 2026-01-31.';
end
$$;

comment on function core.read_task_date(text) is 'A date as tasks have it. LD422 (column due_on) for what is none.';

-- Which: {"when": "overdue", "today", "later", "open" (all three; the default) or "done", "mine": true for those of who
-- asks, "caller_id", "lead_id", "after": "<due or done>_<id>"}, all optional. Who sees own leads alone sees own tasks
-- alone. Open ones come in the order in which they are due, done ones the newest first. Asked as the owner: what is
-- given out is in sight.
--
-- Whose a task is, and whether it rests, is looked at in that order until the page is full; a caller's own are first
-- found by the leads that the caller has, or closed.
create function core.find_tasks(p_filter jsonb, p_limit int) returns setof core.task_cards
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_today date := core.business_date(v_workspace, core.current_time());
  v_when text := coalesce(p_filter ->> 'when', 'open');
  v_mine boolean := core.own_leads_only() or coalesce((p_filter ->> 'mine')::boolean, false);
  v_from date := case v_when when 'today' then v_today when 'later' then v_today + 1 end;
  v_until date := case v_when when 'overdue' then v_today - 1 when 'today' then v_today end;
  v_whose text := case
    when v_mine then '(t.caller_id = $3 or t.owner_id = $4 or t.lead_id in (%s))'
    when p_filter ? 'caller_id' then '(t.caller_id = $3 or t.lead_id in (%s))' end;
begin
  return query execute format($query$
    select c.* from (
      select t.id, %1$s as moment from crm.tasks t
      where t.workspace_id = $1 and %2$s
      order by moment %3$s, t.id %3$s offset 0) f
    cross join lateral (
      select k.* from core.task_cards k where k.workspace_id = $1 and k.id = f.id offset 0) c
    where %4$s
    limit $9 $query$,
    case when v_when = 'done' then '(t.done_at)' else 'coalesce(t.due_at, t.due_on::timestamp at time zone $2)' end,
    concat_ws(' and ',
      case when v_when = 'done' then 't.done_at is not null' else 't.done_at is null and t.archived_at is null' end,
      case when v_from is not null then '(t.due_on >= $5 or t.due_at >= $5::timestamp at time zone $2)' end,
      case when v_until is not null then '(t.due_on <= $6 or t.due_at < ($6 + 1)::timestamp at time zone $2)' end,
      case when p_filter ? 'lead_id' then 't.lead_id = $7' end,
      format(v_whose, 'select a.lead_id from crm.lead_assignments a where a.caller_id = $3 and a.workspace_id = $1'
        ' and (a.ended_at is null or a.status = ''closed'')'),
      case when p_filter ? 'after' and v_when = 'done' then '(t.done_at, t.id) < ($8, $10)'
        when p_filter ? 'after'
        then '(coalesce(t.due_at, t.due_on::timestamp at time zone $2), t.id) > ($8, $10)' end),
    case when v_when = 'done' then 'desc' else 'asc' end,
    concat_ws(' and ', case when v_when = 'done' then 'true' else '(c.is_open)' end,
      case when v_mine then '(c.caller_id = $3 or c.owner_id = $4)' when v_whose is not null
        then 'c.caller_id = $3' end))
    using v_workspace.id, v_workspace.timezone,
      case when v_mine then core.current_caller() else (p_filter ->> 'caller_id')::uuid end, core.current_user_id(),
      v_from, v_until, (p_filter ->> 'lead_id')::uuid, split_part(p_filter ->> 'after', '_', 1)::timestamptz, p_limit,
      split_part(p_filter ->> 'after', '_', 2)::uuid;
end
$$;

comment on function core.find_tasks(jsonb, int) is
  'Tasks in sight that pass a filter: open ones in the order in which they are due, done ones the newest first.';

create function api.list_tasks(p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit int := least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200);
begin
  return (
    with found as (
      select t.*, row_number() over () as nr from core.find_tasks(p_filter, v_limit + 1) t
    )
    select jsonb_build_object(
      'items', coalesce(jsonb_agg(j.task order by f.nr) filter (where f.nr <= v_limit), '[]'),
      'next', case when count(*) > v_limit then (
        array_agg(to_char(case when p_filter ->> 'when' = 'done' then f.done_at else f.due end at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '_' || f.id order by f.nr) filter (where f.nr = v_limit))[1] end)
    from found f
    cross join lateral (
      select core.task_json(c) as task from core.task_cards c
      where c.workspace_id = f.workspace_id and c.id = f.id) j);
end
$$;

comment on function api.list_tasks(jsonb) is 'One page of tasks: {"items": [...], "next": cursor or null}.';

create function api.count_tasks(p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_object_agg(w.name, (
      select count(*) from core.find_tasks(p_filter || jsonb_build_object('when', w.name), 1000)))
    from unnest('{overdue,today,later}'::text[]) w (name));
end
$$;

comment on function api.count_tasks(jsonb) is
  'How many open tasks pass a filter: {"overdue", "today", "later"}, up to 1,000 of each.';

create function core.task_in_sight(p_task_id uuid) returns core.task_cards
language plpgsql stable
as $$
declare
  v_task core.task_cards;
begin
  select t.* into v_task from core.task_cards t where t.workspace_id = core.current_workspace() and t.id = p_task_id;
  if not found or core.own_leads_only() and not coalesce(
      v_task.owner_id = core.current_user_id() or v_task.owner_id is null and v_task.caller_id = core.current_caller(),
      false) then
    raise exception 'There is no task %', p_task_id using errcode = 'LD404';
  end if;
  return v_task;
end
$$;

comment on function core.task_in_sight(uuid) is
  'A task that the acting role sees: callers their own. LD404 for others.';

create function api.get_task(p_task_id uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select core.task_json(core.task_in_sight(p_task_id))
$$;

comment on function api.get_task(uuid) is 'One task. LD404 when there is none in sight.';

-- Of a lead it is whoever's the lead is, unless a manager says whose. Without a lead or a caller it is one's own.
create function api.create_task(p_task jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(core.current_workspace());
  v_task crm.tasks := core.read_task(p_task - 'owner_id', 'hand', core.current_time());
begin
  if v_task.lead_id is not null and not core.sees_lead(v_task.lead_id) then
    raise exception 'There is no lead %', v_task.lead_id using errcode = 'LD422', column = 'lead_id';
  elsif core.own_leads_only() and v_task.caller_id <> core.current_caller() then
    raise exception 'A caller makes tasks for nobody else' using errcode = 'LD403', column = 'caller_id',
      hint = 'Leave it out.';
  elsif v_task.caller_id is not null and not exists (
    select from crm.callers c
    where c.workspace_id = v_workspace.id and c.id = v_task.caller_id and c.archived_at is null) then
    raise exception 'There is no caller %', v_task.caller_id using errcode = 'LD422', column = 'caller_id';
  end if;
  if num_nonnulls(v_task.lead_id, v_task.caller_id) = 0 then
    v_task.owner_id := core.current_user_id();
  end if;
  perform core.store_task(v_task);
  return api.get_task(v_task.id);
end
$$;

comment on function api.create_task(jsonb) is
  'Makes a task from {"title", "kind", "due_on" or "due_at", "lead_id", "caller_id"}. LD422 for what cannot be, LD403 '
  '(column caller_id) when a caller names another.';

create function core.task_to_change(p_task_id uuid) returns crm.tasks
language plpgsql volatile
as $$
begin
  perform core.take_turnstile(core.current_workspace());
  perform core.task_in_sight(p_task_id);
  return core.lock_record(null::crm.tasks, 'task', p_task_id::text);
end
$$;

comment on function core.task_to_change(uuid) is
  'A task in sight, locked for a change behind the turnstile. LD404 when there is none, LD409 when it is called off.';

create function api.update_task(p_task_id uuid, p_change jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before crm.tasks := core.task_to_change(p_task_id);
  v_moves boolean := p_change ?| '{due_on,due_at}';
  v_after crm.tasks := core.read_task(jsonb_build_object(
    'title', v_before.title, 'kind', v_before.kind, 'lead_id', v_before.lead_id)
    || case when v_moves then '{}' else jsonb_build_object('due_on', v_before.due_on, 'due_at', v_before.due_at) end
    || p_change, v_before.origin, v_before.created_at);
begin
  if v_before.done_at is not null then
    raise exception 'The task is done' using errcode = 'LD409', hint = 'Reopen it first.';
  end if;
  update crm.tasks t
  set title = v_after.title, kind = v_after.kind, due_on = v_after.due_on, due_at = v_after.due_at
  where t.workspace_id = v_before.workspace_id and t.id = p_task_id;
  return api.get_task(p_task_id);
end
$$;

comment on function api.update_task(uuid, jsonb) is
  'Changes what is given of a task: {"title", "kind", "due_on" or "due_at"}. LD404 when there is none in sight, LD409 '
  'when it is done or called off.';

create function core.finish_task(p_task_id uuid, p_is_done boolean) returns void
language plpgsql volatile
as $$
declare
  v_before crm.tasks := core.task_to_change(p_task_id);
begin
  update crm.tasks t
  set done_at = case when p_is_done then core.current_time() end,
    done_by = case when p_is_done then core.current_actor() end, done_with = null
  where t.workspace_id = v_before.workspace_id and t.id = p_task_id and (t.done_at is null) = p_is_done;
end
$$;

comment on function core.finish_task(uuid, boolean) is 'Says that a task in sight is done, or is not; twice is once.';

create function api.finish_task(p_task_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.finish_task(p_task_id, true);
  return api.get_task(p_task_id);
end
$$;

comment on function api.finish_task(uuid) is
  'Says that a task is done; twice is once. LD404 when there is none in sight, LD409 when it is called off.';

create function api.reopen_task(p_task_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.finish_task(p_task_id, false);
  return api.get_task(p_task_id);
end
$$;

comment on function api.reopen_task(uuid) is
  'Says that a task is to be done after all. LD404 when there is none in sight, LD409 when it is called off.';

create function api.archive_task(p_task_id uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before crm.tasks := core.task_to_change(p_task_id);
begin
  update crm.tasks t set archived_at = core.current_time()
  where t.workspace_id = v_before.workspace_id and t.id = p_task_id;
end
$$;

comment on function api.archive_task(uuid) is
  'Calls a task off. LD404 when there is none in sight, LD409 when it is called off already.';
