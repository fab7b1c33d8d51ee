-- What an edit says anew of who a lead's contact is, by the rules of contacts:
--
-- The lead stays with its contact, who is known by what is new from then on, unless somebody else is known by it:
-- then the log tells of a conflict, and only a manager merges. What the lead said before still names its contact. Leads
-- came by it, and would come again: a form that is sent once more, an advert's retry. Only so can whose every lead is
-- be told from the log, too.
--
-- An e-mail address or a further phone that was first said together with another phone is no key, as for new leads.
-- Test leads have no contact.
-- Locks: none of its own; call it inside the turnstile. Errors: none.
create function routing.new_keys(p_before crm.leads, p_after crm.leads) returns setof routing.lead_key
language sql stable
as $$
  select p_after.id, k.kind, k.value, k.rank, case when k.rank > 2 then routing.phone_said(p_after) end
  from routing.keys_of(p_after) k
  where not p_after.is_test
    and not exists (select from routing.keys_of(p_before) b where b.kind = k.kind and b.value = k.value)
  order by k.rank
$$;

comment on function routing.new_keys(crm.leads, crm.leads) is
  'What an edited lead says of who its contact is and did not say before, the highest-ranking first.';

create function routing.learn_edited(p_workspace_id int, p_before crm.leads, p_after crm.leads) returns jsonb
language plpgsql volatile
as $$
declare
  v_own_id uuid := routing.contact_of(p_workspace_id, p_after.id);
  v_all routing.lead_key[] := array(
    select row(p_after.id, k.kind, k.value, k.rank,
      case when k.rank > 2 then routing.phone_said(p_after) end)::routing.lead_key
    from routing.keys_of(p_after) k where not p_after.is_test);
  v_keys routing.lead_key[] := array(select k from routing.new_keys(p_before, p_after) k);
begin
  insert into crm.contact_keys (workspace_id, kind, value, contact_id, lead_id, phone)
  select p_workspace_id, k.kind, k.value, v_own_id, k.lead_id, k.phone from unnest(v_all) k
  on conflict do nothing;
  perform routing.without_shared_keys(p_workspace_id, v_all);
  return (
    select jsonb_object_agg(routing.key_name(b.kind, b.rank), b.root_id)
    from (
      select k.kind, k.rank, routing.root_of(p_workspace_id, k.contact_id) as root_id
      from routing.keys_brought(p_workspace_id, routing.without_shared_keys(p_workspace_id, v_keys)) k) b
    where b.root_id <> routing.root_of(p_workspace_id, v_own_id));
end
$$;

comment on function routing.learn_edited(int, crm.leads, crm.leads) is
  'Has the contact of an edited lead be known by what the lead says anew. Returns whose else''s its new keys are, by '
  'their names; null for nobody''s.';
