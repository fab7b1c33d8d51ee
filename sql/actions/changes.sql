-- What many leads can become besides somebody else's: closed, opened again, held back and let go, each as the single
-- action does it, one statement for each table. Events have "bulk", the id of the action. Locks: the turnstile.
create function core.close_many(
  p_workspace_id int, p_action_id uuid, p_lead_ids uuid[], p_reason text, p_now timestamptz) returns void
language plpgsql volatile
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_first bigint := core.reserve_events(p_workspace_id, cardinality(p_lead_ids));
begin
  with closed as materialized (
    select n.lead_id, v_first + n.nr - 1 as seq, a.caller_id, a.place
    from unnest(p_lead_ids) with ordinality n (lead_id, nr)
    left join lateral (
      select k.caller_id, k.ctid as place from crm.lead_assignments k
      where k.lead_id = n.lead_id and k.workspace_id + 0 = p_workspace_id and k.ended_at is null offset 0) a on true
  ),
  event as (
    insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id)
    select p_workspace_id, c.seq, p_now, 'lead.closed', core.current_actor(), c.lead_id, c.caller_id,
      jsonb_strip_nulls(jsonb_build_object('reason', p_reason, 'bulk', p_action_id)), core.current_request()
    from closed c
  )
  update crm.lead_assignments a set status = 'closed', ended_at = p_now, ended_seq = c.seq
  from closed c where a.ctid = c.place;
  delete from crm.queue q where q.workspace_id = p_workspace_id and q.lead_id = any (p_lead_ids);
  update crm.leads l set closed_at = p_now, close_reason = coalesce(p_reason, l.close_reason)
  where l.workspace_id = p_workspace_id and l.id = any (p_lead_ids);
end
$$;

comment on function core.close_many(int, uuid, uuid[], text, timestamptz) is
  'Closes open leads, assigned or waiting, as core.close_lead().';

-- p_callers: who had each when it was closed; null: it waited.
create function core.reopen_many(
  p_workspace crm.workspaces, p_action_id uuid, p_lead_ids uuid[], p_callers uuid[], p_now timestamptz,
  p_before bigint) returns void
language plpgsql volatile
set enable_seqscan = off
as $$
declare
  v_data jsonb := jsonb_build_object('bulk', p_action_id);
  v_had uuid[] := array(
    select n.lead_id from unnest(p_lead_ids, p_callers) n (lead_id, caller_id) where n.caller_id is not null);
  v_waited uuid[] := array(
    select n.lead_id from unnest(p_lead_ids, p_callers) n (lead_id, caller_id) where n.caller_id is null);
  v_first bigint;
begin
  update crm.leads l set closed_at = null, close_reason = null
  where l.workspace_id = p_workspace.id and l.id = any (p_lead_ids);
  perform routing.reopen_leads(p_workspace, v_had,
    array(select n.c from unnest(p_callers) n (c) where n.c is not null), v_data);
  v_first := core.reserve_events(p_workspace.id, cardinality(v_waited));
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, data, request_id)
  select p_workspace.id, v_first + n.nr - 1, p_now, 'lead.reopened', core.current_actor(), n.lead_id, v_data,
    core.current_request()
  from unnest(v_waited) with ordinality n (lead_id, nr);
  perform core.queue_again(p_workspace.id, p_action_id, p_now, v_waited, p_before);
end
$$;

comment on function core.reopen_many(crm.workspaces, uuid, uuid[], uuid[], timestamptz, bigint) is
  'Opens closed leads again, each with the caller who had it, or in the queue as before this event.';

create function core.hold_many(
  p_workspace_id int, p_action_id uuid, p_lead_ids uuid[], p_is_held boolean, p_now timestamptz) returns void
language plpgsql volatile
set enable_seqscan = off
as $$
declare
  v_first bigint := core.reserve_events(p_workspace_id, cardinality(p_lead_ids));
begin
  update crm.queue q set is_held = p_is_held where q.workspace_id = p_workspace_id and q.lead_id = any (p_lead_ids);
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, data, request_id)
  select p_workspace_id, v_first + n.nr - 1, p_now, case when p_is_held then 'lead.held' else 'lead.released' end,
    core.current_actor(), n.lead_id, jsonb_build_object('bulk', p_action_id), core.current_request()
  from unnest(p_lead_ids) with ordinality n (lead_id, nr);
end
$$;

comment on function core.hold_many(int, uuid, uuid[], boolean, timestamptz) is
  'Holds waiting leads back from being dealt, or lets them go.';

