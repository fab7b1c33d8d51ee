-- Who may do what. Nothing is for everybody; a role has what stands beside it here, and sees the rows policies.sql
-- says. An admin is a manager who may do more, so what managers may is not said again of admins.
revoke all on function crm.new_id(), crm.key_hash(int, crm.contact_key_kind, text, int) from public;
revoke all on all functions in schema core from public;
revoke all on all functions in schema routing from public;
revoke all on all functions in schema api from public;
revoke all on all functions in schema report from public;

grant usage on schema api to fairlead_manager, fairlead_caller, fairlead_analyst, fairlead_intake, fairlead_keeper;
grant usage on schema crm, core, routing, report to fairlead_manager, fairlead_caller, fairlead_analyst;

-- What may be read, row by row as policies.sql says. Nobody reads secrets, nor writes to a table other than through
-- api.
revoke all on all tables in schema crm from fairlead_manager, fairlead_caller, fairlead_analyst;
grant select on
  crm.workspaces, crm.callers, crm.caller_states, crm.caller_sources, crm.campaigns, crm.campaign_assignees,
  crm.caller_daily_counters, crm.lead_assignments, crm.queue, crm.events,
  crm.countries, crm.states, crm.place_names, crm.phone_plans, crm.phone_ranges
  to fairlead_manager, fairlead_caller, fairlead_analyst;
grant select on crm.sources to fairlead_manager, fairlead_caller, fairlead_analyst;
grant select (workspace_id, id, email, name, role, caller_id, created_at, disabled_at)
  on crm.users to fairlead_manager, fairlead_caller;
grant select on crm.dispositions to fairlead_manager, fairlead_caller, fairlead_analyst;
grant select on crm.leads, crm.activities, crm.tasks to fairlead_manager, fairlead_caller;
grant select on crm.rules, crm.rr_pointers, crm.deals to fairlead_manager, fairlead_analyst;
grant select on crm.ticks, crm.contact_keys, crm.contact_leads, crm.contact_merges to fairlead_manager;
grant select on report.callers_today, report.leads, report.waiting_leads, report.queue, report.caller_standings
  to fairlead_manager, fairlead_analyst;
grant select on report.audit_log, report.newest_seals, crm.event_seals to fairlead_manager;
grant select on routing.caller_cards to fairlead_manager, fairlead_caller, fairlead_analyst;
grant select on core.leads_in_sight, core.own_leads to fairlead_manager, fairlead_caller;
grant select on routing.plan, routing.rule_versions, routing.caller_versions, routing.pools
  to fairlead_manager, fairlead_analyst;
grant select on routing.contact_versions to fairlead_manager;

-- Reading functions are for all three roles: they see no more than the rows in sight. What writes is called through
-- api.
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid from pg_proc p
    where p.pronamespace in ('core'::regnamespace, 'routing'::regnamespace, 'report'::regnamespace)
      and (p.provolatile <> 'v' and p.prorettype <> 'trigger'::regtype)
  loop
    execute format('grant execute on function %s to fairlead_manager, fairlead_caller, fairlead_analyst', v_function);
  end loop;
end
$$;
grant execute on function core.current_time(), core.moved_time() to fairlead_manager,
  fairlead_caller, fairlead_analyst;
grant execute on function core.claim_lead(uuid, uuid), core.close_lead(uuid, crm.lead_status, text, uuid),
  core.reopen_lead(uuid), core.set_status(uuid, crm.lead_status, text), core.edit_lead(uuid, jsonb)
  to fairlead_manager, fairlead_caller;

-- Leads come in.
grant execute on function api.ingest_leads(jsonb), api.try_intake(uuid) to fairlead_intake;

