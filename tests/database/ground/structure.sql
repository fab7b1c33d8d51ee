-- What the tables promise, whoever writes to them.
begin;
\ir ../given.psql
select * from no_plan();

select set_eq($$select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public', 'tap', 'yoyo', 'given')$$,
  array['crm', 'core', 'routing', 'api', 'report'], 'there is a schema of tables and four of code');
select is_empty($$select table_schema, table_name from information_schema.tables where table_schema in ('core', 'routing', 'api', 'report') and table_type = 'BASE TABLE'$$,
  'what is rebuilt at every deploy holds no data');
select is_empty($$
  select relname from pg_class c
  where relnamespace = 'crm'::regnamespace and relkind = 'r' and relname not in ('countries', 'states', 'place_names',
    'phone_plans', 'phone_ranges', 'reference_data', 'workspaces', 'sign_in_failures', 'asked_resets', 'sealing_keys', 'heartbeats')
    and not exists (select from pg_attribute a where a.attrelid = c.oid and attname = 'workspace_id' and attnotnull)$$,
  'every row but reference data, failed sign-ins, forgotten passwords, data keys and heartbeats belongs to a workspace');
select is_empty($$
  select i.indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indrelid
  where c.relnamespace = 'crm'::regnamespace and i.indisunique
    and c.relname not in ('countries', 'states', 'place_names', 'phone_plans',
      'phone_ranges', 'reference_data', 'workspaces', 'sign_in_failures', 'asked_resets',
      'sealing_keys', 'heartbeats')
    and i.indexrelid::regclass::text not in ('crm.sessions_token_hash_key', 'crm.sign_in_links_token_hash_key', 'crm.sources_id_key', 'crm.source_keys_token_hash_key', 'crm.sources_form_key_key', 'crm.sources_token_hash_key', 'crm.users_id_key', 'crm.users_email_key', 'crm.logins_pkey', 'crm.calendars_token_hash_key', 'crm.push_subscriptions_endpoint_key')
    and pg_get_indexdef(i.indexrelid) !~ '\mworkspace_id\M'$$,
  'what is unique is unique within its workspace, but for what finds the workspace');
select is_empty($$select conname from pg_constraint where connamespace = 'crm'::regnamespace and contype = 'f' and (confdeltype <> 'a' or confupdtype <> 'a')$$,
  'no delete or update of one row takes others along');
select is_empty($$select conname from pg_constraint where connamespace = 'crm'::regnamespace and not convalidated$$, 'every constraint holds for every row');

-- One stored lead for what was submitted twice.
select given.workspace(), api.create_source(given.workspace(), 'Sheet', 'a'), api.create_source(core.current_workspace(), 'Form', 'b');
create function given.insert(p_columns text, p_values text) returns text language sql
return given.refusal(format('insert into crm.leads (workspace_id, %s) values (%s, %s)', p_columns, core.current_workspace(), p_values));
create function given.source(p_name text) returns int language sql
return (select id from crm.sources where name = p_name and workspace_id = core.current_workspace());

select is(given.insert('phone, timestamp_from_sheet', $$'98123 45678', '2026-01-05 10:00+05:30'$$), null, 'a first lead is stored');
select alike(given.insert('phone, timestamp_from_sheet', $$'+919812345678', '2026-01-05 04:30Z'$$), '23505 leads_phone_timestamp_key: %',
  'the same phone at the same moment is the same lead, however both are written');
select is(given.insert('phone, timestamp_from_sheet', $$'98123 45678', '2026-01-05 10:01+05:30'$$), null, 'another moment is another lead');
select is(given.insert('phone, timestamp_from_sheet', $$'98123 45679', '2026-01-05 10:00+05:30'$$), null, 'another phone is another lead');
select is(given.insert('source_id, source_row_id', format($$%s, 'row 1'$$, given.source('Sheet'))), null, 'a first row is stored');
select alike(given.insert('source_id, source_row_id, name', format($$%s, ' row 1 ', 'Corrected'$$, given.source('Sheet'))), '23505 leads_source_row_key: %',
  'the same row of a source is the same lead, whatever else it says');
