-- What people and senders write in the fields State and City, of seven countries, and which state is meant: spellings
-- seen in public reports and in files, addresses invented. "A|B": it stands between these states, and says so. '': unknown.
begin;
select * from no_plan();

create schema given;
create function given.states_of(p_country text, p_state text, p_city text, p_metadata jsonb default '{}') returns text language plpgsql as $$
declare
  v_lead crm.leads;
begin
  v_lead.city := p_city;
  v_lead.state := core.find_place(p_country, 'state', p_state);
  v_lead.metadata := p_metadata;
  v_lead := core.locate_lead(v_lead, p_state, p_country);
  return coalesce(v_lead.state, array_to_string(v_lead.possible_states, '|'), '');
end $$;

-- Of the state's field.
select is(given.states_of('IN', given, null), state, format('India: state "%s" is %s', given, state))
from (values
  -- in the languages of India
  ('महाराष्ट्र', 'Maharashtra'), ('उत्तर प्रदेश', 'Uttar Pradesh'), ('दिल्ली', 'Delhi'), ('தமிழ்நாடு', 'Tamil Nadu'), ('ગુજરાત', 'Gujarat'), ('తెలంగాణ', 'Telangana'),
  ('পশ্চিমবঙ্গ', 'West Bengal'), ('ಕರ್ನಾಟಕ', 'Karnataka'), ('കേരളം', 'Kerala'), ('ਪੰਜਾਬ', 'Punjab'), ('ଓଡ଼ିଶା', 'Odisha'), ('অসম', 'Assam'), ('मध्य प्रदेश', 'Madhya Pradesh'),
  ('मध्यप्रदेश', 'Madhya Pradesh'), ('राजस्थान', 'Rajasthan'), ('बिहार', 'Bihar'), ('झारखण्ड', 'Jharkhand'), ('झारखंड', 'Jharkhand'), ('छत्तीसगढ़', 'Chhattisgarh'), ('छत्तीसगढ', 'Chhattisgarh'),
  ('हरियाणा', 'Haryana'), ('हिमाचल प्रदेश', 'Himachal Pradesh'), ('उत्तराखंड', 'Uttarakhand'), ('उत्तराखण्ड', 'Uttarakhand'), ('जम्मू और कश्मीर', 'Jammu and Kashmir'), ('जम्मू-कश्मीर', 'Jammu and Kashmir'),
  ('गोवा', 'Goa'), ('गुजरात', 'Gujarat'), ('पंजाब', 'Punjab'), ('पश्चिम बंगाल', 'West Bengal'), ('ओडिशा', 'Odisha'), ('उड़ीसा', 'Odisha'), ('तेलंगाना', 'Telangana'), ('कर्नाटक', 'Karnataka'),
  ('केरल', 'Kerala'), ('तमिलनाडु', 'Tamil Nadu'), ('आंध्र प्रदेश', 'Andhra Pradesh'), ('असम', 'Assam'), ('मणिपुर', 'Manipur'), ('मेघालय', 'Meghalaya'), ('मिज़ोरम', 'Mizoram'), ('नागालैंड', 'Nagaland'),
  ('त्रिपुरा', 'Tripura'), ('सिक्किम', 'Sikkim'), ('अरुणाचल प्रदेश', 'Arunachal Pradesh'), ('चंडीगढ़', 'Chandigarh'), ('पुडुचेरी', 'Puducherry'), ('लद्दाख', 'Ladakh'), ('लक्षद्वीप', 'Lakshadweep'),
  ('महाराष्ट्र राज्य', 'Maharashtra'), ('महाराष्‍ट्र', 'Maharashtra'), ('तामिळनाडू', 'Tamil Nadu'), ('केरळ', 'Kerala'), ('ओरिसा', 'Odisha'), ('ఆంధ్రప్రదేశ్', 'Andhra Pradesh'), ('ఆంధ్ర ప్రదేశ్', 'Andhra Pradesh'),
  ('கர்நாடகா', 'Karnataka'), ('கேரளா', 'Kerala'), ('புதுச்சேரி', 'Puducherry'), ('ತಮಿಳುನಾಡು', 'Tamil Nadu'), ('ಮಹಾರಾಷ್ಟ್ರ', 'Maharashtra'), ('তামিলনাড়ু', 'Tamil Nadu'), ('মহারাষ্ট্র', 'Maharashtra'), ('বিহার', 'Bihar'),
  ('ਹਰਿਆਣਾ', 'Haryana'), ('ਦਿੱਲੀ', 'Delhi'), ('મહારાષ્ટ્ર', 'Maharashtra'), ('રાજસ્થાન', 'Rajasthan'), ('മഹാരാഷ്ട്ര', 'Maharashtra'), ('തമിഴ്‌നാട്', 'Tamil Nadu'), ('കർണാടക', 'Karnataka'), ('ഡൽഹി', 'Delhi'),
  ('مہاراشٹر', 'Maharashtra'), ('اتر پردیش', 'Uttar Pradesh'), ('دہلی', 'Delhi'), ('کرناٹک', 'Karnataka'), ('پنجاب', 'Punjab'), ('ଝାଡ଼ଖଣ୍ଡ', 'Jharkhand'), ('ত্ৰিপুৰা', 'Tripura'), ('মণিপুর', 'Manipur'),
  -- in Latin letters, as people spell
  ('Karnatka', 'Karnataka'), ('karnatak', 'Karnataka'), ('KARNATAKA STATE', 'Karnataka'), ('Tamilnadu', 'Tamil Nadu'), ('Tamil nadu', 'Tamil Nadu'), ('TamilNadu', 'Tamil Nadu'), ('TN', 'Tamil Nadu'), ('T.N.', 'Tamil Nadu'), ('Tamilnad', 'Tamil Nadu'),
  ('Maharastra', 'Maharashtra'), ('Maharashtr', 'Maharashtra'), ('maharashta', 'Maharashtra'), ('MAHARSHTRA', 'Maharashtra'), ('M.H.', 'Maharashtra'), ('Mah', ''), ('Gujrat', 'Gujarat'), ('Gujarath', 'Gujarat'), ('GJ', 'Gujarat'), ('Rajsthan', 'Rajasthan'),
  ('Rajastan', 'Rajasthan'), ('Hariyana', 'Haryana'), ('Hr', 'Haryana'), ('Panjab', 'Punjab'), ('Punjub', 'Punjab'), ('Telengana', 'Telangana'), ('Telanga na', 'Telangana'), ('TS', 'Telangana'), ('TG', 'Telangana'), ('Andra pradesh', 'Andhra Pradesh'),
  ('Andhrapradesh', 'Andhra Pradesh'), ('A.P.', 'Andhra Pradesh'), ('AP', 'Andhra Pradesh'), ('Chattisgarh', 'Chhattisgarh'), ('Chhatisgarh', 'Chhattisgarh'), ('CG', 'Chhattisgarh'), ('Jharkand', 'Jharkhand'), ('JH', 'Jharkhand'), ('Orissa', 'Odisha'), ('Odissa', 'Odisha'),
  ('Uttaranchal', 'Uttarakhand'), ('Uttrakhand', 'Uttarakhand'), ('UK', 'Uttarakhand'), ('U.P', 'Uttar Pradesh'), ('UP', 'Uttar Pradesh'), ('Uttarpradesh', 'Uttar Pradesh'), ('Utter Pradesh', 'Uttar Pradesh'), ('Uttar Prdesh', 'Uttar Pradesh'), ('MP', 'Madhya Pradesh'), ('M.P.', 'Madhya Pradesh'),
  ('Madhyapradesh', 'Madhya Pradesh'), ('Madhya Pradesh (MP)', 'Madhya Pradesh'), ('Himachal', 'Himachal Pradesh'), ('HP', 'Himachal Pradesh'), ('J&K', 'Jammu and Kashmir'), ('J & K', 'Jammu and Kashmir'), ('Jammu And Kashmir', 'Jammu and Kashmir'), ('Kashmir', 'Jammu and Kashmir'),
  ('Westbengal', 'West Bengal'), ('W.B.', 'West Bengal'), ('West Bangal', 'West Bengal'), ('Bengal', 'West Bengal'), ('Paschim Banga', 'West Bengal'), ('Kerela', 'Kerala'), ('Keralam', 'Kerala'), ('KL', 'Kerala'), ('Asam', 'Assam'), ('Bihaar', 'Bihar'), ('Goa', 'Goa'), ('North Goa', 'Goa'),
  ('Manipur', 'Manipur'), ('Meghalya', 'Meghalaya'), ('Mizorum', 'Mizoram'), ('Naga land', 'Nagaland'), ('Sikim', 'Sikkim'), ('Tripur', 'Tripura'), ('Arunachal', 'Arunachal Pradesh'), ('IN-MH', 'Maharashtra'), ('IN-TN', 'Tamil Nadu'),
  ('Delhi NCR', 'Delhi'), ('NCT of Delhi', 'Delhi'), ('New Delhi', 'Delhi'), ('Dilli', 'Delhi'), ('West Delhi', 'Delhi'), ('South Delhi', 'Delhi'), ('Delhi - 110001', 'Delhi'), ('Chandigarh (UT)', 'Chandigarh'), ('UT of Chandigarh', 'Chandigarh'), ('Pondicherry', 'Puducherry'), ('Pondy', 'Puducherry'), ('Lakshadweep Islands', 'Lakshadweep'),
  ('Andaman & Nicobar', 'Andaman and Nicobar Islands'), ('A & N Islands', 'Andaman and Nicobar Islands'), ('State of Maharashtra', 'Maharashtra'), ('Maharashtra, India', 'Maharashtra'), ('Maharashtra India', 'Maharashtra'), ('MH, India', 'Maharashtra'),
  -- a city, a former union territory, a district or a pin code
  ('Mumbai', 'Maharashtra'), ('Chennai', 'Tamil Nadu'), ('Daman', 'Dadra and Nagar Haveli and Daman and Diu'), ('Diu', 'Dadra and Nagar Haveli and Daman and Diu'), ('Dadra & Nagar Haveli', 'Dadra and Nagar Haveli and Daman and Diu'), ('Daman & Diu', 'Dadra and Nagar Haveli and Daman and Diu'),
  ('Silvassa', 'Dadra and Nagar Haveli and Daman and Diu'), ('Leh', 'Ladakh'), ('Leh Ladakh', 'Ladakh'), ('Kargil', 'Ladakh'), ('Srinagar', 'Jammu and Kashmir'), ('Bengaluru', 'Karnataka'), ('Hyderabad', 'Telangana'), ('Kolkata', 'West Bengal'), ('मुंबई', 'Maharashtra'), ('चेन्नई', 'Tamil Nadu'),
  ('Maharashtra - 411001', 'Maharashtra'), ('Maharashtra-411001', 'Maharashtra'), ('MH 411001', 'Maharashtra'), ('Karnataka 560 001', 'Karnataka'), ('411001', 'Maharashtra'), ('560001', 'Karnataka'), ('110001', 'Delhi'), ('600001', 'Tamil Nadu'), ('700 001', 'West Bengal'), ('500001', 'Telangana'), ('682001', 'Kerala'),
  ('४११००१', 'Maharashtra'), ('Pincode: 380001', 'Gujarat'), ('Telangana (Hyderabad)', 'Telangana'), ('Telangana/Hyderabad', 'Telangana'), ('Hyderabad, Telangana', 'Telangana'), ('Pune, Maharashtra', 'Maharashtra'), ('Pune Maharashtra', 'Maharashtra'), ('Pune-MH', 'Maharashtra'),
  ('Andhra Pradesh / Telangana', 'Andhra Pradesh|Telangana'), ('Punjab/Haryana', 'Haryana|Punjab'), ('Bilaspur', 'Chhattisgarh|Himachal Pradesh'), ('Hamirpur', 'Himachal Pradesh|Uttar Pradesh'),
  -- nothing
  ('Select', ''), ('Other', ''), ('N/A', ''), ('-', ''), ('India', ''), ('000000', ''), ('123456', ''), ('999999', ''), ('Abroad', ''), ('Dubai', ''), ('Select State', ''), ('North', ''), ('All India', ''), ('98765 43210', '')
) as t (given, state);

