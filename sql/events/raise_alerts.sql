-- What a manager should look at, found by the tick from the log and the state, and told by the log itself: alert.raised
-- and alert.cleared with {"id", "alert", "title", "reason", "details"}.
--
--   all_at_cap       a lead waits because nobody is free for it
--   claims_ran_out   a lead is on hold because nobody claimed it
--   nothing_arrived  no lead for an unusual time: see core.unusual_silence()
--   caller_gone      open leads are with a caller who is archived, disabled or away
--
-- Of each at most one is open, however many leads it is about. It is cleared when its cause has been gone for five
-- minutes, so that callers at their cap who take a lead now and then make one alert of it; nothing_arrived is cleared
-- by the next lead. Looking is cheap, and only done when something happened since crm.alert_looks, or at another
-- minute.
-- Locks: the turnstile, if there is something to tell, before any alert. Errors: none of its own.
create type core.cause as (alert text, title text, reason text, details jsonb);
comment on type core.cause is 'An alert to be raised, in words, with particulars.';

create function core.alert_settings(p_workspace_id int) returns crm.alert_settings
language plpgsql stable
as $$
declare
  v_settings crm.alert_settings;
begin
  select s.* into v_settings from crm.alert_settings s where s.workspace_id = p_workspace_id;
  if v_settings.workspace_id is null then
    v_settings.workspace_id := p_workspace_id;
    v_settings.alerts := array['all_at_cap', 'claims_ran_out', 'nothing_arrived', 'caller_gone'];
  end if;
  return v_settings;
end
$$;

comment on function core.alert_settings(int) is 'Which alerts a workspace wants: its own settings, else all of them.';

create function core.raise_alerts(p_workspace_id int) returns void
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_seq bigint := (select w.event_seq from crm.workspaces w where w.id = p_workspace_id);
  v_now timestamptz := core.current_time();
  v_look crm.alert_looks := (select k from crm.alert_looks k where k.workspace_id = p_workspace_id);
  v_settings crm.alert_settings;
  v_alert text;
  v_open crm.alerts;
  v_is_there boolean;
begin
  if (v_look.seq = v_seq and date_trunc('minute', v_look.at) = date_trunc('minute', v_now))
    or not pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    return;
  end if;
  v_settings := core.alert_settings(p_workspace_id);
  foreach v_alert in array array['all_at_cap', 'claims_ran_out', 'nothing_arrived', 'caller_gone'] loop
    select a.* into v_open from crm.alerts a
    where a.workspace_id = p_workspace_id and a.alert = v_alert and a.cleared_at is null;
    v_is_there := v_alert = any (v_settings.alerts) and core.has_cause(v_settings, v_alert, v_open, v_now);
    if v_is_there and v_open.id is null then
      perform core.raise_alert(p_workspace_id, core.find_cause(p_workspace_id, v_alert, v_now), v_now);
    elsif v_open.id is not null
      and ((v_open.gone_since is null) <> v_is_there or v_open.gone_since <= v_now - interval '5 minutes') then
      perform core.settle_alert(v_open, v_is_there, v_now, v_alert = any (v_settings.alerts));
    end if;
  end loop;
  insert into crm.alert_looks (workspace_id, seq, at) values (p_workspace_id, v_seq, v_now)
  on conflict (workspace_id) do update set seq = excluded.seq, at = excluded.at;
end
$$;

comment on function core.raise_alerts(int) is
  'Raises the alerts of a workspace for which there is a cause, and clears those whose cause is gone.';

create function core.has_cause(p_settings crm.alert_settings, p_alert text, p_open crm.alerts, p_now timestamptz)
returns boolean
language plpgsql stable
as $$
begin
  return case p_alert
    when 'all_at_cap'
      then exists (select from crm.queue q where q.workspace_id = p_settings.workspace_id and not q.is_held)
    when 'claims_ran_out' then core.unclaimed_lead(p_settings.workspace_id) is not null
    when 'nothing_arrived' then case
      when p_open.id is not null
        then core.last_arrival(p_settings.workspace_id) = (p_open.details ->> 'since')::timestamptz
      else core.unusual_silence(p_settings, p_now) is not null end
    when 'caller_gone' then exists (select from core.left_leads(p_settings.workspace_id, p_now))
  end;
end
$$;

comment on function core.has_cause(crm.alert_settings, text, crm.alerts, timestamptz) is
  'Whether there is a cause for an alert, given the open one, if any: silence lasts until the next lead.';

create function core.find_cause(p_workspace_id int, p_alert text, p_now timestamptz) returns core.cause
language plpgsql stable
as $$
declare
  v_cause core.cause;
begin
  case p_alert
    when 'all_at_cap' then
      select p_alert, 'Leads wait in the queue', (array_agg(q.reason order by q.seq))[1],
        jsonb_build_object('lead_id', (array_agg(q.lead_id order by q.seq))[1], 'waiting', count(*))
      into v_cause from crm.queue q where q.workspace_id = p_workspace_id and not q.is_held;
    when 'claims_ran_out' then
      select p_alert, 'Nobody claims a lead', q.reason, jsonb_build_object('lead_id', q.lead_id) into v_cause
      from crm.queue q where q.workspace_id = p_workspace_id and q.lead_id = core.unclaimed_lead(p_workspace_id);
    when 'nothing_arrived' then
      select p_alert, 'No leads arrive', core.unusual_silence(core.alert_settings(p_workspace_id), p_now),
        jsonb_build_object('since', core.last_arrival(p_workspace_id)) into v_cause;
    when 'caller_gone' then
      select p_alert, 'Open leads are with callers who are gone or away',
        core.describe_left(array_agg(l order by l.open desc, l.name)),
        jsonb_build_object('open', sum(l.open), 'callers',
          jsonb_path_query_array(jsonb_agg(to_jsonb(l) order by l.open desc, l.name), '$[0 to 19]'))
      into v_cause from core.left_leads(p_workspace_id, p_now) l;
  end case;
  return v_cause;
