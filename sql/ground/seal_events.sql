-- Seals: a hash chain over the event log, made by the tick and so off the way of leads. An event that is altered or
-- removed after it was sealed no longer fits; verify_seals() says where. Events are numbered in the order of commit, so
-- a reader who sees one event sees all before it, and no event ever appears behind a seal.
--
-- A digest is of every column, written so that no two events look the same (text quoted, null bare) and that no setting
-- of a session matters. A column that comes to the table later is added where it is not null only: then older seals
-- stay right.
-- Events up to crm.workspaces.subjects_since_seq may have been sealed before they got their subject: it is left out.
create function core.event_digest(p_event crm.events, p_subjects_since bigint) returns bytea
language sql stable parallel safe
return sha256(convert_to(
  p_event.workspace_id::text || ',' || p_event.seq::text || ','
    || (extract(epoch from p_event.at) * 1000000)::bigint::text || ','
  || quote_literal(p_event.kind) || ',' || quote_literal(p_event.actor) || ','
    || coalesce(p_event.lead_id::text, '') || ','
  || coalesce(p_event.caller_id::text, '') || ',' || p_event.data::text
  || coalesce(',' || quote_literal(p_event.request_id), '')
  || case when p_event.seq > p_subjects_since and p_event.subject is not null
    then ',' || quote_literal(p_event.subject) || ',' || quote_nullable(p_event.subject_id) else '' end, 'UTF8'));

comment on function core.event_digest(crm.events, bigint) is
  'SHA-256 of an event, of every column; the same in every session.';

-- Locks: the workspace's advisory lock of the tick, without waiting. Errors: none of its own.
create function core.seal_events(p_workspace_id int, p_most int) returns int
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_since bigint := (select w.subjects_since_seq from crm.workspaces w where w.id = p_workspace_id);
  v_seq bigint;
  v_hash bytea;
  v_events int := 1000;
  v_made int := 0;
begin
  if not pg_try_advisory_xact_lock(hashtext('fairlead tick'), p_workspace_id) then
    return 0;
  end if;
  select s.seq, s.hash into v_seq, v_hash
  from crm.event_seals s where s.workspace_id = p_workspace_id order by s.seq desc limit 1;
  while v_events = 1000 and v_made < p_most loop
    insert into crm.event_seals (workspace_id, seq, hash, events, sealed_at)
    select p_workspace_id, max(e.seq), sha256(coalesce(v_hash, '') || string_agg(e.digest, '' order by e.seq)),
      count(*), core.current_time()
    from (
      select n.seq, core.event_digest(n, v_since) as digest from crm.events n
      where n.workspace_id = p_workspace_id and n.seq > coalesce(v_seq, 0) order by n.seq limit 1000
    ) e
    having count(*) > 0
    returning seq, hash, events into v_seq, v_hash, v_events;
    exit when not found;
    v_made := v_made + 1;
  end loop;
  return v_made;
end
$$;

comment on function core.seal_events(int, int) is
  'Seals the events of a workspace that are not sealed yet, 1,000 by 1,000, with so many seals at most; how many it '
  'made.';