-- What the gateway does without anybody asking.
grant execute on function
  api.find_link(bytea), api.use_link(bytea, text), api.ask_reset(text, text, text, uuid, bytea, text),
  api.claim_resets(int), api.begin_reset(uuid),
  api.claim_letters(int), api.finish_letter(int, uuid, uuid, boolean, text),
  api.check_sign_in(text, text, text), api.refuse_sign_in(text, text, text),
  api.open_session(text, text, text, bytea, bytea, interval, text, text, text, text, bigint, bytea),
  api.find_session(text, bytea),
  api.refresh_session(bytea, bytea, bytea, interval), api.close_session(text, bytea),
  api.find_source(bytea), api.list_sources(), api.find_form(text), api.find_key(int, int),
  api.begin_tick(), api.tick(int), api.tick(),
  api.read_events(int, bigint, int), api.last_event(int), api.read_metrics(),
  api.find_calendar(bytea),
  api.claim_deliveries(int, int[]), api.finish_delivery(int, int, bigint, int, text, text, int),
  api.claim_notices(int), api.finish_push(int, uuid, text),
  api.read_sealing_keys(), api.read_country(int), api.read_placeholders(int),
  api.claim_check(), api.read_import_piece(int, uuid, int), api.stage_rows(int, uuid, int, jsonb, int),
  api.finish_check(int, uuid, int, text),
  api.advance_imports(int)
  to fairlead_keeper;

-- Each person who is signed in looks at what they may see.
grant execute on function
  api.get_workspace(), api.get_rights(), api.list_states(), api.list_callers(), api.get_caller(uuid),
  api.list_dispositions(), api.get_disposition(int)
  to fairlead_manager, fairlead_caller, fairlead_analyst;
grant execute on function api.list_leads(jsonb), api.count_leads(jsonb), api.newest_searched(text), api.get_lead(uuid),
  api.search_all(text, jsonb),
  api.list_saved_views(), api.create_saved_view(jsonb), api.update_saved_view(int, jsonb), api.archive_saved_view(int),
  api.begin_export(jsonb, text), api.export_leads(jsonb)
  to fairlead_manager, fairlead_caller;
grant execute on function
  api.get_overview(), api.list_rules(), api.get_rule(uuid), api.reach_rules(), api.list_pools(),
  api.get_fairness(jsonb), api.get_dashboard(jsonb), api.get_caller_performance(jsonb), api.list_own_sources(),
  api.get_source(int), api.list_campaigns(), api.get_campaign(int)
  to fairlead_manager, fairlead_analyst;
-- The own account.
grant execute on function
  api.list_sessions(uuid), api.end_session(uuid), api.end_other_sessions(uuid),
  api.change_password(text, uuid, boolean),
  api.get_calendar(), api.make_calendar(bytea), api.remove_calendar(),
  api.get_notice_choices(), api.set_notice_choices(jsonb), api.list_push_subscriptions(),
  api.create_push_subscription(jsonb), api.archive_push_subscription(uuid),
  api.list_tokens(), api.create_token(jsonb, bytea), api.revoke_token(uuid),
  api.get_factor(), api.begin_factor(bytea), api.read_factor(), api.confirm_factor(bigint, bytea[]),
  api.renew_recovery_codes(bytea[]), api.remove_own_factor()
  to fairlead_manager, fairlead_caller, fairlead_analyst;

-- What a request asks of its transaction: not to overwrite another person's change, and to be carried out once.
grant execute on function api.expect_etag(text, text, text[])
  to fairlead_manager, fairlead_caller;
grant execute on function api.begin_request(text, int, bytea), api.finish_request(text, int, jsonb)
  to fairlead_manager, fairlead_caller, fairlead_analyst;

-- A caller works the own leads, a manager everybody's.
grant execute on function
  api.claim_lead(uuid, uuid), api.close_lead(uuid, text, text), api.reopen_lead(uuid), api.update_lead(uuid, jsonb),
  api.set_lead_status(uuid, text, text), api.log_activity(uuid, jsonb), api.list_activities(uuid, jsonb),
  api.list_timeline(uuid, jsonb), api.withdraw_activity(uuid),
  api.list_tasks(jsonb), api.count_tasks(jsonb), api.get_task(uuid), api.create_task(jsonb),
  api.update_task(uuid, jsonb), api.finish_task(uuid), api.reopen_task(uuid), api.archive_task(uuid)
  to fairlead_manager, fairlead_caller;

