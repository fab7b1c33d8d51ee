-- Events of a workspace that pass a filter, newest first: {"kind": "caller" or "lead.updated", "actor", "lead_id",
-- "caller_id", "since", "until", "after": the number of the last one seen, "dealt": false leaves out leads assigned and
-- queued}. Planned for the filter at hand each time, and made so that an index gives the order: a page never sorts what
-- it does not show.
create function core.filter_events(p_workspace_id int, p_filter jsonb, p_limit int) returns setof crm.events
language plpgsql stable
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set jit = off
as $$
declare
  v_kind text := p_filter ->> 'kind';
  v_like text := regexp_replace(v_kind, '([\\%_])', '\\\1', 'g')
    || case when strpos(v_kind, '.') = 0 then '.%' else '' end;
  v_actor text := p_filter ->> 'actor';
  v_lead_id uuid := (p_filter ->> 'lead_id')::uuid;
  v_caller_id uuid := (p_filter ->> 'caller_id')::uuid;
  v_dealt boolean := coalesce((p_filter ->> 'dealt')::boolean, true);
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = p_workspace_id);
  v_first bigint := coalesce(
    core.last_event_before(p_workspace_id, core.read_timestamp(p_filter ->> 'since', v_workspace.timezone)), 0) + 1;
  v_last bigint := least(v_workspace.event_seq, (p_filter ->> 'after')::bigint - 1,
    core.last_event_before(p_workspace_id, core.read_timestamp(p_filter ->> 'until', v_workspace.timezone)));
begin
  -- What most events are is not in the index of kinds, and found by number. So is what is looked for of one lead,
  -- caller or person.
  if v_lead_id is null and v_caller_id is null and (v_actor is null or v_actor = 'intake')
     and (not v_dealt or (v_kind is not null and v_kind not in ('lead', 'lead.assigned'))) then
    return query
    select e.*
    from core.kinds_of_events() k (kind)
    cross join lateral (
      select n.* from crm.events n
      where n.kind = k.kind and n.kind <> 'lead.assigned' and n.workspace_id = p_workspace_id
        and n.seq between v_first and v_last
        and (v_actor is null or n.actor = v_actor)
      order by n.seq desc limit p_limit) e
    where (v_like is null or k.kind like v_like) and (v_dealt or k.kind <> 'lead.queued')
    order by e.seq desc limit p_limit;
    return;
  end if;
  return query
  select e.* from crm.events e
  where e.workspace_id = p_workspace_id and e.seq between v_first and v_last
    and (v_lead_id is null or e.lead_id = v_lead_id)
    and (v_caller_id is null or (e.subject = 'caller' and e.subject_id = v_caller_id::text))
    and (v_actor is null or e.actor = v_actor)
    and (v_like is null or e.kind like v_like)
    and (v_dealt or e.kind not in ('lead.assigned', 'lead.queued'))
  order by e.seq desc limit p_limit;
end
$$;

comment on function core.filter_events(int, jsonb, int) is 'The workspace''s events that pass a filter, newest first.';

-- Hops from kind to kind along crm.events_kind_idx.
create function core.kinds_of_events() returns setof text
language sql stable
set enable_seqscan = off
as $$
  with recursive kind (name) as (
    (select e.kind from crm.events e where e.kind <> 'lead.assigned' order by e.kind limit 1)
    union all
    select (select e.kind from crm.events e where e.kind <> 'lead.assigned' and e.kind > k.name order by e.kind limit 1)
    from kind k where k.name is not null
  )
  select k.name from kind k where k.name is not null
$$;

comment on function core.kinds_of_events() is 'Every kind of event there is, in any workspace, but lead.assigned.';

-- Numbers grow with time, so a period is a range of numbers, and needs no index to be written for every lead. (If the
-- server's clock was ever set back, its edge is somewhere in what then happened twice.)
create function core.last_event_before(p_workspace_id int, p_at timestamptz) returns bigint
language plpgsql stable
as $$
declare
  v_low bigint := 0;
  v_high bigint := (select w.event_seq from crm.workspaces w where w.id = p_workspace_id);
  v_middle bigint;
begin
  if p_at is null then
    return null;
  end if;
  while v_low < v_high loop
    v_middle := (v_low + v_high + 1) / 2;
    if (select e.at < p_at from crm.events e where e.workspace_id = p_workspace_id and e.seq = v_middle) then
      v_low := v_middle;
    else
      v_high := v_middle - 1;
    end if;
  end loop;
  return v_low;
end
$$;

comment on function core.last_event_before(int, timestamptz) is
  'Number of the last event before a moment; 0 when there was none, null for no moment.';