end
$$;

comment on function core.find_cause(int, text, timestamptz) is 'What an alert says when it is raised.';

-- Held by a manager is not unclaimed: the event that put a lead in the queue tells which it is.
create function core.unclaimed_lead(p_workspace_id int) returns uuid
language sql stable
return (
  select q.lead_id from crm.queue q
  join crm.events e on e.workspace_id = q.workspace_id and e.seq = q.seq
  where q.workspace_id = p_workspace_id and q.is_held and e.data ? 'expiries'
  order by q.seq limit 1);

comment on function core.unclaimed_lead(int) is
  'The lead that has been on hold longest because nobody claimed it; null when there is none.';

create type core.left_lead as (caller_id uuid, name text, standing text, open bigint);
comment on type core.left_lead is 'A caller who is gone or away, and has so many open leads.';

-- A paused caller may still work on open leads. Leads of a hand-over that is not finished are on their way.
create function core.left_leads(p_workspace_id int, p_now timestamptz) returns setof core.left_lead
language sql stable
as $$
  select c.id, c.name, n.standing, o.open
  from crm.callers c
  cross join lateral (
    select case when c.archived_at is not null then 'archived' when c.is_disabled then 'disabled'
      when c.time_off @> p_now then 'away' end as standing) n
  cross join lateral (
    select count(*) as open from crm.lead_assignments a
    where a.workspace_id = p_workspace_id and a.caller_id = c.id and a.ended_at is null offset 0) o
  where c.workspace_id = p_workspace_id and n.standing is not null and o.open > 0
    and not exists (select from crm.hand_overs h where h.workspace_id = p_workspace_id and h.caller_id = c.id)
$$;

comment on function core.left_leads(int, timestamptz) is
  'The callers who are archived, disabled or away and still have open leads.';

create function core.describe_left(p_left core.left_lead[]) returns text
language sql stable parallel safe
return (
  select string_agg(l.name || ' is ' || l.standing || ' and has ' || l.open || case when l.open = 1 then ' open lead'
    else ' open leads' end, ', ' order by l.nr)
    || case when cardinality(p_left) > 3 then ', and ' || cardinality(p_left) - 3 || ' more' else '' end
  from unnest(p_left) with ordinality as l (caller_id, name, standing, open, nr) where l.nr <= 3);

comment on function core.describe_left(core.left_lead[]) is
  'The callers who are gone or away and have open leads, in words: "Asha is archived and has 12 open leads".';

create function core.raise_alert(p_workspace_id int, p_cause core.cause, p_now timestamptz) returns void
language plpgsql volatile
as $$
declare
  v_id bigint := (core.take_turnstile(p_workspace_id)).event_seq + 1;
begin
  insert into crm.alerts (workspace_id, id, alert, title, reason, details, raised_at)
  values (p_workspace_id, v_id, p_cause.alert, p_cause.title, p_cause.reason, p_cause.details, p_now);
  perform core.write_event(
    p_workspace_id, 'alert.raised', null, null, jsonb_build_object('id', v_id) || to_jsonb(p_cause),
    'alert', v_id::text);
end
$$;

comment on function core.raise_alert(int, core.cause, timestamptz) is 'Opens an alert, and tells the log.';

create function core.settle_alert(p_open crm.alerts, p_is_there boolean, p_now timestamptz, p_is_wanted boolean)
returns void
language plpgsql volatile
as $$
declare
  v_is_over boolean := not p_is_there
    and (not p_is_wanted or p_open.alert = 'nothing_arrived' or p_open.gone_since <= p_now - interval '5 minutes');
begin
  perform core.take_turnstile(p_open.workspace_id);
  update crm.alerts a
  set gone_since = case when not p_is_there then coalesce(a.gone_since, p_now) end,
    cleared_at = case when v_is_over then p_now end
  where a.workspace_id = p_open.workspace_id and a.id = p_open.id;
  if v_is_over then
    perform core.write_event(p_open.workspace_id, 'alert.cleared', null, null, jsonb_build_object(
      'id', p_open.id, 'alert', p_open.alert, 'title', p_open.title, 'details', p_open.details, 'reason',
      case when not p_is_wanted then 'It was switched off'
        when p_open.alert = 'all_at_cap' then 'Nobody waits any more'
        when p_open.alert = 'claims_ran_out' then 'No unclaimed lead is on hold any more'
        when p_open.alert = 'caller_gone' then 'No caller who is gone or away has open leads'
        else 'A lead has arrived' end), 'alert', p_open.id::text);
  end if;
end
$$;

comment on function core.settle_alert(crm.alerts, boolean, timestamptz, boolean) is
  'Remembers that the cause of an open alert is gone, or back; clears it once it has been gone for long enough.';
