-- If-Match: expect_etag() locks the thing and compares, before the change and in its transaction, so nobody comes
-- between.
-- Locks: the row of a caller or source, for anything else the turnstile: what the change itself takes first.
-- Errors: LD404 no such thing; LD412 it is not any more what it was.
create function api.expect_etag(p_kind text, p_id text, p_etags text[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  v_thing jsonb;
begin
  perform core.lock_thing(p_kind, p_id);
  -- A statement of its own, to see what whoever was faster committed; and as whoever asks sees it. Each kind by itself,
  -- since an expression with a function that one may not call is refused even where the function is not reached.
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

comment on function api.expect_etag(text, text, text[]) is
  'Locks a caller, rule, lead, source, campaign or workspace for a change, if its etag is one of these. LD404 when '
  'there is none, LD412 when it has changed.';

create function core.lock_thing(p_kind text, p_id text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
begin
  case p_kind
    when 'caller' then perform from crm.callers c where c.workspace_id = v_workspace_id and c.id = p_id::uuid
      for no key update;
    when 'source' then perform from crm.sources s where s.workspace_id = v_workspace_id and s.id = p_id::int
      for no key update;
    else perform core.take_turnstile(v_workspace_id);
  end case;
end
$$;

comment on function core.lock_thing(text, text) is
  'Locks what a change of a caller, rule, lead, source, campaign or workspace locks first, until the transaction ends.';
