-- Deals leads of one workspace, in the given order: the way of every lead, new, waiting or given back.
-- The leads must have no open assignment. The clock is read once, inside the turnstile, so a batch has one business day.
-- A thousand at a time, because picking again after a cap was reached costs as much as there are leads left.
--
-- Plans made while the tables were small are kept by long-lived sessions; without sequential scans they stay good when
-- a million leads have come in (foreign-key checks are planned under the same setting).
--
-- Locks: the turnstile. Errors: LD404 when there is no such workspace.
create function routing.deal_leads(p_workspace_id int, p_lead_ids uuid[]) returns void
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_workspace crm.workspaces := routing.take_turnstile(p_workspace_id);
  v_now timestamptz := routing.current_time();
  v_date date := (v_now at time zone v_workspace.timezone)::date;
  v_dealt int := 0;
  v_decision record;
begin
  while v_dealt < cardinality(p_lead_ids) loop
    v_decision := routing.pick_callers(p_workspace_id, p_lead_ids[v_dealt + 1 : v_dealt + 1000], v_date);
    perform routing.record_picks(p_workspace_id, v_now, v_date, v_decision.pools, v_decision.picks);
    v_dealt := v_dealt + cardinality(v_decision.picks);
  end loop;
end
$$;

comment on function routing.deal_leads(int, uuid[]) is 'Deals the given leads, which have no open assignment, in their order: each is assigned or queued when it returns.';
