-- Campaigns, for the page and the API. All act in core.current_workspace(). What is edited of a campaign besides its
-- callers is its rule, so the turnstile comes first, as for the plan. Counts are taken from the leads each time they
-- are asked for.
--
-- Errors: LD404 no such campaign; LD409 it is archived, or (column name) another one has the name; LD422 (column name)
-- it is no name, (column callers) for a caller who is not there.
create function routing.campaign_json(p_campaign crm.campaigns) returns jsonb
language sql stable
return routing.campaign_snapshot(p_campaign) - '{campaign_id,archived,callers}'::text[] || jsonb_build_object(
  'id', p_campaign.id, 'etag', core.etag_of(p_campaign.workspace_id, 'campaign', p_campaign.id::text),
  'key', p_campaign.key, 'created_at', p_campaign.created_at, 'created_by', core.name_actor(p_campaign.created_by),
  'archived_at', p_campaign.archived_at);

comment on function routing.campaign_json(crm.campaigns) is
  'A campaign and how its leads are dealt as JSON; strategy is null where they go by the plan alone.';

-- A lead is with a caller, or waits, or is closed: never two of these.
create function routing.campaign_counts(p_workspace_id int, p_campaign_id int default null)
returns table (campaign_id int, leads bigint, assigned bigint, waiting bigint, closed bigint, leads_today bigint)
language plpgsql stable
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = p_workspace_id);
  v_began timestamptz := core.business_day_began(v_workspace, core.current_time());
begin
  return query
    with counted as (
      select l.campaign_id, count(*) as leads, count(l.closed_at) as closed,
        count(*) filter (where l.created_at >= v_began) as today
      from crm.leads l
      where l.workspace_id = p_workspace_id and l.campaign_id is not null and not l.is_test
        and (p_campaign_id is null or l.campaign_id = p_campaign_id)
      group by l.campaign_id
    ),
    queued as (
      select l.campaign_id, count(*) as waiting
      from crm.queue q
      join crm.leads l on l.workspace_id = q.workspace_id and l.id = q.lead_id
      where q.workspace_id = p_workspace_id and l.campaign_id is not null
        and (p_campaign_id is null or l.campaign_id = p_campaign_id)
      group by l.campaign_id
    )
    select c.campaign_id, c.leads, c.leads - c.closed - coalesce(q.waiting, 0),
      coalesce(q.waiting, 0), c.closed, c.today
    from counted c left join queued q on q.campaign_id = c.campaign_id;
end
$$;

comment on function routing.campaign_counts(int, int) is
  'How many leads each campaign (or one) has, where they stand, and how many came on the current business day; no row '
  'for one without leads.';

create function api.list_campaigns() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(routing.campaign_json(g) || jsonb_build_object(
    'callers', k.callers, 'caller_names', k.names, 'leads', coalesce(n.leads, 0), 'assigned', coalesce(n.assigned, 0),
    'waiting', coalesce(n.waiting, 0), 'closed', coalesce(n.closed, 0), 'leads_today', coalesce(n.leads_today, 0))
      order by g.id desc), '[]')
  from crm.campaigns g
  cross join lateral (
    select count(*) as callers, coalesce((array_agg(c.name order by c.name))[:3], '{}') as names
    from crm.campaign_assignees a join crm.callers c on c.workspace_id = a.workspace_id and c.id = a.caller_id
    where a.workspace_id = g.workspace_id and a.campaign_id = g.id and c.archived_at is null) k
  left join routing.campaign_counts(core.current_workspace()) n on n.campaign_id = g.id
  where g.workspace_id = core.current_workspace() and g.archived_at is null
$$;

comment on function api.list_campaigns() is
  'The workspace''s campaigns that run, the newest first, as JSON: how many callers, the first three by name, and how '
  'many leads.';

-- Of each caller the leads of the campaign that are open there, or were there when they were closed. After an import
-- the statistics know nothing of its thousands of leads, and a nested loop would go through all assignments for each of
-- them.
create function routing.campaign_callers(p_campaign crm.campaigns) returns jsonb
language plpgsql stable
set enable_nestloop = off
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = p_campaign.workspace_id);
  v_today date := core.business_date(v_workspace, core.current_time());
begin
  return (
    with had as materialized (
      select a.caller_id, count(*) filter (where a.ended_at is null) as open,
        count(*) filter (where a.ended_at is not null) as closed,
        count(*) filter (where a.business_date = v_today) as today
      from crm.leads l
      join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id
        and (a.ended_at is null or (a.status = 'closed' and l.closed_at is not null and a.ended_at = l.closed_at))
      where l.workspace_id = p_campaign.workspace_id and l.campaign_id = p_campaign.id
      group by a.caller_id
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'caller_id', c.id, 'name', c.name, 'standing', c.standing, 'leads', coalesce(h.open + h.closed, 0),
      'leads_today', coalesce(h.today, 0),
      'open', coalesce(h.open, 0), 'closed', coalesce(h.closed, 0), 'added_at', a.added_at)
        order by c.name, c.id), '[]')
    from crm.campaign_assignees a
    cross join lateral (
      select k.* from routing.caller_cards k
      where k.workspace_id = a.workspace_id and k.id = a.caller_id and k.archived_at is null offset 0) c
    left join had h on h.caller_id = c.id
    where a.workspace_id = p_campaign.workspace_id and a.campaign_id = p_campaign.id);
end
$$;

comment on function routing.campaign_callers(crm.campaigns) is
  'Who works for a campaign, how each stands, and how many leads of it each has and has closed, as JSON.';

