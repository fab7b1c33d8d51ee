-- Callers and people at once: a caller and their login, or a whole table of them, pasted or from a file.
--
-- A table is read by the gateway: rows of {"row", "name", "email", "states", "languages", "daily_limit", "team",
-- "title", "role", "faults"}, where states is one text, and what is not given is null. A row is made (a caller, with
-- the role caller, or a person who is none), updates who is there by e-mail or else by name, or is left out with what
-- is wrong with it at which field. The options are {"sign_in": whether those with an e-mail are invited}.
--
-- Locks: the rows of callers that are there, then the turnstile.
create function core.read_states(p_country text, p_text text, out states text[], out unknown text[])
language plpgsql stable
as $$
declare
  v_part text;
  v_found text[];
begin
  states := '{}';
  unknown := '{}';
  for v_part in
    select trim(both from b.part)
    from regexp_split_to_table(p_text, '[,;/|\n•]+') a (part)
    cross join lateral regexp_split_to_table(
      a.part, case when core.find_state(p_country, a.part) is null then '\s+(?:and|und|e|y|et|&)\s+|\s*&\s*' else '^$'
        end) b (part)
  loop
    continue when core.place_key(v_part) in ('', 'all', 'any', 'allindia', 'everywhere', 'allstates', 'anystate');
    v_found := core.find_states(p_country, v_part, true);
    if cardinality(v_found) = 1 then
      states := array(select distinct s from unnest(states || v_found) s order by s);
    else
      unknown := unknown || case when cardinality(v_found) > 1
        then format('%s is in %s', v_part, array_to_string(v_found, ' and ')) else format('%s is no state here', v_part)
        end;
    end if;
  end loop;
end
$$;

comment on function core.read_states(text, text) is
  'The states that a cell of a table names, in their one spelling, and what is wrong with the parts that name none.';

create function core.plan_staff(p_rows jsonb, p_options jsonb)
returns table ("row" int, outcome text, person jsonb, states text[], caller_id uuid, user_id uuid, invites boolean,
  faults jsonb)
language plpgsql volatile
set enable_nestloop = off  -- of what is in a table the planner knows nothing
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_signs_in boolean := coalesce((p_options ->> 'sign_in')::boolean, false);
begin
  return query
  with given as (
    select (e.value ->> 'row')::int as nr, e.value as person, lower(trim(e.value ->> 'email')) as email,
      lower(regexp_replace(trim(e.value ->> 'name'), '\s+', ' ', 'g')) as name_key,
      coalesce(e.value ->> 'role', 'caller') as role, e.value ->> 'states' as states_text,
      coalesce(nullif(e.value -> 'faults', 'null'), '{}') as faults
    from jsonb_array_elements(p_rows) e
  ),
  seen as (
    select g.*, min(g.nr) over (partition by g.email) as first_of_email,
      min(g.nr) over (partition by g.name_key, coalesce(g.email, '')) as first_of_name
    from given g
  ),
  callers as materialized (
    select c.id, lower(regexp_replace(c.name, '\s+', ' ', 'g')) as name_key, p.id as person_id, p.email
    from crm.callers c
    left join crm.users p on p.workspace_id = c.workspace_id and p.caller_id = c.id
    where c.workspace_id = v_workspace.id and c.archived_at is null
  ),
  named as materialized (
    select s.nr, min(c.id::text)::uuid as id, count(*)::int as callers, min(c.person_id::text)::uuid as person_id
    from seen s
    join callers c on c.name_key = s.name_key
      -- A namesake who signs in by another address is somebody else.
      and (s.email is null or c.email is null or c.email = s.email)
    group by s.nr
  ),
  places as materialized (
    select t.states_text, r.states, r.unknown
    from (select distinct s.states_text from seen s where s.states_text is not null) t
    cross join lateral core.read_states(v_workspace.country, t.states_text) r
  ),
  known as (
    select s.*, u.id as known_user_id, u.name as user_name, u.role as user_role, u.disabled_at as user_disabled_at,
      coalesce(u.role, s.role) as real_role, coalesce(u.caller_id, n.id) as known_caller_id,
      case when u.caller_id is null then n.callers else 0 end as namesakes, n.person_id, p.states, p.unknown
    from seen s
    left join crm.users u on u.workspace_id = v_workspace.id and u.email = s.email
    left join named n on n.nr = s.nr and coalesce(u.role, s.role) = 'caller'
    left join places p on p.states_text = s.states_text
  ),
  judged as (
    select k.*, jsonb_strip_nulls(jsonb_build_object(
      'name', case when coalesce(k.name_key, '') = '' then 'A name is missing.'
        when k.namesakes > 1 then 'Several callers have this name: give the e-mail of the one who is meant.'
        when k.email is null and k.first_of_name < k.nr
        then format('It is in row %s, too.', k.first_of_name) end,
      'email', case when k.email is not null and not core.is_email(k.email) then 'This is no e-mail address.'
        when k.first_of_email < k.nr and k.email is not null then format('It is in row %s, too.', k.first_of_email)
        when k.user_disabled_at is not null then format('%s is disabled: enable them on the page People.', k.user_name)
        when k.known_user_id is not null and k.real_role <> 'caller' and k.known_caller_id is null
        then format('%s is here already, and no caller.', k.user_name)
        when k.email is null and k.real_role <> 'caller' then 'Who is no caller needs an e-mail address.' end,
      'role', case when k.user_role <> k.role and k.person ->> 'role' is not null
        then format('They are %s: change it on the page People.', k.user_role)
        when k.real_role in ('admin', 'manager') and not core.is_admin() then 'Only admins invite admins and managers.'
        when k.real_role <> 'caller' and not v_signs_in then 'They are no caller, and nobody is to sign in.' end,
      'states', case when cardinality(k.unknown) > 0 then array_to_string(k.unknown, '; ') || '.' end
    )) || k.faults as all_faults
    from known k
  )
  select j.nr, case when j.all_faults <> '{}' then 'left_out'
      when j.known_caller_id is null and j.known_user_id is null then 'made' else 'updated' end,
    j.person || jsonb_build_object('email', j.email, 'role', j.real_role), j.states,
    j.known_caller_id, j.known_user_id,
    v_signs_in and j.email is not null and j.known_user_id is null and j.person_id is null and j.all_faults = '{}',
    j.all_faults
  from judged j order by j.nr;
