-- What a caller does next, and why. Each open lead of theirs has at most one turn:
--
--   claim         it is to be claimed; what runs out first comes first
--   call_back     a call-back is due: at its time, or from the beginning of its date on
--   new           nobody has called it since they have it. What came within the last half hour comes first, the newest
--                 before others, since who asks is reached in the first minutes or hardly; then what waits longest
--   no_next_step  it was worked on before today, is open, and nothing is planned
--
-- in this order; others rest: what has its call-back to come, and what was worked on today. What a caller has put off
-- comes behind all others.
--
-- One pass over the caller's open leads along lead_assignments_open_caller_idx finds all of it, looking up the tasks of
-- each. So the numbers are exact, and no index has to be kept for each order, for which every lead would have to wait.
create type core.turn as (
  lead_id uuid, place int, rank timestamptz, due timestamptz, due_on date, task_id uuid, claim_by timestamptz);
comment on type core.turn is
  'An open lead of a caller: whether it is to be worked on now, and why (place; null: it rests), before which others '
  '(rank), and the first call-back that is planned: when, on which date if it has no time, as which task.';

create function core.turn_name(p_place int) returns text
language sql immutable
return ('{claim,call_back,new,new,no_next_step}'::text[])[p_place];

comment on function core.turn_name(int) is 'Why a lead is to be worked on now, by its place; null when it rests.';

create function core.callers_turns(
  p_workspace_id int, p_caller_id uuid, p_user_id uuid, p_now timestamptz, p_day_began timestamptz, p_zone text)
returns setof core.turn
language sql stable
as $$
  select o.lead_id, o.place,
    case o.place when 1 then o.claim_by when 2 then o.due when 3 then p_now + (p_now - o.assigned_at)
      when 4 then o.assigned_at when 5 then o.worked_at end,
    o.due, o.due_on, o.task_id, o.claim_by
  from (
    select a.lead_id, a.claim_by, a.worked_at, a.assigned_at, t.due, t.due_on, t.task_id,
      case when a.claim_by is not null and a.claimed_at is null then 1
        when t.due <= p_now then 2
        when t.due is not null then null
        when a.worked_at is null then case when a.assigned_at > p_now - interval '30 minutes' then 3 else 4 end
        when a.worked_at < p_day_began then 5 end as place
    from crm.lead_assignments a
    left join lateral (  -- of whom a task is: core.task_cards
      select k.id as task_id, k.due_on, coalesce(k.due_at, k.due_on::timestamp at time zone p_zone) as due
      from crm.tasks k
      where k.lead_id = a.lead_id and k.done_at is null and k.archived_at is null
        and k.workspace_id + 0 = p_workspace_id
        and case when k.owner_id is null then coalesce(k.caller_id, p_caller_id) = p_caller_id
          else k.owner_id = p_user_id end
      order by due, k.id limit 1) t on true
    where a.workspace_id = p_workspace_id and a.caller_id = p_caller_id and a.ended_at is null offset 0) o
$$;

comment on function core.callers_turns(int, uuid, uuid, timestamptz, timestamptz, text) is
  'Every open lead of a caller with its turn, in no order; on a day that began then, with dates in that zone.';

