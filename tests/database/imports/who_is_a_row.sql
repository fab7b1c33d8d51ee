-- Who a row of a file is: files that number their rows alike, tests, numbers of an office. No row is lost, and what is
-- said of those that are left out is true.
begin;
\ir ../given.psql
select * from no_plan();

select given.now('2026-01-05 12:00Z'), given.workspace(), given.caller('Asha');

create function given.told(p_rows jsonb, p_duplicates text) returns text language plpgsql volatile as $$
declare
  v_id uuid := (api.import_leads(jsonb_build_object('duplicates', p_duplicates, 'leads', p_rows)) ->> 'import_id')::uuid;
begin
  return (
    select string_agg(concat_ws(' ', i ->> 'row', i ->> 'outcome', i ->> 'status', i ->> 'reason'), ', ' order by (i ->> 'row')::int)
    from jsonb_array_elements(api.list_import_rows(v_id, '{}') -> 'items') i);
end $$;
-- Rows as "id name phone e-mail", a dash for none; from row 2 on.
create function given.lines(p_rows text) returns jsonb language sql return (
  select jsonb_agg(jsonb_build_object('row', r.nr + 1, 'lead', jsonb_strip_nulls(jsonb_build_object(
    'source_row_id', nullif(c[1], '-'), 'name', nullif(c[2], '-'), 'phone', nullif(replace(c[3], '_', ' '), '-'), 'email', nullif(c[4], '-')))) order by r.nr)
  from string_to_table(p_rows, '; ') with ordinality r (text, nr) cross join lateral string_to_array(r.text || ' - - -', ' ') c);

select is(given.told(given.lines(rows), duplicates), told, format('%s (%s): %s', about, duplicates, rows)) from (values
  (1, 'a file that numbers its rows', 'skip', '1 Ann 9812310001; 2 Bob 9812310002; 3 Cid 9812310003', '2 imported assigned, 3 imported assigned, 4 imported assigned'),
  (2, 'another file that does', 'skip', '1 Dan 9812310004; 2 Eve 9812310005; 3 Cid 9812310006', '2 imported assigned, 3 imported assigned, 4 imported assigned'),
  (3, 'a third', 'keep', '1 Fay 9812310007; 2 Guy 9812310008', '2 imported assigned, 3 imported assigned'),
  (4, 'a fourth, of phones alone', 'skip', '1 - 9812310009; 2 - 9812310010', '2 imported assigned, 3 imported assigned'),
  (5, 'the first once more', 'skip', '1 Ann 9812310001; 2 Bob 9812310002; 3 Cid 9812310003',
    '2 duplicate A stored lead has the same phone, 3 duplicate A stored lead has the same phone, 4 duplicate A stored lead has the same phone'),
  (6, 'the first once more', 'keep', '1 Ann 9812310001; 2 Bob 9812310002', '2 duplicate This very lead is stored already, 3 duplicate This very lead is stored already'),
  (7, 'a row without a phone', 'skip', 'a7 Hal', '2 imported assigned'),
  (8, 'the same row', 'skip', 'a7 hal', '2 duplicate A stored lead has the same id of the row'),
  (9, 'its phone came later', 'skip', 'a7 Hal 9812310011', '2 duplicate A stored lead has the same id of the row'),
  (10, 'another''s', 'skip', 'a7 Ida', '2 imported assigned'),
  (11, 'numbering that begins again', 'skip', '1 Jan 9812310021; 2 Kay 9812310022; 1 Lee 9812310023; 2 Max 9812310024',
    '2 imported assigned, 3 imported assigned, 4 imported assigned, 5 imported assigned'),
  (12, 'numbering that begins again', 'keep', 'b1 Jan 9812310031; b1 Kay 9812310032', '2 imported assigned, 3 imported assigned'),
  (13, 'a row twice', 'skip', 'c1 Nan; c1 Nan; c1 Ola', '2 imported assigned, 3 duplicate Row 2 has the same id of the row, 4 imported assigned'),
  (14, 'an id, and a phone in one of the rows', 'skip', 'd1 Pia 9812310041; d1 Pia; d1 Pia 9812310042',
    '2 imported assigned, 3 duplicate Row 2 has the same id of the row, 4 imported assigned'),
  -- Numbers of an office.
  (20, 'an office and mobiles', 'skip', '- Quin 02223456701_/_9812310051; - Rex 02223456701_/_9812310052', '2 imported assigned, 3 imported assigned'),
  (21, 'an office of somebody stored', 'skip', '- Sam 02223456701_/_9812310053', '2 imported assigned'),
  (27, 'an office alone', 'skip', '- Ava 02223456701; - Ben 02223456701', '2 imported assigned, 3 duplicate Row 2 has the same phone'),
  (28, 'an office of this file alone', 'skip', '- Cy 02223456702_/_9812310091; - Di 02223456702_/_9812310092; - Ed 02223456702; - Flo 02223456702',
    '2 imported assigned, 3 imported assigned, 4 imported assigned, 5 duplicate Row 4 has the same phone'),
  (29, 'a family''s e-mail alone', 'skip', '- Gil 9812310093 fam@y.in; - Hui 9812310094 fam@y.in; - Ian - fam@y.in', '2 imported assigned, 3 imported assigned, 4 imported assigned'),
  (22, 'a further number alone', 'skip', '- Tom 9812310061_/_9812310062; - Una 9812310062', '2 imported assigned, 3 duplicate Row 2 has this phone as a further one'),
  (23, 'a stored one''s further number alone', 'skip', '- Vic 9812310062', '2 duplicate A stored lead has this phone as a further one'),
  (24, 'a stored one''s phone as a further one', 'skip', '- Wim 9812310063_/_9812310001', '2 duplicate A stored lead has a further phone of this row'),
  (25, 'a number first said alone', 'skip', '- Xia 9812310071; - Yan 9812310071', '2 imported assigned, 3 duplicate Row 2 has the same phone'),
  (26, 'a number, then as a further one', 'skip', '- Zoe 9812310081; - Abe 9812310082_/_9812310081', '2 imported assigned, 3 duplicate Row 2 has a further phone of this row')
) g (nr, about, duplicates, rows, told) order by nr;

