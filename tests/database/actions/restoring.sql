-- What was archived comes back: a caller, a rule.
begin;
\ir ../given.psql
select * from no_plan();
create function given.plan() returns text language sql as $$
  select string_agg(name, ' ' order by step) from crm.rules where workspace_id = core.current_workspace() and archived_at is null
$$;
select given.workspace(); select given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}');
select api.archive_caller(given.caller_id('Asha'));
select given.leads('a1', 'Goa');
select is(given.callers_of('a1'), '-', 'who is archived gets no lead');
select is(api.restore_caller(given.caller_id('Asha')) ->> 'archived_at', null, 'and comes back');
select given.leads('a2', 'Goa');
select is(given.callers_of('a2'), 'Asha', 'and gets leads again');
select is(given.refusal(format('select api.restore_caller(%L)', given.caller_id('Asha'))), 'LD409: This caller is not archived', 'once');

select given.no_rules(); select given.rule('one'), given.rule('two'), given.rule('three'), given.rule('four');
create temp table rules as select name, id from crm.rules where workspace_id = core.current_workspace() and archived_at is null;
select api.archive_rule(id) from rules where name = 'two';
select is(given.plan(), 'one three four', 'a rule goes');
select is((select api.restore_rule(id) ->> 'step' from rules where name = 'two'), '2', 'and comes back');
select is(given.plan(), 'one two three four', 'where it was');
select is((select given.refusal(format('select api.restore_rule(%L)', id)) from rules where name = 'two'), 'LD409: The rule two is in the plan', 'once');
select api.archive_rule(id) from rules where name = 'four';
select api.archive_rule(id) from rules where name = 'three';
select api.restore_rule(id) from rules where name = 'four';
select is(given.plan(), 'one two four', 'or at the end of a plan that is shorter');
set constraints all immediate;
select is_empty('select violation, detail from routing.verify()', 'which is right');
select * from finish();
rollback;
