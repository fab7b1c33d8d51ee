-- Places as public reports have them: what address forms, shops and lists got wrong or lacked. After each few rows, where
-- they were reported.
begin;
select * from no_plan();
\ir ../given.psql

create function given.states_of(p_country text, p_state text, p_city text) returns text language plpgsql as $$
declare
  v_lead crm.leads;
begin
  v_lead.city := p_city;
  v_lead.state := core.find_place(p_country, 'state', p_state);
  v_lead.metadata := '{}';
  v_lead := core.locate_lead(v_lead, p_state, p_country);
  return coalesce(v_lead.state, array_to_string(v_lead.possible_states, '|'), '');
end $$;

select is(given.states_of('IN', given, null), state, format('state "%s" is %s', given, state))
from (values
  ('Uttaranchal', 'Uttarakhand'), ('Orissa', 'Odisha'),  -- vinaygaba/Ultimate-String-Array-List#15, geohacker/india#3
  ('Daman and Di', 'Dadra and Nagar Haveli and Daman and Diu'),  -- AnupKumarPanwar/country-state-picker#5
  ('5 - Gujarat', 'Gujarat'), ('5 Gujarat', 'Gujarat'), ('Gujrat', 'Gujarat'), ('Lakshdweep', 'Lakshadweep'),
  ('24 - Andaman & Nicober', 'Andaman and Nicobar Islands'), ('27 - Dadra & Nagar Haveli', 'Dadra and Nagar Haveli and Daman and Diu'),
  ('32 - Pondicherry', 'Puducherry'), ('8 - Jammu & Kashmir', 'Jammu and Kashmir'),  -- worldbank/gld#588
  ('Himāchal Pradesh', 'Himachal Pradesh'), ('Mahārāshtra', 'Maharashtra'), ('Damān and Diu', 'Dadra and Nagar Haveli and Daman and Diu'),  -- carmen-ruby/carmen#77
  ('DN', 'Dadra and Nagar Haveli and Daman and Diu'), ('DD', 'Dadra and Nagar Haveli and Daman and Diu'), ('DH', 'Dadra and Nagar Haveli and Daman and Diu'),
  ('OD', 'Odisha'), ('OR', 'Odisha'), ('LA', 'Ladakh'),  -- woocommerce/woocommerce#60264
  ('CT', 'Chhattisgarh'),  -- django/django-localflavor#426
  ('DADRA AND NAGAR HAVELI AND DAMAN AND DIU (NEWLY MERGED UT)', 'Dadra and Nagar Haveli and Daman and Diu'),  -- resilient-tech/india-compliance#795
  ('27-Maharashtra', 'Maharashtra'), ('96-Other Countries', ''), ('97-Other Territory', ''),  -- how GST's forms number them, the same
  ('Narora', 'Uttar Pradesh'), ('Paschim Medinipur', 'West Bengal'), ('Vaishali', 'Bihar'),  -- hiiamrohit/Countries-States-Cities-database#104
  ('Madras State', 'Tamil Nadu'), ('Mysore', 'Karnataka'), ('Paschim Banga', 'West Bengal'), ('Asom', 'Assam'),
  ('Laccadive, Minicoy and Amindivi Islands', 'Lakshadweep'), ('Travancore-Cochin', 'Kerala')  -- "List of renamed places in India"
) as t (given, state);

select is(given.states_of(country, null, given), state, format('%s: city "%s" is in %s', country, given, state))
from (values
  ('IN', 'Noida', 'Uttar Pradesh'),  -- freeCodeCamp/wiki#984
  ('IN', 'Gurugram', 'Haryana'), ('IN', 'Gurgaon', 'Haryana'),  -- dr5hn/countries-states-cities-database#1357
  ('IN', 'Leh & Kargil', 'Ladakh'),  -- dr5hn/countries-states-cities-database#70
  ('IN', 'Bangalore', 'Karnataka'), ('IN', 'SIBM Bangalore', 'Karnataka'),  -- pelias/pelias#966
  ('IN', '506/465, Thiruthangal village, Sivakasi, Virudhunagar, Tamilnadu , 626130', 'Tamil Nadu'),  -- openvenues/libpostal#531
  ('IN', 'Ahemdabad', 'Gujarat'), ('IN', 'Ahmadabad', 'Gujarat'), ('IN', 'Ahmadnagar', 'Maharashtra'), ('IN', 'Ahmednagar', 'Maharashtra'),  -- covid19india/covid19india.github.io#723
  ('AE', 'Khalifa', 'Abu Dhabi'),  -- ErrorPro/react-google-autocomplete#117
  ('IN', 'Banglore', 'Karnataka'), ('IN', 'Bangaluru', 'Karnataka'), ('IN', 'Hyderbad', 'Telangana'), ('IN', 'Trivendrum', 'Kerala'), ('IN', 'Deharadun', 'Uttarakhand'),
  ('IN', 'Amritser', 'Punjab'), ('IN', 'Vadodra', 'Gujarat'), ('IN', 'Gurgoan', 'Haryana'), ('IN', 'Kolkota', 'West Bengal'), ('IN', 'Sanchi', ''),  -- what such lists complain of in general; one letter in a short name is another place
  ('IN', 'Khalifa, Pakistan', ''),  -- the same
  ('IN', 'Allahabad', 'Uttar Pradesh'), ('IN', 'Prayagraj', 'Uttar Pradesh'), ('IN', 'Faizabad', 'Uttar Pradesh'), ('IN', 'Ayodhya', 'Uttar Pradesh'),
  ('IN', 'Rajahmundry', 'Andhra Pradesh'), ('IN', 'Rajamahendravaram', 'Andhra Pradesh'), ('IN', 'Areekode', 'Kerala'),  -- business-standard.com, "Govt approves renaming of 25 places"
  ('IN', 'Bezawada', 'Andhra Pradesh'), ('IN', 'Waltair', 'Andhra Pradesh'), ('IN', 'Vizagapatam', 'Andhra Pradesh'), ('IN', 'Vizag', 'Andhra Pradesh'),
  ('IN', 'Cuddapah', 'Andhra Pradesh'), ('IN', 'YSR district', 'Andhra Pradesh'), ('IN', 'Ellore', 'Andhra Pradesh'),  -- "List of renamed Indian cities and states"
  ('IN', 'Chhatrapati Sambhajinagar', 'Maharashtra'), ('IN', 'Dharashiv', 'Maharashtra'), ('IN', 'Osmanabad', 'Maharashtra'), ('IN', 'Ahilyanagar', 'Maharashtra'),
  ('IN', 'Narmadapuram', 'Madhya Pradesh'), ('IN', 'Hoshangabad', 'Madhya Pradesh'), ('IN', 'Sri Vijaya Puram', 'Andaman and Nicobar Islands'),
  ('IN', 'Port Blair', 'Andaman and Nicobar Islands'), ('IN', 'Nuh', 'Haryana'), ('IN', 'Mewat', 'Haryana'), ('IN', 'Bengaluru South', 'Karnataka')
) as t (country, given, state);

select is(core.find_misspelt_city('IN', 'kanpura'), null, 'a short name with a wrong letter is another place');

select * from finish();
rollback;
