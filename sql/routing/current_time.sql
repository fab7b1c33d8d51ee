-- The one clock. Everything that asks what time it is asks here.
-- Tests and simulations move it: set fairlead.now = '2026-03-29 23:59:58+05:30'. Any session can set a setting, and the
-- log must not be dated by whoever likes to: so only the owner's is believed, and that of a simulation, which has made
-- a workspace of its own number that nobody else can make. Who does not move the clock pays for none of this.
create function routing.moved_time() returns timestamptz
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select case
    when pg_has_role(session_user, 'fairlead_owner', 'member')
      or exists (select from crm.workspaces w where w.id = -pg_backend_pid())
    then current_setting('fairlead.now')::timestamptz
    else clock_timestamp() end
$$;

comment on function routing.moved_time() is
  'What the setting fairlead.now says, for who may move the clock; for others what the time is.';

create function routing.current_time() returns timestamptz
language sql volatile
return case when coalesce(current_setting('fairlead.now', true), '') = '' then clock_timestamp()
  else routing.moved_time() end;

comment on function routing.current_time() is
  'Now, unless the setting fairlead.now of the owner or of a simulation says otherwise. The only clock.';
