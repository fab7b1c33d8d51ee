-- What a lead says is edited: who has it stays, the log has before and after, its contact is known by what is new.
begin;
\ir ../given.psql
select * from no_plan();

create function given.people(variadic p_people text[]) returns void language sql as $$
  insert into crm.leads (workspace_id, name, phone, email, external_id, state)
  select core.current_workspace(), split_part(p.words, ' ', 1), substring(p.words from ' (\d+)'), substring(p.words from ' ([^ ]+@[^ ]*)'),
    substring(p.words from '#([^ ]+)'), substring(p.words from ' ([A-Z]\w+)')
  from unnest(p_people) with ordinality as p (words, nr) order by p.nr
$$;
create function given.edit(p_name text, p_changes jsonb) returns jsonb language sql
return api.update_lead(given.lead_id(p_name), p_changes);
create function given.refused(p_name text, p_changes jsonb) returns text language sql
return given.refusal(format('select api.update_lead(%L, %L)', given.lead_id(p_name), p_changes));
create function given.last() returns text language sql
return (select concat_ws(' ', e.kind, e.data::text) from crm.events e where e.workspace_id = core.current_workspace() order by e.seq desc limit 1);
create function given.conflicts() returns text language sql
return (select string_agg(concat_ws(' ', l.name, (select string_agg(k.key || '=' || o.name, ' ' order by k.key) from jsonb_each_text(e.data -> 'keys') k join crm.leads o on o.id = k.value::uuid)), ', ' order by e.seq)
        from crm.events e join crm.leads l on l.id = e.lead_id where e.workspace_id = core.current_workspace() and e.kind = 'contact.conflict');
create function given.contact(p_name text) returns text language sql
return (select l.name from crm.leads l where l.id = routing.root_of(core.current_workspace(), routing.contact_of(core.current_workspace(), given.lead_id(p_name))));

-- Fields.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha', '{Goa}'), given.caller('Bina', '{Kerala}');
select given.people('a 9812300001 a@x.in Goa', 'b 9812300002 Goa');
select is(given.edit('a', '{"company": " Acme ", "job_title": "CTO", "budget": "[1000000,1500000]", "timeline_months": 3, "city": "Kochi"}')
    - '{id,created_at,contact,history,assignments,explanation,etag,metadata,assigned_at,assigned_caller,source}'::text[] @>
  '{"company": "Acme", "job_title": "CTO", "budget": {"least": 1000000, "most": 1500000}, "timeline_months": 3, "city": "Kochi", "state": "Goa", "product": null}', true, 'a lead says what it is told, and its state where that was said');
select is(given.last(), 'lead.updated {"city": {"after": "Kochi", "before": null}, "budget": {"after": "[1000000,1500000]", "before": null}, "company": {"after": "Acme", "before": null}, "job_title": {"after": "CTO", "before": null}, "timeline_months": {"after": 3, "before": null}}', 'and the log has each field before and after');
select is(given.edit('a', '{"state": "Kerala"}') ->> 'state', 'Kerala', 'a state by its name');
select is(given.callers_of('a'), 'Asha', 'who has it stays');
select is(given.edit('a', '{"state": null}') ->> 'state_from', 'city', 'without a state its city tells');
select is(l -> 'state_given' || (l -> 'state'), '["Ker", null]', 'what is no state is kept as it was given') from given.edit('a', '{"state": "Ker", "city": null}') l;
select is(given.edit('b', '{"first_name": "Bea", "last_name": "Bo"}') ->> 'name', 'b', 'a name stays beside its parts');
select is(given.edit('b', '{"name": null}') ->> 'name', 'Bea Bo', 'and is made of them where there is none');
select is(given.edit('b', '{"last_name": "Bose"}') ->> 'name', 'Bea Bose', 'and again when they change') from (select set_config('given.b', (select id::text from crm.leads where name = 'Bea Bo'), true)) k where false;
select is((api.update_lead(l.id, '{"last_name": "Bose"}')) ->> 'name', 'Bea Bose', 'and again when they change') from crm.leads l where l.name = 'Bea Bo' and l.workspace_id = core.current_workspace();
update crm.leads set metadata = '{"budget_given": "lots", "x": 1}' where id = given.lead_id('a');
select is(given.edit('a', '{"budget": "(,5]"}') -> 'metadata', '{"x": 1}', 'what could not be read of a field is gone once the field is edited');
create temp table before as select event_seq as seq from crm.workspaces where id = core.current_workspace();
select given.edit('a', '{"budget": "(,5]", "company": "Acme"}');
select is(event_seq, seq, 'an edit that changes nothing is no event') from before, crm.workspaces where id = core.current_workspace();
select is(core.budget_json(null), null, 'no budget is none');
select is((core.edited_lead(l, '{"term": " x"}')).term, 'x', 'edited_lead() spells') from crm.leads l where l.id = given.lead_id('a');
select is(core.editable_fields() && array['id', 'workspace_id', 'source_id', 'metadata', 'closed_at', 'is_test', 'created_at'], false, 'editable_fields() are what a lead says');
select is(given.refusal($$select core.check_edit(null, '{}')$$), 'LD422 name: Nothing would say whose lead it is', 'check_edit() refuses a lead of nobody');
select is(given.refusal($$select core.refuse_edit('f', 'No', 'Yes')$$), 'LD422 f: No', 'refuse_edit() names the field');
select is(array[core.is_fit_budget('empty'), core.is_fit_budget('(,)'), core.is_fit_budget('[-1,2]'), core.is_fit_budget('[0,2]'), core.is_fit_budget(null)], '{f,f,f,t,null}', 'is_fit_budget() wants an end above zero');

