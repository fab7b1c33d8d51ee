-- Notices: what a person is told when the page is not in front, by Web Push to their browsers and by e-mail.
--
-- The tick makes a row of crm.notices of each new assignment of a caller's and of each call-back that becomes due; that
-- a claim runs out is known when the lead is assigned, and waits in the table until then. Nothing of it is on the way
-- of a lead. Any number of gateways claim: a claim removes the rows and commits before anything is sent, so a person is
-- told at most once, whenever a gateway is killed. What does not hold any more by then (the lead was claimed, closed or
-- given to another, the call was made) is not told. What comes within seconds is told together.
-- Locks: the row of crm.notice_looks, or that of crm.notice_choices (skip locked). Errors: LD404; LD409 (column name).
create function core.enqueue_notices(p_workspace_id int) returns boolean
language plpgsql volatile
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  v_now timestamptz := core.current_time();
  v_look crm.notice_looks;
  v_last bigint := (select w.event_seq from crm.workspaces w where w.id = p_workspace_id);
  v_until bigint;
begin
  select k.* into v_look from crm.notice_looks k where k.workspace_id = p_workspace_id for update skip locked;
  if not found then
    return false;
  end if;
  v_until := least(v_last, v_look.seq + 10000);
  insert into crm.notices (workspace_id, user_id, way, kind, seq, task_id, due_at)
  select p_workspace_id, n.user_id, y.way, n.kind, n.seq, n.task_id, n.due_at
  from (
    select u.id as user_id, k.kind, a.seq, null::uuid as task_id, k.due_at
    from crm.lead_assignments a
    join crm.users u on u.caller_id = a.caller_id and u.workspace_id = a.workspace_id and u.disabled_at is null
    cross join lateral (values
      ('new_leads', v_now),
      ('claims_running_out', a.claim_by - (a.claim_by - a.assigned_at) / 3)) k (kind, due_at)
    where a.workspace_id = p_workspace_id and a.seq > v_look.seq and a.seq <= v_until
      and a.ended_at is null and a.claimed_at is null and k.due_at is not null
    union all
    select u.id, 'call_backs', null, t.id, v_now
    from crm.tasks d
    join core.task_cards t on t.workspace_id = d.workspace_id and t.id = d.id and t.is_open
    join crm.users u on u.workspace_id = d.workspace_id and u.disabled_at is null
      and case when t.owner_id is null then u.caller_id = t.caller_id else u.id = t.owner_id end
    where d.due_at > v_look.at and d.due_at <= v_now and d.workspace_id = p_workspace_id
      and d.done_at is null and d.archived_at is null
  ) n
  join crm.notice_choices c on c.workspace_id = p_workspace_id and c.user_id = n.user_id and n.kind = any (c.kinds)
  cross join lateral (
    select 'browser' as way
    where exists (select from crm.push_subscriptions s where s.user_id = n.user_id and s.workspace_id = p_workspace_id)
    union all
    select 'email' where c.by_email) y;
  update crm.notice_looks k set seq = v_until, at = v_now where k.workspace_id = p_workspace_id;
  return v_until < v_last;
end
$$;

comment on function core.enqueue_notices(int) is
  'Makes notices of what happened and became due since the last look; true when there is more.';

