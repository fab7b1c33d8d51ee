create function routing.target_at(p_targets routing.target[], p_nr bigint) returns routing.target
language sql immutable parallel safe
return p_targets[p_nr];

comment on function routing.target_at(routing.target[], bigint) is 'One of several targets.';

-- A caller with two states and two languages is in four pools of a rule over both.
create function routing.held_targets(p_workspace_id int, p_attributes text[], p_campaign_id int default null)
returns routing.target[]
language sql stable
as $$
  select array_agg(distinct routing.narrow_target(held.target, p_attributes))
  from crm.callers c
  left join crm.caller_states s on 'state' = any (p_attributes) and s.workspace_id = c.workspace_id
    and s.caller_id = c.id
  left join crm.caller_sources o on 'source' = any (p_attributes) and o.workspace_id = c.workspace_id
    and o.caller_id = c.id and o.weight > 0
  left join lateral unnest(c.languages) l (language) on 'language' = any (p_attributes)
  left join crm.campaign_assignees a on 'campaign' = any (p_attributes) and a.workspace_id = c.workspace_id
    and a.caller_id = c.id
    and a.campaign_id = coalesce(p_campaign_id, a.campaign_id)
  left join crm.campaigns g on g.workspace_id = a.workspace_id and g.id = a.campaign_id
  cross join lateral (select row(s.state, o.source, l.language, g.name, c.team)::routing.target as target) held
  where c.workspace_id = p_workspace_id and c.archived_at is null and routing.has_all(held.target, p_attributes)
$$;

comment on function routing.held_targets(int, text[], int) is
  'What leads would have to say to come to a pool that has a caller, under a rule with these attributes, or the '
  'rule of a campaign.';

-- A target holds slugs; only the state is spelled in full.
create function routing.describe_pool(p_rule crm.rules, p_target routing.target) returns text
language sql stable
return case
  when p_rule.callers <> '{}' then p_rule.name
  when p_rule.teams <> '{}' then routing.list_words(p_rule.teams, ' or ')
  else coalesce(nullif(concat_ws(', ', (p_target).state, initcap(replace((p_target).source, '-', ' ')),
    initcap(replace((p_target).language, '-', ' ')),
    initcap(replace((p_target).campaign, '-', ' ')), initcap(replace((p_target).team, '-', ' '))), ''), 'Everybody')
  end;

comment on function routing.describe_pool(crm.rules, routing.target) is
  'The name of a pool on pages: "Goa, Hindi", "Team A or Team B", "Everybody", or that of a rule for callers by name.';

-- Every pool that some caller is in, as dealing would find it at this moment: one row per rule, pool and member.
create view routing.pools with (security_invoker = true) as
select p.workspace_id, p.step, p.id as rule_id, p.name as rule, p.strategy, key.pool,
  m.caller_id, m.name as caller, m.standing, m.given, m.daily_limit, m.load, m.max_load, m.weight,
  p.is_paused, key.label
from crm.rules p
join crm.workspaces w on w.id = p.workspace_id
cross join lateral (select core.current_time() as now) clock
cross join lateral (select routing.held_targets(p.workspace_id, p.attributes, p.campaign_id) as targets) held
cross join lateral routing.pool_members(
  p.workspace_id, p.strategy, p.teams, p.callers, held.targets, clock.now, clock.now at time zone w.timezone, '{}',
  core.business_date(w, clock.now)) m
cross join lateral (
  select routing.pool_key_of(p.id, p.teams, p.callers, t) as pool, routing.describe_pool(p, t) as label
  from routing.target_at(held.targets, m.nr) t) key
where p.is_on and p.archived_at is null;

comment on view routing.pools is
  'Every pool of every rule with its members, who is free at this moment, and why the others are not.';
comment on column routing.pools.standing is 'free, or why not: disabled, paused, away, off hours, at cap, at max load.';
comment on column routing.pools.label is 'What the pool is called on pages.';

-- Pools, for the page and the API: in core.current_workspace(), as they are at this moment.
create function api.list_pools() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(pool.json order by pool.step, pool.pool), '[]')
  from (
    select p.step, p.pool, jsonb_build_object(
      'key', p.pool, 'label', p.label, 'rule', p.rule, 'step', p.step, 'strategy', p.strategy, 'is_paused', p.is_paused,
      'free', count(*) filter (where p.standing = 'free'),
      'members', jsonb_agg(jsonb_build_object(
        'id', p.caller_id, 'name', p.caller, 'standing', p.standing, 'given', p.given, 'daily_limit', p.daily_limit,
        'load', p.load, 'max_load', p.max_load, 'weight', p.weight) order by p.caller_id)) as json
    from routing.pools p
    where p.workspace_id = core.current_workspace()
    group by p.step, p.rule, p.strategy, p.is_paused, p.pool, p.label
  ) pool
$$;

comment on function api.list_pools() is
  'Every pool with its members, who is free now and why the others are not, as a JSON array in the order of the plan.';
