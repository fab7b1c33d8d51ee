-- On the way in every lead gets one spelling, and a key if nothing else tells a retry from a new lead.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select api.create_source(core.current_workspace(), 'Sheet', 'token');

create function given.prepared(p_lead jsonb) returns crm.leads language sql
return core.normalize_lead(jsonb_populate_record(null::crm.leads, p_lead || jsonb_build_object('workspace_id', core.current_workspace())));

select is(l.name, 'Asha', 'a name is trimmed') from given.prepared('{"name": "  Asha "}') l;
select is(l.name, null, 'an empty name is none') from given.prepared('{"name": "  "}') l;
select is(l.email, 'asha@example.com', 'an address is in lower case') from given.prepared('{"email": " Asha@Example.com "}') l;
select is(l.phone, '+919812345678', 'a phone is in international form') from given.prepared('{"phone": "098123 45678"}') l;
select is(concat_ws(' ', l.phone, l.metadata ->> 'phone_given'), 'call me', 'or none, and what was given is kept') from given.prepared('{"phone": " call me "}') l;
select is(l.phone, null, 'an empty one is none') from given.prepared('{"phone": ""}') l;
select is(concat_ws('|', l.external_id, l.source_row_id, l.city), '7|8|Pune', 'ids and city are trimmed')
from given.prepared('{"external_id": " 7 ", "source_row_id": "8 ", "city": " Pune"}') l;
select is(l.lead_source, 'Sheet', 'a lead that names no lead source comes from the source')
from given.prepared(jsonb_build_object('source_id', (select source_id from api.find_source('token')), 'lead_source', ' ')) l;
select is(l.lead_source, 'Google Ads', 'one that does keeps it')
from given.prepared(jsonb_build_object('source_id', (select source_id from api.find_source('token')), 'lead_source', ' Google Ads ')) l;
select is(l.lead_source, null, 'without a source there is none') from given.prepared('{}') l;
select given.now('2026-01-05 10:00+05:30');
select is(l.created_at, '2026-01-05 10:00+05:30', 'it is stored now') from given.prepared('{}') l;
select is(l.created_at, '2025-01-05 10:00+05:30', 'or when it says') from given.prepared('{"created_at": "2025-01-05 10:00+05:30"}') l;
select is(given.refusal($$select core.normalize_lead(jsonb_populate_record(null::crm.leads, '{"workspace_id": 0}'))$$),
  'LD422 workspace_id: There is no workspace 0', 'a lead belongs to a workspace');

select is(concat_ws('|', l.state, l.state_from, 'given ' || l.state_given), concat_ws('|', t.state, t.state_from, 'given ' || t.state_given), t.why)
from (values
  ('{"state": "Maharashtra"}',                       'Maharashtra', 'state', null::text,     'a state is kept'),
  ('{"state": " mh "}',                              'Maharashtra', 'state', 'mh',           'another spelling is turned into the one, and remembered'),
  ('{"state": "maharastra", "city": "Bengaluru"}',   'Maharashtra', 'state', 'maharastra',   'a misspelt state counts before the city'),
  ('{"state": "Goa", "city": "Bengaluru"}',          'Goa',         'state', null,           'so does a state that the city is not in'),
  ('{"city": "Bengaluru"}',                          'Karnataka',   'city',  null,           'a missing state is told by the city'),
  ('{"state": "Select", "city": "Bombay"}',          'Maharashtra', 'city',  'Select',       'so is an unknown one'),
  ('{"state": " ", "city": "Pune"}',                 'Maharashtra', 'city',  null,           'and an empty one'),
  ('{"state": "Select", "city": "Other Cities"}',    null,          null,    'Select',       'what neither tells stays unresolved'),
  ('{"city": "Select"}',                             null,          null,    null,           'an unknown city tells none'),
  ('{"state": "Chennai"}',                           'Tamil Nadu', 'state', 'Chennai',       'a city in the state''s place tells it'),
  ('{"state": "Maharashtra - 411001"}',              'Maharashtra', 'state', 'Maharashtra - 411001', 'more than a state tells it, too'),
  ('{"city": "Aurangabad", "metadata": {"pincode": "431001"}}', 'Maharashtra', 'postal_code', null, 'where a city is of two states, a postal code decides'),
  ('{"metadata": {"Pincode": 431001}}',              'Maharashtra', 'postal_code', null,      'it tells a missing state, too'),
  ('{"city": "Pune", "metadata": {"pincode": "110001"}}', 'Maharashtra', 'city', null,        'and is not asked where the city tells it'),
  ('{"state_from": "city", "state_given": "forged"}', null,         null,    null,           'how it was found is not for the sender to say'),
  ('{}',                                             null,          null,    null,           'and nothing tells nothing')
) as t (lead, state, state_from, state_given, why), given.prepared(t.lead::jsonb) l;

