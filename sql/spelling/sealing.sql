-- Sealing as the gateway and `fairlead keys` need it. Whatever is encrypted or decrypted is so outside; here keys come
-- wrapped, and values as hashes: see sealed.sql.
create function api.read_sealing_keys() returns table (id int, key_id text, wrapped bytea, created_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.id, k.key_id, k.wrapped, k.created_at from crm.sealing_keys k order by k.id
$$;

comment on function api.read_sealing_keys() is 'The data keys, wrapped, the newest last.';

create function api.add_sealing_key(p_id int, p_key_id text, p_wrapped bytea) returns void
language sql volatile
as $$
  insert into crm.sealing_keys (id, key_id, wrapped, created_at) values (p_id, p_key_id, p_wrapped, core.current_time())
  on conflict do nothing
$$;

comment on function api.add_sealing_key(int, text, bytea) is
  'Keeps a new data key, unless somebody else made the one of that number a moment ago.';

create function api.rewrap_sealing_key(p_id int, p_key_id text, p_wrapped bytea) returns void
language sql volatile
as $$
  update crm.sealing_keys k set key_id = p_key_id, wrapped = p_wrapped where k.id = p_id
$$;

comment on function api.rewrap_sealing_key(int, text, bytea) is
  'Keeps a data key as it is wrapped by another key of the environment.';

create function api.read_country(p_workspace_id int) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select w.country from crm.workspaces w where w.id = p_workspace_id
$$;

comment on function api.read_country(int) is
  'The country of a workspace, for the gateway to do what core.read_phones() does.';

create function api.read_placeholders(p_workspace_id int) returns table (pattern text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select w.placeholder_pattern from crm.workspaces w where w.id = p_workspace_id
$$;

comment on function api.read_placeholders(int) is
  'What fits the phones and e-mail addresses in their one spelling that identify nobody; null for an empty list.';

create function api.count_sealed() returns table (key int, leads bigint)
language sql stable
as $$
  select case when not core.is_in_the_clear(l) then core.sealing_key_of(l.sealed) end, count(*)
  from crm.leads l where coalesce(l.phone, l.email, l.metadata ->> 'phone_given') is not null group by 1 order by 1
$$;

comment on function api.count_sealed() is
  'How many leads with a phone or e-mail are sealed with each data key; key null: in the clear.';

-- What stands in the clear is sealed value by value: all leads that say a phone get its hash in one transaction,
-- together with the contact that is known by it. Where the hash is taken already (a plain insert of a number that was
-- known sealed) the value gets another one, and its leads stay with the contact they were found to be of.
-- Locks: the turnstile, then the leads. Call all three in one transaction.
create function api.list_clear_leads(p_workspace_id int, p_after uuid, p_limit int)
returns table (id uuid, phone text, email text, sealed bytea, other_phones text[], phone_given text)
language plpgsql volatile
set enable_seqscan = off
as $$
begin
  perform core.take_turnstile(p_workspace_id);
  return query
  select l.id, l.phone, l.email, l.sealed, l.other_phones, l.metadata ->> 'phone_given'
  from crm.leads l
  where l.workspace_id = p_workspace_id and l.id > p_after and core.is_in_the_clear(l)
  order by l.id limit p_limit for no key update;
end
$$;

comment on function api.list_clear_leads(int, uuid, int) is
  'The next leads of a workspace that are not sealed, or not wholly; nobody deals meanwhile.';

create function api.list_leads_saying(p_workspace_id int, p_phones text[], p_emails text[])
returns table (id uuid, phone text, email text, sealed bytea, other_phones text[], phone_given text)
language sql volatile
as $$
  select l.id, l.phone, l.email, l.sealed, l.other_phones, l.metadata ->> 'phone_given'
  from crm.leads l
  where l.workspace_id = p_workspace_id and l.phone = any (p_phones)
  union
  select l.id, l.phone, l.email, l.sealed, l.other_phones, l.metadata ->> 'phone_given'
  from crm.leads l
  where l.workspace_id = p_workspace_id and l.other_phones && p_phones
  union
  select l.id, l.phone, l.email, l.sealed, l.other_phones, l.metadata ->> 'phone_given'
  from crm.leads l
  where cardinality(p_emails) > 0 and l.workspace_id = p_workspace_id and l.email = any (p_emails)
$$;

comment on function api.list_leads_saying(int, text[], text[]) is
  'The leads of a workspace with one of these phones, as their first or another, or e-mails.';

-- A phone's hash is free when no lead has it: leads with one phone are sealed together. An e-mail may be sealed for
-- some leads before others; it is known to have got its first hash, or never to have been a key, by no contact being
-- known by it in the clear.
create function api.choose_hashes(p_workspace_id int, p_values jsonb) returns table (kind text, value text, hash text)
language sql stable
as $$
  select v.kind, v.value, (
    select h.hash from jsonb_array_elements_text(v.hashes) with ordinality as h (hash, nr)
    where case v.kind
      when 'phone' then not exists (select from crm.leads l where l.phone = h.hash and l.workspace_id = p_workspace_id)
        and not exists (select from crm.contact_keys k
          where crm.key_hash(k.workspace_id, k.kind, k.value) = crm.key_hash(p_workspace_id, 'phone', h.hash)
            and k.workspace_id = p_workspace_id and k.kind = 'phone' and k.value = h.hash)
      else not exists (select from crm.contact_keys k
        where crm.key_hash(k.workspace_id, k.kind, k.value) = crm.key_hash(p_workspace_id, 'email', v.value)
          and k.workspace_id = p_workspace_id and k.kind = 'email' and k.value = v.value)
        or not exists (select from crm.contact_keys k
          where crm.key_hash(k.workspace_id, k.kind, k.value) = crm.key_hash(p_workspace_id, 'email', h.hash)
            and k.workspace_id = p_workspace_id and k.kind = 'email' and k.value = h.hash) end
    order by h.nr limit 1)
  from jsonb_to_recordset(p_values) as v (kind text, value text, hashes jsonb)
$$;

comment on function api.choose_hashes(int, jsonb) is
  'Of the hashes that each value may get, [{kind, value, hashes}], the first that nobody else''s has.';

create function api.store_sealed(p_workspace_id int, p_leads jsonb, p_hashes jsonb) returns void
language plpgsql volatile
as $$
begin
  update crm.contact_keys k set value = h.hash
  from jsonb_to_recordset(p_hashes) as h (kind crm.contact_key_kind, value text, hash text)
  where crm.key_hash(k.workspace_id, k.kind, k.value) = crm.key_hash(p_workspace_id, h.kind, h.value)
    and k.workspace_id = p_workspace_id and k.kind = h.kind and k.value = h.value;

  update crm.contact_keys k set phone = s.phone
  from jsonb_to_recordset(p_leads) as s (id uuid, phone text, email text, other_phones text[])
  join crm.leads l on l.workspace_id = p_workspace_id and l.id = s.id
  cross join lateral (
    select 'email'::crm.contact_key_kind as kind, s.email as value
    union all select 'phone', o.phone from unnest(s.other_phones) o (phone)) said
  where crm.key_hash(k.workspace_id, k.kind, k.value) = crm.key_hash(p_workspace_id, said.kind, said.value)
    and k.workspace_id = p_workspace_id and k.kind = said.kind and k.value = said.value and k.phone = l.phone;

  -- A hash of content that holds the phone would give it away to a program that tries all phones.
  update crm.leads l set phone = s.phone, other_phones = s.other_phones, email = s.email, metadata = s.metadata,
    sealed = s.sealed,
    idempotency_key = case
      when l.idempotency_key = core.content_key(l)
        then core.content_key(jsonb_populate_record(l, to_jsonb(s) - 'id' - 'sealed'))
      when l.idempotency_key ^@ 'content:' then 'edited:' || l.id
      else l.idempotency_key end
  from (
    select g.id, g.phone, g.other_phones, g.email, decode(g.sealed, 'base64') as sealed,
      case when g.phone_given is null then o.metadata
        else o.metadata || jsonb_build_object('phone_given', g.phone_given) end as metadata
    from jsonb_to_recordset(p_leads) as g (
      id uuid, phone text, other_phones text[], email text, phone_given text, sealed text)
    join crm.leads o on o.workspace_id = p_workspace_id and o.id = g.id) s
  where l.workspace_id = p_workspace_id and l.id = s.id;
end
$$;

comment on function api.store_sealed(int, jsonb, jsonb) is
  'Puts sealed values in the place of clear ones: of leads, [{id, phone, other_phones, email, phone_given, sealed}], '
  'and of what contacts are known by, [{kind, value, hash}].';

-- Another data key: the hashes stay.
create function api.list_sealed_leads(p_workspace_id int, p_after uuid, p_key int, p_limit int)
returns table (id uuid, sealed bytea)
language sql stable
set enable_seqscan = off
as $$
  select l.id, l.sealed from crm.leads l
  where l.workspace_id = p_workspace_id and l.id > p_after and l.sealed is not null
    and core.sealing_key_of(l.sealed) <> p_key
  order by l.id limit p_limit
$$;

comment on function api.list_sealed_leads(int, uuid, int, int) is
  'The next leads of a workspace that are sealed with other data keys than this.';

create function api.reseal_leads(p_workspace_id int, p_leads jsonb) returns void
language sql volatile
as $$
  update crm.leads l set sealed = decode(s.sealed, 'base64')
  from jsonb_to_recordset(p_leads) as s (id uuid, before text, sealed text)
  where l.workspace_id = p_workspace_id and l.id = s.id and l.sealed = decode(s.before, 'base64')
$$;

comment on function api.reseal_leads(int, jsonb) is
  'Keeps leads as sealed with another data key, [{id, before, sealed}], where they were not sealed anew meanwhile.';
