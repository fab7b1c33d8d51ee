-- From the plan to the picks: who gets which lead, and how it is written down.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select results_eq('select step, name, attributes, strategy, on_exhausted, condition, claim_minutes from routing.plan where workspace_id = core.current_workspace() order by step',
  $$values (1, 'state', array['state'], 'round_robin', 'next', null::jsonb, null::int), (2, 'global', array[]::text[], 'round_robin', 'next', null, null)$$, 'first the state''s callers in turn, then everybody');

select given.caller('Asha', '{Goa}', 2), given.caller('Bina', '{Goa,Kerala}', 0, 'paused'), given.caller('Chitra', '{Goa,Kerala}', 1), given.caller('Deepa', '{Kerala}'), given.caller('Esha');
select api.archive_caller(given.caller_id('Esha'));
insert into crm.caller_daily_counters values (core.current_workspace(), given.caller_id('Chitra'), '2026-01-05', 1), (core.current_workspace(), given.caller_id('Asha'), '2026-01-05', 1);

create function given.members(p_state text, p_date date) returns setof text language sql as $$
  select concat_ws(' ', m.name, m.standing, m.given, 'of', m.daily_limit, 'leaves', case t.turns when 2147483647 then 'any' else t.turns::text end)
  from routing.pool_members(core.current_workspace(), 'round_robin', '{}', '{}',
    array[row(p_state, null, null, null, null)::routing.target],
    p_date::timestamp at time zone 'Asia/Kolkata', p_date) m
  cross join lateral (select routing.turns_left(m.daily_limit, m.given, m.max_load, m.load) as turns) t
  order by m.caller_id
$$;
select results_eq($$select given.members('Goa', '2026-01-05')$$,
  $$values ('Asha free 1 of 2 leaves 1'), ('Bina paused 0 of 0 leaves any'), ('Chitra at cap 1 of 1 leaves 0')$$, 'members of a state''s pool, each as they stand');
select results_eq($$select given.members('Goa', '2026-01-06')$$,
  $$values ('Asha free 0 of 2 leaves 2'), ('Bina paused 0 of 0 leaves any'), ('Chitra free 0 of 1 leaves 1')$$, 'another day is another count');
select results_eq($$select given.members(null, '2026-01-05')$$,
  $$values ('Asha free 1 of 2 leaves 1'), ('Bina paused 0 of 0 leaves any'), ('Chitra at cap 1 of 1 leaves 0'), ('Deepa free 0 of 0 leaves any')$$, 'everybody but the archived is in the global pool');
select is_empty($$select given.members('Bihar', '2026-01-05')$$, 'a state nobody serves has no members');

create function given.pools(p_rule text, p_states text[]) returns setof text language sql as $$
  select concat_ws(' | ', f.step, f.rule, f.key, f.label, f.strategy,
    coalesce((select string_agg(c.name, ' ' order by c.id) from unnest(f.members) m join crm.callers c on c.id = m.caller_id), '-'),
    (select string_agg(c.name || ' ' || (k ->> 'why') || ' ' || (k ->> 'given') || '/' || (k ->> 'limit'), ', ' order by c.id)
     from jsonb_array_elements(f.skipped) k join crm.callers c on c.id::text = k ->> 'caller_id'),
    f.why_not)
  from crm.rules p
  cross join lateral routing.find_pools(core.current_workspace(), p, array(select row(s, null, null, null, null)::routing.target from unnest(p_states) s),
    '2026-01-05 12:00+05:30', '2026-01-05 12:00', '{}') f
  where p.name = p_rule and p.workspace_id = core.current_workspace()
$$;
select set_eq($$select given.pools('state', '{Goa,Kerala,Bihar}')$$, $$values
  ('1 | state | state:goa | Goa round robin | round_robin | Asha | Bina paused 0/0, Chitra at cap 1/1'),
  ('1 | state | state:kerala | Kerala round robin | round_robin | Deepa | Bina paused 0/0, Chitra at cap 1/1'),
  ('1 | state | state:bihar | Bihar round robin | round_robin | - | No Bihar callers')$$, 'a rule finds the pools of its targets, with who is free and who is not');
select set_eq($$select given.pools('global', array[null]::text[])$$, $$values
  ('2 | global | global | global round robin | round_robin | Asha Deepa | Bina paused 0/0, Chitra at cap 1/1')$$, 'the last rule finds everybody');

