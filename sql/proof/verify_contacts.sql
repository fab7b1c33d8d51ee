-- Contacts, found again. A lead's contact is always the one that the highest-ranking of its keys belongs to that
-- another lead had brought, or else it is itself. So each lead can be checked by itself. Leads
-- older than contacts are linked as well, but were not dealt by them: for those decisions nothing is asked.
create function routing.contacts_begun() returns table (workspace_id int, seq bigint)
language sql stable
as $$
  select w.id, coalesce(i.seq, 0)
  from crm.workspaces w
  left join (
    select e.workspace_id, max(e.seq) as seq from crm.events e where e.kind = 'contact.introduced' group by 1
  ) i on i.workspace_id = w.id
$$;

comment on function routing.contacts_begun() is 'From which event on each workspace dealt leads by their contacts.';

create function routing.unreadable_leads() returns table (workspace_id int, lead_id uuid)
language sql stable
as $$
  select l.workspace_id, l.id
  from (select distinct e.workspace_id, e.lead_id from crm.events e where e.kind = 'lead.updated') edited
  join crm.leads l on l.workspace_id = edited.workspace_id and l.id = edited.lead_id
  where l.sealed is not null and core.is_in_the_clear(routing.lead_as_of(l, 0))
$$;

comment on function routing.unreadable_leads() is
  'Leads that were edited before they were sealed: the log says in the clear what contacts are known by sealed.';

create function routing.first_seq(p_workspace_id int, p_lead_id uuid) returns bigint
language sql stable
return (select min(e.seq) from crm.events e where e.lead_id = p_lead_id and e.workspace_id = p_workspace_id);

comment on function routing.first_seq(int, uuid) is
  'The number of the first event about a lead, which is the order in which leads find their contacts.';

create function routing.edits_of_keys() returns table (workspace_id int, lead_id uuid, seq bigint)
language sql stable
as $$
  select e.workspace_id, e.lead_id, e.seq
  from crm.events e join crm.workspaces w on w.id = e.workspace_id
  where e.kind = 'lead.updated' and e.seq > w.edits_since_seq
    and e.data ?| '{external_id,phone,other_phones,email}'
$$;

comment on function routing.edits_of_keys() is 'The edits by which leads said anew who their contacts are.';

-- A lead says who its contact is when it comes in, and says it anew where it is edited or read again: then it stays
-- with its contact, which is known by what is new from then on.
create function routing.keys_named()
returns table (workspace_id int, lead_id uuid, kind crm.contact_key_kind, contact_id uuid, brought_by uuid, value text,
  own_id uuid, rank bigint, phone text, said_with text, counts boolean, reread_seq bigint)
language sql stable
as $$
  with lost as materialized (  -- whose contact was not looked for because routing failed
    select e.workspace_id, e.lead_id from crm.events e
    where e.kind = 'lead.queued' and e.data ->> 'reason' ^@ 'routing_error'
  ),
  edited as materialized (
    select e.workspace_id, e.lead_id, array_agg(e.seq) filter (where e.kind = 'lead.reread' or k.seq is not null)
      as reread
    from crm.events e left join routing.edits_of_keys() k on k.workspace_id = e.workspace_id and k.seq = e.seq
    where e.kind in ('lead.updated', 'lead.reread') group by e.workspace_id, e.lead_id
  ),
  unreadable as materialized (
    select * from routing.unreadable_leads()
  )
  select l.workspace_id, l.id, n.kind, k.contact_id, k.lead_id, n.value, routing.contact_of(l.workspace_id, l.id),
    row_number() over (partition by l.workspace_id, l.id, c.counts order by n.rank), said.phone, k.phone, c.counts,
    nullif(s.seq, 0)
  from crm.leads l
  left join edited on edited.workspace_id = l.workspace_id and edited.lead_id = l.id
  cross join lateral unnest(0::bigint || edited.reread) s (seq)
  cross join lateral (
    select case when edited.lead_id is null then l else routing.lead_as_of(l, s.seq) end as lead offset 0) told
  cross join lateral routing.keys_of(told.lead) n
  left join crm.contact_keys k on k.workspace_id = l.workspace_id and k.kind = n.kind and k.value = n.value
  cross join lateral (select case when n.rank > 2 then routing.phone_said(told.lead) end as phone) said
  cross join lateral (
    select s.seq = 0 and (
      k.phone is null or said.phone is null or k.phone = said.phone or routing.first_seq(l.workspace_id, l.id) <= (
        select case n.kind when 'email' then w.emails_since_seq else w.phones_since_seq end
        from crm.workspaces w where w.id = l.workspace_id)) as counts) c
  where not l.is_test
    and (s.seq > 0
      or not exists (select from lost where lost.workspace_id = l.workspace_id and lost.lead_id = l.id))
    and not exists (select from unreadable u where u.workspace_id = l.workspace_id and u.lead_id = l.id)
