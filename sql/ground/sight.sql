-- Which leads a person sees, in one place: the policies, the search and each function that writes for a caller ask
-- here.
create function core.own_leads_only() returns boolean
language sql stable
return not (core.may_act_as('fairlead_manager') or core.may_act_as('fairlead_owner'));

comment on function core.own_leads_only() is 'Whether the acting role sees only the leads of its own caller.';

-- Whose lead is it: of the caller who has it, and when it is closed, of the caller who had it then. The one rule.
-- Whether a lead was reopened is looked up lead by lead (offset 0). "lead.assigned" comes after a reopening anyway: it
-- is named because the index of kinds lacks it, which else might be read whole for one lead.
-- The parts are views of their own, since only along one part a list can go in order. Both in one are made of their
-- text, so that nobody needs rights to the parts.
create view core.own_open_leads with (security_invoker = true) as
select a.* from crm.lead_assignments a where a.ended_at is null;

comment on view core.own_open_leads is 'Whose each open lead is, as the assignment.';

create view core.own_closed_leads with (security_invoker = true) as
select a.* from crm.lead_assignments a
where a.status = 'closed' and a.ended_at is not null and not exists (
  select from crm.events e
  where e.lead_id = a.lead_id and e.workspace_id = a.workspace_id and e.seq > a.ended_seq
    and e.kind in ('lead.reopened', 'lead.assigned') offset 0);

comment on view core.own_closed_leads is
  'Whose each closed lead is: the assignment with which it was closed, unless it was reopened since.';

do $$
begin
  execute 'create view core.own_leads with (security_invoker = true) as select true as is_open, o.* from ('
    || rtrim(pg_get_viewdef('core.own_open_leads'), ';') || ') o union all select false, c.* from ('
    || rtrim(pg_get_viewdef('core.own_closed_leads'), ';') || ') c';
end
$$;

comment on view core.own_leads is
  'Whose each lead is, as the assignment: the open one (is_open), or the one with which the lead was closed, unless it '
  'was reopened since.';

-- Security definer: a caller may not read all rows that decide whose a lead is.
create function core.has_lead(p_workspace_id int, p_lead_id uuid, p_caller_id uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (
      select from core.own_leads o
      where o.lead_id = p_lead_id and o.workspace_id = p_workspace_id and o.caller_id = p_caller_id)
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

comment on function core.sees_lead(uuid) is 'Whether the acting role sees a lead.';

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
  'LD404 unless the acting role sees the lead.';

create function core.shown(p_text text) returns text
language sql stable
return case
  when core.may_act_as('fairlead_phones') or core.may_act_as('fairlead_owner') then p_text
  when p_text ^@ 'sealed' then '•••'
  when p_text like '%_@_%' then left(p_text, 1) || '…' || substr(p_text, position('@' in p_text))
  else repeat('•', greatest(length(p_text) - 3, 0)) || right(p_text, 3) end;

comment on function core.shown(text) is
  'A phone or e-mail address as the acting role may see it: masked without the role fairlead_phones.';
