-- Imports: rows staged, duplicates found, dealt in batches; what is killed between is not half done.
begin;
\ir ../given.psql
select * from no_plan();

select given.now('2026-01-05 12:00Z');
select given.workspace();
select given.caller('Asha'), given.caller('Bilal'), given.caller('Chitra', '{}', 1), given.caller('Deepak', '{}', 0, 'paused');
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'Known', '+919812300001');

create function given.import(p_rows jsonb, p_duplicates text default 'skip') returns uuid language plpgsql as $$
declare
  v_id uuid := api.create_import('{"file_name": "fair.csv", "kind": "csv", "size": 3, "sheets": [{"number": 0, "rows": 9}]}');
  v_turn int;
begin
  perform api.add_import_piece(v_id, 0, '{}'), api.add_import_piece(v_id, 1, 'abc'), api.finish_upload(v_id),
    api.check_import(v_id, jsonb_build_object('sheet', 0, 'heading_row', 1, 'headings', array['Name'], 'mapping', '{"name": 1}'::jsonb,
      'keep_unmapped', true, 'duplicates', p_duplicates, 'remembered', '{"name": "name", "grade": ""}'::jsonb));
  select c.turn into v_turn from api.claim_check() c where c.import_id = v_id;
  perform api.stage_rows(core.current_workspace(), v_id, v_turn, p_rows, 1), api.finish_check(core.current_workspace(), v_id, v_turn, null);
  return v_id;
end $$;
create function given.the_import(p_id uuid) returns crm.imports language sql return (select i from crm.imports i where i.id = p_id);
create function given.outcomes(p_id uuid) returns text language sql return (
  select string_agg(concat_ws(' ', r.row_number, r.outcome, r.reason), ', ' order by r.row_number) from crm.import_rows r where r.import_id = p_id);

-- A file comes in pieces, and is read by one gateway at a time.
create temp table u as select api.create_import('{"file_name": "x.csv", "kind": "csv"}') as id;
select is(o.outcome || ': ' || o.reason, 'refused: No phone', 'with_outcome() is a row once this became of it')
from core.with_outcome(null, 'refused', 'No phone') o;
select is(jsonb_array_length(api.list_imports('{}') -> 'items'), 0, 'an import without its file is not shown');
select lives_ok($$select api.add_import_piece(id, 0, 'o'), api.add_import_piece(id, 1, 'a'), api.add_import_piece(id, 1, 'a'), api.add_import_piece(id, 2, 'b') from u$$, 'a piece may be sent again');
select is((select api.finish_upload(id) ->> 'status' from u), 'uploaded', 'finish_upload()');
select is(given.refusal($$select api.add_import_piece(id, 3, 'c') from u$$), 'LD409: The file is there already', 'then no more pieces come');
select is((select string_agg(encode(p.content, 'escape'), '' order by n) from u, generate_series(1, 3) n, api.read_import_piece(core.current_workspace(), u.id, n) p), 'ab', 'read_import_piece() gives them back');
select is(encode((select api.read_import_outline(id) from u), 'escape'), 'o', 'read_import_outline() gives what it looks like');
select is(given.refusal($$select api.start_import(id, '{}') from u$$), 'LD409: The import cannot be started: it is uploaded', 'it is checked before it is started');
select lives_ok($$select api.check_import(id, '{"sheet": 0, "heading_row": 1, "headings": [], "mapping": {}, "keep_unmapped": true, "duplicates": "skip"}') from u$$, 'check_import()');
create temp table first as select * from api.claim_check();
select is((select import_id || (wanted ->> 'country') || (wanted ->> 'timezone') from first), (select id || 'INAsia/Kolkata' from u), 'claim_check() gives it to one');
select is_empty('select * from api.claim_check()', 'and to nobody else while that one is at it');
select ok((select api.stage_rows(workspace_id, import_id, turn, '[{"row": 2, "lead": {"name": "A"}}]', 0) from first), 'stage_rows() while it is its turn');
select given.now('2026-01-05 12:00:31Z');
create temp table second as select * from api.claim_check();
select is((select turn from second), (select turn + 1 from first), 'who says nothing for 30 seconds has lost its turn');
select is(api.stage_rows(workspace_id, import_id, turn, '[{"row": 3, "lead": {"name": "B"}}]', 0), false, 'and is told to stop') from first;
select is(given.outcomes(import_id), null, 'what it had staged is gone') from second;
select ok(core.has_turn(workspace_id, import_id, turn), 'has_turn()') from second;
select ok(api.finish_check(workspace_id, import_id, turn, 'It is damaged.'), 'a check may fail') from second;
select is((api.get_import(id) ->> 'status') || ': ' || (api.get_import(id) ->> 'problem'), 'failed: It is damaged.', 'and says why') from u;
select is(api.cancel_import(id) ->> 'status', 'cancelled', 'cancel_import()') from u;
select is(given.refusal($$select api.read_import_outline(id) from u$$), 'LD409: The file is not kept any more', 'then the file is forgotten');

