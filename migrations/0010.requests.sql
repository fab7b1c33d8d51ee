-- Requests: which one brought a lead in, and in which one an event came about.
-- depends: 0009.audit
-- squawk-ignore-file constraint-missing-not-valid

alter table crm.leads
  add column request_id text collate "C" constraint leads_request_id_length check (length(request_id) <= 100);
comment on column crm.leads.request_id is 'The request that brought it in, as in the gateway''s log; null for a plain insert.';

alter table crm.events add column request_id text collate "C";
comment on column crm.events.request_id is 'The request it came about in, as in the gateway''s log; null for what nobody asked for, such as a tick, and for plain statements.';
