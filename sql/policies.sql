-- Row security: which rows each role sees. Made again at every deploy; a table without a policy for a role shows it
-- nothing. The owner, as whom the functions that do more than their caller may run, is not held to it; they look at
-- core.current_workspace() and core.sees_lead() themselves.
--
-- First, for every table with a workspace: nobody sees another one, whatever else is permitted.
do $$
declare
  v_table regclass;
  v_column text;
  v_policy name;
begin
  for v_table, v_column in
    select c.oid, case when c.relname = 'workspaces' then 'id' else 'workspace_id' end
    from pg_class c
    where c.relnamespace = 'crm'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname = 'workspaces'
        or exists (select from pg_attribute a
          where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped))
    order by 1
  loop
    for v_policy in select p.polname from pg_policy p where p.polrelid = v_table loop
      execute format('drop policy %I on %s', v_policy, v_table);
    end loop;
    execute format('alter table %s enable row level security', v_table);
    execute format('create policy one_workspace on %s as restrictive using (%I = (select core.current_workspace()))',
      v_table, v_column);
    execute format('create policy managers_see_all on %s for select to fairlead_manager using (true)', v_table);
  end loop;
end
$$;

-- Callers see who they are, and the leads they have.
create policy callers_see_theirs on crm.workspaces for select to fairlead_caller using (true);
create policy callers_see_themselves on crm.users for select to fairlead_caller
  using (id = (select core.current_user_id()));
create policy callers_see_themselves on crm.callers for select to fairlead_caller
  using (id = (select core.current_caller()));
create policy callers_see_themselves on crm.caller_states for select to fairlead_caller
  using (caller_id = (select core.current_caller()));
create policy callers_see_themselves on crm.caller_sources for select to fairlead_caller
  using (caller_id = (select core.current_caller()));
create policy callers_see_themselves on crm.campaign_assignees for select to fairlead_caller
  using (caller_id = (select core.current_caller()));
create policy callers_see_names on crm.campaigns for select to fairlead_caller using (true);
create policy callers_see_themselves on crm.caller_daily_counters for select to fairlead_caller
  using (caller_id = (select core.current_caller()));
create policy callers_see_their_leads on crm.lead_assignments for select to fairlead_caller
  using (caller_id = (select core.current_caller()) and status in ('assigned', 'closed'));
create policy callers_see_their_leads on crm.leads for select to fairlead_caller
  using (core.has_lead(workspace_id, id, (select core.current_caller())));
create policy callers_see_them on crm.dispositions for select to fairlead_caller using (true);
create policy callers_see_their_leads on crm.activities for select to fairlead_caller
  using (lead_id is not null and core.has_lead(workspace_id, lead_id, (select core.current_caller())));
create policy callers_see_theirs on crm.tasks for select to fairlead_caller
  using (case when caller_id is null and owner_id is null then core.has_lead(
      workspace_id, lead_id, (select core.current_caller()))
    else caller_id = (select core.current_caller()) or owner_id = (select core.current_user_id()) end);
create policy callers_see_their_leads on crm.events for select to fairlead_caller
  using (lead_id is not null and coalesce(caller_id = (select core.current_caller()), true)
    and core.has_lead(workspace_id, lead_id, (select core.current_caller())));

-- Analysts see how leads are dealt, not whose they are: leads themselves only through the views of report, phones
-- masked.
create policy analysts_see_all on crm.workspaces for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.callers for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.caller_states for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.caller_sources for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.campaigns for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.campaign_assignees for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.caller_daily_counters for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.dispositions for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.sources for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.rules for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.rr_pointers for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.deals for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.lead_assignments for select to fairlead_analyst using (true);
create policy analysts_see_all on crm.queue for select to fairlead_analyst using (true);
create policy analysts_see_dealing on crm.events for select to fairlead_analyst
  using (kind ^@ 'caller.' or kind ^@ 'rule.' or kind ^@ 'campaign.'
    or kind in ('lead.assigned', 'lead.queued', 'lead.claimed', 'lead.expired', 'lead.closed', 'lead.reopened'));
