-- The business day: the date in the workspace's timezone, from midnight to midnight. Caps are counted by it, so a
-- change of the timezone must not give anybody a second cap on the same evening. The day of the change goes on to its
-- midnight in the old zone. After that the date in the new zone counts, but never an earlier day again. Working hours
-- follow the new zone at once.
create function core.business_date(p_workspace crm.workspaces, p_now timestamptz) returns date
language sql immutable parallel safe
return case
  when p_workspace.business_day is null then (p_now at time zone p_workspace.timezone)::date
  when p_now < p_workspace.business_day_until then p_workspace.business_day
  else greatest((p_now at time zone p_workspace.timezone)::date, p_workspace.business_day)
end;

comment on function core.business_date(crm.workspaces, timestamptz) is
  'The business day of a workspace at a moment since its timezone was last changed.';

create function core.business_day_began(p_workspace crm.workspaces, p_now timestamptz) returns timestamptz
language sql immutable parallel safe
return case
  when p_workspace.business_day = core.business_date(p_workspace, p_now) then p_workspace.business_day_from
  else greatest(
    core.business_date(p_workspace, p_now)::timestamp at time zone p_workspace.timezone,
    p_workspace.business_day_until)
end;

comment on function core.business_day_began(crm.workspaces, timestamptz) is
  'When the business day of a workspace at that moment began.';

-- Locks: the turnstile, which is the row that changes.
create function core.keep_business_day() returns trigger
language plpgsql
as $$
declare
  v_now timestamptz := core.current_time();
  v_day date := core.business_date(old, v_now);
begin
  new.business_day := v_day;
  new.business_day_from := core.business_day_began(old, v_now);
  new.business_day_until := case when v_now < old.business_day_until then old.business_day_until
    else (v_day + 1)::timestamp at time zone old.timezone end;
  return new;
end
$$;

comment on function core.keep_business_day() is
  'Trigger: remembers the business day that a change of the timezone falls on.';

create trigger keep_business_day before update of timezone on crm.workspaces
for each row when (old.timezone <> new.timezone) execute function core.keep_business_day();
