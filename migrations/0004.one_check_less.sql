-- A foreign key that cost every lead a row lock and could not catch anything: a deal and its assignments are written by
-- one statement, and routing.verify() replays each assignment from its deal.
-- depends: 0003.dealing

-- squawk-ignore ban-drop-constraint
alter table crm.lead_assignments drop constraint lead_assignments_workspace_id_deal_id_fkey;
comment on column crm.lead_assignments.deal_id is 'The deal that decided it; null when a manager did. No foreign key: one statement writes both, and routing.verify() finds an assignment whose deal does not give it.';
