-- Phones and e-mails that the gateway has sealed. Here they are opaque: "sealed:" and a keyed hash for what identifies
-- somebody, "sealed-" and the hash for what does not, such as metadata.phone_given. Equal values have equal hashes, so
-- retries, contacts and duplicates need not know. Keys and ciphers are the gateway's affair: gateway/sealing/keys.py.
create function core.is_sealed(p_text text) returns boolean
language sql immutable parallel safe
return p_text ~ '^sealed[:-][0-9a-f]{32}$';

comment on function core.is_sealed(text) is 'Whether a phone or e-mail is the hash of a sealed one.';

create function core.is_in_the_clear(p_lead crm.leads) returns boolean
language sql immutable parallel safe
return coalesce(not core.is_sealed(p_lead.phone), false) or coalesce(not core.is_sealed(p_lead.email), false)
  or exists (select from unnest(p_lead.other_phones) o (phone) where not core.is_sealed(o.phone))
  or coalesce(not core.is_sealed(p_lead.metadata ->> 'phone_given'), false)
  or (p_lead.sealed is null and (p_lead.phone is not null or p_lead.email is not null));

comment on function core.is_in_the_clear(crm.leads) is
  'Whether a lead has a phone or e-mail that is not sealed, or a text that was given as one.';

create function core.sealing_key_of(p_sealed bytea) returns int
language sql immutable parallel safe
return get_byte(p_sealed, 0) * 256 + get_byte(p_sealed, 1);

comment on function core.sealing_key_of(bytea) is 'Number of the data key that a lead is sealed with.';

-- The gateway opens this field of an answer and takes it out again: gateway/sealing/sealing.py.
create function core.sealed_json(p_sealed bytea) returns jsonb
language sql stable
return case
  when p_sealed is not null and (
    core.may_act_as('fairlead_phones') or core.may_act_as('fairlead_keeper') or core.may_act_as('fairlead_owner'))
    then jsonb_build_object('sealed', translate(encode(p_sealed, 'base64'), E'\n', ''))
  else '{}' end;

comment on function core.sealed_json(bytea) is
  'What is sealed, as the field "sealed" of an answer; empty for who may not see phones.';

create function core.sealed_of(p_workspace_id int, p_lead_id uuid) returns bytea
language sql stable
return (select l.sealed from crm.leads l where l.workspace_id = p_workspace_id and l.id = p_lead_id);

comment on function core.sealed_of(int, uuid) is 'What is sealed of a lead.';