create function api.claim_notices(p_most int)
returns table (workspace_id int, user_id uuid, way text, address text, subscriptions jsonb, notices jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := core.current_time();
  v_person record;
  v_notices jsonb;
begin
  for v_person in
    select c.workspace_id, c.user_id, c.kinds, y.way
    from crm.notice_choices c
    cross join (values
      ('browser', interval '3 seconds', interval '15 seconds'),
      ('email', interval '3 seconds', interval '5 minutes')) y (way, gathered, apart)
    where coalesce(case y.way when 'browser' then c.pushed_at else c.mailed_at end <= v_now - y.apart, true)
      and exists (
        select from crm.notices n
        where n.user_id = c.user_id and n.way = y.way and n.due_at <= v_now - y.gathered)
    order by random() limit p_most for no key update of c skip locked
  loop
    with gone as (
      delete from crm.notices n
      where n.user_id = v_person.user_id and n.way = v_person.way and n.due_at <= v_now
        and n.workspace_id = v_person.workspace_id
      returning n.kind, n.seq, n.task_id
    ),
    standing as (
      select g.kind, l.id as lead_id, l.name, l.city, l.lead_source, a.claim_by, a.seq as nr
      from gone g
      join crm.users u on u.workspace_id = v_person.workspace_id and u.id = v_person.user_id and u.disabled_at is null
      join crm.lead_assignments a on a.workspace_id = v_person.workspace_id and a.seq = g.seq
        and a.caller_id = u.caller_id and a.ended_at is null and a.claimed_at is null
      join crm.leads l on l.workspace_id = a.workspace_id and l.id = a.lead_id
      where g.kind = any (v_person.kinds)
      union all
      select g.kind, t.lead_id, coalesce(t.lead_name, t.title), null, null, null, 0
      from gone g
      join crm.users u on u.workspace_id = v_person.workspace_id and u.id = v_person.user_id and u.disabled_at is null
      join core.task_cards t on t.workspace_id = v_person.workspace_id and t.id = g.task_id and t.is_open
        and t.due_at <= v_now
        and case when t.owner_id is null then u.caller_id = t.caller_id else u.id = t.owner_id end
      where g.kind = any (v_person.kinds)
    ),
    told as (
      select s.kind, count(*) as count, min(s.claim_by) as claim_by,
        (array_agg(jsonb_build_object('id', s.lead_id, 'name', s.name, 'city', s.city, 'source', s.lead_source)
          order by s.nr desc))[1:10] as leads
      from standing s group by s.kind
    )
    select jsonb_agg(jsonb_build_object(
      'kind', t.kind, 'count', t.count, 'leads', t.leads,
      'until', to_char(t.claim_by at time zone w.timezone, 'HH24:MI')) order by t.kind) into v_notices
    from told t join crm.workspaces w on w.id = v_person.workspace_id;
    continue when v_notices is null;
    update crm.notice_choices c set
      pushed_at = case when v_person.way = 'browser' then v_now else c.pushed_at end,
      mailed_at = case when v_person.way = 'email' then v_now else c.mailed_at end
    where c.workspace_id = v_person.workspace_id and c.user_id = v_person.user_id;
    return query
    select u.workspace_id, u.id, v_person.way, u.email, (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', s.id, 'endpoint', s.endpoint, 'p256dh', translate(encode(s.p256dh, 'base64'), e'\n', ''),
        'auth', encode(s.auth, 'base64'))), '[]')
      from crm.push_subscriptions s
      where s.user_id = u.id and s.workspace_id = u.workspace_id and v_person.way = 'browser'), v_notices
    from crm.users u where u.workspace_id = v_person.workspace_id and u.id = v_person.user_id;
  end loop;
end
$$;

comment on function api.claim_notices(int) is
  'Takes what up to so many people are to be told by now, each by one way: [{"kind", "count", "leads": the newest ten, '
  '"until": when the first claim runs out}]. What is taken is never given out again.';

create function api.finish_push(p_workspace_id int, p_subscription_id uuid, p_outcome text) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  delete from crm.push_subscriptions s
  where s.workspace_id = p_workspace_id and s.id = p_subscription_id and p_outcome = 'gone';
  update crm.push_subscriptions s set failed_at = case when p_outcome = 'failed' then core.current_time() end
  where s.workspace_id = p_workspace_id and s.id = p_subscription_id
    and (s.failed_at is null) = (p_outcome = 'failed');
$$;

comment on function api.finish_push(int, uuid, text) is
  'What came of a message to a browser: delivered, failed, or gone: the subscription is removed.';

-- What the person chose, or what stands there before.
create function api.get_notice_choices() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'kinds', coalesce(c.kinds, '{new_leads,claims_running_out,call_backs}'), 'by_email', coalesce(c.by_email, false))
  from (select core.current_workspace() as workspace_id, core.current_user_id() as user_id) o
  left join crm.notice_choices c on c.workspace_id = o.workspace_id and c.user_id = o.user_id
$$;

comment on function api.get_notice_choices() is
  'What the person who asks is told of, and whether by e-mail: {"kinds", "by_email"}.';

