-- How far a lead has come. It follows from what happened, and people set it: contacted from the first activity on that
-- reached the person, unless somebody has said contacted or qualified since. A lead that somebody has set back to new
-- is contacted by the next such activity. Converted, lost and junk end a lead, and it is closed; reopened, it is again
-- as far as it had come. What is not counted here is what was withdrawn.
--
-- The event lead.status_changed says in "follows" what a status followed from (activity, withdrawal, reopening); where
-- it does not, somebody set it.
create function routing.ends_lead(p_status crm.lead_status) returns boolean
language sql immutable parallel safe
return coalesce(p_status in ('converted', 'lost', 'junk'), false);

comment on function routing.ends_lead(crm.lead_status) is 'Whether a lead with this status is closed.';

create function routing.derive_status(p_workspace_id int, p_lead_id uuid) returns crm.lead_status
language plpgsql stable
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_set crm.events;
begin
  select e.* into v_set from crm.events e
  where e.lead_id = p_lead_id and e.workspace_id + 0 = p_workspace_id and e.kind = 'lead.status_changed'
    and not e.data ? 'follows' and not routing.ends_lead((e.data ->> 'to')::crm.lead_status)
  order by e.seq desc limit 1;
  return case when v_set.data ->> 'to' <> 'new' then (v_set.data ->> 'to')::crm.lead_status
    when exists (
      select from crm.activities a
      where a.lead_id = p_lead_id and a.workspace_id + 0 = p_workspace_id and a.counts_as_contacted
        and a.withdrawn_at is null and a.seq > coalesce(v_set.seq, 0)) then 'contacted'
    else 'new' end;
end
$$;

comment on function routing.derive_status(int, uuid) is
  'How far a lead has come by the log and its activities, be it open or closed: new, contacted or qualified.';