-- Duplicates: of what is stored, and in the file.
create temp table i as select given.import('[
  {"row": 2, "lead": {"name": "Asha", "phone": "098123 00001"}},
  {"row": 3, "lead": {"name": "B", "phone": "98123 00002", "email": "B@example.com"}},
  {"row": 4, "lead": {"name": "B2", "email": "b@example.com "}},
  {"row": 5, "lead": {"name": "C", "external_id": "7", "city": "Bombay", "timestamp": "2026-01-01T10:00:00"}},
  {"row": 6, "lead": {"name": "C2", "external_id": "7"}},
  {"row": 7, "lead": {"name": "Same"}}, {"row": 8, "lead": {"name": "Same"}},
  {"row": 9, "lead": {"name": "R", "source_row_id": "r1"}},
  {"row": 10, "reason": "Phone: no", "cells": ["x"]}]') as id;
select is(given.outcomes(id), '2 duplicate A stored lead has the same phone, 3 ready, 4 duplicate Row 3 has the same e-mail address, 5 ready, '
  '6 duplicate Row 5 has the same id of the person, 7 ready, 8 duplicate Row 7 says the same, 9 ready, 10 refused Phone: no', 'each row is told what it is') from i;
select is(core.import_json(given.the_import(id)) -> 'counts', '{"ready": 4, "duplicates_in_file": 3, "duplicates_stored": 1, "refused": 1, "left_out": 0, "empty": 1}', 'import_json() counts them') from i;
select is((select l ->> 'state' from jsonb_path_query(api.list_import_rows(id, '{"outcome": "ready"}'), '$.items[1].lead') l), 'Maharashtra', 'a row is shown as it would be stored') from i;
select is(api.list_import_rows(id, '{"limit": 2, "after": 4}') -> 'next', '6', 'in pages') from i;
select is(api.list_refused_rows(id, 0, 10) -> 'items' -> 0 -> 'cells', '["x"]', 'list_refused_rows() keeps the cells') from i;
select is(given.outcomes(given.import('[
  {"row": 2, "lead": {"name": "Asha", "phone": "9999999999"}}, {"row": 3, "lead": {"name": "Ravi", "phone": "9999999999"}},
  {"row": 4, "lead": {"name": "Dev", "phone": "9801000120", "email": "na@na.com"}}, {"row": 5, "lead": {"name": "Uma", "phone": "9801000121", "email": "na@na.com"}},
  {"row": 6, "lead": {"name": "F", "email": "fam@mail.example"}}, {"row": 7, "lead": {"name": "G", "phone": "9801000122", "email": "fam@mail.example"}},
  {"row": 8, "lead": {"name": "H", "phone": "9801000123", "email": "fam@mail.example"}}, {"row": 9, "lead": {"name": "H2", "phone": "9801000123", "email": "fam@mail.example"}}]')),
  '2 ready, 3 ready, 4 ready, 5 ready, 6 ready, 7 duplicate Row 6 has the same e-mail address, 8 ready, 9 duplicate Row 8 has the same phone', 'placeholders and shared addresses make no duplicates');
insert into crm.leads (workspace_id, name, phone, email) values (core.current_workspace(), 'Known by both', '+919812300031', 'both@mail.example');
select is(given.outcomes(given.import('[{"row": 2, "lead": {"phone": "9812300032", "email": "both@mail.example"}}, {"row": 3, "lead": {"email": "Both@mail.example"}}, {"row": 4, "lead": {"phone": "9812300031"}}]')),
  '2 ready, 3 duplicate A stored lead has the same e-mail address, 4 duplicate A stored lead has the same phone', 'nor do those of stored leads');
select is(core.known_key(core.current_workspace(), null, '{email:nobody@example.com,phone:+919812300001}', null), 'phone:+919812300001', 'known_key()');
select is(core.describe_key(null), null, 'no key is no reason');
select is(core.describe_key('phone:1', 3), 'Row 3 has the same phone', 'describe_key()');
select is(api.recognise_columns('[{"heading": "name", "samples": ["Goa", "Kerala"]}, {"heading": "grade", "samples": ["Pune"]}, {"heading": "x", "samples": []}]'),
  '[{"remembered": "name", "states": 2, "cities": 1}, {"remembered": "", "states": 0, "cities": 1}, {"remembered": null, "states": 0, "cities": 0}]', 'recognise_columns() remembers and knows places');

-- Started, once; in batches, each by itself.
select is(given.refusal($$select api.start_import(id, jsonb_build_object('callers', array[given.caller_id('Asha')])) from i$$), 'LD422 campaign: Callers are chosen for a campaign', 'callers need a campaign');
select lives_ok($$select api.start_import(id, jsonb_build_object('campaign', 'Fair', 'callers', array[given.caller_id('Asha'), given.caller_id('Bilal'), given.caller_id('Deepak')])) from i$$, 'start_import()');
select is(given.refusal($$select api.start_import(id, '{}') from i$$), 'LD409: The import cannot be started: it is running', 'once');
select is_empty('select from crm.import_pieces p, i where p.import_id = i.id', 'its file is forgotten');
select is((select name from crm.sources where id = core.find_import_source(core.current_workspace())), 'File import', 'its leads have a source');
select is(core.import_source(core.current_workspace()), core.find_import_source(core.current_workspace()), 'import_source() makes it once');
savepoint before_batch;
select ok(api.advance_imports(2), 'advance_imports() does the next rows');
select is((select count(*) from crm.leads where campaign_id is not null), 2::bigint, 'which are leads then');
rollback to before_batch;
select is((select (i.position, i.imported) from crm.imports i, u where i.status = 'running' and i.id <> u.id), (0, 0), 'and nothing of it remains of a gateway that is killed');
select ok(api.advance_imports(2) and api.advance_imports(2), 'another one does them again');
select ok(api.advance_imports(2), 'when no row is left the import ends');
select is(given.outcomes(id), '2 duplicate A stored lead has the same phone, 3 imported, 4 duplicate Row 3 has the same e-mail address, 5 imported, '
  '6 duplicate Row 5 has the same id of the person, 7 imported, 8 duplicate Row 7 says the same, 9 imported, 10 refused Phone: no', 'each row is told what became of it') from i;
select is((i.status, i.imported, i.assigned, i.queued, i.skipped, i.refused, i.done_rows, i.rows), ('done'::text, 4, 4, 0, 4, 1, 9, 9), 'and all is counted')
from i t, given.the_import(t.id) i;
select is(given.refusal($$select api.cancel_import(id) from i$$), 'LD409: The import is done', 'what is done is not cancelled');
select is((select array_agg(distinct m) from crm.leads l, jsonb_extract_path_text(l.metadata, 'campaign') m where l.campaign_id is not null), '{Fair}', 'each lead is of the campaign');
select is(array(select r.lead is null and r.keys is null from crm.import_rows r, i where r.import_id = i.id and r.outcome = 'imported' group by 1), '{t}', 'what a row said is kept in its lead alone');
select is(api.summarize_import(id) -> 'excluded' -> 0 ->> 'why', 'paused', 'who got none is told, and why') from i;
select is((api.summarize_import(id) ->> 'assignees_added') || (api.summarize_import(id) -> 'distribution_summary' ->> 'leads_per_caller'), '32', 'as is who was added') from i;
select is(to_jsonb(w), to_jsonb(r)
  || '{"outcome": "refused", "reason": "No", "lead": {}, "lead_id": null, "caller_id": null}',
  'with_outcome() keeps the rest of the row')
from crm.import_rows r, core.with_outcome(r, 'refused', 'No', '{}') w where r.import_id = (select id from i)
  and r.row_number = 3;
select is(core.candidates_of_import(given.the_import(id)), array(select unnest(array[given.caller_id('Asha'), given.caller_id('Bilal'), given.caller_id('Deepak')]) order by 1), 'candidates_of_import()') from i;
select is(core.excluded_callers(given.the_import(id)), api.summarize_import(id) -> 'excluded', 'excluded_callers()') from i;
select is((select string_agg(kind, ' ' order by seq) from crm.events where kind ^@ 'import.'), 'import.started import.finished', 'write_import_event() tells of it once each');
select is((select a.about || ' ' || a.about_name from crm.events e, core.audit_of(e) a where e.kind = 'import.finished'), 'import fair.csv', 'audit_of() names it');

-- Duplicates kept, but the same submission; and what came in since the check.
create temp table k as select given.import('[{"row": 2, "lead": {"name": "Asha", "phone": "098123 00001"}}, {"row": 3, "lead": {"name": "Same"}}]', 'keep') as id;
create temp table s as select given.import('[{"row": 2, "lead": {"name": "Late", "phone": "98123 00009"}}]') as id;
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'Late', '+919812300009');
select api.start_import(id, '{}') from k union all select api.start_import(id, '{}') from s;
select count(api.advance_imports(10)) from generate_series(1, 6);
select is(given.outcomes(id), '2 imported, 3 imported', 'duplicates may be kept: leads of the same contact') from k;
select is(given.outcomes(id), '2 duplicate A stored lead has the same phone', 'who came in since the check is skipped') from s;
create temp table again as select given.import('[{"row": 2, "lead": {"name": "Same"}}]', 'keep') as id;
select api.start_import(id, '{}') from again;
select count(api.advance_imports(10)) from generate_series(1, 2);
select is(given.outcomes(id), '2 duplicate This very lead is stored already', 'but the same submission is not stored twice') from again;

