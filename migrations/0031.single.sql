-- A lead by itself: what is read from its text again for every statement, and what the turnstile makes needless.
-- depends: 0030.places
-- squawk-ignore-file ban-drop-constraint

-- PostgreSQL makes check constraints from their text for every statement: those of a lead took more time than the
-- insert and its indexes together. The same rules, by the same names, are now kept by the triggers prepare_lead,
-- refuse_unfit_lead and refuse_unfit_workspace, which are asked only where a column that they are about changes.
alter table crm.leads
  drop constraint leads_city_length,
  drop constraint leads_email_length,
  drop constraint leads_external_id_length,
  drop constraint leads_idempotency_key_length,
  drop constraint leads_language_length,
  drop constraint leads_lead_source_length,
  drop constraint leads_message_length,
  drop constraint leads_metadata_object,
  drop constraint leads_name_length,
  drop constraint leads_phone_length,
  drop constraint leads_request_id_length,
  drop constraint leads_source_row_id_length,
  drop constraint leads_state_from_known,
  drop constraint leads_state_given_length,
  drop constraint leads_state_has_origin,
  drop constraint leads_state_length;

-- Its row is written with every lead, for the number of the newest event.
alter table crm.workspaces
  drop constraint workspaces_business_day_whole,
  drop constraint workspaces_leads_of_away_known,
  drop constraint workspaces_leads_of_gone_known,
  drop constraint workspaces_name_length,
  drop constraint workspaces_placeholders_count;

-- Foreign keys that looked up and locked a row for every lead, and could not catch anything: leads are never deleted
-- and never change their ids (keep_leads, keep_lead_ids), and who had leads is kept by the key of
-- caller_daily_counters.
alter table crm.lead_assignments drop constraint lead_assignments_workspace_id_lead_id_fkey;
comment on column crm.lead_assignments.lead_id is
  'The lead. No foreign key: dealing assigns the leads it has just stored, none is ever deleted, and routing.verify() '
  'finds an assignment of no lead.';
alter table crm.rr_pointers drop constraint rr_pointers_workspace_id_last_caller_id_fkey;
comment on column crm.rr_pointers.last_caller_id is
  'Who got the last lead of the pool. No foreign key: routing.verify() compares it with the last deal, and a caller '
  'who had leads cannot be deleted.';
