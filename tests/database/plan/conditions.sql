-- Conditions: data that is read, put into one spelling, compiled, told in words, and met by leads or not.
begin;
\ir ../given.psql
select * from no_plan();
select given.workspace();
select given.now('2026-01-05 12:00+05:30');

-- Texts, numbers and dates are compared as people mean them.
select is(routing.fold(t), f, format('"%s" is compared as %s', t, f)) from (values
  ('Google  Ads', 'googleads'), (E' HINDI\t', 'hindi'), ('São Paulo', 'saopaulo'), (E'Sa\u0303o Paulo', 'saopaulo'),
    ('ＡＢＣ', 'abc'), (E'Été\u00a0Indien', 'eteindien'), ('हिन्दी', 'हिन्दी'), ('', '')) as t (t, f);
select is(routing.number_in(t), n, format('%s is the number %s', t, coalesce(n::text, '-'))) from (values
  ('45', 45), ('-4.5', -4.5), ('+7', 7), ('50,000', 50000), ('1,00,000.50', 100000.5), ('0', 0), ('0.5', 0.5),
  ('007', null), ('5,0', null), ('45k', null), ('', null), ('1e9', null), (repeat('9', 25), null),
    ('₹500', null)) as t (t, n);
select is(routing.date_in(routing.fold(t)), d, format('%s is the date %s', t, coalesce(d, '-'))) from (values
  ('2026-01-31', '2026-01-31'), ('2026-01-31T10:00:00Z', '2026-01-31'), ('2026-01-31 10:00', '2026-01-31'),
    ('31-01-2026', null), ('2026-13-01', null), ('2026-01-311', null)) as t (t, d);
select is(array(select routing.is_date(t) from unnest('{2026-01-31,2026-02-30,2026-01-31T10:00,x}'::text[]) t),
  '{t,f,f,f}', 'a date in a condition is a day that there is');
select is(array(select routing.is_usual_number(t) from unnest(array[0, 1e23, 1e24, -1e24, 1e-31, 1e1000]) t),
  '{t,t,f,f,f,f}', 'a number beyond all use is none');
select is(routing.fact_of(v::jsonb), f::jsonb, v || ' is seen as ' || coalesce(f, 'nothing')) from (values
  ('" Hindi "', '{"text": "hindi"}'), ('"50,000"', '{"text": "50,000", "number": 50000}'),
    ('"2026-01-31"', '{"text": "2026-01-31", "date": "2026-01-31"}'), ('45.0', '{"text": "45.0", "number": 45.0}'),
    ('true', '{"text": "true"}'),
  ('""', null), ('"  "', null), ('null', null), ('[1, 2]', '{}'), ('{"a": 1}', '{}'), ('1e100000', '{}')) as t (v, f);
select is(routing.fact_of(null), null, 'what is not said is nothing');
select is(length(routing.fact_of(to_jsonb(repeat('é', 100000))) ->> 'text'), 10000,
  'of a text the first 10,000 characters are looked at');

-- What a lead says.
insert into crm.leads (workspace_id, name, phone, email, external_id, lead_source, city, state, language, message,
  metadata) values (core.current_workspace(), 'Zoë', '9812345678', 'Z@x.in', 'E 7', 'Google Ads', 'Pune', 'MH',
  'Hindi', 'Call me',
  '{"campaign": "Diwali", "team": 5, "budget": "50,000", "deep": {"er": [1]}}');
select is((select string_agg(f || '=' || coalesce(routing.lead_fields(l) ->> f, '-'), ' ' order by nr)
  from unnest(routing.condition_fields()) with ordinality as t (f, nr) where f <> all (routing.detail_fields())),
  'name=Zoë phone=+919812345678 email=z@x.in external_id=E 7 city=Pune state=Maharashtra source=Google Ads language=Hindi message=Call me campaign=Diwali team=5', 'lead_fields() has what each field says') from crm.leads l;
select is(routing.lead_facts(l, '{name,metadata.budget,metadata.none,metadata.deep}'),
  '{"name": {"text": "zoe"}, "metadata.budget": {"text": "50,000", "number": 50000}, "metadata.deep": {}}',
  'lead_facts() has what is asked for, and no more') from crm.leads l;

