-- What managers do to many leads at once, chosen one by one (ids) or by a filter: {"action", "ids" or "filter", "how",
-- "callers", "reason", "dry_run"}. One transaction. Those that it does not fit are left out, and why is said.
--
-- Everybody waits for the turnstile. So what can be known is found out before it; behind it only those leads are looked
-- at again to which something happened meanwhile, and the rest is writing, a statement for each table.
--
-- Locks: the workspace's actions, without waiting; then the turnstile. Errors: LD409 another action is under way, or a
-- caller cannot take leads; LD422 what is asked for cannot be, or of too many.
create function core.most_at_once() returns int
language sql immutable
return 50000;

comment on function core.most_at_once() is 'Of how many leads an action may be.';

-- In order of arrival.
create function core.leads_asked(p_ask jsonb) returns uuid[]
language plpgsql stable
as $$
declare
  v_ids uuid[];
begin
  if p_ask -> 'ids' <> 'null' then
    v_ids := array(select distinct i::uuid from jsonb_array_elements_text(p_ask -> 'ids') i order by 1);
  else
    v_ids := array(select f.id from core.find_leads(p_ask -> 'filter', core.most_at_once() + 1, false) f (id)
      order by f.id);
  end if;
  if cardinality(v_ids) > core.most_at_once() then
    raise exception 'These are more than % leads', core.most_at_once() using errcode = 'LD422', column = 'filter',
      hint = 'Narrow the filter down, and do it in parts.';
  end if;
  return v_ids;
end
$$;

comment on function core.leads_asked(jsonb) is
  'The leads that an action is asked for, oldest first. LD422 for too many.';

create type core.wanted as (lead_id uuid, caller_id uuid, claimed_at timestamptz, why text);
comment on type core.wanted is
  'A lead, the caller to whom it is to go (null: back through routing or, where something is taken back, into the '
  'queue), when that caller had claimed it before, and why it stays as it is; null where it does not.';

create function core.wanted_moves(p_workspace_id int, p_lead_ids uuid[], p_callers uuid[]) returns setof core.wanted
language plpgsql stable
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select n.lead_id, null::uuid, null::timestamptz, case
    when l.id is null then 'unknown'
    when l.is_test then 'test'
    when l.closed_at is not null then 'closed'
    when a.caller_id = any (p_callers) then 'has_it' end
  from unnest(p_lead_ids) n (lead_id)
  left join lateral (
    select k.id, k.is_test, k.closed_at from crm.leads k
    where k.workspace_id = p_workspace_id and k.id = n.lead_id offset 0) l on true
  left join lateral (
    select k.caller_id from crm.lead_assignments k
    where k.lead_id = n.lead_id and k.workspace_id + 0 = p_workspace_id and k.ended_at is null offset 0) a on true
  order by n.lead_id;
end
$$;

comment on function core.wanted_moves(int, uuid[], uuid[]) is
  'Which of these leads can go to some of these callers, or through routing, and why the others stay. Nobody has them '
  'yet.';

create function core.count_left_out(p_fits core.wanted[]) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_agg(
    jsonb_build_object('why', w.why, 'count', w.count, 'ids', w.ids) order by w.count desc, w.why), '[]')
  from (
    select f.why, count(*) as count, (array_agg(f.lead_id))[:5] as ids
    from unnest(p_fits) f where f.why is not null group by f.why) w);

comment on function core.count_left_out(core.wanted[]) is
  'What is left out of an action: [{"why", "count", "ids" of some}].';

create function core.count_callers(p_workspace_id int, p_caller_ids uuid[]) returns jsonb
language sql stable
return (
  select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'count', g.count) order by g.first), '[]')
  from (
    select n.id, count(*) as count, min(n.nr) as first
    from unnest(p_caller_ids) with ordinality n (id, nr) where n.id is not null group by n.id) g
  join crm.callers c on c.workspace_id = p_workspace_id and c.id = g.id);

comment on function core.count_callers(int, uuid[]) is
  'How many of some leads each caller gets: [{"id", "name", "count"}].';

