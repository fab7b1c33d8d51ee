-- The event log as the feed reads it, each event with the lead or caller it is about as it is now, and the callers to
-- whose leads it happened: those who got one, have it or lost it. They hear only that it changed, and read it again
-- with their own rights. An event that names no caller (an edit, an activity, a record below the lead) is for
-- whoever has the lead.
create function api.read_events(p_workspace_id int, p_after bigint, p_limit int)
returns table (seq bigint, payload jsonb, callers uuid[])
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
begin
  -- offset 0 keeps each look-up a look-up by key; see api.ingest_leads().
  return query
  select e.seq, jsonb_build_object(
    'seq', e.seq, 'at', e.at, 'kind', e.kind, 'actor', core.name_actor(e.actor), 'lead', l.lead, 'caller', c.caller,
    'data', e.data,
    'subject', coalesce(e.subject, case when e.lead_id is not null then 'lead' end),
    'subject_id', coalesce(e.subject_id, e.lead_id::text)),
    case
      when e.lead_id is null then '{}'
      when e.subject is not null or e.kind in ('lead.updated', 'lead.reread', 'lead.status_changed')
        or e.kind ^@ 'activity.' then array(
        select o.caller_id from core.own_leads o
        where o.workspace_id = p_workspace_id and o.lead_id = e.lead_id)
      else array_remove(array[e.caller_id, (e.data ->> 'from')::uuid], null) end
  from (
    select n.* from crm.events n where n.workspace_id = p_workspace_id and n.seq > p_after order by n.seq limit p_limit
  ) e
  left join lateral (
    select core.lead_json(k) as lead from core.lead_cards k
    where k.workspace_id = p_workspace_id and k.id = e.lead_id offset 0) l on true
  left join lateral (
    select routing.caller_json(k) as caller from routing.caller_cards k
    where k.workspace_id = p_workspace_id and k.id = e.caller_id and e.subject = 'caller' offset 0) c on true
  order by e.seq;
end
$$;

comment on function api.read_events(int, bigint, int) is
  'Events of a workspace after a number, oldest first, each with its lead or caller as it is now, and the callers '
  'whose leads it changed.';

create function api.last_event(p_workspace_id int) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select w.event_seq from crm.workspaces w where w.id = p_workspace_id
$$;

comment on function api.last_event(int) is 'Number of a workspace''s newest event.';
