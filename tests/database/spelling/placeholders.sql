-- What people write where they know nothing identifies nobody.
begin;
\ir ../given.psql
select * from no_plan();

select is(core.placeholder_body(entry), body, entry || ' in an expression') from (values
  ('1234567890', '1234567890'), ('123-456 78', '12345678'), ('9999999', '9{7,}'), ('0000', '0000'), ('900000*', '900000[0-9]*'), ('900*', '900.*'), ('0', '0'), ('{{*}}', '\{\{.*\}\}'),
  ('na@na.*', 'na@na\..*'), ('na@na', 'na@na(?:\..*)?'), ('noemail@*', 'noemail@.*'), ('a+b@[x].y', 'a\+b@\[x\]\.y'), ('n/a', 'n/a'), ('(none)', '\(none\)'), ('$^\|?{}', '\$\^\\\|\?\{\}')) g (entry, body);
select is(core.placeholder_pattern('{}'), null, 'of no entries there is no expression');
select is(core.placeholder_pattern('{b@b,"c*"}'), '^(?:b@b(?:\..*)?|c.*)$', 'placeholder_pattern() of addresses and words alone');
select is(core.placeholder_signs(entries), signs, 'the signs of ' || entries::text) from (values
  ('{}'::text[], null), ('{1234567,98 765-43,na@na,n/a,-,nobody*}', '{-,34567,76543,n/a,na@,nob}'::text[]), ('{na,1234}', '{123,na}'), ('{na,12345*}', null), ('{na,0,"{{*}}"}', '{0,na}'), ('{na,1*23456}', '{23456,na}'),
  ('{na,*@x.y}', null), ('{ab*}', null), ('{a@*}', null), ('{x@}', null)) g (entries, signs);
select is(core.check_placeholders('{" NA ",na,x@*,.,0,981000*}'), '{na,x@*,.,0,981000*}', 'check_placeholders() gives them one spelling');

select throws_ok(format('select core.check_placeholders(%L)', array[entry]), 'LD422', format('"%s" would fit %s', entry, what), 'refused: ' || entry)
from (values ('98*', 'very many numbers'), ('*5', 'very many numbers'), ('*', 'too much, or nothing'), ('', 'too much, or nothing')) g (entry, what);
select is(core.is_phone_entry(entry), is_one, entry || ' as a phone') from (values ('12345', true), ('1234', false), ('+91 98-10*0', true), ('na', false), ('0', false)) g (entry, is_one);
select is(core.is_like_template(value), is_one, value || ' as a template') from (values ('{{id}}', true), ('[x]', true), ('x', false), (null, null)) g (value, is_one);

-- Of each kind what is one, and beside it what looks alike and is none.
create function given.is_placeholder(p_value text) returns boolean language sql
return p_value ~ (select w.placeholder_pattern from crm.workspaces w where w.id = core.current_workspace());
select given.workspace();
select is(given.is_placeholder(value), is_one, value) from (values
  ('+919999999999', true), ('+919999999998', false), ('+917999999999', false), ('+911234567890', true), ('+911234567891', false),
  ('+910000000000', true), ('+15555555555', true), ('+15555555556', false), ('+447777777777', true), ('+447777777778', false),
  ('+971555555555', true), ('+5511111111111', true), ('+5511987654321', false), ('+4911111111111', true), ('+6281111111111', false),
  ('+35388888888', true), ('+353871234567', false), ('+12025550123', false), ('+919876543210', false), ('+9712345678', false),
  ('9999999999', false), ('1111111', false), ('12345678', false),
  ('na@na', true), ('na@na.com', true), ('na@nasa.gov', false), ('ana@na.com', false), ('noemail@gmail.com', true), ('no-email@x.in', true),
  ('noemailer@x.in', false), ('test@test.com', true), ('test@testing.com', false), ('mytest@test.com', false), ('none@none.none', true),
  ('noreply@shop.example', true), ('reply@shop.example', false), ('a@a.com', true), ('aa@a.com', false), ('nobody@mail.example', false),
  ('undefined', true), ('null', true), ('n/a', true), ('#n/a', true), ('-', true), ('0', true), ('00', false), ('10', false), ('na-1', false), ('nation', false), ('unknown', true)) g (value, is_one);

-- They stand aside, as they were given.
create function given.aside(p_lead jsonb) returns jsonb language sql
return (select jsonb_strip_nulls(to_jsonb(l)) from (
  select p.phone, p.email, p.external_id, p.source_row_id, nullif(p.metadata, '{}') as metadata
  from core.normalize_lead(jsonb_populate_record(null::crm.leads, jsonb_build_object('workspace_id', core.current_workspace(), 'metadata', '{}'::jsonb) || p_lead)) p) l);
