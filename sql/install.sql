-- Fairlead's code, rebuilt at every deploy. Tables live in schema crm and are changed only by migrations; everything
-- here can be dropped and made again in one transaction, because nothing outside depends on it but triggers.
--
-- How it works, in the order it is read: a lead is inserted into crm.leads. prepare_lead() gives it one spelling. When
-- the statement is done deal_new_leads() passes the workspace's turnstile, has join_contacts() find whose leads these
-- are, and calls deal_leads(), which asks pick_callers() who gets which lead and has record_picks() write that down.
-- pick_callers() walks the plan, finds the pools, and order_slots() puts each pool's turns in order. explain() and
-- verify() read the record back.
--
-- From psql:  psql -v ON_ERROR_STOP=1 -c 'set role fairlead_owner' -f sql/install.sql
\set ON_ERROR_STOP on

begin;
set local lock_timeout = '10s';
set local check_function_bodies = on;
set local search_path = pg_catalog, pg_temp;

\ir refuse_dependents.sql
drop schema if exists report cascade;
drop schema if exists api cascade;
drop schema if exists routing cascade;
drop schema if exists core cascade;

create schema core;
comment on schema core is
  'What is not about who gets a lead: the clock, the log, people, sources, imports. Rebuilt at every deploy.';
create schema routing;
comment on schema routing is 'How leads are dealt: functions, and views to inspect them. Rebuilt at every deploy.';
create schema api;
comment on schema api is 'All that the gateway may touch. Rebuilt at every deploy.';
create schema report;
comment on schema report is 'Views for managers and DBAs. Rebuilt at every deploy.';

-- The ground: one clock, one actor, one log, one turnstile
\ir ground/current_time.sql
\ir ground/business_date.sql
\ir ground/current_actor.sql
\ir ground/sight.sql
\ir ground/take_turnstile.sql
\ir ground/write_events.sql
\ir ground/keep_log.sql
\ir ground/seal_events.sql
\ir ground/record.sql
\ir ground/requests.sql

-- On the way in: one spelling for everything that is compared
\ir spelling/sealed.sql
\ir spelling/places.sql
\ir spelling/postal_codes.sql
\ir spelling/countries.sql
\ir spelling/find_states.sql
\ir spelling/numbers.sql
\ir spelling/normalize_phone.sql
\ir spelling/read_timestamp.sql
\ir spelling/placeholders.sql
\ir spelling/unfit.sql
\ir spelling/details.sql
\ir spelling/prepare_lead.sql
\ir spelling/reachable.sql
\ir spelling/sealing.sql

-- Callers, and the campaigns they work for: who is free, and what the log says of each
\ir callers/caps.sql
\ir callers/standing.sql
\ir callers/hours.sql
\ir callers/prepare_caller_state.sql
\ir callers/record.sql
\ir callers/caller_cards.sql
\ir callers/caller_versions.sql
\ir callers/name_campaign.sql
\ir callers/api.sql
\ir callers/campaigns.sql

-- People who sign in, and the workspace they share
\ir people/record.sql
\ir people/workspace.sql
\ir people/rights.sql
\ir people/api.sql
\ir people/sign_in.sql
\ir people/links.sql
\ir people/users.sql
\ir people/sessions.sql
\ir people/tokens.sql
\ir people/factors.sql
\ir people/saved_views.sql
\ir people/forgotten.sql
\ir people/staff.sql

-- Strategies: pure functions that put the turns of a pool in order
\ir strategies/member.sql
\ir strategies/make_pointer.sql
\ir strategies/circles.sql
\ir strategies/draws.sql
\ir strategies/order_round_robin.sql
\ir strategies/order_random.sql
\ir strategies/order_weighted_random.sql
\ir strategies/order_least_loaded.sql
\ir strategies/order_weighted.sql
\ir strategies/order_slots.sql

