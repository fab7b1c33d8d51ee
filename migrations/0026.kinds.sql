-- What kind of sender a source is, and the secret that the sender made for it.
-- depends: 0025.places
-- squawk-ignore-file constraint-missing-not-valid

alter table crm.sources
  add column kind text not null default 'plain' constraint sources_kind_form check (kind ~ '^[a-z0-9_]{1,50}$');
comment on column crm.sources.kind is 'What kind of sender it is, such as typeform: how its leads are read and what it proves itself by. Which kinds there are, the gateway knows (gateway/intake/kinds.toml); plain for any sender.';

create table crm.sender_secrets (
  workspace_id int not null,
  source_id    int not null,
  secret       bytea not null constraint sender_secrets_secret_length check (length(secret) between 1 and 1000),
  set_at       timestamptz not null,
  primary key (workspace_id, source_id),
  foreign key (workspace_id, source_id) references crm.sources (workspace_id, id)
);
comment on table crm.sender_secrets is 'The secrets that senders made themselves, or were told by hand: what they sign with, or send as a key in the body.';
comment on column crm.sender_secrets.workspace_id is 'Workspace of the source.';
comment on column crm.sender_secrets.source_id is 'The source.';
comment on column crm.sender_secrets.secret is 'The secret, encrypted by the gateway; only the gateway can read it.';
comment on column crm.sender_secrets.set_at is 'Since when it is this one.';