-- Cancelled between two batches.
create temp table c as select given.import('[{"row": 2, "lead": {"name": "X1"}}, {"row": 3, "lead": {"name": "X2"}}]') as id;
select api.start_import(id, '{}') from c;
select ok(api.advance_imports(1), 'one row of a running import');
select is((api.cancel_import(id) ->> 'status') || (api.cancel_import(id) ->> 'imported'), 'cancelled1', 'what was imported stays') from c;
select ok(not api.advance_imports(1), 'and no more comes');
select is((select count(*) from crm.events where kind = 'import.cancelled'), 1::bigint, 'the log tells of it once');

-- What cannot be stored harms no other row: advance_import(), ingest_staged(), without_known(), store_outcomes().
select is((select string_agg(ordinal || assignment_status || coalesce(reason, ''), ' ' order by ordinal) from core.ingest_staged(jsonb_build_array(
    jsonb_build_object('source_id', core.import_source(core.current_workspace()), 'name', 'Y1'),
    jsonb_build_object('source_id', core.import_source(core.current_workspace()), 'name', repeat('y', 201)),
    jsonb_build_object('source_id', core.import_source(core.current_workspace()), 'name', 'Y3'))) where assignment_status = 'refused' or reason is null),
  '2refusedIt could not be stored: new row for relation "leads" violates check constraint "leads_name_length"', 'a lead that cannot be stored is refused alone');
