-- What a request asks of the transaction that carries it out, beside the change itself. All act in
-- core.current_workspace().
--
-- Idempotency-Key: begin_request() comes first in the transaction, finish_request() last. Of two requests with one key
-- the second waits at the unique key until the first has ended, and then finds its answer, or nothing if it failed.
-- Locks: the key. Nobody who holds the turnstile waits for one. Errors: LD422 the key came with another request.
create function api.begin_request(p_key text, p_part int, p_digest bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_actor text := core.current_actor();
  v_known crm.idempotency_keys;
begin
  loop
    insert into crm.idempotency_keys (workspace_id, actor, key, part, digest, created_at)
    values (v_workspace_id, v_actor, p_key, p_part, p_digest, core.current_time())
    on conflict do nothing;
    if found then
      return null;
    end if;
    select k.* into v_known from crm.idempotency_keys k
    where k.workspace_id = v_workspace_id and k.actor = v_actor and k.key = p_key and k.part = p_part;
    exit when found;  -- else its time ran out between the two statements
  end loop;
  if v_known.digest <> p_digest then
    raise exception 'This key came with another request' using errcode = 'LD422', column = 'Idempotency-Key',
      hint = 'Send a new key with each new request.';
  end if;
  return v_known.answer;
end
$$;

comment on function api.begin_request(text, int, bytea) is
  'Null for a request to be carried out; the stored answer of one that was. LD422 when its key came with another.';

create function api.finish_request(p_key text, p_part int, p_answer jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update crm.idempotency_keys k set answer = p_answer
  where k.workspace_id = core.current_workspace() and k.actor = core.current_actor() and k.key = p_key
    and k.part = p_part
$$;

comment on function api.finish_request(text, int, jsonb) is
  'Stores what a request that began with begin_request() is answered.';

create function core.forget_requests() returns void
language sql volatile
as $$
  delete from crm.idempotency_keys k
  where (k.workspace_id, k.actor, k.key, k.part) in (
    select o.workspace_id, o.actor, o.key, o.part from crm.idempotency_keys o
    where o.created_at < core.current_time() - interval '24 hours'
    order by o.created_at limit 1000
    for update skip locked)
$$;

comment on function core.forget_requests() is 'Forgets answers that are older than a day, a thousand at a time.';
