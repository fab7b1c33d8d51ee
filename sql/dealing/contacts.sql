-- Contacts, the people behind leads. A contact is its first lead and has its id; every further lead is linked to it.
-- Found by external id, else phone, else e-mail; what is found is known by the rest of the lead's keys from then on,
-- and a key stays with the contact that had it first. If keys name two contacts, the higher-ranking key wins; only
-- a manager merges contacts. A merge leaves keys and links as they are and says which contact counts as which, so it
-- can be undone.
--
-- A phone that could not be understood and a text that is no e-mail address identify nobody. Of several phones the
-- first ranks highest. An e-mail address or a further phone that was first said together with one phone says nothing of
-- a lead with another: families and offices share addresses and numbers. It still finds the contact of a lead that says
-- no other phone. Nearly no lead has further phones, and each row of values here costs all leads a microsecond: so they
-- are asked only where there are any, and what others say is one expression.
create function routing.keys_of(p_lead crm.leads)
returns table (kind crm.contact_key_kind, value text, rank int)
language sql immutable parallel safe
as $$
  select k.kind, k.value, k.rank
  from (values
    ('external_id'::crm.contact_key_kind, p_lead.external_id, 1),
    ('phone', case when core.is_international(p_lead.phone) or p_lead.phone ^@ 'sealed:' then p_lead.phone end, 2),
    ('phone', p_lead.other_phones[1], 3),
    ('phone', p_lead.other_phones[2], 4),
    ('phone', p_lead.other_phones[3], 5),
    ('phone', p_lead.other_phones[4], 6),
    ('phone', p_lead.other_phones[5], 7),
    ('email', case
      when p_lead.email ~ '^[^@[:space:]]+@[^@[:space:]]+$' or p_lead.email ^@ 'sealed:' then p_lead.email end, 8)
  ) k (kind, value, rank)
  where k.value is not null
$$;

comment on function routing.keys_of(crm.leads) is
  'What a normalised lead says of who its contact is, the highest-ranking first.';

create function routing.key_name(p_kind crm.contact_key_kind, p_rank int) returns text
language sql immutable parallel safe
return case when p_rank between 3 and 7 then 'phone_' || p_rank - 1 else p_kind::text end;

comment on function routing.key_name(crm.contact_key_kind, int) is
  'What an event calls a key: external_id, phone, phone_2 to phone_6, email.';

create type routing.lead_key as (lead_id uuid, kind crm.contact_key_kind, value text, rank int, phone text);
comment on type routing.lead_key is
  'Something that a lead says of who its contact is; of an e-mail address and of further phones the phone that it says '
  'with it, if any.';

create function routing.phone_said(p_lead crm.leads) returns text
language sql immutable parallel safe
return case when core.is_international(p_lead.phone) or p_lead.phone ^@ 'sealed:' then p_lead.phone end;

comment on function routing.phone_said(crm.leads) is 'The phone that a normalised lead says, if it identifies anybody.';

create function routing.main_keys_of(p_lead crm.leads) returns routing.lead_key[]
language sql immutable parallel safe
return array_remove(array[
  case when p_lead.external_id is not null
    then row(p_lead.id, 'external_id', p_lead.external_id, 1, null)::routing.lead_key end,
  case when routing.phone_said(p_lead) is not null
    then row(p_lead.id, 'phone', p_lead.phone, 2, null)::routing.lead_key end,
  case when p_lead.email ~ '^[^@[:space:]]+@[^@[:space:]]+$' or p_lead.email ^@ 'sealed:'
    then row(p_lead.id, 'email', p_lead.email, 8, routing.phone_said(p_lead))::routing.lead_key end], null);

comment on function routing.main_keys_of(crm.leads) is
  'What a normalised lead without further phones says of who its contact is.';

create type routing.contact_conflict as (lead_id uuid, contact_id uuid, keys jsonb);
comment on type routing.contact_conflict is
  'A lead whose keys name different contacts, with the one that won and what each key names.';

-- Keys that nobody had are the lead's own: for most leads that is all. A lead with a key that another one brought is of
-- that one's contact, and so are the keys it brought itself. Such leads are linked all at once, except those whose key
-- came with another lead of the same batch: these are linked one after the other.
-- Locks: none of its own; call it inside the turnstile.
create function routing.join_contacts(p_workspace_id int, p_leads crm.leads[],
  out are_alone boolean, out conflicts routing.contact_conflict[])
