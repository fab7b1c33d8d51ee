-- Activities, for the page and the API. All act in core.current_workspace(), on leads in sight.
create function api.list_activities(p_lead_id uuid, p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_limit int := least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200);
  v_after crm.activities;
begin
  perform core.refuse_unseen(p_lead_id);
  select a.* into v_after from crm.activities a
  where a.workspace_id = v_workspace_id and a.id = (p_filter ->> 'after')::uuid and a.lead_id = p_lead_id;
  return (
    with found as (
      select a, a.id, row_number() over (order by a.at desc, a.id desc) as nr from crm.activities a
      where a.lead_id = p_lead_id and a.workspace_id + 0 = v_workspace_id
        and (v_after.id is null or (a.at, a.id) < (v_after.at, v_after.id))
      order by a.at desc, a.id desc limit v_limit + 1
    )
    select jsonb_build_object(
      'items', coalesce(jsonb_agg(core.activity_json(f.a) order by f.nr) filter (where f.nr <= v_limit), '[]'),
      'next', case when count(*) > v_limit then (array_agg(f.id) filter (where f.nr = v_limit))[1] end)
    from found f);
end
$$;

comment on function api.list_activities(uuid, jsonb) is
  'One page of what happened with a lead, the newest first, withdrawn activities too: {"items", "next" or null}. LD404 '
  'when there is no such lead in sight.';