$$;

comment on function routing.keys_named() is
  'What each lead said of its contact when it came in, by rank: which contact has the key, which lead brought it, and '
  'the contact that the lead is of (own_id). Of an e-mail address and of further phones the phone that the lead said '
  'with it, the one it was first said with, and whether it counts: not if they differ, and always for leads older than '
  'that rule. Also, without counting, what it says since it was edited or read again (reread_seq).';

create function routing.contact_decisions()
returns table (workspace_id int, lead_id uuid, seq bigint, at timestamptz, caller_id uuid, duplicate_of uuid)
language sql stable
as $$
  select a.workspace_id, a.lead_id, a.seq, a.assigned_at, a.caller_id, a.duplicate_of
  from crm.lead_assignments a where a.deal_id is not null or a.duplicate_of is not null
  union all
  select e.workspace_id, e.lead_id, e.seq, e.at, null, null
  from crm.events e
  where e.kind = 'lead.queued' and not e.data ->> 'reason' ^@ 'routing_error' and not e.data ?| '{expiries,held}'
$$;

comment on function routing.contact_decisions() is
  'Every time a lead was dealt, to a caller or into the queue, so that its contact was asked first.';

create function routing.edits_in_conflict() returns table (workspace_id int, lead_id uuid, seq bigint)
language sql stable
as $$
  select u.workspace_id, u.lead_id, u.seq
  from routing.edits_of_keys() u
  join crm.leads l on l.workspace_id = u.workspace_id and l.id = u.lead_id
  where not exists (
      select from routing.unreadable_leads() o where o.workspace_id = u.workspace_id and o.lead_id = u.lead_id)
    and exists (
      select from routing.new_keys(routing.lead_as_of(l, u.seq - 1), routing.lead_as_of(l, u.seq)) n
      join crm.contact_keys k on k.workspace_id = u.workspace_id and k.kind = n.kind and k.value = n.value
        and coalesce(k.phone = n.phone, true)
      where routing.root_at(u.workspace_id, k.contact_id, u.seq)
        <> routing.root_at(u.workspace_id, routing.contact_of(u.workspace_id, l.id), u.seq))
$$;

comment on function routing.edits_in_conflict() is
  'The edits after which a lead had a key of somebody else''s contact.';

