-- The decision: who gets which of these leads, by the plan, at this moment. Reads, never writes; dealing records what
-- it says, and a preview asks it too. Call it inside the turnstile, or the answer may be out of date when used.
--
-- Of the rules of campaigns it looks at those of the leads at hand, so a thousand others cost nothing.
--
-- Leads are taken in the given order, as if dealt one by one. First every lead finds its pool: the first rule of the
-- plan that is for it and whose pool has a free caller. Then each pool lays out its slots, and the n-th lead of a pool
-- gets its n-th slot. Pools share callers, so that can promise too much: a caller at the cap by turns in two pools, or
-- a pool that runs out half-way. Up to the first such lead everything is exactly as one by one; picks end before it,
-- and the next call goes on from there. Every call picks at least one lead, and only as many calls are needed as limits
-- are reached.
--
-- A lead whose contact has an open lead goes to the caller who has it, without asking the plan: so does one behind the
-- contact's first lead of the same call, once that has a pool.
--
-- p_refused: callers who let these leads expire and are not asked again. p_date: the business day, if it is not the
-- date of p_local.
create type routing.route as (
  lead_id uuid, target routing.target, facts jsonb, place text, state_from text, contact_id uuid, duplicate_of uuid,
  caller_id uuid, pool int, why_not text[], is_done boolean, campaign_id int);
comment on type routing.route is
  'A lead on its way through the plan: who has an open lead of its contact, if anyone, else the pool it stopped at, if '
  'any, why the pools before were passed, and whether it goes no further.';

create type routing.pick as (lead_id uuid, pool int, slot int, caller_id uuid, duplicate_of uuid, reason text);
comment on type routing.pick is
  'What was decided for a lead: the slot of which pool and so which caller, or the caller who has another lead of the '
  'contact, or none of them: the queue. In any case why.';

create function routing.pick_callers(
  p_workspace_id int, p_leads crm.leads[], p_now timestamptz, p_local timestamp, p_refused uuid[],
  p_date date default null, p_are_alone boolean default false,
  out pools routing.pool[], out picks routing.pick[])
language plpgsql stable
as $$
declare
  v_lead crm.leads := p_leads[1];
  v_plan crm.rules[];
  v_campaigns int[];
  v_rule crm.rules;
  v_has_conditions boolean;
  v_fields text[] := '{}'::text[];
  v_routes routing.route[];
  v_route routing.route;
  v_target routing.target;
  v_pool routing.pool;
  v_step record;
begin
  pools := '{}';
  if cardinality(p_leads) > 1 or v_lead.campaign_id is not null then
    v_campaigns := array(select distinct l.campaign_id from unnest(p_leads) l where l.campaign_id is not null);
  end if;
  select array_agg(r order by r.step), bool_or(r.condition is not null) into v_plan, v_has_conditions
  from crm.rules r
  where r.workspace_id = p_workspace_id and r.campaign_id is null and r.is_on and r.archived_at is null;
  if v_campaigns <> '{}' then
    select array_agg(r order by r.step) || v_plan, v_has_conditions or bool_or(r.condition is not null)
    into v_plan, v_has_conditions
    from crm.rules r
    where r.workspace_id = p_workspace_id and r.campaign_id = any (v_campaigns) and r.is_on and r.archived_at is null;
  end if;
  if v_has_conditions then
    v_fields := array(
      select distinct f.field
      from unnest(v_plan) r cross join lateral unnest(routing.fields_of(r.condition)) f (field)
      where r.condition is not null);
  end if;
  if p_are_alone and cardinality(p_leads) = 1 then
    v_route := routing.begin_route(v_lead, v_fields);
  else
    v_routes := routing.begin_routes(p_workspace_id, p_leads, p_now, p_refused, v_fields, p_are_alone);
    v_route := v_routes[1];
  end if;
  if cardinality(p_leads) = 1 then  -- the most frequent number is spared what several need
    foreach v_rule in array coalesce(v_plan, '{}') loop
      exit when v_route.is_done;
      continue when v_route.campaign_id is distinct from coalesce(v_rule.campaign_id, v_route.campaign_id)
        or not routing.has_all(v_route.target, v_rule.attributes)
        or v_rule.condition is not null and routing.meets(v_route.facts, v_rule.compiled) is not true;
      if v_rule.attributes = '{state}' then
        v_target := row((v_route.target).state, null, null, null, null)::routing.target;
      else
        v_target := routing.narrow_target(v_route.target, v_rule.attributes);
      end if;
      if routing.is_plain(v_rule, v_target) then
        v_pool := routing.find_pool(p_workspace_id, v_rule, v_target, p_now, p_local, p_refused, p_date);
      else
        select f.* into v_pool
        from routing.find_pools(p_workspace_id, v_rule, array[v_target], p_now, p_local, p_refused, p_date) f;
      end if;
      pools := pools || v_pool;
      if v_pool.members is not null then
        v_route.pool := cardinality(pools);
        exit;
      end if;
      v_route.why_not := v_route.why_not || v_pool.why_not;
      v_route.is_done := coalesce(v_pool.ends_here, false);
    end loop;
    picks := array[routing.sure_pick(pools, v_route, coalesce(p_date, p_local::date))];
    return;
  end if;
  foreach v_rule in array coalesce(v_plan, '{}') loop
    v_step := routing.try_rule(p_workspace_id, v_rule, pools, v_routes, p_now, p_local, p_refused, p_date);
    pools := v_step.pools;
    v_routes := v_step.routes;
    exit when v_step.is_done;
  end loop;
  picks := routing.sure_picks(pools, v_routes, coalesce(p_date, p_local::date));
