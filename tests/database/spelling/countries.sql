-- Where somebody is who says that it is in another country, and where a text says two things.
begin;
select * from no_plan();
\ir ../given.psql

create function given.states_of(p_country text, p_state text, p_city text, p_metadata jsonb default '{}') returns text
language plpgsql as $$
declare
  v_lead crm.leads;
begin
  v_lead.city := p_city;
  v_lead.state := core.find_place(p_country, 'state', p_state);
  v_lead.metadata := p_metadata;
  v_lead := core.locate_lead(v_lead, p_state, p_country);
  return coalesce(v_lead.state, array_to_string(v_lead.possible_states, '|'), '');
end $$;

select is(given.states_of(home, state, city, metadata::jsonb), meant, format('%s: %s, %s, %s', home, city, state, metadata))
from (values
  -- dr5hn/countries-states-cities-database#104, woocommerce/woocommerce#60264: cities and states of one name
  ('IN', null, 'Hyderabad', '{"country": "Pakistan"}', ''), ('IN', 'Sindh', 'Hyderabad', '{}', ''), ('IN', 'Sindh', 'Hyderabad', '{"Country": "PK"}', ''),
  ('IN', null, 'London', '{"country": "Canada"}', ''), ('IN', 'Ontario', 'London', '{}', ''), ('IN', 'Punjab', 'Lahore', '{"country": "Pakistan"}', ''),
  ('IN', 'Punjab', null, '{"country_code": "PAK"}', ''), ('IN', 'GA', 'Atlanta', '{"country": "USA"}', ''), ('IN', null, 'Salem', '{"Country": "United States"}', ''),
  ('IN', null, 'Goa', '{"country": "Philippines"}', ''), ('IN', null, 'Kota', '{"country": "Malaysia"}', ''), ('IN', null, 'Rampur', '{"Country": "Bangladesh"}', ''),
  ('IN', null, 'Hyderabad', '{"country": "पाकिस्तान"}', ''), ('IN', null, 'Hyderabad', '{"देश": "पाकिस्तान"}', ''), ('IN', null, 'Hyderabad', '{"País": "Paquistão"}', ''),
  ('IN', null, 'Hyderabad', '{"Land": "Pakistan"}', ''), ('IN', null, 'हैदराबाद', '{"country": "PK"}', ''), ('IN', null, 'Hyderabad', '{"SENDER_COUNTRY_ISO": "PK"}', ''),
  ('IN', null, 'Salem', '{"country": "Vereinigte Staaten"}', ''), ('IN', null, 'Patna', '{"country": "UK"}', ''), ('IN', null, 'Delhi', '{"Country/Region": "Canada"}', ''),
  -- the own country, by whichever name, and what names none
  ('IN', null, 'Hyderabad', '{"country": "India"}', 'Telangana'), ('IN', null, 'Hyderabad', '{"country": "IN"}', 'Telangana'), ('IN', null, 'Hyderabad', '{"Country": "IND"}', 'Telangana'),
  ('IN', null, 'Pune', '{"country": "भारत"}', 'Maharashtra'), ('IN', null, 'Pune', '{"country": "Indien"}', 'Maharashtra'), ('IN', null, 'Pune', '{"country_code": "+91"}', 'Maharashtra'),
  ('IN', null, 'Pune', '{"country": "N/A"}', 'Maharashtra'), ('IN', null, 'Pune', '{"country": ""}', 'Maharashtra'), ('IN', null, 'Pune', '{"country": {"id": 1}}', 'Maharashtra'),
  -- the first of a list that nobody chose from
  ('IN', 'Maharashtra', 'Pune', '{"country": "United States"}', 'Maharashtra'), ('IN', 'Karnataka', null, '{"country": "Afghanistan"}', 'Karnataka'),
  ('IN', 'Central', 'Mumbai', '{}', 'Maharashtra'), ('IN', 'Western', 'Mumbai', '{}', 'Maharashtra'),
  ('US', null, 'Paris', '{"country": "France"}', ''), ('US', 'GA', 'Atlanta', '{"country": "US"}', 'Georgia'), ('US', null, 'Birmingham', '{"country": "GB"}', ''),
  ('GB', null, 'London', '{"country": "England"}', 'England'), ('GB', null, 'London', '{"country": "Canada"}', ''), ('AE', null, 'Dubai', '{"country": "UAE"}', 'Dubai'),
  ('DE', null, 'München', '{"Land": "Deutschland"}', 'Bayern'), ('BR', null, 'São Paulo', '{"País": "Brasil"}', 'Sao Paulo'), ('ID', null, 'Bandung', '{"negara": "Indonesia"}', 'Jawa Barat')
) as t (home, state, city, metadata, meant);

