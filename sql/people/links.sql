-- Coming in by a link: an invitation, or another password for one that was forgotten. A person has one link at most:
-- a newer one takes its place. The gateway makes the token from the link's id and its own key, so it can write the
-- e-mail later; the database knows its SHA-256 only, and no event says more than that there is a link.
--
-- p_link is {"id", "hash", "page", "by_mail"}: the hash in hex, the address of Fairlead, and whether it goes by e-mail.
--
-- Locks: counters of failed sign-ins, then the turnstile, then users, then their links.
create function core.link_state(p_link crm.sign_in_links) returns text
language sql volatile
return case
  when p_link.used_at is not null then 'used'
  when p_link.ended_at is not null then 'revoked'
  when p_link.expires_at <= core.current_time() then 'expired'
  when p_link.mailed_at is not null then 'sent'
  when p_link.mail_due_at is not null then 'waiting'
  when p_link.mail_answer is not null then 'failed'
  else 'made' end;

comment on function core.link_state(crm.sign_in_links) is
  'used, revoked or expired; else sent, waiting (for the mail server), failed (the e-mail), or made (to be copied).';

create function core.link_json(p_workspace_id int, p_user_id uuid) returns jsonb
language sql volatile
as $$
  select jsonb_build_object('id', l.id, 'kind', l.kind, 'state', core.link_state(l), 'created_at', l.created_at,
    'expires_at', l.expires_at, 'answer', case when l.mailed_at is null then l.mail_answer end)
  from crm.sign_in_links l where l.workspace_id = p_workspace_id and l.user_id = p_user_id
$$;

comment on function core.link_json(int, uuid) is 'The last link of a person as JSON, without its token; null for none.';

create function core.refuse_odd_email(p_email text) returns void
language plpgsql immutable
as $$
begin
  if not core.is_email(p_email) then
    raise exception '"%" is no e-mail address', left(p_email, 100) using errcode = 'LD422', column = 'email',
      hint = 'Write one address such as asha@example.com.';
  end if;
end
$$;

comment on function core.refuse_odd_email(text) is 'LD422 unless it is one address that mail can be sent to.';

create function core.is_email(p_email text) returns boolean
language sql immutable parallel safe
return coalesce(length(p_email) <= 320
  and p_email ~ '^[^\s@,;:<>()"\\\[\]]{1,64}@[[:alnum:]]([[:alnum:].-]*[[:alnum:]])?$' and p_email !~ '\.\.|\.@|^\.',
  false);

comment on function core.is_email(text) is 'Whether mail could be sent to it.';

create function core.make_link(p_user crm.users, p_link jsonb, p_event text default null) returns void
language plpgsql volatile
as $$
declare
  v_now timestamptz := core.current_time();
  v_kind text := case when p_user.password_hash is null then 'invitation' else 'reset' end;
  v_until timestamptz := v_now + case when v_kind = 'reset' and p_event is not null then interval '1 hour'
    when v_kind = 'reset' then interval '1 day' else interval '7 days' end;
  v_by_mail boolean := (p_link ->> 'by_mail')::boolean;
begin
  if p_user.disabled_at is not null then
    raise exception '% may not sign in', p_user.name using errcode = 'LD409', hint = 'Enable them first.';
  elsif v_by_mail and core.was_mailed(p_user, '1 minute') then
    raise exception 'An e-mail to % was on its way less than a minute ago', p_user.name
      using errcode = 'LD429', hint = 'Wait a minute, or copy a link.';
  elsif v_by_mail and (
    select count(*) from crm.sign_in_links l
    where l.workspace_id = p_user.workspace_id and l.created_at > v_now - interval '1 day'
      and (l.mail_due_at is not null or l.mailed_at is not null)) >= 2000 then
    raise exception 'This workspace has sent 2,000 links within a day'
      using errcode = 'LD429', hint = 'Copy the link, or wait until tomorrow.';
  end if;
  insert into crm.sign_in_links as l (workspace_id, user_id, id, kind, token_hash, page, made_by, created_at,
    expires_at, mail_due_at)
  values (p_user.workspace_id, p_user.id, (p_link ->> 'id')::uuid, v_kind, decode(p_link ->> 'hash', 'hex'),
    p_link ->> 'page', core.current_actor(), v_now, v_until, case when v_by_mail then v_now end)
  on conflict (workspace_id, user_id) do update
  set id = excluded.id, kind = excluded.kind, token_hash = excluded.token_hash, page = excluded.page,
    made_by = excluded.made_by, created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = null,
    ended_at = null, mail_due_at = excluded.mail_due_at, mail_tries = 0, mailed_at = null, mail_answer = null;
  perform core.write_user_event(p_user,
    coalesce(p_event, case v_kind when 'reset' then 'user.reset_sent' else 'user.invited' end),
    jsonb_build_object('by', case when v_by_mail then 'email' else 'link' end, 'until', v_until));
end
$$;

comment on function core.make_link(crm.users, jsonb, text) is
  'Makes a person''s link in the place of the last one: an invitation for 7 days; a reset for a day, for an hour if '
  'the person asked for it (p_event). LD409 for a disabled person, LD429 for too many e-mails.';

create function core.was_mailed(p_user crm.users, p_within interval) returns boolean
language sql volatile
return exists (
  select from crm.sign_in_links l
  where l.workspace_id = p_user.workspace_id and l.user_id = p_user.id
    and l.created_at > core.current_time() - p_within and (l.mail_due_at is not null or l.mailed_at is not null));

comment on function core.was_mailed(crm.users, interval) is 'Whether a link was e-mailed to a person so lately.';

