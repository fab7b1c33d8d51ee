-- Why a lead is where it is: every rule tried, every candidate, and what happened to each, as of the moment it was
-- decided. Read from the record, so it says the same in a year, whatever has changed since. Step 0 comes before all
-- rules: given by hand, kept back because nobody claimed it, or brought to the caller who has another lead of the
-- contact. The steps of campaigns are below 0, so rows are to be read in the order they come in.
create function routing.ordinal(p_number bigint) returns text
language sql immutable parallel safe
return p_number::text || case
  when p_number % 100 between 11 and 13 then 'th'
  when p_number % 10 = 1 then 'st' when p_number % 10 = 2 then 'nd' when p_number % 10 = 3 then 'rd' else 'th' end;

comment on function routing.ordinal(bigint) is '1st, 2nd, 3rd ...';

-- Where a lead was decided: the event, the moment, the deal if any, and who was not asked again.
create type routing.decision as (
  workspace_id int, lead_id uuid, seq bigint, at timestamptz, local_time timestamp, deal_id bigint,
  slot int, caller_id uuid,
  duplicate_of uuid, by_hand boolean, is_given_up boolean, reason text, refused uuid[], date date);
comment on type routing.decision is 'The moment a lead came to where it is.';

create function routing.last_decision(p_lead_id uuid) returns routing.decision
language plpgsql stable
as $$
declare
  v_workspace_id int;
  v_is_waiting boolean;
  v_last crm.lead_assignments;
  v_decision routing.decision;
begin
  select l.workspace_id, q.lead_id is not null into v_workspace_id, v_is_waiting
  from crm.workspaces w
  join crm.leads l on l.workspace_id = w.id and l.id = p_lead_id
  left join crm.queue q on q.workspace_id = w.id and q.lead_id = p_lead_id;
  if not found then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  end if;
  if not v_is_waiting then
    select a.* into v_last
    from routing.assignments_of_lead(v_workspace_id, p_lead_id) a order by a.seq desc limit 1;
  end if;
  select v_workspace_id, p_lead_id, coalesce(v_last.seq, q.seq), e.at,
    coalesce(d.local_time, (e.data ->> 'local_time')::timestamp, e.at at time zone w.timezone),
    v_last.deal_id, v_last.slot, v_last.caller_id, v_last.duplicate_of,
    v_last.seq is not null and v_last.deal_id is null and v_last.duplicate_of is null,
    e.data ?| '{expiries,held}', coalesce(v_last.assignment_reason, q.reason),
    array(
      select a.caller_id from routing.assignments_of_lead(v_workspace_id, p_lead_id) a
      where a.status = 'expired' and a.ended_seq < coalesce(v_last.seq, q.seq)),
    coalesce(v_last.business_date, (e.data ->> 'business_date')::date, (e.data ->> 'local_time')::date,
      (e.at at time zone w.timezone)::date)
  into v_decision
  from crm.workspaces w
  left join crm.queue q on q.workspace_id = w.id and q.lead_id = p_lead_id
  left join crm.events e on e.workspace_id = w.id and e.seq = coalesce(v_last.seq, q.seq)
  left join crm.deals d on d.workspace_id = w.id and d.id = v_last.deal_id
  where w.id = v_workspace_id;
  return v_decision;
end
$$;

comment on function routing.last_decision(uuid) is
  'When and how a lead came to its caller or into the queue. LD404 when there is no such lead.';

-- Where the circle of a round robin stood when a slot of a deal was dealt: at the caller of the slot before.
create function routing.pointer_before_slot(p_deal crm.deals, p_slot int, p_free routing.member[]) returns uuid
language sql stable
as $$
  select case when p_slot = 1 then p_deal.pointer_before else (
    select s.caller_id
    from routing.order_slots(
      'round_robin', routing.make_pointer(p_deal.workspace_id, p_deal.pool, p_deal.pointer_before),
      p_free, coalesce(p_deal.business_date, p_deal.local_time::date), p_deal.leads) s
    where s.slot = p_slot - 1) end
$$;

comment on function routing.pointer_before_slot(crm.deals, int, routing.member[]) is
  'The caller after whom the circle went on for a slot of a deal.';

