-- Teams are told in the tool they talk in, and people where they are.
-- depends: 0037.activities
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid

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
comment on column crm.destinations.kind is 'webhook (signed HTTP posts), email, or a text in slack, teams, google_chat or telegram.';
comment on column crm.destinations.address is 'The URL, or the e-mail address. Telegram: that of sendMessage, with the chat as chat_id.';
comment on column crm.destinations.template is 'What is said in a chat, with placeholders such as {lead.name}; null: as it is usual.';
