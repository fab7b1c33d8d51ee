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
  ('Aurangabad', 'Maharashtra'), ('Aurangabad, Bihar', 'Bihar'), ('Hyderabad/Secunderabad', 'Telangana'), ('Outskirts of Pune', 'Maharashtra'), ('Tier 2 - Nagpur', 'Maharashtra'),
  ('Mumbai - 400001', 'Maharashtra')
) as t (given, state);

select is(core.find_state_of_city('IN', given), null, format('"%s" tells no state', given))
from unnest(array['Other Cities', 'Select', 'Tier II Cities', 'Other Metro Cities', '', ' ', 'NA', 'xyz', 'Nowhere', 'and', ',']) given;
select is(core.find_state_of_city('IN', null), null, 'no city tells no state');
select is(core.find_state_of_city('IN', repeat('Pune, ', 100)), null, 'a text too long for a city is left alone');
select is(core.find_state_of_city('US', 'Bombay'), null, 'a city is one of the workspace''s country');

select is(core.find_place('IN', 'city', 'BOMBAY'), 'Maharashtra', 'a place is found by exactly its name');
select is(core.find_place('IN', 'state', 'Bombay'), null, 'and only as what it is');
select is(core.find_place('IN', 'state', 'Mahrashtra'), null, 'with no misspelling forgiven');

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
