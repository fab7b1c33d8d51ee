-- Leads, for the page and the API. All act in core.current_workspace(); reading runs as the role that asks, under row
-- security.
--
-- The filter of list_leads() and count_leads(): {"state", "campaign_id", "caller_id", "status": "assigned", "queued",
-- "closed" or "test", "source", "since", "until", "search", "hashes", "after", "limit"}, all optional. Newest first;
-- ids sort by arrival, so the id of the last row seen is the cursor. search finds any part of a name, a phone from its
-- beginning or from its end, and a further phone if it is whole; hashes beside it, what it would be as a sealed phone
-- or e-mail. A plain date in since or until begins at midnight in the workspace's timezone.
--
-- Row security lets no index be used for what is not leakproof (ilike, lower(), reverse()): it would read every lead.
-- So the search itself runs as the owner, gives out ids alone, and keeps to the own leads of whom core.own_leads_only()
-- holds; the leads are then read under row security.
--
-- Which index is best depends on what is asked, so the query has only the conditions there are, and is planned each
-- time. It goes from the newest lead down until enough are found; but along somebody's own leads, or for a search, a
-- little way only: what is not found among the newest is rare, and another index finds all of it at once.
create function core.find_leads(p_filter jsonb, p_limit int) returns setof uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_own_only boolean := core.own_leads_only();
  v_caller_id uuid := coalesce(case when v_own_only then core.current_caller() end, (p_filter ->> 'caller_id')::uuid);
  v_query text;
  v_found uuid[];
begin
  if v_own_only and (v_caller_id is null or v_caller_id <> (p_filter ->> 'caller_id')::uuid) then
    return;
  end if;
  foreach v_query in array core.lead_queries(p_filter, v_caller_id is not null, p_limit,
    (select c.calling_code from crm.countries c where c.code = v_workspace.country))
  loop
    execute format('select array(%s order by 1 desc limit $8)', v_query) into v_found
      using v_workspace.id, v_caller_id, p_filter ->> 'state', lower(p_filter ->> 'source'),
        core.read_timestamp(p_filter ->> 'since', v_workspace.timezone),
        core.read_timestamp(p_filter ->> 'until', v_workspace.timezone),
        (p_filter ->> 'after')::uuid, p_limit, (p_filter ->> 'campaign_id')::int;
    exit when cardinality(v_found) >= p_limit;
  end loop;
  return query select i.id from unnest(v_found) with ordinality as i (id, nr) order by i.nr;
end
$$;

comment on function core.find_leads(jsonb, int) is 'Ids of the leads in sight that pass a filter, newest first.';

create function core.lead_queries(p_filter jsonb, p_by_caller boolean, p_limit int, p_calling_code text) returns text[]
language plpgsql immutable
as $$
declare
  v_where text := core.filter_condition(p_filter);
  v_search text := core.search_condition(p_filter ->> 'search', p_calling_code, p_filter -> 'hashes');
  v_newest int := greatest(5000, p_limit);
  v_after text := case when p_filter ->> 'after' is not null then 'and a.lead_id < $7 ' else '' end;
  v_own text := 'select l.id from (%s) o join crm.leads l on l.id = o.lead_id where %s';
  v_rare text := 'with rare as materialized (select l.* from crm.leads l where l.workspace_id = $1 and %s)
    select l.id from rare l where %s';
begin
  if p_by_caller then
    return array[
      format(v_own, core.own_leads_query(p_filter, v_after || 'order by 1 desc limit ' || v_newest),
        concat_ws(' and ', v_where, v_search)),
      case when v_search is null then format(v_own, core.own_leads_query(p_filter, v_after), v_where)
        else format(v_rare, v_search,
          format('%s and exists (%s)', v_where, core.own_leads_query(p_filter, 'and a.lead_id = l.id'))) end];
  elsif v_search is null then
    return array['select l.id from crm.leads l where ' || v_where];
  end if;
  return array[
    format('select l.id from (select l.* from crm.leads l where %s order by l.id desc limit %s) l where %s', v_where,
      v_newest, v_search),
    format(v_rare, v_search, v_where)];
