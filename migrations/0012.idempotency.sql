-- What was answered to requests with an Idempotency-Key, so that a repeated one is answered alike and done once.
-- depends: 0011.deliveries

create table crm.idempotency_keys (
  workspace_id int not null references crm.workspaces,
  actor        text not null,
  key          text not null constraint idempotency_keys_key_length check (length(key) between 1 and 300),
  part         int not null default 1,
  digest       bytea not null,
  answer       jsonb,
  created_at   timestamptz not null,
  primary key (workspace_id, actor, key, part)
);
create index idempotency_keys_created_idx on crm.idempotency_keys (created_at, workspace_id);
comment on table crm.idempotency_keys is 'What was answered to requests that carry an Idempotency-Key, stored in the transaction of the change itself. Kept for 24 hours.';
comment on column crm.idempotency_keys.workspace_id is 'Workspace of the request.';
comment on column crm.idempotency_keys.actor is 'Who made it: a key is known only to whoever sent it.';
comment on column crm.idempotency_keys.key is 'The header''s value.';
comment on column crm.idempotency_keys.part is 'Which transaction of the request, counted from 1; most have one.';
comment on column crm.idempotency_keys.digest is 'SHA-256 of method, address and body: the same key with another request is a mistake.';
comment on column crm.idempotency_keys.answer is 'What the function answered; null only while its transaction is under way.';
comment on column crm.idempotency_keys.created_at is 'When it was made.';
