-- Tests whether a lead could be stored now, without storing one: the functions and tables are there, the server takes
-- writes and commits them, and its disk has room. Each gateway calls it for /readyz, at most once a second.
--
-- It does not touch workspaces, so that a turnstile that is held does not make a gateway unready. On a full disk an
-- update may still find room where new leads would not. So it also writes a temporary file of about a megabyte: the
-- rows of generate_series() do not fit into work_mem.
--
-- Locks: the gateway's own row. Errors: those that storing a lead would raise.
create function api.try_intake(p_gateway uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set work_mem = '64kB'
as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  perform from api.ingest_leads('[]');
  perform count(*) from generate_series(1, 50000);
  insert into crm.heartbeats as h (gateway, at) values (p_gateway, v_now)
  on conflict (gateway) do update set at = excluded.at;
  delete from crm.heartbeats h where h.at < v_now - interval '1 day';
end
$$;

comment on function api.try_intake(uuid) is
  'Does what storing a lead needs, but stores none. Raises what storing a lead would raise.';