select is((select count(*) from crm.leads where name in ('Y1', 'Y3')), 2::bigint, 'the others are stored');
select is((select array_agg(w.row_number) from crm.import_rows r, i, unnest(core.without_known(array[r], '{}')) w where r.import_id = i.id and r.row_number = 3), '{3}', 'without_known()');
select is((core.staged_lead((select w from crm.workspaces w where w.id = core.current_workspace()), null, '{"name": "S", "timestamp": "2026-01-01T00:00:00"}')).timestamp_from_sheet, '2025-12-31 18:30Z', 'staged_lead() reads times where the workspace is');
select is(core.keys_of_staged('{"phone": "98123 00002", "source_row_id": "1"}', core.spelt_lead('{"phone": "98123 00002", "source_row_id": "1"}', 'IN', '^(?:undefined|\+9+|na@.*)$')), '{phone:+919812300002,row:1}', 'keys_of_staged()');
select is(core.keys_of_staged(null, core.spelt_lead('{"phone": "9999999999", "email": "na@na", "source_row_id": "undefined", "external_id": "7"}', 'IN', '^(?:undefined|\+919+|na@.*)$')), '{external_id:7}', 'without what is nobody''s');
select is(core.said_with(key, keys), phone, format('said_with() %s %s', key, keys)) from (values
  ('email:a@b', '{phone:1,phone:2,email:a@b}'::text[], '1'), ('phone:2', '{phone:1,phone:2}', '1'), ('phone:1', '{phone:1,phone:2}', null), ('email:a@b', '{email:a@b}', null), ('row:1', '{phone:1,row:1}', null)) g (key, keys, phone);
create temp table office as select given.import('[
  {"row": 2, "lead": {"name": "O1", "phone": "98123 00081 / 022 2345 6780"}}, {"row": 3, "lead": {"name": "O2", "phone": "98123 00082 / 022 2345 6780"}},
  {"row": 4, "lead": {"name": "O3", "phone": "022 2345 6780"}}, {"row": 5, "lead": {"name": "O4", "phone": "98123 00083 / 98123 00081"}}]') as id;
