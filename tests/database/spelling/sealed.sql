-- Sealed phones and e-mails: to the database hashes like any other value, which are compared, never normalised, never logged.
begin;
\ir ../given.psql
select * from no_plan();
select given.workspace();
select given.caller('Asha');
select given.caller('Bina');

create function given.hash(p_text text, p_sign text default ':') returns text language sql
return 'sealed' || p_sign || md5(p_text);
create function given.sealed(p_key int default 1, p_text text default 'x') returns bytea language sql
return decode(lpad(to_hex(p_key), 4, '0'), 'hex') || convert_to(p_text, 'UTF8');
create function given.sealed_lead(p_name text, p_phone text default null, p_email text default null, p_sealed bytea default given.sealed()) returns void language sql as $$
  insert into crm.leads (workspace_id, name, phone, email, sealed) values (core.current_workspace(), p_name, p_phone, p_email, p_sealed)
$$;

select is(core.is_sealed(t.value), t.expected, format('is_sealed(%L)', t.value))
from (values (given.hash('a'), true), (given.hash('a', '-'), true), ('sealed:12', false), ('sealed:' || repeat('G', 32), false), ('+919812345678', false), (null, null)) as t (value, expected);
select is(core.is_in_the_clear(jsonb_populate_record(null::crm.leads, t.lead::jsonb)), t.expected, 'is_in_the_clear() of ' || t.lead)
from (values
  ('{}', false), ('{"phone": "12"}', true), ('{"email": "a@b"}', true),
  (format('{"phone": "%s", "sealed": "\\x00"}', given.hash('a')), false), (format('{"phone": "%s", "email": "a@b", "sealed": "\\x00"}', given.hash('a')), true),
  (format('{"phone": "%s"}', given.hash('a')), true), ('{"phone": "12", "sealed": "\\x00"}', true)
) as t (lead, expected);
select is(core.sealing_key_of(given.sealed(515)), 515, 'sealing_key_of() reads the number in front');

-- They go the way of any value.
select given.sealed_lead('a', given.hash('1'), given.hash('a@b'));
select is(concat_ws(' ', l.phone, l.email), concat_ws(' ', given.hash('1'), given.hash('a@b')), 'a hash stays as it is') from crm.leads l where l.name = 'a';
select results_eq($$select k.kind::text from crm.leads l, routing.keys_of(l) k where l.name = 'a'$$, $$values ('phone'), ('email')$$, 'and names a contact');
select is_empty($$select k.* from routing.keys_of(jsonb_populate_record(null::crm.leads, jsonb_build_object('phone', given.hash('1', '-'), 'email', given.hash('2', '-')))) k$$,
  'but for what identifies nobody');
select given.sealed_lead('b', null, given.hash('a@b'));
select is((select l.duplicate_of from core.lead_cards l where l.name = 'b'), given.lead_id('a'), 'the next lead of the contact is known');
select is(core.sealed_of(core.current_workspace(), given.lead_id('a')), given.sealed(), 'sealed_of() a lead');

-- Who may see phones is given what opens them; a mask shows nothing of a hash.
select is(core.lead_json(l) ->> 'sealed', 'AAF4', 'it goes along with the lead') from core.lead_cards l where l.name = 'a';
select is(k ->> 'sealed', 'AAF4', 'and with what a contact is known by') from jsonb_array_elements(core.contact_json(given.lead_id('b')) -> 'known_by') k;
select is(core.sealed_json(null), '{}', 'sealed_json() of nothing is nothing');
select is(position(E'\n' in core.sealed_json(convert_to(repeat('x', 200), 'UTF8')) ->> 'sealed'), 0, 'it is one line, however long');
create temp table read_at as select api.get_lead(given.lead_id('a')) ->> 'etag' as etag;
update crm.leads set sealed = sealed || '\x00' where name = 'a';
select is(api.get_lead(given.lead_id('a')) ->> 'etag', etag, 'another data key is no edit') from read_at;
update crm.leads set sealed = substr(sealed, 1, length(sealed) - 1) where name = 'a';
set local role fairlead_analyst;
select is(core.sealed_json('\x00'::bytea), '{}', 'an analyst is not');
select is(core.shown(given), '•••', 'and sees no part of a hash') from unnest(array['sealed:00112233445566778899aabbccddeeff', 'sealed-00112233445566778899aabbccddeeff']) given;
set local role fairlead_caller;
select isnt(core.sealed_json('\x00'::bytea), '{}', 'a caller is');
reset role;