language plpgsql volatile
as $$
declare
  v_lead crm.leads := p_leads[1];
  v_have_others boolean := v_lead.other_phones is not null;
  v_keys routing.lead_key[];
  v_new int;
  v_linked routing.lead_key[];
  v_chained uuid[];
  v_lead_id uuid;
begin
  if cardinality(p_leads) <> 1 then
    v_have_others := exists (select from unnest(p_leads) l where l.other_phones is not null);
  end if;
  if v_have_others then
    v_keys := array(
      select row(l.id, k.kind, k.value, k.rank,
        case when k.rank > 2 then routing.phone_said(l) end)::routing.lead_key
      from unnest(p_leads) l cross join lateral routing.keys_of(l) k);
  elsif cardinality(p_leads) = 1 then
    v_keys := routing.main_keys_of(v_lead);
  else
    v_keys := array(select k from unnest(p_leads) l cross join lateral unnest(routing.main_keys_of(l)) k);
  end if;
  insert into crm.contact_keys (workspace_id, kind, value, contact_id, lead_id, phone)
  select p_workspace_id, k.kind, k.value, k.lead_id, k.lead_id, k.phone from unnest(v_keys) k
  on conflict do nothing;
  get diagnostics v_new = row_count;
  conflicts := '{}';
  are_alone := v_new = cardinality(v_keys);
  if are_alone then
    return;
  end if;
  v_keys := routing.without_shared_keys(p_workspace_id, v_keys);

  select coalesce(array_agg(row(c.lead_id, c.kind, c.value, c.rank, null)::routing.lead_key)
    filter (where not c.is_chained), '{}'),
    coalesce(array_agg(distinct c.lead_id) filter (where c.is_chained), '{}')
  into v_linked, v_chained
  from (
    select f.*, bool_or(f.brought_by <> f.lead_id and f.came_with_further) over (partition by f.lead_id) as is_chained
    from (
      select b.*,
        bool_or(b.brought_by = b.lead_id and b.is_further) over (partition by b.kind, b.value) as came_with_further
      from (
        select k.*, bool_or(k.brought_by <> k.lead_id) over (partition by k.lead_id) as is_further
        from routing.keys_brought(p_workspace_id, v_keys) k
      ) b
    ) f
    where f.is_further
  ) c;
  conflicts := routing.link_leads(p_workspace_id, v_linked);
  foreach v_lead_id in array v_chained loop  -- in the order of ids, as leads are dealt
    conflicts := conflicts || routing.link_leads(p_workspace_id, array(
      select k from unnest(v_keys) k where k.lead_id = v_lead_id));
  end loop;
end
$$;

comment on function routing.join_contacts(int, crm.leads[]) is
  'Finds or makes the contact of each new lead, in the order of ids. Says whether each is the only lead of its '
  'contact, and which have keys that name different contacts: external_id, phone, phone_2 to phone_6, email.';

-- The first lead, in the order of ids, that says an address or a further phone with a phone settles it for all that
-- follow, so the leads of a batch need not be looked at one by one.
create function routing.without_shared_keys(p_workspace_id int, p_keys routing.lead_key[])
returns routing.lead_key[]
language plpgsql volatile
as $$
begin
  if not exists (select from unnest(p_keys) k where k.phone is not null) then
    return p_keys;
  end if;
  update crm.contact_keys c set phone = f.phone
  from (
    select distinct on (k.kind, k.value) k.kind, k.value, k.phone from unnest(p_keys) k
    where k.phone is not null order by k.kind, k.value, k.lead_id
  ) f
  where crm.key_hash(c.workspace_id, c.kind, c.value) = crm.key_hash(p_workspace_id, f.kind, f.value)
    and c.workspace_id = p_workspace_id and c.kind = f.kind and c.value = f.value and c.phone is null;
  return array(
    select k from unnest(p_keys) k
    where k.phone is null or not exists (
      select from crm.contact_keys c
      where crm.key_hash(c.workspace_id, c.kind, c.value) = crm.key_hash(p_workspace_id, k.kind, k.value)
        and c.workspace_id = p_workspace_id and c.kind = k.kind and c.value = k.value and c.phone <> k.phone));
end
$$;