-- Picking.
create function given.picked(p_names text, p_date date default '2026-01-05') returns text language sql as $$
  select string_agg(l.name || '>' || coalesce(c.name || '#' || k.slot, '-') || '(' || k.reason || ')', ' ' order by k.nr)
  from routing.pick_callers(core.current_workspace(), given.rows(p_names), p_date::timestamp at time zone 'Asia/Kolkata', p_date, '{}') d,
    unnest(d.picks) with ordinality as k (lead_id, pool, slot, caller_id, duplicate_of, reason, nr)
  join crm.leads l on l.id = k.lead_id left join crm.callers c on c.id = k.caller_id
$$;
set local session_replication_role = replica;  -- leads that nobody dealt yet
insert into crm.leads (workspace_id, id, name, state, state_from, created_at)
select core.current_workspace(), crm.new_id(), n, case left(n, 1) when 'g' then 'Goa' when 'k' then 'Kerala' when 'b' then 'Bihar' end, case when left(n, 1) <> 'n' then 'state' end, now()
from unnest('{g1,g2,g3,k1,k2,b1,n1,n2}'::text[]) n;
set local session_replication_role = origin;
select is(given.picked('k1 g1 k2'), 'k1>Deepa#1(Kerala round robin) g1>Asha#1(Goa round robin) k2>Deepa#2(Kerala round robin)', 'each lead gets the next slot of its pool');
select is(given.picked('g1 g2'), 'g1>Asha#1(Goa round robin)', 'picks end where a pool runs out');
select is(given.picked('g1 n1 n2'), 'g1>Asha#1(Goa round robin)', 'and where a caller would go over the cap by another pool');
select is(given.picked('n1 g1'), 'n1>Asha#1(No state or city: global round robin)', 'in whichever order the pools come');
select is(given.picked('b1 n1', '2026-01-06'), 'b1>Asha#1(No Bihar callers: global round robin) n1>Chitra#2(No state or city: global round robin)', 'what falls through shares the next pool''s slots');
select is(given.picked('n2 n1', '2026-01-06'), 'n2>Asha#1(No state or city: global round robin) n1>Chitra#2(No state or city: global round robin)', 'leads are taken in the order given');
select is(given.picked(''), null, 'no leads, no picks');
select is((select count(*) from crm.lead_assignments) + (select count(*) from crm.queue) + (select count(*) from crm.deals), 0::bigint, 'picking writes nothing');
update crm.callers set status = 'paused' where workspace_id = core.current_workspace();
select is(given.picked('g1 n1'), 'g1>-(All callers paused) n1>-(All callers paused)', 'whom nobody can take is picked for the queue');
update crm.callers set status = 'active' where name <> 'Bina' and archived_at is null and workspace_id = core.current_workspace();

-- Dealing goes on picking until every lead has its place, and writes it all down.
select given.now('2026-01-05 12:00+05:30');
create temp table before as select event_seq from crm.workspaces where id = core.current_workspace();
select routing.deal_leads(core.current_workspace(), given.rows('g1 g2 n1 k1 b1'));
select is(given.callers_of('g1 g2 n1 k1 b1'), 'Asha Deepa Deepa Deepa Deepa', 'who reached the cap gets no more');
select is(given.fate('g2'), 'Deepa: No Goa caller free (2 at cap, 1 paused): global round robin', 'and the reason says so');
select results_eq($$
  select d.rule, d.pool collate "default", d.leads, p.name, a.name, d.local_time, jsonb_array_length(d.skipped), d.dealt_at
  from crm.deals d left join crm.callers p on p.id = d.pointer_before join crm.callers a on a.id = d.pointer_after order by d.id$$, $$values
  ('state', 'state:goa', 1, null, 'Asha', '2026-01-05 12:00'::timestamp, 2, '2026-01-05 12:00+05:30'::timestamptz),
  ('global', 'global', 3, null, 'Deepa', '2026-01-05 12:00', 3, '2026-01-05 12:00+05:30'),
  ('state', 'state:kerala', 1, null, 'Deepa', '2026-01-05 12:00', 2, '2026-01-05 12:00+05:30')$$, 'a deal keeps its rule, pool, pointer, time and whom it skipped');
select results_eq($$select r.key collate "default", c.name from crm.rr_pointers r join crm.callers c on c.id = r.last_caller_id order by r.key$$,
  $$values ('global', 'Deepa'), ('state:goa', 'Asha'), ('state:kerala', 'Deepa')$$, 'each pool''s pointer is at who was dealt to last');