end
$$;

comment on function routing.pick_callers(int, crm.leads[], timestamptz, timestamp, uuid[], date, boolean) is
  'Decides who gets which leads, in their order, as far as one go is sure: pools, and a pick for each. Writes nothing.';

create function routing.begin_route(p_lead crm.leads, p_fields text[], p_contact_id uuid default null,
  p_duplicate_of uuid default null, p_caller_id uuid default null) returns routing.route
language sql stable
return row(p_lead.id, routing.target_of(p_lead),
  case when p_fields <> '{}' then routing.lead_facts(p_lead, p_fields) end,
  case when p_lead.state is null or p_lead.state_from <> 'state' then
    routing.describe_place(p_lead.state, p_lead.state_from, p_lead.city, p_lead.state_given, p_lead.possible_states,
      case when p_lead.state_from = 'postal_code' then core.postal_code_of(p_lead) end) end,
  case when p_lead.state is not null then p_lead.state_from end,
  p_contact_id, p_duplicate_of, p_caller_id, null, '{}', p_caller_id is not null, p_lead.campaign_id)::routing.route;

comment on function routing.begin_route(crm.leads, text[], uuid, uuid, uuid) is
  'A lead at the begin of the plan, or at its end if a caller has it; with facts if conditions need these fields.';

create function routing.begin_routes(p_workspace_id int, p_leads crm.leads[], p_now timestamptz,
  p_refused uuid[], p_fields text[], p_are_alone boolean default false)
returns routing.route[]
language plpgsql stable
as $$
begin
  if p_are_alone then
    return array(select routing.begin_route(l, p_fields) from unnest(p_leads) l);
  end if;
  return array(
    select routing.begin_route(g.lead, p_fields, h.contact_id, h.duplicate_of, h.caller_id)
    from (select l as lead, row_number() over () as nr from unnest(p_leads) l) g
    left join routing.find_holders(p_workspace_id, p_leads, p_now, p_refused) h on h.lead_id = (g.lead).id
    order by g.nr);
end
$$;

comment on function routing.begin_routes(int, crm.leads[], timestamptz, uuid[], text[], boolean) is
  'Leads at the begin of the plan, in their order; those whose contact has an open lead with its caller.';

-- One step of the plan for all leads still on their way: pools found are added, and a lead whose pool has a free caller
-- stops.
create function routing.try_rule(
  p_workspace_id int, p_rule crm.rules, p_pools routing.pool[], p_routes routing.route[], p_now timestamptz,
  p_local timestamp, p_refused uuid[], p_date date default null, out pools routing.pool[], out routes routing.route[],
  out is_done boolean)
language plpgsql stable
as $$
declare
  v_targets routing.target[];
  v_wanted int[];  -- for each lead the place of its target among them
  v_found routing.pool[];
begin
  with route as materialized (
    select r.ordinality as nr,
      case when not r.is_done and (p_rule.campaign_id is null or r.campaign_id = p_rule.campaign_id)
        and routing.has_all(r.target, p_rule.attributes)
        and (p_rule.condition is null or routing.meets(r.facts, p_rule.compiled))
      then routing.narrow_target(r.target, p_rule.attributes) end as target
    from unnest(p_routes) with ordinality r
  ),
  distinct_target as materialized (
    select d.target, row_number() over ()::int as nr
    from (select distinct r.target from route r where r.target is distinct from null) d
  )
  select (select array_agg(d.target order by d.nr) from distinct_target d), (
    select array_agg(d.nr order by r.nr) from route r left join distinct_target d on d.target = r.target)
  into v_targets, v_wanted;
  if v_targets is null then  -- it is for none of them
    pools := p_pools;
    routes := p_routes;
    is_done := false;
    return;
  end if;
  v_found := array(
    select f from routing.find_pools(p_workspace_id, p_rule, v_targets, p_now, p_local, p_refused, p_date) f);
  pools := p_pools || v_found;
  routes := array(
    select row(r.lead_id, r.target, r.facts, r.place, r.state_from, r.contact_id, r.duplicate_of, r.caller_id,
      case when f.members is not null then cardinality(p_pools) + f.ordinality else r.pool end,
      case when f.why_not is not null then r.why_not || f.why_not else r.why_not end,
      r.is_done or f.members is not null or coalesce(f.ends_here, false), r.campaign_id)::routing.route
    from unnest(p_routes, v_wanted) with ordinality r
    left join unnest(v_found) with ordinality f on f.ordinality = r.unnest  -- so PostgreSQL calls what is of v_wanted
    order by r.ordinality);
  is_done := not exists (select from unnest(routes) r where not r.is_done);
end
$$;

comment on function routing.try_rule(
  int, crm.rules, routing.pool[], routing.route[], timestamptz, timestamp, uuid[], date) is
  'Sends leads on their way through one rule: the pools so far with its own, and where the leads are then.';
