-- How the state of a lead or a caller is understood.
begin;
select * from no_plan();

-- Texts that mean a state, and those that mean none.
select is(core.find_state('IN', given), state, format('"%s" is the state %s', given, state))
from (values
  ('Maharashtra', 'Maharashtra'), ('maharashtra', 'Maharashtra'), ('  MAHARASHTRA ', 'Maharashtra'), ('Maha rashtra', 'Maharashtra'),
  ('Mahārāshtra', 'Maharashtra'), ('MH', 'Maharashtra'), ('mh', 'Maharashtra'), ('IN-MH', 'Maharashtra'), ('in mh', 'Maharashtra'),
  ('maharastra', 'Maharashtra'), ('Maharashtara', 'Maharashtra'), ('karnatka', 'Karnataka'), ('Karnatak', 'Karnataka'),
  ('tamilnadu', 'Tamil Nadu'), ('Tamil  Nadu', 'Tamil Nadu'), ('TN', 'Tamil Nadu'), ('tamil-nadu', 'Tamil Nadu'), ('Tamilnaadu', 'Tamil Nadu'),
  ('uttrakhand', 'Uttarakhand'), ('Uttaranchal', 'Uttarakhand'), ('Uttarkhand', 'Uttarakhand'), ('UK', 'Uttarakhand'),
  ('gujrat', 'Gujarat'), ('Gujarath', 'Gujarat'), ('rajastan', 'Rajasthan'), ('Rajsthan', 'Rajasthan'), ('telengana', 'Telangana'), ('Telanagana', 'Telangana'),
  ('TS', 'Telangana'), ('TG', 'Telangana'), ('orissa', 'Odisha'), ('Orissa', 'Odisha'), ('OR', 'Odisha'), ('Pondicherry', 'Puducherry'),
  ('Jammu & Kashmir', 'Jammu and Kashmir'), ('J&K', 'Jammu and Kashmir'), ('Andaman & Nicobar', 'Andaman and Nicobar Islands'),
  ('Chattisgarh', 'Chhattisgarh'), ('West Bangal', 'West Bengal'), ('Utter Pradesh', 'Uttar Pradesh'), ('U.P.', 'Uttar Pradesh'),
  ('Madhya Pradesh (MP)', 'Madhya Pradesh'), ('Andra Pradesh', 'Andhra Pradesh'), ('Himachal', 'Himachal Pradesh'), ('Keral', 'Kerala'), ('Panjab', 'Punjab'),
  ('Delhi NCR', 'Delhi'), ('New Delhi', 'Delhi'), ('NCT of Delhi', 'Delhi'), ('Haryna', 'Haryana')
) as t (given, state);

select is(core.find_state('IN', given), null, format('"%s" is no state', given))
from unnest(array['Select', 'Other', 'xyz', 'Others', 'NA', 'n/a', 'None', 'Unknown', 'Test', 'State', '', ' ', '-', 'Pradesh', 'Uttar', 'India', 'Goaa', 'Bihr', 'California', 'Mumbai']) given;
select is(core.find_state('IN', null), null, 'nothing is no state');
select is(core.find_state('IN', repeat('Maharashtra', 1000)), null, 'a text of any length is read');
select is(core.find_state('US', 'calfornia'), 'California', 'a state is one of the workspace''s country');
select is(core.find_state('US', 'Maharashtra'), null, 'and of no other country');
select is(core.find_state('XX', 'Goa'), null, 'an unknown country has no states');

select is(core.find_misspelt_state('IN', 'maharashtar'), 'Maharashtra', 'two wrong letters are forgiven in a long name');
select is(core.find_misspelt_state('IN', 'mahaarshtar'), null, 'four are not');
select is(core.find_misspelt_state('IN', 'assan'), 'Assam', 'one in a short name');
select is(core.find_misspelt_state('IN', 'assnn'), null, 'two are not');
select is(core.find_misspelt_state('IN', 'goaa'), null, 'none in one of four letters');
select is_empty($$
  select p.key from crm.place_names p
  where p.country = 'IN' and p.kind = 'state' and core.find_state('IN', p.key) <> p.state_name$$, 'every name of a state means that state');
