-- Pools: the callers who have all that a rule asks a lead for.
begin;
\ir ../given.psql
select * from no_plan();

-- Keys.
select is(core.slug(given), slug, format('"%s" is %s in a key', given, slug)) from (values
  ('Tamil Nadu', 'tamil-nadu'), ('  Google   Ads ', 'google-ads'), ('GOOGLE_ADS', 'google-ads'), ('google-ads', 'google-ads'), ('Jammu & Kashmir', 'jammu-kashmir'), ('a:b,c', 'a-b-c'), ('-', ''), ('हिन्दी', 'हिन्दी')
) as t (given, slug);
select is(core.slug(null), null, 'nothing has no slug');
select is(routing.pool_key('Goa', 'Google Ads', 'Hindi', 'Diwali 2026', 'East'), 'state:goa,source:google-ads,language:hindi,campaign:diwali-2026,team:east', 'a key names what its callers have, always in this order');
select is(routing.pool_key(null, 'Google Ads'), 'source:google-ads', 'and that alone');
select is(routing.pool_key(null, null, null, null, null), 'global', 'everybody''s pool is the global one');

select is(routing.has_all(row('Goa', null, 'Hindi', null, null)::routing.target, attributes), expected, why) from (values
  ('{}'::text[], true, 'a rule that asks for nothing is for every lead'), ('{state}', true, 'a lead has what it says'), ('{state,language}', true, 'all of it'),
  ('{source}', false, 'not what it does not say'), ('{state,source}', false, 'some is not all'), ('{campaign}', false, 'no campaign'), ('{team}', false, 'no team')
) as t (attributes, expected, why);
select is(routing.narrow_target(row('Goa', 'Google Ads', 'Hindi', 'Diwali', 'East')::routing.target, attributes)::text, target, 'of a lead, a rule by ' || attributes::text || ' sees this much') from (values
  ('{}'::text[], '(,,,,)'), ('{state}', '(Goa,,,,)'), ('{source}', '(,google-ads,,,)'), ('{language,state}', '(Goa,,hindi,,)'), ('{campaign}', '(,,,diwali,)'), ('{team}', '(,,,,east)'),
  ('{state,source,language,campaign,team}', '(Goa,google-ads,hindi,diwali,east)')
) as t (attributes, target);
select given.workspace();
select is(routing.target_of(jsonb_populate_record(null::crm.leads, '{"workspace_id": 1, "lead_source": "Form", "state": "Goa", "language": "Hindi", "metadata": {"campaign": "C", "team": "T", "x": 1}, "campaign_id": 7}'))::text,
  '(Goa,Form,Hindi,C,T)', 'campaign and team are told by the metadata');

-- Who is in a pool.
select given.caller('Asha', '{Goa,Kerala}'), given.caller('Bina', '{Goa}'), given.caller('Chitra'), given.caller('Deepa', '{Goa}');
select given.change('Asha', $$languages = '{Hindi,English}', team = 'East', weight = 4$$), given.change('Bina', $$languages = '{ HINDI }', team = 'east'$$),
  given.change('Chitra', $$languages = '{hindi}'$$), given.change('Deepa', $$languages = '{Hindi}', team = 'East'$$),
  given.works_for('Asha', '{Diwali 2026}'), given.works_for('Bina', '{Holi}'), given.works_for('Chitra', '{DIWALI-2026,Holi}'), given.works_for('Deepa', '{Diwali 2026}');
select given.competence('Asha', 'Google Ads', 3), given.competence('Bina', 'google_ads', 2), given.competence('Chitra', 'Website', 1), given.competence('Bina', 'Website', 0), given.competence('Deepa', 'Google Ads', 5);
select api.archive_caller(given.caller_id('Deepa'));
create function given.pool(p_attributes text, p_lead jsonb) returns text language sql as $$
  select coalesce((
    select string_agg(m.name || '*' || m.weight, ' ' order by m.caller_id)
    from routing.pool_members(core.current_workspace(), 'weighted', '{}', '{}', array[routing.narrow_target(
      row(p_lead ->> 'state', p_lead ->> 'source', p_lead ->> 'language', p_lead ->> 'campaign', p_lead ->> 'team')::routing.target, p_attributes::text[])], core.current_time(), '2026-01-05') m), '-')
