-- Who is posting: what the gateway has to know of sources to recognise a sender by token or signature.
-- It remembers the answers for some seconds; api.ingest_leads() refuses what was revoked or has expired meanwhile.
create function api.find_source(p_token_hash bytea)
returns table (source_id int, workspace_id int, name text, timezone text, generation int, leads_per_minute int,
  burst int, mapping jsonb, country text, date_order text, kind text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, coalesce(s.timezone, w.timezone), k.generation, s.leads_per_minute,
    coalesce(s.burst, s.leads_per_minute), s.mapping, w.country, s.date_order, s.kind
  from crm.source_keys k
  join crm.sources s on s.workspace_id = k.workspace_id and s.id = k.source_id
  join crm.workspaces w on w.id = s.workspace_id
  where k.token_hash = p_token_hash and (k.expires_at is null or k.expires_at > core.current_time())
    and s.revoked_at is null
$$;

comment on function api.find_source(bytea) is
  'The live source one of whose live tokens has this SHA-256, if any, with the generation of the key.';

create function api.list_sources()
returns table (source_id int, workspace_id int, name text, timezone text, generation int, leads_per_minute int,
  burst int, mapping jsonb, country text, date_order text, kind text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, coalesce(s.timezone, w.timezone), k.generation, s.leads_per_minute,
    coalesce(s.burst, s.leads_per_minute), s.mapping, w.country, s.date_order, s.kind
  from crm.sources s
  join crm.workspaces w on w.id = s.workspace_id
  join crm.source_keys k on k.workspace_id = s.workspace_id and k.source_id = s.id
  where s.revoked_at is null and (k.expires_at is null or k.expires_at > core.current_time())
  order by s.id, k.generation desc
$$;

comment on function api.list_sources() is
  'Every live key of every live source, newest first: whose signature a message may bear.';

create function api.find_form(p_form_key text)
returns table (source_id int, workspace_id int, name text, leads_per_minute int, burst int, mapping jsonb,
  sites text[], thanks_url text, timezone text, country text, date_order text, kind text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, s.leads_per_minute, coalesce(s.burst, s.leads_per_minute), s.mapping,
    s.form_sites, s.form_thanks_url, coalesce(s.timezone, w.timezone), w.country, s.date_order, s.kind
  from crm.sources s
  join crm.workspaces w on w.id = s.workspace_id
  where s.form_key = p_form_key and s.form_sites is not null and s.revoked_at is null
$$;

comment on function api.find_form(text) is
  'The live source whose form has this key, if it is switched on: how its leads are read, and the origins of the '
  'pages that may send it.';

-- Where leads come from, for the page, the API and the commands. All but the first of create_source() act in
-- core.current_workspace(). Tokens and signing secrets never come here: the gateway makes them, a token's hash is kept,
-- and a signing secret is derived from the number of the source and the generation of its key.
--
-- Locks: the row of the source (or its name, when it is made), then the turnstile, when the triggers record the change.
create function core.insert_source(p_workspace_id int, p_source jsonb, p_token_hash bytea) returns crm.sources
language sql volatile
as $$
  with source as (
    insert into crm.sources (workspace_id, name, created_at, needs_competence, leads_per_minute, burst, timezone,
      date_order, kind, test_when)
    select p_workspace_id, trim(g.name), core.current_time(), coalesce(g.needs_competence, false), g.leads_per_minute,
      case when g.leads_per_minute is not null then g.burst end, g.timezone, g.date_order, coalesce(g.kind, 'plain'),
      g.test_when
    from jsonb_populate_record(null::crm.sources, p_source) g
    returning *
  ),
  key as (
    insert into crm.source_keys (workspace_id, source_id, generation, token_hash, created_at)
    select source.workspace_id, source.id, 1, p_token_hash, source.created_at from source
  )
  select source.* from source
$$;

comment on function core.insert_source(int, jsonb, bytea) is 'Stores a new source with its first key.';

create function core.lock_source(p_source_id int) returns crm.sources
language plpgsql volatile
as $$
declare
  v_source crm.sources;
begin
  select s.* into v_source from crm.sources s
  where s.workspace_id = core.current_workspace() and s.id = p_source_id for no key update;
  if not found then
    raise exception 'There is no source %', p_source_id using errcode = 'LD404';
  elsif v_source.revoked_at is not null then
    raise exception '% is revoked', v_source.name using errcode = 'LD409', hint = 'Make a new source instead.';
  end if;
  return v_source;
end
$$;

comment on function core.lock_source(int) is
  'Locks a source''s row for a change until the transaction ends and returns it. LD404 unless there is such a source, '
  'LD409 if revoked.';

create function core.source_json(p_source crm.sources) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_source.id, 'etag', core.etag_of(p_source.workspace_id, 'source', p_source.id::text),
    'name', p_source.name, 'kind', p_source.kind, 'needs_competence', p_source.needs_competence,
    'leads_per_minute', p_source.leads_per_minute, 'burst', p_source.burst,
    'timezone', p_source.timezone, 'date_order', p_source.date_order,
    'mapping', coalesce(p_source.mapping, '{}'), 'test_when', p_source.test_when,
    'form', case when p_source.form_sites is not null then
      jsonb_build_object('key', p_source.form_key, 'sites', p_source.form_sites, 'thanks_url',
        p_source.form_thanks_url) end,
    'created_at', p_source.created_at, 'revoked_at', p_source.revoked_at,
    'generation', k.generation, 'rotated_at', case when k.generation > 1 then k.rotated_at end,
    'old_keys_until', case when k.old_keys_until > core.current_time() then k.old_keys_until end,
    'sender_key_set_at', (
      select x.set_at from crm.sender_secrets x
      where x.workspace_id = p_source.workspace_id and x.source_id = p_source.id),
    'leads_today', (
      select count(*) from crm.leads l
      where l.source_id = p_source.id and l.workspace_id = w.id and l.created_at >= today.began
        and not l.is_test),
    'first_lead_at', (
      select min(l.created_at) from crm.leads l where l.source_id = p_source.id and l.workspace_id = w.id),
    'last_lead_at', (
      select max(l.created_at) from crm.leads l where l.source_id = p_source.id and l.workspace_id = w.id))
  from crm.workspaces w
  -- By itself: a clock in the condition on created_at would be asked for every lead, and no index could be used.
  cross join lateral (select core.business_day_began(w, core.current_time()) as began) today
  cross join lateral (
    select max(g.generation) as generation, max(g.created_at) as rotated_at, max(g.expires_at) as old_keys_until
    from crm.source_keys g where g.workspace_id = p_source.workspace_id and g.source_id = p_source.id) k
  where w.id = p_source.workspace_id
$$;

comment on function core.source_json(crm.sources) is
  'A source as JSON, as the page and the API show it: its settings, the generation of its key and until when older '
  'ones work, and what came of it today.';

create function api.create_source(p_workspace_id int, p_name text, p_token_hash bytea) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from crm.workspaces w where w.id = p_workspace_id) then
    raise exception 'There is no workspace %', p_workspace_id using errcode = 'LD404';
  end if;
  return (core.insert_source(p_workspace_id, jsonb_build_object('name', p_name), p_token_hash)).id;
end
$$;

comment on function api.create_source(int, text, bytea) is
  'Makes a source in any workspace, for the commands, and returns its number. LD404 when there is no such workspace, '
  'sources_name_key when the name is taken.';

create function api.create_source(p_source jsonb, p_token_hash bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source_id int;
begin
  perform core.refuse_unless_may('sources');
  if p_source ->> 'timezone' is not null then
    perform core.refuse_unknown_timezone(p_source ->> 'timezone');
  end if;
  v_source_id := (core.insert_source(core.current_workspace(), p_source, p_token_hash)).id;
  return api.get_source(v_source_id);
end
$$;

comment on function api.create_source(jsonb, bytea) is
  'Makes a source from {"name", "kind", "needs_competence", "leads_per_minute", "burst", "timezone", "date_order", '
  '"test_when"}, known by the SHA-256 of its token. sources_name_key when the name is taken, LD422 for an unknown '
  'timezone, and as source_settings.sql says.';

create function api.list_own_sources() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(core.source_json(s) order by s.revoked_at is not null, s.id), '[]')
  from crm.sources s
  where s.workspace_id = core.current_workspace()
$$;

comment on function api.list_own_sources() is 'The sources of core.current_workspace() as JSON, the revoked ones last.';

create function api.get_source(p_source_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source jsonb;
begin
  select core.source_json(s) into v_source
  from crm.sources s where s.workspace_id = core.current_workspace() and s.id = p_source_id;
  if v_source is null then
    raise exception 'There is no source %', p_source_id using errcode = 'LD404';
  end if;
  return v_source;
end
$$;

comment on function api.get_source(int) is 'One source as JSON, a revoked one too. LD404 when there is none.';

create function api.update_source(p_source_id int, p_source jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source crm.sources := core.lock_source(p_source_id);
begin
  perform core.refuse_unless_may('sources');
  v_source := jsonb_populate_record(v_source,
    p_source - array['form_key', 'form_sites', 'form_thanks_url', 'test_compiled']);
  if p_source ->> 'timezone' is not null then
    perform core.refuse_unknown_timezone(v_source.timezone);
  end if;
  if p_source ? 'mapping' then
    v_source.mapping := core.check_mapping(v_source.mapping);
  end if;
  if p_source ? 'form' then
    v_source := core.with_form(v_source, p_source -> 'form');
  end if;
  update crm.sources s
  set name = trim(v_source.name), kind = v_source.kind, needs_competence = v_source.needs_competence,
    leads_per_minute = v_source.leads_per_minute,
    burst = case when v_source.leads_per_minute is not null then v_source.burst end, mapping = v_source.mapping,
    timezone = v_source.timezone, date_order = v_source.date_order, test_when = v_source.test_when,
    form_key = v_source.form_key, form_sites = v_source.form_sites, form_thanks_url = v_source.form_thanks_url
  where s.workspace_id = core.current_workspace() and s.id = p_source_id;
  return api.get_source(p_source_id);
end
$$;

comment on function api.update_source(int, jsonb) is
  'Changes those of name, kind, needs_competence, leads_per_minute, burst, timezone, date_order, mapping, test_when '
  'and form that are given. LD404 when there is no such source, LD409 when it is revoked, sources_name_key when the '
  'name is taken, LD422 for an unknown timezone and as source_settings.sql says.';

create function api.remake_form_key(p_source_id int) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source crm.sources := core.lock_source(p_source_id);
begin
  perform core.refuse_unless_may('sources');
  if v_source.form_sites is null then
    raise exception '% has no form', v_source.name using errcode = 'LD409', hint = 'Switch it on first.';
  end if;
  update crm.sources s set form_key = core.new_form_key()
  where s.workspace_id = v_source.workspace_id and s.id = v_source.id;
  return api.get_source(p_source_id);
end
$$;

comment on function api.remake_form_key(int) is
  'Gives the form of a source another key: pages with the old one are refused from then on. LD404 when there is no '
  'such source, LD409 when it is revoked or has no form.';

create function api.rotate_source(p_source_id int, p_token_hash bytea, p_overlap interval) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source crm.sources := core.lock_source(p_source_id);
  v_now timestamptz := core.current_time();
begin
  perform core.refuse_unless_may('sources');
  if p_overlap is null or p_overlap not between interval '0' and interval '30 days' then
    raise exception 'The old key cannot work on for %', coalesce(p_overlap::text, 'no time')
      using errcode = 'LD422', column = 'overlap_hours', hint = 'Give 0 hours to 30 days.';
  end if;
  with ending as (
    update crm.source_keys k set expires_at = v_now + p_overlap
    where k.workspace_id = v_source.workspace_id and k.source_id = v_source.id
      and (k.expires_at is null or k.expires_at > v_now + p_overlap)
  )
  insert into crm.source_keys (workspace_id, source_id, generation, token_hash, created_at)
  select v_source.workspace_id, v_source.id, max(k.generation) + 1, p_token_hash, v_now
  from crm.source_keys k where k.workspace_id = v_source.workspace_id and k.source_id = v_source.id;
  return api.get_source(p_source_id);
end
$$;

comment on function api.rotate_source(int, bytea, interval) is
  'Gives a source its next key, known by the SHA-256 of the token; those before work on for the overlap at most. '
  'LD404 when there is no such source, LD409 when it is revoked, LD422 (column overlap_hours) for an overlap below 0 '
  'or above 30 days.';

create function api.revoke_source(p_source_id int) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.refuse_unless_may('sources');
  update crm.sources s set revoked_at = core.current_time()
  where s.workspace_id = core.current_workspace() and s.id = p_source_id and s.revoked_at is null;
  return api.get_source(p_source_id);
end
$$;

comment on function api.revoke_source(int) is
  'Ends a source for good: from now on no lead of it is stored. Those it brought stay. LD404 when there is no such '
  'source.';
