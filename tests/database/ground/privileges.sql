-- Who may do what: the gateway has schema api and nothing else, and nothing is for everybody.
begin;
\ir ../given.psql
select * from no_plan();

create temp view ours as
select p.oid, p.pronamespace::regnamespace::text as schema, p.oid::regprocedure::text as name, p.prosecdef, p.proconfig, p.prorettype
from pg_proc p
where p.pronamespace in ('crm'::regnamespace, 'core'::regnamespace, 'routing'::regnamespace, 'api'::regnamespace, 'report'::regnamespace)
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e');

select is_empty($$select name from ours where has_function_privilege('public', oid, 'execute')$$, 'no function is for everybody');
select is_empty($$
  select oid::regclass from pg_class where relnamespace in ('crm'::regnamespace, 'core'::regnamespace, 'routing'::regnamespace, 'api'::regnamespace, 'report'::regnamespace)
    and relkind in ('r', 'v', 'm', 'f', 'p') and has_table_privilege('public', oid, 'select, insert, update, delete, truncate, references, trigger')$$,
  'no table or view is for everybody');
select is_empty($$
  select s from unnest('{crm,routing,api,report,yoyo}'::text[]) s where has_schema_privilege('public', s, 'usage, create')$$, 'no schema is for everybody');

select is_empty($$select name from ours where has_function_privilege('fairlead_gateway', oid, 'execute')$$, 'the gateway''s login may call nothing by itself');
select is_empty($$
  select oid::regclass from pg_class where relnamespace in ('crm'::regnamespace, 'core'::regnamespace, 'routing'::regnamespace, 'api'::regnamespace, 'report'::regnamespace)
    and relkind in ('r', 'v', 'm', 'f', 'p') and has_table_privilege('fairlead_gateway', oid, 'select, insert, update, delete, truncate, references, trigger')$$,
  'nor read or write a table or a view');
select is_empty($$
  select s from unnest('{crm,routing,api,report,yoyo}'::text[]) s where has_schema_privilege('fairlead_gateway', s, 'usage, create')$$,
  'nor even look into a schema');
select ok(not rolsuper and not rolcreaterole and not rolcreatedb and not rolbypassrls and rolcanlogin and not rolinherit, 'the gateway''s login has no other powers, and inherits none')
from pg_roles where rolname = 'fairlead_gateway';
select ok(not rolcanlogin and not rolsuper, 'the owner cannot log in and is no superuser') from pg_roles where rolname = 'fairlead_owner';
select ok(not pg_has_role('fairlead_gateway', 'fairlead_owner', 'member'), 'the gateway cannot become the owner');

select is_empty($$select name from ours where prosecdef and not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false)$$,
  'whatever does more than its caller may pins the search path');
select set_eq($$select split_part(name, '(', 1) from ours where prosecdef and schema <> 'api'$$,
  array['core.current_workspace', 'core.current_caller', 'core.workspaces_in_sight', 'core.moved_time',
    'core.has_lead', 'core.sees_lead', 'core.find_leads',
    'core.contact_json', 'core.name_actor', 'core.claim_lead', 'core.close_lead', 'core.reopen_lead', 'core.edit_lead', 'core.etag_of', 'routing.person_of',
    'core.set_status', 'core.log_activity', 'core.find_tasks', 'core.callers_day', 'core.callers_due', 'core.last_activity', 'core.caller_standings', 'report.figures', 'report.caller_performance'],
  'outside api these do more than their caller may: each looks itself at workspace and sight');

-- The same, tried out.
select given.workspace();
select given.caller('Kavita');
create function given.seen_by_all() returns uuid language sql stable return current_setting('given.lead')::uuid;
select set_config('given.source', api.create_source(core.current_workspace(), 'Sheet', 'token')::text, true);
grant usage on schema given to fairlead_intake, fairlead_manager, fairlead_caller, fairlead_analyst;
grant execute on all functions in schema given to fairlead_intake, fairlead_manager, fairlead_caller, fairlead_analyst;
select given.leads('Dealt');
select set_config('given.lead', given.lead_id('Dealt')::text, true);
set local role fairlead_intake;
select is(given.refusal('select * from crm.leads'), '42501: permission denied for schema crm', 'whoever hands leads in cannot read them');
select is(given.refusal($$insert into crm.leads (workspace_id) values (1)$$), '42501: permission denied for schema crm', 'nor insert one');
select is(given.refusal('select routing.deal_leads(1, null)'), '42501: permission denied for schema routing', 'nor deal');
select is(given.refusal('select * from core.lead_cards'), '42501: permission denied for schema core', 'nor look into the views of core');
select is((select caller_name from api.ingest_leads(jsonb_build_array(jsonb_build_object('source_id', (select current_setting('given.source')), 'name', 'Asha')))),
  'Kavita', 'but hands in a lead, which is stored and dealt');
set local role fairlead_manager;
select is(jsonb_array_length(api.list_leads('{}') -> 'items'), 2, 'which a manager reads');
reset role;
set local fairlead.actor = 'cli';

-- Who acts: the gateway and the owner are believed what they say, a login of its own is not.
select ok(core.is_trusted(), 'is_trusted() for a superuser');
select is(core.acting_role(), session_user, 'acting_role() is the login while no role was taken');
set local role fairlead_caller;
select is(core.acting_role(), 'fairlead_caller', 'and the role once one was');
select ok(core.own_leads_only() and not core.may_act_as('fairlead_manager'), 'own_leads_only() holds for a caller');
select is(core.current_caller(), null, 'current_caller() is nobody for who is no user');
select is(core.current_user_id(), null, 'nor is there a current_user_id()');
select is((select count(*) from core.workspaces_in_sight()), 1::bigint, 'workspaces_in_sight() is one');
select ok(core.sees_workspace(core.current_workspace()) and not core.sees_workspace(0), 'sees_workspace() says so of each');
select is(core.etag_of(0, 'rule', '0'), null, 'and etag_of() tells nothing of another');
select ok(not core.sees_lead(given.seen_by_all()) and not core.has_lead(core.current_workspace(), given.seen_by_all(), null), 'sees_lead() and has_lead() say no for a lead that is somebody else''s');
select is(given.refusal(format('select core.refuse_unseen(%L)', given.seen_by_all())), 'LD404: There is no lead ' || given.seen_by_all(), 'refuse_unseen() says that it is not there');
set local role fairlead_admin;
select ok(core.may_act_as('fairlead_manager') and not core.own_leads_only() and core.sees_lead(given.seen_by_all()), 'an admin is a manager, who sees it');
set local role fairlead_analyst;
select is(core.shown('+919812345678'), '••••••••••678', 'shown() masks a phone for an analyst');
select is(core.shown('asha@example.com'), 'a…@example.com', 'and an address');
reset role;
select is(core.shown('+919812345678'), '+919812345678', 'but not for the owner');

select * from finish();
rollback;