end
$$;

comment on function core.plan_staff(jsonb, jsonb) is
  'What becomes of each row of a table of people: made, updated, or left_out, with what is wrong by field.';

create function api.check_staff(p_rows jsonb, p_options jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('row', s.row, 'outcome', s.outcome, 'states', coalesce(s.states, '{}'),
      'invites', s.invites, 'faults', s.faults) order by s.row), '[]')
    from core.plan_staff(p_rows, p_options) s);
end
$$;

comment on function api.check_staff(jsonb, jsonb) is 'What save_staff() would make of the rows of a table.';

-- In one statement each: a caller with states is one event, and many are written as quickly as one.
create function api.save_staff(p_rows jsonb, p_options jsonb, p_links jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_plan jsonb;
  v_invited uuid[];
begin
  perform c.id from crm.callers c
  where c.workspace_id = v_workspace_id and c.id in (
    select s.caller_id from core.plan_staff(p_rows, p_options) s where s.outcome = 'updated')
  order by c.id for no key update;
  perform core.take_turnstile(v_workspace_id);
  v_plan := (
    select coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object('is_new_caller', s.caller_id is null
      and s.person ->> 'role' = 'caller', 'new_caller', crm.new_id(), 'new_user', crm.new_id()) order by s.row), '[]')
    from core.plan_staff(p_rows, p_options) s where s.outcome <> 'left_out');
  if exists (select from jsonb_array_elements(v_plan) e where (e ->> 'invites')::boolean) then
    perform core.refuse_unless_may('people');
  end if;
  with planned as (
    select e.value as plan, e.value -> 'person' as person, coalesce((e.value ->> 'caller_id')::uuid,
      case when (e.value ->> 'is_new_caller')::boolean then (e.value ->> 'new_caller')::uuid end) as caller_id,
      (e.value ->> 'is_new_caller')::boolean as is_new, nullif(e.value -> 'states', 'null') as states
    from jsonb_array_elements(v_plan) e
  ),
  made as (
    insert into crm.callers (workspace_id, id, name, role, languages, daily_limit, team)
    select v_workspace_id, p.caller_id, trim(p.person ->> 'name'), p.person ->> 'title',
      coalesce(core.texts_of(p.person -> 'languages'), '{}'), coalesce((p.person ->> 'daily_limit')::int, 0),
      p.person ->> 'team'
    from planned p where p.is_new
  ),
  changed as (
    update crm.callers c
    set name = coalesce(nullif(trim(p.person ->> 'name'), ''), c.name), role = coalesce(p.person ->> 'title', c.role),
      languages = coalesce(core.texts_of(p.person -> 'languages'), c.languages),
      daily_limit = coalesce((p.person ->> 'daily_limit')::int, c.daily_limit),
      team = coalesce(p.person ->> 'team', c.team)
    from planned p
    where c.workspace_id = v_workspace_id and c.id = p.caller_id and not p.is_new
      and (trim(p.person ->> 'name') <> c.name or p.person ->> 'title' <> coalesce(c.role, '')
        or core.texts_of(p.person -> 'languages') <> c.languages
        or (p.person ->> 'daily_limit')::int <> c.daily_limit or p.person ->> 'team' <> coalesce(c.team, ''))
  ),
  left_behind as (
    delete from crm.caller_states s using planned p
    where s.workspace_id = v_workspace_id and s.caller_id = p.caller_id and p.states is not null
      and not p.states ? s.state
  ),
  served as (
    insert into crm.caller_states (workspace_id, caller_id, state)
    select v_workspace_id, p.caller_id, s.state from planned p, jsonb_array_elements_text(p.states) s (state)
    where p.caller_id is not null
    on conflict do nothing
  ),
  invited as (
    insert into crm.users (workspace_id, id, email, name, role, caller_id)
    select v_workspace_id, (p.plan ->> 'new_user')::uuid, p.person ->> 'email', trim(p.person ->> 'name'),
      p.person ->> 'role', p.caller_id
    from planned p where (p.plan ->> 'invites')::boolean
    returning id
  )
  select array_agg(i.id) into v_invited from invited i;
  update crm.users u set caller_id = coalesce((e.value ->> 'caller_id')::uuid, (e.value ->> 'new_caller')::uuid)
  from jsonb_array_elements(v_plan) e
  where u.workspace_id = v_workspace_id and u.id = (e.value ->> 'user_id')::uuid and u.caller_id is null
    and u.role = 'caller';
  perform core.make_link(u, p_links -> (array_position(v_invited, u.id) - 1))
  from crm.users u where u.workspace_id = v_workspace_id and u.id = any (v_invited);
  return jsonb_build_object(
    'made', (select count(*) from jsonb_array_elements(v_plan) e where e ->> 'outcome' = 'made'),
    'updated', (select count(*) from jsonb_array_elements(v_plan) e where e ->> 'outcome' = 'updated'),
    'left_out', jsonb_array_length(p_rows) - jsonb_array_length(v_plan),
    'invited', (
      select coalesce(jsonb_agg(core.user_json(u) order by lower(u.name), u.id), '[]') from crm.users u
      where u.workspace_id = v_workspace_id and u.id = any (v_invited)));
