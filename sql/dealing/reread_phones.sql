-- Phones that older code stored as text, "p:+91 98100 00001", are read again by the reader of today, once, when the
-- code that can read them is installed: only then are reader and reference data there together.
--
-- What was decided stays: a lead stays with the contact it was found to be of and with its caller, and replay sees what
-- it said then. From its event lead.reread on, its contact is known by its phones, too. Where a contact that begins
-- with such a lead turns out to be known by its phone already, it is merged into that one as a manager would do it: the
-- log says so, and a manager can undo it. Where other keys had linked the lead, that would be a conflict, and nothing
-- is merged. A number in international form stays where nothing else is read in it.
--
-- Locks: the turnstile. 1,000 leads at a time, so that memory has a bound.
create function routing.reread_lead(p_lead crm.leads, p_country text, p_placeholders text) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := core.spell_phones_of(p_lead, p_country);
begin
  v_lead := core.put_phones_aside(v_lead, p_lead, p_placeholders);
  if v_lead.phone is null and core.is_international(p_lead.phone) then
    return p_lead;
  end if;
  return v_lead;
end
$$;

comment on function routing.reread_lead(crm.leads, text, text) is
  'A stored lead with its phone as a new lead would have it.';

-- What tells a retry from a new lead is made anew as well, so that a retry of yesterday's lead is known. Leads that
-- turn out to be one enquiry are both there already, and stay.
create function routing.store_reread(p_workspace crm.workspaces, p_leads crm.leads[]) returns void
language plpgsql volatile
as $$
begin
  update crm.leads l
  set phone = n.phone, other_phones = n.other_phones, metadata = n.metadata, idempotency_key = n.key
  from (
    select r.id, r.phone, r.other_phones, r.metadata,
      case when r.source_row_id is null and (
        row_number() over (
          partition by e.key, case when e.key is not null then array[r.source_id::text]
            else array[r.phone, r.timestamp_from_sheet::text, coalesce(r.external_id, '')] end
          order by r.id) > 1
        or exists (
          select from crm.leads o
          where o.workspace_id = p_workspace.id and o.id <> r.id and e.key is null and o.phone = r.phone
            and o.timestamp_from_sheet = r.timestamp_from_sheet and o.source_row_id is null
            and o.idempotency_key is null and coalesce(o.external_id, '') = coalesce(r.external_id, ''))
        or exists (
          select from crm.leads o
          where o.workspace_id = p_workspace.id and o.id <> r.id and o.idempotency_key = e.key
            and o.source_id is not distinct from r.source_id))
        then 'reread:' || r.id else e.key end as key
    from unnest(p_leads) r
    cross join lateral (
      select case when r.source_row_id is not null or r.idempotency_key !~ '^content:' then r.idempotency_key
        else core.retry_key(jsonb_populate_record(r, '{"idempotency_key": null}'), p_workspace.timezone) end as key
    ) e
  ) n
  where l.workspace_id = p_workspace.id and l.id = n.id;
end
$$;

comment on function routing.store_reread(crm.workspaces, crm.leads[]) is
  'Stores leads whose phones were read again; the log tells of each.';

create function routing.learn_reread(p_workspace_id int, p_leads crm.leads[], out merged int, out apart int)
language plpgsql volatile
as $$
declare
  v_keys routing.lead_key[] := array(
    select row(l.id, k.kind, k.value, k.rank, case when k.rank > 2 then routing.phone_said(l) end)::routing.lead_key
    from unnest(p_leads) l cross join lateral routing.keys_of(l) k where not l.is_test
    order by l.id, k.rank);
  v_found record;
  v_root_id uuid;
  v_into_id uuid;
begin
  insert into crm.contact_keys (workspace_id, kind, value, contact_id, lead_id, phone)
  select p_workspace_id, k.kind, k.value, routing.contact_of(p_workspace_id, k.lead_id), k.lead_id, k.phone
  from unnest(v_keys) k
  on conflict do nothing;
  perform routing.without_shared_keys(p_workspace_id, v_keys);
  merged := 0;
  apart := 0;
  for v_found in
    select b.lead_id, b.contact_id, routing.contact_of(p_workspace_id, b.lead_id) as own_id
    from routing.keys_brought(p_workspace_id, v_keys) b
    where b.rank = 2 and b.contact_id <> routing.contact_of(p_workspace_id, b.lead_id)
    order by b.lead_id
  loop
    v_root_id := routing.root_of(p_workspace_id, v_found.own_id);
    v_into_id := routing.root_of(p_workspace_id, v_found.contact_id);
    if v_root_id = v_into_id then
      continue;
    elsif v_found.own_id = v_found.lead_id then
      perform routing.merge_contact(p_workspace_id, v_found.lead_id, v_root_id, v_into_id);
      merged := merged + 1;
    else
      apart := apart + 1;
    end if;
  end loop;
end
$$;

comment on function routing.learn_reread(int, crm.leads[]) is
  'Has the contacts of leads be known by what was read in their phones, and merges those that thereby are one. Says '
  'how many, and how many leads stay apart from a contact with their phone, as another key had linked them.';

create function routing.reread_phones(p_workspace_id int) returns void
language plpgsql volatile
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(p_workspace_id);
  v_usual text := (select n.usual from crm.phone_plans n where n.region = v_workspace.country);
  v_ids uuid[] := array(
    select l.id from crm.leads l
    where l.workspace_id = p_workspace_id and not l.phone ^@ 'sealed' and (l.phone ~ v_usual) is not true
      and (not core.is_international(l.phone) or core.find_number(l.phone, v_workspace.country) is null)
    order by l.id);
  v_actor text := current_setting('fairlead.actor', true);
  v_leads crm.leads[];
  v_learnt record;
  v_read int := 0;
  v_unread int := 0;
  v_merged int := 0;
  v_apart int := 0;
begin
  perform set_config('fairlead.actor', 'migration', true);
  for v_from in 1 .. coalesce(cardinality(v_ids), 0) by 1000 loop
    v_leads := array(
      select r.lead
      from crm.leads l
      cross join lateral (
        select routing.reread_lead(l, v_workspace.country, v_workspace.placeholder_pattern) as lead offset 0) r
      where l.workspace_id = p_workspace_id and l.id = any (v_ids[v_from : v_from + 999])
        and (r.lead).phone is distinct from l.phone
      order by l.id);
    perform routing.store_reread(v_workspace, v_leads);
    v_learnt := routing.learn_reread(p_workspace_id, v_leads);
    v_read := v_read + (select count(*) from unnest(v_leads) l where l.phone is not null);
    v_unread := v_unread + (select count(*) from unnest(v_leads) l where l.phone is null);
    v_merged := v_merged + v_learnt.merged;
    v_apart := v_apart + v_learnt.apart;
  end loop;
  perform set_config('fairlead.actor', v_actor, true);
  update crm.workspaces w set phones_since_seq = w.event_seq where w.id = p_workspace_id;
  if v_read + v_unread > 0 then
    raise notice '%: the phones of % leads, stored as text, are numbers now; those of % are none, and are in the '
      'metadata as phone_given', v_workspace.name, v_read, v_unread;
    raise notice '%: % contacts turned out to be another by their phone and count as one with it, which managers can '
      'undo; % leads stay apart from a contact with their phone', v_workspace.name, v_merged, v_apart;
  end if;
end
$$;

comment on function routing.reread_phones(int) is
  'Reads again the phones of a workspace that older code stored as text, and tells in numbers what that changed.';