create function routing.campaign_days(p_campaign crm.campaigns) returns jsonb
language sql stable
as $$
  select jsonb_agg(jsonb_build_object('date', d.date, 'leads', coalesce(n.leads, 0)) order by d.date)
  from crm.workspaces w
  cross join lateral (select (core.current_time() at time zone w.timezone)::date as today) t
  cross join lateral (select t.today - i as date from generate_series(0, 29) i) d
  left join (
    select (l.created_at at time zone z.timezone)::date as date, count(*) as leads
    from crm.leads l join crm.workspaces z on z.id = l.workspace_id
    where l.workspace_id = p_campaign.workspace_id and l.campaign_id = p_campaign.id
      and l.created_at > core.current_time() - interval '31 days' and not l.is_test
    group by 1) n on n.date = d.date
  where w.id = p_campaign.workspace_id
$$;

comment on function routing.campaign_days(crm.campaigns) is
  'How many leads of a campaign came on each of the last 30 days, as JSON.';

create function api.get_campaign(p_campaign_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_campaign crm.campaigns;
begin
  select g.* into v_campaign from crm.campaigns g
  where g.workspace_id = core.current_workspace() and g.id = p_campaign_id;
  if not found then
    raise exception 'There is no campaign %', p_campaign_id using errcode = 'LD404', column = 'campaign';
  end if;
  return routing.campaign_json(v_campaign)
    || (select jsonb_build_object(
          'leads', coalesce(max(n.leads), 0), 'assigned', coalesce(max(n.assigned), 0),
          'waiting', coalesce(max(n.waiting), 0),
          'closed', coalesce(max(n.closed), 0), 'leads_today', coalesce(max(n.leads_today), 0))
        from routing.campaign_counts(v_campaign.workspace_id, v_campaign.id) n)
    || jsonb_build_object(
      'callers', routing.campaign_callers(v_campaign), 'per_day', routing.campaign_days(v_campaign));
end
$$;

comment on function api.get_campaign(int) is
  'One campaign with its callers and its leads by day, as JSON, archived ones too. LD404 when there is none.';

create function api.create_campaign(p_campaign jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_campaign crm.campaigns;
begin
  perform core.take_turnstile(v_workspace_id);
  v_campaign := routing.find_campaign_named(v_workspace_id, p_campaign ->> 'name');
  if v_campaign.id is not null then
    raise exception 'There is a campaign % already', v_campaign.name
      using errcode = 'LD409', column = 'name', hint = 'Choose another name, or add the callers to that campaign.';
  end if;
  v_campaign := routing.name_campaign(v_workspace_id, p_campaign ->> 'name', p_campaign ->> 'strategy');
  perform routing.assign_callers(v_campaign,
    array(select c::uuid from jsonb_array_elements_text(coalesce(p_campaign -> 'callers', '[]')) c));
  return api.get_campaign(v_campaign.id);
end
$$;

comment on function api.create_campaign(jsonb) is
  'Makes a campaign from {"name", "strategy", "callers": [ids]}. LD409 (column name) when there is one, LD422 for no '
  'name, or a caller who is not there.';

create function api.update_campaign(p_campaign_id int, p_change jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_campaign crm.campaigns;
begin
  perform core.take_turnstile(v_workspace_id);
  v_campaign := routing.find_campaign(v_workspace_id, p_campaign_id);
  perform routing.deal_campaign(v_campaign, p_change ->> 'strategy');
  update crm.rules r
  set is_paused = coalesce((p_change ->> 'is_paused')::boolean, r.is_paused),
    on_exhausted = coalesce(p_change ->> 'on_exhausted', r.on_exhausted),
    claim_minutes = case when p_change ? 'claim_minutes' then (p_change ->> 'claim_minutes')::int
      else r.claim_minutes end
  where r.workspace_id = v_workspace_id and r.campaign_id = p_campaign_id and r.archived_at is null;
  return api.get_campaign(p_campaign_id);
end
$$;

comment on function api.update_campaign(int, jsonb) is
  'Changes how the leads of a campaign are dealt: {"strategy", "is_paused", "on_exhausted", "claim_minutes"}, what is '
  'not given stays. LD404 when there is none, LD409 when archived.';

create function api.set_campaign_callers(p_campaign_id int, p_callers uuid[]) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_campaign crm.campaigns;
begin
  perform core.take_turnstile(v_workspace_id);
  v_campaign := routing.find_campaign(v_workspace_id, p_campaign_id);
  perform routing.assign_callers(v_campaign, p_callers);
  delete from crm.campaign_assignees a
  where a.workspace_id = v_workspace_id and a.campaign_id = p_campaign_id and a.caller_id <> all (p_callers);
  return api.get_campaign(p_campaign_id);
end
$$;

comment on function api.set_campaign_callers(int, uuid[]) is
  'Has these callers, and nobody else, work for a campaign. LD404 when there is none, LD409 when archived, LD422 '
  '(column callers) for one who is not there.';

create function api.archive_campaign(p_campaign_id int) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_now timestamptz := core.current_time();
begin
  perform core.take_turnstile(v_workspace_id);
  perform api.get_campaign(p_campaign_id);
  with rule as (
    update crm.rules r set step = null, archived_at = v_now
    where r.workspace_id = v_workspace_id and r.campaign_id = p_campaign_id and r.archived_at is null
  ),
  callers as (
    delete from crm.campaign_assignees a where a.workspace_id = v_workspace_id and a.campaign_id = p_campaign_id
  )
  update crm.campaigns g set archived_at = v_now
  where g.workspace_id = v_workspace_id and g.id = p_campaign_id and g.archived_at is null;
  return api.get_campaign(p_campaign_id);
end
$$;

comment on function api.archive_campaign(int) is
  'Ends a campaign: nobody works for it any more, those of its leads that wait go by the plan, and its name is free. '
  'LD404 when there is none.';
