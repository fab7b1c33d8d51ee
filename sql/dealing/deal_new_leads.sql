-- AFTER INSERT on crm.leads, once per statement: deals what was just stored, in the order of ids, which is arrival.
-- No caller free is a result, not an error. If routing itself fails, the leads stay stored and wait in the queue with
-- the reason routing_error; only what a retry can cure passes through: deadlocks, serialization failures, timeouts,
-- a server short of resources or going down.
--
-- Those that nobody is to call yet are held before the others are dealt: see hold_new_leads.sql. p_doubtful are the
-- leads of which that must be asked, so that the others pay nothing for it.
--
-- Of a lead by itself of which nothing must be asked one event is sure, the number of which is taken at the turnstile.
-- Each lead finds its contact first. A lead whose keys name different contacts is dealt behind the event that says so,
-- as it would be one by one.
--
-- Locks: the turnstile of each workspace concerned, in the order of their numbers.
create function routing.deal_contacts(p_workspace_id int, p_leads crm.leads[], p_doubtful uuid[] default '{}')
returns int
language plpgsql volatile
as $$
declare
  v_is_sure boolean := cardinality(p_leads) = 1 and cardinality(p_doubtful) = 0;
  v_workspace crm.workspaces := core.take_turnstile(p_workspace_id, v_is_sure::int);
  v_seq bigint := case when v_is_sure then v_workspace.event_seq end;
  v_joined record;
  v_conflict routing.contact_conflict;
  v_nr int;
  v_dealt int := 0;
begin
  if cardinality(p_doubtful) > 0 then
    p_leads := routing.without_tests(p_workspace_id, p_leads);
  end if;
  v_joined := routing.join_contacts(p_workspace_id, p_leads);
  if cardinality(v_joined.conflicts) > 0 then
    for v_conflict in select c.* from unnest(v_joined.conflicts) c order by c.lead_id loop
      v_nr := array_position(array(select l.id from unnest(p_leads) l), v_conflict.lead_id);
      v_dealt := v_dealt + routing.deal_leads(p_workspace_id, routing.hold_doubtful(
        v_workspace, p_leads[: v_nr - 1], p_doubtful), p_are_new => true, p_workspace => v_workspace);
      perform core.write_event(p_workspace_id, 'contact.conflict', v_conflict.lead_id, null,
        jsonb_build_object('contact_id', v_conflict.contact_id, 'keys', v_conflict.keys),
        p_request_id => p_leads[v_nr].request_id, p_seq => v_seq);
      v_seq := null;
      p_leads := p_leads[v_nr :];
    end loop;
  end if;
  if cardinality(p_doubtful) > 0 then
    p_leads := routing.hold_doubtful(v_workspace, p_leads, p_doubtful);
  end if;
  return v_dealt + routing.deal_leads(p_workspace_id, p_leads, p_are_new => true, p_are_alone => v_joined.are_alone,
    p_workspace => v_workspace, p_first => v_seq);
end
$$;

comment on function routing.deal_contacts(int, crm.leads[], uuid[]) is
  'Finds the contacts of new leads and deals them, in their order. Returns how many were dealt.';

create function routing.hold_doubtful(p_workspace crm.workspaces, p_leads crm.leads[], p_doubtful uuid[])
returns crm.leads[]
language plpgsql volatile
as $$
declare
  v_held record;
begin
  select array_agg(l.id order by l.id) as ids, array_agg(h.code order by l.id) as codes,
    array_agg(h.reason order by l.id) as reasons, array_agg(l.request_id order by l.id) as requests
  into v_held
  from unnest(p_leads) l cross join lateral routing.why_held(p_workspace, l) h
  where l.id = any (p_doubtful) and h.code is not null;
  if v_held.ids is null then
    return p_leads;
  end if;
  perform routing.hold_new_leads(p_workspace.id, v_held.ids, v_held.codes, v_held.reasons, v_held.requests);
  return array(select l from unnest(p_leads) l where l.id <> all (v_held.ids));
end
$$;

comment on function routing.hold_doubtful(crm.workspaces, crm.leads[], uuid[]) is
  'Holds those of new leads that nobody is to call yet, and returns the others.';

create function routing.is_doubtful(p_lead crm.leads) returns boolean
language sql stable parallel safe
return not core.is_reachable_by(p_lead.phone, p_lead.email) or core.may_forbid_calls(p_lead.metadata)
  or p_lead.is_test;

comment on function routing.is_doubtful(crm.leads) is
  'Whether a new lead may be one that nobody is to call yet, or a test.';

create function routing.deal_new_leads() returns trigger
language plpgsql
as $$
declare
  v_all crm.leads[];
  v_workspace_ids int[];
  v_workspace_id int;
  v_leads crm.leads[];
  v_lead crm.leads;
  v_doubtful uuid[] := '{}'::uuid[];
begin
  v_all := array(select row(l.*)::crm.leads from new_leads l order by l.workspace_id, l.id);
  if cardinality(v_all) = 0 then
    return null;
  end if;
  v_leads := v_all;
  if cardinality(v_all) = 1 then
    v_lead := v_all[1];
    v_workspace_ids := array[v_lead.workspace_id];
    if routing.is_doubtful(v_lead) then
      v_doubtful := array[v_lead.id];
    end if;
  else
    v_workspace_ids := array(select distinct l.workspace_id from unnest(v_all) l order by l.workspace_id);
    v_doubtful := array(select l.id from unnest(v_all) l where routing.is_doubtful(l));
  end if;
  foreach v_workspace_id in array v_workspace_ids loop
    if cardinality(v_workspace_ids) > 1 then
      v_leads := array(select l from unnest(v_all) l where l.workspace_id = v_workspace_id order by l.id);
    end if;
    begin
      perform routing.deal_contacts(v_workspace_id, v_leads, v_doubtful);
    exception when others then
      if sqlstate ~ '^(40|53|55P03|57|58)' then
        raise;
      end if;
      raise warning 'routing failed, % leads are queued: % (%)', cardinality(v_leads), sqlerrm, sqlstate;
      perform routing.record_picks(v_workspace_id, core.current_time(), null, '{}', array(
        select row(id, null, null, null, null, 'routing_error: ' || sqlerrm)::routing.pick
        from unnest(v_leads)), array(select l.request_id from unnest(v_leads) l));
    end;
  end loop;
  return null;
end
$$;

comment on function routing.deal_new_leads() is 'Trigger: deals the leads an insert has just stored.';

create trigger deal_new_leads after insert on crm.leads
referencing new table as new_leads for each statement execute function routing.deal_new_leads();
