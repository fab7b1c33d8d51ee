-- Where events are delivered to. All act in core.current_workspace(). The signing secret is no column: the gateway
-- derives it from its own key, the destination's number and its generation.
-- Locks: the turnstile, then the destination. Errors: LD404; destinations_* constraints.
create function core.destination_json(p_destination crm.destinations) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_destination.id, 'etag', core.etag_of(p_destination.workspace_id, 'destination', p_destination.id::text),
  'name', p_destination.name, 'kind', p_destination.kind, 'address', p_destination.address,
  'events', p_destination.events, 'template', p_destination.template,
  'is_on', p_destination.is_on, 'off_reason', p_destination.off_reason,
  'generation', p_destination.generation, 'rotated_at', p_destination.rotated_at,
  'created_at', p_destination.created_at);

comment on function core.destination_json(crm.destinations) is
  'A destination as JSON, as the page and the API show it.';

-- What follows the host of a webhook's address is often a secret, and everybody who reads the log would have it. The
-- beginning of a digest tells that it was changed.
create function core.destination_snapshot(p_destination crm.destinations) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_build_object(
    'id', p_destination.id, 'name', p_destination.name, 'kind', p_destination.kind,
    'address', regexp_replace(p_destination.address, '^(https?://[^/?]+).+$', '\1/…'),
    'path', '…' || left(encode(sha256(convert_to(
      substring(p_destination.address, '^https?://[^/?]+(.+)$'), 'UTF8')), 'hex'), 6),
    'events', p_destination.events, 'template', p_destination.template,
    'is_on', p_destination.is_on, 'off_reason', p_destination.off_reason,
    'generation', p_destination.generation, 'rotated_at', p_destination.rotated_at,
    'created_at', p_destination.created_at, 'archived', p_destination.archived_at is not null)
$$;

comment on function core.destination_snapshot(crm.destinations) is
  'A destination as the event log keeps it, a webhook''s address without what follows the host.';

-- How far the log was read for it is no part of a destination.
select core.make_record(
  'crm.destinations', 'destination', 'core.destination_snapshot(crm.destinations)', p_aside => '{position,resume_at}');

create function api.list_destinations() returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.refuse_unless_may('destinations');
  return (
    select coalesce(jsonb_agg(core.destination_json(d) || jsonb_build_object(
      'waiting', (select count(*) from (
        select from crm.deliveries w
        where w.destination_id = d.id and w.workspace_id = d.workspace_id and w.status = 'waiting' limit 1000) w),
      'last', last.delivery) order by d.id), '[]')
    from crm.destinations d
    left join lateral (
      select jsonb_build_object('status', t.status, 'answer', t.answer, 'seq', t.seq) as delivery
      from crm.deliveries t where t.workspace_id = d.workspace_id and t.destination_id = d.id and t.answer is not null
      order by t.seq desc limit 1) last on true
    where d.workspace_id = core.current_workspace() and d.archived_at is null);
end
$$;

comment on function api.list_destinations() is
  'The workspace''s destinations as JSON, each with how many deliveries wait (up to 1000) and what came of the newest '
  'one tried.';

