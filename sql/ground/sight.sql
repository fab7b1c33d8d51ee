-- Which leads somebody sees, in one place: the policies, the search and whatever writes for a caller ask here.
create function core.own_leads_only() returns boolean
language sql stable
return not (core.may_act_as('fairlead_manager') or core.may_act_as('fairlead_owner'));

comment on function core.own_leads_only() is 'Whether whoever is acting sees no leads but those of the own caller.';

create function core.is_last(p_assignment crm.lead_assignments) returns boolean
language sql stable
return p_assignment.status = 'closed' and p_assignment.ended_at is not null and not exists (
  select from crm.lead_assignments n
  where n.lead_id = p_assignment.lead_id and n.workspace_id = p_assignment.workspace_id and n.ended_at is null)
    and not exists (
  select from crm.lead_assignments n
  where n.lead_id = p_assignment.lead_id and n.workspace_id = p_assignment.workspace_id and n.ended_at is not null
    and n.seq > p_assignment.seq);

comment on function core.is_last(crm.lead_assignments) is
  'Whether it is the assignment with which its lead was closed, and nobody had the lead since.';

-- Security definer, because what tells whether a lead is somebody's is not all theirs to see.
create function core.has_lead(p_workspace_id int, p_lead_id uuid, p_caller_id uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select (exists (
    select from crm.lead_assignments a
    where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.caller_id = p_caller_id and a.ended_at is null
  ) or exists (
    select from crm.lead_assignments a
    where a.lead_id = p_lead_id and a.workspace_id = p_workspace_id and a.caller_id = p_caller_id and core.is_last(a)
      and not exists (select from crm.queue q where q.workspace_id = a.workspace_id and q.lead_id = a.lead_id)))
    and p_workspace_id = core.current_workspace()  -- last: the policies ask row by row, and most rows are nobody's
$$;

comment on function core.has_lead(int, uuid, uuid) is
  'Whether a lead of the workspace acted in is a caller''s own: open with it, or closed while it had it.';

create function core.sees_lead(p_lead_id uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from crm.leads l where l.workspace_id = core.current_workspace() and l.id = p_lead_id)
    and (not core.own_leads_only() or core.has_lead(core.current_workspace(), p_lead_id, core.current_caller()))
$$;

comment on function core.sees_lead(uuid) is 'Whether whoever is acting sees a lead.';

create function core.refuse_unseen(p_lead_id uuid) returns void
language plpgsql stable
as $$
begin
  if not core.sees_lead(p_lead_id) then
    raise exception 'There is no lead %', p_lead_id using errcode = 'LD404';
  end if;
end
$$;

comment on function core.refuse_unseen(uuid) is
  'LD404 unless whoever is acting sees the lead: what one does not see is not there.';

create function core.shown(p_text text) returns text
language sql stable
return case
  when core.may_act_as('fairlead_phones') or core.may_act_as('fairlead_owner') then p_text
  when p_text ^@ 'sealed' then '•••'
  when p_text like '%_@_%' then left(p_text, 1) || '…' || substr(p_text, position('@' in p_text))
  else repeat('•', greatest(length(p_text) - 3, 0)) || right(p_text, 3) end;

comment on function core.shown(text) is
  'A phone or e-mail address as whoever is acting may see it: masked without the role fairlead_phones.';