-- Whether a lead meets a condition.
create function given.met(p_condition jsonb) returns boolean language sql
return (select routing.meets(routing.lead_facts(l, routing.fields_of(c)), routing.compile_condition(c))
  from crm.leads l, routing.read_condition(l.workspace_id, p_condition) c where l.name = 'Zoë');
select is(given.met(given.all(given.term(f, o, variadic v))), true, concat_ws(' ', f, o, v)) from (values
  ('name', 'is', '{zoe}'::text[]), ('phone', 'is', '{098123 45678}'), ('phone', 'begins_with', '{+91 98}'),
    ('email', 'contains', '{X.IN}'), ('state', 'is', '{mh}'), ('state', 'is', '{maharastra}'),
    ('state', 'is_not', '{Goa}'), ('state', 'is_one_of', '{GA,MH}'),
  ('source', 'is_one_of', '{Website,GOOGLE ads}'), ('source', 'begins_with', '{google}'),
    ('message', 'contains', '{LL ME}'), ('language', 'is_not', '{Tamil}'), ('city', 'is_not_empty', '{}'),
    ('team', 'is', '{5}'), ('campaign', 'is', '{DIWALI}'),
  ('metadata.budget', 'is', '{50000}'), ('metadata.budget', 'is', '{"50,000"}'),
    ('metadata.budget', 'more_than', '{"49,999"}'), ('metadata.budget', 'less_than', '{50001}'),
    ('metadata.budget', 'between', '{50000,50000}'), ('metadata.budget', 'is_not', '{7}'),
  ('metadata.none', 'is_empty', '{}'), ('metadata.none', 'is_not', '{x}'), ('metadata.deep', 'is_not_empty', '{}'),
    ('metadata.deep', 'is_not', '{x}')) as t (f, o, v);
select is(given.met(given.all(given.term(f, o, variadic v))), false, concat_ws(' ', 'not:', f, o, v)) from (values
  ('name', 'is', '{zo}'::text[]), ('state', 'is', '{Goa}'), ('state', 'is_not', '{MH}'),
    ('source', 'contains', '{g.*s}'), ('source', 'begins_with', '{ads}'), ('city', 'is_empty', '{}'),
    ('metadata.none', 'is_not_empty', '{}'), ('metadata.none', 'is', '{x}'),
  ('metadata.none', 'more_than', '{0}'), ('metadata.none', 'less_than', '{0}'),
    ('metadata.budget', 'more_than', '{50000}'), ('metadata.budget', 'more_than', '{2020-01-01}'),
    ('metadata.deep', 'more_than', '{0}'), ('metadata.deep', 'is', '{1}')) as t (f, o, v);
select is(given.met(c), m, why) from (values
  (given.all(given.term('city', 'is', 'Pune'), given.term('language', 'is', 'Tamil')), false, 'all must hold'),
    (given.any(given.term('city', 'is', 'Goa'), given.term('language', 'is', 'Hindi')), true, 'or any'),
  (given.all(given.term('city', 'is', 'Pune'),
    given.any(given.term('language', 'is', 'Tamil'), given.term('language', 'is', 'Hindi'))), true,
    'a group counts as one'),
  (given.any(given.term('city', 'is', 'Goa'),
    given.all(given.term('language', 'is', 'Hindi'), given.term('city', 'is', 'Goa'))), false, 'whichever')) as t (c, m,
    why);
select is(routing.meets('{}', null), false, 'without a compiled form nothing is met');
select is(routing.compile_condition(null)::text, null, 'no condition has none');

-- What people write is never more than a value.
select is(given.met(given.all(given.term('metadata.' || v, 'is_empty'), given.term('message', 'is_not', v),
  given.term('name', 'contains', 'oe'))), true, format('%L is a value like any other', v))
from unnest(array['" || true || "', '\', '\"', '$.*', ') || exists($', '?(@ > 1)', E'a\nb', E'\u2028x',
  'x" flag "q" || true', '**', '$$', '//', '/*', E'\x01']) v;
select is(given.met(given.any(given.term('message', 'contains', v), given.term('message', 'begins_with', v),
  given.term('message', 'is', v))), false, format('%L finds itself alone', v))