$$;
select is(given.pool(attributes, lead::jsonb), pool, why) from (values
  ('{}', '{"state": "Goa"}', 'Asha*4 Bina*1 Chitra*1', 'everybody who is there is in the global pool, with the own weight'),
  ('{state}', '{"state": "Goa"}', 'Asha*4 Bina*1', 'who serves the state is in its pool'), ('{state}', '{"state": "Kerala"}', 'Asha*4', 'of each state served'), ('{state}', '{"state": "Bihar"}', '-', 'a state nobody serves has nobody'),
  ('{source}', '{"source": "Google Ads"}', 'Asha*3 Bina*2', 'who is competent is in the pool of a source, with the weight for it'),
  ('{source}', '{"source": " GOOGLE   ads"}', 'Asha*3 Bina*2', 'however the source is spelt'), ('{source}', '{"source": "Website"}', 'Chitra*1', 'weight 0 is no competence'), ('{source}', '{"source": "Bot"}', '-', 'nor is none at all'),
  ('{language}', '{"language": "Hindi"}', 'Asha*4 Bina*1 Chitra*1', 'who speaks it is in the pool of a language, however it is spelt'), ('{language}', '{"language": "ENGLISH"}', 'Asha*4', 'in whichever case'), ('{language}', '{"language": "Hind"}', '-', 'a part of a word is not the word'),
  ('{campaign}', '{"campaign": "Diwali 2026"}', 'Asha*4 Chitra*1', 'who works for it is in the pool of a campaign'), ('{campaign}', '{"campaign": "holi"}', 'Bina*1 Chitra*1', 'of each campaign worked for'),
  ('{team}', '{"team": "EAST"}', 'Asha*4 Bina*1', 'who is of the team is in its pool'), ('{team}', '{"team": "West"}', '-', 'a team without members has none'),
  ('{state,language}', '{"state": "Kerala", "language": "hindi"}', 'Asha*4', 'who has all of it is in a pool of several'), ('{state,language}', '{"state": "Goa", "language": "english"}', 'Asha*4', 'whatever else the others have'),
  ('{state,campaign}', '{"state": "Kerala", "campaign": "holi"}', '-', 'if nobody has all of it, nobody is'), ('{source,campaign}', '{"source": "google ads", "campaign": "diwali 2026"}', 'Asha*3', 'with the weight for the source'),
  ('{state,source,language,campaign,team}', '{"state": "Goa", "source": "Google Ads", "language": "Hindi", "campaign": "Holi", "team": "east"}', 'Bina*2', 'all five at once')
) as t (attributes, lead, pool, why);

insert into crm.caller_sources values (core.current_workspace(), given.caller_id('Asha'), 'GOOGLE-ADS', 9);
select is(given.pool('{source}', '{"source": "google ads"}'), 'Asha*9 Bina*2', 'of two spellings of one source the larger weight counts');
delete from crm.caller_sources where source = 'GOOGLE-ADS';

-- Several targets at once, as a rule finds them.
create function given.found(p_rule text, p_targets routing.target[]) returns setof text language sql as $$
  select concat_ws(' | ', f.key, f.rule, f.step, f.strategy, f.label, (select string_agg(c.name, ' ' order by c.id) from unnest(f.members) m join crm.callers c on c.id = m.caller_id),
    (select string_agg(c.name || ' ' || (s ->> 'why'), ', ') from jsonb_array_elements(f.skipped) s join crm.callers c on c.id = (s ->> 'caller_id')::uuid), f.why_not, 'ends here: ' || f.ends_here)
  from crm.rules r cross join lateral routing.find_pools(r.workspace_id, r, p_targets, core.current_time(), '2026-01-05 12:00', '{}') with ordinality f
  where r.name = p_rule and r.workspace_id = core.current_workspace() order by f.ordinality
