-- What becomes of a lead after it was dealt: claimed by its caller, closed, opened again, further on its way; a
-- waiting one held back or let go. All act in core.current_workspace(), on leads in sight, and pass its turnstile
-- first, so of two claims and the expiry at one moment one comes first, and the others find things as it left them.
-- Errors: LD404 no such lead; LD409 the lead is not in the state that this needs.
create function core.lead_to_work(p_lead_id uuid) returns core.lead_cards
language plpgsql volatile
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(core.current_workspace());
  v_lead core.lead_cards;
begin
  perform core.refuse_unseen(p_lead_id);
  select l.* into v_lead from core.lead_cards l where l.workspace_id = v_workspace.id and l.id = p_lead_id;
  return v_lead;
end
$$;

comment on function core.lead_to_work(uuid) is
  'Passes the turnstile and returns the lead as it is now. LD404 when there is none in sight.';

-- A caller who claims too late does not see the lead any more, and learns only that it is gone. Only who has or had a
-- lead may ask for it.
create function core.claim_lead(p_lead_id uuid, p_caller_id uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(core.current_workspace());
  v_own_only boolean := core.own_leads_only();
  v_caller_id uuid := case when v_own_only then core.current_caller() else p_caller_id end;
  v_now timestamptz := core.current_time();
  v_lead core.lead_cards;
begin
  select l.* into v_lead from core.lead_cards l
  where l.workspace_id = v_workspace.id and l.id = p_lead_id
    and (not v_own_only or exists (
      select from crm.lead_assignments a
      where a.lead_id = l.id and a.workspace_id = l.workspace_id and a.caller_id = v_caller_id));
  if not found then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  elsif v_own_only and p_caller_id <> v_caller_id then
    raise exception 'A caller claims leads for nobody else' using errcode = 'LD403', column = 'caller_id',
      hint = 'Leave it out.';
  elsif v_lead.assignment_status <> 'assigned' or v_lead.caller_id is distinct from v_caller_id then
    raise exception 'This lead is not % any more',
      coalesce(
        (select c.name || '''s' from crm.callers c
          where c.workspace_id = v_lead.workspace_id and c.id = v_caller_id), 'that caller''s')
      using errcode = 'LD409', column = 'caller_id',
        detail = case when v_own_only then ''
          else coalesce(v_lead.assignment_reason, 'It was closed while it waited.') end,
        hint = case when v_caller_id is null then 'Say which caller claims it.' else '' end;
  elsif v_lead.claimed_at is null and v_lead.claim_by <= v_now then
    raise exception 'The time to claim this lead is over' using errcode = 'LD409',
      detail = 'It is about to be assigned to somebody else.';
  elsif v_lead.claimed_at is null then
    update crm.lead_assignments a set claimed_at = v_now
    where a.lead_id = p_lead_id and a.workspace_id = v_lead.workspace_id and a.ended_at is null;
    perform core.write_event(v_lead.workspace_id, 'lead.claimed', p_lead_id, v_caller_id, '{}');
  end if;
end
$$;

comment on function core.claim_lead(uuid, uuid) is 'What api.claim_lead() does, as the owner, to a lead in sight.';

create function api.claim_lead(p_lead_id uuid, p_caller_id uuid) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.claim_lead(p_lead_id, p_caller_id);
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.claim_lead(uuid, uuid) is
  'The caller takes on a lead that is theirs; claiming it twice is claiming it once. A caller may leave out who '
  'claims: oneself. LD409 when it is not theirs any more or the time is over.';

-- Closing a closed lead says anew how and why, or changes nothing. The status changes before the lead is closed, so
-- lead.closed is the last of its events.
create function core.close_lead(
  p_lead_id uuid, p_status crm.lead_status default null, p_reason text default null, p_activity_id uuid default null)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lead core.lead_cards := core.lead_to_work(p_lead_id);
  v_now timestamptz := core.current_time();
  v_reason text := nullif(trim(p_reason), '');
begin
  if p_status is not null and not routing.ends_lead(p_status) then
    raise exception 'A lead that is % is not closed', p_status using errcode = 'LD422', column = 'status',
      hint = 'Close it as converted, lost or junk.';
  elsif p_status is not null and v_lead.is_test then
    raise exception 'It is a test lead, of which nothing becomes' using errcode = 'LD409';
  end if;
  if v_lead.closed_at is null or p_status is not null or v_reason is not null then
    update crm.leads l
    set closed_at = coalesce(l.closed_at, v_now), status = coalesce(p_status, l.status),
      close_reason = coalesce(v_reason, case when p_status is null then l.close_reason end)
    where l.workspace_id = v_lead.workspace_id and l.id = p_lead_id;
  end if;
  if v_lead.closed_at is null then
    delete from crm.queue q where q.workspace_id = v_lead.workspace_id and q.lead_id = p_lead_id;
    perform routing.end_assignment(v_lead.workspace_id, p_lead_id, 'closed', v_now,
      core.write_event(v_lead.workspace_id, 'lead.closed', p_lead_id, v_lead.caller_id, jsonb_strip_nulls(
        jsonb_build_object('reason', v_reason, 'activity_id', p_activity_id))));
  end if;
end
$$;

comment on function core.close_lead(uuid, crm.lead_status, text, uuid) is
  'What api.close_lead() does, as the owner, to a lead in sight.';

create function api.close_lead(p_lead_id uuid, p_status text default null, p_reason text default null) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.close_lead(p_lead_id, p_status::crm.lead_status, p_reason);
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.close_lead(uuid, text, text) is
  'Closes a lead, assigned or waiting, as converted, lost or junk, or leaves open how far it came: it burdens nobody '
  'any more. Closing it twice is closing it once. LD404 no such lead, LD422 (column status) a status that ends '
  'nothing.';

create function core.reopen_lead(p_lead_id uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lead core.lead_cards := core.lead_to_work(p_lead_id);
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = v_lead.workspace_id);
  v_takes_it_back boolean := exists (
    select from crm.callers c
    where c.workspace_id = v_lead.workspace_id and c.id = v_lead.caller_id and c.archived_at is null
      and c.status = 'active' and not c.is_disabled);
begin
  if v_lead.closed_at is null then
    raise exception 'The lead is not closed' using errcode = 'LD409';
  elsif v_lead.is_test then
    raise exception 'It is a test lead, which is assigned to nobody' using errcode = 'LD409';
  elsif core.own_leads_only() and not v_takes_it_back then
    raise exception 'You take no leads at present' using errcode = 'LD409',
      hint = 'Ask a manager to reopen it: it goes to somebody else.';
  end if;
  perform set_config('fairlead.status_follows', 'reopening', true);
  update crm.leads l
  set closed_at = null, close_reason = null,
    status = nullif(routing.derive_status(v_lead.workspace_id, p_lead_id), 'new')
  where l.workspace_id = v_lead.workspace_id and l.id = p_lead_id;
  perform set_config('fairlead.status_follows', '', true);
  if v_takes_it_back then
    perform routing.reopen_leads(v_workspace, array[p_lead_id], array[v_lead.caller_id]);
  else
    perform core.write_event(v_lead.workspace_id, 'lead.reopened', p_lead_id, null, '{}');
    perform routing.deal_again(v_lead.workspace_id, array[p_lead_id]);
  end if;
end
$$;

comment on function core.reopen_lead(uuid) is 'What api.reopen_lead() does, as the owner, to a lead in sight.';

create function api.reopen_lead(p_lead_id uuid) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.reopen_lead(p_lead_id);
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.reopen_lead(uuid) is
  'Opens a closed lead again, as far as it had come: back to the caller who had it if active, else dealt anew. LD409 '
  'when it is not closed.';

-- Set by a person. What ends a lead closes it, what does not opens it again. Saying the same again changes nothing.
create function core.set_status(p_lead_id uuid, p_status crm.lead_status, p_reason text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lead core.lead_cards := core.lead_to_work(p_lead_id);
begin
  if routing.ends_lead(p_status) then
    perform core.close_lead(p_lead_id, p_status, p_reason);
    return;
  elsif v_lead.is_test then
    raise exception 'It is a test lead, of which nothing becomes' using errcode = 'LD409';
  elsif v_lead.closed_at is not null then
    perform core.reopen_lead(p_lead_id);
  end if;
  update crm.leads l set status = nullif(p_status, 'new')
  where l.workspace_id = v_lead.workspace_id and l.id = p_lead_id and coalesce(l.status, 'new') <> p_status;
end
$$;

comment on function core.set_status(uuid, crm.lead_status, text) is
  'What api.set_lead_status() does, as the owner, to a lead in sight.';

create function api.set_lead_status(p_lead_id uuid, p_status text, p_reason text) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.set_status(p_lead_id, p_status::crm.lead_status, p_reason);
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.set_lead_status(uuid, text, text) is
  'Says how far a lead has come: converted, lost and junk close it, with a reason; any other opens it again. LD404 no '
  'such lead, LD409 as api.reopen_lead().';

create function api.hold_lead(p_lead_id uuid, p_is_held boolean) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lead core.lead_cards := core.lead_to_work(p_lead_id);
begin
  if v_lead.queued_at is null then
    raise exception 'The lead is not waiting' using errcode = 'LD409', column = 'held',
      hint = 'Only a lead in the queue can be held back.';
  end if;
  if v_lead.is_held <> p_is_held then
    update crm.queue q set is_held = p_is_held where q.workspace_id = v_lead.workspace_id and q.lead_id = p_lead_id;
    perform core.write_event(v_lead.workspace_id, case when p_is_held then 'lead.held' else 'lead.released' end,
      p_lead_id, null, '{}');
  end if;
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.hold_lead(uuid, boolean) is
  'Holds a waiting lead back from being dealt, or lets it go. LD409 when it is not waiting.';
