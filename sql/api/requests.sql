-- What a request asks of the transaction that carries it out, beside the change itself. All act in routing.current_workspace().
--
-- If-Match: expect_etag() locks the thing and compares, before the change and in its transaction, so nobody comes between.
-- Locks: the row of a caller or source, for anything else the turnstile: what the change itself takes first.
-- Errors: LD404 no such thing; LD412 it is not any more what it was.
create function api.expect_etag(p_kind text, p_id text, p_etags text[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  v_thing jsonb;
begin
  perform routing.lock_thing(p_kind, p_id);
  -- A statement of its own, to see what whoever was faster committed; and as whoever asks sees it. Each kind by itself, since
  -- an expression with a function that one may not call is refused even where the function is not reached.
  case p_kind
    when 'caller' then v_thing := api.get_caller(p_id::uuid);
    when 'lead' then v_thing := api.get_lead(p_id::uuid);
    when 'rule' then v_thing := api.get_rule(p_id::uuid);
    when 'source' then v_thing := api.get_source(p_id::int);
    when 'campaign' then v_thing := api.get_campaign(p_id::int);
    when 'workspace' then v_thing := api.get_workspace();
    else v_thing := null;
  end case;
  if (v_thing ->> 'etag') = any (p_etags) is not true then
    raise exception 'Somebody has changed this % meanwhile', p_kind
      using errcode = 'LD412', column = 'If-Match', hint = 'Load it again, and repeat your change on what it is now.';
  end if;
end
$$;

comment on function api.expect_etag(text, text, text[]) is 'Locks a caller, rule, lead, source, campaign or workspace for a change, if its etag is one of these. LD404 when there is none, LD412 when it has changed.';

create function routing.lock_thing(p_kind text, p_id text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
begin
  case p_kind
    when 'caller' then perform from crm.callers c where c.workspace_id = v_workspace_id and c.id = p_id::uuid for no key update;
    when 'source' then perform from crm.sources s where s.workspace_id = v_workspace_id and s.id = p_id::int for no key update;
    else perform routing.take_turnstile(v_workspace_id);
  end case;
end
$$;

comment on function routing.lock_thing(text, text) is 'Locks what a change of a caller, rule, lead, source, campaign or workspace locks first, until the transaction ends.';

-- Idempotency-Key: begin_request() comes first in the transaction, finish_request() last. Of two requests with one key the
-- second waits at the unique key until the first has ended, and then finds its answer, or nothing if it failed.
-- Locks: the key. Nobody who holds the turnstile waits for one. Errors: LD422 the key came with another request.
create function api.begin_request(p_key text, p_part int, p_digest bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := routing.current_workspace();
  v_actor text := routing.current_actor();
  v_known crm.idempotency_keys;
begin
  loop
    insert into crm.idempotency_keys (workspace_id, actor, key, part, digest, created_at)
    values (v_workspace_id, v_actor, p_key, p_part, p_digest, routing.current_time())
    on conflict do nothing;
    if found then
      return null;
    end if;
    select k.* into v_known from crm.idempotency_keys k
    where k.workspace_id = v_workspace_id and k.actor = v_actor and k.key = p_key and k.part = p_part;
    exit when found;  -- else its time ran out between the two statements
  end loop;
  if v_known.digest <> p_digest then
    raise exception 'This key came with another request' using errcode = 'LD422', column = 'Idempotency-Key', hint = 'Send a new key with each new request.';
  end if;
  return v_known.answer;
end
$$;

comment on function api.begin_request(text, int, bytea) is 'Null for a request to be carried out; the stored answer of one that was. LD422 when its key came with another.';

create function api.finish_request(p_key text, p_part int, p_answer jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update crm.idempotency_keys k set answer = p_answer
  where k.workspace_id = routing.current_workspace() and k.actor = routing.current_actor() and k.key = p_key and k.part = p_part
$$;

comment on function api.finish_request(text, int, jsonb) is 'Stores what a request that began with begin_request() is answered.';

create function routing.forget_requests() returns void
language sql volatile
as $$
  delete from crm.idempotency_keys k
  where (k.workspace_id, k.actor, k.key, k.part) in (
    select o.workspace_id, o.actor, o.key, o.part from crm.idempotency_keys o
    where o.created_at < routing.current_time() - interval '24 hours'
    order by o.created_at limit 1000
    for update skip locked)
$$;

comment on function routing.forget_requests() is 'Forgets answers that are older than a day, a thousand at a time.';