from unnest(array['.', '.*', '^', 'c|x', '[a-z]', '" || "" == "', '(x{1,200}){1,200}y', '\w', '%']) v;
select ok(routing.compile_condition(given.any(given.term('name', o, variadic v)))::text !~ '[?*@]|to '
  and routing.compile_condition(given.any(given.term('metadata.a', o, variadic v)))::text !~ '[?*@]|to ',
  o || ' is compiled without filters, wildcards or recursion')
from (values ('is', '{x}'::text[]), ('is_not', '{x}'), ('is_one_of', '{x,y}'), ('contains', '{x}'),
  ('begins_with', '{x}'), ('is_empty', '{}'), ('is_not_empty', '{}')) t (o, v);
select is(routing.compile_group(given.all(given.term('metadata.a', 'is', '5'))),
  '(($."metadata.a".text == "5" || $."metadata.a".number == 5))', 'compile_is() asks for the number too');
select is(routing.compile_term(jsonb_build_object('field', 'metadata.a', 'operator', 'between', 'values',
  jsonb_build_array(-1, 5))), '($."metadata.a".number >= -1 && $."metadata.a".number <= 5)',
  'compile_bound() for numbers');
select is(routing.compile_term(given.term('metadata.a', 'more_than', '2026-01-31')),
  '($."metadata.a".date > "2026-01-31")', 'and for dates');

-- One spelling.
select is(routing.read_condition(core.current_workspace(), c), s, 'read as ' || s::text) from (values
  (given.all(given.term('state', 'is', ' mh ')), given.all(given.term('state', 'is', 'Maharashtra'))),
  (given.all(given.term(' phone ', 'is', '098123 45678')), given.all(given.term('phone', 'is', '+919812345678'))),
  ('{"match": "any", "terms": [{"field": "city", "operator": "is_empty"}]}', given.any(given.term('city', 'is_empty'))),
  ('{"match": "all", "terms": [{"field": "metadata.a", "operator": "between", "values": ["1,000", 5e3]}]}',
    '{"match": "all", "terms": [{"field": "metadata.a", "operator": "between", "values": [1000, 5000]}]}')) as t (c, s);
select is(routing.read_condition(core.current_workspace(), c), null, 'no condition is none')
  from unnest(array[null, 'null']::jsonb[]) c;
select is(array(select t ->> 'field'
  from routing.terms_of(given.all(given.term('name', 'is', 'x'), given.any(given.term('city', 'is', 'y')))) t),
  '{name,city}', 'terms_of() are those of groups too');