create function api.set_notice_choices(p_choices jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_user_id uuid := core.own_user();
begin
  insert into crm.notice_choices as c (workspace_id, user_id, kinds, by_email)
  values (v_workspace_id, v_user_id,
    array(select distinct k.value from jsonb_array_elements_text(p_choices -> 'kinds') k order by 1),
    (p_choices ->> 'by_email')::boolean)
  on conflict (workspace_id, user_id) do update set kinds = excluded.kinds, by_email = excluded.by_email;
  delete from crm.notices n using crm.notice_choices c
  where n.user_id = v_user_id and n.workspace_id = v_workspace_id
    and c.workspace_id = n.workspace_id and c.user_id = n.user_id
    and (n.kind <> all (c.kinds) or n.way = 'email' and not c.by_email);
  perform core.begin_notices(v_workspace_id);
  return api.get_notice_choices();
end
$$;

comment on function api.set_notice_choices(jsonb) is
  'Sets what the person who asks is told of: {"kinds", "by_email"}. What waits and is not wanted any more is dropped.';

create function core.own_user() returns uuid
language plpgsql stable
as $$
begin
  if core.current_user_id() is null then
    raise exception 'Only people are told' using errcode = 'LD403', hint = 'Sign in as a person.';
  end if;
  return core.current_user_id();
end
$$;

comment on function core.own_user() is 'The person who acts. LD403 when it is none.';

create function core.begin_notices(p_workspace_id int) returns void
language sql volatile
as $$
  insert into crm.notice_looks (workspace_id, seq, at)
  select w.id, w.event_seq, core.current_time() from crm.workspaces w where w.id = p_workspace_id
  on conflict do nothing
$$;

comment on function core.begin_notices(int) is 'Has a workspace looked through for notices from now on.';

create function core.push_subscription_json(p_subscription crm.push_subscriptions) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_subscription.id, 'endpoint', p_subscription.endpoint, 'created_at', p_subscription.created_at,
  'failed_at', p_subscription.failed_at);

comment on function core.push_subscription_json(crm.push_subscriptions) is
  'A subscription as JSON, as its owner sees it.';

create function api.list_push_subscriptions() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(core.push_subscription_json(s) order by s.id), '[]')
  from crm.push_subscriptions s
  where s.workspace_id = core.current_workspace() and s.user_id = core.current_user_id()
$$;

comment on function api.list_push_subscriptions() is 'The browsers in which the person who asks is told.';

-- Of the person who was signed in to the browser before, it is no more.
create function api.create_push_subscription(p_subscription jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_user_id uuid := core.own_user();
  v_made crm.push_subscriptions;
begin
  insert into crm.notice_choices (workspace_id, user_id, kinds, by_email)
  values (v_workspace_id, v_user_id, '{new_leads,claims_running_out,call_backs}', false)
  on conflict do nothing;
  delete from crm.push_subscriptions s where s.endpoint = p_subscription ->> 'endpoint';
  insert into crm.push_subscriptions (workspace_id, user_id, endpoint, p256dh, auth, created_at)
  values (v_workspace_id, v_user_id, p_subscription ->> 'endpoint', decode(p_subscription ->> 'p256dh', 'base64'),
    decode(p_subscription ->> 'auth', 'base64'), core.current_time())
  returning * into v_made;
  delete from crm.push_subscriptions s
  where s.workspace_id = v_workspace_id and s.id = any (array(
    select o.id from crm.push_subscriptions o
    where o.user_id = v_user_id and o.workspace_id = v_workspace_id order by o.created_at desc, o.id desc offset 10));
  perform core.begin_notices(v_workspace_id);
  return core.push_subscription_json(v_made);
end
$$;

comment on function api.create_push_subscription(jsonb) is
  'Has the person told in a browser: {"endpoint", "p256dh", "auth"}, keys in base64. The eleventh takes the place of '
  'the oldest.';

create function api.archive_push_subscription(p_subscription_id uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from crm.push_subscriptions s
  where s.workspace_id = core.current_workspace() and s.user_id = core.current_user_id() and s.id = p_subscription_id;
  if not found then
    raise exception 'There is no subscription %', p_subscription_id using errcode = 'LD404';
  end if;
end
$$;

comment on function api.archive_push_subscription(uuid) is
  'Has the person not told in a browser any more. LD404 when it is none of theirs.';