-- A region is not its largest state where a place in it is named; and what is abroad is in no state.
select is(given.states_of(country, null, given), state, format('%s: "%s" is %s', country, given, state))
from (values
  ('IN', 'Gurgaon (Delhi NCR)', 'Haryana'), ('IN', 'Noida, NCR', 'Uttar Pradesh'), ('IN', 'Sector 62, Noida, Delhi NCR', 'Uttar Pradesh'), ('IN', 'Delhi NCR - Ghaziabad', 'Uttar Pradesh'),
  ('IN', 'Faridabad NCR', 'Haryana'), ('IN', 'Gurgaon Delhi NCR', 'Haryana'), ('IN', 'Noida Sector 18, Delhi NCR', 'Uttar Pradesh'), ('IN', 'Sonipat, Haryana, Delhi NCR', 'Haryana'),
  ('IN', 'Mohali (Tricity)', 'Punjab'), ('IN', 'Panchkula, Chandigarh Tricity', 'Haryana'), ('IN', 'Tricity', 'Chandigarh'), ('IN', 'NCR', 'Delhi'), ('IN', 'Delhi NCR', 'Delhi'), ('IN', 'Delhi NCR, India', 'Delhi'),
  ('IN', 'Gandhi Nagar, Delhi NCR', 'Delhi'), ('IN', 'Dwarka, Delhi NCR', 'Delhi'), ('IN', 'नोएडा, दिल्ली एनसीआर', 'Uttar Pradesh'),
  ('IN', 'Hyderabad, Pakistan', ''), ('IN', 'Hyderabad (Sindh), Pakistan', ''), ('IN', 'Lahore, Punjab, Pakistan', ''), ('IN', 'Punjab Pakistan', ''), ('IN', 'Salem, Oregon, USA', ''),
  ('IN', 'Delhi, Canada', ''), ('IN', 'Kota, Malaysia', ''), ('IN', 'Rampur - Bangladesh', ''), ('IN', 'Patan, Nepal.', ''), ('IN', 'Pune, India', 'Maharashtra'), ('IN', 'Pune Maharashtra India', 'Maharashtra'),
  ('US', 'Birmingham, United Kingdom', ''), ('US', 'Paris, France', ''), ('US', 'London, Canada', ''), ('US', 'Atlanta, Georgia', 'Georgia'), ('US', 'Newark New Jersey', 'New Jersey'), ('US', 'Austin, Texas, USA', 'Texas'),
  ('GB', 'Boston, USA', ''), ('GB', 'Perth, Australia', ''), ('GB', 'Perth, Scotland, UK', 'Scotland'), ('GB', 'Newport, Wales', 'Wales'), ('AE', 'Dubai, UAE', 'Dubai'), ('DE', 'Frankfurt, Germany', 'Hessen')
) as t (country, given, state);