-- Mistakes are named by their place, with what to do.
create function given.refused(p_condition jsonb) returns text language sql
return given.refusal(format('select routing.read_condition(core.current_workspace(), %L)', p_condition));
select is(given.refused(c), r, r) from (values
  ('"$.city"'::jsonb, 'LD422 condition: A condition must be an object with match and terms'),
    ('[]', 'LD422 condition: A condition must be an object with match and terms'),
    ('{}', 'LD422 condition.match: It must be "all" or "any"'),
  ('{"match": "all"}', 'LD422 condition.terms: The terms must be a list'),
    ('{"match": "all", "terms": []}', 'LD422 condition.terms: There must be 1 to 20 terms'),
    ('{"match": "all", "terms": [1]}',
    'LD422 condition.terms[0]: A term must be an object with field, operator and values'),
  ('{"match": "all", "terms": [], "x": 1}', 'LD422 condition.x: This field is not known'),
    ('{"match": "all", "terms": [{"field": "name", "operator": "is", "values": ["x"], "vlaue": 1}]}',
    'LD422 condition.terms[0].vlaue: This field is not known'),
  (given.all(given.term('name', 'is', 'x'), given.term('langauge', 'is', 'x')),
    'LD422 condition.terms[1].field: There is no field "langauge"'),
    (given.all(given.term('colour', 'is', 'x')), 'LD422 condition.terms[0].field: There is no field "colour"'),
    (given.all(given.term('company', 'more_than', '5')), 'LD422 condition.terms[0].operator: The field company has no numbers or dates'),
  (given.all(given.term('metadata.', 'is', 'x')),
    'LD422 condition.terms[0].field: The name after "metadata." must be 1 to 100 characters long'),
    ('{"match": "all", "terms": [{"operator": "is"}]}', 'LD422 condition.terms[0].field: A field is missing'),
  (given.all(given.term('name', 'like', 'x')), 'LD422 condition.terms[0].operator: There is no such operator'),
    (given.all(given.term('name', 'more_than', '5')),
    'LD422 condition.terms[0].operator: The field name has no numbers or dates'),
  (given.all(given.term('name', 'is')), 'LD422 condition.terms[0].values: is takes one value'),
    (given.all(given.term('name', 'is', 'x', 'y')), 'LD422 condition.terms[0].values: is takes one value'),
    (given.all(given.term('name', 'is_empty', 'x')), 'LD422 condition.terms[0].values: is_empty takes no value'),
  (given.all(given.term('name', 'is_one_of', variadic array_fill('x'::text, '{51}'))),
    'LD422 condition.terms[0].values: is_one_of takes 1 to 50 values'),
    (given.all(given.term('metadata.a', 'between', '1')),
    'LD422 condition.terms[0].values: between takes two values, the lower one first'),
  (given.all(given.term('metadata.a', 'between', '2', '1')),
    'LD422 condition.terms[0].values: The first value must be the lower one, and both numbers or both dates'),
    (given.all(given.term('metadata.a', 'between', '2', '2026-01-01')),
    'LD422 condition.terms[0].values: The first value must be the lower one, and both numbers or both dates'),
  (given.all(given.term('metadata.a', 'more_than', 'much')),
    'LD422 condition.terms[0].values[0]: "much" is neither a number nor a date'),
    (given.all(given.term('metadata.a', 'more_than', '2026-02-30')),
    'LD422 condition.terms[0].values[0]: "2026-02-30" is neither a number nor a date'),
  (given.all(given.term('name', 'is_one_of', 'x', '  ')), 'LD422 condition.terms[0].values[1]: The value is empty'),
    (given.all(given.term('name', 'is', repeat('x', 201))),
    'LD422 condition.terms[0].values[0]: A value must be at most 200 characters long'),
  ('{"match": "all", "terms": [{"field": "name", "operator": "is", "values": [1e100000]}]}',
    'LD422 condition.terms[0].values[0]: The number is out of range'),
    ('{"match": "all", "terms": [{"field": "name", "operator": "is", "values": [null]}]}',
    'LD422 condition.terms[0].values[0]: A value must be a text or a number'),
  ('{"match": "all", "terms": [{"field": "name", "operator": "is", "values": "x"}]}',
    'LD422 condition.terms[0].values: The values must be a list'),
    (given.all(given.term('state', 'is', 'Atlantis')),
    'LD422 condition.terms[0].values[0]: "Atlantis" is no state of India'),
  (given.all(given.any(given.all(given.term('name', 'is', 'x')))),
    'LD422 condition.terms[0].terms[0]: A group cannot stand in another group'),
    (given.all(given.any(given.term('name', 'is', ' '))),
    'LD422 condition.terms[0].terms[0].values[0]: The value is empty'),
  (given.all(variadic array_fill(given.any(given.term('name', 'is', 'x'), given.term('name', 'is', 'y')), '{11}')),
    'LD422 condition.terms: There must be at most 20 terms in all'),
  (given.all(variadic array_fill(given.term('name', 'is_one_of', variadic array_fill(repeat('x', 200), '{50}')),
    '{4}')), 'LD422 condition: The condition is too long')) as t (c, r);
create function given.hint(p_condition jsonb) returns text language plpgsql as $$
declare
  v_hint text;
begin
  perform routing.read_condition(core.current_workspace(), p_condition);
  return null;
exception when sqlstate 'LD422' then
  get stacked diagnostics v_hint = pg_exception_hint;
  return v_hint;
end $$;
select is(given.hint(given.all(given.term('langauge', 'is', 'x'))), 'Did you mean language?',
  'read_field() has the nearest field');
select alike(given.hint(given.all(given.term('colour', 'is', 'x'))),
  'Write metadata.colour for what senders say in other fields. %', 'or where it may be');
select alike(given.hint(given.all(given.term('name', 'between', '1', '2'))), 'There are: is, is_not, %is_not_empty.',
  'read_term() has the operators_of() the field');
select is(given.refusal($$select routing.refuse_condition('condition.x', 'No', 'Hint')$$), 'LD422 condition.x: No',
  'refuse_condition() says where');
