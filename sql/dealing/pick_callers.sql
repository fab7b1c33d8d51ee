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
  p_date date default null,
  out pools routing.pool[], out picks routing.pick[])
language plpgsql stable
as $$
declare
  v_plan crm.rules[] := array(
    select r from crm.rules r
    where r.workspace_id = p_workspace_id and r.campaign_id is null and r.is_on and r.archived_at is null
    order by r.step);
  v_campaigns int[] := array(select distinct l.campaign_id from unnest(p_leads) l where l.campaign_id is not null);
  v_rule crm.rules;
  v_routes routing.route[];
begin
  pools := '{}';
  if v_campaigns <> '{}' then
    v_plan := array(
      select r from crm.rules r
      where r.workspace_id = p_workspace_id and r.campaign_id = any (v_campaigns)
        and r.is_on and r.archived_at is null
      order by r.step) || v_plan;
  end if;
  v_routes := routing.begin_routes(p_workspace_id, p_leads, p_now, p_refused, array(
    select distinct f.field from unnest(v_plan) r cross join lateral unnest(routing.fields_of(r.condition)) f (field)
    where r.condition is not null));
  foreach v_rule in array v_plan loop
    select t.pools, t.routes into pools, v_routes
    from routing.try_rule(p_workspace_id, v_rule, pools, v_routes, p_now, p_local, p_refused, p_date) t;
    exit when not exists (select from unnest(v_routes) r where not r.is_done);
  end loop;
  picks := routing.sure_picks(pools, v_routes, coalesce(p_date, p_local::date));
end
$$;

comment on function routing.pick_callers(int, crm.leads[], timestamptz, timestamp, uuid[], date) is
  'Decides who gets which leads, in their order, as far as one go is sure: pools, and a pick for each. Writes nothing.';

create function routing.begin_routes(p_workspace_id int, p_leads crm.leads[], p_now timestamptz,
  p_refused uuid[], p_fields text[])
returns routing.route[]
language plpgsql stable
as $$
begin
  return array(
    select row((g.lead).id, routing.target_of(g.lead),
      case when p_fields <> '{}' then routing.lead_facts(g.lead, p_fields) end,
      routing.describe_place((g.lead).state, (g.lead).state_from, (g.lead).city, (g.lead).state_given),
      (g.lead).state_from, h.contact_id, h.duplicate_of, h.caller_id, null, '{}', h.caller_id is not null,
      (g.lead).campaign_id)::routing.route
    from (select l as lead, row_number() over () as nr from unnest(p_leads) l) g
    left join routing.find_holders(p_workspace_id, p_leads, p_now, p_refused) h on h.lead_id = (g.lead).id
    order by g.nr);
end
$$;

comment on function routing.begin_routes(int, crm.leads[], timestamptz, uuid[], text[]) is
  'Leads at the begin of the plan, or at its end if a caller has them; with facts if conditions need these fields.';

-- One step of the plan for all leads still on their way: pools found are added, and a lead whose pool has a free caller
-- stops.
create function routing.try_rule(
  p_workspace_id int, p_rule crm.rules, p_pools routing.pool[], p_routes routing.route[], p_now timestamptz,
  p_local timestamp, p_refused uuid[], p_date date default null, out pools routing.pool[], out routes routing.route[])
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
end
$$;

comment on function routing.try_rule(
  int, crm.rules, routing.pool[], routing.route[], timestamptz, timestamp, uuid[], date) is
  'Sends leads on their way through one rule: the pools so far with its own, and where the leads are then.';
