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

-- What derive_status() says of a lead, said of all at once.
create function routing.verify_statuses() returns setof routing.violation
language sql stable
set enable_nestloop = off  -- one row is expected of each step, and there may be as many as leads
as $$
  with step as (
    select e.workspace_id, e.lead_id, e.seq, (e.data ->> 'to')::crm.lead_status as status, e.data ? 'follows' as follows
    from crm.events e where e.kind = 'lead.status_changed'
  ),
  last as (
    select distinct on (s.workspace_id, s.lead_id) s.* from step s order by s.workspace_id, s.lead_id, s.seq desc
  ),
  said as (
    select distinct on (s.workspace_id, s.lead_id) s.* from step s
    where not s.follows and not routing.ends_lead(s.status) order by s.workspace_id, s.lead_id, s.seq desc
  ),
  reached as (
    select a.workspace_id, a.lead_id, max(a.seq) as seq from crm.activities a
    where a.counts_as_contacted and a.withdrawn_at is null and a.lead_id is not null group by 1, 2
  )
  select l.workspace_id, case
      when routing.ends_lead(l.status) and l.closed_at is null then 'a lead has ended and is open'
      else 'a lead is not as far as the log says' end,
    l.id, null::uuid, null::bigint, last.seq, concat(coalesce(l.status, 'new'), ' instead of ', d.status)
  from crm.leads l
  left join last on last.workspace_id = l.workspace_id and last.lead_id = l.id
  left join said on said.workspace_id = l.workspace_id and said.lead_id = l.id
  left join reached on reached.workspace_id = l.workspace_id and reached.lead_id = l.id
  cross join lateral (select case
    when routing.ends_lead(last.status) then last.status
    when said.status <> 'new' then said.status
    when reached.seq > coalesce(said.seq, 0) then 'contacted' else 'new' end as status) d
  where coalesce(l.status, 'new') <> d.status or routing.ends_lead(l.status) and l.closed_at is null
  union all
  select coalesce(a.workspace_id, e.workspace_id),
    case when a.id is null then 'an event has no activity' else 'an activity has no event' end,
    coalesce(a.lead_id, e.lead_id), a.by_caller, null, coalesce(a.seq, e.seq), a.kind
  from crm.activities a
  full join (select * from crm.events where kind = 'activity.logged') e
    on e.workspace_id = a.workspace_id and e.seq = a.seq and e.lead_id = a.lead_id
      and e.data ->> 'activity_id' = a.id::text
  where a.id is null or e.seq is null
  union all
  select a.workspace_id, 'an activity was withdrawn without an event', a.lead_id, a.by_caller, null, a.withdrawn_seq,
    a.kind
  from crm.activities a
  left join crm.events e on e.workspace_id = a.workspace_id and e.seq = a.withdrawn_seq and e.lead_id = a.lead_id
    and e.kind = 'activity.withdrawn'
  where a.withdrawn_seq is not null and e.seq is null
$$;

comment on function routing.verify_statuses() is
  'Leads that are not as far as the log and their activities say, and activities that the log does not know.';
