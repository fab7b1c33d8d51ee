-- The one search box.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.caller('Kavita Joshi', '{Maharashtra}'), given.caller('Joshua Pinto', '{Goa}');
insert into crm.leads (workspace_id, name, phone, state, city, email) select core.current_workspace(), t.* from (values
  ('Asha Joshi', '9812345678', 'Maharashtra', 'Pune', 'asha@example.com'), ('Bina', '9876543210', 'Goa', null, null)) t;
create function given.all(p_search text) returns text language sql
return (
  select string_agg(f.key || ': ' || (select string_agg(i ->> 'name', ', ') from jsonb_array_elements(f.value) i), '; '
    order by f.key)
  from jsonb_each(api.search_all(p_search, null)) f where f.value <> '[]');

select is(given.all(q), found, q || ' finds ' || coalesce(found, 'nothing')) from (values
  ('joshi', 'callers: Kavita Joshi; leads: Asha Joshi'), ('JOSHI kav', 'callers: Kavita Joshi'),
  ('pune asha', 'leads: Asha Joshi'), ('6543', 'leads: Bina'), ('asha@exa', 'leads: Asha Joshi'), ('%', null), ('_', null),
  ('jos', 'callers: Joshua Pinto, Kavita Joshi; leads: Asha Joshi'), ('nobody', null)) t (q, found);
select ok(core.is_called('Kavita Joshi', '{josh,KAV}'), 'words in any order and case are a name''s');
select is((select string_agg(f.kind, ' ') from core.first_named('joshi', 5) f), 'callers', 'what has a name is found by kind');
select given.caller('Nina ' || nr) from generate_series(1, 9) nr;
select is(jsonb_array_length(api.search_all('nina', null) -> 'callers'), 5, 'of each kind at most five are said');

select * from finish();
rollback;
