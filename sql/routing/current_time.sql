-- The one clock. Everything that asks what time it is asks here.
-- Tests and simulations set it: set fairlead.now = '2026-03-29 23:59:58+05:30'.
create function routing.current_time() returns timestamptz
language sql volatile
return coalesce(nullif(current_setting('fairlead.now', true), '')::timestamptz, clock_timestamp());

comment on function routing.current_time() is 'Now, unless the setting fairlead.now says otherwise. The only clock.';
