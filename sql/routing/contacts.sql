-- Contacts, the people behind leads. A contact is its first lead and has its id; every further lead is linked to it.
-- Found by external id, else phone, else e-mail; what is found is known by the rest of the lead's keys from then on, and
-- a key stays with the contact that had it first. If keys name two contacts the higher-ranking wins: nothing is merged but by a
-- manager. A merge leaves keys and links as they are and says which contact counts as which: so it can be undone.
--
-- A phone that could not be understood and a text that is no e-mail address identify nobody.
create function routing.keys_of(p_lead crm.leads) returns table (kind crm.contact_key_kind, value text)
language sql immutable parallel safe
as $$
  select k.kind, k.value
  from (values
    ('external_id'::crm.contact_key_kind, p_lead.external_id),
    ('phone', case when p_lead.phone ~ '^\+[1-9]\d{6,14}$' then p_lead.phone end),
    ('email', case when p_lead.email ~ '^[^@[:space:]]+@[^@[:space:]]+$' then p_lead.email end)) k (kind, value)
  where k.value is not null
$$;

comment on function routing.keys_of(crm.leads) is 'What a normalised lead says of who its contact is, the highest-ranking first.';

-- Leads that share a key with another of the batch find their contacts one after the other, all others at once.
-- Locks: none of its own; call it inside the turnstile.
create function routing.join_contacts(p_workspace_id int, p_leads crm.leads[]) returns table (lead_id uuid, contact_id uuid, keys jsonb)
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_shared uuid[] := array(
    select distinct s.id
    from (select l.id, count(*) over (partition by k.kind, k.value) as bearers from unnest(p_leads) l cross join lateral routing.keys_of(l) k) s
    where s.bearers > 1);
  v_lead crm.leads;
begin
  if v_shared = '{}' then
    return query select * from routing.find_contacts(p_workspace_id, p_leads);
    return;
  end if;
  return query select * from routing.find_contacts(p_workspace_id, array(select l from unnest(p_leads) l where l.id <> all (v_shared)));
  foreach v_lead in array p_leads loop
    if v_lead.id = any (v_shared) then
      return query select * from routing.find_contacts(p_workspace_id, array[v_lead]);
    end if;
  end loop;
end
$$;

comment on function routing.join_contacts(int, crm.leads[]) is 'Finds or makes the contact of each new lead, in their order. Returns the leads whose keys name different contacts, with the one that won and what each key names.';

create function routing.find_contacts(p_workspace_id int, p_leads crm.leads[]) returns table (lead_id uuid, contact_id uuid, keys jsonb)
language plpgsql volatile
as $$
begin
  return query
  with given as materialized (
    select l.id, k.kind, k.value, known.contact_id, routing.root_of(p_workspace_id, known.contact_id) as root_id
    from unnest(p_leads) l
    cross join lateral routing.keys_of(l) k
    left join lateral (
      select c.contact_id from crm.contact_keys c
      where c.workspace_id = p_workspace_id and c.kind = k.kind and c.value = k.value offset 0) known on true
  ),
  found as materialized (
    select g.id, (array_agg(g.contact_id order by g.kind))[1] as contact_id, min(g.root_id::text) <> max(g.root_id::text) as differs
    from given g where g.contact_id is not null group by g.id
  ),
  learnt as (
    insert into crm.contact_keys (workspace_id, kind, value, contact_id, lead_id)
    select p_workspace_id, g.kind, g.value, coalesce(f.contact_id, g.id), g.id
    from given g left join found f on f.id = g.id
    where g.contact_id is null
  ),
  linked as (
    insert into crm.contact_leads (workspace_id, lead_id, contact_id) select p_workspace_id, f.id, f.contact_id from found f
  )
  select g.id, routing.root_of(p_workspace_id, f.contact_id), jsonb_object_agg(g.kind, g.root_id)
  from given g join found f on f.id = g.id
  where f.differs and g.root_id is not null
  group by g.id, f.contact_id;
end
$$;

comment on function routing.find_contacts(int, crm.leads[]) is 'As join_contacts(), for leads no two of which share a key.';

create function routing.root_of(p_workspace_id int, p_contact_id uuid) returns uuid
language sql stable
as $$
  select coalesce((select m.root_id from crm.contact_merges m where m.workspace_id = p_workspace_id and m.contact_id = p_contact_id), p_contact_id)
$$;

comment on function routing.root_of(int, uuid) is 'The contact that a contact counts as, now: itself unless it was merged.';

create function routing.contact_of(p_workspace_id int, p_lead_id uuid) returns uuid
language sql stable
as $$
  select coalesce((select k.contact_id from crm.contact_leads k where k.workspace_id = p_workspace_id and k.lead_id = p_lead_id), p_lead_id)
$$;

comment on function routing.contact_of(int, uuid) is 'The contact a lead was found to be of when it came in.';

create function routing.leads_of_contact(p_workspace_id int, p_root_id uuid) returns setof uuid
language sql stable
as $$
  with contact (id) as (
    select p_root_id union all select m.contact_id from crm.contact_merges m where m.root_id = p_root_id and m.workspace_id = p_workspace_id
  )
  select contact.id from contact
  union all
  select k.lead_id from contact join crm.contact_leads k on k.contact_id = contact.id and k.workspace_id = p_workspace_id
$$;

comment on function routing.leads_of_contact(int, uuid) is 'Every lead of a contact that counts for itself, with those of the contacts merged into it.';

-- Who has an open lead of the same contact, and may take leads at all: limits and hours do not matter, being there does.
-- Of several the lead that came first counts.
create function routing.find_holder(p_workspace_id int, p_root_id uuid, p_now timestamptz, p_refused uuid[])
returns table (lead_id uuid, caller_id uuid)
language sql stable
as $$
  select a.lead_id, a.caller_id
  from routing.leads_of_contact(p_workspace_id, p_root_id) o (id)
  cross join lateral (
    select k.lead_id, k.caller_id from crm.lead_assignments k
    where k.lead_id = o.id and k.workspace_id = p_workspace_id and k.ended_at is null offset 0) a
  join crm.callers c on c.workspace_id = p_workspace_id and c.id = a.caller_id
  where c.archived_at is null and routing.is_there(c.status, c.time_off, p_now) and a.caller_id <> all (p_refused)
  order by a.lead_id limit 1
$$;

comment on function routing.find_holder(int, uuid, timestamptz, uuid[]) is 'The open lead of a contact and the caller who has it; none when nobody may take another, or only those in p_refused.';