grant execute on function api.list_my_day(jsonb), api.list_my_leads(jsonb) to fairlead_manager, fairlead_caller;

-- A manager runs leads, callers and the plan.
grant execute on function
  api.list_audit(jsonb), api.list_actors(),
  api.reassign_lead(uuid, uuid, text), api.hold_lead(uuid, boolean), api.merge_contacts(uuid, uuid, text),
  api.unmerge_contact(uuid),
  api.list_lead_sources(), api.preview_lead(jsonb), api.create_lead(jsonb), api.simulate(jsonb),
  api.create_caller(jsonb), api.update_caller(uuid, jsonb), api.set_caller_status(uuid, text, text),
  api.archive_caller(uuid, text), api.restore_caller(uuid),
  api.hand_over_leads(uuid, text, text),
  api.archive_sample_callers(),
  api.is_test(int, jsonb),
  api.list_rule_fields(), api.try_rule(jsonb), api.create_rule(jsonb), api.update_rule(uuid, jsonb),
  api.archive_rule(uuid), api.restore_rule(uuid), api.order_rules(uuid[]),
  api.create_campaign(jsonb), api.update_campaign(int, jsonb), api.set_campaign_callers(int, uuid[]),
  api.archive_campaign(int),
  api.create_disposition(jsonb), api.update_disposition(int, jsonb), api.archive_disposition(int),
  api.list_alerts(jsonb), api.get_alert_settings(), api.acknowledge_alert(bigint)
  to fairlead_manager;

-- And sources, destinations and people, where an admin lets managers: each asks core.refuse_unless_may().
grant execute on function
  api.create_source(jsonb, bytea), api.update_source(int, jsonb), api.rotate_source(int, bytea, interval),
  api.revoke_source(int), api.remake_form_key(int), api.get_key_generation(int),
  api.set_sender_secret(int, bytea),
  api.list_destinations(), api.create_destination(jsonb), api.update_destination(int, jsonb),
  api.archive_destination(int),
  api.rotate_destination(int), api.test_destination(int), api.list_deliveries(jsonb), api.retry_delivery(int, bigint),
  api.check_staff(jsonb, jsonb), api.save_staff(jsonb, jsonb, jsonb),
  api.create_caller_with_login(jsonb, text, jsonb),
  api.list_users(), api.invite_user(jsonb, jsonb), api.send_link(uuid, jsonb), api.revoke_link(uuid)
  to fairlead_manager;

-- And acts on many at once.
grant execute on function
  api.act_on_leads(jsonb), api.act_on_callers(jsonb), api.undo_action(uuid), api.get_action(uuid), api.list_actions()
  to fairlead_manager;

-- And imports leads.
grant execute on function
  api.create_import(jsonb), api.add_import_piece(uuid, int, bytea), api.finish_upload(uuid), api.list_imports(jsonb),
  api.get_import(uuid),
  api.read_import_outline(uuid), api.recognise_columns(jsonb), api.check_import(uuid, jsonb),
  api.start_import(uuid, jsonb), api.cancel_import(uuid),
  api.list_import_rows(uuid, jsonb), api.list_refused_rows(uuid, int, int), api.summarize_import(uuid),
  api.import_leads(jsonb)
  to fairlead_manager;

-- An admin also settings, and what people may.
grant execute on function
  api.update_workspace(jsonb), api.update_alert_settings(jsonb),
  api.add_user(jsonb, text), api.update_user(uuid, jsonb), api.reset_password(uuid, text),
  api.remove_factor(uuid)
  to fairlead_admin;