select is_empty($$
  select s.name, t.name from crm.states s, lateral (values (s.name), (upper(s.name)), (replace(s.name, ' ', '')), (s.country || '-' || s.code)) t (name)
  where s.country = 'IN' and core.find_state('IN', t.name) is distinct from s.name$$, 'every Indian state is known by name and ISO code');

select is(core.find_state_of_city('IN', given), state, format('"%s" is in %s', given, state))
from (values
  ('Bombay', 'Maharashtra'), ('Mumbai', 'Maharashtra'), (' BOMBAY ', 'Maharashtra'), ('Navi Mumbai', 'Maharashtra'), ('Bengaluru', 'Karnataka'), ('Bangalore', 'Karnataka'),
  ('Poona', 'Maharashtra'), ('Pune', 'Maharashtra'), ('Calcutta', 'West Bengal'), ('Madras', 'Tamil Nadu'), ('Gurgaon', 'Haryana'), ('Gurugram', 'Haryana'),
  ('Trivandrum', 'Kerala'), ('Thiruvananthapuram', 'Kerala'), ('Cochin', 'Kerala'), ('Kochi', 'Kerala'), ('Vizag', 'Andhra Pradesh'), ('Mysore', 'Karnataka'),
  ('Baroda', 'Gujarat'), ('Benares', 'Uttar Pradesh'), ('Pondicherry', 'Puducherry'), ('New Delhi', 'Delhi'), ('Goa', 'Goa'),
  ('Thane & Outskirts', 'Maharashtra'), ('Other Cities of Maharashtra', 'Maharashtra'), ('Pune, Maharashtra', 'Maharashtra'), ('Pune (MH)', 'Maharashtra'),
  ('Aurangabad, Bihar', 'Bihar'), ('Hyderabad/Secunderabad', 'Telangana'), ('Outskirts of Pune', 'Maharashtra'), ('Tier 2 - Nagpur', 'Maharashtra'),
  ('Mumbai - 400001', 'Maharashtra')
) as t (given, state);

select is(core.find_state_of_city('IN', given), null, format('"%s" tells no state', given))
from unnest(array['Other Cities', 'Select', 'Tier II Cities', 'Other Metro Cities', '', ' ', 'NA', 'xyz', 'Nowhere', 'and', ',', 'Aurangabad']) given;
select is(core.find_state_of_city('IN', null), null, 'no city tells no state');
select is(core.find_state_of_city('IN', repeat('Pune, ', 100)), null, 'a text too long for a city is left alone');
select is(core.find_state_of_city('US', 'Bombay'), null, 'a city is one of the workspace''s country');

select is(core.find_place('IN', 'city', 'BOMBAY'), 'Maharashtra', 'a place is found by exactly its name');
select is(core.find_place('IN', 'state', 'Bombay'), null, 'and only as what it is');
select is(core.find_place('IN', 'state', 'Mahrashtra'), null, 'with no misspelling forgiven');
select is(core.find_places('IN', 'city', 'aurangabad'), array['Bihar', 'Maharashtra'], 'a name may be of cities in several states');
select is(core.find_place('IN', 'city', 'aurangabad'), null, 'and then means none alone');
select is(core.find_places('IN', 'city', 'nowhere'), '{}', 'or of none');

