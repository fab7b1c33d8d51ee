-- Pools, for the page and the API: in routing.current_workspace(), as they are at this moment.
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
    where p.workspace_id = routing.current_workspace()
    group by p.step, p.rule, p.strategy, p.is_paused, p.pool, p.label
  ) pool
$$;

comment on function api.list_pools() is 'Every pool with its members, who is free now and why the others are not, as a JSON array in the order of the plan.';
