-- Taking back what was done to many: another action, which reads from the log what the first one did and puts back what
-- is still as that left it. What somebody has claimed, closed, worked or moved since stays, and is said. The second can
-- be taken back, too: that does the first again.
--
-- A lead that goes back to a caller counts for that caller's day as any lead given by hand. One that had waited waits
-- again, as before, unless somebody is free by now.
--
-- Locks and errors as in leads.sql, and LD404 no such action, LD409 it was taken back already.
create function core.wanted_back(p_action crm.bulk_actions, p_lead_ids uuid[] default null) returns setof core.wanted
language plpgsql stable
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select e.lead_id, (e.data ->> 'from')::uuid, b.claimed_at, case
    when l.closed_at is not null then 'closed'
    when coalesce(a.seq, q.seq) not between p_action.first_seq and p_action.last_seq then 'moved'
    else (
      select case n.kind when 'lead.claimed' then 'claimed' else 'worked' end from crm.events n
      where n.lead_id = e.lead_id and n.workspace_id + 0 = p_action.workspace_id and n.seq > p_action.last_seq
        and n.kind in ('lead.claimed', 'activity.logged', 'lead.status_changed')
      order by n.seq limit 1) end
  from crm.events e
  cross join lateral (
    select k.closed_at from crm.leads k where k.workspace_id = p_action.workspace_id and k.id = e.lead_id offset 0) l
  left join lateral (
    select k.seq from crm.lead_assignments k
    where k.lead_id = e.lead_id and k.workspace_id + 0 = p_action.workspace_id and k.ended_at is null offset 0) a
    on true
  left join lateral (
    select k.seq from crm.queue k where k.workspace_id = p_action.workspace_id and k.lead_id = e.lead_id offset 0) q
    on true
  left join lateral (
    select k.claimed_at from crm.lead_assignments k
    where k.lead_id = e.lead_id and k.workspace_id + 0 = p_action.workspace_id and k.ended_at is not null
      and k.ended_seq = e.seq offset 0) b on true
  where e.workspace_id = p_action.workspace_id and e.seq between p_action.first_seq and p_action.last_seq
    and e.kind = 'lead.reassigned' and (p_lead_ids is null or e.lead_id = any (p_lead_ids))
    -- who waited before and waits now is where it was
    and (e.data ? 'from' or q.seq is null)
  order by e.lead_id;
end
$$;

comment on function core.wanted_back(crm.bulk_actions, uuid[]) is
  'Who had each of the leads, or of these, that an action moved; and which stay, and why.';

-- As each waited when the action began.
create function core.queue_again(
  p_workspace_id int, p_action_id uuid, p_now timestamptz, p_lead_ids uuid[], p_before bigint) returns void
language plpgsql volatile
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_first bigint;
begin
  if p_lead_ids = '{}' then
    return;
  end if;
  v_first := core.reserve_events(p_workspace_id, cardinality(p_lead_ids));
  with waited as materialized (
    select n.lead_id, v_first + n.nr - 1 as seq, coalesce(w.reason, 'Put back into the queue') as reason,
      coalesce(w.queued_at, p_now) as queued_at, coalesce(h.is_held, false) as is_held
    from unnest(p_lead_ids) with ordinality n (lead_id, nr)
    left join lateral (
      select e.data ->> 'reason' as reason, e.at as queued_at from crm.events e
      where e.lead_id = n.lead_id and e.workspace_id + 0 = p_workspace_id and e.seq < p_before
        and e.kind = 'lead.queued'
      order by e.seq desc limit 1) w on true
    left join lateral (
      select e.kind = 'lead.held' or e.kind = 'lead.queued' and e.data ?| '{expiries,held}' as is_held
      from crm.events e
      where e.lead_id = n.lead_id and e.workspace_id + 0 = p_workspace_id and e.seq < p_before
        and e.kind in ('lead.queued', 'lead.held', 'lead.released')
      order by e.seq desc limit 1) h on true
  ),
  event as (
    insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, data, request_id)
    select p_workspace_id, w.seq, p_now, 'lead.queued', core.current_actor(), w.lead_id,
      jsonb_build_object('reason', w.reason, 'bulk', p_action_id)
        || case when w.is_held then '{"held": "by_hand"}' else '{}' end::jsonb, core.current_request()
    from waited w
  )
  insert into crm.queue (workspace_id, lead_id, seq, reason, queued_at, is_held)
  select p_workspace_id, w.lead_id, w.seq, w.reason, w.queued_at, w.is_held from waited w;
end
$$;

comment on function core.queue_again(int, uuid, timestamptz, uuid[], bigint) is
  'Puts leads back into the queue, where they waited before this event.';

create function core.opposite_of(p_action crm.bulk_actions) returns text
language sql stable
set enable_seqscan = off
as $$
  select '{"lead.closed": "reopen", "lead.reopened": "close", "lead.held": "release", "lead.released": "hold"}'::jsonb
    ->> coalesce((
      select e.kind from crm.events e
      where e.workspace_id = p_action.workspace_id and e.seq between p_action.first_seq and p_action.last_seq
        and e.kind in ('lead.closed', 'lead.reopened', 'lead.held', 'lead.released')
      order by e.seq limit 1), 'lead.held')
$$;

comment on function core.opposite_of(crm.bulk_actions) is
  'What takes back an action that closed, opened, held or let go leads.';

create function api.undo_action(p_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_began timestamptz := clock_timestamp();
  v_before crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_action crm.bulk_actions;
  v_what text;
  v_asked jsonb;
  v_answer jsonb;
begin
  perform core.begin_action(v_before.id);
  v_action := core.find_record(null::crm.bulk_actions, 'action', p_id::text);
  v_what := case v_action.action when 'undo' then v_action.asked ->> 'action' else v_action.action end;
  v_asked := jsonb_strip_nulls(jsonb_build_object('action', v_what, 'reason', v_action.asked -> 'reason'));
  if v_what in ('pause', 'activate', 'limits') then
    v_answer := core.callers_back(v_action, v_asked, v_began);
  elsif v_what = 'reassign' then
    v_answer := core.move_many(v_before, array(select u from core.wanted_back(v_action) u), 'undo', v_asked, v_began,
      v_action);
  else
    v_answer := core.change_many(v_before, array(select u from core.fits_back(v_action) u),
      core.opposite_of(v_action), 'undo', v_asked, v_began, v_action);
  end if;
  update crm.bulk_actions b set undone_by = (v_answer ->> 'id')::uuid
  where b.workspace_id = v_action.workspace_id and b.id = v_action.id;
  return v_answer;
end
$$;

comment on function api.undo_action(uuid) is
  'Takes back what an action did, where that still stands: as api.act_on_leads(). LD404, LD409.';

create function api.get_action(p_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return core.action_json(core.find_record(null::crm.bulk_actions, 'action', p_id::text));
end
$$;

comment on function api.get_action(uuid) is 'An action on many, and what came of it. LD404 when there is none.';

create function api.list_actions() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(core.action_json(a) order by a.id desc), '[]')
  from (
    select b.* from crm.bulk_actions b where b.workspace_id = core.current_workspace() order by b.id desc limit 50) n
  join crm.bulk_actions a on a.workspace_id = n.workspace_id and a.id = n.id
$$;

comment on function api.list_actions() is 'The last fifty actions on many, newest first.';