select ok(core.is_abroad('IN', 'MG Road, Karachi (Pakistan)') and not core.is_abroad('IN', 'Pakistan Chowk, Pune'), 'a country counts where it is named last');

-- And in the state's field.
select is(given.states_of('IN', given, null), state, format('India: state "%s" is %s', given, state))
from (values
  ('Delhi NCR', 'Delhi'), ('NCR', 'Delhi'), ('Noida (NCR)', 'Uttar Pradesh'), ('Haryana (Delhi NCR)', 'Haryana'), ('Uttar Pradesh, NCR', 'Uttar Pradesh'), ('Punjab, Pakistan', ''), ('Punjab (Pakistan)', ''), ('Punjab, India', 'Punjab')
) as t (given, state);

-- Of the city's field.
select is(given.states_of('IN', null, given), state, format('India: city "%s" is in %s', given, state))
from (values
  ('Thane West', 'Maharashtra'), ('Bangalore Urban', 'Karnataka'), ('Bangalore Rural', 'Karnataka'), ('Bengaluru (Urban)', 'Karnataka'), ('Pune, MH 411001', 'Maharashtra'), ('Pune 411001', 'Maharashtra'), ('Pune - 411 001', 'Maharashtra'), ('411045', 'Maharashtra'),
  ('Thane (W)', 'Maharashtra'), ('Andheri East', 'Maharashtra'), ('Andheri (E), Mumbai', 'Maharashtra'), ('Borivali West Mumbai', 'Maharashtra'), ('Navi Mumbai', 'Maharashtra'), ('Navi-Mumbai', 'Maharashtra'), ('Mumbai Suburban', 'Maharashtra'), ('Greater Mumbai', 'Maharashtra'),
  ('Pune City', 'Maharashtra'), ('Pune Dist', 'Maharashtra'), ('Dist. Pune', 'Maharashtra'), ('Pune district', 'Maharashtra'), ('Tal. Haveli Dist. Pune', 'Maharashtra'), ('Thane & Outskirts', 'Maharashtra'), ('Other Cities of Maharashtra', 'Maharashtra'), ('Outskirts of Pune', 'Maharashtra'),
  ('Near Nagpur', 'Maharashtra'), ('Nagpur (Rural)', 'Maharashtra'), ('MG Road Pune', 'Maharashtra'), ('Pune Camp', 'Maharashtra'), ('Gandhi Nagar, Pune', 'Maharashtra'), ('Kothrud, Pune, Maharashtra', 'Maharashtra'), ('Mumbai Maharashtra India', 'Maharashtra'),
  ('Bangalore Karnataka 560001', 'Karnataka'), ('Chennai Tamilnadu', 'Tamil Nadu'), ('Coimbatore North', 'Tamil Nadu'), ('Chennai-600001', 'Tamil Nadu'), ('Hyderabad/Secunderabad', 'Telangana'), ('Hyderabad Telangana', 'Telangana'), ('Gurgaon/Gurugram', 'Haryana'), ('Gurgaon Haryana', 'Haryana'),
  ('Faridabad', 'Haryana'), ('Noida', 'Uttar Pradesh'), ('Greater Noida West', 'Uttar Pradesh'), ('Noida, UP', 'Uttar Pradesh'), ('Ghaziabad UP', 'Uttar Pradesh'), ('Gautam Buddha Nagar', 'Uttar Pradesh'), ('South 24 Parganas', 'West Bengal'), ('North 24 Parganas', 'West Bengal'), ('Howrah', 'West Bengal'),
  ('Calcutta', 'West Bengal'), ('Salt Lake, Kolkata', 'West Bengal'), ('Bombay', 'Maharashtra'), ('Madras', 'Tamil Nadu'), ('Poona', 'Maharashtra'), ('Baroda', 'Gujarat'), ('Amdavad', 'Gujarat'), ('Bengalooru', 'Karnataka'), ('Cochin', 'Kerala'), ('Trivandrum', 'Kerala'), ('Calicut', 'Kerala'), ('Vizag', 'Andhra Pradesh'), ('Benares', 'Uttar Pradesh'), ('Allahabad', 'Uttar Pradesh'),
  ('Prayagraj', 'Uttar Pradesh'), ('Mysore', 'Karnataka'), ('Mangalore', 'Karnataka'), ('Pondicherry', 'Puducherry'), ('Mahe', 'Puducherry'), ('Port Blair', 'Andaman and Nicobar Islands'), ('Chandigarh', 'Chandigarh'), ('Mohali', 'Punjab'), ('Panchkula', 'Haryana'), ('Leh', 'Ladakh'), ('Daman', 'Dadra and Nagar Haveli and Daman and Diu'),
  ('पुणे', 'Maharashtra'), ('दिल्ली', 'Delhi'), ('நெல்லூர்', 'Andhra Pradesh'), ('சென்னை', 'Tamil Nadu'), ('ಬೆಂಗಳೂರು', 'Karnataka'), ('హైదరాబాద్', 'Telangana'), ('কলকাতা', 'West Bengal'), ('અમદાવાદ', 'Gujarat'), ('മുംബൈ', 'Maharashtra'), ('पुणे जिल्हा', 'Maharashtra'),
  ('Aurangabad', 'Bihar|Maharashtra'), ('Bilaspur', 'Chhattisgarh|Himachal Pradesh'), ('Hamirpur', 'Himachal Pradesh|Uttar Pradesh'), ('Pratapgarh', 'Rajasthan|Uttar Pradesh'), ('Balrampur', 'Chhattisgarh|Uttar Pradesh'), ('Bijapur', 'Chhattisgarh|Karnataka'),
  ('Aurangabad, Bihar', 'Bihar'), ('Aurangabad (MH)', 'Maharashtra'), ('Aurangabad 431001', 'Maharashtra'), ('Aurangabad - 824101', 'Bihar'), ('Bilaspur HP', 'Himachal Pradesh'), ('Bilaspur (CG)', 'Chhattisgarh'), ('Hamirpur 177001', 'Himachal Pradesh'), ('Hamirpur, U.P.', 'Uttar Pradesh'),
  ('Pratapgarh Rajasthan', 'Rajasthan'), ('Pratapgarh UP', 'Uttar Pradesh'), ('Aurangabad district', 'Bihar|Maharashtra'), ('Chhatrapati Sambhajinagar', 'Maharashtra'), ('Mumbai/Bangalore', 'Karnataka|Maharashtra'), ('Mumbai or Pune', 'Maharashtra'),
  ('Udaipur', 'Rajasthan'), ('Raipur', 'Chhattisgarh'), ('Kota', 'Rajasthan'), ('Jodhpur', 'Rajasthan'), ('Salem', 'Tamil Nadu'), ('Fatehpur', 'Uttar Pradesh'),
  ('Other Cities', ''), ('Tier II Cities', ''), ('Other Metro Cities', ''), ('Select', ''), ('xyz', ''), ('Nagar', ''), ('Station Road', ''), ('MG Road', ''), ('near', ''), ('City', ''), ('Main Street 5', ''), ('Dubai', ''), (repeat('Pune ', 50), '')
) as t (given, state);

