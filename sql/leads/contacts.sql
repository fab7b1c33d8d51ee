-- What a manager sees of a contact, and merging: for the day when one person came under two phones. A contact is named
-- by any of its leads. What comes in next is dealt as for one contact, until it is unmerged. If different callers have
-- open leads of the two, the merge needs to be told who gets all of them, or that each caller keeps theirs. Unmerging
-- leaves them where they are.
--
-- Both act in core.current_workspace() and pass its turnstile first. Errors: LD404 no such lead; LD409
-- nothing to do, or (column hand_over) nobody said who gets the open leads.
create function core.contact_json(p_lead_id uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with own (id, root_id, workspace_id) as materialized (
    select c.id, routing.root_of(w.id, c.id), w.id
    from core.current_workspace() w (id) cross join lateral routing.contact_of(w.id, p_lead_id) c (id)
    where core.sees_lead(p_lead_id)
  ),
  lead as materialized (
    select l.id, l as submission from own
    cross join lateral routing.leads_of_contact(own.workspace_id, own.root_id) o (id)
    join crm.leads l on l.workspace_id = own.workspace_id and l.id = o.id
    where not core.own_leads_only() or core.sees_lead(l.id)
    order by l.id desc limit 100
  )
  select jsonb_build_object(
    'id', own.root_id,
    'is_merged', own.id <> own.root_id,
    'known_by', (
      select coalesce(
        jsonb_agg(jsonb_build_object('kind', k.kind, 'value', k.value) || core.sealed_json(k.sealed)
          order by k.kind, k.value), '[]')
      from (
        select distinct on (n.kind, n.value) n.kind, n.value,
          case when n.kind <> 'external_id' then (l.submission).sealed end as sealed
        from lead l cross join lateral routing.keys_of(l.submission) n
        join crm.contact_keys c
          on crm.key_hash(c.workspace_id, c.kind, c.value) = crm.key_hash(own.workspace_id, n.kind, n.value)
            and c.workspace_id = own.workspace_id and c.kind = n.kind and c.value = n.value
        where routing.root_of(own.workspace_id, c.contact_id) = own.root_id) k),
    'leads', (
      select jsonb_agg(jsonb_build_object(
        'id', c.id, 'name', c.name, 'created_at', c.created_at, 'lead_source', c.lead_source,
        'assignment_status', c.assignment_status,
        'caller',
        case when c.caller_id is not null then jsonb_build_object('id', c.caller_id, 'name', c.caller_name) end,
        'duplicate_of', c.duplicate_of, 'contact_id', routing.contact_of(own.workspace_id, c.id)) order by c.id desc)
      from lead join core.lead_cards c on c.workspace_id = own.workspace_id and c.id = lead.id))
  from own
$$;

comment on function core.contact_json(uuid) is
  'The contact of a lead in sight as JSON: its leads in sight, newest first, up to 100, and its keys in these.';

create function core.holders_of(p_workspace_id int, p_root_ids uuid[])
  returns table (caller_id uuid, name text, lead_ids uuid[])
language sql stable
as $$
  select c.id, c.name, array_agg(a.lead_id order by a.lead_id)
  from unnest(p_root_ids) r (id)
  cross join lateral routing.leads_of_contact(p_workspace_id, r.id) o (id)
  cross join lateral (
    select k.caller_id, k.lead_id from crm.lead_assignments k
    where k.lead_id = o.id and k.workspace_id = p_workspace_id and k.ended_at is null offset 0) a
  join crm.callers c on c.workspace_id = p_workspace_id and c.id = a.caller_id
  group by c.id, c.name
$$;

comment on function core.holders_of(int, uuid[]) is
  'The callers with open leads of these contacts, each contact with those merged into it, and which leads.';

-- p_hand_over: keep, or the id of the caller who gets all open leads of the two.
create function api.merge_contacts(p_lead_id uuid, p_into_lead_id uuid, p_hand_over text default null) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lead core.lead_cards := core.lead_to_work(p_lead_id);
  v_contact_id uuid := routing.root_of(v_lead.workspace_id, routing.contact_of(v_lead.workspace_id, v_lead.id));
  v_into_id uuid := routing.root_of(v_lead.workspace_id, routing.contact_of(v_lead.workspace_id, p_into_lead_id));
  v_to_caller_id uuid;
  v_holders text[];
begin
  if not exists (select from crm.leads l where l.workspace_id = v_lead.workspace_id and l.id = p_into_lead_id) then
    raise exception 'There is no lead %', p_into_lead_id using errcode = 'LD422', column = 'into';
  elsif v_contact_id = v_into_id then
    raise exception 'Both leads are of one contact already' using errcode = 'LD409', column = 'into',
      hint = 'Choose a lead of another contact.';
  end if;
  if p_hand_over is null then
    select array_agg(h.name || ' (' || h.caller_id || ') has ' || cardinality(h.lead_ids)
      order by cardinality(h.lead_ids) desc, h.name)
    into v_holders from core.holders_of(v_lead.workspace_id, array[v_contact_id, v_into_id]) h;
    if cardinality(v_holders) > 1 then
      raise exception 'Open leads of the two are with different callers' using errcode = 'LD409', column = 'hand_over',
        detail = array_to_string(v_holders, ', ') || '.',
        hint = 'Send the id of the caller who gets all of them, or keep to leave each lead with its caller.';
    end if;
  elsif p_hand_over = 'route' then
    raise exception 'The open leads of a contact go to one caller' using errcode = 'LD422', column = 'hand_over',
      hint = 'Send the id of that caller, or keep to leave each lead with its caller.';
  else
    v_to_caller_id := routing.read_hand_over(v_lead.workspace_id, null, p_hand_over);
  end if;
  perform routing.merge_contact(v_lead.workspace_id, p_lead_id, v_contact_id, v_into_id);
  if v_to_caller_id is not null then
    perform routing.move_leads(v_lead.workspace_id, array(
      select m.id from core.holders_of(v_lead.workspace_id, array[v_into_id]) h cross join unnest(h.lead_ids) m (id)
      where h.caller_id <> v_to_caller_id order by m.id), v_to_caller_id, 'Contacts were merged');
  end if;
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.merge_contacts(uuid, uuid, text) is
  'Makes two contacts one, and gives their open leads to p_hand_over. LD409 if one already, or if nobody said who.';

create function api.unmerge_contact(p_lead_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lead core.lead_cards := core.lead_to_work(p_lead_id);
  v_contact_id uuid := routing.contact_of(v_lead.workspace_id, p_lead_id);
  v_into_id uuid;
  v_moved uuid[];
begin
  delete from crm.contact_merges m where m.workspace_id = v_lead.workspace_id and m.contact_id = v_contact_id
  returning m.into_id into v_into_id;
  if not found then
    raise exception 'The contact of this lead is not merged into another' using errcode = 'LD409',
      hint = 'Unmerge a lead of the contact that was merged into it.';
  end if;
  with recursive moved (id) as (
    select v_contact_id
    union
    select m.contact_id from moved
    join crm.contact_merges m on m.workspace_id = v_lead.workspace_id and m.into_id = moved.id
  )
  select array_agg(moved.id order by moved.id) into v_moved from moved;
  update crm.contact_merges m set root_id = v_contact_id
  where m.workspace_id = v_lead.workspace_id and m.contact_id = any (v_moved);
  perform core.write_event(v_lead.workspace_id, 'contact.unmerged', p_lead_id, null,
    jsonb_build_object('contact_id', v_contact_id, 'into_id', v_into_id, 'root_id', v_contact_id, 'moved', v_moved));
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.unmerge_contact(uuid) is
  'Undoes the merge of a lead''s contact into another, with what had been merged into it before. LD409 when there is '
  'none.';