select is(given.aside(lead::jsonb), expected::jsonb, lead) from (values
  ('{"phone": "99999 99999", "email": " NA@NA.com "}', '{"metadata": {"phone_given": "99999 99999", "email_given": " NA@NA.com "}}'),
  ('{"phone": "98010 00122", "email": "NoEmail@x.y"}', '{"phone": "+919801000122", "metadata": {"email_given": "NoEmail@x.y"}}'),
  ('{"source_row_id": "undefined", "external_id": " NULL "}', '{"metadata": {"source_row_id_given": "undefined", "external_id_given": " NULL "}}'),
  ('{"source_row_id": "1111111", "external_id": "00"}', '{"source_row_id": "1111111", "external_id": "00"}'),
  ('{"source_row_id": "0", "external_id": "  "}', '{"metadata": {"source_row_id_given": "0"}}'),
  ('{"source_row_id": "{{row.id}}", "external_id": "[field id=\"x\"]"}', '{"metadata": {"source_row_id_given": "{{row.id}}", "external_id_given": "[field id=\"x\"]"}}'),
  ('{"source_row_id": "{6F9619FF-8B86-D011-B42D-00C04FC964FF}", "external_id": "[12]"}', '{"source_row_id": "{6F9619FF-8B86-D011-B42D-00C04FC964FF}", "external_id": "[12]"}'),
  ('{"phone": "98010 00122 / 99999 99999"}', '{"phone": "+919801000122", "metadata": {"phone_given": "98010 00122 / 99999 99999"}}'),
  ('{"phone": "9999999999", "other_phones": ["98010 00122"]}', '{"phone": "+919801000122", "metadata": {"phone_given": "9999999999, 98010 00122"}}'),
  ('{"phone": "1234567890", "metadata": {"phone_given": "theirs"}}', '{"metadata": {"phone_given": "theirs"}}')) g (lead, expected);
select is(core.put_phones_aside(l, l, '^x$'), l, 'put_phones_aside() leaves the others') from jsonb_populate_record(null::crm.leads, '{"phone": "y", "metadata": {}}') l;
select is(core.put_placeholders_aside(l, l, '^x$'), l, 'put_placeholders_aside() leaves the others') from jsonb_populate_record(null::crm.leads, '{"phone": "y", "metadata": {}}') l;

-- They are evidence of nothing.
create function given.stored(p_leads jsonb) returns bigint language plpgsql as $$
begin
  perform from api.ingest_leads((select jsonb_agg(jsonb_build_object('source_id', (select id from crm.sources where workspace_id = core.current_workspace())) || l) from jsonb_array_elements(p_leads) l));
  return (select count(*) from crm.leads where workspace_id = core.current_workspace());
end $$;
select api.create_source(core.current_workspace(), 'Sheet', sha256('sheet'));
select api.create_caller('{"name": "Asha", "daily_limit": 2}'), api.create_caller('{"name": "Bina", "daily_limit": 2}');
select is(given.stored('[{"name": "Asha", "phone": "9999999999", "timestamp": "2026-01-05T10:00"}, {"name": "Ravi", "phone": "9999999999", "timestamp": "2026-01-05T10:00"},
  {"name": "Dev", "phone": "9801000120", "email": "na@na.com", "source_row_id": "undefined"}, {"name": "Uma", "phone": "9801000121", "email": "na@na.com", "source_row_id": "undefined"}]'),
  4::bigint, 'four people who give the same placeholders are four leads');
select is(given.stored('[{"name": "Asha", "phone": "9999999999", "timestamp": "2026-01-05T10:00"}]'), 4::bigint, 'of whom each is known again by all the lead says');
select is_empty('select from crm.contact_leads', 'and four contacts');
select is_empty($$select from crm.contact_keys where given.is_placeholder(value)$$, 'which are known by none of them');

-- The list is the workspace's.
select api.update_workspace('{"placeholders": ["9801000120", "walk-in@*"]}');
select is(given.aside('{"phone": "98010 00120", "email": "Walk-In@shop.example"}'), '{"metadata": {"phone_given": "98010 00120", "email_given": "Walk-In@shop.example"}}', 'a changed list holds at once');
select is(given.aside('{"phone": "9999999999", "email": "na@na.com"}'), '{"phone": "+919999999999", "email": "na@na.com"}', 'for what was taken out, too');
select api.update_workspace('{"placeholders": ["*@shop.example"]}');
select is(given.aside('{"phone": "9801000120", "email": "me@shop.example"}'), '{"phone": "+919801000120", "metadata": {"email_given": "me@shop.example"}}', 'one that begins with anything, too');
select api.update_workspace('{"placeholders": []}');
select is(given.aside('{"source_row_id": "undefined"}'), '{"source_row_id": "undefined"}', 'an empty list fits nothing');
select is_empty('select * from routing.verify()', 'the record is whole');

select * from finish();
rollback;