-- Of both, and of a code in a field of its own.
select is(given.states_of('IN', state, city, metadata::jsonb), found, format('India: state "%s", city "%s", %s is %s', state, city, metadata, found))
from (values
  ('Bihar', 'Aurangabad', '{}', 'Bihar'), (null, 'Aurangabad', '{"pincode": "431001"}', 'Maharashtra'), (null, 'Aurangabad', '{"Pin Code": 824101}', 'Bihar'), (null, 'Bilaspur', '{"PIN": "174001"}', 'Himachal Pradesh'), (null, 'Bilaspur', '{"zip": "495001"}', 'Chhattisgarh'),
  ('Select', 'Hamirpur', '{"postal_code": "177 001"}', 'Himachal Pradesh'), (null, 'Pratapgarh', '{"postcode": "230001"}', 'Uttar Pradesh'), (null, null, '{"zip_code": "560001.0"}', 'Karnataka'), (null, null, '{"zip_code": "560001"}', 'Karnataka'), (null, null, '{"Zip/Postal Code": "560001"}', 'Karnataka'),
  (null, 'Smallville', '{"Pincode": "781001"}', 'Assam'), ('Other', 'Other', '{"pin_code": "781001", "utm_source": "x"}', 'Assam'), ('Aurangabad', null, '{"pincode": "431001"}', 'Maharashtra'), ('Bilaspur', 'Raipur', '{}', 'Chhattisgarh'), ('Bilaspur', 'Shimla', '{}', 'Himachal Pradesh'),
  ('Hamirpur', 'Hamirpur', '{}', 'Himachal Pradesh|Uttar Pradesh'), ('Punjab/Haryana', 'Ludhiana', '{}', 'Punjab'), ('Goa', 'Bengaluru', '{}', 'Goa'), ('Maharashtra', 'Aurangabad', '{"pincode": "824101"}', 'Maharashtra'), ('Andhra Pradesh', 'Hyderabad', '{}', 'Andhra Pradesh'),
  (null, 'Aurangabad', '{"pincode": "n/a"}', 'Bihar|Maharashtra'), (null, 'Aurangabad', '{"pincode": null}', 'Bihar|Maharashtra'), (null, 'Aurangabad', '{"pincode": ["431001"]}', 'Maharashtra'), (null, 'Aurangabad', '{"order": "431001"}', 'Bihar|Maharashtra'), (null, 'Aurangabad', '{"pincode": "123456"}', 'Bihar|Maharashtra'),
  (null, null, '{"पिनकोड": "४११००१"}', 'Maharashtra')
) as t (state, city, metadata, found);