comment on function routing.without_shared_keys(int, routing.lead_key[]) is
  'The keys of leads, which are stored, without e-mail addresses and further phones that were first said with another '
  'phone; notes the phone of those that had been said with none.';

create function routing.keys_brought(p_workspace_id int, p_keys routing.lead_key[])
returns table (lead_id uuid, kind crm.contact_key_kind, value text, rank int, contact_id uuid, brought_by uuid)
language sql stable
as $$
  select k.lead_id, k.kind, k.value, k.rank, c.contact_id, c.lead_id
  from unnest(p_keys) k
  cross join lateral (
    select b.contact_id, b.lead_id from crm.contact_keys b
    where crm.key_hash(b.workspace_id, b.kind, b.value) = crm.key_hash(p_workspace_id, k.kind, k.value)
      and b.workspace_id = p_workspace_id and b.kind = k.kind and b.value = k.value offset 0) c
$$;

comment on function routing.keys_brought(int, routing.lead_key[]) is 'Whose each key is, and which lead brought it.';

create function routing.link_leads(p_workspace_id int, p_keys routing.lead_key[]) returns routing.contact_conflict[]
language plpgsql volatile
as $$
declare
  v_conflicts routing.contact_conflict[];
begin
  with brought as materialized (
    select * from routing.keys_brought(p_workspace_id, p_keys)
  ),
  found as materialized (
    select b.lead_id, (array_agg(b.contact_id order by b.rank))[1] as contact_id,
      jsonb_object_agg(routing.key_name(b.kind, b.rank),
        routing.root_of(p_workspace_id, b.contact_id)) as roots
    from brought b where b.brought_by <> b.lead_id group by b.lead_id
  ),
  learnt as (
    update crm.contact_keys c set contact_id = f.contact_id
    from brought b join found f on f.lead_id = b.lead_id
    where b.brought_by = b.lead_id
      and crm.key_hash(c.workspace_id, c.kind, c.value) = crm.key_hash(p_workspace_id, b.kind, b.value)
      and c.workspace_id = p_workspace_id and c.kind = b.kind and c.value = b.value
  ),
  linked as (
    insert into crm.contact_leads (workspace_id, lead_id, contact_id)
    select p_workspace_id, f.lead_id, f.contact_id from found f
  )
  select coalesce(array_agg(
    row(f.lead_id, routing.root_of(p_workspace_id, f.contact_id), f.roots)::routing.contact_conflict), '{}')
  into v_conflicts
  from found f
  where (select count(distinct r.value) from jsonb_each(f.roots) r) > 1;
  return v_conflicts;
end
$$;

comment on function routing.link_leads(int, routing.lead_key[]) is
  'Links leads, given all their keys, to the contact of the highest-ranking key that others brought, together with '
  'the keys they brought themselves. Returns conflicts as join_contacts() does.';

create function routing.root_of(p_workspace_id int, p_contact_id uuid) returns uuid
language sql stable
as $$
  select coalesce((
    select m.root_id from crm.contact_merges m
    where m.workspace_id = p_workspace_id and m.contact_id = p_contact_id), p_contact_id)
$$;

comment on function routing.root_of(int, uuid) is
  'The contact that a contact counts as, now: itself unless it was merged.';

create function routing.merge_contact(p_workspace_id int, p_lead_id uuid, p_contact_id uuid, p_into_id uuid)
returns void
language plpgsql volatile
as $$
declare
  v_moved uuid[] := p_contact_id || array(
    select m.contact_id from crm.contact_merges m
    where m.workspace_id = p_workspace_id and m.root_id = p_contact_id order by m.contact_id);
begin
  update crm.contact_merges m set root_id = p_into_id
  where m.workspace_id = p_workspace_id and m.root_id = p_contact_id;
  insert into crm.contact_merges (workspace_id, contact_id, into_id, root_id)
  values (p_workspace_id, p_contact_id, p_into_id, p_into_id);
  perform core.write_event(p_workspace_id, 'contact.merged', p_lead_id, null,
    jsonb_build_object('contact_id', p_contact_id, 'into_id', p_into_id, 'root_id', p_into_id, 'moved', v_moved));
end
$$;

comment on function routing.merge_contact(int, uuid, uuid, uuid) is
  'Makes a contact, with those merged into it, count as another from now on; both count as themselves so far. Call it '
  'inside the turnstile.';