-- The plan: rules, their conditions, and the pools they make
\ir plan/condition_facts.sql
\ir plan/read_condition.sql
\ir plan/compile_condition.sql
\ir plan/describe_condition.sql
\ir plan/old_conditions.sql
\ir plan/record.sql
\ir plan/plan.sql
\ir plan/describe_reasons.sql
\ir plan/pools.sql
\ir plan/current_pools.sql
\ir plan/rules.sql
\ir plan/rule_reach.sql

-- Dealing: who gets which lead, and who has it from then on
\ir dealing/contacts.sql
\ir dealing/learn_edited.sql
\ir dealing/reread_phones.sql
\ir dealing/pick_callers.sql
\ir dealing/sure_picks.sql
\ir dealing/record_picks.sql
\ir dealing/deal_leads.sql
\ir dealing/hold_new_leads.sql
\ir dealing/deal_new_leads.sql
\ir dealing/assignments_of_lead.sql
\ir dealing/move_leads.sql
\ir dealing/hand_over.sql
\ir dealing/expire_claims.sql
\ir dealing/drain_queue.sql

-- Looking back: what was decided, and whether it was right
\ir proof/lead_history.sql
\ir proof/pool_members_at.sql
\ir proof/contact_history.sql
\ir proof/explain.sql
\ir proof/violation.sql
\ir proof/lead_status.sql
\ir proof/verify_deals.sql
\ir proof/verify_contacts.sql
\ir proof/verify_seals.sql
\ir proof/verify.sql
\ir proof/simulate.sql
\ir proof/fairness.sql
\ir proof/look_back.sql

-- Leads as people work them
\ir leads/lead_cards.sql
\ir leads/first_call.sql
\ir leads/find_leads.sql
\ir leads/api.sql
\ir leads/search_all.sql
\ir leads/export_leads.sql
\ir leads/edit_lead.sql
\ir leads/create_lead.sql
\ir leads/reassign_lead.sql
\ir leads/work_leads.sql
\ir leads/contacts.sql
\ir leads/preview_lead.sql
\ir leads/get_overview.sql
\ir leads/today.sql

-- What is done with leads: activities, what comes of them, tasks
\ir activities/record.sql
\ir activities/cards.sql
\ir activities/dispositions.sql
\ir activities/tasks.sql
\ir activities/log_activity.sql
\ir activities/api.sql
\ir activities/calendar.sql
\ir activities/next_leads.sql

-- What is done to many at once, and taken back
\ir actions/record.sql
\ir actions/leads.sql
\ir actions/changes.sql
\ir actions/callers.sql
\ir actions/undo.sql

-- Figures, for the dashboard and for SQL
\ir dashboard/figures.sql
\ir dashboard/kept_days.sql
\ir dashboard/report.sql
\ir dashboard/standings.sql
\ir dashboard/api.sql
\ir dashboard/performance.sql

-- Sources, and how leads come in
\ir intake/source_settings.sql
\ir intake/record.sql
\ir intake/sources.sql
\ir intake/sender_secrets.sql
\ir intake/find_duplicate.sql
\ir intake/ingest_leads.sql
\ir intake/try_intake.sql

-- Telling others: the feed, alerts, deliveries, the audit
\ir events/api.sql
\ir events/silence.sql
\ir events/raise_alerts.sql
\ir events/alerts.sql
\ir events/notices.sql
\ir events/enqueue_deliveries.sql
\ir events/deliveries.sql
\ir events/destinations.sql
\ir events/audit_entry.sql
\ir events/filter_events.sql
\ir events/audit.sql
\ir events/audit_log.sql

-- Files of leads
\ir imports/staging.sql
\ir imports/advance_import.sql
\ir imports/api.sql
\ir imports/run_imports.sql

-- What the gateway does without anybody asking
\ir operations/tick.sql
\ir operations/metrics.sql

\ir grants.sql
\ir policies.sql
\ir plan/compile_rules.sql
\ir spelling/compile_placeholders.sql
\ir dealing/reread_stored_phones.sql
\ir activities/make_first_dispositions.sql

commit;