select is(given.insert('source_id, source_row_id', format($$%s, 'row 1'$$, given.source('Form'))), null, 'the same row id of another source is another lead');
select is(given.insert('source_row_id', $$'row 1'$$), null, 'and of no source another still');
select alike(given.insert('source_row_id', $$'row 1'$$), '23505 leads_source_row_key: %', 'rows without a source are told apart by their ids too');
select is(given.insert('idempotency_key', $$'key 1'$$), null, 'a first key is stored');
select alike(given.insert('idempotency_key', $$' key 1 '$$), '23505 leads_idempotency_key: %', 'a repeated key is the same lead');
select is(given.insert('idempotency_key, name', $$'key 1', 'Other'$$), null, 'but with other content it is another');
select is(given.insert('phone, timestamp_from_sheet, source_row_id', format($$'98123 45678', '2026-01-05 10:00+05:30', %L$$, row)), null,
  'row ' || row || ' is a lead of its own, though phone and moment are known') from unnest('{a,b}'::text[]) row;
select is(given.insert('phone, timestamp_from_sheet, external_id', format($$'98123 45678', '2026-01-05 10:00+05:30', %L$$, id)), null,
  'so is one of person ' || id || ', who has the same phone') from unnest('{p,q}'::text[]) id;
select alike(given.insert('phone, timestamp_from_sheet, external_id', $$'98123 45678', '2026-01-05 10:00+05:30', ' p '$$), '23505 leads_phone_timestamp_key: %',
  'but not again');
select is(given.insert('phone, timestamp_from_sheet, message', format($$'98123 45678', '2026-01-05 00:00+05:30', %L$$, message)), null,
  'on one date somebody asks ' || message) from unnest('{once,twice}'::text[]) message;
select alike(given.insert('phone, timestamp_from_sheet, message', $$'+919812345678', '2026-01-05 00:00+05:30', 'twice'$$), '23505 leads_idempotency_key: %',
  'and the same once more is the same lead');
select is(given.insert('name, message', $$'Asha', 'Call me'$$), null, 'a lead without any key is stored');
select alike(given.insert('name, message', $$'Asha', 'Call me'$$), '23505 leads_idempotency_key: %', 'the same content again is the same lead');
select is(given.insert('name, message', $$'Asha', 'Call me again'$$), null, 'other content is another lead');
select given.workspace();
select is(given.insert('phone, timestamp_from_sheet', $$'98123 45678', '2026-01-05 10:00+05:30'$$), null, 'another workspace''s leads are its own');
select is(given.insert('name, message', $$'Asha', 'Call me'$$), null, 'their content too');
select alike(given.insert('source_id', $$(select min(id) from crm.sources)$$), '23503 leads_workspace_id_source_id_fkey: %', 'a lead comes from a source of its workspace');
select alike(given.refusal($$insert into crm.leads (workspace_id, name) values (0, 'Asha')$$), 'LD422 workspace_id: There is no workspace 0', 'a lead belongs to a workspace');

-- Assignments, counters, deals.
select given.caller('Kavita'), given.caller('Ravi');
select given.leads('once');
create function given.assign(p_more text default '', p_values text default '') returns text language sql
return given.refusal(format($$insert into crm.lead_assignments (workspace_id, lead_id, caller_id, seq, business_date, assigned_at, assignment_reason, assigned_by%s)
  values (%s, %L, %L, (select max(seq) + 1 from crm.lead_assignments), '2026-01-05', now(), 'x', 'x'%s)$$, p_more, core.current_workspace(), given.lead_id('once'), given.caller_id('Ravi'), p_values));
