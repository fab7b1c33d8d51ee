-- A pool is the callers who may get a lead under one rule, known by its key: state:maharashtra,
-- source:website,language:hindi, global. A key is made of what the lead says for the attributes of the rule, and a
-- caller is in the pool who has all of it. A rule for teams has one pool, team:north or team:north|team:south: the
-- callers of any of them. A rule for callers by name has a pool of its own, callers:<id of the rule>; the
-- versions of the rule in the log say who they are.

create function routing.pool_key(p_state text, p_source text default null, p_language text default null,
  p_campaign text default null, p_team text default null)
returns text
language sql stable parallel safe
return coalesce(nullif(concat_ws(',',
  'state:' || core.slug(p_state), 'source:' || core.slug(p_source), 'language:' || core.slug(p_language),
  'campaign:' || core.slug(p_campaign), 'team:' || core.slug(p_team)), ''), 'global');

comment on function routing.pool_key(text, text, text, text,
  text) is 'Key of the pool of those who have all of the given; of everybody when nothing is given.';

create function routing.team_keys(p_teams text[]) returns text[]
language sql immutable parallel safe
return array(select 'team:' || core.slug(t) from unnest(p_teams) t order by 1);

comment on function routing.team_keys(text[]) is
  'The keys by which callers of these teams are found, each as in team:north.';

-- What a lead says for each attribute a rule may ask for.
create type routing.target as (state text, source text, language text, campaign text, team text);
comment on type routing.target is 'The values of a lead that can form the key of a pool.';

create function routing.pool_key_of(p_rule_id uuid, p_teams text[], p_callers uuid[], p_target routing.target)
  returns text
language sql stable parallel safe
return case
  when p_callers <> '{}' then 'callers:' || p_rule_id
  when p_teams <> '{}' then array_to_string(routing.team_keys(p_teams), '|')
  else routing.pool_key((p_target).state, (p_target).source, (p_target).language, (p_target).campaign,
    (p_target).team) end;

comment on function routing.pool_key_of(uuid, text[], uuid[], routing.target) is
  'Key of the pool of a rule: of its callers by name, of its teams, else of those who have what the lead says.';

create function routing.has_all(p_target routing.target, p_attributes text[]) returns boolean
language sql immutable parallel safe
return not ('state' = any (p_attributes) and (p_target).state is null
  or 'source' = any (p_attributes) and (p_target).source is null
  or 'language' = any (p_attributes) and (p_target).language is null
  or 'campaign' = any (p_attributes) and (p_target).campaign is null
  or 'team' = any (p_attributes) and (p_target).team is null);

comment on function routing.has_all(routing.target,
  text[]) is 'Whether a lead says something for each attribute of a rule; if not, the rule is not for it.';

create function routing.narrow_target(p_target routing.target, p_attributes text[]) returns routing.target
language sql immutable parallel safe
return row(
  case when 'state' = any (p_attributes) then (p_target).state end,
  case when 'source' = any (p_attributes) then core.slug((p_target).source) end,
  case when 'language' = any (p_attributes) then core.slug((p_target).language) end,
  case when 'campaign' = any (p_attributes) then core.slug((p_target).campaign) end,
  case when 'team' = any (p_attributes) then core.slug((p_target).team) end)::routing.target;

comment on function routing.narrow_target(routing.target, text[]) is 'Of what a lead says,
  what forms the key of its pool under a rule with these attributes: equal for all leads of one pool.';

create function routing.target_of(p_lead crm.leads) returns routing.target
language sql immutable parallel safe
return row(p_lead.state, p_lead.lead_source, p_lead.language,
  p_lead.metadata ->> 'campaign', p_lead.metadata ->> 'team')::routing.target;

comment on function routing.target_of(crm.leads) is 'What a lead says for each attribute of pools.';

-- A pool as dealing needs it: who is free, who was skipped and why, and the same in words. pointer is null while the
-- pool has no free member.
create type routing.pool as (
  key text, rule_id uuid, rule_version int, rule text, step int, strategy text, claim_minutes int, label text,
  pointer crm.rr_pointers, members routing.member[], skipped jsonb, why_not text, ends_here boolean);

comment on type routing.pool is
  'A pool at one moment: its rule, its pointer, its free members, the skipped ones, why none is free if none is, and '
  'whether its leads are then queued.';

