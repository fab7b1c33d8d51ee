-- Deals leads of one workspace, in the given order: the way of every lead, new, waiting or given back.
-- The leads must have no open assignment. The clock is read once, inside the turnstile, so a batch has one business day.
-- A thousand at a time, because picking again after a limit was reached costs as much as there are leads left.
--
-- Plans made while the tables were small are kept by long-lived sessions; without sequential scans they stay good when
-- a million leads have come in (foreign-key checks are planned under the same setting).
--
-- Locks: the turnstile. Errors: LD404 when there is no such workspace.
create function routing.deal_leads(p_workspace_id int, p_leads crm.leads[], p_refused uuid[] default '{}') returns void
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_workspace crm.workspaces := routing.take_turnstile(p_workspace_id);
  v_now timestamptz := routing.current_time();
  v_local timestamp := v_now at time zone v_workspace.timezone;
  v_dealt int := 0;
  v_decision record;
begin
  while v_dealt < cardinality(p_leads) loop
    v_decision := routing.pick_callers(p_workspace_id, p_leads[v_dealt + 1 : v_dealt + 1000], v_now, v_local, p_refused);
    perform routing.record_picks(p_workspace_id, v_now, v_local, v_decision.pools, v_decision.picks);
    v_dealt := v_dealt + cardinality(v_decision.picks);
  end loop;
end
$$;

comment on function routing.deal_leads(int, crm.leads[], uuid[]) is 'Deals the given leads, which have no open assignment, in their order: each is assigned or queued when it returns. Never to those in p_refused.';

create function routing.refused_by(p_workspace_id int, p_lead_id uuid) returns uuid[]
language sql stable
as $$
  select array(
    select a.caller_id from crm.lead_assignments a
    where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.ended_at is not null and a.status = 'expired')
$$;

comment on function routing.refused_by(int, uuid) is 'The callers who let a lead expire and are not asked for it again.';

-- A lead that somebody let expire is dealt by itself, since its pools are its own.
create function routing.deal_again(p_workspace_id int, p_lead_id uuid) returns void
language sql volatile
as $$
  select routing.deal_leads(p_workspace_id, array_agg(l), routing.refused_by(p_workspace_id, p_lead_id))
  from crm.leads l where l.workspace_id = p_workspace_id and l.id = p_lead_id
$$;

comment on function routing.deal_again(int, uuid) is 'Deals one stored lead, which has no open assignment, to anybody but those who let it expire.';
