-- Signing in: known networks and known devices, a second factor, personal tokens that end.
-- depends: 0019.caps
-- squawk-ignore-file constraint-missing-not-valid, adding-not-nullable-field

alter table crm.sessions add column network text;
comment on column crm.sessions.network is 'What its address is counted as: the address, or of an IPv6 one its /64.';
update crm.sessions set network = address where address is not null;

-- Tokens that would never have ended have a year yet.
update crm.sessions set expires_at = now() + interval '365 days' where kind = 'token' and expires_at is null;
alter table crm.sessions alter column expires_at set not null;
comment on column crm.sessions.expires_at is 'When it ends by itself.';

alter table crm.workspaces add column requires_factor boolean not null default false;
comment on column crm.workspaces.requires_factor
is 'Whether everybody needs a second factor: who has none can do nothing but set one up.';

create table crm.user_factors (
  workspace_id   int not null,
  user_id        uuid not null,
  secret         bytea not null constraint user_factors_secret_length check (length(secret) between 16 and 200),
  began_at       timestamptz not null,
  confirmed_at   timestamptz,
  last_step      bigint not null default 0,
  recovery_codes bytea[] not null default '{}' constraint user_factors_recovery_codes_count
    check (cardinality(recovery_codes) <= 20),
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id)
);
comment on table crm.user_factors is
  'The second factor of a person: codes that change every 30 seconds (TOTP, RFC 6238).';
comment on column crm.user_factors.workspace_id is 'Workspace of the person.';
comment on column crm.user_factors.user_id is 'Whose it is.';
comment on column crm.user_factors.secret is 'What the codes are made from, encrypted with a key of the gateway.';
comment on column crm.user_factors.began_at is 'When the secret was made.';
comment on column crm.user_factors.confirmed_at is 'When the first code was right; until then it is no factor yet.';
comment on column crm.user_factors.last_step is
  'Step of 30 seconds of the last code that was taken: no code of it or before is taken again.';
comment on column crm.user_factors.recovery_codes is
  'SHA-256 of each code that opens once in the place of a lost factor.';