select results_eq($$select c.name, d.count from crm.caller_daily_counters d join crm.callers c on c.id = d.caller_id order by c.id$$,
  $$values ('Asha', 2), ('Chitra', 1), ('Deepa', 4)$$, 'each caller''s day is counted');
select results_eq($$select e.kind, l.name, c.name, e.actor, e.seq - b.event_seq from before b, crm.events e join crm.leads l on l.id = e.lead_id left join crm.callers c on c.id = e.caller_id order by e.seq$$, $$values
  ('lead.assigned', 'g1', 'Asha', 'cli', 1::bigint), ('lead.assigned', 'g2', 'Deepa', 'cli', 2), ('lead.assigned', 'n1', 'Deepa', 'cli', 3),
  ('lead.assigned', 'k1', 'Deepa', 'cli', 4), ('lead.assigned', 'b1', 'Deepa', 'cli', 5)$$, 'each lead is an event, in the order of dealing');
select is_empty($$select * from crm.lead_assignments a where assigned_by <> 'routing' or assigned_at <> '2026-01-05 12:00+05:30' or business_date <> '2026-01-05' or status <> 'assigned'$$,
  'assignments say that routing made them, and when');

-- A thousand leads and more.
select given.now('2026-01-07 12:00+05:30');
insert into crm.leads (workspace_id, name) select core.current_workspace(), 'many ' || nr from generate_series(1, 2500) nr;
select results_eq($$select c.name, d.count from crm.caller_daily_counters d join crm.callers c on c.id = d.caller_id where d.date = '2026-01-07' order by c.id$$,
  $$values ('Asha', 2), ('Chitra', 1), ('Deepa', 2497)$$, 'an insert of any size is dealt whole');
select is((select sum(leads)::int from crm.deals where local_time::date = '2026-01-07'), 2500, 'and every lead of it is some deal''s');

-- Queued when nobody is left, and out of the queue when somebody is.
update crm.callers set status = 'paused' where workspace_id = core.current_workspace();
select routing.deal_leads(core.current_workspace(), given.rows('n2'));
select is(given.fate('n2'), 'queued: All callers paused', 'a lead whom nobody can take waits');
select is((select e.data ->> 'reason' from crm.events e where e.lead_id = given.lead_id('n2') and e.kind = 'lead.queued'), 'All callers paused', 'which is an event too');
update crm.callers set status = 'active' where name = 'Deepa' and workspace_id = core.current_workspace();
select routing.deal_leads(core.current_workspace(), given.rows('n2'));
select is(given.fate('n2'), 'Deepa: No state or city: global round robin', 'it is dealt again when asked for');
select is_empty('select * from crm.queue', 'and waits no more');
select throws_ok('select routing.deal_leads(0, array[]::crm.leads[])', 'LD404', 'There is no workspace 0', 'only a workspace''s leads are dealt');
select routing.record_picks(core.current_workspace(), '2026-01-07 13:00+05:30', '2026-01-07 13:00', '{}', array[row(given.lead_id('k2'), null, null, null, null, 'because')::routing.pick]);
select is(given.fate('k2'), 'queued: because', 'a pick for nobody is a place in the queue');
select is((select queued_at from crm.queue), '2026-01-07 13:00+05:30', 'since then');

-- A lead on its way.
select given.workspace();
select given.caller('Asha', '{Goa}', 1), given.caller('Bina');
select given.lead('goa', '{"state": "Goa", "language": "Hindi"}'), given.lead('kerala', '{"state": "Kerala"}'), given.lead('nothing');
create temp table way as select routing.begin_routes(core.current_workspace(), given.rows('goa kerala nothing'),
  core.current_time(), '{}', '{language}') as routes;
select results_eq($$select (r.target).state, r.facts -> 'language' ->> 'text', r.place, r.pool, r.is_done from way, unnest(routes) r$$, $$values
  ('Goa', 'hindi', null, null::int, false), ('Kerala', null, null, null, false),
    (null, null, 'No state or city', null, false)$$, 'begin_routes() sets every lead out');
select is((select bool_or(r.facts is not null)
  from unnest(routing.begin_routes(core.current_workspace(), given.rows('goa'), core.current_time(), '{}', '{}'))
  r), false, 'without facts if no condition asks');
