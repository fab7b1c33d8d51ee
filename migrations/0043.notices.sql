-- Teams are told in the tool they talk in, and people where they are.
-- depends: 0042.saved_views
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation, disallowed-unique-constraint

alter table crm.destinations
  add column template text constraint destinations_template_length check (length(template) between 1 and 2000),
  drop constraint destinations_kind_known,
  add constraint destinations_kind_known
    check (kind in ('webhook', 'email', 'slack', 'teams', 'google_chat', 'telegram')),
  drop constraint destinations_address_form,
  add constraint destinations_address_form check (case kind
    when 'email' then length(address) <= 254 and address ~ '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*$'
    when 'telegram' then address ~ '^https?://[^[:space:]/?#@\\]+/bot[^[:space:]/?#]+/sendMessage\?chat_id=(-?[0-9]+|@[a-zA-Z0-9_]+)$'
    else address ~ '^https?://[^[:space:]/?#@\\]+([/?][^[:space:]#]*)?$' end),
  add constraint destinations_template_of_chats check (template is null or kind not in ('webhook', 'email'));
comment on column crm.destinations.kind is
  'webhook (signed HTTP posts), email, or a text in slack, teams, google_chat or telegram.';
comment on column crm.destinations.address is
  'The URL, or the e-mail address. Telegram: that of sendMessage, with the chat as chat_id.';
comment on column crm.destinations.template is
  'What is said in a chat, with placeholders such as {lead.name}; null: as it is usual.';

create table crm.notice_choices (
  workspace_id int not null,
  user_id      uuid not null,
  kinds        text[] not null constraint notice_choices_kinds_known check (
    kinds <@ array['new_leads', 'claims_running_out', 'call_backs'] and array_position(kinds, null) is null),
  by_email     boolean not null,
  pushed_at    timestamptz,
  mailed_at    timestamptz,
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id)
) with (fillfactor = 50);
comment on table crm.notice_choices is
  'What each person wants to be told of. Who has chosen nothing yet is told nothing.';
comment on column crm.notice_choices.workspace_id is 'Workspace of the person.';
comment on column crm.notice_choices.user_id is 'The person.';
comment on column crm.notice_choices.kinds is 'What is told: new leads, claims that run out, call-backs that are due.';
comment on column crm.notice_choices.by_email is
  'Whether it is told by e-mail, beside the browsers of crm.push_subscriptions.';
comment on column crm.notice_choices.pushed_at is
  'When the browsers were last told: what comes soon after is told together.';
comment on column crm.notice_choices.mailed_at is 'When the last e-mail was sent, likewise.';

create table crm.push_subscriptions (
  workspace_id int not null,
  id           uuid not null default crm.new_id(),
  user_id      uuid not null,
  endpoint     text not null constraint push_subscriptions_endpoint_form
    check (length(endpoint) <= 1000 and endpoint ~ '^https?://[!-~]+$'),
  p256dh       bytea not null constraint push_subscriptions_p256dh_length check (length(p256dh) = 65),
  auth         bytea not null constraint push_subscriptions_auth_length check (length(auth) = 16),
  created_at   timestamptz not null,
  failed_at    timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id),
  constraint push_subscriptions_endpoint_key unique (endpoint)
);
create index push_subscriptions_user_idx on crm.push_subscriptions (user_id);
comment on table crm.push_subscriptions is
  'Browsers that are told by Web Push, at most ten of a person. A browser is of one person at a time.';
comment on column crm.push_subscriptions.workspace_id is 'Workspace of the person.';
comment on column crm.push_subscriptions.id is 'Id of the subscription.';
comment on column crm.push_subscriptions.user_id is 'Whose browser it is.';
comment on column crm.push_subscriptions.endpoint is 'Where the browser''s push service takes messages for it.';
comment on column crm.push_subscriptions.p256dh is 'The browser''s public key, that only it can read what is sent.';
comment on column crm.push_subscriptions.auth is 'The secret that the browser shares with who sends.';
comment on column crm.push_subscriptions.created_at is 'When it was made.';
comment on column crm.push_subscriptions.failed_at is 'When a message last failed; null when the last one was taken.';

create table crm.notice_looks (
  workspace_id int primary key references crm.workspaces,
  seq          bigint not null,
  at           timestamptz not null
) with (fillfactor = 50);
comment on table crm.notice_looks is
  'How far each workspace was looked through for notices; one in which nobody wants any has no row.';
comment on column crm.notice_looks.workspace_id is 'The workspace.';
comment on column crm.notice_looks.seq is 'Number of the last event looked at.';
comment on column crm.notice_looks.at is 'Until when call-backs were looked at.';

create table crm.notices (
  workspace_id int not null,
  id           bigint generated always as identity,
  user_id      uuid not null,
  way          text not null constraint notices_way_known check (way in ('browser', 'email')),
  kind         text not null constraint notices_kind_known
    check (kind in ('new_leads', 'claims_running_out', 'call_backs')),
  seq          bigint,
  task_id      uuid,
  due_at       timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id),
  constraint notices_about_one check ((kind = 'call_backs') = (seq is null) and (seq is null) = (task_id is not null))
);
create index notices_due_idx on crm.notices (user_id, way, due_at);
comment on table crm.notices is
  'What people are still to be told, each row for one person and one way. Whoever tells it removes it first, so '
  'that nothing is told twice.';
comment on column crm.notices.workspace_id is 'Workspace of the person.';
comment on column crm.notices.id is 'Number of the notice.';
comment on column crm.notices.user_id is 'Who is told.';
comment on column crm.notices.way is 'browser or email.';
comment on column crm.notices.kind is 'What it is about.';
comment on column crm.notices.seq is 'The assignment, for a lead. No foreign key: it is looked up when it is told.';
comment on column crm.notices.task_id is 'The task, for a call-back.';
comment on column crm.notices.due_at is 'When it is told.';