-- What is refused.
select is(given.refused('a', '{"phone": "call me"}'), 'LD422 phone: It is no phone number', 'a phone must be one');
select is(given.refused('a', '{"phone": "9999999999"}'), 'LD422 phone: It is no phone number', 'and somebody''s');
select is(given.refused('a', '{"email": "nobody"}'), 'LD422 email: It is no e-mail address', 'so must an address');
select is(given.refused('a', '{"is_test": true}'), 'LD422 is_test: It cannot be edited', 'what is not said of a lead is not edited');
select is(given.refused('a', '{"name": null, "phone": null, "email": null}'), 'LD422 name: Nothing would say whose lead it is', 'something must be left');
select alike(given.refused('a', jsonb_build_object('company', repeat('x', 201))), '23514%leads_company_length%', 'texts have an end');
select alike(given.refusal(format('select api.update_lead(%L, %L)', crm.new_id(), '{}')), 'LD404: There is no lead%', 'what is no lead is not edited');
select is(given.refused('a', '{"phone": "9812300009", "sealed": "AAAA"}'), 'LD409: The phone of this lead is not sealed yet', 'where phones are sealed, the stored one must be');

-- Contacts.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha');
select given.people('a 9812300001', 'b 9812300002', 'm m@x.in');
select is(l ->> 'phone' || (l ->> 'other_phones'), '+919812300003[]', 'a phone is edited') from given.edit('a', '{"phone": "098123 00003"}') l;
select given.people('a2 9812300003', 'a3 9812300001');
select is(concat_ws(' ', given.contact('a2'), given.contact('a3')), 'a a', 'the contact is known by the new phone, and by the old one');
select is(given.conflicts(), null, 'so far nothing is in conflict');
select is(l -> 'other_phones', '["+919812300004", "+919812300005"]', 'further phones are added') from given.edit('a', '{"phone": "9812300003, 9812300004", "other_phones": ["9812300005"]}') l;
select given.people('a4 9812300004');
select is(given.contact('a4'), 'a', 'and known, too');
select given.edit('m', '{"phone": "9812300002"}');
select is((select e.data ->> 'edit_seq' from crm.events e where e.kind = 'contact.conflict'), (select max(seq)::text from crm.events where kind = 'lead.updated' and lead_id = given.lead_id('m')), 'a conflict names the edit');
select is(given.conflicts(), 'm phone=b', 'somebody else''s phone is a conflict');
select is(given.contact('m'), 'm', 'and nobody is merged');
select given.edit('m', '{"language": "Hindi"}'), given.edit('m', '{"email": "m2@x.in"}');
select is(given.conflicts(), 'm phone=b', 'which is told once');
select given.people('m3 m2@x.in', 'm4 m@x.in');
select is(concat_ws(' ', given.contact('m3'), given.contact('m4')), 'm m', 'the old address and the new are known');
update crm.leads set phone = '+919812300006' where id = given.lead_id('b');
select given.people('b2 9812300006');
select is(given.contact('b2'), 'b', 'a plain update tells as much');
select is_empty('select violation, lead_id, detail from routing.verify()', 'the record is right');