-- Search.
select is(core.search_condition('x', '91', '["h"]'), $$(s.said like '%x%' or l.phone = 'h' or l.other_phones && array['h'] or (l.email = 'h' and l.sealed is not null))$$, 'a search asks for hashes too');
select is((select array_agg(l.name order by f.nr) from core.find_leads(jsonb_build_object('search', 'zz', 'hashes', jsonb_build_array(given.hash('a@b'))), 10) with ordinality f (id, nr) join crm.leads l using (id)),
  array['b', 'a'], 'and finds them');
set local enable_seqscan = off;
create function given.plan(p_hash text) returns setof text language plpgsql as $$
begin
  return query execute 'explain select id from crm.leads l where ' || core.search_condition('zzz', '91', jsonb_build_array(p_hash), true);
end $$;
select bag_has($$select substring(p from 'leads_\w+') from given.plan('h') p$$, $$values ('leads_search_idx'), ('leads_phone_idx'), ('leads_other_phones_idx'), ('leads_sealed_email_idx')$$, 'by index');
reset enable_seqscan;

-- What stands in the clear is sealed, and nothing else becomes of it.
insert into crm.leads (workspace_id, name, phone, email) values (core.current_workspace(), 'c', '9812345678', 'c@d'), (core.current_workspace(), 'd', '9812345678', null);
insert into crm.leads (workspace_id, name, phone, email) values (core.current_workspace(), 'e', '9812345679', 'a@b');
create temp table before as select (select event_seq from crm.workspaces w where w.id = core.current_workspace()) as seq;
select results_eq($$select name from api.list_clear_leads(core.current_workspace(), '00000000-0000-0000-0000-000000000000', 2) c join crm.leads using (id) order by c.id$$, $$values ('c'), ('d')$$, 'list_clear_leads() gives the next');
select set_eq($$select name from api.list_leads_saying(core.current_workspace(), '{+919812345678}', '{a@b}') join crm.leads using (id)$$, array['c', 'd', 'e'], 'list_leads_saying() a phone or an e-mail');
select results_eq(format($$select kind, value, hash from api.choose_hashes(core.current_workspace(), %L)$$, jsonb_build_array(
    jsonb_build_object('kind', 'phone', 'value', '+919812345678', 'hashes', jsonb_build_array(given.hash('1'), given.hash('3'))),
    jsonb_build_object('kind', 'email', 'value', 'a@b', 'hashes', jsonb_build_array(given.hash('a@b'), given.hash('4'))),
    jsonb_build_object('kind', 'email', 'value', 'not a key', 'hashes', jsonb_build_array(given.hash('a@b'), given.hash('4'))))),
  format($$values ('phone', '+919812345678', %L), ('email', 'a@b', %L), ('email', 'not a key', %L)$$, given.hash('3'), given.hash('4'), given.hash('a@b')),
  'choose_hashes() takes the first that is nobody else''s');
select api.store_sealed(core.current_workspace(),
  (select jsonb_agg(jsonb_build_object('id', l.id, 'phone', given.hash('5'), 'email', case when l.email is not null then given.hash('6') end, 'sealed', 'AAF4')) from crm.leads l where l.name in ('c', 'd')),
  jsonb_build_array(jsonb_build_object('kind', 'phone', 'value', '+919812345678', 'hash', given.hash('5')), jsonb_build_object('kind', 'email', 'value', 'c@d', 'hash', given.hash('6'))));