-- Who is in each pool, and how everybody stands. A caller in many pools is looked up once.
-- p_teams, p_callers: whom the rule is for, if it says so; the target then says nothing.
-- p_refused: callers who may not have these leads again. p_date: the business day, if it is not the date of p_local.
create function routing.pool_members(
  p_workspace_id int, p_strategy text, p_teams text[], p_callers uuid[], p_targets routing.target[],
  p_now timestamptz, p_local timestamp, p_refused uuid[] default '{}', p_date date default null)
returns table (nr bigint, caller_id uuid, name text, standing text, given int, daily_limit int, load int,
  max_load int, weight int)
language plpgsql stable
as $$
declare
  v_team_keys text[] := case when p_teams <> '{}' then routing.team_keys(p_teams) end;
begin
  return query
    with target as (
      select t.*, t.ordinality as nr, case when t.campaign is not null then (
        select g.id from crm.campaigns g
        where g.workspace_id = p_workspace_id and g.key = t.campaign and g.archived_at is null) end as campaign_id
      from unnest(p_targets) with ordinality t
    ),
    candidate as (
      select t.nr, c.id
      from target t
      cross join lateral (
        select s.caller_id as id from crm.caller_states s
        where t.state is not null and s.workspace_id = p_workspace_id and s.state = t.state
        union all
        select a.caller_id from crm.campaign_assignees a
        where t.state is null and t.campaign is not null and a.workspace_id = p_workspace_id
          and a.campaign_id = t.campaign_id
        union all
        select g.id from crm.callers g
        where t.state is null and t.campaign is null and p_callers = '{}' and g.workspace_id = p_workspace_id
          and (p_teams = '{}' or 'team:' || core.slug(g.team) = any (v_team_keys))
        union all
        select n.id from unnest(p_callers) n (id)
      ) c
    ),
    known as materialized (
      select c.*, coalesce(d.count, 0) as given,
        case when c.max_load > 0 or p_strategy = 'least_loaded'
          then routing.open_leads(p_workspace_id, c.id) else 0 end as open
      from (select distinct candidate.id from candidate) distinct_candidate
      cross join lateral (
        select k.* from crm.callers k
        where k.workspace_id = p_workspace_id and k.id = distinct_candidate.id and k.archived_at is null offset 0) c
      left join lateral (
        select k.count from crm.caller_daily_counters k
        where k.workspace_id = p_workspace_id and k.date = coalesce(p_date, p_local::date)
          and k.caller_id = c.id offset 0) d on true
    )
    select t.nr, k.id, k.name,
      case when k.id = any (p_refused) then 'let it expire' else routing.standing(
        k.status, k.time_off, k.hours, p_now, p_local, k.daily_limit, k.given, k.max_load, k.open, k.is_disabled) end,
      k.given, k.daily_limit, k.open, k.max_load,
      case when t.source is null then k.weight else competence.weight end
    from candidate
    join target t on t.nr = candidate.nr
    join known k on k.id = candidate.id
    left join lateral (
      select max(s.weight) as weight from crm.caller_sources s
      where t.source is not null and s.workspace_id = p_workspace_id and s.caller_id = k.id
        and core.slug(s.source) = t.source offset 0) competence on true
    left join lateral (
      select true as is_there from crm.campaign_assignees a
      where t.state is not null and a.workspace_id = p_workspace_id and a.campaign_id = t.campaign_id
        and a.caller_id = k.id offset 0) work on true
    where (t.source is null or competence.weight > 0)
      and (t.language is null or t.language in (select core.slug(spoken) from unnest(k.languages) spoken))
      and (t.campaign is null or t.state is null or work.is_there)
      and (t.team is null or t.team = core.slug(k.team));
end
$$;

comment on function routing.pool_members(int, text, text[], uuid[], routing.target[], timestamptz, timestamp, uuid[],
  date)
is 'Members of the pools of these targets (nr) now: how each stands, given today, open leads, weight in the pool.';

-- Only where something is remembered is there a circle to open.
create function routing.begin_pointer(p_strategy text, p_pointer crm.rr_pointers, p_members routing.member[])
returns crm.rr_pointers
language plpgsql immutable parallel safe
as $$
begin
  if p_strategy in ('weighted', 'random') or p_pointer.circle is not null then
    return routing.open_circle(p_strategy, p_pointer, p_members);
  end if;
  return p_pointer;