create function routing.verify_contacts() returns setof routing.violation
language sql stable
as $$
  with named as materialized (
    select * from routing.keys_named()
  ),
  unreadable as materialized (
    select * from routing.unreadable_leads()
  ),
  misnoted as (  -- the order in which leads came is asked only where different phones were said with a key
    select s.workspace_id, s.kind, s.value, (array_agg(s.lead_id order by o.seq))[1] as lead_id
    from (
      select n.*, min(n.phone) over said <> max(n.phone) over said or n.said_with is distinct from n.phone as is_asked
      from named n where n.phone is not null
      window said as (partition by n.workspace_id, n.kind, n.value)
    ) s
    cross join lateral (select coalesce(s.reread_seq, routing.first_seq(s.workspace_id, s.lead_id)) as seq) o
    where s.is_asked
    group by s.workspace_id, s.kind, s.value, s.said_with
    having (array_agg(s.phone order by o.seq))[1] is distinct from s.said_with
      and min(o.seq) > (
        select case s.kind when 'email' then w.emails_since_seq else w.phones_since_seq end
        from crm.workspaces w where w.id = s.workspace_id)
  ),
  torn as (  -- leads whose keys other leads had brought to different contacts, with when they were first dealt
    select o.workspace_id, o.lead_id, o.contact_ids, first.seq
    from (
      select n.workspace_id, n.lead_id, array_agg(distinct n.contact_id) as contact_ids
      from named n where n.brought_by <> n.lead_id and n.counts
      group by n.workspace_id, n.lead_id having count(distinct n.contact_id) > 1
    ) o
    join (
      select d.workspace_id, d.lead_id, min(d.seq) as seq
      from routing.contact_decisions() d group by d.workspace_id, d.lead_id
    ) first using (workspace_id, lead_id)
    join routing.contacts_begun() begun on begun.workspace_id = o.workspace_id and first.seq > begun.seq
  )
  select n.workspace_id, 'a contact is not known by a key of its lead', n.lead_id, null::uuid, null::bigint,
    null::bigint, n.kind || ' ' || n.value
  from named n where n.contact_id is null
  union all
  select m.workspace_id, 'a key was not first said with the phone that is noted', m.lead_id, null, null, null,
    m.kind || ' ' || m.value
  from misnoted m
  where not exists (select from unreadable u where u.workspace_id = m.workspace_id)
  union all
  select n.workspace_id, 'a lead is not of the contact its keys name', n.lead_id, null, null, null,
    (array_agg(n.kind || ' ' || n.value order by n.rank))[1]
  from named n where n.counts
  group by n.workspace_id, n.lead_id, n.own_id
  having bool_and(n.contact_id is not null) and (
    n.own_id <> coalesce(
      (array_agg(n.contact_id order by n.rank) filter (where n.brought_by <> n.lead_id))[1], n.lead_id)
    or bool_or(n.contact_id <> n.own_id) filter (where n.brought_by = n.lead_id))
  union all
  select k.workspace_id, 'a key is of a contact that no lead brought it to', k.lead_id, null, null, null,
    k.kind || ' ' || k.value
  from crm.contact_keys k
  left join named n on n.workspace_id = k.workspace_id and n.lead_id = k.lead_id and n.kind = k.kind
    and n.value = k.value and n.own_id = k.contact_id
  where n.lead_id is null
    and not exists (select from unreadable u where u.workspace_id = k.workspace_id and u.lead_id = k.lead_id)
  union all
  select coalesce(t.workspace_id, e.workspace_id),
    case when e.seq is null then 'a conflict of keys has no event'
      else 'an event tells of a conflict there was not' end,
    coalesce(t.lead_id, e.lead_id), null, null, e.seq, null
  from (
    select t.* from torn t
    where (select count(distinct routing.root_at(t.workspace_id, c.id, t.seq)) from unnest(t.contact_ids) c (id)) > 1
  ) t
  full join (
    select e.* from crm.events e join routing.contacts_begun() begun using (workspace_id)
    where e.kind = 'contact.conflict' and e.seq > begun.seq and not e.data ? 'edit_seq'
      and not exists (select from unreadable u where u.workspace_id = e.workspace_id and u.lead_id = e.lead_id)) e
    on e.workspace_id = t.workspace_id and e.lead_id = t.lead_id
  where t.lead_id is null or e.seq is null
  union all
  select coalesce(t.workspace_id, e.workspace_id),
    case when e.seq is null then 'a conflict of keys has no event'
      else 'an event tells of a conflict there was not' end,
    coalesce(t.lead_id, e.lead_id), null, null, coalesce(e.seq, t.seq), null
  from routing.edits_in_conflict() t
  full join (
    select e.* from crm.events e
    where e.kind = 'contact.conflict' and e.data ? 'edit_seq'
      and not exists (select from unreadable u where u.workspace_id = e.workspace_id and u.lead_id = e.lead_id)) e
    on e.workspace_id = t.workspace_id and e.lead_id = t.lead_id and (e.data ->> 'edit_seq')::bigint = t.seq
  where t.lead_id is null or e.seq is null
