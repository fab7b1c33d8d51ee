-- All that time brings about: events are sealed, claims expire, and waiting leads are dealt once somebody is free. Call it every second from
-- any number of gateways, or from pg_cron: of those who call at once one does the work of a workspace, the others pass by.
-- One transaction, so being killed in the middle undoes what was begun, and the next tick does it.
-- Locks: an advisory lock and the turnstile of each workspace with something to do, in the order of their numbers.
-- Errors: only what a retry cures; any other is a warning, so that no workspace stops the others.
create function api.tick() returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int;
  v_has_more boolean := false;
  v_actor text := coalesce(current_setting('fairlead.actor', true), '');
begin
  perform set_config('fairlead.actor', 'tick', true);
  begin  -- first, while no turnstile is held
    v_has_more := routing.seal_log(20);
  exception when others then
    if sqlstate ~ '^(40|53|55P03|57|58)' then
      raise;
    end if;
    raise warning 'sealing the log failed: % (%)', sqlerrm, sqlstate;
  end;
  for v_workspace_id in select w.id from crm.workspaces w order by w.id loop
    begin
      v_has_more := routing.tick_workspace(v_workspace_id) or v_has_more;
    exception when others then
      if sqlstate ~ '^(40|53|55P03|57|58)' then
        raise;
      end if;
      raise warning 'the tick failed in workspace %: % (%)', v_workspace_id, sqlerrm, sqlstate;
    end;
  end loop;
  perform set_config('fairlead.actor', v_actor, true);  -- what else the transaction does is not the tick's
  return v_has_more;
end
$$;

comment on function api.tick() is 'Does what is due by now: seals events, takes back unclaimed leads and deals waiting ones. True when there is more to do at once.';

create function routing.tick_workspace(p_workspace_id int) returns boolean
language plpgsql volatile
as $$
declare
  v_has_more boolean := false;
begin
  if routing.has_overdue(p_workspace_id) and pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    v_has_more := routing.expire_claims(p_workspace_id) = 25;
  end if;
  if routing.may_drain(p_workspace_id, routing.current_time()) and pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    v_has_more := routing.drain_queue(p_workspace_id) or v_has_more;
  end if;
  return v_has_more;
end
$$;

comment on function routing.tick_workspace(int) is 'The tick of one workspace; true when there is more to do at once.';

create function routing.has_overdue(p_workspace_id int) returns boolean
language sql stable
return exists (
  select from crm.lead_assignments a
  where a.workspace_id = p_workspace_id and a.ended_at is null and a.claimed_at is null and a.claim_by <= routing.current_time());

comment on function routing.has_overdue(int) is 'Whether somebody let the time to claim a lead pass.';