end
$$;

comment on function routing.begin_pointer(text, crm.rr_pointers,
  routing.member[]) is 'The pointer as a deal by this strategy begins.';

-- One pool, of a state, of teams, of names or of everybody: the most frequent question is spared what others need.
create function routing.is_plain(p_rule crm.rules, p_target routing.target) returns boolean
language sql immutable parallel safe
return not p_rule.is_paused
  and num_nonnulls((p_target).source, (p_target).language, (p_target).campaign, (p_target).team) = 0;

comment on function routing.is_plain(crm.rules, routing.target) is
  'Whether find_pool() can tell the pool that a rule offers for a target: all but those of sources, languages, '
  'campaigns and teams of leads, and of paused rules.';

create function routing.find_pool(
  p_workspace_id int, p_rule crm.rules, p_target routing.target, p_now timestamptz, p_local timestamp,
  p_refused uuid[], p_date date default null)
returns routing.pool
language plpgsql stable
as $$
declare
  v_date date := coalesce(p_date, p_local::date);
  v_key text;
  v_subject text;
  v_ids uuid[];
  v_team_keys text[];
  v_found record;
  v_standings text[];
  v_pointer crm.rr_pointers;
begin
  if p_target.state is not null then
    v_key := routing.pool_key(p_target.state);
    v_subject := p_target.state;
  elsif p_rule.callers <> '{}' then
    v_key := routing.pool_key_of(p_rule.id, p_rule.teams, p_rule.callers, p_target);
    v_subject := 'named';
    v_ids := p_rule.callers;
  else
    v_key := routing.pool_key_of(p_rule.id, p_rule.teams, p_rule.callers, p_target);
    v_subject := nullif(routing.list_words(p_rule.teams, ' or '), '');
    v_team_keys := routing.team_keys(p_rule.teams);
    v_ids := array(
      select g.id from crm.callers g
      where g.workspace_id = p_workspace_id
        and (p_rule.teams = '{}' or 'team:' || core.slug(g.team) = any (v_team_keys)));
  end if;
  select
    array_agg(row(k.id, k.weight, routing.turns_left(k.daily_limit, k.given, k.max_load, k.open), k.given, k.open,
      k.max_load)::routing.member order by k.id) filter (where k.standing = 'free') as members,
    jsonb_agg(jsonb_build_object('caller_id', k.id, 'why', k.standing, 'given', k.given, 'limit', k.daily_limit)
      order by k.id) filter (where k.standing <> 'free') as skipped,
    (select r from crm.rr_pointers r where r.workspace_id = p_workspace_id and r.key = v_key) as pointer
  into v_found
  from (
    select c.id, c.weight, c.daily_limit, c.max_load, coalesce(d.count, 0) as given, c.open,
      case when c.id = any (p_refused) then 'let it expire' else routing.standing(
        c.status, c.time_off, c.hours, p_now, p_local, c.daily_limit, coalesce(d.count, 0), c.max_load, c.open,
        c.is_disabled) end as standing
    from unnest(coalesce(v_ids, array(
      select s.caller_id from crm.caller_states s
      where s.workspace_id = p_workspace_id and s.state = p_target.state))) i (id)
    cross join lateral (
      select k.id, k.weight, k.daily_limit, k.max_load, k.status, k.time_off, k.hours, k.is_disabled,
        case when k.max_load > 0 or p_rule.strategy = 'least_loaded'
          then routing.open_leads(p_workspace_id, k.id) else 0 end as open
      from crm.callers k
      where k.workspace_id = p_workspace_id and k.id = i.id and k.archived_at is null offset 0) c
    left join lateral (
      select k.count from crm.caller_daily_counters k
      where k.workspace_id = p_workspace_id and k.date = v_date and k.caller_id = i.id offset 0) d on true
    offset 0
  ) k;
  if v_found.members is not null then
    v_pointer := v_found.pointer;
    if v_pointer.key is null then
      v_pointer := routing.make_pointer(p_workspace_id, v_key);
    end if;
    v_pointer := routing.begin_pointer(p_rule.strategy, v_pointer, v_found.members);
  elsif v_found.skipped is not null then
    v_standings := array(select s.item ->> 'why' from jsonb_array_elements(v_found.skipped) s (item));
  end if;
  return row(v_key, p_rule.id, p_rule.version, p_rule.name, p_rule.step, p_rule.strategy, p_rule.claim_minutes,
    case when p_rule.campaign_id is not null or p_rule.callers <> '{}' then p_rule.name || ':'
      else coalesce(v_subject, 'global') end || ' ' || replace(p_rule.strategy, '_', ' '),
    case when v_found.members is not null then v_pointer end, v_found.members, coalesce(v_found.skipped, '[]'),
    case when v_found.members is null then routing.describe_exhausted(v_subject, v_standings) end,
    v_standings is not null and p_rule.on_exhausted = 'queue')::routing.pool;