end
$$;

comment on function api.save_staff(jsonb, jsonb, jsonb) is
  'Makes and updates callers and people by the rows of a table, all or none; rows with faults are left out. p_links '
  'are for those who are invited, as many as there are rows. LD403 if some are and the acting role may not.';

create function core.texts_of(p_texts jsonb) returns text[]
language sql immutable parallel safe
return case when jsonb_typeof(p_texts) = 'array' then array(select jsonb_array_elements_text(p_texts)) end;

comment on function core.texts_of(jsonb) is 'A JSON array of texts as an array; null for anything else.';

create function api.create_caller_with_login(p_caller jsonb, p_email text, p_link jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller jsonb;
  v_user jsonb;
begin
  perform core.refuse_unless_may_invite('caller');
  v_caller := api.create_caller(p_caller);
  v_user := api.invite_user(jsonb_build_object('email', p_email, 'name', v_caller ->> 'name', 'role', 'caller',
    'caller_id', v_caller ->> 'id'), p_link);
  return api.get_caller((v_caller ->> 'id')::uuid) || jsonb_build_object('invited', v_user);
end
$$;

comment on function api.create_caller_with_login(jsonb, text, jsonb) is
  'Makes a caller and invites the person who signs in as it, or neither. As create_caller() and invite_user().';
