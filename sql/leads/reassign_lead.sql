-- A manager gives a lead to a caller, or back through routing. The open assignment ends, the new one opens, and the
-- event says who did it and why. A manager may go over a cap, since that is a decision; never to a caller who is
-- paused, disabled or archived.
--
-- Locks: the turnstile, then nothing that anyone outside it locks. Errors: LD404 no such lead; LD422 no such
-- caller; LD409 the caller is archived, disabled, paused, or has the lead already.
create function api.reassign_lead(p_lead_id uuid, p_caller_id uuid, p_reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(core.current_workspace());
  v_lead core.lead_cards;
begin
  select l.* into v_lead from core.lead_cards l where l.workspace_id = v_workspace.id and l.id = p_lead_id;
  if not found then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  end if;
  if p_caller_id is not null then
    perform core.refuse_taking(v_lead, p_caller_id);
  end if;
  if v_lead.closed_at is not null then
    raise exception 'The lead is closed' using errcode = 'LD409', hint = 'Reopen it first.';
  end if;

  perform routing.move_leads(v_workspace.id, array[p_lead_id], p_caller_id, p_reason);
  return api.get_lead(p_lead_id);
end
$$;

comment on function api.reassign_lead(uuid, uuid, text) is
  'Gives a lead to a caller, or with null back through routing. LD404 no such lead; LD422 no such caller; '
  'LD409 the caller cannot take it.';

create function core.refuse_taking(p_lead core.lead_cards, p_caller_id uuid) returns void
language plpgsql stable
as $$
begin
  perform routing.refuse_absent(p_lead.workspace_id, p_caller_id);
  if p_caller_id = p_lead.caller_id then
    raise exception '% has this lead already', p_lead.caller_name
      using errcode = 'LD409', column = 'caller_id', hint = 'Choose another caller.';
  end if;
end
$$;

comment on function core.refuse_taking(core.lead_cards, uuid) is
  'LD422 or LD409 unless a manager may give this lead to this caller.';
