-- A change of what a lead says is an event with each field before and after, whoever makes it: the trigger is on the
-- table. So is a change of its status. What becomes of a lead (assigned, closed ...) has events of its own. Inserting
-- leads fires nothing here. A lead stays with the contact it was found to be of, and where it is, until it is dealt
-- again; its contact is known by what the edit says: see learn_edited.sql. Where a key is another contact's,
-- contact.conflict follows and names the number of the edit. Where a migration reads again what was sent, the event is
-- lead.reread: see reread_phones.sql.
--
-- Locks: the turnstile, after the row locks of the changed leads, like a change of callers. Who gives a lead a new
-- phone while it is dealt again may therefore deadlock with that; PostgreSQL ends one of them, and it may be repeated.
create function routing.is_sealing(p_key text, p_before jsonb, p_after jsonb) returns boolean
language sql immutable parallel safe
return case
  when p_key in ('phone', 'email')
    then core.is_sealed(p_after #>> '{}') and not coalesce(core.is_sealed(p_before #>> '{}'), true)
  when p_key = 'other_phones'
    then core.is_sealed(p_after #>> '{0}') and not coalesce(core.is_sealed(p_before #>> '{0}'), true)
  when p_key = 'metadata'
    then core.is_sealed(p_after ->> 'phone_given') and not coalesce(core.is_sealed(p_before ->> 'phone_given'), true)
      and p_after - 'phone_given' = p_before - 'phone_given'
end is true;

comment on function routing.is_sealing(text, jsonb, jsonb) is
  'Whether a field of a lead has changed only because what it says was sealed.';

create function routing.lead_changes(p_before crm.leads, p_after crm.leads) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_object_agg(a.key, jsonb_build_object('before', b.value, 'after', a.value))
  from jsonb_each(to_jsonb(p_after)) a join jsonb_each(to_jsonb(p_before)) b on b.key = a.key
  where a.value <> b.value
    and a.key not in ('closed_at', 'status', 'close_reason', 'state_given', 'state_from', 'possible_states',
      'idempotency_key', 'sealed')
    and not routing.is_sealing(a.key, b.value, a.value)
$$;

comment on function routing.lead_changes(crm.leads, crm.leads) is
  'What a lead says now and did not before: {field: {before, after}}, or null. Without what has events of its own, or '
  'follows from the rest; to be sealed is no change.';

-- fairlead.status_follows says what a status follows from where no person set it: see lead_status.sql.
create function routing.status_change(p_before crm.leads, p_after crm.leads) returns jsonb
language sql stable
return case when coalesce(p_before.status, 'new') <> coalesce(p_after.status, 'new')
  then jsonb_strip_nulls(jsonb_build_object(
    'from', coalesce(p_before.status, 'new'), 'to', coalesce(p_after.status, 'new'),
    'reason', case when p_after.closed_at is not null then p_after.close_reason end,
    'follows', nullif(current_setting('fairlead.status_follows', true), ''))) end;

comment on function routing.status_change(crm.leads, crm.leads) is
  'What the event lead.status_changed says of a change: {"from", "to", "reason", "follows"}; null if the status stays.';

create function routing.record_lead_changes() returns trigger
language plpgsql
as $$
declare
  v_workspace_id int;
  v_changes jsonb[];
  v_kinds text[];
  v_lead_ids uuid[];
  v_first bigint;
  v_lead_id uuid;
  v_seq bigint;
  v_others jsonb;
begin
  for v_workspace_id, v_lead_ids, v_kinds, v_changes in
    select c.workspace_id, array_agg(c.id order by c.id, k.kind), array_agg(k.kind order by c.id, k.kind),
      array_agg(k.data order by c.id, k.kind)
    from (
      select n.workspace_id, n.id, routing.lead_changes(o, n) as changes, routing.status_change(o, n) as status
      from changed n join before o on o.workspace_id = n.workspace_id and o.id = n.id
      offset 0
    ) c
    cross join lateral (values
      (case core.current_actor() when 'migration' then 'lead.reread' else 'lead.updated' end, c.changes),
      ('lead.status_changed', c.status)) k (kind, data)
    where k.data is not null
    group by c.workspace_id order by c.workspace_id
  loop
    v_first := core.reserve_events(v_workspace_id, cardinality(v_lead_ids));
    insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, data, request_id)
    select v_workspace_id, v_first + c.nr - 1, core.current_time(), c.kind, core.current_actor(), c.lead_id, c.data,
      core.current_request()
    from unnest(v_lead_ids, v_kinds, v_changes) with ordinality as c (lead_id, kind, data, nr);
    for v_lead_id, v_seq, v_others in
      select e.lead_id, e.seq, routing.learn_edited(v_workspace_id, e.before, e.after)
      from (
        select c.lead_id, v_first + c.nr - 1 as seq, o::crm.leads as before, n::crm.leads as after
        from unnest(v_lead_ids, v_kinds, v_changes) with ordinality as c (lead_id, kind, changes, nr)
        join before o on o.workspace_id = v_workspace_id and o.id = c.lead_id
        join changed n on n.workspace_id = v_workspace_id and n.id = c.lead_id
        where c.kind = 'lead.updated' and c.changes ?| '{external_id,phone,other_phones,email}'
        order by c.nr offset 0) e
    loop
      if v_others is not null then
        perform core.write_event(v_workspace_id, 'contact.conflict', v_lead_id, null, jsonb_build_object(
          'contact_id', routing.root_of(v_workspace_id, routing.contact_of(v_workspace_id, v_lead_id)),
          'keys', v_others, 'edit_seq', v_seq));
      end if;
    end loop;
  end loop;
  return null;
end
$$;

comment on function routing.record_lead_changes() is
  'Trigger: writes an event for each lead of which a statement really changed what it says, and one for each of which '
  'it changed the status.';

create trigger record_lead_update after update on crm.leads
referencing old table as before new table as changed for each statement execute function routing.record_lead_changes();

-- The first change after that number says in "before" how a field was at it.
create function routing.lead_as_of(p_lead crm.leads, p_seq bigint) returns crm.leads
language sql stable
as $$
  select jsonb_populate_record(p_lead, coalesce((
    select jsonb_object_agg(c.key, c.value -> 'before' order by e.seq desc)
    from crm.events e cross join lateral jsonb_each(e.data) c
    where e.lead_id = p_lead.id and e.workspace_id = p_lead.workspace_id and e.kind in ('lead.updated', 'lead.reread')
      and e.seq > p_seq), '{}'))
$$;

comment on function routing.lead_as_of(crm.leads, bigint) is
  'A lead as it was when event p_seq was written: what was changed since is undone.';
