-- Leads are told apart by the strongest evidence.
-- depends: 0022.records
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- A lead's own row id, and a key made of all it says, are better than phone and time, which tell a retry only where
-- there is neither. An external id is a person's: two people may have one phone. The index still finds a phone by its
-- beginning.
drop index crm.leads_phone_timestamp_key;
create unique index leads_phone_timestamp_key on crm.leads (
  phone, (case when source_row_id is null and idempotency_key is null then timestamp_from_sheet end),
  (coalesce(external_id, '')), workspace_id);
comment on column crm.leads.idempotency_key is
  'What tells a retry from a new lead when there is neither row id nor a real phone with a time of day: a hash of all '
  'that the lead says, with the key of the sender. See core.retry_key().';

-- A retry that comes after this finds what came before it: a sender's key is part of the hash now.
alter table crm.leads disable trigger user;
update crm.leads l set idempotency_key = 'content:' || encode(sha256(convert_to((jsonb_build_array(
  l.external_id, l.name, l.phone, l.email, l.timestamp_from_sheet, l.lead_source,
  l.city, l.state_given, l.state, l.language, l.message, l.metadata) || to_jsonb(l.idempotency_key))::text, 'UTF8')),
  'hex')
where l.created_at > now() - interval '1 day' and l.idempotency_key !~ '^(content|edited):';
alter table crm.leads enable trigger user;
