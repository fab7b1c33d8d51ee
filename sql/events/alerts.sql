-- Alerts, for the page and the API. All act in core.current_workspace(). How they come about: raise_alerts.sql.
create function core.alert_json(p_alert crm.alerts) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_alert.id, 'alert', p_alert.alert, 'title', p_alert.title, 'reason', p_alert.reason,
  'details', p_alert.details,
  'raised_at', p_alert.raised_at, 'gone_since', p_alert.gone_since, 'cleared_at', p_alert.cleared_at,
  'acknowledged_at', p_alert.acknowledged_at, 'acknowledged_by', core.name_actor(p_alert.acknowledged_by));

comment on function core.alert_json(crm.alerts) is 'An alert as JSON, as the page and the API show it.';

-- {"open": true or false, "after", "limit"}, all optional.
create function api.list_alerts(p_filter jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with wanted as (
    select least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200) as most
  ),
  found as (
    select a.id, core.alert_json(a) as alert, row_number() over (order by a.id desc) as nr
    from crm.alerts a
    where a.workspace_id = core.current_workspace()
      and (p_filter ->> 'open' is null or (p_filter ->> 'open')::boolean = (a.cleared_at is null))
      and (p_filter ->> 'after' is null or a.id < (p_filter ->> 'after')::bigint)
    order by a.id desc limit (select w.most + 1 from wanted w)
  )
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(f.alert order by f.nr) filter (where f.nr <= w.most), '[]'),
    'next', case when count(*) > min(w.most) then (array_agg(f.id order by f.nr) filter (where f.nr = w.most))[1] end)
  from wanted w left join found f on true
$$;

comment on function api.list_alerts(jsonb) is
  'One page of alerts, open ones, past ones or both, newest first: {"items": [...], "next": cursor or null}.';

-- Locks: the turnstile, then the alert. Errors: LD404; LD409 when it is over.
create function api.acknowledge_alert(p_alert_id bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_alert crm.alerts := core.lock_record(null::crm.alerts, 'alert', p_alert_id::text);
begin
  if v_alert.cleared_at is not null then
    raise exception 'The alert is over' using errcode = 'LD409', hint = 'There is nothing left to acknowledge.';
  elsif v_alert.acknowledged_at is null then
    update crm.alerts a set acknowledged_at = core.current_time(), acknowledged_by = core.current_actor()
    where a.workspace_id = v_workspace_id and a.id = p_alert_id
    returning * into v_alert;
    perform core.write_event(v_workspace_id, 'alert.acknowledged', null, null, jsonb_build_object(
      'id', v_alert.id, 'alert', v_alert.alert, 'title', v_alert.title, 'reason', v_alert.reason,
      'details', v_alert.details), 'alert', v_alert.id::text);
  end if;
  return core.alert_json(v_alert);
end
$$;

comment on function api.acknowledge_alert(bigint) is
  'Says that somebody knows of an open alert; the first one counts. LD404 when there is none, LD409 when it is over.';

create function core.alert_settings_json(p_settings crm.alert_settings) returns jsonb
language sql stable
return jsonb_build_object('alerts', p_settings.alerts, 'quiet_minutes', p_settings.quiet_minutes, 'hours',
  routing.hours_json(p_settings.hours));

comment on function core.alert_settings_json(crm.alert_settings) is
  'Which alerts are on, and when silence is unusual, as JSON.';

select core.make_record('crm.alert_settings', 'alert_settings', 'core.alert_settings_json(crm.alert_settings)');

create function api.get_alert_settings() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select core.alert_settings_json(core.alert_settings(w.id))
    || jsonb_build_object('etag', core.etag_of(w.id, 'alert_settings', w.id::text))
  from core.current_workspace() w (id)
$$;

comment on function api.get_alert_settings() is
  'Which alerts are on, after how many minutes silence is unusual (null: by the weeks before), and when leads are '
  'expected (null: always).';

-- Locks: the turnstile. Errors: LD422 for hours that cannot be read; alert_settings_* constraints for the rest.
create function api.update_alert_settings(p_settings jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
begin
  perform core.take_turnstile(v_workspace_id);
  insert into crm.alert_settings (workspace_id, alerts, quiet_minutes, hours)
  select v_workspace_id,
    array(select distinct a.value from jsonb_array_elements_text(p_settings -> 'alerts') a order by a.value),
    (p_settings ->> 'quiet_minutes')::int, routing.read_hours(p_settings -> 'hours')
  on conflict (workspace_id) do update
  set alerts = excluded.alerts, quiet_minutes = excluded.quiet_minutes, hours = excluded.hours;
  return api.get_alert_settings();
end
$$;

comment on function api.update_alert_settings(jsonb) is
  'Replaces the settings that get_alert_settings() shows. LD422 for hours that cannot be read.';
