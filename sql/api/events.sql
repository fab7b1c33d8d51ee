-- The event log as the feed reads it, each event with the lead or caller it is about as it is now.
create function api.read_events(p_workspace_id int, p_after bigint, p_limit int) returns table (seq bigint, payload jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
  select e.seq, jsonb_build_object(
    'seq', e.seq, 'at', e.at, 'kind', e.kind, 'actor', routing.name_actor(e.actor),
    'lead', case when l.id is not null then routing.lead_json(l) end,
    'caller', case when e.kind like 'caller.%' then routing.caller_json(c) end,
    'data', e.data)
  from crm.events e
  left join routing.lead_cards l on l.workspace_id = e.workspace_id and l.id = e.lead_id
  left join routing.caller_cards c on c.workspace_id = e.workspace_id and c.id = e.caller_id and e.kind like 'caller.%'
  where e.workspace_id = p_workspace_id and e.seq > p_after
  order by e.seq
  limit p_limit
$$;

comment on function api.read_events(int, bigint, int) is 'Events of a workspace after a number, oldest first, each with its lead or caller as it is now.';

create function api.last_event(p_workspace_id int) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select w.event_seq from crm.workspaces w where w.id = p_workspace_id
$$;

comment on function api.last_event(int) is 'Number of a workspace''s newest event.';