create function api.invite_user(p_user jsonb, p_link jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_email text := lower(trim(p_user ->> 'email'));
  v_known crm.users;
  v_user crm.users;
  v_user_id uuid;
begin
  perform core.refuse_unless_may_invite(p_user ->> 'role');
  perform core.refuse_odd_email(v_email);
  perform core.take_turnstile(v_workspace_id);
  select u.* into v_known from crm.users u where u.workspace_id = v_workspace_id and u.email = v_email;
  if found then
    raise exception '% has this address already', v_known.name using errcode = 'LD409', column = 'email',
      hint = case when v_known.disabled_at is not null then 'They are disabled: enable them again'
        when v_known.password_hash is null then 'They are invited: send their invitation again'
        else 'Edit them instead' end;
  end if;
  v_user_id := api.create_user(v_workspace_id, v_email, p_user ->> 'name', p_user ->> 'role', null);
  perform api.update_user(v_user_id, p_user - '{email,name,role}'::text[]);
  select u.* into v_user from crm.users u where u.workspace_id = v_workspace_id and u.id = v_user_id;
  perform core.make_link(v_user, p_link);
  return core.user_json(v_user);
end
$$;

comment on function api.invite_user(jsonb, jsonb) is
  'Makes a user of the workspace from {"email", "name", "role", "caller_id"}, who chooses a password by a link. LD403 '
  'for a manager who may not, LD409 for an address of this workspace, LD422 for one that is none. Whether it is one of '
  'another workspace is not told: it is found out by whoever uses the link.';

create function api.send_link(p_user_id uuid, p_link jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_record(null::crm.users, 'user', p_user_id::text);
begin
  perform core.refuse_unless_may_invite(v_user.role);
  if v_user.password_hash is not null and not core.is_admin() then
    raise exception 'Only admins may send links to people who have a password'
      using errcode = 'LD403', hint = core.admins_to_ask();
  end if;
  perform core.make_link(v_user, p_link);
  return core.user_json(v_user);
end
$$;

comment on function api.send_link(uuid, jsonb) is
  'Gives a person a new link: the invitation again, or to set another password. LD403, LD404, LD409, LD429.';

create function api.revoke_link(p_user_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user crm.users := core.lock_record(null::crm.users, 'user', p_user_id::text);
  v_kind text;
begin
  perform core.refuse_unless_may_invite(v_user.role);
  update crm.sign_in_links l set ended_at = core.current_time(), mail_due_at = null
  where l.workspace_id = v_user.workspace_id and l.user_id = v_user.id and l.used_at is null and l.ended_at is null
    and l.expires_at > core.current_time()
  returning l.kind into v_kind;
  if v_kind is null then
    raise exception '% has no link that could be used', v_user.name using errcode = 'LD409';
  end if;
  perform core.write_user_event(v_user, format('user.%s_revoked', v_kind));
  return core.user_json(v_user);
end
$$;

comment on function api.revoke_link(uuid) is
  'Ends the link of a person at once. LD404 no such person, LD409 when they have none that could be used.';

-- What whoever has a link may know: whose it is. Disabled people have none.
create function api.find_link(p_token_hash bytea)
returns table (state text, kind text, email text, name text, workspace_name text, has_factor boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select case when u.disabled_at is not null then 'revoked' else core.link_state(l) end, l.kind, u.email, u.name,
    w.name, core.has_factor(u.workspace_id, u.id)
  from crm.sign_in_links l
  join crm.users u on u.workspace_id = l.workspace_id and u.id = l.user_id
  join crm.workspaces w on w.id = l.workspace_id
  where l.token_hash = p_token_hash
$$;

comment on function api.find_link(bytea) is 'Whose link has a token of this SHA-256, and whether it can be used.';

-- Returns done; or why not: unknown, used, revoked, expired, taken (the address signs in to another workspace).
create function api.use_link(p_token_hash bytea, p_password_hash text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_link crm.sign_in_links;
  v_user crm.users;
  v_state text;
begin
  select l.* into v_link from crm.sign_in_links l where l.token_hash = p_token_hash;
  if not found then
    return 'unknown';
  end if;
  select u.* into v_user from crm.users u where u.workspace_id = v_link.workspace_id and u.id = v_link.user_id;
  perform core.forget_failures(v_user.email);
  perform core.take_turnstile(v_link.workspace_id);
  select u.* into v_user from crm.users u
  where u.workspace_id = v_link.workspace_id and u.id = v_link.user_id for no key update;
  select l.* into v_link from crm.sign_in_links l where l.token_hash = p_token_hash for update;
  v_state := case when v_link.id is null then 'unknown' when v_user.disabled_at is not null then 'revoked'
    else core.link_state(v_link) end;
  if v_state = 'used' and v_user.password_hash = p_password_hash then
    return 'done';  -- repeated by the gateway, which lost the answer
  elsif v_state in ('unknown', 'used', 'revoked', 'expired') then
    return v_state;
  end if;
  perform set_config('fairlead.actor', 'user:' || v_user.id, true);
  perform set_config('fairlead.workspace_id', v_user.workspace_id::text, true);
  begin
    update crm.users u set password_hash = p_password_hash
    where u.workspace_id = v_user.workspace_id and u.id = v_user.id;
  exception when unique_violation then
    return 'taken';
  end;
  delete from crm.sessions s where s.user_id = v_user.id;
  update crm.sign_in_links l set used_at = core.current_time(), mail_due_at = null
  where l.workspace_id = v_user.workspace_id and l.user_id = v_user.id;
  if v_link.kind = 'invitation' then  -- another password is an event by itself
    perform core.write_user_event(v_user, 'user.invitation_accepted');
  end if;
  return 'done';
end
$$;

comment on function api.use_link(bytea, text) is
  'Sets the password of whose link it is, once, ends their sessions and tokens, forgets failed sign-ins: done. Else '
  'unknown, used, revoked, expired, or taken: the address signs in to another workspace.';
