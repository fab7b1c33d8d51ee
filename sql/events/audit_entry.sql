-- An event as people read it: what it is about, and what it changed, before and after. "Before" is not stored: it is
-- what the last event before about the same thing says. Of records the log holds snapshots, of leads what became of
-- them and what was edited.
create type core.audit_entry as (about text, about_id text, about_name text, reason text, changes jsonb);
comment on type core.audit_entry is
  'What an event is about (lead, caller, rule ..., or null), why, and what it changed: [{field, before, after}].';

create function core.value_or_null(p_value jsonb) returns jsonb
language sql immutable parallel safe
return case when p_value not in ('null', '[]', '{}', '"{}"', '""') then p_value end;

comment on function core.value_or_null(jsonb) is
  'A value of a snapshot, or null for one that says nothing: an empty list, an empty text.';

-- What an older event does not say was not changed by a younger one that does not say it either.
create function core.changes_between(p_before jsonb, p_after jsonb) returns jsonb
language plpgsql immutable parallel safe
as $$
begin
  return (
    select coalesce(
      jsonb_agg(jsonb_build_object('field', a.key, 'before', p_before -> a.key, 'after', a.value) order by a.key), '[]')
    from jsonb_each(p_after) a
    where a.key not in ('id', 'user_id', 'source_id', 'campaign_id', 'version', 'from_seq', 'import_id')
      and core.value_or_null(p_before -> a.key) is distinct from core.value_or_null(a.value));
end
$$;

comment on function core.changes_between(jsonb, jsonb) is
  'The fields of a snapshot that differ from the one before, by name: [{field, before, after}].';

create function core.in_words(p_workspace_id int, p_snapshot jsonb) returns jsonb
language sql stable
return p_snapshot - '{lead_id,caller_id}'::text[]
  || case when jsonb_typeof(p_snapshot -> 'condition') = 'object'
       then jsonb_build_object('condition', routing.describe_condition(p_snapshot -> 'condition')) else '{}' end
  || case when p_snapshot ? 'lead_id' then jsonb_build_object('lead', (
       select coalesce(l.name, 'without a name') from crm.leads l
       where l.workspace_id = p_workspace_id and l.id = (p_snapshot ->> 'lead_id')::uuid)) else '{}' end
  || case when p_snapshot ? 'caller_id' then jsonb_build_object('caller', (
       select c.name from crm.callers c
       where c.workspace_id = p_workspace_id and c.id = (p_snapshot ->> 'caller_id')::uuid)) else '{}' end
  || case when p_snapshot -> 'callers' <> '[]' then (
       select jsonb_build_object('callers', jsonb_agg(c.name order by c.name))
       from jsonb_array_elements_text(p_snapshot -> 'callers') i
       join crm.callers c on c.workspace_id = p_workspace_id and c.id = i::uuid) else '{}' end;

comment on function core.in_words(int, jsonb) is
  'A snapshot as people read it: conditions as sentences, leads and callers by name.';

-- unassigned: between two moments of one transaction, out of one hand and not yet in the next.
create function core.status_after(p_event crm.events) returns text
language sql immutable parallel safe
return case p_event.kind
  when 'lead.assigned' then 'assigned' when 'lead.claimed' then 'claimed' when 'lead.closed' then 'closed'
  when 'lead.queued' then case when p_event.data ?| '{expiries,held}' then 'held' else 'queued' end
  when 'lead.held' then 'held' when 'lead.released' then 'queued' when 'lead.expired' then 'unassigned'
  when 'lead.reassigned' then case when p_event.caller_id is null then 'unassigned' else 'assigned' end
  when 'lead.reopened' then case when p_event.caller_id is null then 'unassigned' else 'assigned' end
end;

comment on function core.status_after(crm.events) is
  'Where a lead stands after an event: assigned, claimed, queued, held, unassigned or closed; null for one that moves '
  'no lead.';

create function core.standing_of_lead(p_event crm.events) returns jsonb
language plpgsql stable
as $$
begin
  return jsonb_build_object(
    'status', core.status_after(p_event),
    'caller', case when core.status_after(p_event) in ('assigned', 'claimed', 'closed') then (
      select jsonb_build_object('id', c.id, 'name', c.name) from crm.callers c
      where c.workspace_id = p_event.workspace_id and c.id = p_event.caller_id) end);
end
$$;

comment on function core.standing_of_lead(crm.events) is
  'Status and caller of a lead after an event that moves it, as JSON.';

create function core.audit_of_lead(p_event crm.events) returns core.audit_entry
language plpgsql stable
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_entry core.audit_entry := row('lead', p_event.lead_id, null, p_event.data ->> 'reason', '[]');
  v_before crm.events;
begin
  select coalesce(l.name, l.phone, l.email, l.metadata ->> 'phone_given') into v_entry.about_name
  from crm.leads l where l.workspace_id = p_event.workspace_id and l.id = p_event.lead_id;
  if p_event.kind in ('lead.updated', 'lead.reread') then
    select jsonb_agg(jsonb_build_object('field', c.key) || c.value order by c.key) into v_entry.changes
    from jsonb_each(p_event.data) c;
  elsif p_event.kind in ('contact.merged', 'contact.unmerged') then
    v_entry.changes := jsonb_build_array(jsonb_build_object('field', 'contact',
      'before', p_event.data -> case p_event.kind when 'contact.merged' then 'contact_id' else 'into_id' end,
      'after', p_event.data -> case p_event.kind when 'contact.merged' then 'into_id' else 'contact_id' end));
  elsif core.status_after(p_event) is not null then
    select e.* into v_before from crm.events e
    where e.lead_id = p_event.lead_id and e.workspace_id + 0 = p_event.workspace_id  -- see core.last_event()
      and e.seq < p_event.seq and core.status_after(e) is not null
    order by e.seq desc limit 1;
    v_entry.changes := core.changes_between(
      case when v_before.seq is not null then core.standing_of_lead(v_before) end, core.standing_of_lead(p_event));
    v_entry.reason := coalesce(v_entry.reason, (
      select a.assignment_reason from routing.assignments_of_lead(p_event.workspace_id, p_event.lead_id) a
      where a.seq = p_event.seq));
  end if;
  return v_entry;
end
$$;

comment on function core.audit_of_lead(crm.events) is
  'What an event changed of a lead: who has it and where it stands, or what it says.';

create function core.audit_of(p_event crm.events) returns core.audit_entry
language plpgsql stable
as $$
declare
  v_before jsonb;
begin
  if p_event.lead_id is not null and p_event.subject is null then
    return core.audit_of_lead(p_event);
  end if;
  v_before := core.complete_snapshot(p_event.subject, (
    core.last_event(p_event.workspace_id, p_event.subject, p_event.subject_id, p_event.seq)).data);
  return row(
    p_event.subject, p_event.subject_id,
    case when p_event.subject is not null
      then coalesce(p_event.data ->> 'name', v_before ->> 'name', p_event.data ->> 'title') end,
    p_event.data ->> 'reason',
    core.changes_between(
      core.in_words(p_event.workspace_id, v_before), core.in_words(p_event.workspace_id, p_event.data) - 'reason'));
end
$$;

comment on function core.audit_of(crm.events) is
  'An event as people read it: what it is about, and what it changed, before and after.';
