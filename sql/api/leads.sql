-- Leads, for the page and the API. All act in routing.current_workspace(); what is read runs as whoever asks, under row security.
--
-- The filter of list_leads() and count_leads(): {"state", "caller_id", "status": "assigned", "queued" or "closed", "source", "since",
-- "until", "search", "after", "limit"}, all optional. Newest first; ids sort by arrival, so the id of the last row seen is
-- the cursor. search finds any part of a name, and a phone from its beginning or from its end.
-- A plain date in since or until begins at midnight in the workspace's timezone.
--
-- Row security lets no index be used for what is not leakproof (ilike, lower(), reverse()): it would read every lead. So the
-- search itself runs as the owner, gives out ids alone, and keeps to what routing.own_leads_only() leaves; the leads are then
-- read under row security.
-- Planned for the filter at hand each time: which index is best depends on what is asked.
create function routing.find_leads(p_filter jsonb, p_limit int) returns setof uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
  v_workspace_id int := routing.current_workspace();
  v_own_only boolean := routing.own_leads_only();
  v_own_id uuid := case when v_own_only then routing.current_caller() end;
  v_caller_id uuid := coalesce(v_own_id, (p_filter ->> 'caller_id')::uuid);
  v_state text := p_filter ->> 'state';
  v_status text := p_filter ->> 'status';
  v_source text := lower(p_filter ->> 'source');
  v_timezone text := (select w.timezone from crm.workspaces w where w.id = v_workspace_id);
  v_since timestamptz := routing.read_timestamp(p_filter ->> 'since', v_timezone);
  v_until timestamptz := routing.read_timestamp(p_filter ->> 'until', v_timezone);
  v_after uuid := (p_filter ->> 'after')::uuid;
  v_search text := nullif(trim(p_filter ->> 'search'), '');
  v_name text := '%' || regexp_replace(v_search, '([\\%_])', '\\\1', 'g') || '%';
  v_digits text := nullif(regexp_replace(ltrim(regexp_replace(v_search, '[\s().\-/]', '', 'g'), '+'), '\D.*$', ''), '');
  v_code text := (select c.calling_code from crm.workspaces w join crm.countries c on c.code = w.country where w.id = v_workspace_id);
begin
  if v_own_only and (v_own_id is null or v_own_id is distinct from coalesce((p_filter ->> 'caller_id')::uuid, v_own_id)) then
    return;
  end if;
  return query
  select l.id from routing.lead_cards l
  where l.workspace_id = v_workspace_id
    and (v_state is null or l.state = v_state)
    and (v_caller_id is null or l.id in (
      select a.lead_id from crm.lead_assignments a
      where a.workspace_id = v_workspace_id and a.caller_id = v_caller_id
        and (a.ended_at is null or (a.status = 'closed' and not exists (
          select from crm.lead_assignments n where n.lead_id = a.lead_id and n.workspace_id = a.workspace_id and n.seq > a.seq)))))
    and (v_status is null or (v_status = 'closed' and l.closed_at is not null) or (v_status = 'queued' and l.queued_at is not null)
      or (v_status = 'assigned' and l.closed_at is null and l.queued_at is null))
    and (v_source is null or lower(l.lead_source) = v_source)
    and (v_since is null or l.created_at >= v_since)
    and (v_until is null or l.created_at < v_until)
    and (v_after is null or l.id < v_after)
    and (v_search is null
      or l.name ilike v_name
      or (v_digits is not null and (
        l.phone like '+' || v_digits || '%'
        or l.phone like '+' || v_code || v_digits || '%'
        or reverse(l.phone) like reverse(v_digits) || '%')))
  order by l.id desc
  limit p_limit;
end
$$;

comment on function routing.find_leads(jsonb, int) is 'Ids of the leads in sight that pass a filter, newest first.';

create function api.list_leads(p_filter jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with wanted as (
    select least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200) as most
  ),
  found as (
    select f.id, f.nr from wanted, routing.find_leads(p_filter, wanted.most + 1) with ordinality as f (id, nr)
  ),
  shown as (
    select c.lead, f.id, f.nr from found f
    left join lateral (
      select routing.lead_json(row(l.*)::routing.lead_cards) as lead from routing.leads_in_sight l
      where l.workspace_id = routing.current_workspace() and l.id = f.id offset 0) c on true
  )
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(s.lead order by s.nr) filter (where s.nr <= w.most and s.lead is not null), '[]'),
    'next', case when count(s.id) > min(w.most) then (array_agg(s.id order by s.nr) filter (where s.nr = w.most))[1] end)
  from wanted w left join shown s on true
