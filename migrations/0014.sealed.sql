-- Phone and e-mail sealed: what stands in their columns is a keyed hash, and the values ride along encrypted.
-- depends: 0013.sources
-- squawk-ignore-file require-concurrent-index-creation

alter table crm.leads add column sealed bytea;
comment on column crm.leads.sealed is 'Phone and e-mail, encrypted by the gateway: number of the data key, nonce, AES-256-GCM of their JSON. null where they stand in the clear.';
comment on column crm.leads.phone is 'Phone in international form (+919812345678) where it could be understood, else as it was given; its keyed hash where it is sealed.';
comment on column crm.leads.email is 'E-mail address in lower case; its keyed hash where it is sealed.';

-- A phone is found by leads_phone_timestamp_key. Costs nothing while nothing is sealed.
create index leads_sealed_email_idx on crm.leads (email, workspace_id, id) where sealed is not null;

create table crm.sealing_keys (
  id         int primary key constraint sealing_keys_id_range check (id between 1 and 65535),
  key_id     text not null constraint sealing_keys_key_id_form check (key_id ~ '^[0-9a-f]{16}$'),
  wrapped    bytea not null,
  created_at timestamptz not null
);
comment on table crm.sealing_keys is 'The data keys that phones and e-mails are sealed with, of all workspaces; each is itself encrypted by a key of the environment. The newest is in use, the others open what they sealed.';
comment on column crm.sealing_keys.id is 'Number of the data key; crm.leads.sealed begins with it.';
comment on column crm.sealing_keys.key_id is 'Which key of FAIRLEAD_ENCRYPTION_KEYS it is wrapped by: the beginning of its SHA-256.';
comment on column crm.sealing_keys.wrapped is 'Nonce, and AES-256-GCM of the data key and the index key. The index key makes the hashes, and is the same in every row.';
comment on column crm.sealing_keys.created_at is 'When the data key was made.';
