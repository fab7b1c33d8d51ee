-- Waiting leads are dealt when a caller can take them: oldest first, a thousand at a time. A lead that goes on waiting
-- is left as it is, without an event. Looking is pointless while nothing has changed, so crm.ticks remembers when it
-- was last done: again only after an event that may have freed somebody, or at another minute if hours, time off or a
-- new day may have. A lead assigned frees nobody, but now its caller gets whatever else waits of the contact, even if
-- it was assigned by the drain itself.
-- Locks: the turnstile. Errors: none of its own.
create function routing.may_drain(p_workspace_id int, p_now timestamptz) returns boolean
language plpgsql stable
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = p_workspace_id);
  v_last crm.ticks;
begin
  if not v_workspace.drains_queue
    or not exists (select from crm.queue q where q.workspace_id = p_workspace_id and not q.is_held) then
    return false;
  end if;
  select t.* into v_last from crm.ticks t where t.workspace_id = p_workspace_id;
  return v_last.workspace_id is null or v_last.resume_after > 0
    or core.business_date(v_workspace, v_last.at) <> core.business_date(v_workspace, p_now)
    or (date_trunc('minute', p_now) <> date_trunc('minute', v_last.at) and exists (
      select from crm.callers c
      where c.workspace_id = p_workspace_id and c.archived_at is null and (c.hours is not null or c.time_off <> '{}')))
    or exists (
      select from crm.events e
      where e.workspace_id = p_workspace_id and e.seq > v_last.seq
        and e.kind not in ('lead.assigned', 'lead.queued', 'lead.claimed', 'lead.held')
        and e.kind not like 'alert.%' and not (e.subject is not null and e.lead_id is not null))
    or routing.is_awaited(p_workspace_id, v_last.seq);
end
$$;

comment on function routing.may_drain(int, timestamptz) is
  'Whether waiting leads might be dealt now: a caller may have become free since the queue was last looked through.';

create function routing.is_awaited(p_workspace_id int, p_after bigint) returns boolean
language sql stable
as $$
  select exists (
    select from (
      select e.lead_id from crm.events e
      where e.workspace_id = p_workspace_id and e.seq > p_after and e.kind = 'lead.assigned'
        and (exists (select from crm.contact_leads k where k.workspace_id = p_workspace_id and k.lead_id = e.lead_id)
          or exists (select from crm.contact_leads k where k.contact_id = e.lead_id)
          or exists (select from crm.contact_merges m where m.workspace_id = p_workspace_id))
      offset 0) a
    cross join lateral routing.leads_of_contact(p_workspace_id,
      routing.root_of(p_workspace_id, routing.contact_of(p_workspace_id, a.lead_id))) o (id)
    join crm.queue q on q.workspace_id = p_workspace_id and q.lead_id = o.id and not q.is_held)
$$;

comment on function routing.is_awaited(int, bigint) is
  'Whether a lead that was assigned after an event is of a contact with another that waits.';

create function routing.drain_queue(p_workspace_id int) returns boolean
language plpgsql volatile
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(p_workspace_id);
  v_now timestamptz := core.current_time();
  v_after bigint := coalesce((select t.resume_after from crm.ticks t where t.workspace_id = p_workspace_id), 0);
  v_last bigint;
  v_is_longer boolean;
  v_lead_ids uuid[];
begin
  select max(w.seq), count(*) = 1000, array_agg(w.lead_id order by w.seq) into v_last, v_is_longer, v_lead_ids
  from (
    select q.seq, q.lead_id from crm.queue q
    where q.workspace_id = p_workspace_id and not q.is_held and q.seq > v_after order by q.seq limit 1000) w;
  perform routing.deal_again(p_workspace_id, v_lead_ids, p_only_if_free => true);

  insert into crm.ticks (workspace_id, seq, at, resume_after)
  values (p_workspace_id, v_workspace.event_seq, v_now, case when v_is_longer then v_last else 0 end)
  on conflict (workspace_id) do update set at = excluded.at, resume_after = excluded.resume_after,
    seq = case when ticks.resume_after > 0 then ticks.seq else excluded.seq end;
  return v_is_longer;
end
$$;

comment on function routing.drain_queue(int) is
  'Deals waiting leads for which a caller is free; true when the queue is longer than was looked at.';
