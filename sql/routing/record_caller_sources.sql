-- A change of what a caller is competent for is a change of the caller: the same event as any other, by the same trigger.
create trigger record_caller_sources_insert after insert on crm.caller_sources
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_caller_sources_update after update on crm.caller_sources
referencing new table as changed for each statement execute function routing.record_caller_changes();
create trigger record_caller_sources_delete after delete on crm.caller_sources
referencing old table as changed for each statement execute function routing.record_caller_changes();