$$;
select given.rule('by source and language', '{source,language}', 'weighted_random', p_on_exhausted => 'queue');
select results_eq($$select given.found('by source and language', array[row(null, 'website', 'hindi', null, null), row(null, 'bot', 'hindi', null, null), row(null, 'google-ads', 'hindi', null, null)]::routing.target[])$$, $$values
  ('source:website,language:hindi | by source and language | 3 | weighted_random | website hindi weighted random | Chitra | ends here: false'),
  ('source:bot,language:hindi | by source and language | 3 | weighted_random | bot hindi weighted random | No bot hindi callers | ends here: false'),
  ('source:google-ads,language:hindi | by source and language | 3 | weighted_random | google ads hindi weighted random | Asha Bina | ends here: false')$$, 'find_pools() answers in the order asked; a pool without callers keeps no lead');
select api.set_caller_status(given.caller_id('Chitra'), 'paused');
select results_eq($$select given.found('by source and language', array[row(null, 'website', 'hindi', null, null)]::routing.target[])$$, $$values
  ('source:website,language:hindi | by source and language | 3 | weighted_random | website hindi weighted random | Chitra paused | All website hindi callers paused | ends here: true')$$, 'one whose callers are all busy does, if its rule says so');
select is_empty($$select given.found('state', '{}')$$, 'nobody asked, nobody found');
select results_eq($$select standing from routing.pool_members(core.current_workspace(), 'random', '{}', '{}', array[row(null, null, null, null, null)::routing.target], core.current_time(), '2026-01-05', array[given.caller_id('Bina'), given.caller_id('Chitra')]) m order by m.caller_id$$,
  $$values ('free'), ('let it expire'), ('let it expire')$$, 'pool_members() says who is not asked again');
select is((select string_agg(m.name || ' ' || m.load, ' ' order by m.caller_id)
  from routing.pool_members(core.current_workspace(), 'least_loaded', '{}', '{}',
  array[row(null, null, null, null, null)::routing.target], core.current_time(), '2026-01-05') m),
  'Asha 0 Bina 0 Chitra 0', 'and the load where it matters');
-- The pool of one plain target, by itself and among several.
select is(routing.is_plain(r, row(t.state, t.source, t.language, t.campaign, t.team)::routing.target), t.is_plain, 'is_plain() ' || t.why)
from (select x from crm.rules x where x.workspace_id = core.current_workspace() limit 1) r (r), (values
  ('Goa', null, null, null, null, true, 'a state'), (null, null, null, null, null, true, 'everybody'), ('Goa', 'bot', null, null, null, false, 'not a source'),
  (null, null, 'hindi', null, null, false, 'nor a language'), (null, null, null, 'holi', null, false, 'nor a campaign'), (null, null, null, null, 'east', false, 'nor a team')
) as t (state, source, language, campaign, team, is_plain, why);
select is(routing.find_pool(r.workspace_id, r, t, core.current_time(), '2026-01-05 12:00', array[given.caller_id('Asha')])::text,
  (array(select f from routing.find_pools(r.workspace_id, r, array[t, row('Bihar', null, null, null, null)::routing.target], core.current_time(), '2026-01-05 12:00', array[given.caller_id('Asha')]) f))[1]::text,
  format('find_pool() finds what find_pools() finds among several: %s, %s', r.name, (t).state))
from crm.rules r, (values (row('Goa', null, null, null, null)::routing.target), (row('Kerala', null, null, null, null)::routing.target), (row(null, null, null, null, null)::routing.target)) as v (t)
where r.workspace_id = core.current_workspace() and not r.is_paused;
select api.set_caller_status(given.caller_id('Chitra'), 'active');

