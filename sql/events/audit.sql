-- The audit, for the page and the API: who did what, when, to what, and what it changed. Both act in
-- core.current_workspace(). The filter is that of core.filter_events(), with "limit".
create function api.list_audit(p_filter jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with wanted as (
    select least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 1000) as most
  ),
  found as (
    select e.seq, row_number() over (order by e.seq desc) as nr, jsonb_build_object(
      'seq', e.seq, 'at', e.at, 'kind', e.kind,
      'actor', jsonb_build_object('id', e.actor, 'name', core.name_actor(e.actor)),
      'about', case when a.about is not null
        then jsonb_build_object('type', a.about, 'id', a.about_id, 'name', a.about_name) end
        || case when a.about_name ^@ 'sealed' or e.kind in ('lead.updated', 'lead.reread')
          then core.sealed_json(core.sealed_of(e.workspace_id, e.lead_id)) else '{}' end,
      'reason', a.reason, 'changes', a.changes) as entry
    from wanted cross join core.filter_events(core.current_workspace(), p_filter, wanted.most + 1) e
    cross join core.audit_of(e) a
  )
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(f.entry order by f.nr) filter (where f.nr <= w.most), '[]'),
    'next', case when count(*) > min(w.most) then min(f.seq) filter (where f.nr <= w.most) end)
  from wanted w left join found f on true
$$;

comment on function api.list_audit(jsonb) is
  'One page of the event log, newest first, each with what it changed: {"items": [...], "next": number or null}.';

create function api.list_actors() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    jsonb_agg(jsonb_build_object('id', 'user:' || u.id, 'name', u.name) order by lower(u.name), u.id), '[]')
  from crm.users u where u.workspace_id = core.current_workspace()
$$;

comment on function api.list_actors() is
  'The people of the workspace as the event log names them: [{"id": "user:...", "name"}].';
