-- Leads are told apart by the strongest evidence.
-- depends: 0023.phones
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- A lead's own row id, and a key made of all it says, are better than phone and time, which tell a retry only where
-- there is neither. An external id is a person's: two people may have one phone. The index still finds a phone by its
-- beginning.
drop index crm.leads_phone_timestamp_key;
create unique index leads_phone_timestamp_key on crm.leads (
  phone, (case when source_row_id is null and idempotency_key is null then timestamp_from_sheet end),
  (coalesce(external_id, '')), workspace_id);
comment on column crm.leads.idempotency_key is
  'What tells a retry from a new lead when there is neither row id nor a real phone with a time of day: a hash of all '
  'that the lead says, with the key of the sender. See core.retry_key().';

-- A retry that comes after this finds what came before it: a sender's key is part of the hash now.
alter table crm.leads disable trigger user;
update crm.leads l set idempotency_key = 'content:' || encode(sha256(convert_to((jsonb_build_array(
  l.external_id, l.name, l.phone, l.email, l.timestamp_from_sheet, l.lead_source,
  l.city, l.state_given, l.state, l.language, l.message, l.metadata) || to_jsonb(l.idempotency_key))::text, 'UTF8')),
  'hex')
where l.created_at > now() - interval '1 day' and l.idempotency_key !~ '^(content|edited):';
alter table crm.leads enable trigger user;

-- What identifies nobody. install.sql makes the rest of the list. The row is written for every batch of leads: what is
-- long in it lies elsewhere once the row is.
alter table crm.workspaces
  add column placeholders text[] not null default
    '{0000000,1111111,2222222,3333333,4444444,5555555,6666666,7777777,8888888,9999999,0123456789,'
    '123456789,1234567890,a@a,abc@abc,abc@xyz,test@test,none@none,na@na,no@no,nil@nil,null@null,'
    'xyz@xyz,email@email,noemail@*,no-email@*,nomail@*,no-mail@*,notprovided@*,notavailable@*,'
    'donotreply@*,noreply@*,no-reply@*,na,n/a,none,nil,"null",undefined,unknown,nan,-,--,#n/a,#ref!,'
    '#value!,#name?,"not available","not provided"}'
    constraint workspaces_placeholders_count check (cardinality(placeholders) <= 300),
  add column placeholder_pattern text,
  add column placeholder_signs text[];
alter table crm.workspaces
  alter column placeholder_pattern set storage external,
  alter column placeholders set storage external,
  alter column placeholder_signs set storage plain;
comment on column crm.workspaces.placeholders is
  'What people write where they know nothing, and what therefore identifies nobody: numbers, addresses, words in the '
  'place of an id. See core.placeholder_body().';
comment on column crm.workspaces.placeholder_pattern is
  'The same as a regular expression, kept by a trigger; null for an empty list.';
comment on column crm.workspaces.placeholder_signs is
  'How what is in the list ends or begins, kept by the same trigger; null where that cannot be said.';

-- An e-mail address that was said with one phone no longer links a lead with another. What was linked stays linked.
alter table crm.contact_keys add column phone text collate "C";
comment on column crm.contact_keys.phone is
  'Of an e-mail address the phone that was first said together with it; null while there is none, and for other keys.';
update crm.contact_keys k set phone = f.phone
from (
  select distinct on (l.workspace_id, l.email) l.workspace_id, l.email, l.phone
  from crm.leads l
  where l.email is not null and (l.phone ~ '^\+[1-9]\d{6,14}$' or l.phone ^@ 'sealed:')
  order by l.workspace_id, l.email, l.id
) f
where k.workspace_id = f.workspace_id and k.kind = 'email' and k.value = f.email;

alter table crm.workspaces add column emails_since_seq bigint not null default 0;
comment on column crm.workspaces.emails_since_seq is
  'Number of the last event before shared e-mail addresses stopped to link leads: what is older was linked by them.';
update crm.workspaces set emails_since_seq = event_seq where event_seq > 0;

-- A lead that nothing reaches waits for a manager.
alter table crm.workspaces add column holds_unreachable boolean not null default true;
comment on column crm.workspaces.holds_unreachable is
  'Whether a new lead without phone, e-mail or message address is held for a manager instead of assigned.';

-- Test leads are stored, and closed as they come in: they are assigned to nobody and counted nowhere.
alter table crm.leads add column is_test boolean not null default false;
comment on column crm.leads.is_test is
  'Whether it is a test of its sender: stored, assigned to nobody, of no contact, and counted nowhere.';
alter table crm.sources add column test_when jsonb, add column test_compiled jsonpath;
comment on column crm.sources.test_when is
  'Which leads of the source are tests, besides those that say is_test: a condition, as rules have them; null: none.';
comment on column crm.sources.test_compiled is 'The same as jsonpath, kept by a trigger.';

-- Whose contacts would be others by the new rules: they stay as they are, and only leads to come go by them.
do $$
declare
  v_told record;
begin
  for v_told in
    with linked as (
      select l.workspace_id, l.id, l.phone, l.email, l.external_id, c.contact_id
      from crm.contact_leads c join crm.leads l on l.workspace_id = c.workspace_id and l.id = c.lead_id
    ),
    by_email as (  -- no key of a higher rank had been brought by another lead
      select n.workspace_id, n.id, n.contact_id
      from linked n
      join crm.contact_keys e on e.workspace_id = n.workspace_id and e.kind = 'email' and e.value = n.email
        and e.contact_id = n.contact_id and e.phone <> n.phone
      where exists (
          select from crm.contact_keys p
          where p.workspace_id = n.workspace_id and p.kind = 'phone' and p.value = n.phone and p.lead_id = n.id)
        and not exists (
          select from crm.contact_keys x
          where x.workspace_id = n.workspace_id and x.kind = 'external_id' and x.value = n.external_id
            and x.lead_id <> n.id)
    ),
    placeholder as (
      select k.workspace_id, k.kind, k.value from crm.contact_keys k
      where (k.kind = 'phone' and k.value ~ '^\+[1-9][0-9]{0,2}(?:([0-9])\1{6,}|0?123456789|1234567890)$')
        or (k.kind = 'email' and k.value
          ~ '^(?:(a|abc|test|none|na|no|nil|null|xyz|email)@\1(?:\..*)?|no-?e?-?mail@.*|(?:do)?no-?t?-?reply@.*)$')
    ),
    by_placeholder as (
      select distinct n.workspace_id, n.id, n.contact_id
      from linked n
      join placeholder p on p.workspace_id = n.workspace_id
        and p.value = case p.kind when 'phone' then n.phone else n.email end
    )
    select w.id, w.name,
      (select count(*) from by_email e where e.workspace_id = w.id) as by_email,
      (select count(distinct e.contact_id) from by_email e where e.workspace_id = w.id) as of_contacts,
      (select count(*) from placeholder p where p.workspace_id = w.id) as placeholders,
      (select count(*) from by_placeholder p where p.workspace_id = w.id) as by_placeholder
    from crm.workspaces w order by w.id
  loop
    if v_told.by_email > 0 then
      raise notice '%: % leads were linked to % contacts by an e-mail address that people with other phones gave, and stay so',
        v_told.name, v_told.by_email, v_told.of_contacts;
    end if;
    if v_told.placeholders > 0 then
      raise notice '%: contacts were known by % placeholders, which linked up to % leads, and stay so',
        v_told.name, v_told.placeholders, v_told.by_placeholder;
    end if;
  end loop;
end
$$;
