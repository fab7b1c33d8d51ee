-- If routing itself fails, a lead is stored all the same and waits with the reason; what a retry can cure is passed on.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.caller('Kavita', '{Goa}');
select given.leads('before', 'Goa');
-- One lead by itself and several.
alter function routing.sure_pick(routing.pool[], routing.route, date) rename to sure_pick_that_works;
alter function routing.sure_picks(routing.pool[], routing.route[], date) rename to sure_picks_that_works;
create function routing.sure_pick(p_pools routing.pool[], p_route routing.route, p_date date)
returns routing.pick language plpgsql as $$
begin
  raise exception 'the dog ate it' using errcode = current_setting('given.sqlstate');
end $$;
create function routing.sure_picks(p_pools routing.pool[], p_routes routing.route[], p_date date)
returns routing.pick[] language plpgsql as $$
begin
  raise exception 'the dog ate it' using errcode = current_setting('given.sqlstate');
end $$;

set local given.sqlstate = '22012';
select is(given.refusal($$select given.leads('a b', 'Goa')$$), null, 'a broken rule does not refuse a lead');
select is(given.fate('a'), 'queued: routing_error: the dog ate it', 'it waits, and its reason says what broke');
select is(given.fate('b'), 'queued: routing_error: the dog ate it', 'and so do all of its batch');
select is((select string_agg(kind || ' ' || (data ->> 'reason'), ', ') from crm.events where lead_id = given.lead_id('a')), 'lead.queued routing_error: the dog ate it', 'which is an event');
select is((select count(*) from crm.lead_assignments), 1::bigint, 'nothing is half dealt');
select is(given.refusal(format('select given.leads(%L)', 'lead-' || code)) is null, contained, format('%s is %s', code, case when contained then 'contained' else 'passed on' end))
from (values
  ('22012', true), ('XX000', true), ('42P01', true), ('P0001', true), ('23505', true), ('LD404', true), ('54001', true),
  ('40001', false), ('40P01', false), ('55P03', false), ('57014', false), ('57P01', false), ('53100', false), ('53200', false), ('53300', false), ('58030', false)
) as t (code, contained), lateral (select set_config('given.sqlstate', code, true)) s;
select is((select string_agg(name, ' ' order by name) from crm.leads where name like 'lead-%'), 'lead-22012 lead-23505 lead-42P01 lead-54001 lead-LD404 lead-P0001 lead-XX000',
  'what is contained is stored, what is passed on is not');

-- Through the gateway's function too.
set local given.sqlstate = '22012';
select api.create_source(core.current_workspace(), 'Sheet', 'token');
select results_eq($$select i.assignment_status, i.assignment_reason, i.duplicate
  from api.ingest_leads(jsonb_build_array(jsonb_build_object('source_id', (select source_id from api.find_source('token')), 'name', 'c'))) i$$,
  $$values ('queued', 'routing_error: the dog ate it', false)$$, 'the sender is told that the lead is stored and waits');

-- Repaired.
drop function routing.sure_pick(routing.pool[], routing.route, date);
alter function routing.sure_pick_that_works(routing.pool[], routing.route, date) rename to sure_pick;
drop function routing.sure_picks(routing.pool[], routing.route[], date);
alter function routing.sure_picks_that_works(routing.pool[], routing.route[], date) rename to sure_picks;
select is_empty('select violation, detail from routing.verify()', 'the record is right even so');
select is(api.reassign_lead(given.lead_id('a'), null, 'repaired') ->> 'assignment_reason', 'Goa round robin', 'once repaired the leads can be dealt');
select is(given.callers_of('a b'), 'Kavita -', 'each when asked for');
select is_empty('select violation, detail from routing.verify()', 'and the record is right again');

-- A deal that cannot be written down is as little the lead's fault.
alter table crm.deals add constraint deals_broken check (rule <> 'state') not valid;
select given.leads('d', 'Goa');
select alike(given.fate('d'), 'queued: routing_error: %deals_broken%', 'nor is a record that cannot be kept');
select is_empty('select violation, detail from routing.verify()', 'of which nothing is left behind');

select * from finish();
rollback;
