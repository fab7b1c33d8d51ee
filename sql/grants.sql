-- Who may do what. Nothing is for everybody; a role has what stands beside it here, and sees the rows policies.sql says.
revoke all on function crm.new_id() from public;
revoke all on all functions in schema routing from public;
revoke all on all functions in schema api from public;
revoke all on all functions in schema report from public;

grant usage on schema api to fairlead_admin, fairlead_manager, fairlead_caller, fairlead_analyst, fairlead_intake, fairlead_keeper;

-- Leads come in.
grant execute on function api.ingest_leads(jsonb) to fairlead_intake;

-- What the gateway does without anybody asking.
grant execute on function
  api.check_sign_in(text, text), api.refuse_sign_in(text, text),
  api.open_session(text, text, text, bytea, bytea, interval, text, text), api.find_session(text, bytea),
  api.refresh_session(bytea, bytea, bytea, interval), api.close_session(text, bytea),
  api.find_source(bytea), api.list_sources(), api.tick(), api.read_events(int, bigint, int), api.last_event(int)
  to fairlead_keeper;

-- Whoever is signed in looks at what they may see.
grant execute on function
  api.list_leads(jsonb), api.count_leads(jsonb), api.get_lead(uuid), api.list_lead_sources(), api.get_workspace(), api.list_states(),
  api.list_callers(), api.get_caller(uuid), api.get_overview()
  to fairlead_manager, fairlead_admin, fairlead_caller, fairlead_analyst;
-- and to the own account.
grant execute on function
  api.list_sessions(uuid), api.end_session(uuid), api.end_other_sessions(uuid), api.change_password(text, uuid),
  api.list_tokens(), api.create_token(jsonb, bytea), api.revoke_token(uuid)
  to fairlead_manager, fairlead_admin, fairlead_caller, fairlead_analyst;
grant execute on function api.list_rules(), api.list_pools(), api.get_fairness(jsonb), api.list_own_sources()
  to fairlead_manager, fairlead_admin, fairlead_analyst;

-- A caller works the own leads, a manager everybody's.
grant execute on function api.claim_lead(uuid, uuid), api.close_lead(uuid), api.reopen_lead(uuid)
  to fairlead_manager, fairlead_admin, fairlead_caller;

-- A manager runs leads, callers and the plan.
grant execute on function
  api.reassign_lead(uuid, uuid, text), api.hold_lead(uuid, boolean), api.merge_contacts(uuid, uuid), api.unmerge_contact(uuid),
  api.preview_lead(jsonb), api.simulate(jsonb),
  api.create_caller(jsonb), api.update_caller(uuid, jsonb), api.set_caller_status(uuid, text), api.archive_caller(uuid),
  api.archive_sample_callers(),
  api.create_rule(jsonb), api.update_rule(uuid, jsonb), api.archive_rule(uuid), api.order_rules(uuid[])
  to fairlead_manager, fairlead_admin;

-- An admin also sources, settings and people.
grant execute on function api.set_source_competence(int, boolean), api.update_workspace(jsonb)
  to fairlead_admin;
grant execute on function
  api.list_users(), api.add_user(jsonb, text), api.update_user(uuid, jsonb), api.reset_password(uuid, text)
  to fairlead_admin;
