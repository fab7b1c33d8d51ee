-- Who is posting: what the gateway has to know of sources to recognise a sender by token or signature.
-- It remembers the answers for some seconds; api.ingest_leads() refuses what was revoked or has expired meanwhile.
create function api.find_source(p_token_hash bytea)
returns table (source_id int, workspace_id int, name text, timezone text, generation int, leads_per_minute int, burst int, mapping jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, w.timezone, k.generation, s.leads_per_minute, coalesce(s.burst, s.leads_per_minute), s.mapping
  from crm.source_keys k
  join crm.sources s on s.workspace_id = k.workspace_id and s.id = k.source_id
  join crm.workspaces w on w.id = s.workspace_id
  where k.token_hash = p_token_hash and (k.expires_at is null or k.expires_at > routing.current_time()) and s.revoked_at is null
$$;

comment on function api.find_source(bytea) is 'The live source one of whose live tokens has this SHA-256, if any, with the generation of the key.';

create function api.list_sources()
returns table (source_id int, workspace_id int, name text, timezone text, generation int, leads_per_minute int, burst int, mapping jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, w.timezone, k.generation, s.leads_per_minute, coalesce(s.burst, s.leads_per_minute), s.mapping
  from crm.sources s
  join crm.workspaces w on w.id = s.workspace_id
  join crm.source_keys k on k.workspace_id = s.workspace_id and k.source_id = s.id
  where s.revoked_at is null and (k.expires_at is null or k.expires_at > routing.current_time())
  order by s.id, k.generation desc
$$;

comment on function api.list_sources() is 'Every live key of every live source, newest first: whose signature a message may bear.';

create function api.find_form(p_form_key text)
returns table (source_id int, workspace_id int, name text, leads_per_minute int, burst int, mapping jsonb, sites text[], thanks_url text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, s.leads_per_minute, coalesce(s.burst, s.leads_per_minute), s.mapping, s.form_sites, s.form_thanks_url
  from crm.sources s
  where s.form_key = p_form_key and s.form_sites is not null and s.revoked_at is null
$$;

comment on function api.find_form(text) is 'The live source whose form has this key, if it is switched on: how its leads are read, and the origins of the pages that may send it.';
