-- Deals leads of one workspace, in the given order: the way of every lead, new, waiting or given back. The leads must
-- have no open assignment. The clock is read once, inside the turnstile, so a batch has one business day. A thousand at
-- a time at most; where deals had to end early, because a limit was reached or pools share their callers, the next ones
-- are kept short, since each decision costs as much as there are leads in it.
--
-- p_refused: callers who let these leads expire. p_only_if_free: who finds nobody free stays as it is, without a
-- record. p_are_new: they arrive just now, so the request that brought each in asked for this. p_are_alone: each is the
-- only lead of its contact, so nobody has another one. p_workspace: its row, by whoever passed the turnstile already.
-- p_first: the number taken for the event of the only lead.
--
-- Plans made while the tables were small are kept by long-lived sessions; without sequential scans they stay good when
-- a million leads have come in (foreign-key checks are planned under the same setting).
--
-- Locks: the turnstile. Errors: LD404 when there is no such workspace.
create function routing.deal_leads(
  p_workspace_id int, p_leads crm.leads[], p_refused uuid[] default '{}', p_only_if_free boolean default false,
  p_are_new boolean default false, p_are_alone boolean default false, p_workspace crm.workspaces default null,
  p_first bigint default null)
returns int
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_workspace crm.workspaces := coalesce(p_workspace, core.take_turnstile(p_workspace_id));
  v_now timestamptz := core.current_time();
  v_local timestamp := v_now at time zone v_workspace.timezone;
  v_date date := core.business_date(v_workspace, v_now);
  v_requests text[];
  v_dealt int := 0;
  v_recorded int := 0;
  v_picked int;
  v_most int := 1000;
  v_decision record;
begin
  if p_are_new and cardinality(p_leads) = 1 then
    v_requests := array[p_leads[1].request_id];
  elsif p_are_new then
    v_requests := array(select l.request_id from unnest(p_leads) l);
  end if;
  while v_dealt < cardinality(p_leads) loop
    v_decision := routing.pick_callers(p_workspace_id, p_leads[v_dealt + 1 : v_dealt + v_most], v_now, v_local,
      p_refused, v_date, p_are_alone);
    v_picked := cardinality(v_decision.picks);
    if p_only_if_free then
      v_decision.picks := routing.assigned_picks(v_decision.picks);
    end if;
    v_recorded := v_recorded + routing.record_picks(
      p_workspace_id, v_now, v_local, v_decision.pools, v_decision.picks,
      v_requests[v_dealt + 1 : v_dealt + v_picked], v_date, p_first);
    v_dealt := v_dealt + v_picked;
    v_most := least(8 * v_picked, 1000);
  end loop;
  return v_recorded;
end
$$;

comment on function routing.deal_leads(
  int, crm.leads[], uuid[], boolean, boolean, boolean, crm.workspaces, bigint) is
  'Deals the given leads, which have no open assignment, in their order: each is assigned or queued when it returns. '
  'Never to those in p_refused. Returns how many these are.';

create function routing.assigned_picks(p_picks routing.pick[]) returns routing.pick[]
language sql immutable parallel safe
return array(select p from unnest(p_picks) p where p.caller_id is not null);

comment on function routing.assigned_picks(routing.pick[]) is 'The picks that found a caller.';

create function routing.refused_by(p_workspace_id int, p_lead_id uuid) returns uuid[]
language sql stable
as $$
  select array(
    select a.caller_id from crm.lead_assignments a
    where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.ended_at is not null and a.status = 'expired')
$$;

comment on function routing.refused_by(int, uuid) is
  'The callers who let a lead expire and are not asked for it again.';

-- Leads are dealt together, except two kinds. A lead that a caller let expire has pools of its own. A lead that counts
-- in a caller's day already does not count again if the same caller gets it. Each of these is dealt alone, in its
-- place.
create function routing.deal_again(p_workspace_id int, p_lead_ids uuid[], p_only_if_free boolean default false)
  returns void
language plpgsql volatile
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_date date := core.business_date(core.take_turnstile(p_workspace_id), core.current_time());
begin
  perform routing.deal_leads(p_workspace_id, i.leads, i.refused, p_only_if_free)
  from (
    select array_agg(w.lead order by w.nr) as leads, w.refused
    from (
      select k.*, n.nr, row_number() over (order by n.nr) - row_number() over (partition by k.is_alone
        order by n.nr) as stretch
      from unnest(p_lead_ids) with ordinality n (id, nr)
      cross join lateral (
        select l as lead, h.refused, h.is_counted or h.refused <> '{}' as is_alone
        from crm.leads l
        cross join lateral (
          select coalesce(array_agg(a.caller_id) filter (where a.status = 'expired'), '{}') as refused,
            coalesce(bool_or(a.business_date = v_date and a.uncounted_seq is null), false) as is_counted
          from crm.lead_assignments a  -- by the lead, whatever the planner thinks of a young table
          where a.lead_id = l.id and a.workspace_id + 0 = p_workspace_id and a.ended_at is not null) h
        where l.workspace_id = p_workspace_id and l.id = n.id offset 0) k
    ) w
    group by w.is_alone, w.stretch, w.refused, case when w.is_alone then w.nr end
    order by min(w.nr)
  ) i;
end
$$;

comment on function routing.deal_again(int, uuid[], boolean) is
  'Deals stored leads, which have no open assignment, in this order, to anybody but those who let them expire.';