select alike(given.assign(), '23505 lead_assignments_one_open_key: %', 'a lead has at most one open assignment');
select is(given.assign(', status, ended_at, ended_seq', $$, 'reassigned', now(), 2$$), null, 'and any number of ended ones');
select alike(given.assign(', status', $$, 'reassigned'$$), '23514 lead_assignments_open_while_assigned: %', 'an assignment that is over has an end');
select alike(given.assign(', ended_at, ended_seq', ', now(), 2'), '23514 lead_assignments_open_while_assigned: %', 'one that has an end is over');
select alike(given.assign(', status, ended_at, ended_seq, slot', $$, 'reassigned', now(), 2, 1$$), '23514 lead_assignments_slot_of_deal: %', 'a slot is a slot of a deal');
select alike(given.assign(', status, ended_at', $$, 'reassigned', now()$$), '23514 lead_assignments_ended_by_event: %', 'what ends an assignment is an event');
select alike(given.assign(', ended_seq', ', 2'), '23514 lead_assignments_ended_by_event: %', 'which an open one has not');
select alike(given.assign(', status, ended_at, ended_seq', $$, 'forgotten', now(), 2$$), '23514 lead_assignments_status_known: %', 'an assignment ends reassigned, expired or closed');
select is(given.assign(', status, ended_at, ended_seq, claimed_at', $$, 'closed', now(), 2, now()$$), null, 'a claimed one may be closed');
select alike(given.assign(', status, ended_at, ended_seq, claimed_at', $$, 'expired', now(), 2, now()$$), '23514 lead_assignments_claimed_while_open: %', 'but never expires');
select alike(given.refusal($$delete from crm.leads where workspace_id = core.current_workspace()$$), '23001: DELETE is not allowed on crm.leads', 'a lead cannot be deleted');
select alike(given.refusal($$delete from crm.callers where workspace_id = core.current_workspace()$$), '23503 %', 'a caller who had leads cannot be deleted');
select alike(given.refusal($$update crm.caller_daily_counters set count = -1$$), '23514 caller_daily_counters_some: %',
  'nobody has fewer leads than none');
select alike(given.refusal($$update crm.lead_assignments set duplicate_of = lead_id where deal_id is not null$$), '23514 lead_assignments_duplicate_is_undealt: %', 'a duplicate is not dealt');
select alike(given.refusal($$insert into crm.contact_leads select workspace_id, id, id from crm.leads where workspace_id = core.current_workspace()$$), '23514 contact_leads_further: %', 'a contact''s first lead is not linked to itself');
select alike(given.refusal($$insert into crm.contact_merges select workspace_id, id, id, id from crm.leads where workspace_id = core.current_workspace()$$), '23514 contact_merges_another: %', 'nor is a contact merged into itself');
select alike(given.refusal($$update crm.deals set leads = 0$$), '23514 deals_leads_some: %', 'a deal deals something');
select alike(given.refusal($$update crm.deals set base_seq = id$$), '23514 deals_after_base: %', 'a deal comes after what it was decided on');
select alike(given.refusal($$update crm.leads set state_from = 'state'$$), '23514 leads_state_has_origin: %', 'how a state was found is said of a state only');
select alike(given.refusal($$update crm.leads set state = 'Goa'$$), '23514 leads_state_has_origin: %', 'and of every state');
select alike(given.refusal($$update crm.leads set metadata = '[]'$$), '23514 leads_metadata_object: %', 'metadata are an object');
select alike(given.refusal($$update crm.leads set name = repeat('x', 201)$$), '23514 leads_name_length: %', 'a name has at most 200 letters');

-- What a lead must be, on the way in and later: core.refuse_unfit() tells it as a constraint would.
select alike(given.insert(given, value), '23514 leads_' || rule || ': new row for relation "leads" violates check constraint "leads_' || rule || '"', 'a new lead keeps ' || rule) from (values
  ('source_row_id', $$repeat('x', 201)$$, 'source_row_id_length'), ('external_id', $$repeat('x', 201)$$, 'external_id_length'), ('name', $$repeat('x', 201)$$, 'name_length'),
  ('phone', $$'sealed:' || repeat('x', 34)$$, 'phone_length'), ('email', $$'a@' || repeat('x', 319)$$, 'email_length'), ('lead_source', $$repeat('x', 201)$$, 'lead_source_length'),
  ('city', $$repeat('x', 201)$$, 'city_length'), ('state', $$repeat('x', 201)$$, 'state_given_length'), ('language', $$repeat('x', 101)$$, 'language_length'),
  ('message', $$repeat('x', 10001)$$, 'message_length'), ('metadata', $$'[]'$$, 'metadata_object'),
  ('request_id', $$repeat('x', 101)$$, 'request_id_length')) as t (given, value, rule);