select is(given.states_of('IN', null, city), meant, format('city "%s"', city))
from (values
  ('Hyderabad, Sindh', ''), ('London, Ontario', ''), ('Salem, Oregon', ''), ('हैदराबाद, पाकिस्तान', ''), ('Mumbai, Central', 'Maharashtra'), ('Mumbai, Santa Cruz', 'Maharashtra'),
  -- called after a place, which may be anywhere
  ('Patiala House', ''), ('Hyderabad House', ''), ('Jaipur Highway', ''), ('Pune Road', ''), ('Delhi Gate', ''), ('Lucknow Chowk', ''), ('Bikaner Bhawan', ''),
  ('Patiala House, New Delhi', 'Delhi'), ('Patiala House New Delhi', 'Delhi'), ('Pune Road, Nashik', 'Maharashtra'), ('Delhi Road, Meerut', 'Uttar Pradesh'),
  ('Pune Station', 'Maharashtra'), ('Jaipur City', 'Rajasthan'), ('Delhi Dwarka', 'Delhi'),
  -- short, as people write
  ('B''lore', 'Karnataka'), ('Blore', 'Karnataka'), ('Bglr', 'Karnataka'), ('BLR', 'Karnataka'), ('Hyd', 'Telangana'), ('Sec''bad', 'Telangana'), ('Tvm', 'Kerala'),
  ('Vizag', 'Andhra Pradesh'), ('GGN', 'Haryana'), ('Gr. Noida', 'Uttar Pradesh'), ('Gzb', 'Uttar Pradesh'), ('Navi Mumbai', 'Maharashtra'), ('Kovai', 'Tamil Nadu'),
  -- in their own letters
  ('सातारा', 'Maharashtra'), ('कोल्हापूर', 'Maharashtra'), ('कोल्हापुर', 'Maharashtra'), ('सांगली', 'Maharashtra'), ('सोलापुर', 'Maharashtra'), ('मालेगाव', 'Maharashtra'),
  ('जोधपूर', 'Rajasthan'), ('गोरखपुर', 'Uttar Pradesh'), ('गोरखपूर', 'Uttar Pradesh'), ('झाँसी', 'Uttar Pradesh'), ('झांसी', 'Uttar Pradesh'), ('मुरादाबाद', 'Uttar Pradesh'),
  ('ग्वालियर', 'Madhya Pradesh'), ('रतलाम', 'Madhya Pradesh'), ('भीलवाड़ा', 'Rajasthan'), ('भीलवाडा', 'Rajasthan'), ('पानीपत', 'Haryana'), ('सोनीपत', 'Haryana'), ('अम्बाला', 'Haryana'),
  ('गया', 'Bihar'), ('कटिहार', 'Bihar'), ('बोकारो', 'Jharkhand'), ('पटियाला', 'Punjab'), ('ਪਟਿਆਲਾ', 'Punjab'), ('ਹੁਸ਼ਿਆਰਪੁਰ', 'Punjab'), ('મહેસાણા', 'Gujarat'), ('ભરૂચ', 'Gujarat'),
  ('ভাটপাড়া', 'West Bengal'), ('বারাসত', 'West Bengal'), ('కడప', 'Andhra Pradesh'), ('ఆదోని', 'Andhra Pradesh'), ('ములుగు', 'Telangana'), ('ದಾವಣಗೆರೆ', 'Karnataka'), ('ಗದಗ', 'Karnataka'),
  ('அம்பத்தூர்', 'Tamil Nadu'), ('ஓசூர்', 'Tamil Nadu'), ('ആലപ്പുഴ', 'Kerala'), ('मुम्बई', 'Maharashtra'), ('ଭୁବନେଶ୍ୱର', 'Odisha'), ('शिलॉन्ग', 'Meghalaya'),
  ('पुणे, महाराष्ट्र', 'Maharashtra'), ('सातारा शहर', 'Maharashtra'), ('बिलासपुर', 'Chhattisgarh|Himachal Pradesh')
) as t (city, meant);