select is(l.possible_states, t.possible, t.why)
from (values
  ('{"city": "Aurangabad"}', array['Bihar', 'Maharashtra'], 'a city of two states leaves it open'),
  ('{"state": "Aurangabad"}', array['Bihar', 'Maharashtra'], 'also in the state''s place'),
  ('{"city": "Aurangabad", "state": "Bihar"}', null, 'the state decides'),
  ('{"city": "Aurangabad", "state": "Bihar", "possible_states": ["Goa"]}', null, 'and nobody else says which are possible'),
  ('{"city": "Nowhere", "possible_states": ["Goa"]}', null, 'nor of an unknown city')
) as t (lead, possible, why), given.prepared(t.lead::jsonb) l;

select is(l.idempotency_key, null, 'a row id is key enough') from given.prepared('{"source_row_id": "8", "idempotency_key": "k"}') l;
select is(l.idempotency_key, null, 'so is a phone with a timestamp') from given.prepared('{"phone": "9812345678", "timestamp_from_sheet": "2026-01-05T10:00:00Z", "idempotency_key": "k"}') l;
select matches(l.idempotency_key, '^content:[0-9a-f]{64}$', 'a phone alone is not: the content is the key') from given.prepared('{"phone": "9812345678", "idempotency_key": "k"}') l;
select matches(l.idempotency_key, '^content:[0-9a-f]{64}$', 'nor is a timestamp alone') from given.prepared('{"timestamp_from_sheet": "2026-01-05T10:00:00Z", "idempotency_key": "k"}') l;
select isnt(l.idempotency_key, null, 'nor ' || why) from (values
  ('a phone on a date', '{"phone": "9812345678", "timestamp_from_sheet": "2026-01-05T00:00:00+05:30"}'),
  ('on a date as programs write it', '{"phone": "9812345678", "timestamp_from_sheet": "2026-01-05T00:00:00Z"}'),
  ('a text that is no phone', '{"phone": "call me", "timestamp_from_sheet": "2026-01-05T10:00:00Z"}')) g (why, lead)
cross join lateral given.prepared(g.lead::jsonb) l;
select is(core.is_only_date(at::timestamptz, zone), is_date, at || ' in ' || zone) from (values
  ('2026-01-05 00:00+05:30', 'Asia/Kolkata', true), ('2026-01-05 00:00Z', 'Asia/Kolkata', true), ('2026-01-05 00:00+05:45', 'Asia/Kathmandu', true),
  ('2026-01-05 00:00+05:45', 'Asia/Kolkata', false), ('2026-01-05 00:15+05:30', 'Asia/Kolkata', false), ('2026-01-05 00:00:01+05:30', 'Asia/Kolkata', false),
  ('2026-01-05 00:00:00.2+05:30', 'Asia/Kolkata', false), ('2026-07-05 00:00-04', 'America/New_York', true), (null, 'Asia/Kolkata', null)) g (at, zone, is_date);
select matches(l.idempotency_key, '^content:[0-9a-f]{64}$', 'an empty key is none') from given.prepared('{"name": "Asha", "idempotency_key": " "}') l;
select matches(l.idempotency_key, '^content:[0-9a-f]{64}$', 'without any of them the content is the key') from given.prepared('{"name": "Asha"}') l;
select is((given.prepared(a::jsonb)).idempotency_key = (given.prepared(b::jsonb)).idempotency_key, same, why)
from (values
  ('{"name": "Asha", "phone": "98123 45678"}', '{"name": "Asha ", "phone": "+91 9812345678"}', true, 'the same content has the same key, however it is spelt'),
  ('{"name": "Asha", "created_at": "2026-01-05T10:00:00Z"}', '{"name": "Asha", "created_at": "2026-01-06T10:00:00Z"}', true, 'whenever it comes'),
  ('{"metadata": {"a": 1, "b": 2}}', '{"metadata": {"b": 2, "a": 1}}', true, 'in whatever order its metadata are'),
  ('{"name": "Asha"}', '{"name": "asha"}', false, 'another name is other content'),
  ('{"name": "Asha"}', '{"message": "Asha"}', false, 'so is the same text elsewhere'),
  ('{"state": "Atlantis"}', '{"state": "Lemuria"}', false, 'or another state that is none'),
  ('{"timestamp_from_sheet": "2026-01-05T10:00:00Z"}', '{"timestamp_from_sheet": "2026-01-06T10:00:00Z"}', false, 'or another timestamp'),
  ('{"metadata": {"a": 1}}', '{"metadata": {"a": 2}}', false, 'or other metadata')
) as t (a, b, same, why);

-- Its steps.
select is(concat_ws('|', l.city, l.state, l.state_from, l.state_given), 'Pune|Maharashtra|city|Select', 'locate_lead() finds the state')
from core.locate_lead(jsonb_populate_record(null::crm.leads, '{"city": " Pune "}'), ' Select ', 'IN') l;
select is(core.retry_key(l, 'UTC') = core.content_key(l, 'k'), true, 'retry_key() is made of the content and the sender''s') from jsonb_populate_record(null::crm.leads, '{"idempotency_key": "k"}') l;
select is(l.metadata, '{"campaign": "Nobody''s"}', 'name_campaign_of() leaves a name that is of no campaign')
from core.name_campaign_of(jsonb_populate_record(null::crm.leads, '{"metadata": {"campaign": "Nobody''s"}}')) l;