select alike(given.refusal(format('update crm.leads set %s = %s', given, value)), '23514 leads_' || rule || ': %', 'nor does refuse_unfit_lead() let a change break ' || rule) from (values
  ('source_row_id', $$repeat('x', 201)$$, 'source_row_id_length'), ('phone', $$repeat('1', 41)$$, 'phone_length'), ('message', $$repeat('x', 10001)$$, 'message_length'),
  ('state_from', $$'hearsay'$$, 'state_from_known'), ('idempotency_key', $$repeat('x', 301)$$, 'idempotency_key_length'), ('request_id', $$repeat('x', 101)$$, 'request_id_length')) as t (given, value, rule);
select is(given.insert('name, message', $$repeat('आ', 200), repeat('आ', 10000)$$), null, 'letters count, not bytes');
select alike(given.refusal('update crm.workspaces set ' || change), '23514 workspaces_' || rule || ': %', 'refuse_unfit_workspace() keeps ' || rule) from (values
  ($$name = ''$$, 'name_length'), ($$leads_of_gone = 'sell'$$, 'leads_of_gone_known'), ($$leads_of_away = 'sell'$$, 'leads_of_away_known'),
  ($$business_day = '2026-01-05'$$, 'business_day_whole'), ($$placeholders = array(select 'nobody' || n from generate_series(1, 301) n)$$, 'placeholders_count')) as t (change, rule);

-- Rules.
create function given.new_rule(p_columns text, p_values text) returns text language sql
return given.refusal(format('insert into crm.rules (workspace_id, %s) values (%s, %s)', p_columns, core.current_workspace(), p_values));
select is(given.new_rule('step, name', $$3, ' Third '$$), null, 'a rule needs a step and a name');
select is((select name from crm.rules where workspace_id = core.current_workspace() and step = 3), 'Third', 'which prepare_rule() trims');
select alike(given.new_rule('step, name', $$4, ' '$$), '23514 rules_name_length: %', 'an empty one is none');
select alike(given.new_rule('step, name', $$4, 'THIRD'$$), '23505 rules_name_key: %', 'no other rule of the plan has the name, in whichever case');
select alike(given.new_rule('name', $$'Nowhere'$$), '23514 rules_step_while_there: %', 'a rule of the plan has a step');
select alike(given.new_rule('step, name, archived_at', $$4, 'Gone', now()$$), '23514 rules_step_while_there: %', 'an archived one has none');
select is(given.new_rule('name, archived_at', $$'third', now()$$), null, 'and leaves its name to others');
select alike(given.refusal($$do $do$ begin insert into crm.rules (workspace_id, step, name) values (core.current_workspace(), 3, 'Another'); set constraints all immediate; end $do$ $$),
  '23505 rules_step_key: %', 'no two rules have one step');
select is(given.refusal($$do $do$ begin
  update crm.rules set step = 5 - step where workspace_id = core.current_workspace() and step in (2, 3); set constraints all immediate; end $do$ $$), null, 'but they can change places');
set constraints all deferred;
select alike(given.new_rule('step, name, ' || c, format('9, %L, %s', c, v)), '23514 ' || k || ': %', why) from (values
  ('attributes', $$'{city}'$$, 'rules_attributes_known', 'pools are of state, source, language, campaign and team'), ('attributes', $$'{null}'$$, 'rules_attributes_known', 'each by its name'),
  ('strategy', $$'favourites'$$, 'rules_strategy_known', 'a strategy is one of the five'), ('on_exhausted', $$'drop'$$, 'rules_on_exhausted_known', 'a lead goes on or waits'),
  ('claim_minutes', '0', 'rules_claim_minutes_range', 'there is a minute to claim a lead at least'), ('claim_minutes', '10081', 'rules_claim_minutes_range', 'and a week at most'),
  ('most_expiries', '0', 'rules_most_expiries_range', 'somebody is asked'), ('most_expiries', '21', 'rules_most_expiries_range', 'but not for ever')
) as t (c, v, k, why);
select alike(given.new_rule('step, name, condition', format('9, %L, %L', 'no condition', v)), 'LD422 condition%',
  v || ' is no condition')
from unnest(array['"$.city == \"Pune\""', '1', '[]', '{}', '{"match": "all", "terms": []}']) v;
select is(given.new_rule('step, name, condition',
  format('10, %L, %L', 'a condition', given.all(given.term('city', 'is', 'Pune')))), null,
  'a rule may have a condition');