end
$$;

comment on function routing.find_pool(int, crm.rules, routing.target, timestamptz, timestamp, uuid[], date) is
  'The pool that a rule offers for one plain target, with its free and skipped members now: what find_pools() says.';

-- A paused rule offers no caller, even if callers are free, and passes no lead on to the next rule.
create function routing.find_pools(
  p_workspace_id int, p_rule crm.rules, p_targets routing.target[], p_now timestamptz,
  p_local timestamp, p_refused uuid[],
  p_date date default null)
returns setof routing.pool
language plpgsql stable
as $$
begin
  if cardinality(p_targets) = 1 and routing.is_plain(p_rule, p_targets[1]) then
    return query select f.* from routing.find_pool(
      p_workspace_id, p_rule, p_targets[1], p_now, p_local, p_refused, p_date) f;
    return;
  elsif p_rule.is_paused then
    return query
      select routing.pool_key_of(p_rule.id, p_rule.teams, p_rule.callers, w), p_rule.id, p_rule.version, p_rule.name,
        p_rule.step, p_rule.strategy, p_rule.claim_minutes, null::text, null::crm.rr_pointers, null::routing.member[],
        '[]'::jsonb, routing.describe_paused(p_rule.name, p_rule.campaign_id), true
      from unnest(p_targets) w;
    return;
  end if;
  return query
    select t.key, p_rule.id, p_rule.version, p_rule.name, p_rule.step, p_rule.strategy, p_rule.claim_minutes,
      case when p_rule.campaign_id is not null or p_rule.callers <> '{}' then p_rule.name || ':'
        else coalesce(t.subject, 'global') end || ' ' || replace(p_rule.strategy, '_', ' '),
      case when m.members is not null then routing.begin_pointer(p_rule.strategy, coalesce(
        (select r from crm.rr_pointers r where r.workspace_id = p_workspace_id and r.key = t.key),
        routing.make_pointer(p_workspace_id, t.key)), m.members) end,
      m.members, coalesce(m.skipped, '[]'),
      case when m.members is null then routing.describe_exhausted(t.subject, m.standings) end,
      m.members is null and m.standings is not null and p_rule.on_exhausted = 'queue'
    from (
      select row_number() over () as nr,
        routing.pool_key_of(p_rule.id, p_rule.teams, p_rule.callers, w) as key,
        nullif(concat_ws(' ', case when p_rule.callers <> '{}' then 'named' end,
          nullif(routing.list_words(p_rule.teams, ' or '), ''), w.state, replace(w.source, '-', ' '),
          replace(w.language, '-', ' '), replace(w.campaign, '-', ' '), replace(w.team, '-', ' ')), '') as subject
      from unnest(p_targets) w
    ) t
    left join (
      select f.nr,
        array_agg(row(f.caller_id, f.weight, routing.turns_left(f.daily_limit, f.given, f.max_load, f.load),
          f.given, f.load, f.max_load)::routing.member order by f.caller_id)
          filter (where f.standing = 'free') as members,
        jsonb_agg(jsonb_build_object('caller_id', f.caller_id, 'why', f.standing,
          'given', f.given, 'limit', f.daily_limit) order by f.caller_id)
          filter (where f.standing <> 'free') as skipped,
        array_agg(f.standing) as standings
      from routing.pool_members(
        p_workspace_id, p_rule.strategy, p_rule.teams, p_rule.callers, p_targets, p_now, p_local, p_refused, p_date) f
      group by f.nr) m on m.nr = t.nr
    order by t.nr;
end
$$;

comment on function routing.find_pools(int, crm.rules, routing.target[], timestamptz, timestamp, uuid[], date) is
  'The pools that one rule offers for these targets, in their order, each with its free and skipped members now.';
