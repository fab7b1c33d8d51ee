-- routing.explain() says what happened to every candidate, as of the moment it was decided.
begin;
\ir ../given.psql
select * from no_plan();

create function given.explained(p_name text) returns setof text language sql as $$
  select concat_ws(' | ', step, rule, pool, place, caller, outcome, detail) from routing.explain(given.lead_id(p_name)) order by step, place
$$;

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
select given.leads('nobody');
select results_eq($$select given.explained('nobody')$$, $$values ('2 | global | global | 1 | skipped | no callers')$$, 'that there was nobody');

select given.caller('Asha', '{Goa}', 1), given.caller('Bina', '{Goa}', 0, 'paused'), given.caller('Chitra', '{Goa}'), given.caller('Deepa', '{Goa}'), given.caller('Esha', '{Kerala}');
select given.leads('g1 g2 g3', 'Goa');
select results_eq($$select given.explained('g1')$$, $$values
  ('1 | state | state:goa | 1 | Asha | chosen | next in turn'),
    ('1 | state | state:goa | 2 | Chitra | later | 2nd in turn'),
  ('1 | state | state:goa | 3 | Deepa | later | 3rd in turn'),
    ('1 | state | state:goa | 4 | Bina | skipped | paused')$$,
    'who was next, who would have come later, and who was skipped');
select results_eq($$select given.explained('g2')$$, $$values
  ('1 | state | state:goa | 1 | Chitra | chosen | next in turn'),
    ('1 | state | state:goa | 2 | Deepa | later | 2nd in turn'),
  ('1 | state | state:goa | 3 | Bina | skipped | paused'), ('1 | state | state:goa | 4 | Asha | skipped | at cap 1 of 1')$$, 'within a batch each lead as if it came alone');
select results_eq($$select given.explained('g3')$$, $$values
  ('1 | state | state:goa | 1 | Deepa | chosen | next in turn'),
    ('1 | state | state:goa | 2 | Chitra | later | 2nd in turn'),
  ('1 | state | state:goa | 3 | Asha | skipped | at cap 1 of 1'), ('1 | state | state:goa | 4 | Bina | skipped | paused')$$, 'the circle as it stood');

select given.leads('b1', 'Bihar');
select results_eq($$select given.explained('b1')$$, $$values
  ('1 | state | state:bihar | 1 | skipped | no callers'),
  ('2 | global | global | 1 | Chitra | chosen | next in turn'),
    ('2 | global | global | 2 | Deepa | later | 2nd in turn'), ('2 | global | global | 3 | Esha | later | 3rd in turn'),
  ('2 | global | global | 4 | Asha | skipped | at cap 1 of 1'), ('2 | global | global | 5 | Bina | skipped | paused')$$, 'every rule tried, the passed ones first');
select given.leads('n1');
select is((select string_agg(distinct rule, ' ') from routing.explain(given.lead_id('n1'))), 'global', 'a lead without a state tries no state');

select api.set_caller_status(c, 'paused') from (select given.caller_id(n) as c from unnest('{Chitra,Deepa,Esha}'::text[]) n) t;
select given.leads('q1', 'Goa');
select results_eq($$select given.explained('q1')$$, $$values
  ('1 | state | state:goa | 1 | Asha | skipped | at cap 1 of 1'), ('1 | state | state:goa | 2 | Bina | skipped | paused'), ('1 | state | state:goa | 3 | Chitra | skipped | paused'), ('1 | state | state:goa | 4 | Deepa | skipped | paused'),
  ('2 | global | global | 1 | Asha | skipped | at cap 1 of 1'), ('2 | global | global | 2 | Bina | skipped | paused'), ('2 | global | global | 3 | Chitra | skipped | paused'), ('2 | global | global | 4 | Deepa | skipped | paused'),
  ('2 | global | global | 5 | Esha | skipped | paused')$$, 'why a lead waits');

-- The same for ever, whatever changes.
create temp table before as select l.name, x.* from crm.leads l cross join lateral routing.explain(l.id) x where l.workspace_id = core.current_workspace();
select api.set_caller_status(given.caller_id('Bina'), 'active'), api.archive_caller(given.caller_id('Deepa'), 'keep'),
  api.update_caller(given.caller_id('Asha'), '{"name": "Asha", "states": ["Bihar"], "daily_limit": 50}');
select given.now('2026-01-06 12:00+05:30');
select given.caller('Farah', '{Goa,Bihar}'), given.leads('later1 later2 later3', 'Goa');
select set_eq($$select l.name, x.* from crm.leads l cross join lateral routing.explain(l.id) x where l.name not like 'later%'$$, 'table before', 'an explanation does not change with the callers or the day');