select alike(given.new_rule('step, name, ' || c, format('11, %L, %s', c, v)), r, why) from (values
  ('teams', $$'{a}'::text[] || array_fill('x'::text, '{0}') || array(select 'team ' || n from generate_series(1, 20) n)$$, '23514 rules_teams_count: %', 'a rule has 20 teams at most'),
  ('is_on, old_condition', $$true, '$.a'$$,
    'LD422 condition: The old condition of the rule % cannot be used any more: $.a',
    'an old condition is not switched on'),
  ('attributes, teams', $$'{state}', '{a}'$$,
    'LD422 teams: A rule is for callers who share attributes of the lead, for teams, or for callers by name',
    'a rule says in one way whom it is for')
) as t (c, v, r, why);

-- Callers and people.
select alike(given.refusal($$select given.caller(' ')$$), '23514 callers_name_length: %', 'a caller has a name');
select alike(given.refusal($$select given.caller('Minus', '{}', -1)$$), '23514 callers_daily_limit_range: %', 'a cap is not negative');
select alike(given.refusal(format('update crm.callers set %s where workspace_id = core.current_workspace()', s)), '23514 ' || k || ': %', why) from (values
  ('weight = 0', 'callers_weight_range', 'a caller has a weight'), ('weight = 1001', 'callers_weight_range', 'a thousand at most'), ('max_load = -1', 'callers_max_load_range', 'no load is below nothing'),
  ('max_load = 1001', 'callers_max_load_range', 'nor above what is counted'), ($$team = ' '$$, 'callers_team_length', 'a team has a name'),
  ($$hours = '{[10079,10081)}'$$, 'callers_hours_range', 'hours are minutes of a week'), ($$hours = '{[-1,5)}'$$, 'callers_hours_range', 'which begins at 0')
) as t (s, k, why);
select alike(given.refusal(format($$insert into crm.caller_sources values (core.current_workspace(), given.caller_id('Ravi'), 'x', %s)$$, w)), '23514 caller_sources_weight_range: %', 'no weight of a source is ' || w)
from unnest('{-1,1001}'::int[]) w;
select is(given.refusal($$insert into crm.caller_sources values (core.current_workspace(), given.caller_id('Ravi'), 'x', 0)$$), null, 'but 0 is one');
select alike(given.refusal($$insert into crm.caller_sources values (core.current_workspace(), given.caller_id('Ravi'), ' ', 1)$$), '23514 caller_sources_source_length: %', 'a source has a name');
select alike(given.refusal($$select given.caller('Away', '{}', 0, 'away')$$), '22P02: %', 'a caller is active or paused');
select alike(given.refusal($$select api.create_workspace('Workspace 1', 'Asia/Kolkata', 'IN')$$), '23505 workspaces_name_key: %', 'a workspace''s name is its own');
select alike(given.refusal($$select api.create_source(core.current_workspace(), 'Bot', 'a')$$), '23505 source_keys_token_hash_key: %', 'a token is one source''s');
select ok(api.create_source(core.current_workspace(), 'Sheet', 'c') > 0, 'a source''s name may be another''s in another workspace');
select alike(given.refusal($$select api.create_source(core.current_workspace(), 'Sheet', 'd')$$), '23505 sources_name_key: %', 'but not in the same');
select alike(given.refusal($$select api.create_user(core.current_workspace(), 'nobody', 'N', 'admin', 'x')$$), '23514 users_email_form: %', 'a user has an address');
select alike(given.refusal($$select api.create_user(core.current_workspace(), 'n@example.com', 'N', 'king', 'x')$$), '23514 users_role_known: %', 'a user is an admin, a manager, a caller or an analyst');

-- Ids sort by the time they were made, and are of version 7.
select ok((select bool_and(id > before) from (select id, lag(id) over (order by nr) as before from (select nr, crm.new_id() as id from generate_series(1, 2000) nr) i) p),
  'ids made later sort later');
select matches(crm.new_id()::text, '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', 'an id is a UUID of version 7');
select ok(abs(extract(epoch from now()) - ('x' || lpad(left(replace(crm.new_id()::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0) < 3600,
  'an id begins with the time');

select * from finish();
rollback;