$$;

comment on function api.list_leads(jsonb) is 'One page of leads that pass a filter, newest first: {"items": [...], "next": cursor or null}.';

create function api.count_leads(p_filter jsonb) returns bigint
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select count(*) from routing.find_leads(p_filter - 'after', 10001)
$$;

comment on function api.count_leads(jsonb) is 'How many leads pass a filter, up to 10,000; 10,001 means more.';

create function api.list_lead_sources() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with recursive distinct_source (source) as (  -- hops from value to value along leads_lead_source_idx
    (select lower(l.lead_source) from crm.leads l
     where l.workspace_id = routing.current_workspace() and l.lead_source is not null order by lower(l.lead_source) limit 1)
    union all
    select (select lower(l.lead_source) from crm.leads l
            where l.workspace_id = routing.current_workspace() and lower(l.lead_source) > d.source order by lower(l.lead_source) limit 1)
    from distinct_source d where d.source is not null
  )
  select coalesce(jsonb_agg(n.name order by lower(n.name)), '[]')
  from (select d.source from distinct_source d where d.source is not null limit 500) d
  cross join lateral (
    select l.lead_source as name from crm.leads l
    where l.workspace_id = routing.current_workspace() and lower(l.lead_source) = d.source order by l.id limit 1) n
$$;

comment on function api.list_lead_sources() is 'The lead sources seen so far, each in the spelling it first came in, as a JSON array.';

create function routing.explanation_json(p_lead_id uuid) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'step', x.step, 'rule', x.rule, 'pool', x.pool,
    'caller', case when x.caller_id is not null then jsonb_build_object('id', x.caller_id, 'name', x.caller) end,
    'outcome', x.outcome, 'detail', x.detail) order by x.step, x.place), '[]')
  from routing.explain(p_lead_id) x
$$;

comment on function routing.explanation_json(uuid) is 'What routing.explain() says, as JSON.';

create function api.get_lead(p_lead_id uuid) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
  v_lead jsonb;
begin
  select routing.lead_json(row(l.*)::routing.lead_cards) || jsonb_build_object(
    'metadata', l.metadata,
    'source', (select jsonb_build_object('id', s.id, 'name', s.name) from crm.sources s where s.workspace_id = v_workspace_id and s.id = l.source_id),
    'assignments', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', a.id, 'caller', jsonb_build_object('id', c.id, 'name', c.name), 'assigned_at', a.assigned_at, 'ended_at', a.ended_at,
        'status', a.status, 'claim_by', a.claim_by, 'claimed_at', a.claimed_at, 'reason', a.assignment_reason, 'assigned_by', routing.name_actor(a.assigned_by)) order by a.seq), '[]')
      from routing.assignments_of_lead(v_workspace_id, p_lead_id) a
      join crm.callers c on c.workspace_id = a.workspace_id and c.id = a.caller_id),
    'contact', routing.contact_json(p_lead_id),
    -- Who else might have had it is not for callers.
    'explanation', case when routing.own_leads_only() then '[]' else routing.explanation_json(p_lead_id) end,
    'history', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'seq', e.seq, 'at', e.at, 'kind', e.kind, 'actor', routing.name_actor(e.actor), 'data', e.data) order by e.seq), '[]')
      from crm.events e where e.lead_id = p_lead_id and e.workspace_id = v_workspace_id))
  into v_lead
  from routing.leads_in_sight l
  where l.workspace_id = v_workspace_id and l.id = p_lead_id;
  if v_lead is null then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  end if;
  return v_lead;
end
$$;

comment on function api.get_lead(uuid) is 'One lead with its assignments, its explanation and its history. LD404 when there is none.';

-- Names of users are for everybody in the workspace to see, whose table is not.
create function routing.name_actor(p_actor text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not starts_with(p_actor, 'user:') then
    return p_actor;
  end if;
  return coalesce((
    select u.name from crm.users u
    where u.id = substr(p_actor, 6)::uuid and u.workspace_id in (select routing.workspaces_in_sight())), p_actor);
end
$$;

comment on function routing.name_actor(text) is 'An actor as shown to people: a user by name, everything else as it is.';
