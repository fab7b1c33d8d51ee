-- A pool is the callers who may get a lead under one rule, known by its key: state:maharashtra, global.
create function routing.pool_key(p_state text) returns text
language sql immutable parallel safe
return coalesce('state:' || trim(both '-' from regexp_replace(lower(p_state), '[^[:alnum:]]+', '-', 'g')), 'global');

comment on function routing.pool_key(text) is 'Key of the pool that serves a state; without a state, of the pool of everybody.';

-- The members of a pool as they are now. free means: may take a lead at this moment. turns is how many leads the daily
-- cap still leaves today; who is unlimited has the largest int.
create function routing.pool_members(p_workspace_id int, p_state text, p_date date)
returns table (caller_id uuid, standing text, given int, daily_limit int, turns int)
language sql stable
as $$
  select c.id,
    case when c.status <> 'active' then 'paused' when c.daily_limit > 0 and coalesce(d.count, 0) >= c.daily_limit then 'at cap' else 'free' end,
    coalesce(d.count, 0), c.daily_limit,
    case when c.daily_limit = 0 then 2147483647 else greatest(c.daily_limit - coalesce(d.count, 0), 0) end
  from (
    select s.caller_id from crm.caller_states s
    where p_state is not null and s.workspace_id = p_workspace_id and s.state = p_state
    union all
    select g.id from crm.callers g
    where p_state is null and g.workspace_id = p_workspace_id
  ) member
  cross join lateral (
    select k.id, k.status, k.daily_limit from crm.callers k
    where k.workspace_id = p_workspace_id and k.id = member.caller_id and k.archived_at is null offset 0) c
  left join lateral (
    select k.count from crm.caller_daily_counters k
    where k.workspace_id = p_workspace_id and k.date = p_date and k.caller_id = c.id offset 0) d on true
$$;

comment on function routing.pool_members(int, text, date) is 'Members of a state''s pool (null: of everybody''s) now: free, paused or at cap, and how many leads each may still take on that business day.';

-- A pool as dealing needs it: who is free with how many turns, who was skipped and why, and the same in words.
create type routing.pool as (
  step int, rule text, strategy text, state text, key text, label text,
  pointer uuid, callers uuid[], turns int[], skipped jsonb, why_not text);

comment on type routing.pool is 'A pool at one moment: its rule, its pointer, the free callers with their turns, the skipped ones, and why none is free if none is.';

create function routing.find_pools(p_workspace_id int, p_rule routing.plan, p_states text[], p_date date) returns setof routing.pool
language plpgsql stable
as $$
begin
  return query
    select p_rule.step, p_rule.rule, p_rule.strategy, wanted.state, routing.pool_key(wanted.state),
      coalesce(wanted.state, 'global') || ' ' || replace(p_rule.strategy, '_', ' '),
      (select r.last_caller_id from crm.rr_pointers r where r.workspace_id = p_workspace_id and r.key = routing.pool_key(wanted.state)),
      members.callers, members.turns, members.skipped,
      case when members.callers is null then routing.describe_exhausted(wanted.state, members.paused, members.at_cap) end
    from (select distinct state from unnest(p_states) state) wanted
    cross join lateral (
      select
        array_agg(m.caller_id) filter (where m.standing = 'free') as callers,
        array_agg(m.turns) filter (where m.standing = 'free') as turns,
        coalesce(jsonb_agg(jsonb_build_object('caller_id', m.caller_id, 'why', m.standing, 'given', m.given, 'limit', m.daily_limit)
          order by m.caller_id) filter (where m.standing <> 'free'), '[]') as skipped,
        count(*) filter (where m.standing = 'paused') as paused,
        count(*) filter (where m.standing = 'at cap') as at_cap
      from routing.pool_members(p_workspace_id, wanted.state, p_date) m
    ) members;
end
$$;

comment on function routing.find_pools(int, routing.plan, text[], date) is 'The pools one rule offers for the given states (a null stands for everybody), each with its free and skipped members as they are now.';