select results_eq('select key, leads from api.count_sealed()', 'values (1, 4::bigint), (null, 1)', 'store_sealed() seals, count_sealed() counts');
select is((select event_seq from crm.workspaces w where w.id = core.current_workspace()), (select seq from before), 'that is no event');
select is(l.idempotency_key, core.content_key(l), 'a key made of the content is made of the sealed one now') from crm.leads l where l.name = 'c';
select is_empty('select * from routing.verify()', 'and the record is whole');

-- Edited before it was sealed, the log says in the clear what is sealed now.
update crm.leads set phone = '+919812300000' where name = 'e';
select is(routing.lead_changes(l, jsonb_populate_record(l, jsonb_build_object('phone', given.hash('7')))), null, 'lead_changes() takes no notice of sealing') from crm.leads l where l.name = 'e';
select api.store_sealed(core.current_workspace(), jsonb_build_array(jsonb_build_object('id', given.lead_id('e'), 'phone', given.hash('7'), 'email', given.hash('4'), 'sealed', 'AAF4')),
  jsonb_build_array(jsonb_build_object('kind', 'phone', 'value', '+919812345679', 'hash', given.hash('8')), jsonb_build_object('kind', 'email', 'value', 'a@b', 'hash', given.hash('4'))));
select is((select idempotency_key from crm.leads where name = 'e'), 'edited:' || given.lead_id('e'), 'a hash of content that is gone is gone too');
select is_empty('select * from routing.verify_contacts()', 'whom it is of cannot be asked then, and is not');

select is(routing.is_sealing(key, before::jsonb, after::jsonb), expected, format('is_sealing(%s): from %s to %s', key, before, after))
from (values
  ('phone', '"12"', to_jsonb(given.hash('1'))::text, true), ('phone', '"12"', '"13"', false), ('phone', 'null', to_jsonb(given.hash('1'))::text, false),
  ('other_phones', '["12"]', jsonb_build_array(given.hash('1'))::text, true), ('other_phones', '["12"]', '["13"]', false),
  ('metadata', '{"a": 1, "phone_given": "x"}', jsonb_build_object('a', 1, 'phone_given', given.hash('1', '-'))::text, true), ('metadata', '{"a": 1, "phone_given": "x"}', jsonb_build_object('a', 2, 'phone_given', given.hash('1', '-'))::text, false)
) as t (key, before, after, expected);

-- Keys.
select api.add_sealing_key(1, '0123456789abcdef', '\x01'), api.add_sealing_key(1, '0123456789abcdee', '\x02');
select api.rewrap_sealing_key(1, 'aaaaaaaaaaaaaaaa', '\x03');
select results_eq('select id, key_id, wrapped from api.read_sealing_keys()', $$values (1, 'aaaaaaaaaaaaaaaa', '\x03'::bytea)$$, 'a number is given once; its key may be wrapped anew');
select results_eq($$select name from api.list_sealed_leads(core.current_workspace(), given.lead_id('a'), 2, 2) s join crm.leads using (id) order by id$$, $$values ('b'), ('c')$$, 'list_sealed_leads() gives those of other keys');
select is_empty($$select * from api.list_sealed_leads(core.current_workspace(), given.lead_id('a'), 1, 2)$$, 'none of the key''s own');
select api.reseal_leads(core.current_workspace(), jsonb_build_array(
  jsonb_build_object('id', given.lead_id('a'), 'before', 'AAF4', 'sealed', 'AAJ4'), jsonb_build_object('id', given.lead_id('b'), 'before', 'AAF5', 'sealed', 'AAJ4')));
select is(array(select core.sealing_key_of(sealed) from crm.leads where name in ('a', 'b') order by id), '{2,1}', 'reseal_leads() leaves alone what has changed meanwhile');
select is(api.read_country(core.current_workspace()), 'IN', 'read_country() of the workspace');
select is(pattern, core.placeholder_pattern(w.placeholders), 'read_placeholders() of the workspace') from api.read_placeholders(core.current_workspace()) join crm.workspaces w on w.id = core.current_workspace();

select * from finish();
rollback;
