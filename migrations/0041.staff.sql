-- People come in by a link of their own: invited, or with a new password for one that was forgotten. What managers may.
-- depends: 0040.dashboard
-- squawk-ignore-file ban-drop-not-null, disallowed-unique-constraint, require-concurrent-index-creation, ban-drop-constraint

-- An address belongs to whoever has shown to read its mail. So nobody learns from an invitation whether there is an
-- account, and nobody takes an address away from its owner by inviting it.
alter table crm.users
  alter column password_hash drop not null,
  drop constraint users_email_key;
create unique index users_email_key on crm.users (email) where password_hash is not null;
create unique index users_workspace_email_key on crm.users (workspace_id, email);
comment on column crm.users.password_hash is
  'Argon2id hash in PHC form, made by the gateway; null for a person who was invited and has not come in yet.';

create table crm.sign_in_links (
  workspace_id int not null,
  user_id      uuid not null,
  id           uuid not null,
  kind         text not null constraint sign_in_links_kind_known check (kind in ('invitation', 'reset')),
  token_hash   bytea not null constraint sign_in_links_token_hash_key unique,
  page         text not null constraint sign_in_links_page_length check (length(page) between 1 and 500),
  made_by      text not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  used_at      timestamptz,
  ended_at     timestamptz,
  mail_due_at  timestamptz,
  mail_tries   int not null default 0 constraint sign_in_links_mail_tries_range check (mail_tries >= 0),
  mailed_at    timestamptz,
  mail_answer  text constraint sign_in_links_mail_answer_length check (length(mail_answer) <= 500),
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id)
);
create index sign_in_links_mail_idx on crm.sign_in_links (mail_due_at) where mail_due_at is not null;
comment on table crm.sign_in_links is
  'The last link by which a person was to come in: with it they choose a password. A newer one takes its place.';
comment on column crm.sign_in_links.workspace_id is 'The person''s workspace.';
comment on column crm.sign_in_links.user_id is 'Whose link it is.';
comment on column crm.sign_in_links.id is 'What the gateway makes the token of, together with its own key.';
comment on column crm.sign_in_links.kind is 'invitation: the person has no password yet. reset: another one.';
comment on column crm.sign_in_links.token_hash is 'SHA-256 of the token, which is stored nowhere.';
comment on column crm.sign_in_links.page is 'Address of Fairlead that the link begins with.';
comment on column crm.sign_in_links.made_by is 'The actor who had it made.';
comment on column crm.sign_in_links.created_at is 'When it was made.';
comment on column crm.sign_in_links.expires_at is 'When it ends by itself.';
comment on column crm.sign_in_links.used_at is 'When it was used, which it is once; null while it was not.';
comment on column crm.sign_in_links.ended_at is 'When it was revoked.';
comment on column crm.sign_in_links.mail_due_at is
  'When its e-mail is tried next; null when none is to be sent any more.';
comment on column crm.sign_in_links.mail_tries is 'How often the e-mail was tried.';
comment on column crm.sign_in_links.mailed_at is
  'When the mail server took the e-mail; null for a link that was copied.';
comment on column crm.sign_in_links.mail_answer is 'What the mail server said last.';

create table crm.asked_resets (
  id         uuid primary key,
  email      text not null constraint asked_resets_email_length check (length(email) <= 320),
  token_hash bytea not null,
  page       text not null constraint asked_resets_page_length check (length(page) between 1 and 500),
  asked_at   timestamptz not null,
  due_at     timestamptz not null
);
comment on table crm.asked_resets is
  'Forgotten passwords that strangers told of, for some seconds: whether there is an account is looked up afterwards, so '
  'that the answer does not take longer for one.';
comment on column crm.asked_resets.id is 'The id of the link that is to be made.';
comment on column crm.asked_resets.email is 'The address that was typed, in lower case.';
comment on column crm.asked_resets.token_hash is 'SHA-256 of the token of that link.';
comment on column crm.asked_resets.page is 'Address of Fairlead that the link begins with.';
comment on column crm.asked_resets.asked_at is 'When it was asked for.';
comment on column crm.asked_resets.due_at is 'When a gateway looks at it next.';

alter table crm.workspaces add column managers_may text[] not null default '{}';
comment on column crm.workspaces.managers_may is
  'What managers may do beside admins: sources, destinations, people (callers and analysts only).';
