-- Leads that were not claimed in time are taken back and dealt again, to another caller, as often as the rule allows
-- (most_expiries): then a lead waits, held for a manager. Soonest overdue first, a few at a time, so that nobody waits
-- long at the turnstile.
-- Locks: the turnstile. Errors: none of its own.
create function routing.expire_claims(p_workspace_id int) returns int
language plpgsql volatile
as $$
declare
  v_now timestamptz;
  v_overdue record;
  v_expired int := 0;
begin
  perform core.take_turnstile(p_workspace_id);
  v_now := core.current_time();
  for v_overdue in
    select a.lead_id, a.caller_id, d.most_expiries
    from crm.lead_assignments a
    left join (crm.deals d1 join crm.rules d on d.workspace_id = d1.workspace_id and d.id = d1.rule_id)
      on d1.workspace_id = a.workspace_id and d1.id = a.deal_id
    where a.workspace_id = p_workspace_id and a.ended_at is null and a.claimed_at is null and a.claim_by <= v_now
    order by a.claim_by, a.seq limit 25
  loop
    perform routing.end_assignment(p_workspace_id, v_overdue.lead_id, 'expired', v_now,
      core.write_event(p_workspace_id, 'lead.expired', v_overdue.lead_id, v_overdue.caller_id, '{}'));
    if cardinality(routing.refused_by(p_workspace_id, v_overdue.lead_id)) >= v_overdue.most_expiries then
      perform routing.hold_unclaimed(p_workspace_id, v_overdue.lead_id, v_now);
    else
      perform routing.deal_again(p_workspace_id, array[v_overdue.lead_id]);
    end if;
    v_expired := v_expired + 1;
  end loop;
  return v_expired;
end
$$;

comment on function routing.expire_claims(int) is
  'Takes back leads not claimed in time and deals them again or holds them; how many, 25 at most.';

create function routing.hold_unclaimed(p_workspace_id int, p_lead_id uuid, p_now timestamptz) returns void
language sql volatile
as $$
  with said as (
    select n.expiries,
      'Not claimed by ' || n.expiries || case when n.expiries = 1 then ' caller' else ' callers' end as reason
    from (select cardinality(routing.refused_by(p_workspace_id, p_lead_id)) as expiries) n
  )
  insert into crm.queue (workspace_id, lead_id, seq, reason, queued_at, is_held)
  select p_workspace_id, p_lead_id, core.write_event(p_workspace_id, 'lead.queued', p_lead_id, null, to_jsonb(said)),
    said.reason, p_now, true
  from said
$$;

comment on function routing.hold_unclaimed(int, uuid, timestamptz) is
  'Puts a lead that nobody claims in the queue, held for a manager.';
