-- Contacts through time, read from the event log: which counted as which, and who had an open lead of a contact.
create view routing.contact_versions with (security_invoker = true) as
select e.workspace_id, m.id::uuid as contact_id, (e.data ->> 'root_id')::uuid as root_id, e.seq as from_seq,
  lead(e.seq) over (partition by e.workspace_id, m.id order by e.seq) as to_seq
from crm.events e
cross join lateral jsonb_array_elements_text(e.data -> 'moved') m (id)
where e.kind in ('contact.merged', 'contact.unmerged');

comment on view routing.contact_versions is
  'Which contact each one counted as between two events, from the event log: [from_seq, to_seq). Before the first it '
  'was itself.';

create function routing.root_at(p_workspace_id int, p_contact_id uuid, p_seq bigint) returns uuid
language sql stable
as $$
  select coalesce((
    select v.root_id from routing.contact_versions v
    where v.workspace_id = p_workspace_id and v.contact_id = p_contact_id and v.from_seq < p_seq
      and (v.to_seq is null or v.to_seq > p_seq)), p_contact_id)
$$;

comment on function routing.root_at(int, uuid,
  bigint) is 'The contact that a contact counted as when event p_seq was written.';

-- p_last: only leads up to this one, in the order of ids.
create function routing.open_leads_at(p_workspace_id int, p_lead_id uuid, p_seq bigint,
  p_last uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff')
returns table (lead_id uuid, caller_id uuid)
language sql stable
as $$
  select a.lead_id, a.caller_id
  from (select routing.contact_of(p_workspace_id, p_lead_id) as id offset 0) own
  cross join lateral (select routing.root_at(p_workspace_id, own.id, p_seq) as id offset 0) root
  cross join lateral (
    select root.id
    union all
    select v.contact_id from routing.contact_versions v
    where v.workspace_id = p_workspace_id and v.root_id = root.id and v.contact_id <> root.id
      and v.from_seq < p_seq and (v.to_seq is null or v.to_seq > p_seq)) contact
  cross join lateral (
    select contact.id as lead_id
    union all
    select k.lead_id from crm.contact_leads k
    where k.contact_id = contact.id and k.workspace_id = p_workspace_id and k.lead_id <= p_last) o
  cross join lateral (
    select k.* from routing.assignments_of_lead(p_workspace_id, o.lead_id) k offset 0) a
  where o.lead_id <> p_lead_id and o.lead_id <= p_last and a.seq < p_seq
    and (a.ended_seq is null or a.ended_seq > p_seq)
$$;

comment on function routing.open_leads_at(int, uuid, bigint,
  uuid) is 'Which other leads of a lead''s contact were open when event p_seq was written, and who had them.';

create function routing.holder_standing(
  p_caller_id uuid, p_archived boolean, p_status crm.caller_status, p_time_off tstzmultirange,
  p_at timestamptz, p_refused uuid[],
  p_is_disabled boolean) returns text
language sql stable parallel safe
return case
  when p_caller_id = any (p_refused) then 'let it expire'
  when p_archived then 'archived'
  else routing.presence(p_status, p_time_off, p_at, p_is_disabled)
end;

comment on function routing.holder_standing(uuid, boolean, crm.caller_status, tstzmultirange, timestamptz, uuid[],
  boolean)
is 'Whether a caller with an open lead of a contact may take another, or why not. Hours and limits do not matter.';

-- What find_holder() says of now, this says of then, of everybody who had an open lead of the lead's contact.
create function routing.holders_at(p_workspace_id int, p_lead_id uuid, p_seq bigint, p_at timestamptz, p_refused uuid[])
returns table (lead_id uuid, caller_id uuid, name text, standing text)
language sql stable
as $$
  select h.lead_id, h.caller_id, v.name, routing.holder_standing(h.caller_id, v.archived, v.status, v.time_off, p_at,
    p_refused, v.is_disabled)
  from routing.open_leads_at(p_workspace_id, p_lead_id, p_seq) h
  cross join lateral (
    select c.* from routing.caller_versions c
    where c.workspace_id = p_workspace_id and c.caller_id = h.caller_id and c.from_seq < p_seq
      and (c.to_seq is null or c.to_seq > p_seq)) v
$$;

comment on function routing.holders_at(int, uuid, bigint, timestamptz, uuid[]) is
  'The callers with other open leads of the contact at event p_seq, and whether each could take another.';