-- What a text is taken apart into; place_spellings.sql has the whole of it.
select is(core.find_states('IN', 'Maharastra', true), array['Maharashtra'], 'a text that should name a state may be misspelt');
select is(core.find_states('IN', 'Maharastraa'), '{}', 'one that should name a city may not');
select is(core.read_parts('IN', 'Pune / Goa, Panaji'), row(array['Goa'], array['Maharashtra'])::core.meant_states, 'alternatives are kept apart');
select is(core.read_part('IN', 'MG Road Pune'), row('{}'::text[], array['Maharashtra'])::core.meant_states, 'a part may end in a name');
select is(core.read_words('IN', array['Delhi', 'Dwarka'], false), row(array['Delhi'], '{}'::text[])::core.meant_states, 'or begin with one');
select is(core.look_up('IN', 'Chandigarh'), row(array['Chandigarh'], array['Chandigarh'])::core.meant_states, 'a name may be of a state and of a city');
select is(core.leave_out_kinds('Dist. Thane (West) city'), 'Thane (West)', 'words for kinds of place are left out');
select is(core.is_sure(array['Goa']), false, 'three letters in a text are not surely a name');
select is(core.is_sure(array['Anna', 'Nagar']), true, 'two words are');
select is(core.is_sure(array['Nagar']), false, 'but not one that is in every address');
select is(core.is_no_place('select'), true, 'what a form says for nothing is no place');
select is(core.is_no_place('pune'), false, 'a city is one');
select is(core.narrow(array['A', 'B'], array['B', 'C']), array['B'], 'what both say counts');
select is(core.narrow(array['A'], array['C']), array['A'], 'where they differ, what was said first');
select is(core.narrow('{}', array['C']), array['C'], 'or at all');

select is(core.plain_digits('४११ ००१ ۴٤'), '411 001 44', 'digits are read in other scripts');
select is(core.find_postal_code(country, given), code, format('"%s" in %s has the code %s', given, country, code))
from (values
  ('IN', 'Pune - 411001', '411001'), ('IN', '411 001', '411 001'), ('IN', '98765 43210', null), ('IN', '4110011', null), ('IN', '011001', null), ('IN', '123456', null),
  ('US', 'Boston 02139-1234', '02139-1234'), ('US', '12345', null), ('GB', 'sw1a 1aa', 'SW1A 1AA'), ('BR', '01310-100', '01310-100'), ('AE', '00000', null), ('IN', null, null)
) as t (country, given, code);
select is(core.find_states_of_code('IN', '411001'), array['Maharashtra'], 'a code is known by its beginning');
select is(core.find_states_of_code('IN', '605007'), array['Puducherry', 'Tamil Nadu'], 'and may be of two states');
select is(core.find_states_of_code('IN', null), '{}', 'no code is of none');
select is(core.postal_code_of('IN', '{"a": 1, "Pin Code": 411001}'), '411001', 'a code is found among the metadata');
select is(core.postal_code_of('US', '{"zip": 2139}'), '02139', 'also where a spreadsheet took its zero');
select is(core.postal_code_of('IN', jsonb_build_object(name, '411001')), '411001', format('"%s" is a name for it', name))
from unnest(array['pin', 'PIN', 'Pin Code', 'pin_code', 'Pincode No.', 'Customer Pincode', 'zip', 'ZIP Code', 'zipCode', 'Zip/Postal Code', 'Billing Zip', 'postal_code', 'Postal Code', 'post_code', 'PostCode', 'PLZ', 'CEP', 'Código postal', 'kode pos', 'पिन कोड']) name;
select is(core.postal_code_of('IN', jsonb_build_object(name, '411001')), null, format('"%s" is none', name))
from unnest(array['pincodes', 'spin', 'order', 'shopping', 'zipped', 'post', 'code', '']) name;
select is(core.postal_code_of('IN', '{"zip": "n/a", "pincode": ["411001"], "pin": null}'), '411001', 'what is none under such a name is passed over');

select is(core.place_key('Tamil Nādu'), 'tamilnadu', 'a key has no case, accents and spaces');
select is(core.place_key(' J & K. (UT)-1 '), 'jkut1', 'nor punctuation');
select is(core.place_key('मुंबई'), core.place_key(' मुंबई '), 'it may be in any script');
select is(core.place_key(''), '', 'nothing has an empty key');
select is(core.place_key(null), null, 'an absent name has none');

select is(routing.pool_key('Tamil Nadu'), 'state:tamil-nadu', 'a state''s pool is known by its name');
select is(routing.pool_key(null), 'global', 'everybody''s pool is the global one');
select is_empty($$select s.name, s.slug from crm.states s where routing.pool_key(s.name) <> 'state:' || s.slug$$, 'every state''s pool key is its slug');
select is_empty($$select country, pool from (select country, routing.pool_key(name) as pool from crm.states) k group by 1, 2 having count(*) > 1$$, 'no two states share a pool');

select * from finish();
rollback;