select is(given.refusal($$select routing.refuse_stray_keys('{"a": 1, "b": 2}', '{a}', 'condition')$$),
  'LD422 condition.b: This field is not known', 'refuse_stray_keys() names the stranger');
select is(given.refusal($$select routing.read_value(core.current_workspace(), 'name', 'is', '""', 'here')$$),
  'LD422 here: The value is empty', 'read_value() too');
select is(routing.read_bound('"1,000"', 'here'), '1000', 'read_bound() reads numbers');
select is(given.refusal($$select routing.read_group(core.current_workspace(), '{"match": "none"}', 'here', true)$$),
  'LD422 here.match: It must be "all" or "any"', 'read_group() knows where it is');

-- In words.
select is(routing.describe_condition(c), s, s) from (values
  (null::jsonb, 'All leads'), (given.all(given.term('language', 'is_one_of', 'Hindi', 'Marathi'),
    given.term('source', 'is', 'Google Ads')), 'Leads whose language is Hindi or Marathi and source is Google Ads'),
  (given.any(given.term('email', 'is_empty'),
    given.all(given.term('external_id', 'is_not_empty'),
    given.term('metadata.monthly_budget', 'more_than', '2026-01-31'))),
    'Leads whose e-mail is empty or (external id is not empty and monthly budget is after 2026-01-31)'),
  (given.all(given.term('name', 'is_not', 'x'), given.any(given.term('name', 'contains', 'y'))),
    'Leads whose name is not x and name contains y'),
  ('{"match": "all", "terms": [{"field": "metadata.a", "operator": "between", "values": [1, 5]}, {"field": "metadata.a", "operator": "less_than", "values": [3]}]}', 'Leads whose a is between 1 and 5 and a is less than 3'),
  (given.all(given.term('name', 'begins_with', 'x'), given.term('metadata.d', 'less_than', '2026-01-31'),
    given.term('city', 'is_one_of', 'a', 'b', 'c')),
    'Leads whose name begins with x and d is before 2026-01-31 and city is a, b or c')) as t (c, s);
select is(routing.describe_term(given.term('city', 'is', 'Pune')) || '; '
  || routing.describe_group(given.any(given.term('city', 'is', 'Pune'))) || '; '
  || routing.describe_field('metadata.a_b'), 'city is Pune; city is Pune; a b',
  'describe_term(), describe_group() and describe_field() are the parts');
select is(array(select routing.list_words(w, ' or ') from (values ('{a}'::text[]), ('{a,b}'), ('{a,b,c}')) t (w)),
  '{a,a or b,"a, b or c"}', 'list_words() puts words in a row');

-- Old ones, which people wrote.
select is(routing.is_harmless(c::jsonpath::text), true, c || ' does no harm')
  from unnest(array['$.city == "Pune"', '$.a > 5 && !($.b == "x?*" || exists($.c))', '$.name starts with "A"',
  'strict $.city == "*"', '$.name like_regex "a.*" flag "q"', '$.name like_regex "a\"" flag "iq"', '$.a.b.c == -5',
  '$.a == null']) c;
select is(routing.is_harmless(c::jsonpath::text), false, c || ' could')
  from unnest(array['exists($.a[*] ? (@ < 0))', '$.* == 1', '$.** == 1', '$.a[*] == 1', '$.a[0 to 9] == 1',
  '$.a like_regex "(x{1,200}){1,200}y"', '$.a like_regex "\" flag \"q"', '$.a == $.b', '$.a < ($.b)', '$.a == -$.b',
  '$.a + 1 == 2', '$.a * 2 == 2',
  'exists($.metadata.a[*] ? (exists($.metadata.a[*] ? (exists($.metadata.a[*] ? (@ < 0))))))',
    '$.a.keyvalue().key == "x" && $.b[last] == 1']) c;
select is(routing.is_harmless('$."a" == "' || repeat('x', 5000) || '"'), false, 'a very long one is not run');
select is(routing.old_lead_facts(l), jsonb_build_object('name', 'Zoë', 'phone', '+919812345678', 'email', 'z@x.in',
  'external_id', 'E 7', 'city', 'Pune', 'state', 'Maharashtra', 'source', 'Google Ads', 'language', 'Hindi',
  'message', 'Call me',
  'campaign', 'Diwali', 'team', '5', 'metadata', l.metadata), 'old conditions saw a lead as it stands')
    from crm.leads l;
