-- AFTER INSERT on crm.leads, once per statement: deals what was just stored, in the order of ids, which is arrival.
-- No caller free is a result, not an error. If routing itself fails, the leads stay stored and wait in the queue with
-- the reason routing_error; only what a retry can cure passes through: deadlocks, serialization failures, timeouts,
-- a server short of resources or going down.
--
-- Locks: the turnstile of each workspace concerned, in the order of their numbers.
create function routing.deal_new_leads() returns trigger
language plpgsql
as $$
declare
  v_workspace_id int;
  v_leads crm.leads[];
begin
  for v_workspace_id, v_leads in
    select l.workspace_id, array_agg(row(l.*)::crm.leads order by l.id) from new_leads l group by l.workspace_id order by l.workspace_id
  loop
    begin
      perform routing.deal_leads(v_workspace_id, v_leads);
    exception when others then
      if sqlstate ~ '^(40|53|55P03|57|58)' then
        raise;
      end if;
      raise warning 'routing failed, % leads are queued: % (%)', cardinality(v_leads), sqlerrm, sqlstate;
      perform routing.record_picks(v_workspace_id, routing.current_time(), null, '{}', array(
        select row(id, null, null, null, 'routing_error: ' || sqlerrm)::routing.pick
        from unnest(v_leads)));
    end;
  end loop;
  return null;
end
$$;

comment on function routing.deal_new_leads() is 'Trigger: deals the leads an insert has just stored.';

create trigger deal_new_leads after insert on crm.leads
referencing new table as new_leads for each statement execute function routing.deal_new_leads();