select is((select string_agg(concat_ws(' ', name, source_row_id, 'given ' || (metadata ->> 'source_row_id_given')), ', ' order by id) from crm.leads
  where workspace_id = core.current_workspace() and coalesce(source_row_id, metadata ->> 'source_row_id_given') = '1'),
  'Ann 1, Dan given 1, Fay given 1, given 1, Jan given 1, Lee given 1', 'an id that is another''s is kept as it was given');

select is(core.is_row_of(core.lead_of_row(core.current_workspace(), core.find_import_source(core.current_workspace()), '1'), keys, name), expected, format('is_row_of() %s %s', keys, name))
from (values ('{phone:+919812310001,row:1}'::text[], 'Zed', true), ('{row:1}', 'ANN', true), ('{phone:+919812310002,row:1}', 'Ann', false), ('{row:1}', 'Zed', false)) g (keys, name, expected);
select is(core.row_id_aside(null, null, null), '{}', 'row_id_aside() of no row changes nothing');
select is(core.key_told(key, core.is_further(key, '{phone:1,phone:2}'), theirs), told, 'key_told() ' || told) from (values
  ('phone:1', false, 'phone:1'), ('phone:1', true, 'further_phone:1'), ('phone:2', false, 'their_phone:2'), ('row:1', true, 'row:1')) g (key, theirs, told);

-- Tests.
select is(given.told('[{"row": 2, "lead": {"name": "T", "phone": "9812310191", "metadata": {"is_test": true}}}, {"row": 3, "lead": {"name": "U", "phone": "9812310192"}}]', 'skip'),
  '2 imported test A test lead: assigned to nobody, 3 imported assigned', 'a test is shown as one');
select is((select i.imported || ' ' || i.assigned || ' ' || i.queued from crm.imports i where i.workspace_id = core.current_workspace() order by i.id desc limit 1), '2 1 0', 'and is not counted as queued');
select is_empty('select violation, detail from routing.verify()', 'all of it replays');

select * from finish();
rollback;