end
$$;

comment on function core.lead_queries(jsonb, boolean, int, text) is
  'The queries that core.find_leads() tries one after the other, the last of which finds all there is.';

create function core.own_leads_query(p_filter jsonb, p_rest text) returns text
language sql immutable
return concat_ws(' union all ',
  case when coalesce(p_filter ->> 'status', 'assigned') = 'assigned' then format(
    '(select a.lead_id from core.own_leads a
      where a.workspace_id = $1 and a.caller_id = $2 and a.is_open %s)', p_rest) end,
  case when coalesce(p_filter ->> 'status', 'closed') <> 'assigned' then format(
    '(select a.lead_id from core.own_leads a
      where a.workspace_id = $1 and a.caller_id = $2 and not a.is_open %s)', p_rest) end);

comment on function core.own_leads_query(jsonb, text) is
  'The leads of the caller $2 as SQL, with the rest of each part given. Open and closed ones apart, so that each part '
  'goes along an index of its own.';

create function core.filter_condition(p_filter jsonb) returns text
language sql immutable
return concat_ws(' and ', 'l.workspace_id = $1',
  case when p_filter ->> 'state' is not null then 'l.state = $3' end,
  case when p_filter ->> 'source' is not null then 'lower(l.lead_source) = $4' end,
  case when p_filter ->> 'campaign_id' is not null then 'l.campaign_id = $9' end,
  case when p_filter ->> 'since' is not null then 'l.created_at >= $5' end,
  case when p_filter ->> 'until' is not null then 'l.created_at < $6' end,
  case when p_filter ->> 'after' is not null then 'l.id < $7' end,
  case p_filter ->> 'status' when 'closed' then 'l.closed_at is not null and not l.is_test'
    when 'test' then 'l.is_test'
    when 'queued' then 'exists (select from crm.queue q where q.workspace_id = $1 and q.lead_id = l.id)'
    when 'assigned'
      then 'l.closed_at is null
        and not exists (select from crm.queue q where q.workspace_id = $1 and q.lead_id = l.id)' end);

comment on function core.filter_condition(jsonb) is
  'A filter without its search and its caller as SQL about l, with the parameters of core.find_leads().';

-- p_hashes: what the searched phone or e-mail would be if it is sealed.
create function core.search_condition(p_search text, p_calling_code text, p_hashes jsonb default null) returns text
language sql immutable
as $$
  select '(' || concat_ws(' or ',
    format('l.name ilike %L', '%' || s.word || '%'),
    case when s.digits <> '' then format(
      'l.phone like %L or l.phone like %L or reverse(l.phone) like %L or l.other_phones && %L::text[]',
      '+' || s.digits || '%', '+' || p_calling_code || s.national || '%', reverse(s.digits) || '%',
      array['+' || s.digits, '+' || p_calling_code || s.national]) end,
    (select string_agg(format(
      'l.phone = %L or l.other_phones && array[%1$L] or (l.email = %1$L and l.sealed is not null)', h.hash), ' or ')
      from jsonb_array_elements_text(p_hashes) h (hash))) || ')'
  from (
    select w.word, w.digits, regexp_replace(w.digits, '^0+(?=[1-9])', '') as national
    from (
      select regexp_replace(trim(p_search), '([\\%_])', '\\\1', 'g') as word,
        regexp_replace(ltrim(regexp_replace(p_search, '[\s().\-/]', '', 'g'), '+'), '\D.*$', '') as digits) w
  ) s
  where s.word <> ''
$$;

comment on function core.search_condition(text, text, jsonb) is
  'A search as SQL about l; null when nothing is searched for.';

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
  select count(*) from core.find_leads(p_filter - 'after', 10001)
$$;

comment on function api.count_leads(jsonb) is 'How many leads pass a filter, up to 10,000; 10,001 means more.';

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
  cross join lateral (
    select l.lead_source as name from crm.leads l
    where l.workspace_id = core.current_workspace() and lower(l.lead_source) = d.source limit 1) n
$$;

comment on function api.list_lead_sources() is
  'The lead sources seen so far, each in a spelling it came in, as a JSON array.';

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