create function routing.contact_of(p_workspace_id int, p_lead_id uuid) returns uuid
language sql stable
as $$
  select coalesce((
    select k.contact_id from crm.contact_leads k
    where k.workspace_id = p_workspace_id and k.lead_id = p_lead_id), p_lead_id)
$$;

comment on function routing.contact_of(int, uuid) is 'The contact a lead was found to be of when it came in.';

create function routing.contacts_of(p_workspace_id int, p_root_id uuid) returns setof uuid
language sql stable
as $$
  select p_root_id
  union all
  select m.contact_id from crm.contact_merges m where m.root_id = p_root_id and m.workspace_id = p_workspace_id
$$;

comment on function routing.contacts_of(int, uuid) is 'A contact that counts for itself, and those merged into it.';

create function routing.leads_of_contact(p_workspace_id int, p_root_id uuid) returns setof uuid
language sql stable
as $$
  select c.id from routing.contacts_of(p_workspace_id, p_root_id) c (id)
  union all
  select l.lead_id
  from routing.contacts_of(p_workspace_id, p_root_id) c (id)
  cross join lateral (
    select k.lead_id from crm.contact_leads k where k.contact_id = c.id and k.workspace_id = p_workspace_id offset 0) l
$$;

comment on function routing.leads_of_contact(int, uuid) is
  'Every lead of a contact that counts for itself, with those of the contacts merged into it.';

-- Who has an open lead of the same contact, and may take leads at all: limits and hours do not matter, only whether the
-- caller is there. Of several the lead that came first counts. A lead that is alone with its contact costs two look-ups
-- and is left out.
create function routing.find_holders(p_workspace_id int, p_leads crm.leads[], p_now timestamptz, p_refused uuid[])
returns table (lead_id uuid, contact_id uuid, duplicate_of uuid, caller_id uuid)
language plpgsql stable
as $$
declare
  v_are_merged boolean := exists (select from crm.contact_merges m where m.workspace_id = p_workspace_id);
begin
  return query
  select c.lead_id, c.root_id, h.lead_id, h.caller_id
  from (
    select l.id as lead_id,
      case when v_are_merged then routing.root_of(p_workspace_id, k.contact_id) else k.contact_id end as root_id
    from unnest(p_leads) l
    cross join lateral (
      select f.contact_id from crm.contact_leads f where f.workspace_id = p_workspace_id and f.lead_id = l.id
      union all
      (select l.id from crm.contact_leads f where f.contact_id = l.id limit 1)
      union all
      select l.id where v_are_merged
      limit 1) k
  ) c
  left join lateral routing.find_holder(p_workspace_id, c.root_id, p_now, p_refused) h on true;
end
$$;

comment on function routing.find_holders(int, crm.leads[], timestamptz, uuid[]) is
  'For each lead that is not the only one of its contact: the contact, and, if another lead of it is open, that lead '
  'and the caller who has it. Without those in p_refused.';

create function routing.find_holder(p_workspace_id int, p_root_id uuid, p_now timestamptz, p_refused uuid[])
returns table (lead_id uuid, caller_id uuid)
language sql stable
as $$
  select h.lead_id, h.caller_id
  from routing.contacts_of(p_workspace_id, p_root_id) contact (id)
  cross join lateral (  -- by the order of the index up to the first that counts, of however many
    select o.lead_id, a.caller_id
    from (
      select contact.id as lead_id
      union all
      (select l.lead_id from crm.contact_leads l
       where l.contact_id = contact.id and l.workspace_id = p_workspace_id order by l.lead_id)
    ) o
    cross join lateral (
      select k.caller_id from crm.lead_assignments k
      where k.lead_id = o.lead_id and k.workspace_id = p_workspace_id and k.ended_at is null offset 0) a
    cross join lateral (
      select from crm.callers c
      where c.workspace_id = p_workspace_id and c.id = a.caller_id and c.archived_at is null
        and routing.presence(c.status, c.time_off, p_now, c.is_disabled) = 'free' offset 0) c
    where a.caller_id <> all (p_refused)
    order by o.lead_id limit 1) h
  order by h.lead_id limit 1
$$;

comment on function routing.find_holder(int, uuid, timestamptz, uuid[]) is
  'The open lead of a contact and the caller who has it; none when nobody may take another, or only those in '
  'p_refused.';
