-- What would have been: the leads of a period dealt again under other settings, by the very functions that deal, and
-- undone before anybody sees it. They are dealt in a workspace of their own, made for the purpose with the same ids, so
-- the real one goes on undisturbed; its clock is moved along with the leads, and leads that were closed are closed in
-- it too.
--
-- p_changes: {"rules": [a whole plan, each rule as over the API], "callers": {"<id>": {"status", "daily_limit",
-- "weight", "max_load", "archived": true, ...}}}, both optional. Callers and campaigns are taken as they are now.
--
-- Leads between two moments at which somebody's day, hours or time off begins or ends are dealt at once, which is the
-- same as one by one; with a limit on load, hour by hour, so that closed leads make room.
--
-- Locks: the turnstile of the workspace made, which nobody else knows. Errors: LD404 no such workspace; LD422 as for
-- rules.
create function routing.simulate(p_workspace_id int, p_from timestamptz, p_until timestamptz,
  p_changes jsonb default '{}')
returns table (caller_id uuid, caller text, happened bigint, simulated bigint)
language plpgsql volatile
set jit = off
as $$
declare
  v_id int := -pg_backend_pid();
  v_answer jsonb;
begin
  begin
    perform routing.build_simulation(p_workspace_id, v_id, p_changes);
    perform routing.run_simulation(p_workspace_id, v_id, p_from, p_until);
    select jsonb_agg(to_jsonb(o)) into v_answer
    from routing.compare_simulation(p_workspace_id, v_id, p_from, p_until) o;
    raise exception using errcode = 'UNDO0';
  exception when sqlstate 'UNDO0' then
    null;
  end;
  return query select a.caller_id, a.caller, a.happened, a.simulated
    from jsonb_to_recordset(v_answer) as a (caller_id uuid, caller text, happened bigint, simulated bigint);
end
$$;

comment on function routing.simulate(int, timestamptz, timestamptz, jsonb) is
  'The leads of a period dealt again under other rules or limits, and undone: per caller (null: the queue) how many '
  'were given then and would be given so.';

create function routing.build_simulation(p_workspace_id int, p_id int, p_changes jsonb) returns void
language plpgsql volatile
as $$
begin
  insert into crm.workspaces (id, name, timezone, country)
  overriding system value
  select p_id, 'Simulation ' || p_id, w.timezone, w.country from crm.workspaces w where w.id = p_workspace_id;
  if not found then
    raise exception 'There is no workspace %', p_workspace_id using errcode = 'LD404';
  end if;

  insert into crm.callers (workspace_id, id, name, role, languages, daily_limit, status, team, weight, max_load, hours,
    time_off, archived_at)
  select p_id, c.id, c.name, c.role, n.languages, n.daily_limit, n.status, n.team, n.weight, n.max_load,
    n.hours, n.time_off,
    case when coalesce((p_changes -> 'callers' -> c.id::text ->> 'archived')::boolean, c.archived_at is not null)
      then now() end
  from crm.callers c
  cross join lateral jsonb_populate_record(c, coalesce(p_changes -> 'callers' -> c.id::text, '{}')) n
  where c.workspace_id = p_workspace_id;
  insert into crm.caller_states (workspace_id, caller_id, state)
  select p_id, s.caller_id, s.state from crm.caller_states s where s.workspace_id = p_workspace_id;
  insert into crm.caller_sources (workspace_id, caller_id, source, weight)
  select p_id, s.caller_id, s.source, s.weight from crm.caller_sources s where s.workspace_id = p_workspace_id;
  insert into crm.campaigns (workspace_id, id, key, name, created_at, created_by)
  overriding system value
  select p_id, g.id, g.key, g.name, g.created_at, g.created_by from crm.campaigns g
  where g.workspace_id = p_workspace_id and g.archived_at is null;
  insert into crm.campaign_assignees (workspace_id, campaign_id, caller_id, added_at, added_by)
  select p_id, a.campaign_id, a.caller_id, a.added_at, a.added_by from crm.campaign_assignees a
  where a.workspace_id = p_workspace_id;

  update crm.rules r set step = null, archived_at = now() where r.workspace_id = p_id;
  insert into crm.rules (workspace_id, campaign_id, step, name, condition, attributes, teams, callers, strategy,
    on_exhausted, is_on, is_paused)
  select p_id, n.campaign_id, n.step, n.name, n.condition, n.attributes, n.teams, n.callers, n.strategy, n.on_exhausted,
    n.is_on, n.is_paused
  from (
    select r.campaign_id, r.step, r.name, r.condition, r.attributes, r.teams, r.callers, r.strategy, r.on_exhausted,
      r.is_on, r.is_paused
    from crm.rules r
    where r.workspace_id = p_workspace_id and r.archived_at is null
      and (r.campaign_id is not null or not p_changes ? 'rules')
    union all
    select null, g.nr, k.name, k.condition, k.attributes, k.teams, k.callers, k.strategy, k.on_exhausted,
      k.is_on, k.is_paused
    from jsonb_array_elements(p_changes -> 'rules') with ordinality as g (rule, nr)
    cross join lateral routing.read_rule(g.rule) k
  ) n;
end
$$;