select is(given.states_of(country, state, city, metadata::jsonb), found, format('%s: state "%s", city "%s", %s is %s', country, state, city, metadata, found))
from (values
  ('US', 'CA', null, '{}', 'California'), ('US', 'Calif.', null, '{}', 'California'), ('US', 'california', null, '{}', 'California'), ('US', 'Californa', null, '{}', 'California'), ('US', 'N.Y.', null, '{}', 'New York'), ('US', 'New York City', null, '{}', 'New York'), ('US', 'NYC', null, '{}', 'New York'),
  ('US', 'Texas, USA', null, '{}', 'Texas'), ('US', 'TX 78701', null, '{}', 'Texas'), ('US', 'Tex.', null, '{}', 'Texas'), ('US', 'D.C.', null, '{}', 'District of Columbia'), ('US', 'Washington, DC', null, '{}', 'District of Columbia'), ('US', 'Washington', null, '{}', 'Washington'), ('US', 'Washington State', null, '{}', 'Washington'),
  ('US', 'Mass', null, '{}', 'Massachusetts'), ('US', 'Penna', null, '{}', 'Pennsylvania'), ('US', 'N. Carolina', null, '{}', 'North Carolina'), ('US', 'North Carolna', null, '{}', 'North Carolina'), ('US', 'Nueva York', null, '{}', 'New York'), ('US', 'Kalifornien', null, '{}', 'California'), ('US', 'Carolina del Norte', null, '{}', 'North Carolina'),
  ('US', 'W. Virginia', null, '{}', 'West Virginia'), ('US', 'US-OH', null, '{}', 'Ohio'), ('US', '94105', null, '{}', 'California'), ('US', '10001-1234', null, '{}', 'New York'), ('US', 'कैलिफोर्निया', null, '{}', 'California'), ('US', 'Puerto Rico', null, '{}', 'Puerto Rico'), ('US', 'Hawai''i', null, '{}', 'Hawaii'), ('US', 'Missisippi', null, '{}', 'Mississippi'),
  ('US', null, 'Austin, TX', '{}', 'Texas'), ('US', null, 'Austin TX', '{}', 'Texas'), ('US', null, 'AUSTIN TX', '{}', 'Texas'), ('US', null, 'San Francisco, CA 94105', '{}', 'California'), ('US', null, 'Smallville, Kansas', '{}', 'Kansas'), ('US', null, 'Delaware, OH', '{}', 'Ohio'), ('US', null, 'Oregon', '{}', 'Oregon'), ('US', null, 'Washington', '{"zip": "98101"}', 'Washington'), ('US', null, 'Washington, PA', '{}', 'Pennsylvania'), ('US', 'District of Columbia, USA', null, '{}', 'District of Columbia'), ('US', null, 'Kansas City, MO', '{}', 'Missouri'),
  ('US', null, 'Brooklyn', '{}', 'New York'), ('US', null, 'Los Angeles', '{}', 'California'), ('US', null, 'Los Ángeles', '{}', 'California'), ('US', null, 'Portland', '{}', 'Maine|Oregon'), ('US', null, 'Portland', '{"zip": "04101"}', 'Maine'), ('US', null, 'Portland', '{"zip": 4101}', 'Maine'), ('US', null, 'Portland', '{"ZIP": "97201-1234"}', 'Oregon'),
  ('US', null, 'Portland, Me.', '{}', 'Maine'), ('US', null, null, '{"Zip Code": "02139"}', 'Massachusetts'), ('US', null, null, '{"zip": 2139}', 'Massachusetts'), ('US', null, null, '{"zip": "12345"}', ''), ('US', null, null, '{"zip": "00000"}', ''), ('US', 'Select', 'Chicago', '{}', 'Illinois'), ('US', null, 'Saint Louis', '{}', 'Missouri'),
  ('GB', 'England', null, '{}', 'England'), ('GB', 'ENG', null, '{}', 'England'), ('GB', 'Wales', null, '{}', 'Wales'), ('GB', 'Cymru', null, '{}', 'Wales'), ('GB', 'Schottland', null, '{}', 'Scotland'), ('GB', 'Alba', null, '{}', 'Scotland'), ('GB', 'N Ireland', null, '{}', 'Northern Ireland'), ('GB', 'Kent', null, '{}', 'England'),
  ('GB', 'Greater London', null, '{}', 'England'), ('GB', 'London', null, '{}', 'England'), ('GB', 'Gwynedd', null, '{}', 'Wales'), ('GB', 'Fife', null, '{}', 'Scotland'), ('GB', 'Co. Antrim', null, '{}', 'Northern Ireland'), ('GB', 'West Midlands', null, '{}', 'England'), ('GB', 'Yorks', null, '{}', 'England'), ('GB', 'Scottland', null, '{}', 'Scotland'),
  ('GB', null, 'Edinburgh', '{}', 'Scotland'), ('GB', null, 'Glasgow, Scotland', '{}', 'Scotland'), ('GB', null, 'Cardiff', '{}', 'Wales'), ('GB', null, 'Belfast', '{}', 'Northern Ireland'), ('GB', null, 'Manchester', '{}', 'England'), ('GB', null, 'London SW1A 1AA', '{}', 'England'), ('GB', null, 'EH1 1YZ', '{}', 'Scotland'),
  ('GB', null, null, '{"postcode": "CF10 1EP"}', 'Wales'), ('GB', null, null, '{"Post Code": "bt11aa"}', 'Northern Ireland'), ('GB', null, null, '{"postcode": "E1 6AN"}', 'England'), ('GB', null, null, '{"postcode": "SY23 1AA"}', 'Wales'), ('GB', null, null, '{"postcode": "SY1 1AA"}', 'England'), ('GB', null, 'Londres', '{}', 'England'),
  ('GB', null, 'Newport', '{"postcode": "NP20 1AA"}', 'Wales'), ('GB', null, 'Bangor', '{}', 'Northern Ireland|Wales'), ('GB', 'Northern Irland', null, '{}', 'Northern Ireland'), ('GB', 'Select county', null, '{}', ''),
  ('DE', 'Bayern', null, '{}', 'Bayern'), ('DE', 'Bavaria', null, '{}', 'Bayern'), ('DE', 'Freistaat Bayern', null, '{}', 'Bayern'), ('DE', 'BY', null, '{}', 'Bayern'), ('DE', 'NRW', null, '{}', 'Nordrhein-Westfalen'), ('DE', 'Nordrhein Westfalen', null, '{}', 'Nordrhein-Westfalen'), ('DE', 'North Rhine-Westphalia', null, '{}', 'Nordrhein-Westfalen'),
  ('DE', 'Baden-Württemberg', null, '{}', 'Baden-Wurttemberg'), ('DE', 'Baden-Wuerttemberg', null, '{}', 'Baden-Wurttemberg'), ('DE', 'BaWü', null, '{}', 'Baden-Wurttemberg'), ('DE', 'Thüringen', null, '{}', 'Thuringen'), ('DE', 'Thueringen', null, '{}', 'Thuringen'), ('DE', 'Thuringia', null, '{}', 'Thuringen'), ('DE', 'Saxony', null, '{}', 'Sachsen'),
  ('DE', 'Lower Saxony', null, '{}', 'Niedersachsen'), ('DE', 'Hesse', null, '{}', 'Hessen'), ('DE', 'Meck-Pomm', null, '{}', 'Mecklenburg-Vorpommern'), ('DE', 'Basse-Saxe', null, '{}', 'Niedersachsen'), ('DE', 'Renania del Norte-Westfalia', null, '{}', 'Nordrhein-Westfalen'), ('DE', 'Land Berlin', null, '{}', 'Berlin'), ('DE', 'DE-HH', null, '{}', 'Hamburg'),
  ('DE', 'Rheinland Pfalz', null, '{}', 'Rheinland-Pfalz'), ('DE', 'Schleswig Holstein', null, '{}', 'Schleswig-Holstein'), ('DE', 'Niedersachen', null, '{}', 'Niedersachsen'), ('DE', 'München', null, '{}', 'Bayern'), ('DE', null, 'München', '{}', 'Bayern'), ('DE', null, 'Muenchen', '{}', 'Bayern'), ('DE', null, 'Munich', '{}', 'Bayern'), ('DE', null, 'MÜNCHEN', '{}', 'Bayern'),
  ('DE', null, 'Köln', '{}', 'Nordrhein-Westfalen'), ('DE', null, 'Cologne', '{}', 'Nordrhein-Westfalen'), ('DE', null, 'Düsseldorf', '{}', 'Nordrhein-Westfalen'), ('DE', null, 'Frankfurt/Main', '{}', 'Hessen'), ('DE', null, 'Frankfurt (Oder)', '{}', 'Brandenburg'), ('DE', null, 'Nürnberg, Bayern', '{}', 'Bayern'), ('DE', null, 'Landkreis Fürth', '{}', 'Bayern'),
  ('DE', null, '80331 München', '{}', 'Bayern'), ('DE', null, 'Gießen', '{}', 'Hessen'), ('DE', null, 'Berlin-Mitte', '{}', 'Berlin'), ('DE', null, 'Hannover', '{}', 'Niedersachsen'), ('DE', 'Bitte wählen', null, '{}', ''),
  ('BR', 'SP', null, '{}', 'Sao Paulo'), ('BR', 'São Paulo', null, '{}', 'Sao Paulo'), ('BR', 'SAO PAULO', null, '{}', 'Sao Paulo'), ('BR', 'Estado de São Paulo', null, '{}', 'Sao Paulo'), ('BR', 'Rio de Janeiro', null, '{}', 'Rio de Janeiro'), ('BR', 'RJ', null, '{}', 'Rio de Janeiro'), ('BR', 'Minas', null, '{}', 'Minas Gerais'), ('BR', 'MG', null, '{}', 'Minas Gerais'),
  ('BR', 'Ceará', null, '{}', 'Ceara'), ('BR', 'Parana', null, '{}', 'Parana'), ('BR', 'Rio G. do Sul', null, '{}', 'Rio Grande do Sul'), ('BR', 'Distrito Federal', null, '{}', 'Distrito Federal'), ('BR', 'Federal District', null, '{}', 'Distrito Federal'), ('BR', 'Espirito Santo', null, '{}', 'Espirito Santo'), ('BR', 'Santa Caterina', null, '{}', 'Santa Catarina'), ('BR', 'BR-BA', null, '{}', 'Bahia'),
  ('BR', null, 'São Paulo - SP', '{}', 'Sao Paulo'), ('BR', null, 'Campinas/SP', '{}', 'Sao Paulo'), ('BR', null, 'Belo Horizonte', '{}', 'Minas Gerais'), ('BR', null, 'Brasília', '{}', 'Distrito Federal'), ('BR', null, 'Brasília-DF', '{}', 'Distrito Federal'), ('BR', null, 'Salvador, Bahia', '{}', 'Bahia'), ('BR', null, 'Curitiba PR', '{}', 'Parana'), ('BR', null, 'Porto Alegre (RS)', '{}', 'Rio Grande do Sul'),
  ('BR', null, '01310-100', '{}', 'Sao Paulo'), ('BR', null, null, '{"CEP": "20040-020"}', 'Rio de Janeiro'), ('BR', null, null, '{"cep": 1310100}', 'Sao Paulo'), ('BR', null, null, '{"Código Postal": "69005-010"}', 'Amazonas'), ('BR', null, 'Palmas', '{"cep": "77001-000"}', 'Tocantins'), ('BR', 'Selecione', null, '{}', ''), ('BR', null, 'Fortaleza CE', '{}', 'Ceara'), ('BR', 'Mato Grosso do Sul', null, '{}', 'Mato Grosso do Sul'),
  ('ID', 'Jawa Barat', null, '{}', 'Jawa Barat'), ('ID', 'West Java', null, '{}', 'Jawa Barat'), ('ID', 'Jabar', null, '{}', 'Jawa Barat'), ('ID', 'JAWA  TIMUR', null, '{}', 'Jawa Timur'), ('ID', 'East Java', null, '{}', 'Jawa Timur'), ('ID', 'Provinsi Jawa Tengah', null, '{}', 'Jawa Tengah'), ('ID', 'DKI Jakarta', null, '{}', 'Jakarta'), ('ID', 'Jakarta', null, '{}', 'Jakarta'),
  ('ID', 'DIY', null, '{}', 'Yogyakarta'), ('ID', 'DI Yogyakarta', null, '{}', 'Yogyakarta'), ('ID', 'Jogja', null, '{}', 'Yogyakarta'), ('ID', 'NTB', null, '{}', 'Nusa Tenggara Barat'), ('ID', 'North Sumatra', null, '{}', 'Sumatera Utara'), ('ID', 'Sumut', null, '{}', 'Sumatera Utara'), ('ID', 'Sumatra Barat', null, '{}', 'Sumatera Barat'), ('ID', 'Sulsel', null, '{}', 'Sulawesi Selatan'),
  ('ID', 'Bali', null, '{}', 'Bali'), ('ID', 'Kepri', null, '{}', 'Kepulauan Riau'), ('ID', 'Kep. Riau', null, '{}', 'Kepulauan Riau'), ('ID', 'Papua', null, '{}', 'Papua'), ('ID', 'South Papua', null, '{}', 'Papua Selatan'), ('ID', 'Banten', null, '{}', 'Banten'), ('ID', 'Kalimantan Timor', null, '{}', 'Kalimantan Timur'), ('ID', null, 'Jakarta Selatan', '{}', 'Jakarta'), ('ID', null, 'Kota Bandung', '{}', 'Jawa Barat'),
  ('ID', null, 'Kab. Bogor', '{}', 'Jawa Barat'), ('ID', null, 'Surabaya', '{}', 'Jawa Timur'), ('ID', null, 'Surabaya, Jawa Timur', '{}', 'Jawa Timur'), ('ID', null, 'Medan', '{}', 'Sumatera Utara'), ('ID', null, 'Denpasar', '{}', 'Bali'), ('ID', null, 'Jogjakarta', '{}', 'Yogyakarta'), ('ID', null, 'Tangerang Selatan', '{}', 'Banten'), ('ID', 'Pilih', null, '{}', ''),
  ('AE', 'Dubai', null, '{}', 'Dubai'), ('AE', 'DUBAI', null, '{}', 'Dubai'), ('AE', 'دبي', null, '{}', 'Dubai'), ('AE', 'Dubayy', null, '{}', 'Dubai'), ('AE', 'Emirate of Dubai', null, '{}', 'Dubai'), ('AE', 'Abu Dhabi', null, '{}', 'Abu Dhabi'), ('AE', 'Abudhabi', null, '{}', 'Abu Dhabi'), ('AE', 'أبو ظبي', null, '{}', 'Abu Dhabi'), ('AE', 'ابوظبي', null, '{}', 'Abu Dhabi'),
  ('AE', 'Abu Zaby', null, '{}', 'Abu Dhabi'), ('AE', 'Sharjah', null, '{}', 'Sharjah'), ('AE', 'الشارقة', null, '{}', 'Sharjah'), ('AE', 'الشارقه', null, '{}', 'Sharjah'), ('AE', 'Ash Shariqah', null, '{}', 'Sharjah'), ('AE', 'RAK', null, '{}', 'Ras Al Khaimah'), ('AE', 'Ras al-Khaimah', null, '{}', 'Ras Al Khaimah'), ('AE', 'رأس الخيمة', null, '{}', 'Ras Al Khaimah'),
  ('AE', 'UAQ', null, '{}', 'Umm Al Quwain'), ('AE', 'Umm al-Quwain', null, '{}', 'Umm Al Quwain'), ('AE', 'أم القيوين', null, '{}', 'Umm Al Quwain'), ('AE', 'Ajman', null, '{}', 'Ajman'), ('AE', 'عجمان', null, '{}', 'Ajman'), ('AE', 'Fujairah', null, '{}', 'Fujairah'), ('AE', 'الفجيرة', null, '{}', 'Fujairah'), ('AE', 'Sharja', null, '{}', 'Sharjah'), ('AE', 'AE-DU', null, '{}', 'Dubai'),
  ('AE', null, 'Al Ain', '{}', 'Abu Dhabi'), ('AE', null, 'العين', '{}', 'Abu Dhabi'), ('AE', null, 'Dubai Marina', '{}', 'Dubai'), ('AE', null, 'Deira, Dubai', '{}', 'Dubai'), ('AE', null, 'Khor Fakkan', '{}', 'Sharjah'), ('AE', null, 'Dubai, UAE', '{}', 'Dubai'), ('AE', null, 'Abu Dhabi City', '{}', 'Abu Dhabi'), ('AE', null, 'Business Bay Dubai', '{}', 'Dubai'), ('AE', 'अबू धाबी', null, '{}', 'Abu Dhabi'), ('AE', 'Select', null, '{}', '')
) as t (country, state, city, metadata, found);

