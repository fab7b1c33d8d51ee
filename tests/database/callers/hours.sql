-- Working hours and time off: as JSON, as ranges, and back.
begin;
\ir ../given.psql
select * from no_plan();

-- A week of minutes.
select is(routing.minute_of_week(t), m, 'minute_of_week() begins on Monday') from (values
  ('2026-01-05 00:00'::timestamp, 0), ('2026-01-05 09:01:59', 541), ('2026-01-11 23:59:59', 10079), ('2026-01-12', 0)) as v (t, m);
select is(routing.read_clock(t), m, t || ' is a time of day') from (values ('00:00', 0), ('9:05', 545), ('09:05', 545), ('23:59', 1439), ('24:00', 1440)) as v (t, m);
select is(given.refusal(format('select routing.read_clock(%L)', t)), 'LD422 hours: "' || t || '" is no time of day', t || ' is none')
from unnest(array['24:01', '9', '9:5', '-1:00', '12:60', 'noon', '']) t;

-- There.
select is(routing.read_hours(h), r, n) from (values
  ('[{"days": [1], "from": "09:00", "to": "18:00"}]'::jsonb, '{[540,1080)}'::int4multirange, 'hours of one day'),
  ('[{"days": [2, 1], "from": "09:00", "to": "13:00"}, {"days": [1], "from": "14:00", "to": "18:00"}]', '{[540,780),[840,1080),[1980,2220)}', 'a day may have several'),
  ('[{"days": [1], "from": "09:00", "to": "12:00"}, {"days": [1], "from": "11:00", "to": "18:00"}]', '{[540,1080)}', 'periods that overlap are one'),
  ('[{"days": [5], "from": "22:00", "to": "06:00"}]', '{[7080,7560)}', 'who ends before the beginning works over midnight'),
  ('[{"days": [7], "from": "22:00", "to": "06:00"}]', '{[0,360),[9960,10080)}', 'on Sunday too'),
  ('[{"days": [7], "from": "22:00", "to": "24:00"}]', '{[9960,10080)}', 'a day ends at 24:00'),
  ('[{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]', '{[0,10080)}', 'a whole week is the whole week')) as v (h, r, n);
select ok(routing.read_hours(null) is null and routing.read_hours('null') is null, 'nothing said is always');
select is(given.refusal(format('select routing.read_hours(%L)', h)), 'LD422 hours: ' || r, r) from (values
  ('[]', 'Working hours are a list of one or more periods'), ('"always"', 'Working hours are a list of one or more periods'),
  ('[{"days": [1], "from": "09:00", "to": "09:00"}]', 'A period from 09:00 to 09:00 is empty'), ('[{"days": [1], "from": "24:00", "to": "09:00"}]', 'A period from 24:00 to 09:00 is empty'),
  ('[{"days": [], "from": "09:00", "to": "10:00"}]', 'A period has no days'), ('[{"from": "09:00", "to": "10:00"}]', 'A period has no days'),
  ('[{"days": [0], "from": "09:00", "to": "10:00"}]', '0 is no day of the week'), ('[{"days": ["Monday"], "from": "09:00", "to": "10:00"}]', '"Monday" is no day of the week'),
  ('[{"days": [1], "to": "10:00"}]', '"null" is no time of day')) as v (h, r);

-- And back.
select is(routing.hours_json(routing.read_hours(h)), h, 'hours come back as they were given') from unnest(array[
  '[{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}, {"days": [6], "from": "10:00", "to": "14:00"}]',
  '[{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "13:00"}, {"days": [1, 2, 3, 4, 5], "from": "14:00", "to": "18:00"}]',
  '[{"days": [1, 2, 3, 4, 5, 6, 7], "from": "22:00", "to": "06:00"}]', '[{"days": [7], "from": "22:00", "to": "06:00"}]', '[{"days": [7], "from": "12:00", "to": "24:00"}]',
  '[{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]', '[{"days": [6, 7], "from": "00:00", "to": "24:00"}]', '[{"days": [1, 7], "from": "00:00", "to": "24:00"}]',
  '[{"days": [1], "from": "00:00", "to": "00:01"}]', '[{"days": [3], "from": "12:00", "to": "11:59"}]']::jsonb[]) h;
select is(routing.hours_json(null), null, 'always comes back as null');
select is(routing.hours_json('{}'), '[]', 'never, which only SQL can say, as nothing');
select is(routing.read_hours(routing.hours_json(m)), m, 'any week comes back the same') from (
  select (select range_agg(int4range(s, least(s + length, 10080)))
          from (select (abs(hashint4(seed * 31 + i)) % 10080) as s, 1 + abs(hashint4(seed * 17 + i)) % 4000 as length from generate_series(1, 1 + seed % 5) i) p) as m
  from generate_series(1, 40) seed) w;

-- Time off.
select is(routing.read_time_off(t, 'Asia/Kolkata'), r::tstzmultirange, n) from (values
  ('[{"from": "2026-01-05", "to": "2026-01-07"}]'::jsonb, '{["2026-01-05 00:00+05:30","2026-01-07 00:00+05:30")}', 'a date is its midnight in the workspace'),
  ('[{"from": "2026-01-05T09:30", "to": "2026-01-05T10:00:00+01:00"}]', '{["2026-01-05 09:30+05:30","2026-01-05 10:00+01:00")}', 'a time with an offset is that moment, one without is local'),
  ('[{"from": "2026-01-05", "to": "2026-01-07"}, {"from": "2026-01-06", "to": "2026-01-09"}]', '{["2026-01-05 00:00+05:30","2026-01-09 00:00+05:30")}', 'what overlaps is one'),
  ('[{"from": "2026-01-05", "to": null}]', '{["2026-01-05 00:00+05:30",)}', 'it may have no end'), ('[]', '{}', 'or there is none'), ('null', '{}', 'or nothing is said')) as v (t, r, n);
select alike(given.refusal(format('select routing.read_time_off(%L, %L)', t, 'Asia/Kolkata')), 'LD422 time_off: Time off from ' || r, r) from (values
  ('[{"from": "soon", "to": "2026-01-07"}]', 'soon to 2026-01-07 cannot be read'), ('[{"from": "2026-01-32", "to": "2026-02-07"}]', '2026-01-32 to 2026-02-07 cannot be read'),
  ('[{"from": "2026-01-07", "to": "2026-01-05"}]', '2026-01-07 to 2026-01-05 ends before it begins'), ('[{"from": "2026-01-05", "to": "2026-01-05"}]', '2026-01-05 to 2026-01-05 ends before it begins'),
  ('[{}]', 'ever to ever cannot be read')) as v (t, r);
select is(routing.time_off_json('{["2026-02-05 00:00+05:30","2026-02-07 00:00+05:30"),["2026-01-05 00:00+05:30","2026-01-07 00:00+05:30"),["2026-03-05 00:00+00",)}'),
  '[{"from": "2026-01-04T18:30:00+00:00", "to": "2026-01-06T18:30:00+00:00"}, {"from": "2026-02-04T18:30:00+00:00", "to": "2026-02-06T18:30:00+00:00"}, {"from": "2026-03-05T00:00:00+00:00", "to": null}]',
  'time off comes back in order');

select * from finish();
rollback;