-- What spoke for or against a caller, under a strategy.
create function routing.describe_candidate(
  p_standing text, p_strategy text, p_turn bigint, p_given int, p_daily_limit int, p_load int, p_max_load int,
  p_weight int, p_weights bigint) returns text
language sql stable parallel safe
return case
  when p_standing is null then 'no callers'
  when p_standing = 'at cap' then 'at cap ' || p_given || ' of ' || p_daily_limit
  when p_standing = 'at max load' then 'at max load ' || p_load || ' of ' || p_max_load
  when p_standing <> 'free' then p_standing
  when p_strategy = 'weighted' then 'weight ' || p_weight || ' of ' || p_weights
  when p_strategy = 'weighted_random' then 'chance ' || p_weight || ' in ' || p_weights
  when p_strategy = 'random' then 'in this round'
  when p_strategy = 'least_loaded' then p_load || ' open'
    || case when p_max_load > 0 then ' of ' || p_max_load else '' end
  when p_turn = 1 then 'next in turn'
  else routing.ordinal(p_turn) || ' in turn'
end;

comment on function routing.describe_candidate(text, text, bigint, int, int, int, int, int, bigint) is
  'What spoke for or against a candidate, in words; without a standing there was none.';

create type routing.explanation as (
  step int, rule text, pool text, place int, caller_id uuid, caller text, outcome text, detail text);
comment on type routing.explanation is 'What happened to one candidate for a lead: chosen, skipped or later, and why.';

create function routing.explain_before_plan(p_made routing.decision) returns setof routing.explanation
language plpgsql stable
as $$
begin
  if p_made.by_hand then
    return query
    select 0, 'by hand', null::text, 1, p_made.caller_id, c.name, 'chosen', p_made.reason
    from crm.callers c where c.workspace_id = p_made.workspace_id and c.id = p_made.caller_id;
  elsif p_made.is_given_up then
    return query
    select 0, 'claims', null::text, r.nr::int, r.caller_id, c.name, 'skipped', 'let it expire'
    from unnest(p_made.refused) with ordinality as r (caller_id, nr)
    join crm.callers c on c.workspace_id = p_made.workspace_id and c.id = r.caller_id;
  else
    return query
    select 0, 'same contact', null::text, row_number() over (order by h.standing = 'free' desc, h.first_lead_id)::int,
      h.caller_id, h.name,
      case when h.standing <> 'free' then 'skipped' when h.first_lead_id = p_made.duplicate_of then 'chosen'
        else 'later' end,
      case when h.standing <> 'free' then h.standing else 'has an open lead of the contact' end
    from (
      select o.caller_id, o.name, o.standing, (array_agg(o.lead_id order by o.lead_id))[1] as first_lead_id
      from routing.holders_at(p_made.workspace_id, p_made.lead_id, p_made.seq, p_made.at, p_made.refused) o
      group by o.caller_id, o.name, o.standing
    ) h;
  end if;
end
$$;

comment on function routing.explain_before_plan(routing.decision) is
  'Who was considered before any rule: by hand, by the claims that ran out, or as the caller of another lead of the '
  'contact.';

create function routing.rules_tried(p_made routing.decision, p_deal crm.deals)
returns table (step int, name text, strategy text, rule_id uuid, pool text, on_exhausted text, is_paused boolean,
  campaign_id int)
language plpgsql stable
as $$
declare
  v_lead crm.leads;
begin
  select f.* into v_lead
  from crm.leads l cross join lateral routing.lead_as_of(l, p_made.seq) f
  where l.workspace_id = p_made.workspace_id and l.id = p_made.lead_id;
  return query
  select r.step, r.name, r.strategy, r.rule_id, routing.pool_key_of(r.rule_id, r.teams, r.callers, t),
    r.on_exhausted, r.is_paused, r.campaign_id
  from routing.rule_versions r
  cross join lateral routing.narrow_target(routing.target_of(v_lead), r.attributes) t
  where r.workspace_id = p_made.workspace_id and r.is_used and r.from_seq < p_made.seq
    and (r.to_seq is null or r.to_seq >= p_made.seq)
    and (r.campaign_id is null or r.campaign_id = v_lead.campaign_id)
    and routing.has_all(routing.target_of(v_lead), r.attributes)
    and coalesce(routing.was_for(v_lead, r.condition, r.compiled),  -- where nobody can say, as the record says
      r.rule_id = p_deal.rule_id, r.is_paused or r.on_exhausted = 'queue');
