-- Phones as people write them: what is a number in which country, and further numbers of a lead.
-- depends: 0022.records
-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation
create table crm.phone_plans (
  region         text primary key,
  calling_code   text not null,
  is_main        boolean not null,
  abroad         text,
  prefix         text,
  prefix_rule    text,
  shape          text not null,
  lengths        int[] not null,
  local_lengths  int[] not null,
  usual_lengths  int[] not null,
  usual          text
);
comment on table crm.phone_plans is
  'Reference: how phone numbers of each region are written, from the package phonenumbers. Filled at deploy.';
comment on column crm.phone_plans.region is
  'ISO code of the country or territory; of a calling code that is of none, the code with a plus: +800.';
comment on column crm.phone_plans.calling_code is 'International calling code without plus: 91.';
comment on column crm.phone_plans.is_main is 'Whether numbers with this calling code are read as this region''s.';
comment on column crm.phone_plans.abroad is
  'Pattern of what is dialled there before a number of another country; null where nothing is.';
comment on column crm.phone_plans.prefix is
  'Pattern of what is dialled before a national number there, such as 0; null where nothing is.';
comment on column crm.phone_plans.prefix_rule is
  'What is put in the place of the prefix, \1 and \2 standing for its groups; null for nothing.';
comment on column crm.phone_plans.shape is 'Pattern that every national number fits.';
comment on column crm.phone_plans.lengths is 'Possible numbers of digits of a national number, in order.';
comment on column crm.phone_plans.local_lengths is 'Numbers of digits of what can be dialled within an area only.';
comment on column crm.phone_plans.usual_lengths is 'Numbers of digits of what people have: landlines and mobiles.';
comment on column crm.phone_plans.usual is
  'Pattern of phones in international form that need no further look; null where the calling code is another''s.';

create unique index phone_plans_calling_code_key on crm.phone_plans (calling_code) where is_main;

create table crm.phone_ranges (
  calling_code text not null,
  digits       int not null,
  first        bigint not null,
  last         bigint not null,
  primary key (calling_code, digits, first),
  constraint phone_ranges_in_order check (first <= last)
);
comment on table crm.phone_ranges is
  'Reference: every national number that is valid, as ranges, from the package phonenumbers. Filled at deploy.';
comment on column crm.phone_ranges.calling_code is 'International calling code without plus: 91.';
comment on column crm.phone_ranges.digits is 'How many digits these numbers have, zeros in front among them.';
comment on column crm.phone_ranges.first is 'The first of the range.';
comment on column crm.phone_ranges.last is 'The last of the range.';

alter table crm.countries drop column trunk_prefix, drop column phone_lengths;
comment on table crm.countries is
  'Reference: countries. How their phones are written is in crm.phone_plans. Filled at deploy.';

alter table crm.leads add column other_phones text[] collate "C";
comment on column crm.leads.phone is
  'Phone in international form (+919812345678); its keyed hash where it is sealed. Null where what was given is no '
  'phone: that is metadata.phone_given.';
comment on column crm.leads.other_phones is
  'Further phones that were given, at most five, spelt as phone is; null for none.';
-- For searches and sealing. Costs nothing for the leads that have none.
create index leads_other_phones_idx on crm.leads using gin (other_phones) where other_phones is not null;
