-- Forgotten passwords. Anybody may type any address, and learns nothing: what is typed is counted and put aside, in the
-- same way whoever it is, and whether there is an account is looked up a moment later, when nobody waits for it.
-- How often one may ask is counted as failed sign-ins are, apart from them: for the address and for the network.
--
-- Locks: the counters; in begin_reset() the row, then the turnstile.
create function api.ask_reset(p_email text, p_network text, p_device text, p_id uuid, p_token_hash bytea, p_page text)
returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_email text := lower(trim(p_email));
  v_wait int := core.sign_in_wait('reset ' || v_email, 'reset ' || p_network, p_device);
begin
  if v_wait = 0 then
    v_wait := api.refuse_sign_in('reset ' || v_email, 'reset ' || p_network, p_device);
  end if;
  if v_wait = 0 and (select count(*) from (select from crm.asked_resets limit 10000) r) < 10000 then
    insert into crm.asked_resets (id, email, token_hash, page, asked_at, due_at)
    values (p_id, v_email, p_token_hash, p_page, core.current_time(), core.current_time())
    on conflict (id) do nothing;
  end if;
  return v_wait;
end
$$;

comment on function api.ask_reset(text, text, text, uuid, bytea, text) is
  'Takes down that somebody forgot a password, of an account or not: 0, or the seconds to wait. begin_reset() follows.';

create function api.claim_resets(p_most int) returns setof uuid
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with late as (
    delete from crm.asked_resets r where r.asked_at < core.current_time() - interval '10 minutes'
  )
  update crm.asked_resets r set due_at = core.current_time() + interval '1 minute'
  where r.id = any (array(
    select d.id from crm.asked_resets d
    where d.due_at <= core.current_time() and d.asked_at >= core.current_time() - interval '10 minutes'
    order by d.due_at limit p_most for update skip locked))
  returning r.id
$$;

comment on function api.claim_resets(int) is
  'Forgotten passwords to look at now, for a minute; those of ten minutes ago are given up.';

-- A person gets five such e-mails within a day, and one within a minute.
create function api.begin_reset(p_id uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_asked crm.asked_resets;
  v_user crm.users;
begin
  delete from crm.asked_resets r where r.id = p_id returning r.* into v_asked;
  select u.* into v_user from crm.users u
  where u.email = v_asked.email and u.password_hash is not null and u.disabled_at is null;
  if not found then
    return;
  end if;
  perform core.take_turnstile(v_user.workspace_id);
  perform set_config('fairlead.actor', 'sign-in', true);
  if not core.was_mailed(v_user, '1 minute') and (
    select count(*) from crm.events e
    where e.subject = 'user' and e.subject_id = v_user.id::text and e.workspace_id = v_user.workspace_id
      and e.kind = 'user.reset_asked' and e.at > core.current_time() - interval '1 day') < 5 then
    perform core.make_link(v_user, jsonb_build_object('id', v_asked.id, 'page', v_asked.page, 'by_mail', true,
      'hash', encode(v_asked.token_hash, 'hex')), 'user.reset_asked');
  end if;
end
$$;

comment on function api.begin_reset(uuid) is
  'Makes the link that was asked for, if there is such an account and it was not sent too many.';

-- The e-mails of links. A claim lasts a minute: of a gateway that ends in the middle another takes it over.
create function api.claim_letters(p_most int)
returns table (workspace_id int, user_id uuid, link_id uuid, kind text, page text, email text, name text,
  workspace_name text, made_by text, expires_at timestamptz, timezone text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with claimed as (
    update crm.sign_in_links l
    set mail_due_at = core.current_time() + interval '1 minute', mail_tries = l.mail_tries + 1
    where (l.workspace_id, l.user_id) in (
      select d.workspace_id, d.user_id from crm.sign_in_links d
      where d.mail_due_at <= core.current_time()
      order by d.mail_due_at limit p_most for update skip locked)
    returning l.*
  )
  select c.workspace_id, c.user_id, c.id, c.kind, c.page, u.email, u.name, w.name,
    case when c.made_by ^@ 'user:' then core.name_actor(c.made_by) end, c.expires_at, w.timezone
  from claimed c
  join crm.users u on u.workspace_id = c.workspace_id and u.id = c.user_id
  join crm.workspaces w on w.id = c.workspace_id
  where c.expires_at > core.current_time()
$$;

comment on function api.claim_letters(int) is
  'Links whose e-mail is due, for a minute: what the e-mail says. The gateway makes the token from link_id.';

create function api.finish_letter(p_workspace_id int, p_user_id uuid, p_link_id uuid, p_sent boolean, p_answer text)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_given_up boolean;
  v_user crm.users;
begin
  update crm.sign_in_links l
  set mail_answer = left(p_answer, 500), mailed_at = case when p_sent then core.current_time() end,
    mail_due_at = case when not p_sent and l.mail_tries < 5 then
      core.current_time() + make_interval(mins => l.mail_tries * l.mail_tries) end
  where l.workspace_id = p_workspace_id and l.user_id = p_user_id and l.id = p_link_id and l.mail_due_at is not null
  returning not p_sent and l.mail_due_at is null into v_given_up;
  if v_given_up then
    select u.* into v_user from crm.users u where u.workspace_id = p_workspace_id and u.id = p_user_id;
    perform set_config('fairlead.actor', 'mail', true);
    perform core.write_user_event(v_user, 'user.link_not_sent', jsonb_build_object('answer', left(p_answer, 500)));
  end if;
end
$$;

comment on function api.finish_letter(int, uuid, uuid, boolean, text) is
  'What came of an e-mail: sent, or tried again after 1, 4, 9 and 16 minutes, and then given up, which is an event.';
