-- The words of a reason, for managers.
begin;
\ir ../given.psql
select * from no_plan();

select is(routing.describe_exhausted(subject, standings), words, words)
from (values
  ('Goa', null::text[], 'No Goa callers'), ('Goa', '{at cap,at cap}', 'All Goa callers at their cap'), ('Goa', '{paused,paused,paused}', 'All Goa callers paused'),
  ('Goa', '{at cap,paused,at cap}', 'No Goa caller free (2 at cap, 1 paused)'),
  (null, null, 'No callers'), (null, '{at cap,at cap}', 'All callers at their cap'), (null, '{paused}', 'All callers paused'),
  (null, '{paused,at cap}', 'No caller free (1 paused, 1 at cap)'), (null, '{away}', 'All callers away'), (null, '{off hours}', 'All callers off hours'),
  ('Goa hindi', '{at max load,at max load}', 'All Goa hindi callers at their max load'), (null, '{let it expire}', 'All callers let it expire'),
  (null, '{away,off hours,off hours,paused,at cap,at max load,away}', 'No caller free (2 off hours, 2 away, 1 paused, 1 at max load, 1 at cap)')
) as t (subject, standings, words);

select is(routing.describe_place(state, state_from, city, state_given), words, coalesce(words, 'nothing is said of a state that was given'))
from (values
  ('Goa', 'state', 'Pune', 'goa', null), ('Maharashtra', 'city', 'Pune', null, 'No state: city Pune is in Maharashtra'),
  ('Maharashtra', 'city', 'Pune', 'Select', 'Unknown state Select: city Pune is in Maharashtra'),
  (null, null, 'Atlantis', 'Select', 'Unknown state Select, unknown city Atlantis'), (null, null, null, 'Select', 'Unknown state Select'),
  (null, null, 'Atlantis', null, 'No state, unknown city Atlantis'), (null, null, null, null, 'No state or city')
) as t (state, state_from, city, state_given, words);

select is(routing.describe_place(null, state_from, city, state_given, states, code), words, words)
from (values
  ('city', 'Aurangabad', null, array['Bihar', 'Maharashtra'], null, 'No state: city Aurangabad is in Bihar and Maharashtra'),
  ('city', 'Aurangabad', 'Select', array['Bihar', 'Maharashtra'], null, 'Unknown state Select: city Aurangabad is in Bihar and Maharashtra'),
  ('state', null, 'Hamirpur', array['Himachal Pradesh', 'Uttar Pradesh'], null, 'Hamirpur is in Himachal Pradesh and Uttar Pradesh'),
  ('postal_code', 'Nowhere', null, array['Puducherry', 'Tamil Nadu'], '605007', 'No state: postal code 605007 is in Puducherry and Tamil Nadu')
) as t (state_from, city, state_given, states, code, words);
select is(routing.describe_place('Goa', 'postal_code', null, null, null, '403001'), 'No state: postal code 403001 is in Goa', 'a postal code may tell the state');
select is(routing.describe_states(array['A', 'B', 'C', 'D']), 'A, B, C and D', 'few states are named');
select is(routing.describe_states(array['A', 'B', 'C', 'D', 'E']), 'A, B, C and 2 other states', 'of many, some');

select is(routing.describe_pick(place, state_from, why_not, label), words, words)
from (values
  (null, 'state', '{}'::text[], 'Goa round robin', 'Goa round robin'),
  (null, 'state', '{No Goa callers}', 'global round robin', 'No Goa callers: global round robin'),
  ('No state: city Pune is in Maharashtra', 'city', '{}', 'Maharashtra round robin', 'No state: city Pune is in Maharashtra'),
  ('No state: city Panaji is in Goa', 'city', '{No Goa callers}', 'global round robin', 'No state: city Panaji is in Goa. No Goa callers: global round robin'),
  ('No state or city', null, '{}', 'global round robin', 'No state or city: global round robin'),
  ('No state: postal code 403001 is in Goa', 'postal_code', '{No Goa callers}', 'global round robin', 'No state: postal code 403001 is in Goa. No Goa callers: global round robin'),
  ('Unknown state Select', null, '{}', 'global round robin', 'Unknown state Select: global round robin'),
  (null, 'state', '{No Goa callers,All callers paused}', null, 'All callers paused'),
  ('No state or city', null, '{}', null, 'No rule applies')
) as t (place, state_from, why_not, label, words);

-- As they come out.
select given.workspace();
select given.caller('Kavita', '{Maharashtra}'), given.caller('Goutam', '{Goa}', 1);
select given.leads('m', 'Maharashtra'), given.leads('p', null, 'Pune'), given.leads('g1 g2', 'Goa'), given.leads('k', null, 'Kochi'), given.leads('n'), given.leads('x', 'Select', 'Bombay');
select is(given.fate('m'), 'Kavita: Maharashtra round robin', 'a lead of a state');
select is(given.fate('p'), 'Kavita: No state: city Pune is in Maharashtra', 'a lead of a city');
select is(given.fate('g1'), 'Goutam: Goa round robin', 'the last lead before the cap');
select is(given.fate('g2'), 'Kavita: All Goa callers at their cap: global round robin', 'the first after it');
select given.leads('au', null, 'Aurangabad'), given.leads('ha', 'Hamirpur');
select is(given.fate('au'), 'Kavita: No state: city Aurangabad is in Bihar and Maharashtra: global round robin', 'a city of two states is said to be, and left to the global rule');
select is(given.fate('ha'), 'Kavita: Hamirpur is in Himachal Pradesh and Uttar Pradesh: global round robin', 'also in the state''s place');
insert into crm.leads (workspace_id, name, city, metadata) values (core.current_workspace(), 'pc', 'Aurangabad', '{"Pin Code": "431001"}');
select is(given.fate('pc'), 'Kavita: No state: postal code 431001 is in Maharashtra', 'a postal code decides');
select is(given.fate('k'), 'Kavita: No state: city Kochi is in Kerala. No Kerala callers: global round robin', 'a city in a state that nobody serves');
select is(given.fate('n'), 'Kavita: No state or city: global round robin', 'a lead of nowhere');
select is(given.fate('x'), 'Kavita: Unknown state Select: city Bombay is in Maharashtra', 'a form left as it was');
select api.set_caller_status(given.caller_id('Kavita'), 'paused');
select given.leads('q');
select is(given.fate('q'), 'queued: No caller free (1 paused, 1 at cap)', 'a lead that waits');

select is(routing.ordinal(n), words, words)
from (values (1, '1st'), (2, '2nd'), (3, '3rd'), (4, '4th'), (11, '11th'), (12, '12th'), (13, '13th'), (21, '21st'), (101, '101st'), (111, '111th'), (122, '122nd')) as t (n, words);

select * from finish();
rollback;
