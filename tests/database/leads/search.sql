-- Searching leads: what is found by which words, and by whom.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.caller('Kavita', '{Maharashtra}'), given.caller('Ravi', '{Goa}');
create function given.found(p_search text) returns text language sql
return (select string_agg(l ->> 'name', ', ') from jsonb_array_elements(api.list_leads(jsonb_build_object('search', p_search)) -> 'items') l);
insert into crm.leads (workspace_id, name, phone, email, city, state, metadata) select core.current_workspace(), t.* from (values
  ('Asha Kumar', '98123 45678', 'asha.k@example.com', 'Pune', 'Maharashtra', '{"company": "Kumar Traders", "note": "Zanzibar"}'::jsonb),
  ('Kumar Vishwas', '98765 43210', 'vishwas@acme.co.in', 'Panaji', 'Goa', '{}'), ('Prakash D''Souza', '+15550109999', null, null, null, '{}'),
  ('आशा शर्मा', null, 'b_a@example.org', 'पुणे', null, '{}'), ('Łukasz Żółć', null, null, 'Kraków', null, '{}'), ('Алиса Петрова', null, null, 'Москва', null, '{}'),
  ('王小明', '022 2345 6789', null, null, null, '{}'), ('100% Real', null, 'q%x@example.net', null, null, '{}'), ('Bina_1', null, null, '\N', null, '{}'), ('JOSÉ', 'call me', null, null, null, '{}')
) t;

-- Each word of it, and each with the index alone: what is found among the newest is found among all.
create function given.indexed(p_search text) returns text language plpgsql as $$
declare
  v_found text;
  v_known text := core.search_condition(p_search, '91', null, true);
begin
  execute format('select string_agg(l.name, '', '' order by l.id desc) from crm.leads l where %s', coalesce(v_known, 'false')) into v_found;
  return v_found;
end $$;