select is(given.states_of('IN', state, null), meant, format('state "%s"', state))
from (values
  ('UP/Uttarakhand', 'Uttar Pradesh|Uttarakhand'), ('Uttarakhand / UP', 'Uttar Pradesh|Uttarakhand'), ('MH or Goa', 'Goa|Maharashtra'), ('Punjab or Haryana', 'Haryana|Punjab'),
  ('AP & TS', 'Andhra Pradesh|Telangana'), ('Tamil Nadu and Kerala', 'Kerala|Tamil Nadu'), ('Bihar/Jharkhand', 'Bihar|Jharkhand'), ('MP/CG', 'Chhattisgarh|Madhya Pradesh'),
  ('Andaman & Nicober', 'Andaman and Nicobar Islands'), ('Jammu & Kashmeer', 'Jammu and Kashmir'), ('Dadra & Nagar Havelli', 'Dadra and Nagar Haveli and Daman and Diu'),
  ('Maharashtra/MH', 'Maharashtra'), ('Telangana/Hyderabad', 'Telangana')
) as t (state, meant);

-- The 500 largest cities are found in Devanagari or the letters of their state: 20 of those that no package has so.
select is(core.find_states('IN', name), array[state], format('%s is in %s', name, state))
from (values
  ('कल्याण', 'Maharashtra'), ('विरार', 'Maharashtra'), ('सहारनपुर', 'Uttar Pradesh'), ('शाहजहाँपुर', 'Uttar Pradesh'), ('फिरोजाबाद', 'Uttar Pradesh'), ('करनाल', 'Haryana'),
  ('बिहार शरीफ', 'Bihar'), ('जालना', 'Maharashtra'), ('सतना', 'Madhya Pradesh'), ('इटावा', 'Uttar Pradesh'), ('अंबरनाथ', 'Maharashtra'), ('ગાંધીધામ', 'Gujarat'), ('सीकर', 'Rajasthan'),
  ('हापुड़', 'Uttar Pradesh'), ('श्री गंगानगर', 'Rajasthan'), ('ರಾಯಚೂರು', 'Karnataka'), ('પાલનપુર', 'Gujarat'), ('दीमापुर', 'Nagaland'), ('यवतमाळ', 'Maharashtra'), ('तिनसुकिया', 'Assam')
) as t (name, state);


-- What it is found by.
select is(core.find_country(said), code, format('%s is %s', said, coalesce(code, 'no country'))) from (values
  ('PK', 'PK'), (' ind ', 'IN'), ('Vereinigte Staaten', 'US'), ('भारत', 'IN'), ('Nowhere', null), ('+91', null)) t (said, code);
select is(core.country_of('{"city": "PK", "country": "Pakistan"}'), 'PK', 'only a field for countries names one');
select ok(core.may_name_country('{"Country": "x"}') and not core.may_name_country('{"team": "PK"}'), 'other fields cost nothing');
select is(core.is_named_after(word), after, word) from (values ('House', true), ('marg', true), ('Pune', false)) t (word, after);
select is(core.is_state_abroad('IN', state), abroad, state) from (values ('Sindh', true), ('Ontario', true), ('Goa', false), ('Bagh', false)) t (state, abroad);
select is(core.is_elsewhere(jsonb_populate_record(null::crm.leads, lead::jsonb), 'IN'), elsewhere, lead) from (values
  ('{"metadata": {"country": "Pakistan"}}', true), ('{"metadata": {"country": "India"}}', false), ('{"state": "Maharashtra", "metadata": {"country": "US"}}', false)) t (lead, elsewhere);
select * from finish();
rollback;