-- And every name that is known, in each of its languages, means its state: alone, with its city, and behind a code.
select is_empty(format($$
  select p.key, p.state_name, found from crm.place_names p, given.states_of(p.country, p.key, null) found
  where p.country = %L and p.kind = 'state' and found <> p.state_name$$, country), 'every name of a state of ' || country || ' means it')
from unnest(array['IN', 'US', 'GB', 'DE', 'BR', 'ID', 'AE']) country;

select is_empty($$
  select s.country, t.text, s.name, found from crm.states s
  cross join lateral (values
    (s.name || ', Xyzland'), ('Xyzpur, ' || s.name), ('State of ' || s.name), ('(' || s.name || ')'), (upper(s.name) || ' - 99'), ('Near Xyzpur ' || s.name),
    (s.name || ' (Xyz)'), (replace(s.name, ' ', '-')), ('  ' || lower(s.name) || '. ')) t (text)
  cross join lateral (select core.find_states(s.country, t.text, true) as found offset 0) f
  where s.country in ('IN', 'US', 'GB', 'DE', 'BR', 'ID', 'AE') and s.name not in ('Goa', 'Washington') and f.found <> array[s.name]$$,
  'a state is found whatever is written around it');
select is(core.find_states('US', 'Washington'), array['District of Columbia', 'Washington'], 'a city as well known as the state of its name leaves it open');

select * from finish();
rollback;
