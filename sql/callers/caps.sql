-- The cap of a caller: how many leads of a business day there may be at most (daily_limit; 0: no cap), how much of it
-- is left, and which leads count for it.
create function routing.cap_left(p_daily_limit int, p_given int) returns int
language sql immutable parallel safe
return case when p_daily_limit > 0 then p_daily_limit - p_given else 2147483647 end;

comment on function routing.cap_left(int, int) is
  'How many leads more the cap of a caller leaves today, given how many count already; without a cap the largest int.';

create function routing.turns_left(p_daily_limit int, p_given int, p_max_load int, p_load int) returns int
language sql immutable parallel safe
return least(
  greatest(routing.cap_left(p_daily_limit, p_given), 0),
  case when p_max_load = 0 then 2147483647 else greatest(p_max_load - p_load, 0) end);

comment on function routing.turns_left(int, int, int, int) is
  'How many leads more a free caller may take: what cap and max load leave, whichever is less; unlimited is the '
  'largest int.';

-- A lead counts once for a caller and a business day, however often it is closed,
-- reopened or comes back. If it counts already, another assignment of it adds nothing: its uncounted_seq is the number
-- of its own event. When a lead is moved by hand, it does not count any more for the caller who had it: uncounted_seq
-- of the assignment that counted it is the number of that event. So the assignments alone say how many leads counted
-- after any event. The first assignment that counted a lead says how: for the cap, or as a duplicate for no cap.
create function routing.is_counted(p_workspace_id int, p_lead_id uuid, p_caller_id uuid, p_date date) returns boolean
language plpgsql stable
as $$
begin
  return exists (
    select from crm.lead_assignments a
    where a.lead_id = p_lead_id and a.workspace_id + 0 = p_workspace_id and a.ended_at is not null
      and a.caller_id = p_caller_id and a.business_date = p_date and a.uncounted_seq is null);
end
$$;

comment on function routing.is_counted(int, uuid, uuid, date) is
  'Whether a lead that nobody has at present is counted in a caller''s day.';

create function routing.counts_of(p_assignment crm.lead_assignments)
returns table (seq bigint, date date, counted int, change int)
language sql immutable parallel safe
as $$
  select c.seq, c.date, c.counted, c.change
  from (values
    (p_assignment.seq, case when p_assignment.duplicate_of is null then p_assignment.business_date end, 1, 1),
    (p_assignment.uncounted_seq,
      case when p_assignment.duplicate_of is null then p_assignment.business_date end, -1, 0),
    (p_assignment.ended_seq, null, 0, -1)) c (seq, date, counted, change)
  where c.seq is not null
$$;

comment on function routing.counts_of(crm.lead_assignments) is
  'What an assignment changes, and with which event: of the leads counted for the cap of a date, and of the open '
  'leads.';
