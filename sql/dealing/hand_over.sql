-- Open leads do not stay with callers who are gone. When a caller is archived, disabled, paused or goes on time off,
-- the function that does it is given where the open leads go: keep, route (back through routing), or the id of the
-- caller who gets them. If it is given nothing, the settings of the workspace decide: leads_of_gone for archived and
-- disabled callers, leads_of_away for the others. The alert caller_gone is open while a caller who is archived,
-- disabled or away has open leads. The leads of a caller can be handed over at any other time, too.
--
-- The oldest 500 are moved in the same transaction. The tick moves the rest, 500 at a time, so that nobody waits long
-- for the turnstile.
--
-- Locks: the turnstile. Errors (column hand_over): LD422 for any other value, or a caller who does not exist;
-- LD409 for one who cannot take leads.
create function routing.refuse_absent(p_workspace_id int, p_caller_id uuid, p_column text default 'caller_id')
returns void
language plpgsql stable
as $$
declare
  v_caller crm.callers;
begin
  select c.* into v_caller from crm.callers c where c.workspace_id = p_workspace_id and c.id = p_caller_id;
  if not found then
    raise exception 'There is no caller %', p_caller_id using errcode = 'LD422', column = p_column;
  elsif v_caller.archived_at is not null then
    raise exception '% is archived', v_caller.name
      using errcode = 'LD409', column = p_column, hint = 'Choose another caller.';
  elsif v_caller.is_disabled then
    raise exception '% is disabled', v_caller.name
      using errcode = 'LD409', column = p_column,
        hint = 'Enable the person on the page People first, or choose another caller.';
  elsif v_caller.status <> 'active' then
    raise exception '% is paused', v_caller.name
      using errcode = 'LD409', column = p_column, hint = 'Resume the caller first, or choose another.';
  end if;
end
$$;

comment on function routing.refuse_absent(int, uuid, text) is
  'LD422 or LD409 unless there is such a caller, who may be given leads by hand: neither archived nor disabled nor '
  'paused.';

create function routing.read_hand_over(p_workspace_id int, p_caller_id uuid, p_hand_over text) returns uuid
language plpgsql stable
as $$
declare
  v_caller_id uuid;
begin
  if p_hand_over in ('keep', 'route') then
    return null;
  elsif p_hand_over !~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
    raise exception '"%" does not say where open leads go', p_hand_over using errcode = 'LD422', column = 'hand_over',
      hint = 'Send keep, route (the rules assign them again), or the id of the caller who gets them.';
  end if;
  v_caller_id := p_hand_over::uuid;
  if v_caller_id = p_caller_id then
    raise exception 'The leads are with this caller already'
      using errcode = 'LD409', column = 'hand_over', hint = 'Choose another caller, or send keep.';
  end if;
  perform routing.refuse_absent(p_workspace_id, v_caller_id, 'hand_over');
  return v_caller_id;
end
$$;

comment on function routing.read_hand_over(int, uuid, text) is
  'The caller who gets the open leads of another; null for keep and route. LD422, LD409 (column hand_over).';

create function routing.hand_over(
  p_workspace_id int, p_caller_id uuid, p_hand_over text, p_reason text, out moved int, out following int)
language plpgsql volatile
as $$
declare
  v_workspace crm.workspaces := core.take_turnstile(p_workspace_id);
  v_to_caller_id uuid := routing.read_hand_over(p_workspace_id, p_caller_id, p_hand_over);
begin
  delete from crm.hand_overs h where h.workspace_id = p_workspace_id and h.caller_id = p_caller_id;
  moved := 0;
  following := 0;
  if p_hand_over <> 'keep' then
    insert into crm.hand_overs (workspace_id, caller_id, to_caller_id, upto_seq, reason, asked_at, asked_by)
    values (p_workspace_id, p_caller_id, v_to_caller_id, v_workspace.event_seq, nullif(trim(p_reason), ''),
      core.current_time(), core.current_actor());
    moved := routing.advance_hand_over(p_workspace_id, p_caller_id);
    select count(*) into following
    from crm.hand_overs h
    join crm.lead_assignments a
      on a.workspace_id = h.workspace_id and a.caller_id = h.caller_id and a.ended_at is null and a.seq <= h.upto_seq
    where h.workspace_id = p_workspace_id and h.caller_id = p_caller_id;
  end if;
end
$$;

comment on function routing.hand_over(int, uuid, text, text) is
  'Moves the open leads of a caller: how many at once, and how many follow by the tick.';