$$;

comment on function routing.verify_contacts() is
  'Leads of the wrong contact, keys that no lead brought to their contact, and conflicts without an event.';

create function routing.verify_merges() returns setof routing.violation
language sql stable
as $$
  select coalesce(m.workspace_id, v.workspace_id), 'a contact was merged or unmerged without an event',
    coalesce(m.contact_id, v.contact_id), null::uuid, null::bigint, v.from_seq, null::text
  from crm.contact_merges m
  full join (select * from routing.contact_versions c where c.to_seq is null and c.root_id <> c.contact_id) v
    on v.workspace_id = m.workspace_id and v.contact_id = m.contact_id
  where m.root_id is distinct from v.root_id
$$;

comment on function routing.verify_merges() is 'Contacts that were merged or unmerged without an event.';

create function routing.verify_duplicates() returns setof routing.violation
language sql stable
as $$
  with related as (  -- leads that are not, and never were, the only one of their contact
    select k.workspace_id, k.lead_id from crm.contact_leads k
    union select k.workspace_id, k.contact_id from crm.contact_leads k
    union select v.workspace_id, v.contact_id from routing.contact_versions v
    union select v.workspace_id, v.root_id from routing.contact_versions v
  ),
  asked as materialized (
    select d.*, array(
      select a.caller_id from routing.assignments_of_lead(d.workspace_id, d.lead_id) a
      where a.status = 'expired' and a.ended_seq < d.seq) as refused
    from routing.contact_decisions() d
    join routing.contacts_begun() begun on begun.workspace_id = d.workspace_id and d.seq > begun.seq
    where (d.workspace_id, d.lead_id) in (select r.workspace_id, r.lead_id from related r)
  ),
  open_lead as materialized (  -- of each decision's contact; up to the one that a duplicate names
    select k.workspace_id, k.seq, k.at, k.refused, l.lead_id, l.caller_id
    from asked k
    cross join lateral routing.open_leads_at(k.workspace_id, k.lead_id, k.seq,
      coalesce(k.duplicate_of, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) l
  ),
  holder as (
    select distinct on (o.workspace_id, o.seq) o.workspace_id, o.seq, o.lead_id, o.caller_id
    from open_lead o
    join routing.caller_versions v on v.workspace_id = o.workspace_id and v.caller_id = o.caller_id
      and v.from_seq < o.seq and (v.to_seq is null or v.to_seq > o.seq)
    where routing.holder_standing(
      o.caller_id, v.archived, v.status, v.time_off, o.at, o.refused, v.is_disabled) = 'free'
    order by o.workspace_id, o.seq, o.lead_id
  )
  select d.workspace_id,
    case when d.duplicate_of is null then 'a lead was dealt though a caller had an open one of its contact'
      else 'a duplicate went elsewhere than to the open lead''s caller' end,
    d.lead_id, d.caller_id, null::bigint, d.seq, 'expected ' || coalesce(h.lead_id::text, 'a deal')
  from asked d
  left join holder h on h.workspace_id = d.workspace_id and h.seq = d.seq
  where (h.lead_id, case when h.lead_id is not null then h.caller_id end)
    is distinct from (d.duplicate_of, case when d.duplicate_of is not null then d.caller_id end)
$$;

comment on function routing.verify_duplicates() is
  'Leads that did not go to who had an open one of their contact, and those that did although nobody had.';