-- The trigger does the same to every insert.
insert into crm.leads (workspace_id, name, phone, state) values (core.current_workspace(), ' Asha ', '98123 45678', 'mh');
select is(concat_ws('|', name, phone, state, state_from), 'Asha|+919812345678|Maharashtra|state', 'prepare_lead() prepares what is inserted')
from crm.leads where workspace_id = core.current_workspace();

-- Which stored lead another repeats.
select is(core.find_duplicate(jsonb_populate_record(null::crm.leads, jsonb_build_object('workspace_id', core.current_workspace(), 'metadata', '{}'::jsonb) || lead::jsonb)),
  case when found then given.lead_id('Asha') end, why)
from (values
  ('{"name": "Asha", "phone": "98123 45678", "state": "mh"}', true, 'a lead is found again by its content'),
  ('{"name": "Asha", "phone": "98123 45678", "state": "mh", "message": "Hi"}', false, 'other content is another lead')
) as t (lead, found, why);
select given.leads('first');
update crm.leads set phone = '+919800000001', timestamp_from_sheet = '2026-01-05T10:00:00Z', idempotency_key = null where name = 'first';
select given.leads('row');
update crm.leads set phone = '+919800000001', timestamp_from_sheet = '2026-01-05T10:00:00Z', source_row_id = '9' where name = 'row';
select is(core.find_duplicate(jsonb_populate_record(null::crm.leads, jsonb_build_object('workspace_id', core.current_workspace(), 'metadata', '{}'::jsonb) || lead::jsonb)),
  given.lead_id(found), why)
from (values
  ('first', '{"phone": "9800000001", "timestamp_from_sheet": "2026-01-05T15:30:00+05:30"}', 'by phone and timestamp'),
  ('row', '{"source_row_id": " 9 "}', 'by its row')
) as t (found, lead, why);
select given.leads('second');
update crm.leads set phone = '+919800000002', timestamp_from_sheet = '2026-01-05T10:00:00Z', idempotency_key = null where name = 'second';
select is(core.find_duplicate(jsonb_populate_record(null::crm.leads, jsonb_build_object('workspace_id', core.current_workspace(), 'metadata', '{}'::jsonb,
  'source_row_id', '8', 'phone', '9800000002', 'timestamp_from_sheet', '2026-01-05T10:00:00Z'))), null, 'another row repeats nothing, whatever its phone and time');
select is(core.find_duplicate(jsonb_populate_record(null::crm.leads, jsonb_build_object('workspace_id', core.current_workspace(), 'metadata', '{}'::jsonb,
  'source_row_id', '9', 'phone', '9800000002', 'timestamp_from_sheet', '2026-01-05T10:00:00Z'))), given.lead_id('row'), 'a row id is better evidence than phone and time');
select is(core.find_duplicate(null), null, 'nothing repeats nothing');

-- A sender's timestamps.
select is(core.read_timestamp(given, zone), expected::timestamptz, format('"%s" in %s', given, zone))
from (values
  ('2026-01-05T10:00:00Z', 'Asia/Kolkata', '2026-01-05 10:00Z'), ('2026-01-05T10:00:00+05:30', 'UTC', '2026-01-05 04:30Z'), ('2026-01-05 10:00:00-08', 'UTC', '2026-01-05 18:00Z'),
  ('2026-01-05T10:00:00', 'Asia/Kolkata', '2026-01-05 04:30Z'), ('2026-01-05 10:00', 'Asia/Kolkata', '2026-01-05 04:30Z'), ('2026-01-05', 'Asia/Kolkata', '2026-01-04 18:30Z'),
  ('2026-07-05T10:00:00.123', 'America/New_York', '2026-07-05 14:00:00.123Z'), ('2026-01-05T10:00:00', 'America/New_York', '2026-01-05 15:00Z'), ('2026-01-05T10:00+0530', 'UTC', '2026-01-05 04:30Z')
) as t (given, zone, expected);
select is(core.read_timestamp(null, 'UTC'), null, 'no timestamp is none');
select is(core.read_lead_time(given, of_source, 'Asia/Kolkata'), expected::timestamptz, format('"%s" of a source in %s', given, of_source))
from (values
  ('2026-01-05T10:00:00', 'UTC', '2026-01-05 10:00Z'), ('2026-01-05T10:00:00', null, '2026-01-05 04:30Z'), ('2026-01-05T10:00:00+01:00', 'UTC', '2026-01-05 09:00Z'),
  ('2026-01-05', 'UTC', '2026-01-04 18:30Z'), (null, 'UTC', null)
) as t (given, of_source, expected);
select throws_ok($$select core.read_timestamp('once upon a time', 'UTC')$$, '22007', null, 'what is no timestamp is refused');

select * from finish();
rollback;
