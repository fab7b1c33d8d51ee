-- Today's numbers, for the page and in the views of schema report.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 23:58:30+05:30');
select is(api.get_overview() - 'per_minute', '{"today": {"received": 0, "assigned": 0, "queued_now": 0}, "callers": []}', 'a new workspace has nothing to tell');
select is((select count(*) || ' ' || sum((m ->> 'leads')::int) || ' ' || max(m ->> 'minute') || ' ' || min(m ->> 'minute') from jsonb_array_elements(api.get_overview() -> 'per_minute') m),
  '60 0 2026-01-05T18:28:00+00:00 2026-01-05T17:29:00+00:00', 'but sixty minutes without a lead');
select given.caller('Asha', '{Goa}', 2), given.caller('Bina', '{}', 0, 'paused'), given.caller('Chitra');
select api.archive_caller(given.caller_id('Chitra'));
select given.leads('yesterday');
select given.now('2026-01-06 00:10:30+05:30');
select given.leads('1 2 3', 'Goa');
select is(api.get_overview() -> 'today', '{"received": 3, "assigned": 2, "queued_now": 1}', 'today''s leads are those since midnight in the workspace');
select is(api.get_overview() -> 'callers', jsonb_build_array(
  jsonb_build_object('id', given.caller_id('Asha'), 'name', 'Asha', 'status', 'active', 'daily_limit', 2, 'assigned_today', 2, 'duplicates_today', 0),
  jsonb_build_object('id', given.caller_id('Bina'), 'name', 'Bina', 'status', 'paused', 'daily_limit', 0, 'assigned_today', 0, 'duplicates_today', 0)), 'each caller who is there, with today''s count');
select is((select jsonb_object_agg(m ->> 'minute', m -> 'leads') from jsonb_array_elements(api.get_overview() -> 'per_minute') m where (m ->> 'leads')::int > 0),
  '{"2026-01-05T18:28:00+00:00": 1, "2026-01-05T18:40:00+00:00": 3}', 'each minute has its leads');

select results_eq($$select name, status::text, states collate "default", daily_limit, assigned_today, percent_of_cap from report.callers_today where workspace_id = core.current_workspace() order by name$$,
  $$values ('Asha', 'active', '{Goa}'::text[], 2, 2, 100::numeric), ('Bina', 'paused', '{}', 0, 0, null)$$, 'a DBA reads each caller''s day');
select given.now('2026-01-06 01:10:30+05:30');
select results_eq($$select name, state collate "default", reason, waiting_for from report.waiting_leads where workspace_id = core.current_workspace()$$,
  $$values ('3', 'Goa', 'No caller free (1 paused, 1 at cap)', interval '1 hour')$$, 'and who waits, why and how long');
select given.workspace();
select is(api.get_overview() -> 'today', '{"received": 0, "assigned": 0, "queued_now": 0}', 'another workspace counts its own');

select * from finish();
rollback;
