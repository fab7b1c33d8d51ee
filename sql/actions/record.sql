-- An action on many is a record: who did what to how many, and whether it was taken back. The log has it behind the
-- events that it caused, which have numbers without gaps. Locks: the turnstile.
create function core.action_name(p_action crm.bulk_actions) returns text
language sql stable
return case p_action.action
    when 'reassign' then 'Reassigned' when 'close' then 'Closed' when 'hold' then 'Held' when 'release' then 'Released'
    when 'pause' then 'Paused' when 'activate' then 'Activated' when 'limits' then 'Changed limits of'
    else 'Took back an action on' end
  || ' ' || (p_action.counts ->> 'done')
  || case when case p_action.action when 'undo' then p_action.asked ->> 'action' else p_action.action end
    in ('pause', 'activate', 'limits') then ' caller' else ' lead' end
  || case p_action.counts ->> 'done' when '1' then '' else 's' end;

comment on function core.action_name(crm.bulk_actions) is 'What was done to how many, as the audit calls it.';

create function core.action_snapshot(p_action crm.bulk_actions) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_action.id, 'name', core.action_name(p_action), 'action', p_action.action, 'asked', p_action.asked,
  'done', p_action.counts -> 'done', 'undone', p_action.undone_by is not null);

comment on function core.action_snapshot(crm.bulk_actions) is 'An action on many as the event log keeps it.';

select core.make_record('crm.bulk_actions', 'action', 'core.action_snapshot(crm.bulk_actions)', p_end => 'undone');

create function core.action_json(p_action crm.bulk_actions) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_action.id, 'name', core.action_name(p_action), 'action', p_action.action, 'asked', p_action.asked,
  'created_at', p_action.created_at, 'created_by', core.name_actor(p_action.created_by), 'took_ms', p_action.took_ms,
  'undo_of', p_action.undo_of, 'undone_by', p_action.undone_by) || p_action.counts;

comment on function core.action_json(crm.bulk_actions) is 'An action on many as JSON, as the page and the API show it.';

-- One at a time in a workspace: two would wait for each other's leads, and each for the turnstile as long as both take.
-- Locks: an advisory lock of the workspace, without waiting; before the turnstile.
create function core.begin_action(p_workspace_id int) returns void
language plpgsql volatile
as $$
begin
  if not pg_try_advisory_xact_lock(hashtext('fairlead action'), p_workspace_id) then
    raise exception 'Another action on many is under way' using errcode = 'LD409', hint = 'Try again in some seconds.';
  end if;
end
$$;

comment on function core.begin_action(int) is 'LD409 while another action on many is under way in the workspace.';

create function core.refuse_undone(p_action crm.bulk_actions) returns void
language plpgsql volatile
as $$
begin
  if exists (
    select from crm.bulk_actions b
    where b.workspace_id = p_action.workspace_id and b.id = p_action.id and b.undone_by is not null) then
    raise exception 'This was taken back already' using errcode = 'LD409';
  end if;
end
$$;

comment on function core.refuse_undone(crm.bulk_actions) is
  'LD409 if an action, read before the turnstile, was undone.';

create function core.finish_action(
  p_workspace_id int, p_id uuid, p_action text, p_asked jsonb, p_counts jsonb, p_first bigint, p_began timestamptz,
  p_undo_of uuid default null)
returns jsonb
language plpgsql volatile
as $$
declare
  v_action crm.bulk_actions;
begin
  insert into crm.bulk_actions (workspace_id, id, action, asked, counts, first_seq, last_seq, undo_of, created_at,
    created_by, took_ms)
  select p_workspace_id, p_id, p_action, p_asked, p_counts, p_first, w.event_seq, p_undo_of, core.current_time(),
    core.current_actor(), extract(epoch from clock_timestamp() - p_began) * 1000
  from crm.workspaces w where w.id = p_workspace_id
  returning * into v_action;
  return core.action_json(v_action);
end
$$;

comment on function core.finish_action(int, uuid, text, jsonb, jsonb, bigint, timestamptz, uuid) is
  'Stores an action whose events began with this number, and returns it as JSON.';