comment on function routing.build_simulation(int, int, jsonb) is
  'Makes a workspace with the callers, the campaigns and the plan of another, changed as wanted.';

-- What belongs to a stretch is dealt with the clock at its first lead.
create function routing.simulation_stretches(p_workspace_id int, p_id int, p_from timestamptz, p_until timestamptz)
returns table (stretch bigint, began timestamptz, lead_ids uuid[])
language sql stable
as $$
  with setting as (
    select w.timezone,
      exists (select from crm.callers c where c.workspace_id = p_id and c.archived_at is null and c.max_load > 0)
        or exists (select from routing.plan p where p.workspace_id = p_id and p.strategy = 'least_loaded') as by_load
    from crm.workspaces w where w.id = p_id
  ),
  hour_edge as (
    select array_agg(distinct e.minute order by e.minute) as minutes
    from crm.callers c cross join lateral unnest(c.hours) r
    cross join lateral (values (lower(r)), (upper(r))) e (minute)
    where c.workspace_id = p_id and c.archived_at is null
  ),
  away_edge as (
    select array_agg(distinct e.moment order by e.moment) as moments
    from crm.callers c cross join lateral unnest(c.time_off) r
    cross join lateral (values (lower(r)), (upper(r))) e (moment)
    where c.workspace_id = p_id and c.archived_at is null and e.moment is not null
  ),
  lead as (
    select l.id, l.created_at, dense_rank() over (order by local.date,
      case when h.minutes is not null then width_bucket(routing.minute_of_week(local.time), h.minutes) end,
      case when a.moments is not null then width_bucket(l.created_at, a.moments) end,
      case when s.by_load then extract(hour from local.time) end) as stretch
    from crm.leads l
    cross join setting s cross join hour_edge h cross join away_edge a
    cross join lateral (select l.created_at at time zone s.timezone as time,
      (l.created_at at time zone s.timezone)::date as date) local
    where l.workspace_id = p_workspace_id and l.created_at >= p_from and l.created_at < p_until and not l.is_test
  )
  select lead.stretch, min(lead.created_at), array_agg(lead.id order by lead.id)
  from lead group by lead.stretch order by lead.stretch
$$;

comment on function routing.simulation_stretches(int, int, timestamptz, timestamptz) is
  'The leads of a period in stretches during which nothing but dealing changes who is free.';

create function routing.run_simulation(p_workspace_id int, p_id int, p_from timestamptz, p_until timestamptz)
returns void
language plpgsql volatile
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_stretch record;
begin
  for v_stretch in select * from routing.simulation_stretches(p_workspace_id, p_id, p_from, p_until) loop
    perform set_config('fairlead.now', v_stretch.began::text, true);
    update crm.lead_assignments a set status = 'closed', ended_at = v_stretch.began, ended_seq = a.seq
    from crm.leads l
    where a.workspace_id = p_id and a.ended_at is null and l.workspace_id = p_workspace_id and l.id = a.lead_id
      and l.closed_at <= v_stretch.began;
    insert into crm.leads (workspace_id, id, external_id, name, phone, email, lead_source, city, state, language,
      message, metadata, idempotency_key, created_at, other_phones, first_name, last_name, company, job_title, country,
      medium, term, product, budget, authority, timeline_months)
    select p_id, l.id, l.external_id, l.name, l.phone, l.email, l.lead_source, l.city, l.state, l.language, l.message,
      l.metadata, 'simulated:' || l.id, l.created_at, l.other_phones, l.first_name, l.last_name, l.company, l.job_title,
      l.country, l.medium, l.term, l.product, l.budget, l.authority, l.timeline_months
    from unnest(v_stretch.lead_ids) wanted (id)
    cross join lateral (select k.* from crm.leads k
      where k.workspace_id = p_workspace_id and k.id = wanted.id offset 0) l;
  end loop;
end
$$;

comment on function routing.run_simulation(int, int, timestamptz, timestamptz) is
  'Deals the leads of a period again, in the workspace made for it.';

create function routing.compare_simulation(p_workspace_id int, p_id int, p_from timestamptz, p_until timestamptz)
returns table (caller_id uuid, caller text, happened bigint, simulated bigint)
language sql stable
as $$
  with first_event as (
    select distinct on (e.workspace_id, e.lead_id) e.workspace_id, e.caller_id
    from crm.leads l
    join crm.events e on e.lead_id = l.id and e.workspace_id in (p_workspace_id, p_id)
      and e.kind in ('lead.assigned', 'lead.queued')
    where l.workspace_id = p_workspace_id and l.created_at >= p_from and l.created_at < p_until
    order by e.workspace_id, e.lead_id, e.seq
  )
  select c.id, c.name, count(f.*) filter (where f.workspace_id = p_workspace_id),
    count(f.*) filter (where f.workspace_id = p_id)
  from (select k.id, k.name from crm.callers k where k.workspace_id = p_workspace_id union all select null, null) c
  left join first_event f on f.caller_id is not distinct from c.id
  group by c.id, c.name
  order by c.id nulls last
$$;

comment on function routing.compare_simulation(int, int, timestamptz, timestamptz) is
  'What happened to the leads of a period, compared with what the simulation made of them.';
