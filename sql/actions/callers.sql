-- What managers do to many callers at once: {"action": "pause", "activate" or "limits", "ids", "daily_limit",
-- "max_load", "dry_run"}. Their open leads stay with them. It is taken back by what the log said of each before, where
-- nobody has changed that since.
--
-- Locks: the workspace's actions, without waiting; the rows of the callers; then the turnstile. Errors: LD409 another
-- action is under way; LD422 what is asked for cannot be.
create function core.caller_fits(p_workspace_id int, p_ask jsonb) returns setof core.wanted
language sql stable
as $$
  select i.id, null::uuid, null::timestamptz, case
    when c.id is null then 'unknown'
    when c.archived_at is not null then 'archived'
    when c.status::text = coalesce('{"pause": "paused", "activate": "active"}'::jsonb ->> (p_ask ->> 'action'), '')
      or p_ask ->> 'action' = 'limits' and c.daily_limit = coalesce((p_ask ->> 'daily_limit')::int, c.daily_limit)
        and c.max_load = coalesce((p_ask ->> 'max_load')::int, c.max_load) then 'same' end
  from (select distinct j::uuid as id from jsonb_array_elements_text(p_ask -> 'ids') j) i
  left join crm.callers c on c.workspace_id = p_workspace_id and c.id = i.id
  order by i.id
$$;

comment on function core.caller_fits(int, jsonb) is 'Which callers an action changes, and why not the others.';

create function api.act_on_callers(p_ask jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_began timestamptz := clock_timestamp();
  v_workspace_id int := core.current_workspace();
  v_action text := p_ask ->> 'action';
  v_fits core.wanted[];
  v_ids uuid[];
begin
  if v_action = 'limits' and coalesce(p_ask -> 'daily_limit', 'null') = 'null'
    and coalesce(p_ask -> 'max_load', 'null') = 'null' then
    raise exception 'It must be said which limit' using errcode = 'LD422', column = 'daily_limit',
      hint = 'Send daily_limit, max_load or both; 0 is no limit.';
  end if;
  if not coalesce((p_ask ->> 'dry_run')::boolean, false) then
    perform core.begin_action(v_workspace_id);
    perform from crm.callers c
    where c.workspace_id = v_workspace_id
      and c.id in (select j::uuid from jsonb_array_elements_text(p_ask -> 'ids') j)
    order by c.id for no key update;
  end if;
  v_fits := array(select f from core.caller_fits(v_workspace_id, p_ask) f);
  v_ids := array(select f.lead_id from unnest(v_fits) f where f.why is null);
  if coalesce((p_ask ->> 'dry_run')::boolean, false) then
    return core.foretell(v_workspace_id, v_action, core.asked_of(p_ask), v_fits);
  end if;
  update crm.callers c
  set status = case v_action when 'pause' then 'paused' when 'activate' then 'active' else c.status end,
    daily_limit = case when v_action = 'limits' then coalesce((p_ask ->> 'daily_limit')::int, c.daily_limit)
      else c.daily_limit end,
    max_load = case when v_action = 'limits' then coalesce((p_ask ->> 'max_load')::int, c.max_load)
      else c.max_load end
  where c.workspace_id = v_workspace_id and c.id = any (v_ids);
  return core.finish_callers(v_workspace_id, v_action, core.asked_of(p_ask), v_fits, v_began);
end
$$;

comment on function api.act_on_callers(jsonb) is
  'Pauses or activates many callers, or changes their limits; with dry_run says what it would do. LD409, LD422.';

-- The events of the callers were the last before.
create function core.finish_callers(
  p_workspace_id int, p_action text, p_asked jsonb, p_fits core.wanted[], p_began timestamptz,
  p_undo_of uuid default null) returns jsonb
language plpgsql volatile
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(p_workspace_id);
  v_done int := (select count(*) from unnest(p_fits) f where f.why is null);
begin
  return core.finish_action(p_workspace_id, crm.new_id(), p_action, p_asked, jsonb_build_object(
    'done', v_done, 'left_out', core.count_left_out(p_fits), 'callers', '[]'::jsonb),
    v_workspace.event_seq - v_done + 1, p_began, p_undo_of);
end
$$;

comment on function core.finish_callers(int, text, jsonb, core.wanted[], timestamptz, uuid) is
  'Stores what was done to callers, each of whom has an event by it.';

create function core.callers_back(p_action crm.bulk_actions, p_asked jsonb, p_began timestamptz) returns jsonb
language plpgsql volatile
as $$
declare
  v_fits core.wanted[];
begin
  perform from crm.callers c
  where c.workspace_id = p_action.workspace_id and c.id in (
    select e.caller_id from crm.events e
    where e.workspace_id = p_action.workspace_id and e.seq between p_action.first_seq and p_action.last_seq
      and e.subject = 'caller')
  order by c.id for no key update;
  v_fits := array(
    select row(c.id, null, null, case when c.archived_at is not null then 'archived'
      when (c.status::text, c.daily_limit, c.max_load)
        <> (e.data ->> 'status', (e.data ->> 'daily_limit')::int, (e.data ->> 'max_load')::int)
      then 'moved' end)::core.wanted
    from crm.events e join crm.callers c on c.workspace_id = e.workspace_id and c.id = e.caller_id
    where e.workspace_id = p_action.workspace_id and e.seq between p_action.first_seq and p_action.last_seq
      and e.subject = 'caller');
  update crm.callers c
  set status = (b.data ->> 'status')::crm.caller_status, daily_limit = (b.data ->> 'daily_limit')::int,
    max_load = (b.data ->> 'max_load')::int
  from unnest(v_fits) f
  join crm.events e on e.workspace_id = p_action.workspace_id and e.caller_id = f.lead_id and e.subject = 'caller'
    and e.seq between p_action.first_seq and p_action.last_seq
  cross join lateral (
    select core.complete_snapshot('caller',
      (core.last_event(p_action.workspace_id, 'caller', f.lead_id::text, e.seq)).data) as data) b
  where f.why is null and c.workspace_id = p_action.workspace_id and c.id = f.lead_id;
  perform core.take_turnstile(p_action.workspace_id);
  perform core.refuse_undone(p_action);
  return core.finish_callers(p_action.workspace_id, 'undo', p_asked, v_fits, p_began, p_action.id);
end
$$;

comment on function core.callers_back(crm.bulk_actions, jsonb, timestamptz) is
  'Takes back what an action did to callers, where that still stands.';