end
$$;

comment on function routing.rules_tried(routing.decision, crm.deals) is
  'The rules of then that were for a lead, each with the pool that the lead came to under it.';

create function routing.explain_plan(p_made routing.decision) returns setof routing.explanation
language plpgsql stable
as $$
declare
  v_deal crm.deals;
  v_pointer uuid;
begin
  select d.* into v_deal from crm.deals d where d.workspace_id = p_made.workspace_id and d.id = p_made.deal_id;
  if v_deal.strategy = 'round_robin' then
    select routing.pointer_before_slot(v_deal, p_made.slot, f.members) into v_pointer
    from routing.free_members_at(array[row(1, v_deal.workspace_id, v_deal.base_seq, v_deal.pool, v_deal.strategy,
      v_deal.dealt_at, v_deal.local_time, p_made.refused, p_made.date)::routing.probe]) f;
  end if;
  return query
  with way as (
    select * from routing.rules_tried(p_made, v_deal)
  ),
  candidate as (
    select w.*, m.caller_id, m.name as caller, m.standing, m.given, m.daily_limit, m.load, m.max_load, m.weight,
      sum(m.weight) filter (where m.standing = 'free') over (partition by w.step) as weights,
      coalesce(w.pool = v_deal.pool and m.caller_id = p_made.caller_id, false) as is_chosen,
      row_number() over (partition by w.step, m.standing = 'free'
        order by m.caller_id <= case when w.pool = v_deal.pool then v_pointer end, m.caller_id) as turn
    from way w
    left join lateral routing.pool_members_at(array[row(
      1, p_made.workspace_id, p_made.seq - 1, w.pool, w.strategy, p_made.at, p_made.local_time, p_made.refused,
      p_made.date)::routing.probe]) m on not w.is_paused
    where w.step <= coalesce((select k.step from way k where k.rule_id = v_deal.rule_id), 2147483647)
  ),
  reached as (  -- a waiting lead went no further than a rule that keeps it
    select c.* from candidate c
    where c.step <= coalesce((
      select min(k.step) from candidate k
      where k.is_paused or (k.on_exhausted = 'queue' and k.caller_id is not null)), 2147483647)
  )
  select r.step, r.name, r.pool,
    (row_number() over (partition by r.step order by r.standing = 'free' desc,
      case when r.strategy <> 'round_robin' then r.is_chosen end desc, r.turn))::int,
    r.caller_id, r.caller,
    case when r.standing is distinct from 'free' then 'skipped' when r.is_chosen then 'chosen' else 'later' end,
    case when r.is_paused then routing.describe_paused(r.name, r.campaign_id)
      else routing.describe_candidate(r.standing, r.strategy, r.turn, r.given, r.daily_limit, r.load, r.max_load,
        r.weight, r.weights) end
  from reached r
  order by 1, 4;
end
$$;

comment on function routing.explain_plan(routing.decision) is
  'Every candidate of every rule that a lead came to, as of the moment it was decided.';

create function routing.explain(p_lead_id uuid) returns setof routing.explanation
language plpgsql stable
as $$
declare
  v_made routing.decision := routing.last_decision(p_lead_id);
begin
  return query select * from routing.explain_before_plan(v_made);
  if not v_made.by_hand and not v_made.is_given_up and v_made.duplicate_of is null then
    return query select * from routing.explain_plan(v_made);
  end if;
end
$$;

comment on function routing.explain(uuid) is
  'Why a lead went to its caller or waits: every candidate of every rule tried, chosen, skipped or later in the '
  'circle, as of the moment it was decided. LD404 when there is no such lead.';

create function routing.explanation_json(p_lead_id uuid) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'step', x.step, 'rule', x.rule, 'pool', x.pool,
    'caller', case when x.caller_id is not null then jsonb_build_object('id', x.caller_id, 'name', x.caller) end,
    'outcome', x.outcome, 'detail', x.detail) order by x.ordinality), '[]')
  from routing.explain(p_lead_id) with ordinality x
$$;

comment on function routing.explanation_json(uuid) is 'What routing.explain() says, as JSON.';
