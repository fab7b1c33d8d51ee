-- Why a lead is where it is: every rule tried, every candidate, and what happened to each, as of the moment it was decided.
-- Read from the record, so it says the same in a year, whatever has changed since. A lead given by hand has one row.
create function routing.ordinal(p_number bigint) returns text
language sql immutable parallel safe
return p_number::text || case
  when p_number % 100 between 11 and 13 then 'th'
  when p_number % 10 = 1 then 'st' when p_number % 10 = 2 then 'nd' when p_number % 10 = 3 then 'rd' else 'th' end;

comment on function routing.ordinal(bigint) is '1st, 2nd, 3rd ...';

-- Where the circle of a deal stood when a slot of it was dealt: at the caller of the slot before.
create function routing.pointer_before_slot(p_deal crm.deals, p_slot int) returns uuid
language sql stable
as $$
  select case when p_slot = 1 then p_deal.pointer_before else (
    select s.caller_id
    from (select array_agg(m.caller_id) as callers, array_agg(m.turns) as turns
          from routing.pool_members_at(array[row(1, p_deal.workspace_id, p_deal.base_seq, p_deal.pool, p_deal.business_date)::routing.probe]) m
          where m.standing = 'free') free
    cross join lateral routing.order_slots(p_deal.strategy, p_deal.pointer_before, free.callers, free.turns, p_deal.leads) s
    where s.slot = p_slot - 1) end
$$;

comment on function routing.pointer_before_slot(crm.deals, int) is 'The caller after whom the circle went on for a slot of a deal.';

create function routing.explain(p_lead_id uuid)
returns table (step int, rule text, pool text, place int, caller_id uuid, caller text, outcome text, detail text)
language plpgsql stable
as $$
declare
  v_lead routing.lead_cards;
  v_given crm.lead_assignments;
  v_deal crm.deals;
  v_seq bigint;
  v_date date;
begin
  select l.* into v_lead from crm.workspaces w join routing.lead_cards l on l.workspace_id = w.id and l.id = p_lead_id;
  if not found then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  end if;
  select a.* into v_given from routing.assignments_of_lead(v_lead.workspace_id, p_lead_id) a where a.ended_at is null;
  if v_given.id is not null and v_given.deal_id is null then
    return query select 0, 'by hand', null::text, 1, v_lead.caller_id, v_lead.caller_name, 'chosen', v_given.assignment_reason;
    return;
  end if;
  select d.* into v_deal from crm.deals d where d.workspace_id = v_lead.workspace_id and d.id = v_given.deal_id;
  select coalesce(v_given.seq, q.seq), coalesce(v_given.business_date, (e.data ->> 'business_date')::date, (e.at at time zone w.timezone)::date) into v_seq, v_date
  from crm.workspaces w
  left join crm.queue q on q.workspace_id = w.id and q.lead_id = p_lead_id
  left join crm.events e on e.workspace_id = w.id and e.seq = q.seq
  where w.id = v_lead.workspace_id;

  return query
  with tried as (
    select p.step, p.rule, routing.pool_key(case when 'state' = any (p.attributes) then v_lead.state end) as pool
    from routing.plan p
    where v_lead.state is not null or not 'state' = any (p.attributes)
  ),
  candidate as (
    select t.step, t.rule, t.pool, m.*,
      row_number() over (partition by t.step, m.standing = 'free'
        order by m.caller_id <= case when t.pool = v_deal.pool then routing.pointer_before_slot(v_deal, v_given.slot) end, m.caller_id) as turn
    from tried t
    left join lateral routing.pool_members_at(array[row(1, v_lead.workspace_id, v_seq - 1, t.pool, v_date)::routing.probe]) m on true
    where t.step <= coalesce((select c.step from routing.plan c where c.rule = v_deal.rule), 2147483647)
  )
  select c.step, c.rule, c.pool, (row_number() over (partition by c.step order by c.standing = 'free' desc, c.turn))::int, c.caller_id, c.name,
    case when c.standing is distinct from 'free' then 'skipped'
         when c.pool = v_deal.pool and c.caller_id = v_given.caller_id then 'chosen'
         else 'later' end,
    case when c.caller_id is null then 'no callers'
         when c.standing = 'paused' then 'paused'
         when c.standing = 'at cap' then 'at cap ' || c.given || ' of ' || c.daily_limit
         when c.turn = 1 then 'next in the circle'
         else routing.ordinal(c.turn) || ' in the circle' end
  from candidate c
  order by 1, 4;
end
$$;

comment on function routing.explain(uuid) is 'Why a lead went to its caller or waits: every candidate of every rule tried, chosen, skipped or later in the circle, as of the moment it was decided. LD404 when there is no such lead.';