select is(routing.was_for(l, c, routing.compile_any_condition(c)), w, why) from crm.leads l, (values
  (null::jsonb, true, 'a rule without a condition was for all'), ('null', true, 'however the log says so'),
    ('"$.city == \"Pune\""', true, 'an old condition is run as it was'),
    ('"$.city == \"pune\""', false, 'letter by letter'),
  ('"$.metadata.deep.er[*] == 1"', null, 'if it does no harm; else nobody can say'),
    (given.all(given.term('city', 'is', 'pune')), true, 'a new one is compiled')) as t (c, w, why);
select is(routing.compile_any_condition('"exists($.a[*] ? (@ < 0))"')::text, null,
  'what could harm is never made jsonpath');

-- What the log holds of the form that can eat the server is never run: not by verify(), not by explain().
select given.workspace();
select given.caller('Asha'), given.caller('Bina', '{Goa}');
select given.rule('old', '{}', p_condition => given.all(given.term('city', 'is', 'Pune')));
update crm.rules set step = case name when 'old' then 1 else step + 1 end
  where workspace_id = core.current_workspace();
select given.lead('bomb', '{"state": "Goa", "metadata": {"a": [-1, 0, 1]}}'), given.lead('pune', '{"city": "Pune"}');
create function given.with_written(p_condition text, p_query text) returns text language sql
return given.after(format('update crm.events set data = data || jsonb_build_object(''condition'', %L) where workspace_id = core.current_workspace() and kind like ''rule.%%'' and data ->> ''name'' = ''old''',
  p_condition), p_query);
create function given.violations() returns text language sql
return (select string_agg(distinct violation || coalesce(': ' || (select name from crm.leads where id = v.lead_id), ''),
  ', ') from routing.verify() v where violation <> 'a rule changed without an event');
select is(given.violations(), null, 'all is right at first');
select is(given.with_written('($."metadata"."a" < 0 || $."city" == "Pune")', 'select given.violations()'),
  'a rule was passed over though its pool had a free caller: bomb',
  'an old condition that does no harm is run, and tells');
select is(given.with_written('exists ($."metadata"."a"[*]?(@ < 0))', 'select given.violations()'), null,
  'of one that could, the record''s word is taken');
select is(given.with_written(c::jsonpath::text, 'select given.violations()'), null, 'the worst is not run')
from unnest(array['exists($.metadata.a[*] ? (exists($.metadata.a[*] ? (exists($.metadata.a[*] ? (@ < 0))))))',
  '$.metadata.a like_regex "(x{1,200}){1,200}y"']) c;
select is(given.with_written('exists ($."metadata"."a"[*]?(@ < 0))',
  $$select string_agg(rule || ' ' || outcome, ', ' order by step, place) from routing.explain(given.lead_id('bomb'))$$),
  'state chosen', 'an explanation leaves out a rule of which nobody can say whom it was for');
select is(given.with_written('exists ($."metadata"."a"[*]?(@ < 0))',
  $$select string_agg(rule || ' ' || outcome, ', ' order by step, place) from routing.explain(given.lead_id('pune'))$$),
  'old chosen, old later', 'unless it dealt the lead');
-- A waiting lead may have been kept by it.
update crm.callers set daily_limit = 1 where workspace_id = core.current_workspace();
update crm.rules set on_exhausted = 'queue', condition = given.all(given.term('city', 'is', 'Agra')),
  teams = '{East}' where name = 'old' and workspace_id = core.current_workspace();
select given.caller('Chitra'), given.change('Chitra', $$team = 'East', daily_limit = 1$$);
select given.lead('agra1', '{"city": "Agra"}');
select given.change('Asha', 'daily_limit = 1'), given.lead('agra2', '{"city": "Agra"}');
select is(given.callers_of('agra1 agra2'), 'Chitra -', 'a rule keeps its leads');
select given.change('Asha', 'daily_limit = 0');
select given.lead('agra3', '{"city": "Agra"}');
select is(given.violations(), null, 'and waits for its own callers while others are free');
select is(given.with_written('exists ($."city"?(@ == "Agra"))', 'select given.violations()'), null,
  'which is believed where nobody can say');

select * from finish();
rollback;
