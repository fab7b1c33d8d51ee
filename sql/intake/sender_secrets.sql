-- Secret addresses, and the secrets that senders made themselves.
--
-- A source's address ends with its number, the generation of its key, and a hash that the gateway makes of both with
-- its own key. So the secret part of it never comes here, and a wrong one is refused before the database is asked.
--
-- A sender's own secret, such as the app secret of Meta, cannot be derived: it is kept here, encrypted by the gateway.
--
-- Locks: the row of the source, then the turnstile, when the triggers record the change. Errors: LD404 when there is no
-- such source, LD409 when it is revoked.
create function api.find_key(p_source_id int, p_generation int)
returns table (source_id int, workspace_id int, name text, timezone text, generation int, leads_per_minute int,
  burst int, mapping jsonb, country text, date_order text, kind text, sender_secret bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.id, s.workspace_id, s.name, coalesce(s.timezone, w.timezone), k.generation, s.leads_per_minute,
    coalesce(s.burst, s.leads_per_minute), s.mapping, w.country, s.date_order, s.kind, x.secret
  from crm.sources s
  join crm.source_keys k on k.workspace_id = s.workspace_id and k.source_id = s.id
  join crm.workspaces w on w.id = s.workspace_id
  left join crm.sender_secrets x on x.workspace_id = s.workspace_id and x.source_id = s.id
  where s.id = p_source_id and k.generation = p_generation
    and (k.expires_at is null or k.expires_at > core.current_time()) and s.revoked_at is null
$$;

comment on function api.find_key(int, int) is
  'The live source of this number, if its key of this generation is live, with the secret of its sender.';

create function api.get_key_generation(p_source_id int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source crm.sources := core.lock_source(p_source_id);
begin
  perform core.refuse_unless_may('sources');
  return (
    select max(k.generation) from crm.source_keys k
    where k.workspace_id = v_source.workspace_id and k.source_id = v_source.id);
end
$$;

comment on function api.get_key_generation(int) is
  'The generation of a source''s newest key, for who may see its secret address. LD404 and LD409 as above.';

create function api.set_sender_secret(p_source_id int, p_secret bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_source crm.sources := core.lock_source(p_source_id);
begin
  perform core.refuse_unless_may('sources');
  if p_secret is null then
    delete from crm.sender_secrets x where x.workspace_id = v_source.workspace_id and x.source_id = v_source.id;
  else
    insert into crm.sender_secrets as x (workspace_id, source_id, secret, set_at)
    values (v_source.workspace_id, v_source.id, p_secret, core.current_time())
    on conflict (workspace_id, source_id) do update set secret = excluded.secret, set_at = excluded.set_at;
  end if;
  return api.get_source(p_source_id);
end
$$;

comment on function api.set_sender_secret(int, bytea) is
  'Keeps the encrypted secret of a source''s sender, in place of the one before; null for none. LD404 and LD409 as '
  'above.';