-- Leads find the pools.
select given.workspace(), given.no_rules();
select given.rule('exact', '{state,language}'), given.rule('site', '{source}'), given.rule('camp', '{campaign}'), given.rule('team', '{team}'), given.rule('speak', '{language}');
select given.caller('Asha', '{Goa}'), given.caller('Bina'), given.caller('Chitra'), given.caller('Deepa'), given.caller('Esha');
select given.change('Asha', $$languages = '{Hindi}'$$), given.competence('Bina', 'Google Ads'), given.works_for('Chitra', '{Diwali}'), given.change('Deepa', $$team = 'North West'$$), given.change('Esha', $$languages = '{Tamil,हिन्दी}'$$);
select given.lead('both', '{"state": "goa", "language": " HINDI"}'), given.lead('source', '{"source": "google  ADS", "state": "Goa"}'), given.lead('campaign', '{"metadata": {"campaign": "DIWALI"}}'),
  given.lead('team', '{"metadata": {"team": "north-west"}}'), given.lead('language', '{"language": "tamil", "state": "Goa"}'), given.lead('script', '{"language": "हिन्दी"}'), given.lead('nothing'), given.lead('odd', '{"metadata": {"campaign": {"name": "Diwali"}, "team": 5}}'),
  given.lead('kerala', '{"state": "Kerala", "language": "Hindi"}');
select is(given.callers_of('both source campaign team language script nothing odd kerala'), 'Asha Bina Chitra Deepa Esha Esha - - Asha', 'each lead goes to who has what it asks for');
select is(given.fate('both'), 'Asha: Goa hindi round robin', 'the reason names all of it');
select is(given.fate('source'), 'Bina: google ads round robin', 'without a language a lead passes the rule on by language');
select is(given.fate('team'), 'Deepa: No state or city: north west round robin', 'the reason names a team');
select is(given.fate('nothing'), 'queued: No rule applies', 'a lead that says nothing passes all of them');
select is(given.fate('odd'), 'queued: No 5 callers', 'nor does what is no text keep a lead from being stored');
select is(given.fate('kerala'), 'Asha: No Kerala hindi callers: hindi round robin', 'a pool without callers is passed over');
select results_eq($$select pool collate "default" from crm.deals where workspace_id = core.current_workspace() order by id$$,
  $$values ('state:goa,language:hindi'), ('source:google-ads'), ('campaign:diwali'), ('team:north-west'), ('language:tamil'), ('language:हिन्दी'), ('language:hindi')$$, 'each pool is known by its key');
select results_eq($$select key collate "default", dealt from crm.rr_pointers where workspace_id = core.current_workspace() order by key$$,
  $$values ('campaign:diwali', 1::bigint), ('language:hindi', 1), ('language:tamil', 1), ('language:हिन्दी', 1), ('source:google-ads', 1), ('state:goa,language:hindi', 1), ('team:north-west', 1)$$, 'and has a pointer of its own');
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

-- Pools of teams, and of callers by name.
select given.workspace(), given.no_rules();
select given.caller('Asha'), given.caller('Bina'), given.caller('Chitra'), given.caller('Deepa');
select given.change('Asha', $$team = 'North West'$$), given.change('Bina', $$team = 'north-west'$$),
  given.change('Chitra', $$team = 'South'$$);
insert into crm.rules (workspace_id, step, name, condition, teams, callers, strategy) values
  (core.current_workspace(), 1, 'nobody', given.all(given.term('language', 'is', 'none')), '{East}', '{}', 'random'),
  (core.current_workspace(), 2, 'team', given.all(given.term('language', 'is', 'one')), '{North West}', '{}',
    'round_robin'),
  (core.current_workspace(), 3, 'teams', given.all(given.term('language', 'is', 'two')), '{North-West,South}',
    '{}', 'weighted'),
  (core.current_workspace(), 4, 'three', given.all(given.term('language', 'is', 'named')), '{}',
    array[given.caller_id('Bina'), given.caller_id('Deepa')], 'round_robin'),
  (core.current_workspace(), 5, 'rest', null, '{}', array[given.caller_id('Deepa')], 'round_robin');