create temp table step as select t.* from way, crm.rules s, routing.try_rule(s.workspace_id, s, '{}', way.routes, core.current_time(), '2026-01-06 12:00', '{}') t where s.name = 'state' and s.workspace_id = core.current_workspace();
select results_eq($$select r.pool, r.why_not, r.is_done from step, unnest(routes) r$$, $$values (1, '{}'::text[], true), (null, '{No Kerala callers}', false), (null, '{}', false)$$, 'try_rule() stops who finds a free caller, and says why the others go on');
select is((select string_agg(p.key || case when p.members is null then '' else '*' end, ' ' order by p.key) from step, unnest(pools) p), 'state:goa* state:kerala', 'and which pools it found') where (select (pools)[1].key from step) = 'state:goa';
select is((select string_agg(k.caller_id::text || k.slot, ' ') from step, unnest(routing.sure_picks(step.pools, step.routes, '2026-01-06')) k where k.caller_id is not null),
  (select m.caller_id || '1' from step, unnest((step.pools)[(step.routes)[1].pool].members) m), 'sure_picks() gives it the slot') where (select (pools)[(routes)[1].pool].key from step) = 'state:goa';
select is((select string_agg(concat_ws(' ', s.nr, s.pool, s.slot, s.taken), ', ' order by s.nr) from step, routing.slot_leads(step.pools, step.routes, '2026-01-06') s), '1 1 1 1, 2 1 0, 3 2 0',
  'slot_leads() gives a slot to each lead that has a pool');
select results_eq($$select f.nr, f.caller_id is not null, f.leader, f.duplicate_of = given.lead_id('goa') from routing.find_followers(array(
    select jsonb_populate_record(r, jsonb_build_object('contact_id', given.lead_id('goa')) || case when r.lead_id = given.lead_id('nothing')
      then jsonb_build_object('duplicate_of', given.lead_id('goa'), 'caller_id', given.caller_id('Asha')) else '{}' end) from step, unnest(routes) r)) f$$,
  $$values (2::bigint, false, 1::bigint, true), (3::bigint, true, 1::bigint, true)$$, 'find_followers() names who goes where another lead of the contact goes');

-- A lead by itself goes the same way.
select results_eq(
  $$select routing.sure_pick(step.pools, jsonb_populate_record(null::routing.route, to_jsonb(r)), '2026-01-06')::text from step, unnest(routes) r order by r.lead_id$$,
  $$select row(k.*)::routing.pick::text from step, unnest(routing.sure_picks(step.pools, step.routes, '2026-01-06')) k order by k.lead_id$$,
  'sure_pick() decides of a lead by itself what sure_picks() decides of it among others');
select is((select (k).reason from step, routing.sure_pick(step.pools, jsonb_populate_record((step.routes)[1], jsonb_build_object('caller_id', given.caller_id('Asha'))), '2026-01-06') k),
  routing.describe_duplicate(), 'and sends it to the caller who has an open lead of its contact');
select is((select routing.begin_route(g, '{language}')::text from unnest(given.rows('goa')) g), (select r::text from way, unnest(routes) r where r.lead_id = given.lead_id('goa')),
  'begin_route() sets a lead out that is alone with its contact');

-- What deal_contacts() has to ask of few leads only.
select is(routing.is_doubtful(jsonb_populate_record(null::crm.leads, lead::jsonb)), is_doubtful, 'is_doubtful() ' || why) from (values
  ('{"phone": "+919812300001", "metadata": {}, "is_test": false}', false, 'not where there is a phone'), ('{"metadata": {}, "is_test": false}', true, 'where nothing reaches it'),
  ('{"phone": "+919812300001", "metadata": {}, "is_test": true}', true, 'of a test')) as t (lead, is_doubtful, why);

-- record_deal(): what is stored of a pool's deal, and where its pointer is then.
select routing.record_deal(core.current_workspace(), p, 1000000, 999999, array[given.caller_id('Asha')], '2026-01-06 12:00+05:30', '2026-01-06 12:00', '2026-01-06')
from step, unnest(step.pools) p where p.key = 'state:goa' limit 1;
select results_eq($$select d.pool::text collate "C", d.leads, d.pointer_after, r.last_caller_id, r.dealt - d.dealt_before from crm.deals d join crm.rr_pointers r on r.workspace_id = d.workspace_id and r.key = d.pool where d.id = 1000000 and d.workspace_id = core.current_workspace()$$,
  $$values ('state:goa' collate "C", 1, given.caller_id('Asha'), given.caller_id('Asha'), 1::bigint)$$, 'a deal moves the pointer of its pool by the leads it gave');

select * from finish();
rollback;
