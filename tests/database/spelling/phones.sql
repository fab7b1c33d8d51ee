-- A phone number is compared in one form, and never lost. What a number is where, test_phones.py compares with phonenumbers.
begin;
\ir ../given.psql
select * from no_plan();

select is(core.normalize_phone(given, country), expected, format('in %s "%s" is %s', country, given, coalesce(expected, 'no phone')))
from (values
  ('IN', '9812345678', '+919812345678'), ('IN', '98123 45678', '+919812345678'), ('IN', '09812345678', '+919812345678'), ('IN', '098123-45678', '+919812345678'),
  ('IN', '919812345678', '+919812345678'), ('IN', '+919812345678', '+919812345678'), ('IN', '+91 98123-45678', '+919812345678'), ('IN', '(+91) 9812345678', '+919812345678'),
  ('IN', '00919812345678', '+919812345678'), ('IN', '0091 98123 45678', '+919812345678'), ('IN', '00 91 98123 45678', '+919812345678'),
  ('IN', ' 98123.45678 ', '+919812345678'), ('IN', '98123/45678', '+919812345678'), ('IN', '9812345678.0', '+919812345678'), ('IN', '919812345678.0', '+919812345678'),
  ('IN', '020 2612 3456', '+912026123456'), ('IN', '+1 (555) 010-9999', '+15550109999'), ('IN', '001 555 010 9999', '+15550109999'),
  ('US', '(202) 555-0199', '+12025550199'), ('US', '12025550199', '+12025550199'), ('US', '1-202-555-0199', '+12025550199'), ('US', '+91 98123 45678', '+919812345678'),
  ('US', '0091 98123 45678', '+919812345678'), ('GB', '07911 123456', '+447911123456'), ('GB', '447911123456', '+447911123456'), ('IT', '06 698 12345', '+390669812345'),
  -- The trunk zero after the country code is none of it.
  ('IN', '+91 0 98123 45678', '+919812345678'), ('IN', '+91 (0)98123 45678', '+919812345678'), ('IN', '+44 (0)20 7946 0018', '+442079460018'), ('IN', '+971 (0)50 123 4567', '+971501234567'), ('IN', '+098123 45678', '+919812345678'),
  -- Prefixes of tools, labels of people (bug_reports 10; Facebook's p:, WhatsApp's ids, RFC 3966).
  ('IN', 'p:+919812345678', '+919812345678'), ('IN', 'tel:+91-98123-45678;phone-context=example.com', '+919812345678'), ('US', 'tel:98123-45678;phone-context=+91', '+919812345678'), ('IN', 'whatsapp:+919812345678', '+919812345678'),
  ('IN', 'https://wa.me/919812345678?text=Hi', '+919812345678'), ('IN', 'wa.me/919812345678', '+919812345678'), ('IN', '919812345678@c.us', '+919812345678'), ('IN', '919812345678@s.whatsapp.net', '+919812345678'),
  ('IN', 'https://api.whatsapp.com/send?phone=919812345678&text=Hi', '+919812345678'), ('IN', 'Mob: 98123 45678', '+919812345678'), ('IN', 'Ph no. 98123 45678', '+919812345678'), ('IN', 'Mobile 1 98123 45678', '+919812345678'),
  ('IN', 'Fax 98123 45678', '+919812345678'), ('IN', 'sms:98123 45678', '+919812345678'), ('IN', '98123 45678 (Ramesh)', '+919812345678'), ('IN', '98123 45678;', '+919812345678'),
  -- Spreadsheets.
  ('IN', '''9812345678', '+919812345678'), ('IN', '="9812345678"', '+919812345678'), ('IN', '9.812345678E+9', '+919812345678'), ('IN', '9.19812345678e11', '+919812345678'), ('IN', '9,812,345,678', '+919812345678'), ('IN', '98,12,34,56,78', '+919812345678'), ('IN', '12345, 12345', null), ('IN', e'12345\n12345', null), ('IN', '12345; 67890', null),
  ('IN', '9.19E+11', null), ('IN', '9.81E9', null), ('IN', '986680002.6', null), ('IN', '9812345678.25', null), ('IN', '9.812345678E+08', null),
  -- Marks that nobody sees, dashes and digits of every kind (bug_reports 11 and 12).
  ('IN', U&'\202A+91 98123 45678\202C', '+919812345678'), ('IN', U&'98123\201145678', '+919812345678'), ('IN', U&'98123\200B45678', '+919812345678'), ('IN', U&'\FEFF9812345678', '+919812345678'), ('IN', U&'98123\00A045678', '+919812345678'),
  ('IN', U&'98123\221245678', '+919812345678'), ('IN', '९८१२३४५६७८', '+919812345678'), ('IN', '+९१ ९८१२३ ४५६७८', '+919812345678'), ('IN', '৯৮১২৩৪৫৬৭৮', '+919812345678'), ('IN', '９８１２３４５６７８', '+919812345678'), ('IN', '۹۸۱۲۳۴۵۶۷۸', '+919812345678'),
  -- Extensions.
  ('IN', '98123 45678 ext 5', '+919812345678'), ('IN', '022-2345 6789 Extn. 204', '+912223456789'), ('US', '202-555-0199 x45', '+12025550199'), ('AT', '01 5123456 DW 1234', '+4315123456'), ('US', '202-555-0199 #12345', '+12025550199'),
  -- A slash is in it, or between two.
  ('DE', '030/123456', '+4930123456'), ('DE', '030/12345678, 0171/2345678', '+491712345678'), ('DE', '0171/2345678/0171/2345679', '+491712345678'),
  -- No phone.
  ('IN', '12345', null), ('IN', ' call me ', null), ('IN', 'n/a', null), ('IN', '-', null), ('IN', '981234567', null), ('IN', '98123456789', null), ('IN', '+91 98123 456789', null), ('IN', '+91 12345', null), ('IN', '+0123456789', null),
  ('IN', '0000000000', null), ('IN', '+', null), ('IN', '00', null), ('IN', '112', null), ('IN', '98xxxxxx78', null), ('IN', '9e9', null), ('IN', '', null), ('IN', '   ', null), ('IN', null, null), ('IN', repeat('9', 600), null),
  -- One that names its country counts by its length, which is how new ranges and our own examples count.
  ('IN', '+911000000001', '+911000000001'), ('IN', '10000 00001', null)
) as t (country, given, expected);

-- Several numbers in one field (bug_reports 13).
select results_eq(format('select numbers, is_whole from core.read_phones(%L, %L)', given, 'IN'), format('values (%L::text[], %L::bool)', numbers, is_whole), format('"%s" is %s', given, numbers))
from (values
  ('9812345678, 9812345679', '{+919812345678,+919812345679}', true), ('9812345678/9812345679', '{+919812345678,+919812345679}', true), ('9812345678 / 9812345679 / 9812345670 / 9812345671', '{+919812345678,+919812345679,+919812345670,+919812345671}', true),
  ('98200 12345 / 022-2345 6789 (office)', '{+919820012345,+912223456789}', true), ('Ramesh 98123 45678, Suresh 98123 45679', '{+919812345678,+919812345679}', true), ('98123 45678 98123 45679', '{+919812345678,+919812345679}', true),
  ('9812345678 - 9812345679', '{+919812345678,+919812345679}', true), (E'9812345678\n9812345679', '{+919812345678,+919812345679}', true), ('+919812345678+919812345679', '{+919812345678,+919812345679}', true), ('9812345678 & 9812345679', '{+919812345678,+919812345679}', true),
  ('9812345678, +91 98123 45678', '{+919812345678}', true), ('Mobile 1: 98123 45678, Mobile 2: 98123 45679', '{+919812345678,+919812345679}', true), ('022-23456789/90', '{+912223456789}', false), ('98123 45678 ext 5', '{+919812345678}', false),
  ('98123 45678, 2345 678', '{+919812345678}', false), ('call 98123 45678 or 45679', '{+919812345678}', false), ('call me', '{}', false),
  ('9812345671,9812345672,9812345673,9812345674,9812345675,9812345676,9812345677', '{+919812345671,+919812345672,+919812345673,+919812345674,+919812345675,+919812345676}', false)
) as t (given, numbers, is_whole);

select is_empty($$
  select p.region, once.phone from crm.phone_plans p,
    unnest('{9812345678,09812345678,+15550109999,07911123456,00919812345678}'::text[]) given,
    lateral (select core.normalize_phone(given, p.region) as phone) once
  where core.normalize_phone(once.phone, p.region) is distinct from once.phone$$, 'reading twice is reading once, in every region');
select is_empty($$
  select p.region from crm.phone_plans p join crm.phone_ranges r using (calling_code)
  cross join lateral (select '+' || p.calling_code || lpad(r.first::text, r.digits, '0') as phone) n
  where n.phone ~ p.usual and core.read_number(n.phone, p.region) is distinct from n.phone$$, 'a usual phone needs no further look');

select is(core.is_international(p), e, format('%s is international: %s', p, e))
from (values ('+919812345678', true), ('+1234567', true), ('+123456', false), ('+123456789012345', true), ('+1234567890123456', false), ('+0123456789', false), ('919812345678', false), ('+91 98123', false)) as t (p, e);
select is(core.plain_character(c), e, format('U+%s is "%s"', to_hex(ascii(c)), e)) from (values ('a', 'a'), (U&'\200E', ''), (U&'\2013', '-'), ('٣', '3'), ('é', '?'), (E'\n', ';')) t (c, e);
select is(core.plain_phone('p: 9812345678 ext. 12'), 'p: 9812345678 ;e;', 'plain_phone() takes an extension out');
select is(core.digits_of(' (+91) 98-1'), '+91981', 'digits_of() keeps a plus in front');
select is(core.read_digits('0091981234567890', 'US'), null, 'read_digits() of too many is null');
select is(core.find_number(d, 'IN'), e, 'find_number() of ' || d) from (values ('9812345678', '+919812345678'), ('+12025550199', '+12025550199'), ('09812345678', null), ('+91098123456', null), ('1000000001', null)) t (d, e);
select is_empty($$
  select p.region, n.digits from crm.phone_plans p
  join lateral (select lpad(r.first::text, r.digits, '0') as digits from crm.phone_ranges r where r.calling_code = p.calling_code) n on true
  where core.find_number(n.digits, p.region) <> core.read_number(n.digits, p.region)$$, 'and the same comes of read_number(), in every region');
select is(core.split_numbers('9812345678 12', 'IN'), '{}', 'split_numbers() leaves nothing over');
select is((core.numbers_in('9812345678/12', 'IN')).is_whole, false, 'numbers_in() says if it did');
select is((core.find_plan('919812345678')).region, 'IN', 'find_plan() by the calling code');
select is(core.strip_prefix('09812345678', p), '9812345678', 'strip_prefix() takes the zero') from crm.phone_plans p where p.region = 'IN';
select is(core.is_valid_number('91', n), e, format('is_valid_number(%s): %s', n, e)) from (values ('9812345678', true), ('1000000001', false)) t (n, e);

-- A lead.
select is(l.phone, '+919812345678', 'spell_phones_of() spells') from core.spell_phones_of(jsonb_populate_record(null::crm.leads, '{"phone": "098123 45678"}'), 'IN') l;
select is(concat_ws(' ', l.phone, l.other_phones, l.metadata ->> 'phone_given'), 'sealed:1 {sealed:2} sealed-3', 'and puts what is sealed in its place')
from core.spell_phones_of(jsonb_populate_record(null::crm.leads, '{"phone": "sealed:1", "other_phones": ["sealed:2", "sealed-3"]}'), 'IN') l;
select given.workspace(), given.caller('Asha'), given.caller('Bina');
create function given.phones(p_name text) returns text language sql
return (select concat_ws(' ', l.phone, l.other_phones, l.metadata ->> 'phone_given') from crm.leads l where l.name = p_name);
select is(core.is_mobile(number), expected, 'is_mobile() ' || number) from (values
  ('+919812345678', true), ('+912223456789', false), ('+12025550123', true), ('+447911123456', true), ('+442079460018', false), ('+99912345678', false), ('+919', false)) g (number, expected);
select is(core.mobile_first('{+912223456789,+919812345678,+919812345679}'), '{+919812345678,+912223456789,+919812345679}', 'mobile_first()');
select is(core.mobile_first('{+912223456789}'), '{+912223456789}', 'of one');
select is(core.numbers_beside_others('98123 45678 (2', 'IN'), '{+919812345678}', 'numbers_beside_others()');
select is(r, row('{+447911123456}'::text[], true)::record, 'read_told_phones()') from core.read_told_phones('07911 123456', '44', null, 'IN') r;
select is(core.is_no_address(given), expected, 'is_no_address() ' || given) from (values
  ('a@b', false), ('sealed:1', false), ('@b', true), ('a@', true), ('a b@c', true), ('none', true)) g (given, expected);
insert into crm.leads (workspace_id, name, email) values (core.current_workspace(), 'no address', 'Asha at mail');
select is(email || (metadata ->> 'email_given'), null, 'what is no address is none') from crm.leads where name = 'no address';
select is(metadata ->> 'email_given', 'Asha at mail', 'and is kept as it was given') from crm.leads where name = 'no address';

insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'two', '98123 45678 / 022-2345 6789');
select is(given.phones('two'), '+919812345678 {+912223456789}', 'of two numbers the first is the phone');
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'second', '022 2345 6789');
select is((select l.duplicate_of from core.lead_cards l where l.name = 'second'), given.lead_id('two'), 'the other is known again');
insert into crm.leads (workspace_id, name, phone, other_phones) values (core.current_workspace(), 'given', '98123 45680', '{98123 45681,nobody}');
select is(given.phones('given'), '+919812345680 {+919812345681}', 'others may be given beside it');
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'none', ' 986680002.6');
select is(given.phones('none'), '986680002.6', 'what is no phone is kept in the metadata');
insert into crm.leads (workspace_id, name, phone, metadata) values (core.current_workspace(), 'theirs', 'call me', '{"phone_given": "mine"}');
select is(given.phones('theirs'), 'mine', 'unless the sender has that name already');
insert into crm.leads (workspace_id, name, phone, other_phones) values (core.current_workspace(), 'floats', '9812345670.0', '{+4915112345678,9812345671.00}');
select is(given.phones('floats'), '+919812345670 {+4915112345678,+919812345671}', 'what a spreadsheet did to each of several numbers is undone');
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'fraction', '986680002.6, 98123 45672');
select is(given.phones('fraction'), '+919812345672 986680002.6, 98123 45672', 'and what never was a phone is said not to be one, beside one that is');
select is_empty($$select from crm.leads l, routing.keys_of(l) k where l.name = 'none' and k.kind = 'phone'$$, 'and is no key');
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'long', repeat('please call me, ', 40) || '98123 45690');
select is(given.phones('long') ^@ 'please call me', true, 'a long text costs no lead');

-- Keys that name different contacts: the first phone ranks above the second, and that before the e-mail.
insert into crm.leads (workspace_id, name, phone, email) values (core.current_workspace(), 'p1', '98123 45691', null), (core.current_workspace(), 'p2', '98123 45692', null), (core.current_workspace(), 'p3', null, 'p3@example.com');
insert into crm.leads (workspace_id, name, phone, email) values (core.current_workspace(), 'torn', '98123 45693, 98123 45692, 98123 45691', 'p3@example.com');
select is(routing.contact_of(core.current_workspace(), given.lead_id('torn')), given.lead_id('p2'), 'the highest-ranking phone that was known decides');
select is((select e.data -> 'keys' from crm.events e where e.kind = 'contact.conflict' and e.lead_id = given.lead_id('torn')),
  jsonb_build_object('phone_2', given.lead_id('p2'), 'phone_3', given.lead_id('p1'), 'email', given.lead_id('p3')), 'and the log says what each names');
select is((select k.contact_id from crm.contact_keys k where k.workspace_id = core.current_workspace() and k.value = '+919812345693'), given.lead_id('p2'), 'a phone that nobody had comes to that contact');
select is_empty('select * from routing.verify()', 'and the record is whole');

-- Until a deploy has filled the tables.
delete from crm.phone_plans;
select is(core.normalize_phone(p, 'IN'), e, format('without plans "%s" is %s', p, coalesce(e, 'no phone'))) from (values ('+919812345678', '+919812345678'), ('98123 45678', null)) t (p, e);

select * from finish();
rollback;
