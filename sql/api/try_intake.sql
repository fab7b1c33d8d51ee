-- Whether a lead could be stored now, without storing one: what a lead needs is there, the server takes writes and
-- commits them, and its disk has room. For gateways that are asked whether they are ready, at most once a second.
--
-- The workspaces are left alone, so that a turnstile that is held makes nobody unready. An update may find room on a
-- full disk, where new leads would not; so a file of about a megabyte is written, too, which is gone at once: the rows
-- of generate_series() do not fit into work_mem.
-- Locks: the gateway's own row. Errors: whatever a lead would meet.
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
  'Does all that storing a lead needs, but stores none. Raises what a lead would meet.';
