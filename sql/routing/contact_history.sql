-- Contacts through time, read from the event log: which counted as which, and who had an open lead of a contact.
create view routing.contact_versions as
select e.workspace_id, m.id::uuid as contact_id, (e.data ->> 'root_id')::uuid as root_id, e.seq as from_seq,
  lead(e.seq) over (partition by e.workspace_id, m.id order by e.seq) as to_seq
from crm.events e
cross join lateral jsonb_array_elements_text(e.data -> 'moved') m (id)
where e.kind like 'contact.%' and e.kind in ('contact.merged', 'contact.unmerged');

comment on view routing.contact_versions is 'Which contact each one counted as between two events, from the event log: [from_seq, to_seq). Before the first it was itself.';

create function routing.root_at(p_workspace_id int, p_contact_id uuid, p_seq bigint) returns uuid
language sql stable
as $$
  select coalesce((
    select v.root_id from routing.contact_versions v
    where v.workspace_id = p_workspace_id and v.contact_id = p_contact_id and v.from_seq < p_seq and (v.to_seq is null or v.to_seq > p_seq)), p_contact_id)
$$;

comment on function routing.root_at(int, uuid, bigint) is 'The contact that a contact counted as when event p_seq was written.';

-- What find_holder() says of now, this says of then, of everybody who had an open lead of the lead's contact.
create function routing.holders_at(p_workspace_id int, p_lead_id uuid, p_seq bigint, p_at timestamptz, p_refused uuid[])
returns table (lead_id uuid, caller_id uuid, name text, standing text)
language sql stable
as $$
  with own (root_id) as materialized (
    select routing.root_at(p_workspace_id, routing.contact_of(p_workspace_id, p_lead_id), p_seq)
  ),
  contact (id) as (
    select own.root_id from own
    union all
    select v.contact_id from own
    join routing.contact_versions v on v.workspace_id = p_workspace_id and v.root_id = own.root_id and v.contact_id <> own.root_id
      and v.from_seq < p_seq and (v.to_seq is null or v.to_seq > p_seq)
  ),
  lead (id) as (
    select contact.id from contact
    union all
    select k.lead_id from contact join crm.contact_leads k on k.contact_id = contact.id and k.workspace_id = p_workspace_id
  ),
  holder as materialized (
    select a.lead_id, a.caller_id
    from lead
    cross join lateral routing.assignments_of_lead(p_workspace_id, lead.id) a
    where lead.id <> p_lead_id and a.seq < p_seq and (a.ended_seq is null or a.ended_seq > p_seq)
  )
  select h.lead_id, h.caller_id, v.name, case
    when h.caller_id = any (p_refused) then 'let it expire'
    when v.archived then 'archived'
    else routing.standing(v.status, v.time_off, null, p_at, p_at at time zone 'UTC', 0, 0, 0, 0) end
  from holder h
  cross join lateral (
    select c.* from routing.caller_versions c
    where c.workspace_id = p_workspace_id and c.caller_id = h.caller_id and c.from_seq < p_seq and (c.to_seq is null or c.to_seq > p_seq)) v
$$;

comment on function routing.holders_at(int, uuid, bigint, timestamptz, uuid[]) is 'Who had other open leads of a lead''s contact when event p_seq was written, and whether each could take another: free, paused, away, archived or let it expire.';
