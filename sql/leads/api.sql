-- Leads, for the page and the API. All act in core.current_workspace(); reading runs as the role that asks, under row
-- security. The filter is that of core.find_leads().
create function core.page_of_leads(p_filter jsonb, p_most int, p_with_metadata boolean) returns jsonb
language sql stable
as $$
  with found as (
    select f.id, f.nr from core.find_leads(p_filter, p_most + 1) with ordinality as f (id, nr)
  ),
  shown as (
    select c.lead, f.id, f.nr from found f
    left join lateral (
      select case when p_with_metadata then jsonb_build_object('metadata', l.metadata::text) else '{}' end
        || core.lead_json(row(l.*)::core.lead_cards) as lead
      from core.leads_in_sight l
      where l.workspace_id = core.current_workspace() and l.id = f.id offset 0) c on true
  )
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(s.lead order by s.nr) filter (where s.nr <= p_most and s.lead is not null), '[]'),
    'next', case when count(s.id) > p_most then (array_agg(s.id order by s.nr) filter (where s.nr = p_most))[1] end)
  from shown s
$$;

-- Metadata is text here because it may hold numbers that no program can read.
comment on function core.page_of_leads(jsonb, int, boolean)
is 'At most p_most leads that pass a filter, newest first, metadata as text if wanted: {"items", "next" or null}.';

create function api.list_leads(p_filter jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select core.page_of_leads(p_filter, least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200), false)
$$;

comment on function api.list_leads(jsonb) is
  'One page of leads that pass a filter, newest first: {"items": [...], "next": cursor or null}.';

create function api.count_leads(p_filter jsonb) returns bigint
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select count(*) from core.find_leads(p_filter - 'after', 1001, false)
$$;

comment on function api.count_leads(jsonb) is 'How many leads pass a filter, up to 1,000; 1,001 means more.';

create function api.newest_searched(p_search text) returns int
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select core.newest_searched(p_search)
$$;

comment on function api.newest_searched(text) is
  'Among how many of the newest leads alone a search finds every part of a word; null where it finds all there are.';

create function api.list_lead_sources() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
  with recursive distinct_source (source) as (  -- hops from value to value along leads_lead_source_idx
    (select lower(l.lead_source) from crm.leads l
     where l.workspace_id = core.current_workspace() and l.lead_source is not null order by lower(l.lead_source)
     limit 1)
    union all
    select (select lower(l.lead_source) from crm.leads l
            where l.workspace_id = core.current_workspace() and lower(l.lead_source) > d.source
            order by lower(l.lead_source) limit 1)
    from distinct_source d where d.source is not null
  )
  select coalesce(jsonb_agg(n.name order by lower(n.name)), '[]')
  from (select d.source from distinct_source d where d.source is not null limit 500) d
  cross join lateral (  -- the index has leads in the order in which they were stored, but for edited ones
    select l.name from (
      select l.id, l.lead_source as name from crm.leads l
      where l.workspace_id = core.current_workspace() and lower(l.lead_source) = d.source limit 100) l
    order by l.id limit 1) n
$$;

comment on function api.list_lead_sources() is
  'The lead sources seen so far, each in the spelling it first came in, as a JSON array.';

create function api.get_lead(p_lead_id uuid) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_lead jsonb;
begin
  select core.lead_json(row(l.*)::core.lead_cards) || jsonb_build_object(
    'metadata', l.metadata,
    'source',
    (select jsonb_build_object('id', s.id, 'name', s.name) from crm.sources s
      where s.workspace_id = v_workspace_id and s.id = l.source_id),
    'assignments', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', md5(concat_ws(':', a.workspace_id, a.seq))::uuid,
        'caller', jsonb_build_object('id', c.id, 'name', c.name), 'assigned_at', a.assigned_at,
        'ended_at', a.ended_at,
        'status', a.status, 'claim_by', a.claim_by, 'claimed_at', a.claimed_at, 'reason', a.assignment_reason,
        'assigned_by', core.name_actor(a.assigned_by)) order by a.seq), '[]')
      from routing.assignments_of_lead(v_workspace_id, p_lead_id) a
      join crm.callers c on c.workspace_id = a.workspace_id and c.id = a.caller_id),
    'contact', core.contact_json(p_lead_id),
    -- Who else might have had it is not for callers.
    'explanation', case when core.own_leads_only() then '[]' else routing.explanation_json(p_lead_id) end,
    'history', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'seq', e.seq, 'at', e.at, 'kind', e.kind, 'actor', core.name_actor(e.actor), 'data', e.data)
          order by e.seq), '[]')
      from crm.events e where e.lead_id = p_lead_id and e.workspace_id = v_workspace_id))
  into v_lead
  from core.leads_in_sight l
  where l.workspace_id = v_workspace_id and l.id = p_lead_id;
  if v_lead is null then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  end if;
  return v_lead || jsonb_build_object('etag', core.etag_of(v_workspace_id, 'lead', p_lead_id::text));
end
$$;

comment on function api.get_lead(uuid) is
  'One lead with its assignments, its explanation and its history. LD404 when there is none.';
