-- Test leads are closed as they come in: they find no contact and are dealt to nobody. Their event tells the page.
--
-- New leads that nobody is to call yet wait for a manager: those that nothing reaches (unless the workspace assigns
-- them all the same), and those whose sender forbids calls. They are held as they come in and only then: a manager may
-- assign or release them, and then they are dealt like any other. Who cannot be reached by what the lead says may be
-- known by an earlier lead of the contact, and then is not held.
--
-- Locks: none of its own; call it inside the turnstile.
create function routing.describe_test() returns text
language sql immutable parallel safe
return 'A test lead: assigned to nobody';

comment on function routing.describe_test() is 'What is said of a test lead.';

create function routing.without_tests(p_workspace_id int, p_leads crm.leads[]) returns crm.leads[]
language plpgsql volatile
as $$
declare
  v_tests uuid[] := array(select l.id from unnest(p_leads) l where l.is_test order by l.id);
  v_now timestamptz := core.current_time();
  v_first bigint;
begin
  if v_tests = '{}' then
    return p_leads;
  end if;
  v_first := core.reserve_events(p_workspace_id, cardinality(v_tests));
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, data, request_id)
  select p_workspace_id, v_first + t.nr - 1, v_now, 'lead.closed', core.current_actor(), t.id,
    jsonb_build_object('reason', routing.describe_test()), l.request_id
  from unnest(v_tests) with ordinality t (id, nr) join unnest(p_leads) l on l.id = t.id;
  return array(select l from unnest(p_leads) l where not l.is_test order by l.id);
end
$$;

comment on function routing.without_tests(int, crm.leads[]) is
  'New leads without those that are tests, of which an event is written.';

create function routing.why_held(p_workspace crm.workspaces, p_lead crm.leads, out code text, out reason text)
language plpgsql stable
as $$
begin
  if core.forbids_calls(p_lead.metadata) then
    code := 'do_not_call';
    reason := 'Not to be called, says the sender';
  elsif p_workspace.holds_unreachable and not core.is_reachable(p_lead) and not exists (
    select from routing.leads_of_contact(
      p_workspace.id, routing.root_of(p_workspace.id, routing.contact_of(p_workspace.id, p_lead.id))) o (id)
    cross join lateral (
      select l from crm.leads l where l.workspace_id = p_workspace.id and l.id = o.id offset 0) k (lead)
    where p_lead.external_id is not null and o.id <> p_lead.id and core.is_reachable(k.lead))
  then
    code := 'nothing_to_call';
    reason := core.nothing_to_call();
  end if;
end
$$;

comment on function routing.why_held(crm.workspaces, crm.leads) is
  'Why a new lead waits for a manager: nothing_to_call or do_not_call, and in words; null for one to be dealt.';

create function routing.hold_new_leads(p_workspace_id int, p_ids uuid[], p_codes text[], p_reasons text[],
  p_requests text[]) returns void
language plpgsql volatile
as $$
declare
  v_now timestamptz := core.current_time();
  v_first bigint := core.reserve_events(p_workspace_id, cardinality(p_ids));
begin
  with held as (
    select h.*, v_first + h.nr - 1 as seq
    from unnest(p_ids, p_codes, p_reasons, p_requests) with ordinality as h (id, code, reason, request_id, nr)
  ),
  waiting as (
    insert into crm.queue (workspace_id, lead_id, seq, reason, queued_at, is_held)
    select p_workspace_id, h.id, h.seq, h.reason, v_now, true from held h
  )
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, data, request_id)
  select p_workspace_id, h.seq, v_now, 'lead.queued', core.current_actor(), h.id,
    jsonb_build_object('reason', h.reason, 'held', h.code), h.request_id
  from held h;
end
$$;

comment on function routing.hold_new_leads(int, uuid[], text[], text[], text[]) is
  'Puts new leads into the queue, held for a manager, with an event each.';
