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

-- What identifies nobody. install.sql makes the rest of the list. The row is written for every batch of leads: what is
-- long in it lies elsewhere once the row is.
alter table crm.workspaces
  add column placeholders text[] not null default
    '{0000000,1111111,2222222,3333333,4444444,5555555,6666666,7777777,8888888,9999999,0123456789,'
    '123456789,1234567890,a@a,abc@abc,abc@xyz,test@test,none@none,na@na,no@no,nil@nil,null@null,'
    'xyz@xyz,email@email,noemail@*,no-email@*,nomail@*,no-mail@*,notprovided@*,notavailable@*,'
    'donotreply@*,noreply@*,no-reply@*,na,n/a,none,nil,"null",undefined,unknown,nan,-,--,#n/a,#ref!,'
    '#value!,#name?,"not available","not provided"}'
    constraint workspaces_placeholders_count check (cardinality(placeholders) <= 300),
  add column placeholder_pattern text,
  add column placeholder_signs text[];
alter table crm.workspaces
  alter column placeholder_pattern set storage external,
  alter column placeholders set storage external,
  alter column placeholder_signs set storage plain;
comment on column crm.workspaces.placeholders is
  'What people write where they know nothing, and what therefore identifies nobody: numbers, addresses, words in the '
  'place of an id. See core.placeholder_body().';
comment on column crm.workspaces.placeholder_pattern is
  'The same as a regular expression, kept by a trigger; null for an empty list.';
comment on column crm.workspaces.placeholder_signs is
  'How what is in the list ends or begins, kept by the same trigger; null where that cannot be said.';
