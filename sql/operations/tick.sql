-- All that time brings about: events are sealed, days that are over counted, hand-overs go on, claims expire, waiting
-- leads are dealt once somebody is free, alerts are raised, and events are put on their way to the workspace's
-- destinations.
--
-- Workspaces do not wait for each other. api.begin_tick() says which have something to do, and api.tick(workspace) does
-- it for one, in a transaction of its own. Call them every second from any number of gateways: of several that call at
-- the same time, one does the work of a workspace, and the others skip it. A workspace whose turnstile is held for long
-- is skipped until the next tick. api.tick() does the tick of all workspaces in one transaction, for pg_cron.
--
-- Each step (sealing, counting, dealing, telling) is undone alone when it fails, so that an error in one does not stop
-- the others. If the tick is killed, what it had begun is undone, and the next tick does it. Answers kept for repeated
-- requests are forgotten after a day.
--
-- Locks: an advisory lock and the turnstile of the workspace, in the order of their numbers where there are several.
-- Errors: only what a retry cures; any other is a warning, so that no workspace stops the others.
create function api.tick(p_workspace_id int) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
as $$
declare
  v_step text;
  v_has_more boolean := false;
  v_actor text := coalesce(current_setting('fairlead.actor', true), '');
begin
  perform set_config('fairlead.actor', 'tick', true);
  foreach v_step in array array['seal', 'count', 'deal', 'tell'] loop  -- the first two while no turnstile is held
    begin
      v_has_more := case v_step
        when 'seal' then core.seal_events(p_workspace_id, 20) = 20
        when 'count' then core.keep_figures(p_workspace_id)
        when 'deal' then core.tick_workspace(p_workspace_id)
        else core.tell_workspace(p_workspace_id) end or v_has_more;
    exception when others then
      if sqlstate = '55P03' then
        null;  -- another session holds the turnstile: the next tick tries again
      elsif sqlstate ~ '^(40|53|57|58)' then
        raise;
      else
        raise warning 'the tick failed in workspace %: % (%)', p_workspace_id, sqlerrm, sqlstate;
      end if;
    end;
  end loop;
  perform set_config('fairlead.actor', v_actor, true);  -- the rest of the transaction is not the work of the tick
  return v_has_more;
end
$$;

comment on function api.tick(int) is
  'Does what is due by now in a workspace: seals events, counts past days, goes on with hand-overs, takes back '
  'unclaimed leads, deals waiting ones, raises alerts, makes deliveries. True when there is more to do at once.';

create function api.begin_tick() returns setof int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.forget_requests();
  perform core.forget_deliveries();
  perform gin_clean_pending_list('crm.leads_search_idx');
  return query select w.id from crm.workspaces w where core.is_due(w) order by w.id;
end
$$;

comment on function api.begin_tick() is
  'The workspaces with something to do by now, for api.tick(workspace); forgets what was kept long enough, and sorts '
  'new leads into the index of the search.';

create function api.tick() returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int;
  v_has_more boolean := false;
begin
  for v_workspace_id in select t.id from api.begin_tick() t (id) loop
    v_has_more := api.tick(v_workspace_id) or v_has_more;
  end loop;
  return v_has_more;
end
$$;

comment on function api.tick() is
  'Does what is due by now in every workspace, one after the other. True when there is more to do at once.';

create function core.is_due(p_workspace crm.workspaces) returns boolean
language plpgsql stable
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz := core.current_time();
  v_look crm.alert_looks := (select k from crm.alert_looks k where k.workspace_id = p_workspace.id);
begin
  return p_workspace.event_seq is distinct from v_look.seq
    or date_trunc('minute', v_look.at) is distinct from date_trunc('minute', v_now)
    or p_workspace.event_seq > coalesce(
      (select max(s.seq) from crm.event_seals s where s.workspace_id = p_workspace.id), 0)
    or exists (
      select from crm.destinations d
      where d.workspace_id = p_workspace.id and d.is_on and d.position < p_workspace.event_seq)
    or exists (
      select from crm.notice_looks k where k.workspace_id = p_workspace.id and k.seq < p_workspace.event_seq)
    or exists (select from crm.hand_overs h where h.workspace_id = p_workspace.id)
    or core.has_overdue(p_workspace.id)
    or routing.may_drain(p_workspace.id, v_now);
end
$$;

comment on function core.is_due(crm.workspaces) is 'Whether a tick may have something to do in a workspace by now.';

create function core.tick_workspace(p_workspace_id int) returns boolean
language plpgsql volatile
as $$
declare
  v_has_more boolean := false;
begin
  if exists (select from crm.hand_overs h where h.workspace_id = p_workspace_id)
    and pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    v_has_more := routing.continue_hand_over(p_workspace_id);
  end if;
  if core.has_overdue(p_workspace_id)
    and pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    v_has_more := routing.expire_claims(p_workspace_id) = 25 or v_has_more;
  end if;
  if routing.may_drain(p_workspace_id, core.current_time())
    and pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    v_has_more := routing.drain_queue(p_workspace_id) or v_has_more;
  end if;
  return v_has_more;
end
$$;

comment on function core.tick_workspace(int) is
  'The tick of one workspace''s leads; true when there is more to do at once.';

create function core.has_overdue(p_workspace_id int) returns boolean
language sql stable
return exists (
  select from crm.lead_assignments a
  where a.workspace_id = p_workspace_id and a.ended_at is null and a.claimed_at is null
    and a.claim_by <= core.current_time());

comment on function core.has_overdue(int) is 'Whether a lead was not claimed in time.';