create function api.create_destination(p_destination jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(core.current_workspace());
  v_destination crm.destinations;
begin
  perform core.refuse_unless_may('destinations');
  insert into crm.destinations (workspace_id, name, kind, address, events, template, position, created_at)
  values (v_workspace.id, trim(p_destination ->> 'name'), p_destination ->> 'kind', trim(p_destination ->> 'address'),
    array(select distinct e.value from jsonb_array_elements_text(p_destination -> 'events') e order by e.value),
    p_destination ->> 'template',
    v_workspace.event_seq + 1, core.current_time())
  returning * into v_destination;
  return core.destination_json(v_destination);
end
$$;

comment on function api.create_destination(jsonb) is 'Makes a destination for what happens from now on.';

create function api.update_destination(p_destination_id int, p_change jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before crm.destinations :=
    core.lock_record(null::crm.destinations, 'destination', p_destination_id::text, p_stays => false);
  v_is_on boolean := coalesce((p_change ->> 'is_on')::boolean, v_before.is_on);
  v_after crm.destinations;
begin
  perform core.refuse_unless_may('destinations');
  update crm.destinations d
  set name = coalesce(trim(p_change ->> 'name'), d.name), address = coalesce(trim(p_change ->> 'address'), d.address),
    events = case
      when p_change ? 'events'
      then array(select distinct e.value from jsonb_array_elements_text(p_change -> 'events') e order by e.value)
      else d.events end,
    template = case when p_change ? 'template' then p_change ->> 'template' else d.template end,
    is_on = v_is_on, off_reason = case when not v_is_on then d.off_reason end, resume_at = null,
    position = case when v_is_on and not d.is_on
      then (select w.event_seq from crm.workspaces w where w.id = d.workspace_id) else d.position end
  where d.workspace_id = v_before.workspace_id and d.id = p_destination_id
  returning * into v_after;
  return core.destination_json(v_after);
end
$$;

comment on function api.update_destination(int, jsonb) is
  'Changes those of name, address, events, template and is_on that are given. Switched on again, it gets what happens '
  'from then on. LD404 when there is none.';

create function api.archive_destination(p_destination_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_destination crm.destinations :=
    core.lock_record(null::crm.destinations, 'destination', p_destination_id::text, p_stays => false);
begin
  perform core.refuse_unless_may('destinations');
  update crm.destinations d set archived_at = core.current_time(), is_on = false
  where d.workspace_id = v_destination.workspace_id and d.id = p_destination_id;
end
$$;

comment on function api.archive_destination(int) is
  'Takes a destination out: what waits for it is not delivered any more. LD404 when there is none.';

create function api.rotate_destination(p_destination_id int) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_destination crm.destinations :=
    core.lock_record(null::crm.destinations, 'destination', p_destination_id::text, p_stays => false);
begin
  perform core.refuse_unless_may('destinations');
  if v_destination.kind <> 'webhook' then
    raise exception 'Only webhooks are signed' using errcode = 'LD409';
  end if;
  update crm.destinations d set generation = d.generation + 1, rotated_at = core.current_time()
  where d.workspace_id = v_destination.workspace_id and d.id = p_destination_id
  returning * into v_destination;
  return core.destination_json(v_destination);
end
$$;

comment on function api.rotate_destination(int) is
  'Has the next secret sign; for a day the one before signs too. LD404 when there is none, LD409 for what is no '
  'webhook.';

create function api.test_destination(p_destination_id int) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_destination crm.destinations :=
    core.lock_record(null::crm.destinations, 'destination', p_destination_id::text, p_stays => false);
  v_now timestamptz := core.current_time();
  v_seq bigint;
begin
  perform core.refuse_unless_may('destinations');
  if not v_destination.is_on then
    raise exception 'The destination is off' using errcode = 'LD409', hint = 'Switch it on first.';
  end if;
  v_seq := core.write_event(v_destination.workspace_id, 'destination.tested', null, null,
    core.destination_snapshot(v_destination), 'destination', p_destination_id::text);
  insert into crm.deliveries (workspace_id, destination_id, seq, lane, created_at, next_try_at)
  values (v_destination.workspace_id, p_destination_id, v_seq, crm.new_id(), v_now, v_now);
  update crm.destinations d set resume_at = null
  where d.workspace_id = v_destination.workspace_id and d.id = p_destination_id;
  return (select core.delivery_json(d) from crm.deliveries d
    where d.workspace_id = v_destination.workspace_id and d.destination_id = p_destination_id and d.seq = v_seq);
end
$$;

comment on function api.test_destination(int) is
  'Delivers the event destination.tested to this destination alone, past whatever waits. LD404 when there is none, '
  'LD409 when it is off.';