create function core.fits_of(p_workspace_id int, p_lead_ids uuid[], p_change text) returns setof core.wanted
language plpgsql stable
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select n.lead_id, null::uuid, null::timestamptz, case
    when l.id is null then 'unknown'
    when l.is_test then 'test'
    when l.closed_at is not null then 'closed'
    when p_change in ('hold', 'release') and q.lead_id is null then 'not_waiting'
    when p_change = 'hold' and q.is_held then 'held'
    when p_change = 'release' and not q.is_held then 'not_held' end
  from unnest(p_lead_ids) n (lead_id)
  left join lateral (
    select k.id, k.is_test, k.closed_at from crm.leads k
    where k.workspace_id = p_workspace_id and k.id = n.lead_id offset 0) l on true
  left join lateral (
    select k.lead_id, k.is_held from crm.queue k
    where k.workspace_id = p_workspace_id and k.lead_id = n.lead_id offset 0) q on true
  order by n.lead_id;
end
$$;

comment on function core.fits_of(int, uuid[], text) is 'Which of these leads can be changed so, and why others cannot.';

-- What has happened to a lead since: nothing, or why it stays.
create function core.fits_back(p_action crm.bulk_actions, p_lead_ids uuid[] default null) returns setof core.wanted
language plpgsql stable
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select e.lead_id, e.caller_id, null::timestamptz, (
    select case n.kind when 'lead.claimed' then 'claimed' when 'lead.closed' then 'closed'
      when 'activity.logged' then 'worked' when 'lead.status_changed' then 'worked' else 'moved' end
    from crm.events n
    where n.lead_id = e.lead_id and n.workspace_id + 0 = p_action.workspace_id and n.seq > p_action.last_seq
      and n.kind in ('activity.logged', 'lead.status_changed', 'lead.assigned', 'lead.reassigned', 'lead.claimed',
        'lead.closed', 'lead.reopened', 'lead.queued', 'lead.held', 'lead.released', 'lead.expired')
    order by n.seq limit 1)
  from crm.events e
  where e.workspace_id = p_action.workspace_id and e.seq between p_action.first_seq and p_action.last_seq
    and e.kind in ('lead.closed', 'lead.reopened', 'lead.held', 'lead.released')
    and (p_lead_ids is null or e.lead_id = any (p_lead_ids))
  order by e.lead_id;
end
$$;

comment on function core.fits_back(crm.bulk_actions, uuid[]) is
  'Of each lead that an action closed, opened, held or let go, or of these, who had it, and why it stays so.';

-- As core.move_many(). p_change: close, reopen, hold or release.
create function core.change_many(
  p_before crm.workspaces, p_wanted core.wanted[], p_change text, p_action text, p_asked jsonb, p_began timestamptz,
  p_undone crm.bulk_actions default null)
returns jsonb
language plpgsql volatile
as $$
declare
  v_id uuid := crm.new_id();
  v_workspace crm.workspaces;
  v_now timestamptz;
  v_wanted core.wanted[] := p_wanted;
  v_touched uuid[];
  v_lead_ids uuid[];
begin
  v_workspace := core.take_turnstile(p_before.id);
  v_now := core.current_time();
  perform core.refuse_undone(p_undone);
  v_touched := routing.touched_leads(
    v_workspace.id, array(select w.lead_id from unnest(v_wanted) w), p_before.event_seq);
  if v_touched <> '{}' then
    v_wanted := array(select w from unnest(v_wanted) w where w.lead_id <> all (v_touched)) || case
      when p_undone.id is null then array(select f from core.fits_of(v_workspace.id, v_touched, p_change) f)
      else array(select f from core.fits_back(p_undone, v_touched) f) end;
  end if;
  v_lead_ids := array(
    select w.lead_id from unnest(v_wanted) with ordinality w where w.why is null order by w.ordinality);
  case p_change
    when 'close' then
      perform core.close_many(v_workspace.id, v_id, v_lead_ids, p_asked ->> 'reason', v_now);
    when 'reopen' then
      perform core.reopen_many(v_workspace, v_id, v_lead_ids, array(
        select w.caller_id from unnest(v_wanted) with ordinality w where w.why is null order by w.ordinality), v_now,
        p_undone.first_seq);
    else
      perform core.hold_many(v_workspace.id, v_id, v_lead_ids, p_change = 'hold', v_now);
  end case;
  return core.finish_action(v_workspace.id, v_id, p_action, p_asked, jsonb_build_object(
    'done', cardinality(v_lead_ids), 'left_out', core.count_left_out(v_wanted), 'callers', '[]'::jsonb),
    v_workspace.event_seq + 1, p_began, p_undone.id);
end
$$;

comment on function core.change_many(
  crm.workspaces, core.wanted[], text, text, jsonb, timestamptz, crm.bulk_actions) is
  'Closes, opens, holds or lets go many leads, but for those that it does not fit.';