-- Security definer, as core.find_leads(): row security would ask of every row of assignments and tasks whose lead it
-- is. It gives out ids and times of the acting caller's own open leads, no more.
create function core.callers_day(p_lead_id uuid, p_behind uuid[], p_limit int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_workspace crm.workspaces;
  v_caller_id uuid := core.current_caller();
  v_now timestamptz := core.current_time();
  v_tomorrow timestamptz;
begin
  select w.* into v_workspace from crm.workspaces w where w.id = core.current_workspace();
  v_tomorrow := (core.business_date(v_workspace, v_now) + 1)::timestamp at time zone v_workspace.timezone;
  return (
    with open as materialized (
      select t.* from core.callers_turns(v_workspace.id, v_caller_id, core.current_user_id(), v_now,
        core.business_day_began(v_workspace, v_now), v_workspace.timezone) t
    )
    select jsonb_build_object(
      'counts', jsonb_build_object(
        'now', count(o.place),
        'today', count(*) filter (where o.place = 1 or o.due < v_tomorrow),
        'later', count(*) filter (where o.due >= v_tomorrow and o.place is distinct from 1),
        'all', count(*)),
      'next_due', min(o.due) filter (where o.due > v_now),
      'next', (
        select coalesce(jsonb_agg(to_jsonb(n) order by n.is_behind, n.place, n.rank, n.lead_id), '[]')
        from (
          select s.*, s.lead_id = any (p_behind) as is_behind from open s where s.place is not null
          order by is_behind, s.place, s.rank, s.lead_id limit p_limit) n),
      'lead', (select to_jsonb(s) from open s where s.lead_id = p_lead_id))
    from open o);
end
$$;

comment on function core.callers_day(uuid, uuid[], int) is
  'The acting caller''s day: how many leads are due now, today and later, the next so many of them (those in p_behind '
  'last), and the turn of one.';

create function core.callers_due(p_is_today boolean, p_after_due bigint, p_after_id uuid, p_limit int)
returns table (turn core.turn, due bigint, nr bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_workspace crm.workspaces;
  v_caller_id uuid := core.current_caller();
  v_now timestamptz := core.current_time();
  v_tomorrow timestamptz;
begin
  select w.* into v_workspace from crm.workspaces w where w.id = core.current_workspace();
  v_tomorrow := (core.business_date(v_workspace, v_now) + 1)::timestamp at time zone v_workspace.timezone;
  return query
    select d.turn, d.due, row_number() over (order by d.due, (d.turn).lead_id)
    from (
      select row(t.*)::core.turn as turn,
        (extract(epoch from case when t.place = 1 then t.claim_by else t.due end) * 1000000)::bigint as due
      from core.callers_turns(v_workspace.id, v_caller_id, core.current_user_id(), v_now,
        core.business_day_began(v_workspace, v_now), v_workspace.timezone) t
      where case when p_is_today then t.place = 1 or t.due < v_tomorrow
        else t.due >= v_tomorrow and t.place is distinct from 1 end) d
    where p_after_id is null or (d.due, (d.turn).lead_id) > (p_after_due, p_after_id)
    order by d.due, (d.turn).lead_id limit p_limit;
end
$$;

comment on function core.callers_due(boolean, bigint, uuid, int) is
  'What the acting caller has to claim or to call back today, overdue included, or later; after a moment (in '
  'microseconds since 1970) and id.';

-- Security definer: a caller may read no activities otherwise.
create function core.last_activity(p_lead_id uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'id', a.id, 'kind', a.kind, 'at', a.at, 'disposition', j.json #> '{disposition,name}', 'body', left(a.body, 500),
    'by', coalesce(nullif(j.json #> '{caller,name}', 'null'), j.json -> 'by'), 'is_own', j.json -> 'is_own')
  from crm.activities a
  cross join lateral (select core.activity_json(a) as json offset 0) j
  where a.lead_id = p_lead_id and a.workspace_id = core.current_workspace() and a.withdrawn_at is null
    and core.sees_lead(p_lead_id)
  order by a.at desc, a.id desc limit 1
$$;

comment on function core.last_activity(uuid) is 'What happened last with a lead in sight, in short; null if nothing.';

create function core.turn_json(p_lead_id uuid, p_turn jsonb) returns jsonb
language sql stable
as $$
  select core.lead_json(row(l.*)::core.lead_cards) || jsonb_build_object(
    'etag', core.etag_of(l.workspace_id, 'lead', l.id::text),
    'turn', core.turn_name((p_turn ->> 'place')::int), 'due', p_turn -> 'due', 'due_on', p_turn -> 'due_on',
    'task_id', p_turn -> 'task_id', 'last', core.last_activity(l.id))
  from core.leads_in_sight l
  where l.workspace_id = core.current_workspace() and l.id = p_lead_id
$$;

comment on function core.turn_json(uuid, jsonb) is
  'A lead in sight with its turn and with what happened last; null when it is not in sight.';

create function api.list_my_day(p_asked jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with day as materialized (  -- else it would be worked out anew for each of its fields
    select core.callers_day(
      (p_asked ->> 'lead')::uuid, coalesce(string_to_array(p_asked ->> 'behind', ',')::uuid[], '{}'),
      least(greatest(coalesce((p_asked ->> 'limit')::int, 8), 1), 50)) as said
  )
  select jsonb_build_object(
    'counts', d.said -> 'counts', 'next_due', d.said -> 'next_due',
    'next', (
      select coalesce(jsonb_agg(j.lead order by n.nr) filter (where j.lead is not null), '[]')
      from jsonb_array_elements(d.said -> 'next') with ordinality n (turn, nr)
      cross join lateral (select core.turn_json((n.turn ->> 'lead_id')::uuid, n.turn) as lead) j),
    'lead', core.turn_json((p_asked ->> 'lead')::uuid, d.said -> 'lead'), 'dispositions', api.list_dispositions())
  from day d
$$;

comment on function api.list_my_day(jsonb) is
  'What the acting caller does next: {"counts", "next_due", "next": the first leads in their turn, "lead": the one '
  'asked for or null, "dispositions"}. Asked is {"lead", "behind": ids with commas, "limit"}, all optional.';

create function api.list_my_leads(p_asked jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select least(greatest(coalesce((p_asked ->> 'limit')::int, 50), 1), 200) as most
  ),
  found as (
    select (d.turn).lead_id, d.due, d.nr, to_jsonb(d.turn) as turn from asked a
    cross join lateral core.callers_due(
      p_asked ->> 'when' = 'today', split_part(p_asked ->> 'after', '/', 1)::bigint,
      split_part(p_asked ->> 'after', '/', 2)::uuid, a.most + 1) d
  )
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(j.lead order by f.nr) filter (where f.nr <= a.most and j.lead is not null), '[]'),
    'next', case when count(f.nr) > a.most
      then (array_agg(f.due || '/' || f.lead_id order by f.nr) filter (where f.nr = a.most))[1] end)
  from asked a
  left join (found f cross join lateral (select core.turn_json(f.lead_id, f.turn) as lead) j) on true
  group by a.most
$$;

comment on function api.list_my_leads(jsonb) is
  'One page of what the acting caller has to do "today" or "later", by when: {"items", "next"}. Asked is {"when", '
  '"after", "limit"}.';

-- When a lead was last worked on by whoever has it. Notes are no work; what was withdrawn does not count.
create function core.note_work() returns trigger
language plpgsql
as $$
begin
  update crm.lead_assignments a set worked_at = (
    select max(w.at) from crm.activities w
    where w.lead_id = a.lead_id and w.workspace_id = a.workspace_id and w.by_caller = a.caller_id
      and w.withdrawn_at is null and w.at >= a.assigned_at - interval '1 hour')
  where a.lead_id = new.lead_id and a.workspace_id = new.workspace_id and a.caller_id = new.by_caller
    and a.ended_at is null;
  return null;
end
$$;

comment on function core.note_work() is 'Trigger: sets crm.lead_assignments.worked_at.';

create trigger note_work after insert or update of withdrawn_at on crm.activities
for each row when (new.by_caller is not null and new.lead_id is not null) execute function core.note_work();