create temp table search as select * from (values
  -- Words in any order, in any case, any part of them.
  ('Asha Kumar', 'Asha Kumar', true), ('Kumar Asha', 'Asha Kumar', true), ('kumar', 'Kumar Vishwas, Asha Kumar', true), ('  KUMAR   asha ', 'Asha Kumar', true), ('umar sha', 'Asha Kumar', true), ('akash', 'Prakash D''Souza', true),
  ('asha kumar nobody', null, true), ('ashakumar', null, true), ('josé', 'JOSÉ', true), ('d''souza', 'Prakash D''Souza', true),
  -- A city, an e-mail, and all of it at once.
  ('pune', 'Asha Kumar', true), ('kumar panaji', 'Kumar Vishwas', true), ('panaji kumar 43210', 'Kumar Vishwas', true), ('asha.k@example.com', 'Asha Kumar', true), ('a.k@exam', 'Asha Kumar', true), ('acme', 'Kumar Vishwas', true), ('@example', '100% Real, आशा शर्मा, Asha Kumar', true), ('ASHA.K@EXAMPLE.COM', 'Asha Kumar', true),
  -- Any part of a phone, however it is written.
  ('43210', 'Kumar Vishwas', true), ('98123', 'Asha Kumar', true), ('12345678', 'Asha Kumar', true), ('8123456', 'Asha Kumar', true), ('98123 45678', 'Asha Kumar', true), ('+91 98123-45678', 'Asha Kumar', true), ('098123 45678', 'Asha Kumar', true), ('0091 (98123) 45678', 'Asha Kumar', true), ('45678 98123', null, true), ('+1 555', 'Prakash D''Souza', true), ('asha 45678', 'Asha Kumar', true), ('asha 43210', null, true), ('45678 asha', 'Asha Kumar', true),
  -- Other scripts.
  ('आशा', 'आशा शर्मा', true), ('शर्मा आशा', 'आशा शर्मा', true), ('पुणे', 'आशा शर्मा', true), ('żółć', 'Łukasz Żółć', true), ('KRAKÓW', 'Łukasz Żółć', true), ('петр', 'Алиса Петрова', true), ('МОСКВА алиса', 'Алиса Петрова', true), ('王小', '王小明', true), ('王小明', '王小明', true), ('小明', '王小明', false),
  -- Short words: where a word begins, and among the newest leads anywhere.
  ('z', 'Prakash D''Souza, Łukasz Żółć', false), ('a', 'Алиса', false), ('as', 'Asha Kumar, Łukasz Żółć, Prakash D''Souza', false), ('ku asha', 'Asha Kumar', true),
  -- What would mean something else in SQL.
  ('%', '100% Real', false), ('_', 'Bina_1, आशा शर्मा', false), ('b_', 'आशा शर्मा', true), ('a_1', 'Bina_1', false), ('a%k', null, true), ('100%', '100% Real', true), ('\', 'Bina_1', false), ('''', 'Prakash D''Souza', false), ('%L', null, true), ('$1', null, true), ('''; drop table crm.leads; --', null, true), ('"', null, true), ('*', null, true), ('asha | kumar', null, true),
  -- Not what its sender says beside.
  ('traders', null, true), ('zanzibar', null, true), ('sealed', null, true), ('null', null, true)
) as t (search, found, by_index) where t.search not in ('a', 'as', 'z');
select is(given.found(search), found, format('%L finds %s', search, coalesce(found, 'nobody'))) from search;
select is(given.indexed(search), found, format('%L finds it by the index, too', search)) from search where by_index;

select is(given.found('ku'), 'Kumar Vishwas, Asha Kumar', 'two letters find');
select matches(given.found('z'), 'Prakash D''Souza', 'so does one');
select is(api.newest_searched(search), newest, format('%L is looked for among %s', search, coalesce(newest::text, 'all'))) from (values ('asha', null), ('asha kumar', null), ('a', 10000), ('asha k', 10000), ('%', 10000), ('', null), (null, null), ('98123', null)) t (search, newest);

-- However long a search is, it has ten words.
select is(core.search_words(repeat('a ', 250)), array['a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'], 'a long search is ten words');
select is(given.found('asha kumar' || repeat(' sha', 200)), 'Asha Kumar', 'and finds');
select is(given.found(repeat('x', 500)), null, 'so does a long word');
select is(core.search_words('+91 98123 (45) 678'), '{919812345678}', 'search_words() of a phone are its digits');
select is(core.search_words('asha 98123-45678 d-5 10-b'), '{asha,9812345678,d-5,10-b}', 'among other words, too');
select is(core.search_words('   '), null, 'and nothing is no word');
select is(core.search_condition('O''Br_', '91'), $$(s.said like E'%o''br\\_%')$$, 'search_condition() takes what is searched for as it is');
select is(core.search_condition(' ', '91'), null, 'and nothing is no search');
select is(core.search_condition('% _', '91', null, true), null, 'what no index knows is not asked of one');

-- A further phone, if it is whole.
insert into crm.leads (workspace_id, name, phone) values (core.current_workspace(), 'Two', '98222 22222 / 98333 33333');
select is(given.found('98333 33333'), 'Two', 'a further phone is found');

-- A caller finds no lead of others, and another workspace none.
select api.create_user(core.current_workspace(), 'kavita@example.com', 'Kavita', 'caller', 'x');
update crm.users set caller_id = given.caller_id('Kavita') where email = 'kavita@example.com';
select set_config('fairlead.actor', 'user:' || user_id, true) from api.find_user('kavita@example.com');
grant usage on schema given to fairlead_caller;
grant execute on function given.found(text) to fairlead_caller;
set local role fairlead_caller;
select is(given.found('kumar'), 'Asha Kumar', 'a caller finds the own leads');
select is(given.found(search), null, format('but not by %L', search)) from (values ('vishwas'), ('43210'), ('panaji'), ('acme'), ('Bina_1'), ('alias'' or true --')) t (search);
select is(api.count_leads('{"search": "kumar"}'), 1::bigint, 'nor are others'' counted');
reset role;
select set_config('fairlead.actor', 'cli', true);
select given.workspace();
select is(given.found('kumar'), null, 'another workspace finds none');

-- A period in which leads were inserted with times of their own: each is met once.
insert into crm.leads (workspace_id, name, created_at) select core.current_workspace(), 'P' || nr, '2026-01-02 10:00+05:30'::timestamptz + (nr * 37 % 50) / 2 * interval '1 minute' from generate_series(1, 50) nr;
create function given.period() returns text[] language plpgsql as $$
declare
  v_page jsonb := api.list_leads('{"until": "2026-01-03", "limit": 7}');
  v_names text[] := '{}';
begin
  loop
    v_names := v_names || array(select l ->> 'name' from jsonb_array_elements(v_page -> 'items') l);
    exit when v_page ->> 'next' is null;
    v_page := api.list_leads(jsonb_build_object('until', '2026-01-03', 'limit', 7, 'after', v_page -> 'next'));
  end loop;
  return v_names;
end $$;
select is(given.period(), array(select l.name from crm.leads l where l.name ~ '^P\d+$' order by l.created_at desc, l.id desc), 'page by page every lead of a period is met once, newest first');

-- What is searched for is there before and after the tick sorts it into the index.
select lives_ok('select api.begin_tick()', 'the tick sorts new leads into the index');
select is(core.newest_looked_at(), 10000, 'newest_looked_at() is what a list looks at first');
select matches(core.search_text(), 'l\.name.*l\.city.*l\.email.*l\.phone', 'search_text() is what is searched');
select matches(core.newest_query('{"campaign_id": 1}'), 'campaign_id = \$9 order by l.id desc$', 'newest_query() goes along the index of the campaign');
select matches(core.newest_query('{"until": "2026-01-06"}'), 'order by l.created_at desc, l.id desc$', 'and of a period from its end');

select has_index('crm', 'leads', 'leads_search_idx', 'the index is there');
set local enable_seqscan = off;
create function given.plan(p_search text) returns setof text language plpgsql as $$
begin
  return query execute 'explain select id from crm.leads l where ' || core.search_condition(p_search, '91', null, true);
end $$;
select ok(exists (select from given.plan(s) p where p ~ 'leads_search_idx'), format('%L is looked for by it', s)) from unnest(array['kumar', 'kumar asha', '43210', 'ku', 'आशा', '王']) s (s);

select * from finish();
rollback;
