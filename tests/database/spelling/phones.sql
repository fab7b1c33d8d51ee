-- A phone number is compared in one form, and never lost.
begin;
select * from no_plan();

select is(core.normalize_phone(given, c), expected, format('in %s "%s" is %s', c.name, given, expected))
from (values
  ('IN', '9812345678', '+919812345678'), ('IN', '98123 45678', '+919812345678'), ('IN', '09812345678', '+919812345678'), ('IN', '098123-45678', '+919812345678'),
  ('IN', '919812345678', '+919812345678'), ('IN', '+919812345678', '+919812345678'), ('IN', '+91 98123-45678', '+919812345678'), ('IN', '(+91) 9812345678', '+919812345678'),
  ('IN', '00919812345678', '+919812345678'), ('IN', '0091 98123 45678', '+919812345678'), ('IN', '00 91 98123 45678', '+919812345678'),
  ('IN', ' 98123.45678 ', '+919812345678'), ('IN', '98123/45678', '+919812345678'), ('IN', '9812345678.0', '+919812345678'), ('IN', '919812345678.0', '+919812345678'),
  ('IN', '020 2612 3456', '+912026123456'), ('IN', '+1 (555) 010-9999', '+15550109999'), ('IN', '001 555 010 9999', '+15550109999'),
  ('US', '(555) 010-9999', '+15550109999'), ('US', '15550109999', '+15550109999'), ('US', '1-555-010-9999', '+15550109999'), ('US', '+91 98123 45678', '+919812345678'),
  ('GB', '07911 123456', '+447911123456'), ('GB', '447911123456', '+447911123456'), ('IT', '06 698 12345', '+390669812345'),
  -- What cannot be a number stays as it was given.
  ('IN', '12345', '12345'), ('IN', ' call me ', 'call me'), ('IN', '98123 45678 ext 5', '98123 45678 ext 5'), ('IN', '981234567', '981234567'),
  ('IN', '98123456789', '98123456789'), ('IN', '+0123456789', '+0123456789'), ('IN', '+', '+'), ('IN', '00', '00'), ('IN', '9812345678 / 9812345679', '9812345678 / 9812345679'),
  ('IN', '9e9', '9e9'), ('IN', '', null), ('IN', '   ', null)
) as t (country, given, expected)
join crm.countries c on c.code = t.country;

select is(core.normalize_phone(null, c), null, 'no phone is no phone') from crm.countries c where code = 'IN';
select is_empty($$
  select c.code, n.phone from crm.countries c, unnest(c.phone_lengths) length,
    lateral (select '+' || c.calling_code || repeat('7', length) as phone) n
  where length between 6 and 12 and core.normalize_phone(n.phone, c) <> n.phone$$, 'a number in international form stays as it is, in every country');
select is_empty($$
  select c.code, once.phone from crm.countries c,
    unnest('{9812345678,09812345678,15550109999,07911123456,00919812345678,call me}'::text[]) given,
    lateral (select core.normalize_phone(given, c) as phone) once
  where core.normalize_phone(once.phone, c) is distinct from once.phone$$, 'normalising twice is normalising once, in every country');

select is(core.is_international(p), e, format('%s is international: %s', p, e))
from (values ('+919812345678', true), ('+1234567', true), ('+123456', false), ('+123456789012345', true), ('+1234567890123456', false), ('+0123456789', false), ('919812345678', false), ('+91 98123', false)) as t (p, e);

select * from finish();
rollback;