-- If the caller who gets them cannot take leads any more when their turn comes, the rest stays where it is, and the
-- alert says so.
create function routing.advance_hand_over(p_workspace_id int, p_caller_id uuid) returns int
language plpgsql volatile
as $$
declare
  v_hand_over crm.hand_overs;
  v_lead_ids uuid[];
begin
  perform core.take_turnstile(p_workspace_id);
  select h.* into v_hand_over from crm.hand_overs h where h.workspace_id = p_workspace_id and h.caller_id = p_caller_id;
  if v_hand_over.to_caller_id is null or exists (
    select from crm.callers c
    where c.workspace_id = p_workspace_id and c.id = v_hand_over.to_caller_id
      and c.archived_at is null and not c.is_disabled and c.status = 'active')
  then
    v_lead_ids := array(
      select a.lead_id from crm.lead_assignments a
      where a.workspace_id = p_workspace_id and a.caller_id = p_caller_id and a.ended_at is null
        and a.seq <= v_hand_over.upto_seq
      order by a.seq limit 500);
    perform routing.move_leads(p_workspace_id, v_lead_ids, v_hand_over.to_caller_id, v_hand_over.reason);
  end if;
  if coalesce(cardinality(v_lead_ids), 0) < 500 then
    delete from crm.hand_overs h where h.workspace_id = p_workspace_id and h.caller_id = p_caller_id;
  end if;
  return coalesce(cardinality(v_lead_ids), 0);
end
$$;

comment on function routing.advance_hand_over(int, uuid) is
  'Moves the next 500 of the leads that a caller hands over, oldest first: how many.';

create function routing.continue_hand_over(p_workspace_id int) returns boolean
language plpgsql volatile
as $$
declare
  v_next crm.hand_overs;
  v_actor text := core.current_actor();
begin
  perform core.take_turnstile(p_workspace_id);
  select h.* into v_next from crm.hand_overs h
  where h.workspace_id = p_workspace_id order by h.asked_at, h.caller_id limit 1;
  if found then
    perform set_config('fairlead.actor', v_next.asked_by, true);
    perform routing.advance_hand_over(p_workspace_id, v_next.caller_id);
    perform set_config('fairlead.actor', v_actor, true);
  end if;
  return exists (select from crm.hand_overs h where h.workspace_id = p_workspace_id);
end
$$;

comment on function routing.continue_hand_over(int) is
  'Goes on with the hand-over that waits longest; true when there is more to do at once.';

-- p_before: the caller before the change. Without p_hand_over the settings decide, but only if the caller has left now.
create function routing.hand_over_json(p_before crm.callers, p_hand_over text) returns jsonb
language plpgsql volatile
as $$
declare
  v_now timestamptz := core.current_time();
  v_workspace crm.workspaces;
  v_caller crm.callers;
  v_standing text;
  v_hand_over text := p_hand_over;
  v_moved record;
begin
  select w.* into v_workspace from crm.workspaces w where w.id = p_before.workspace_id;
  select c.* into v_caller from crm.callers c where c.workspace_id = p_before.workspace_id and c.id = p_before.id;
  v_standing := routing.whereabouts(v_caller, v_now);
  if v_hand_over is null and v_standing <> 'free' and v_standing <> routing.whereabouts(p_before, v_now) then
    v_hand_over := case when v_standing in ('archived', 'disabled') then v_workspace.leads_of_gone
      else v_workspace.leads_of_away end;
  end if;
  if v_hand_over is null then
    return '{}'::jsonb;
  end if;
  v_moved := routing.hand_over(p_before.workspace_id, p_before.id, v_hand_over,
    case v_standing when 'free' then null when 'away' then v_caller.name || ' is away'
      else v_caller.name || ' was ' || v_standing end);
  return case v_hand_over when 'keep' then '{}'::jsonb else jsonb_build_object('handed_over', to_jsonb(v_moved)) end;
end
$$;

comment on function routing.hand_over_json(crm.callers, text) is
  'Hands over a caller''s open leads as p_hand_over says or, if the caller has just left, as the settings of the '
  'workspace say: {"handed_over": {"moved", "following"}}, or {} where the leads are kept.';

create function api.hand_over_leads(p_caller_id uuid, p_to text, p_reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_moved record;
begin
  perform api.get_caller(p_caller_id);
  v_moved := routing.hand_over(core.current_workspace(), p_caller_id, p_to, p_reason);
  return to_jsonb(v_moved);
end
$$;

comment on function api.hand_over_leads(uuid, text, text) is
  'Gives a caller''s open leads to another, or has the rules assign them again (route): {"moved", "following"}. '
  'LD404 when there is no such caller; LD409, LD422 (column hand_over).';
