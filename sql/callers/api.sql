-- Callers, for the page and the API. All act in core.current_workspace(). Whoever changes a caller locks its row first
-- and passes the turnstile last, when the triggers record the change: so does a plain update, and dealing, which holds
-- the turnstile, never waits for a caller's row. So nobody waits in a circle.
create function api.list_callers() returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(routing.caller_json(c) order by c.id), '[]')
  from routing.caller_cards c
  where c.workspace_id = core.current_workspace() and c.archived_at is null
$$;

comment on function api.list_callers() is 'The workspace''s callers, in the order of the circle, as JSON.';

create function api.get_caller(p_caller_id uuid) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller jsonb;
begin
  select routing.caller_json(c) into v_caller
  from routing.caller_cards c
  where c.workspace_id = core.current_workspace() and c.id = p_caller_id;
  if v_caller is null then
    raise exception 'There is no caller %', p_caller_id using errcode = 'LD404';
  end if;
  return v_caller;
end
$$;

comment on function api.get_caller(uuid) is 'One caller as JSON, archived ones too. LD404 when there is none.';

create function api.create_caller(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_caller crm.callers;
  v_caller_id uuid;
  v_campaigns int[];
begin
  perform core.take_turnstile(v_workspace_id);
  v_caller := routing.read_caller(v_workspace_id, p_caller);
  v_campaigns := routing.read_campaigns(v_workspace_id, p_caller);
  with caller as (
    insert into crm.callers (workspace_id, name, role, languages, daily_limit, status, is_sample, team, weight,
      max_load, hours, time_off)
    values (v_workspace_id, v_caller.name, v_caller.role, v_caller.languages, v_caller.daily_limit,
      v_caller.status, v_caller.is_sample,
      v_caller.team, v_caller.weight, v_caller.max_load, v_caller.hours, v_caller.time_off)
    returning id
  ),
  competence as (
    insert into crm.caller_sources (workspace_id, caller_id, source, weight)
    select v_workspace_id, caller.id, s.source, s.weight from caller, routing.read_sources(p_caller) s
  ),
  work as (
    insert into crm.campaign_assignees (workspace_id, campaign_id, caller_id, added_at, added_by)
    select v_workspace_id, g.id, caller.id, core.current_time(), core.current_actor()
    from caller, unnest(v_campaigns) g (id)
  ),
  served as (
    insert into crm.caller_states (workspace_id, caller_id, state)
    select v_workspace_id, caller.id, s.state
    from caller, jsonb_array_elements_text(coalesce(p_caller -> 'states', '[]')) s (state)
    on conflict do nothing
  )
  select id into v_caller_id from caller;
  return api.get_caller(v_caller_id);
end
$$;

comment on function api.create_caller(jsonb) is
  'Makes a caller from {"name", "role", "languages", "daily_limit", "states", "status", "team", "weight", "max_load", '
  '"campaigns", "sources", "hours", "time_off"}. LD422 for an unknown state, and for hours, time off or sources that '
  'cannot be read. A campaign that there is not yet is made.';

-- What is not given is as for a new caller. If the caller is paused or away from now on, the open leads go where
-- "hand_over" says.
create function api.update_caller(p_caller_id uuid, p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_country text := (select w.country from crm.workspaces w where w.id = v_workspace_id);
  v_before crm.callers := routing.lock_caller(v_workspace_id, p_caller_id);
  v_caller crm.callers;
  v_campaigns int[];
  v_handed_over jsonb;
begin
  v_caller := routing.read_caller(v_workspace_id, p_caller);
  v_campaigns := routing.read_campaigns(v_workspace_id, p_caller);
  with caller as (
    update crm.callers c
    set name = v_caller.name, role = v_caller.role, languages = v_caller.languages, daily_limit = v_caller.daily_limit,
      status = v_caller.status,
      team = v_caller.team, weight = v_caller.weight, max_load = v_caller.max_load,
      hours = v_caller.hours, time_off = v_caller.time_off
    where c.workspace_id = v_workspace_id and c.id = p_caller_id
  ),
  competence as (
    select s.source, s.weight from routing.read_sources(p_caller) s
  ),
  forgotten as (
    delete from crm.caller_sources s
    where s.workspace_id = v_workspace_id and s.caller_id = p_caller_id
      and s.source not in (select c.source from competence c)
  ),
  known as (
    insert into crm.caller_sources (workspace_id, caller_id, source, weight)
    select v_workspace_id, p_caller_id, c.source, c.weight from competence c
    on conflict (workspace_id, caller_id, source) do update set weight = excluded.weight
    where caller_sources.weight <> excluded.weight
  ),
  given_up as (
    delete from crm.campaign_assignees a
    where a.workspace_id = v_workspace_id and a.caller_id = p_caller_id and a.campaign_id <> all (v_campaigns)
  ),
  work as (
    insert into crm.campaign_assignees (workspace_id, campaign_id, caller_id, added_at, added_by)
    select v_workspace_id, g.id, p_caller_id, core.current_time(), core.current_actor() from unnest(v_campaigns) g (id)
    on conflict do nothing
  ),
  wanted as (
    select s.state, core.find_state(v_country, s.state) as known
    from jsonb_array_elements_text(coalesce(p_caller -> 'states', '[]')) s (state)
  ),
  left_behind as (
    delete from crm.caller_states s
    where s.workspace_id = v_workspace_id and s.caller_id = p_caller_id
      and s.state not in (select w.known from wanted w where w.known is not null)
  )
  insert into crm.caller_states (workspace_id, caller_id, state)
  select v_workspace_id, p_caller_id, coalesce(w.known, w.state) from wanted w
  on conflict do nothing;
  v_handed_over := routing.hand_over_json(v_before, p_caller ->> 'hand_over');
  return api.get_caller(p_caller_id) || v_handed_over;
end
$$;

comment on function api.update_caller(uuid, jsonb) is
  'Replaces all that can be edited of a caller. LD404 without one, LD409 when archived, LD422 as create_caller().';

create function routing.read_caller(p_workspace_id int, p_caller jsonb) returns crm.callers
language plpgsql stable
as $$
declare
  v_caller crm.callers := jsonb_populate_record(null::crm.callers, p_caller - array['hours', 'time_off']);
begin
  v_caller.role := nullif(trim(v_caller.role), '');
  v_caller.team := nullif(trim(v_caller.team), '');
  v_caller.languages := coalesce(v_caller.languages, '{}');
  v_caller.daily_limit := coalesce(v_caller.daily_limit, 0);
  v_caller.status := coalesce(v_caller.status, 'active');
  v_caller.is_sample := coalesce(v_caller.is_sample, false);
  v_caller.weight := coalesce(v_caller.weight, 1);
  v_caller.max_load := coalesce(v_caller.max_load, 0);
  v_caller.hours := routing.read_hours(p_caller -> 'hours');
  v_caller.time_off := routing.read_time_off(p_caller -> 'time_off',
    (select w.timezone from crm.workspaces w where w.id = p_workspace_id));
  return v_caller;
end
$$;

comment on function routing.read_caller(int, jsonb) is
  'The particulars of a caller from JSON, with defaults for what is not there. LD422 (column hours, time_off) for '
  'what cannot be read.';

-- A campaign that there is not yet is made; what has neither letter nor digit is no name.
create function routing.read_campaigns(p_workspace_id int, p_caller jsonb) returns int[]
language sql volatile
as $$
  select coalesce(array_agg(distinct (routing.name_campaign(p_workspace_id, n.name)).id), '{}')
  from jsonb_array_elements_text(coalesce(nullif(p_caller -> 'campaigns', 'null'), '[]')) n (name)
  where core.slug(n.name) <> ''
$$;

comment on function routing.read_campaigns(int, jsonb) is
  'The campaigns of a caller''s JSON, which are made if need be.';

create function routing.read_sources(p_caller jsonb) returns table (source text, weight int)
language plpgsql stable
as $$
declare
  v_twice text;
begin
  select min(s.name) into v_twice
  from (select coalesce(trim(e ->> 'source'), '') as name
    from jsonb_array_elements(coalesce(nullif(p_caller -> 'sources', 'null'), '[]')) e) s
  group by lower(s.name) having count(*) > 1 or lower(s.name) = '' limit 1;
  if found then
    raise exception '%',
      case when v_twice = '' then 'A source has no name' else 'The source "' || v_twice || '" is there twice' end
      using errcode = 'LD422', column = 'sources', hint = 'Give each source one line and one weight.';
  end if;
  return query
    select trim(s.source), coalesce(s.weight, 1)
    from jsonb_to_recordset(coalesce(nullif(p_caller -> 'sources', 'null'), '[]')) as s (source text, weight int);
end
$$;

comment on function routing.read_sources(jsonb) is
  'The sources of a caller''s JSON with their weights. LD422 (column sources) for one without a name, or there twice.';

create function api.set_caller_status(p_caller_id uuid, p_status text, p_hand_over text default null) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before crm.callers := routing.lock_caller(core.current_workspace(), p_caller_id);
  v_handed_over jsonb;
begin
  update crm.callers c set status = p_status::crm.caller_status where c.workspace_id = v_before.workspace_id
    and c.id = p_caller_id;
  v_handed_over := routing.hand_over_json(v_before, p_hand_over);
  return api.get_caller(p_caller_id) || v_handed_over;
end
$$;

comment on function api.set_caller_status(uuid, text, text) is
  'Pauses or resumes a caller; if paused, open leads go where p_hand_over says. LD404, LD409 when archived.';

create function api.archive_caller(p_caller_id uuid, p_hand_over text default null) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before crm.callers;
  v_handed_over jsonb;
begin
  perform api.get_caller(p_caller_id);
  select c.* into v_before from crm.callers c
  where c.workspace_id = core.current_workspace() and c.id = p_caller_id for no key update;
  update crm.callers c set archived_at = core.current_time()
  where c.workspace_id = v_before.workspace_id and c.id = p_caller_id and c.archived_at is null;
  v_handed_over := routing.hand_over_json(v_before, p_hand_over);
  return api.get_caller(p_caller_id) || v_handed_over;
end
$$;

comment on function api.archive_caller(uuid, text) is
  'Archives a caller, who gets no more leads; the open ones go where p_hand_over says. LD404 when there is none.';

-- The leads that it had stay where they went.
create function api.restore_caller(p_caller_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform api.get_caller(p_caller_id);
  update crm.callers c set archived_at = null
  where c.workspace_id = core.current_workspace() and c.id = p_caller_id and c.archived_at is not null;
  if not found then
    raise exception 'This caller is not archived' using errcode = 'LD409';
  end if;
  return api.get_caller(p_caller_id);
end
$$;

comment on function api.restore_caller(uuid) is
  'Takes back that a caller was archived, who gets leads again unless paused. LD404 no such caller; LD409 not '
  'archived.';

create function api.archive_sample_callers() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_samples crm.callers[];
  v_sample crm.callers;
begin
  v_samples := array(
    select c from crm.callers c
    where c.workspace_id = core.current_workspace() and c.is_sample and c.archived_at is null
      order by c.id for no key update);
  update crm.callers c set archived_at = core.current_time()
  where c.workspace_id = core.current_workspace() and c.id in (select s.id from unnest(v_samples) s);
  foreach v_sample in array v_samples loop  -- none of whom gets what another had
    perform routing.hand_over_json(v_sample, null);
  end loop;
  return cardinality(v_samples);
end
$$;

comment on function api.archive_sample_callers() is
  'Archives the sample callers of the first run: how many. Their open leads go where the settings say.';

create function routing.refuse_archived(p_workspace_id int, p_caller_id uuid) returns void
language plpgsql stable
as $$
declare
  v_caller crm.callers;
begin
  select c.* into v_caller from crm.callers c where c.workspace_id = p_workspace_id and c.id = p_caller_id;
  if not found then
    raise exception 'There is no caller %', p_caller_id using errcode = 'LD422', column = 'caller_id';
  elsif v_caller.archived_at is not null then
    raise exception '% is archived', v_caller.name using errcode = 'LD409', column = 'caller_id',
      hint = 'Make a new caller instead.';
  end if;
end
$$;

comment on function routing.refuse_archived(int, uuid) is
  'LD422 unless there is the caller that something names, LD409 if archived.';

create function routing.lock_caller(p_workspace_id int, p_caller_id uuid) returns crm.callers
language plpgsql volatile
as $$
declare
  v_caller crm.callers;
begin
  select c.* into v_caller from crm.callers c where c.workspace_id = p_workspace_id
    and c.id = p_caller_id for no key update;
  if not found then
    raise exception 'There is no caller %', p_caller_id using errcode = 'LD404';
  end if;
  perform routing.refuse_archived(p_workspace_id, p_caller_id);
  return v_caller;
end
$$;

comment on function routing.lock_caller(int, uuid) is
  'Locks a caller''s row until the transaction ends, and returns it. LD404 without one, LD409 if archived.';

create function api.list_states() returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(s.name order by s.name), '[]')
  from crm.workspaces w join crm.states s on s.country = w.country
  where w.id = core.current_workspace()
$$;

comment on function api.list_states() is 'Names of the states of the workspace''s country, as a JSON array.';