-- By hand.
select api.reassign_lead(given.lead_id('g1'), given.caller_id('Bina'), 'knows her');
select results_eq($$select given.explained('g1')$$, $$values ('0 | by hand | 1 | Bina | chosen | Given by cli, before with Asha: knows her')$$, 'what was decided by hand says so');
select api.reassign_lead(given.lead_id('g1'), null, null);
select is((select string_agg(caller || ' ' || outcome, ', ') from routing.explain(given.lead_id('g1')) where outcome = 'chosen'), given.callers_of('g1') || ' chosen', 'given back through routing it is explained like any other');
select is((select array_agg(distinct step) from routing.explain(given.lead_id('g1'))), array[1], 'by the rule that placed it');

select throws_ok($$select * from routing.explain('00000000-0000-7000-8000-000000000000')$$, 'LD404', null, 'what is no lead has no explanation');
select is_empty($$
  select l.name from crm.lead_assignments a join crm.leads l on l.id = a.lead_id
  where a.ended_at is null and a.caller_id <> all (select x.caller_id from routing.explain(l.id) x where x.outcome = 'chosen')$$, 'whoever has a lead is the one chosen');
select is_empty($$
  select x.caller, l.name from crm.leads l cross join lateral routing.explain(l.id) x group by l.name, x.step, x.caller having count(*) > 1$$, 'nobody is named twice by a rule');

-- Where the circle stood within a deal.
create function given.free_at(p_deal crm.deals) returns routing.member[] language sql as $$
  select f.members from routing.free_members_at(array[row(1, p_deal.workspace_id, p_deal.base_seq, p_deal.pool,
    p_deal.strategy, p_deal.dealt_at, p_deal.local_time, '{}', p_deal.local_time::date)::routing.probe]) f
$$;
select is(routing.pointer_before_slot(d, 1, given.free_at(d)), d.pointer_before, 'before the first slot the circle stands where the deal found it') from crm.deals d where d.pointer_before is not null limit 1;
select is((select name from crm.callers where id = routing.pointer_before_slot(d, 2, given.free_at(d))), 'Asha', 'before the second at who got the first')
from crm.deals d where d.pool = 'state:goa' and d.leads = 3 order by id limit 1;
select is((select concat_ws(' ', c.name, m.turns, m.given, m.load) from unnest(given.free_at(d)) m join crm.callers c on c.id = m.caller_id order by c.id limit 1), 'Asha 1 0 0',
  'free_members_at() says who was free when a deal began')
from crm.deals d where d.pool = 'state:goa' and d.leads = 3 order by id limit 1;
select is(concat_ws(' ', m.at, m.local_time, m.slot, m.by_hand, m.reason), '2026-01-05 06:30:00+00 2026-01-05 12:00:00 2 f Goa round robin', 'last_decision() says when and how a lead came to where it is')
from routing.last_decision(given.lead_id('g2')) m;

select is_empty($$select * from routing.explain_before_plan(routing.last_decision(given.lead_id('g2')))$$, 'explain_before_plan() has nothing of a lead that the rules dealt');
select set_eq($$select * from routing.explain_plan(routing.last_decision(given.lead_id('g2')))$$, $$select * from routing.explain(given.lead_id('g2'))$$, 'explain_plan() has all of it');
select is((select string_agg(t.step || ' ' || t.pool, ', ' order by t.step) from routing.rules_tried(routing.last_decision(given.lead_id('b1')), null) t), '1 state:bihar, 2 global',
  'rules_tried() are those that were for the lead');

-- What is said for and against a candidate.
select is(routing.describe_candidate(standing, strategy, turn, 3, 5, 2, 8, 4, 9), words, coalesce(words, standing)) from (values
  ('paused', 'weighted', 1, 'paused'), ('away', 'random', 1, 'away'), ('off hours', 'round_robin', 1, 'off hours'), ('let it expire', 'random', 1, 'let it expire'),
  ('at cap', 'random', 1, 'at cap 3 of 5'), ('at max load', 'random', 1, 'at max load 2 of 8'),
  ('free', 'weighted', 1, 'weight 4 of 9'), ('free', 'weighted_random', 1, 'chance 4 in 9'),
    ('free', 'random', 1, 'in this round'), ('free', 'least_loaded', 1, '2 open of 8'),
  ('free', 'round_robin', 1, 'next in turn'), ('free', 'round_robin', 3, '3rd in turn'),
    (null, 'round_robin', 1, 'no callers')
) as t (standing, strategy, turn, words);
select is(routing.describe_candidate('free', 'least_loaded', 1, 0, 0, 2, 0, 1, 1), '2 open', 'a load without a limit is a number');

select * from finish();
rollback;