select is(routing.team_keys('{South,North West}'), '{team:north-west,team:south}',
  'team_keys() are what their callers have');
select results_eq($$select rule, replace(pool, rule_id::text, 'id') collate "default", label, string_agg(caller, ' ' order by caller_id) from routing.pools where workspace_id = core.current_workspace() group by step, rule, rule_id, pool, label order by step$$, $$values
  ('team', 'team:north-west', 'North West', 'Asha Bina'),
    ('teams', 'team:north-west|team:south', 'North-West or South', 'Asha Bina Chitra'),
    ('three', 'callers:id', 'three', 'Bina Deepa'), ('rest', 'callers:id', 'rest', 'Deepa')$$,
  'a team without callers has no pool; pool_key_of() and describe_pool() name the others');
select given.lead('one' || n, '{"language": "one"}') from generate_series(1, 2) n;
select given.lead('two' || n, '{"language": "two"}') from generate_series(1, 3) n;
select given.lead('named' || n, '{"language": "named"}') from generate_series(1, 3) n;
select given.lead('none1', '{"language": "none"}');
select is(given.callers_of('one1 one2'), 'Asha Bina', 'a team takes its leads in turn');
select is((select string_agg(distinct c, ' ' order by c) from string_to_table(given.callers_of('two1 two2 two3'),
  ' ') c), 'Asha Bina Chitra', 'two teams are one pool, with any strategy');
select is(given.callers_of('named1 named2 named3 none1'), 'Bina Deepa Bina Deepa',
  'callers by name take theirs; a pool without callers passes leads on');
select is(given.fate('one1'), 'Asha: No state or city: North West round robin', 'the reason names the team');
select is(given.fate('named1'), 'Bina: No state or city: three: round robin', 'or the rule that names the callers');
select is(given.fate('none1'), 'Deepa: No state or city, No East callers: rest: round robin',
  'and the team that nobody is in');
select is(array(select routing.is_member(k, p) from (values ('{team:a}'::text[], 'team:a|team:b'),
  ('{team:c,state:goa}', 'team:a|team:b'), ('{}', 'team:a|team:b')) t (k, p)), '{t,f,f}',
  'who is of any of the teams is in their pool');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Whom a rule named then, the log says.
update crm.rules set callers = array[given.caller_id('Chitra'), given.caller_id('Deepa')] where name = 'three'
  and workspace_id = core.current_workspace();
select given.lead('named4', '{"language": "named"}');
select api.archive_caller(given.caller_id('Chitra'), 'keep');
select given.lead('named5', '{"language": "named"}'), given.change('Bina', $$team = null$$),
  given.lead('one3', '{"language": "one"}');
select is(given.callers_of('named4 named5 one3'), 'Chitra Deepa Asha', 'one who is archived is no member');
select is((select string_agg(distinct x.caller, ' ' order by x.caller) from routing.explain(given.lead_id('named1')) x)
  || ', ' || (select string_agg(distinct x.caller, ' ' order by x.caller)
  from routing.explain(given.lead_id('named4')) x), 'Bina Deepa, Chitra Deepa',
  'an explanation is of the callers then');
update crm.callers set daily_limit = 1 where workspace_id = core.current_workspace();
select given.lead('named6', '{"language": "named"}');
select is(given.fate('named6'), 'queued: All named callers at their cap',
  'a pool of callers by name says that it is full');
update crm.rules set is_paused = true where name = 'three' and workspace_id = core.current_workspace();
select given.lead('named7', '{"language": "named"}');
select is(given.fate('named7'), 'queued: Rule three is paused', 'or paused');
select is_empty('select violation, detail from routing.verify()', 'the record is right after all of it');

select * from finish();
rollback;
