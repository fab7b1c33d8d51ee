-- The one clock. Everything that asks what time it is asks here.
-- Tests and simulations move it: set fairlead.now = '2026-03-29 23:59:58+05:30'. Any session can make
-- this setting, but not every session may date the log. So it counts only for the owner and for a simulation, which has
-- made a workspace with the number of its process, negated: nobody else can make that. Without the setting, this costs
-- nothing.
create function core.moved_time() returns timestamptz
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select case
    when pg_has_role(session_user, 'fairlead_owner', 'member')
      or exists (select from crm.workspaces w where w.id = -pg_backend_pid())
    then current_setting('fairlead.now')::timestamptz
    else clock_timestamp() end
$$;

comment on function core.moved_time() is
  'The setting fairlead.now for sessions that may move the clock; the real time for all others.';

create function core.current_time() returns timestamptz
language sql volatile
return case when coalesce(current_setting('fairlead.now', true), '') = '' then clock_timestamp()
  else core.moved_time() end;

comment on function core.current_time() is
  'Now, unless the setting fairlead.now of the owner or of a simulation says otherwise. The only clock.';
