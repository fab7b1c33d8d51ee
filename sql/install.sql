-- Fairlead's code, rebuilt at every deploy. Tables live in schema crm and are changed only by migrations; everything
-- here can be dropped and made again in one transaction, because nothing outside depends on it but triggers.
--
-- How it works, in the order it is read: a lead is inserted into crm.leads. prepare_lead() gives it one spelling.
-- When the statement is done deal_new_leads() passes the workspace's turnstile, has join_contacts() find whose leads these
-- are, and calls deal_leads(), which asks pick_callers() who gets which lead and has record_picks() write that down. pick_callers() walks the plan, finds the
-- pools, and order_slots() puts each pool's turns in order. explain() and verify() read the record back.
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

create schema routing;
comment on schema routing is 'How leads are dealt: functions, and views to inspect them. Rebuilt at every deploy.';
create schema api;
comment on schema api is 'All that the gateway may touch. Rebuilt at every deploy.';
create schema report;
comment on schema report is 'Views for managers and DBAs. Rebuilt at every deploy.';

-- The ground: one clock, one actor, one log
\ir routing/current_time.sql
\ir routing/business_date.sql
\ir routing/current_actor.sql
\ir routing/sight.sql
\ir routing/take_turnstile.sql
\ir routing/write_events.sql
\ir routing/keep_log.sql
\ir routing/seal_events.sql
\ir routing/with_etag.sql
\ir routing/sealed.sql

-- On the way in: one spelling for everything that is compared
\ir routing/place_key.sql
\ir routing/find_place.sql
\ir routing/find_state.sql
\ir routing/find_state_of_city.sql
\ir routing/normalize_phone.sql
\ir routing/prepare_lead.sql
\ir routing/prepare_caller_state.sql
\ir routing/record_caller_changes.sql
\ir routing/record_caller_sources.sql
\ir routing/condition_facts.sql
\ir routing/read_condition.sql
\ir routing/compile_condition.sql
\ir routing/describe_condition.sql
\ir routing/old_conditions.sql
\ir routing/record_rule_changes.sql
\ir routing/record_campaign_changes.sql
\ir routing/record_lead_changes.sql
\ir routing/record_workspace_changes.sql
\ir routing/source_settings.sql
\ir routing/record_source_changes.sql
\ir routing/record_user_changes.sql
\ir routing/default_plan.sql
\ir routing/read_timestamp.sql
\ir routing/hours.sql
\ir routing/campaigns.sql

-- Dealing
\ir routing/plan.sql
\ir routing/describe.sql
\ir routing/standing.sql
\ir routing/counted.sql
\ir routing/member.sql
\ir routing/make_pointer.sql
\ir routing/circles.sql
\ir routing/draws.sql
\ir routing/order_random.sql
\ir routing/order_weighted_random.sql
\ir routing/order_least_loaded.sql
\ir routing/order_weighted.sql
\ir routing/order_slots.sql
\ir routing/pools.sql
\ir routing/current_pools.sql
\ir routing/contacts.sql
\ir routing/pick_callers.sql
\ir routing/sure_picks.sql
\ir routing/record_picks.sql
\ir routing/deal_leads.sql
\ir routing/deal_new_leads.sql
\ir routing/assignments_of_lead.sql
\ir routing/move_leads.sql
\ir routing/hand_over.sql
\ir routing/expire_claims.sql
\ir routing/drain_queue.sql

-- Telling others
\ir routing/silence.sql
\ir routing/alerts.sql
\ir routing/deliveries.sql

-- Looking back: what was decided, and whether it was right
\ir routing/find_duplicate.sql
\ir routing/lead_cards.sql
\ir routing/caller_cards.sql
\ir routing/caller_versions.sql
\ir routing/pool_members_at.sql
\ir routing/contact_history.sql
\ir routing/explain.sql
\ir routing/violation.sql
\ir routing/verify_deals.sql
\ir routing/verify_contacts.sql
\ir routing/verify_seals.sql
\ir routing/verify.sql
\ir routing/audit_entry.sql
\ir routing/filter_events.sql

-- What the gateway may call
\ir api/find_source.sql
\ir api/sources.sql
\ir api/workspace.sql
\ir api/people.sql
\ir api/sign_in.sql
\ir api/users.sql
\ir api/sessions.sql
\ir api/tokens.sql
\ir api/factors.sql
\ir api/ingest_leads.sql
\ir api/try_intake.sql
\ir api/callers.sql
\ir api/rules.sql
\ir api/rule_reach.sql
\ir api/list_pools.sql
\ir routing/simulate.sql
\ir api/leads.sql
\ir api/export_leads.sql
\ir api/campaigns.sql
\ir api/reassign_lead.sql
\ir api/work_leads.sql
\ir api/contacts.sql
\ir api/preview_lead.sql
\ir api/requests.sql
\ir api/sealing.sql
\ir api/tick.sql
\ir routing/imports.sql
\ir routing/advance_import.sql
\ir api/imports.sql
\ir api/run_imports.sql
\ir api/events.sql
\ir api/metrics.sql
\ir api/alerts.sql
\ir api/deliveries.sql
\ir api/destinations.sql
\ir api/get_overview.sql
\ir api/audit.sql

-- What managers and DBAs may read
\ir report/today.sql
\ir report/fairness.sql
\ir report/audit_log.sql
\ir api/look_back.sql

\ir grants.sql
\ir policies.sql
\ir routing/compile_rules.sql

commit;
