-- A manager gives a lead to a caller, or back through routing. The open assignment ends, the new one opens, and the event
-- says who did it and why. A manager may go over a cap, since that is a decision; never to a paused or archived caller.
--
-- Locks: the turnstile, then nothing that anyone outside it locks. Errors: LD404 no such lead or caller; LD409 the caller is
-- archived, paused, or has the lead already.
create function api.reassign_lead(p_lead_id uuid, p_caller_id uuid, p_reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := routing.take_turnstile(routing.current_workspace());
  v_now timestamptz := routing.current_time();
  v_lead routing.lead_cards;
begin
  select l.* into v_lead from routing.lead_cards l where l.workspace_id = v_workspace.id and l.id = p_lead_id;
  if not found then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  end if;
  if p_caller_id is not null then
    perform routing.refuse_taking(v_lead, p_caller_id);
  end if;
  if v_lead.closed_at is not null then
    raise exception 'The lead is closed' using errcode = 'LD409', hint = 'Reopen it first.';
  end if;

  perform routing.end_assignment(v_workspace.id, p_lead_id, 'reassigned', v_now, routing.write_event(
    v_workspace.id, 'lead.reassigned', p_lead_id, p_caller_id, jsonb_strip_nulls(jsonb_build_object(
      'from', v_lead.caller_id, 'reason', nullif(trim(p_reason), '')))));
  if p_caller_id is null then
    perform routing.deal_again(v_workspace.id, p_lead_id);
  else
    perform routing.assign_by_hand(v_workspace, p_lead_id, p_caller_id, v_now, concat_ws(': ',
      'Given by ' || routing.name_actor(routing.current_actor()) || coalesce(', before with ' || v_lead.caller_name, ', before in the queue'),
      nullif(trim(p_reason), '')));
  end if;
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.reassign_lead(uuid, uuid, text) is 'Gives a lead to a caller, or with null back through routing. LD404 no such lead or caller; LD409 the caller cannot take it.';

-- The number of the event comes first, so that the assignment can name it.
create function routing.end_assignment(p_workspace_id int, p_lead_id uuid, p_status text, p_now timestamptz, p_seq bigint) returns void
language sql volatile
as $$
  update crm.lead_assignments a set status = p_status, ended_at = p_now, ended_seq = p_seq
  where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.ended_at is null
$$;

comment on function routing.end_assignment(int, uuid, text, timestamptz, bigint) is 'Ends a lead''s open assignment, if any, by the event of this number.';

create function routing.refuse_taking(p_lead routing.lead_cards, p_caller_id uuid) returns void
language plpgsql stable
as $$
declare
  v_caller crm.callers;
begin
  perform routing.refuse_archived(p_lead.workspace_id, p_caller_id);
  select c.* into v_caller from crm.callers c where c.workspace_id = p_lead.workspace_id and c.id = p_caller_id;
  if v_caller.status <> 'active' then
    raise exception '% is paused', v_caller.name using errcode = 'LD409', column = 'caller_id', hint = 'Resume the caller first, or choose another.';
  elsif p_caller_id = p_lead.caller_id then
    raise exception '% has this lead already', v_caller.name using errcode = 'LD409', column = 'caller_id', hint = 'Choose another caller.';
  end if;
end
$$;

comment on function routing.refuse_taking(routing.lead_cards, uuid) is 'LD404 or LD409 unless a manager may give this lead to this caller.';

-- The event written last is the assignment's.
create function routing.assign_by_hand(p_workspace crm.workspaces, p_lead_id uuid, p_caller_id uuid, p_now timestamptz, p_reason text)
returns void
language sql volatile
as $$
  with seq as (
    select w.event_seq as nr, (p_now at time zone w.timezone)::date as date from crm.workspaces w where w.id = p_workspace.id
  ),
  counter as (
    insert into crm.caller_daily_counters (workspace_id, caller_id, date, count)
    select p_workspace.id, p_caller_id, seq.date, 1 from seq
    on conflict (workspace_id, date, caller_id) do update set count = caller_daily_counters.count + 1
  ),
  served as (
    delete from crm.queue q where q.workspace_id = p_workspace.id and q.lead_id = p_lead_id
  )
  insert into crm.lead_assignments (workspace_id, lead_id, caller_id, seq, business_date, assigned_at, assignment_reason, assigned_by)
  select p_workspace.id, p_lead_id, p_caller_id, seq.nr, seq.date, p_now, p_reason, routing.current_actor()
  from seq
$$;

comment on function routing.assign_by_hand(crm.workspaces, uuid, uuid, timestamptz, text) is 'Stores what a manager decided: assignment, counter, and out of the queue.';
