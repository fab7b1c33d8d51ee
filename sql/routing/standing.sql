-- Whether somebody may take a lead at a moment: the one answer, for dealing, for its replay and for the page.
-- The first thing that forbids it is named. A caller without hours always works.
create function routing.standing(
  p_status crm.caller_status, p_time_off tstzmultirange, p_hours int4multirange, p_now timestamptz, p_local timestamp,
  p_daily_limit int, p_given int, p_max_load int, p_load int) returns text
language sql stable parallel safe
return case
  when p_status <> 'active' then 'paused'
  when p_time_off @> p_now then 'away'
  when not p_hours @> ((extract(isodow from p_local)::int - 1) * 1440 + extract(hour from p_local)::int * 60 + extract(minute from p_local)::int) then 'off hours'
  when p_daily_limit > 0 and p_given >= p_daily_limit then 'at cap'
  when p_max_load > 0 and p_load >= p_max_load then 'at max load'
  else 'free'
end;

comment on function routing.standing(crm.caller_status, tstzmultirange, int4multirange, timestamptz, timestamp, int, int, int, int) is 'free, or the first reason why a caller may take no lead: paused, away, off hours, at cap, at max load.';

-- How many leads more, if free: what cap and load leave, whichever is less; unlimited is the largest int.
create function routing.turns_left(p_daily_limit int, p_given int, p_max_load int, p_load int) returns int
language sql immutable parallel safe
return least(
  case when p_daily_limit = 0 then 2147483647 else greatest(p_daily_limit - p_given, 0) end,
  case when p_max_load = 0 then 2147483647 else greatest(p_max_load - p_load, 0) end);

comment on function routing.turns_left(int, int, int, int) is 'How many leads more a caller may take: what daily cap and max load leave.';