-- Shared addresses: first said with another phone, they are nobody's.
select given.people('f 9812300010 f@x.in', 'g 9812300011');
select is(array(select k.value from routing.new_keys(f, g) k), '{+919812300011}', 'new_keys() are those that were not said before') from crm.leads f, crm.leads g where f.id = given.lead_id('f') and g.id = given.lead_id('g');
select is(routing.learn_edited(core.current_workspace(), g, g), null, 'learn_edited() of what says nothing new finds nothing') from crm.leads g where g.id = given.lead_id('g');
select is(array[routing.key_name('phone', 2), routing.key_name('phone', 3), routing.key_name('email', 8)], '{phone,phone_2,email}', 'key_name() is what events call a key');
select given.edit('g', '{"email": "f@x.in"}');
select is(given.conflicts(), 'm phone=b', 'a shared address is no conflict');
select given.people('n n@x.in');
select given.edit('n', '{"phone": "9812300012"}');
select given.people('o 9812300013 n@x.in');
select is(given.contact('o'), 'o', 'an address that an edit gave a phone links nobody with another');
select api.merge_contacts(given.lead_id('g'), given.lead_id('f'), 'keep');
select given.edit('g', '{"phone": "9812300010"}');
select is(given.conflicts(), 'm phone=b', 'merged contacts are one');
select is_empty('select violation, lead_id, detail from routing.verify()', 'the record is right');
select is((select count(*) from routing.edits_of_keys() k join crm.leads l on l.id = k.lead_id where l.name = 'g')::int, 2, 'edits_of_keys() are those of phones and addresses');
select results_eq('select l.name from routing.edits_in_conflict() c join crm.leads l on l.id = c.lead_id', $$values ('m')$$, 'edits_in_conflict() are those after which a key was another''s');

-- What a wrong record looks like.
create function given.found(p_break text) returns text language plpgsql as $$
declare v_found text;
begin
  begin
    set local session_replication_role = replica;
    execute p_break;
    select string_agg(distinct v.violation, ', ' order by v.violation) into v_found from routing.verify_contacts() v;
    raise exception using errcode = 'UNDO0';
  exception when sqlstate 'UNDO0' then null; end;
  return v_found;
end $$;
select is(given.found($$update crm.events set kind = 'x' where kind = 'contact.conflict'$$), 'a conflict of keys has no event', 'a conflict that nobody told is found');
select is(given.found($$update crm.events set data = data || '{"edit_seq": 1}' where kind = 'contact.conflict'$$), 'a conflict of keys has no event, an event tells of a conflict there was not', 'and one that was not');
select is(given.found($$delete from crm.contact_keys where value = '+919812300003'$$), 'a contact is not known by a key of its lead', 'an edit whose phone nobody is known by');
select is(given.found($$update crm.contact_keys set contact_id = given.lead_id('f') where value = '+919812300006'$$) ~ 'a key is of a contact that no lead brought it to', true, 'and a key of somebody else');

-- By hand.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha');
select is(concat_ws(' ', l ->> 'name', l ->> 'phone', l ->> 'assignment_status', l -> 'assigned_caller' ->> 'name'), 'Ria Sen +919812300001 assigned Asha', 'a lead that is typed in is assigned like any other')
  from api.create_lead('{"first_name": "Ria", "last_name": "Sen", "phone": "98123 00001", "budget": "[5,5]"}') l;
select is(given.refusal($$select api.create_lead('{"first_name": "Ria", "last_name": "Sen", "phone": "98123 00001", "budget": "[5,5]"}')$$), 'LD409: A lead that says the same is there already', 'but once');
select is(given.refusal($$select api.create_lead('{"name": "Z", "phone": "none"}')$$), 'LD422 phone: It is no phone number', 'with a phone that is one');
select is_empty('select violation, lead_id, detail from routing.verify()', 'the record is right');
select * from finish();
rollback;
