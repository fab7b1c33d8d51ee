-- People and tokens: a role for those who only read, what may act for a user besides a browser, and sign-ins that failed.
-- depends: 0007.row_security
-- squawk-ignore-file adding-field-with-default, adding-not-nullable-field, adding-serial-primary-key-field, ban-drop-constraint, ban-drop-default, ban-drop-not-null, constraint-missing-not-valid, disallowed-unique-constraint

alter table crm.users
  drop constraint users_role_known,
  add constraint users_role_known check (role in ('admin', 'manager', 'caller', 'analyst'));
comment on column crm.users.role is 'admin, manager, caller or analyst.';

alter table crm.sessions
  add column id uuid not null default crm.new_id(),
  add column kind text not null default 'browser' constraint sessions_kind_known check (kind in ('browser', 'grant', 'token')),
  add column name text constraint sessions_name_length check (length(name) between 1 and 100),
  add column refresh_hash bytea,
  add column address text,
  add column user_agent text constraint sessions_user_agent_length check (length(user_agent) <= 100),
  add column last_used_at timestamptz;
alter table crm.sessions
  alter column kind drop default,
  drop constraint sessions_pkey,
  add primary key (workspace_id, id),
  alter column token_hash set not null,
  add constraint sessions_token_hash_key unique (token_hash),
  alter column expires_at drop not null,
  add constraint sessions_kind_whole check (
    (kind = 'token') = (name is not null) and (kind = 'grant') = (refresh_hash is not null) and (kind = 'token' or expires_at is not null));
comment on table crm.sessions is 'What acts for a user until it ends: a signed-in browser, a program that signed in, a personal token.';
comment on column crm.sessions.id is 'Names the session in lists; it opens nothing.';
comment on column crm.sessions.kind is 'browser: known by its cookie. grant: a program that signed in and refreshes. token: a personal token.';
comment on column crm.sessions.token_hash is 'SHA-256 of the cookie, of the part of a grant''s tokens that stays the same, or of the personal token.';
comment on column crm.sessions.refresh_hash is 'Of a grant: SHA-256 of the one refresh token that is good now. Whoever shows another of the grant ends it.';
comment on column crm.sessions.name is 'Of a personal token: what its user calls it.';
comment on column crm.sessions.address is 'Network address it was opened from.';
comment on column crm.sessions.user_agent is 'What it was opened with, in few words: Firefox on Windows.';
comment on column crm.sessions.created_at is 'When it was opened.';
comment on column crm.sessions.expires_at is 'When it ends by itself; null: never, which only a personal token may.';
comment on column crm.sessions.last_used_at is 'When it was last used, to the minute; null: never yet.';

create table crm.sign_in_failures (
  subject  bytea primary key,
  failures int not null constraint sign_in_failures_some check (failures > 0),
  last_at  timestamptz not null
);
create index sign_in_failures_last_idx on crm.sign_in_failures (last_at);
comment on table crm.sign_in_failures is 'Failed sign-ins in a row, of an account and of a network address. They belong to no workspace: the account need not exist.';
comment on column crm.sign_in_failures.subject is 'SHA-256 of the account''s e-mail address or of the network address, each with a word before it: what people type there may be a password.';
comment on column crm.sign_in_failures.failures is 'How many there were since the last success.';
comment on column crm.sign_in_failures.last_at is 'When the last one was.';