create function api.act_on_leads(p_ask jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_began timestamptz := clock_timestamp();
  v_before crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_is_dry boolean := coalesce((p_ask ->> 'dry_run')::boolean, false);
  v_callers uuid[] := array(
    select c::uuid from jsonb_array_elements_text(p_ask -> 'callers') c where p_ask ->> 'how' = 'turns');
  v_action text := p_ask ->> 'action';
  v_wanted core.wanted[];
begin
  perform core.refuse_ask(v_before.id, p_ask, v_callers);
  if not v_is_dry then
    perform core.begin_action(v_before.id);
  end if;
  v_wanted := case when v_action = 'reassign' then core.ask_moves(v_before.id, core.leads_asked(p_ask), v_callers)
    else array(select f from core.fits_of(v_before.id, core.leads_asked(p_ask), v_action) f) end;
  if v_is_dry then
    return core.foretell(v_before.id, v_action, core.asked_of(p_ask), v_wanted);
  elsif v_action = 'reassign' then
    return core.move_many(v_before, v_wanted, v_action, core.asked_of(p_ask), v_began);
  end if;
  return core.change_many(v_before, v_wanted, v_action, v_action, core.asked_of(p_ask), v_began);
end
$$;

comment on function api.act_on_leads(jsonb) is
  'Does one thing to many leads, or with dry_run says what it would do: {"id", "done", "callers", "left_out", ...}. '
  'LD409, LD422.';

-- Ids would be told twice: the events say which leads. Phones that were searched for do not stand in the log.
create function core.asked_of(p_ask jsonb) returns jsonb
language sql immutable
return jsonb_strip_nulls(p_ask - '{action,dry_run}'::text[]
  || jsonb_build_object('reason', nullif(trim(p_ask ->> 'reason'), ''))
  || case when p_ask -> 'ids' <> 'null' then jsonb_build_object('ids', jsonb_array_length(p_ask -> 'ids')) else '{}' end
  || case when p_ask -> 'filter' ? 'hashes'
    then jsonb_build_object('filter', (p_ask -> 'filter') - 'hashes' || '{"search": "sealed"}') else '{}' end);

comment on function core.asked_of(jsonb) is 'What an action was asked for, as it is kept.';

-- Those that stay take no turn.
create function core.ask_moves(p_workspace_id int, p_lead_ids uuid[], p_callers uuid[]) returns core.wanted[]
language sql stable
return array(
  select row(w.lead_id, case when w.why is null and cardinality(p_callers) > 0 then p_callers[1 + (
      count(*) filter (where w.why is null) over (order by w.lead_id rows unbounded preceding) - 1)
      % cardinality(p_callers)] end, null, w.why)::core.wanted
  from core.wanted_moves(p_workspace_id, p_lead_ids, p_callers) w
  order by w.lead_id);

comment on function core.ask_moves(int, uuid[], uuid[]) is
  'Who gets each of these leads when these callers take turns; without callers they go back through routing.';

create function core.foretell(p_workspace_id int, p_action text, p_asked jsonb, p_wanted core.wanted[]) returns jsonb
language sql stable
return (
  select jsonb_build_object('id', null, 'name', null, 'action', p_action, 'asked', p_asked, 'created_at', null,
    'created_by', null, 'undo_of', null, 'undone_by', null, 'done', n.leads,
    'callers', core.count_callers(p_workspace_id, array(
      select w.caller_id from unnest(p_wanted) w where w.why is null)),
    'left_out', core.count_left_out(p_wanted), 'took_ms', (n.leads * coalesce((
      select b.took_ms / (b.counts ->> 'done')::numeric from crm.bulk_actions b
      where b.workspace_id = p_workspace_id and b.action = p_action and (b.counts ->> 'done')::int > 100
      order by b.id desc limit 1), 0.3))::int)
  from (select count(*) as leads from unnest(p_wanted) w where w.why is null) n);

comment on function core.foretell(int, text, jsonb, core.wanted[]) is
  'What an action would do, as it says it afterwards, and how long it would take by the last one of its kind.';

create function core.refuse_ask(p_workspace_id int, p_ask jsonb, p_callers uuid[]) returns void
language plpgsql stable
as $$
declare
  v_caller_id uuid;
begin
  if (p_ask -> 'ids' <> 'null') = (p_ask -> 'filter' <> 'null')
    or coalesce(nullif(p_ask -> 'ids', 'null'), nullif(p_ask -> 'filter', 'null')) is null then
    raise exception 'It must be said which leads, in one way' using errcode = 'LD422', column = 'ids',
      hint = 'Send either ids or a filter.';
  elsif p_ask ->> 'action' = 'reassign' and p_ask ->> 'how' = 'turns' and p_callers = '{}' then
    raise exception 'It must be said who gets the leads' using errcode = 'LD422', column = 'callers',
      hint = 'Choose one caller or more.';
  end if;
  foreach v_caller_id in array p_callers loop
    perform routing.refuse_absent(p_workspace_id, v_caller_id, 'callers');
  end loop;
end
$$;

comment on function core.refuse_ask(int, jsonb, uuid[]) is
  'LD422 unless it is said of which leads, and who gets them; LD409 for a caller who cannot take leads.';

-- p_before: the workspace as it was before anything was looked at. p_undone: the action that is taken back.
create function core.move_many(
  p_before crm.workspaces, p_wanted core.wanted[], p_action text, p_asked jsonb, p_began timestamptz,
  p_undone crm.bulk_actions default null)
returns jsonb
language plpgsql volatile
as $$
declare
  v_id uuid := crm.new_id();
  v_reason text := case when p_action = 'reassign' then p_asked ->> 'reason' end;
  v_given text := case p_action when 'undo' then 'Given back by ' else 'Given by ' end
    || core.name_actor(core.current_actor());
  v_workspace crm.workspaces;
  v_now timestamptz;
  v_date date := core.business_date(p_before, core.current_time());
  v_wanted core.wanted[] := p_wanted;
  v_moves routing.move[] := core.prepare_wanted(p_before.id, v_wanted, v_date, v_given, v_reason);
  v_touched uuid[];
  v_first bigint;
  v_caller_id uuid;
begin
  v_workspace := core.take_turnstile(p_before.id);
  v_now := core.current_time();
  if p_action = 'reassign' then
    for v_caller_id in select distinct w.caller_id from unnest(v_wanted) w where w.caller_id is not null loop
      perform routing.refuse_absent(v_workspace.id, v_caller_id, 'callers');
    end loop;
  end if;
  perform core.refuse_undone(p_undone);

  v_touched := routing.touched_leads(
    v_workspace.id, array(select w.lead_id from unnest(v_wanted) w), p_before.event_seq);
  if core.business_date(v_workspace, v_now) <> v_date then  -- it was midnight
    v_date := core.business_date(v_workspace, v_now);
    v_touched := array(select w.lead_id from unnest(v_wanted) w);
  end if;
  if v_touched <> '{}' then
    with again as materialized (
      select a from core.look_again(v_workspace.id, v_wanted, v_touched, p_undone) a
    )
    select array(select w from unnest(p_wanted) w where w.lead_id <> all (v_touched))
        || array(select again.a from again),
      array(select m from unnest(v_moves) m where m.lead_id <> all (v_touched))
        || core.prepare_wanted(v_workspace.id, array(select again.a from again), v_date, v_given, v_reason)
    into v_wanted, v_moves;
  end if;

  v_first := core.reserve_events(v_workspace.id, cardinality(v_moves));
  perform routing.record_moves(v_workspace, v_moves, v_first, v_now, v_reason,
    p_data => jsonb_build_object('bulk', v_id));
  if p_action = 'undo' then
    perform core.queue_again(v_workspace.id, v_id, v_now, array(
      select m.lead_id from unnest(v_moves) m where m.caller_id is null), p_undone.first_seq);
  elsif (v_moves[1]).caller_id is null then
    perform routing.deal_again(v_workspace.id, array(select m.lead_id from unnest(v_moves) m));
  end if;
  return core.finish_action(v_workspace.id, v_id, p_action, p_asked, jsonb_build_object(
    'done', cardinality(v_moves), 'left_out', core.count_left_out(v_wanted),
    'callers', core.count_callers(v_workspace.id, array(select m.caller_id from unnest(v_moves) m))),
    v_first, p_began, p_undone.id);
end
$$;

comment on function core.move_many(crm.workspaces, core.wanted[], text, jsonb, timestamptz, crm.bulk_actions) is
  'Moves many leads as wanted, but for those that do not fit any more. LD409 for a caller who takes no leads.';

create function core.prepare_wanted(
  p_workspace_id int, p_wanted core.wanted[], p_date date, p_given text, p_reason text) returns routing.move[]
language sql stable
return routing.prepare_moves(p_workspace_id,
  array(select w.lead_id from unnest(p_wanted) w where w.why is null order by w.lead_id),
  array(select w.caller_id from unnest(p_wanted) w where w.why is null order by w.lead_id), p_date, p_given, p_reason,
  array(select w.claimed_at from unnest(p_wanted) w where w.why is null order by w.lead_id));

comment on function core.prepare_wanted(int, core.wanted[], date, text, text) is
  'All that must be known to move the leads that do not stay.';

create function core.look_again(
  p_workspace_id int, p_wanted core.wanted[], p_lead_ids uuid[], p_undone crm.bulk_actions) returns setof core.wanted
language plpgsql stable
as $$
begin
  if p_undone.id is not null then
    return query select u.* from core.wanted_back(p_undone, p_lead_ids) u;
  else
    return query
    select w.lead_id, n.caller_id, null::timestamptz, coalesce(n.why, w.why)
    from unnest(p_wanted) n
    cross join lateral core.wanted_moves(p_workspace_id, array[n.lead_id],
      array(select distinct o.caller_id from unnest(p_wanted) o where o.caller_id is not null)) w
    where n.lead_id = any (p_lead_ids);
  end if;
end
$$;

comment on function core.look_again(int, core.wanted[], uuid[], crm.bulk_actions) is
  'What is wanted of those leads to which something has happened since it was found out.';