select is(given.outcomes(id), '2 ready, 3 ready, 4 ready, 5 duplicate Row 2 has a further phone of this row', 'people of one office are several; who calls from its number is none of them for sure, but who gives the first one''s own number is') from office;
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'O5', '98123 00085 / 022 2345 6785');
create temp table office2 as select given.import('[{"row": 2, "lead": {"name": "O6", "phone": "98123 00086 / 022 2345 6785"}}, {"row": 3, "lead": {"name": "O7", "phone": "022 2345 6785"}}]') as id;
select is(given.outcomes(id), '2 ready, 3 duplicate A stored lead has this phone as a further one', 'of stored leads, too') from office2;
select is(core.notes_on_staged('{"name": "A", "phone": "98100", "email": "a@example.com"}', '{email:a@example.com}', true), '{phone_not_understood}', 'notes_on_staged(): who is reached by an e-mail is reached');
select is(core.notes_on_staged('{"name": "A", "metadata": {"phone_given": "call me", "timestamp_given": "soon"}}', '{content:1}', false),
  '{nothing_to_call,phone_not_understood,timestamp_not_understood}', 'of what could not be read it is told what');
select is(core.notes_on_staged('{"name": "A"}', null, null), '{}', 'and of a row that is left out nothing');
create temp table told as select given.import('[
  {"row": 2, "lead": {"name": "N1", "phone": "98"}}, {"row": 3, "lead": {"name": "N2"}, "notes": ["merged"]}, {"row": 4, "lead": {"name": "N3", "phone": "98123 00091"}},
  {"row": 5, "lead": {"name": "Total"}, "reason": "This is a total", "left_out": true, "notes": ["total"]},
  {"row": 6, "lead": {"name": "N4", "phone": "98123 00091"}, "notes": ["merged"]}]') as id;
select is(given.outcomes(id), '2 ready, 3 ready, 4 ready, 5 left_out This is a total, 6 duplicate Row 4 has the same phone', 'a row that is left out is no lead, and hides none') from told;
select is(core.notices_of_import(core.current_workspace(), id), '[{"kind": "nothing_to_call", "rows": 2, "examples": [2, 3]}, {"kind": "merged", "rows": 1, "examples": [3]},
  {"kind": "phone_not_understood", "rows": 1, "examples": [2]}, {"kind": "total", "rows": 1, "examples": [5]}]', 'notices_of_import() says how many of which kind, and where') from told;
select is(api.get_import(id) -> 'notices', core.notices_of_import(core.current_workspace(), id), 'and the import as well') from told;
select is(jsonb_path_query_array(api.list_import_rows(id, '{"note": "nothing_to_call"}'), '$.items[*].row'), '[2, 3]', 'list_import_rows() by note') from told;
select lives_ok($$select api.start_import(id, '{}') from told$$, 'rows that are left out do not keep it from starting');
select is((given.the_import(id)).done_rows, 2, 'and are done with') from told;
select is(api.cancel_import(id) ->> 'status', 'cancelled') from told;
select is(core.row_json(l) ->> 'name', 'Known', 'row_json()') from crm.leads l where l.name = 'Known' limit 1;
select is(given.refusal($$select core.lock_import(core.current_workspace(), '01900000-0000-7000-8000-000000000000')$$), 'LD404: There is no import 01900000-0000-7000-8000-000000000000', 'lock_import()');

-- Leads in one request: import_leads(), finish_staging(), start_import(), finish_import().
select is((select (r ->> 'inserted_count') || (r ->> 'skipped_count') || (r ->> 'error_count') || (r ->> 'success') from api.import_leads(
  '{"campaign": "Bulk", "callers": [], "leads": [{"row": 1, "lead": {"name": "Z1", "phone": "98123 00081"}}, {"row": 2, "lead": {"name": "Z2", "phone": "98123 00081"}}, {"row": 3, "reason": "no"}]}') r),
  '111false', 'leads in bulk are an import of one transaction');

-- What is left of a file is forgotten.
create temp table old as select given.import('[{"row": 2, "lead": {"name": "Never"}}]') as id;
select given.now('2026-01-06 12:00:32Z');
select count(core.forget_imports()) from generate_series(1, 9);
select is((api.get_import(id) ->> 'status') || ': ' || (api.get_import(id) ->> 'problem'), 'cancelled: It was not started within a day', 'forget_imports() after a day, what was not started') from old;
select is_empty('select from crm.import_rows r, old where r.import_id = old.id', 'with its rows');
select isnt_empty('select from crm.import_rows r, i where r.import_id = i.id and r.cells is not null', 'what was imported is kept longer');
select given.now('2026-02-06 12:00Z');
select count(core.forget_imports()) from generate_series(1, 9);
select is_empty('select from crm.import_rows r where coalesce(r.lead, r.cells) is not null', 'but not for ever');
select is(api.summarize_import(id) ->> 'inserted_count', '4', 'what came of it is') from i;
select is_empty('select * from routing.verify()', 'and all of it replays');

select * from finish();
rollback;
