-- Whether a caller may get a lead at a moment, and if not, why not. The one place that says so: dealing, replay and
-- pages all ask here. Of several reasons the first counts: what a person decided before what the clock or a number
-- says.
create function routing.minute_of_week(p_local timestamp) returns int
language sql immutable parallel safe
return (extract(isodow from p_local)::int - 1) * 1440
  + extract(hour from p_local)::int * 60 + extract(minute from p_local)::int;

comment on function routing.minute_of_week(timestamp) is 'Minutes since Monday 0:00 of a local time, 0 to 10079.';

create function routing.standing(
  p_status crm.caller_status, p_time_off tstzmultirange, p_hours int4multirange, p_now timestamptz, p_local timestamp,
  p_daily_limit int, p_given int, p_max_load int, p_load int, p_is_disabled boolean default false) returns text
language sql stable parallel safe
return case
  when p_is_disabled then 'disabled'
  when p_status <> 'active' then 'paused'
  when p_time_off @> p_now then 'away'
  when (p_hours @> routing.minute_of_week(p_local)) is false then 'off hours'
  when routing.cap_left(p_daily_limit, p_given) <= 0 then 'at cap'
  when p_max_load > 0 and p_load >= p_max_load then 'at max load'
  else 'free'
end;

comment on function routing.standing(
  crm.caller_status, tstzmultirange, int4multirange, timestamptz, timestamp, int, int, int, int, boolean) is
  'How a caller stands: free, disabled, paused, away, off hours, at cap or at max load. A limit of 0 is none.';

create function routing.presence(p_status crm.caller_status, p_time_off tstzmultirange, p_now timestamptz,
  p_is_disabled boolean) returns text
language sql stable parallel safe
return routing.standing(p_status, p_time_off, null, p_now, p_now at time zone 'UTC', 0, 0, 0, 0, p_is_disabled);

comment on function routing.presence(crm.caller_status, tstzmultirange, timestamptz, boolean) is
  'Whether a caller may take leads at all, whatever hours and limits say: free, disabled, paused or away.';

create function routing.whereabouts(p_caller crm.callers, p_now timestamptz) returns text
language sql stable parallel safe
return case when p_caller.archived_at is not null then 'archived'
  else routing.presence(p_caller.status, p_caller.time_off, p_now, p_caller.is_disabled) end;

comment on function routing.whereabouts(crm.callers, timestamptz) is
  'Whether a caller is there at all: free, archived, disabled, paused or away.';

-- A thousand is the largest load that is told apart: so counting never costs more than a thousand rows.
create function routing.open_leads(p_workspace_id int, p_caller_id uuid) returns int
language sql stable
as $$
  select count(*)::int from (
    select from crm.lead_assignments a
    where a.workspace_id = p_workspace_id and a.caller_id = p_caller_id and a.ended_at is null limit 1000) a
$$;

comment on function routing.open_leads(int, uuid) is
  'The load of a caller: how many leads are open, counted up to 1000.';
