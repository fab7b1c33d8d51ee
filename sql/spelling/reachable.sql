-- Whether a lead says anything by which a person can be reached: a phone, an e-mail address, or an address of a message
-- service under a name that senders use for it in the metadata.
create function core.is_reachable_by(p_phone text, p_email text) returns boolean
language sql immutable parallel safe
return coalesce((p_phone ^@ '+' and octet_length(p_phone) >= 8) or p_phone ^@ 'sealed:', false)
  or coalesce(p_email ~ '^[^@[:space:]]+@[^@[:space:]]+$' or p_email ^@ 'sealed:', false);

comment on function core.is_reachable_by(text, text) is
  'Whether somebody can be called or written to by a phone and an e-mail address in their one spelling.';

create function core.is_reachable(p_lead crm.leads) returns boolean
language sql immutable parallel safe
return core.is_reachable_by(p_lead.phone, p_lead.email) or exists (
  select from jsonb_each(p_lead.metadata) m
  where lower(regexp_replace(m.key, '[^A-Za-z0-9]', '', 'g')) = any (array['whatsapp', 'whatsappid', 'whatsappnumber',
      'waid', 'wa', 'telegram', 'telegramid', 'telegramusername', 'chatid', 'instagram', 'instagramid',
      'instagramusername', 'igsid', 'messenger', 'messengerid', 'psid', 'line', 'lineid', 'viber', 'viberid', 'signal',
      'wechat', 'wechatid'])
    and jsonb_typeof(m.value) in ('string', 'number') and m.value #>> '{}' ~ '[[:alnum:]]{4}'
    and lower(m.value #>> '{}') <> all (array['none', 'null', 'false', 'true', 'undefined', 'unknown']));

comment on function core.is_reachable(crm.leads) is
  'Whether a normalised lead can be called or written to, by phone, e-mail or message.';

create function core.nothing_to_call() returns text
language sql immutable parallel safe
return 'Nothing to call: no phone, e-mail or message address';

comment on function core.nothing_to_call() is 'What is said of a lead that nobody can be reached by.';

-- What senders write for it, without a look at each name.
create function core.may_forbid_calls(p_metadata jsonb) returns boolean
language sql immutable parallel safe
return p_metadata ?| array['do_not_call', 'do not call', 'Do not call', 'Do Not Call', 'DO NOT CALL', 'donotcall',
  'doNotCall', 'DoNotCall', 'Do_Not_Call', 'do_not_contact', 'dnd', 'DND', 'dnc', 'DNC'];

comment on function core.may_forbid_calls(jsonb) is
  'Whether the sender says anything of not calling: asked first, of every lead, as it costs next to nothing.';

create function core.forbids_calls(p_metadata jsonb) returns boolean
language sql immutable parallel safe
return core.may_forbid_calls(p_metadata)
  and exists (
    select from jsonb_each_text(p_metadata) m
    where lower(regexp_replace(m.key, '[^A-Za-z]', '', 'g')) in ('donotcall', 'donotcontact', 'dnd', 'dnc')
      and core.says_yes(m.value));

comment on function core.forbids_calls(jsonb) is 'Whether the sender says that the person must not be called.';
