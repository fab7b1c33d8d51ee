-- Every change of a caller, of the states it serves or of the campaigns it works for is an event that holds the caller
-- as it is from then on. Replay reads these and nothing else to know who was in which pool, so the triggers are on the
-- tables: a DBA's plain update is recorded like the page's. A statement that changes nothing writes nothing.
--
-- Locks: the turnstile, after the row locks of the changed callers. Dealing never waits for a caller's row, so the
-- order is safe for one statement; two transactions that each change several callers statement by statement may
-- deadlock like any other, and are retried.
create function routing.caller_snapshot(p_caller crm.callers) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_build_object(
    'name', p_caller.name, 'role', p_caller.role, 'languages', p_caller.languages, 'daily_limit', p_caller.daily_limit,
    'status', p_caller.status, 'archived', p_caller.archived_at is not null, 'disabled', p_caller.is_disabled,
    'states', coalesce((
      select jsonb_agg(s.state order by s.state) from crm.caller_states s
      where s.workspace_id = p_caller.workspace_id and s.caller_id = p_caller.id), '[]'),
    'team', p_caller.team, 'campaigns', coalesce((
      select jsonb_agg(g.name order by g.key collate "C")
      from crm.campaign_assignees a join crm.campaigns g on g.workspace_id = a.workspace_id and g.id = a.campaign_id
      where a.workspace_id = p_caller.workspace_id and a.caller_id = p_caller.id), '[]'),
    'weight', p_caller.weight, 'max_load', p_caller.max_load,
    'hours', p_caller.hours::text, 'time_off', p_caller.time_off::text,
    'sources', coalesce((
      select jsonb_object_agg(s.source, s.weight) from crm.caller_sources s
      where s.workspace_id = p_caller.workspace_id and s.caller_id = p_caller.id), '{}'))
$$;

comment on function routing.caller_snapshot(crm.callers) is
  'A caller as the event log keeps it: all that dealing looks at.';

-- What callers were in respects that their older events do not name yet.
create function routing.complete_snapshot(p_data jsonb) returns jsonb
language sql immutable parallel safe
return '{"disabled": false, "team": null, "campaigns": [], "weight": 1, "max_load": 0, "hours": null, "time_off": "{}",
  "sources": {}}'::jsonb || p_data;

comment on function routing.complete_snapshot(jsonb) is
  'A caller''s snapshot, with the defaults for what is younger than the event.';

create function routing.record_caller_changes() returns trigger
language plpgsql
as $$
declare
  v_workspace_id int;
  v_callers uuid[];
begin
  for v_workspace_id, v_callers in
    select c.workspace_id,
      array_agg(
        distinct case when tg_table_name = 'callers' then c.changed ->> 'id' else c.changed ->> 'caller_id' end)::uuid[]
    from (select (to_jsonb(t) ->> 'workspace_id')::int as workspace_id, to_jsonb(t) as changed from changed t) c
    group by 1 order by 1
  loop
    perform core.take_turnstile(v_workspace_id);
    perform core.write_event(v_workspace_id,
      case when last.data is null then 'caller.created'
           when (now.data ->> 'archived')::boolean and not (last.data ->> 'archived')::boolean then 'caller.archived'
           else 'caller.updated' end,
      null, c.id, now.data)
    from crm.callers c
    cross join lateral (select routing.caller_snapshot(c) as data) now
    left join lateral (
      select routing.complete_snapshot(e.data) as data from crm.events e
      where e.workspace_id = c.workspace_id and e.caller_id = c.id and e.kind like 'caller.%'
      order by e.seq desc limit 1) last on true
    where c.workspace_id = v_workspace_id and c.id = any (v_callers) and now.data is distinct from last.data
    order by c.id;
  end loop;
  return null;
end
$$;

comment on function routing.record_caller_changes() is
  'Trigger: writes an event with the caller as it now is, for each caller a statement really changed.';

create trigger record_caller_insert after insert on crm.callers
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_caller_update after update on crm.callers
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_caller_states_insert after insert on crm.caller_states
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_caller_states_delete after delete on crm.caller_states
referencing old table as changed for each statement execute function routing.record_caller_changes();
create trigger record_campaign_assignees_insert after insert on crm.campaign_assignees
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_campaign_assignees_delete after delete on crm.campaign_assignees
referencing old table as changed for each statement execute function routing.record_caller_changes();

create function routing.prepare_caller() returns trigger
language plpgsql
as $$
begin
  new.name := trim(new.name);
  new.updated_at := core.current_time();
  return new;
end
$$;

comment on function routing.prepare_caller() is 'Trigger: trims a caller''s name and stamps updated_at.';

create trigger prepare_caller before insert or update on crm.callers
for each row execute function routing.prepare_caller();

-- A change of what a caller is competent for is a change of the caller: the same event as any other, by the same
-- trigger.
create trigger record_caller_sources_insert after insert on crm.caller_sources
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_caller_sources_update after update on crm.caller_sources
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_caller_sources_delete after delete on crm.caller_sources
referencing old table as changed for each statement execute function routing.record_caller_changes();
