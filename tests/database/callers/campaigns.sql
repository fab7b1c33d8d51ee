-- Campaigns: whose leads they are, who gets them, when they wait, what is counted, and what is on record of it.
begin;
\ir ../given.psql
select * from no_plan();
create function given.campaign(p_name text) returns crm.campaigns language sql
return routing.find_campaign_named(core.current_workspace(), p_name);
create function given.ids(p_names text) returns uuid[] language sql
return array(select given.caller_id(n) from string_to_table(p_names, ' ') with ordinality as t (n, nr) order by nr);
create function given.works(p_name text) returns jsonb language sql
return (select api.get_caller(given.caller_id(p_name)) -> 'campaigns');
create function given.news(p_after bigint) returns text language sql
return (select string_agg(a.kind || ' ' || a.about_name || coalesce(': ' || (
    select string_agg(concat(c ->> 'field', ' ', c ->> 'before', ' > ', c ->> 'after'), ', ') from jsonb_array_elements(a.changes) c where a.kind <> 'rule.created'), ''), '; ' order by a.seq)
  from report.audit_log a where a.workspace_id = core.current_workspace() and a.seq > p_after and a.kind not like 'lead.%');
create function given.at() returns bigint language sql return (select event_seq from crm.workspaces where id = core.current_workspace());
create function given.told(p_name text) returns text language sql as $$
  select concat_ws(' ', j ->> 'leads', j ->> 'assigned', j ->> 'waiting', j ->> 'closed', j ->> 'leads_today') from jsonb_array_elements(api.list_campaigns()) j where j ->> 'name' = p_name
$$;

select given.now('2026-01-05 12:00+05:30'), given.workspace();
select given.caller('Asha', '{Goa}'), given.caller('Bina', '{Goa}'), given.caller('Chitra', '{Goa}');
create temp table was as select given.at() as seq;

-- Made.
select is(api.create_campaign(jsonb_build_object('name', ' Diwali 2026 ', 'strategy', 'round_robin', 'callers', given.ids('Asha Bina'))) - '{id,etag,created_at,callers,per_day}'::text[],
  '{"name": "Diwali 2026", "key": "diwali-2026", "strategy": "round_robin", "on_exhausted": "queue", "claim_minutes": null, "is_paused": false, "created_by": "cli", "archived_at": null,
  "leads": 0, "assigned": 0, "waiting": 0, "closed": 0, "leads_today": 0}', 'a campaign is made, its name trimmed');
select is(given.news(seq), 'campaign.created Diwali 2026: archived  > false, is_paused  > false, name  > Diwali 2026, on_exhausted  > queue, strategy  > round_robin; rule.created Campaign Diwali 2026; caller.updated Asha: campaigns [] > ["Diwali 2026"]; caller.updated Bina: campaigns [] > ["Diwali 2026"]; campaign.updated Diwali 2026: callers [] > ["Asha", "Bina"]',
  'the log has it, its rule, and each of its callers') from was;
select is(routing.campaign_snapshot(given.campaign('diwali 2026')) - 'campaign_id', '{"name": "Diwali 2026", "archived": false, "strategy": "round_robin", "on_exhausted": "queue", "claim_minutes": null, "is_paused": false}'::jsonb
  || jsonb_build_object('callers', given.ids('Asha Bina')), 'this is what the log keeps of it');
select is(given.refusal(s), refusal, refusal) from (values
  ($$select api.create_campaign('{"name": "DIWALI-2026"}')$$, 'LD409 name: There is a campaign Diwali 2026 already'),
  ($$select api.create_campaign('{"name": " ?! "}')$$, 'LD422 name: The name " ?! " has no letter or digit'),
  ($$select api.create_campaign('{"name": "Holi", "callers": ["00000000-0000-7000-8000-000000000000"]}')$$, 'LD422 callers: There is no caller 00000000-0000-7000-8000-000000000000'),
  ($$select api.get_campaign(0)$$, 'LD404 campaign: There is no campaign 0'), ($$select api.archive_campaign(0)$$, 'LD404 campaign: There is no campaign 0'),
  ($$select api.update_campaign(0, '{}')$$, 'LD404 campaign: There is no campaign 0'), ($$select api.set_campaign_callers(0, '{}')$$, 'LD404 campaign: There is no campaign 0'),
  ($$select routing.find_campaign(core.current_workspace(), null)$$, 'LD404 campaign: There is no campaign <NULL>')
) as t (s, refusal);
select is((given.campaign('Holi')).id, null, 'what is refused leaves no campaign behind');

-- Whose leads go to whom.
select given.lead('a', '{"state": "Goa", "metadata": {"campaign": "diwali-2026", "x": 1}}'), given.lead('b', '{"city": "Pune", "metadata": {"campaign": "Diwali 2026"}}'), given.lead('c', '{"metadata": {"campaign": "DIWALI 2026"}}'),
  given.lead('other', '{"state": "Kerala", "metadata": {"campaign": "Onam"}}'), given.lead('none', '{"state": "Goa"}'), given.lead('number', '{"metadata": {"campaign": 7}}'), given.lead('null', '{"metadata": {"campaign": null}}');
select is(given.callers_of('a b c'), 'Asha Bina Asha', 'leads of a campaign go to its callers before the plan, in whatever spelling');
select is(given.fate(l), f, 'the reason is the campaign, wherever they are from') from (values ('a', 'Asha: Campaign Diwali 2026: round robin'), ('b', 'Bina: Campaign Diwali 2026: round robin')) t (l, f);
select is((select metadata from crm.leads where id = given.lead_id('a')), '{"campaign": "Diwali 2026", "x": 1}', 'and name it by its own name from then on');
select is((api.get_lead(given.lead_id('b'))) -> 'campaign', jsonb_build_object('id', (given.campaign('Diwali 2026')).id, 'name', 'Diwali 2026'), 'a lead shows its campaign');
select is((select count(campaign_id) from crm.leads where id in (given.lead_id('other'), given.lead_id('none'), given.lead_id('number'), given.lead_id('null'))), 0::bigint, 'those of none have none');
select is(given.fate('other'), 'Asha: No Kerala callers: global round robin', 'and go by the plan');
select is((select string_agg(l ->> 'name', ' ') from jsonb_array_elements(api.list_leads(jsonb_build_object('campaign_id', (given.campaign('Diwali 2026')).id)) -> 'items') l), 'c b a', 'leads are found by their campaign');
select is(api.count_leads(jsonb_build_object('campaign_id', (given.campaign('Diwali 2026')).id, 'state', 'Goa')), 1::bigint, 'and counted');
select is((select string_agg(concat_ws(' ', x.step < 0, x.rule, x.pool, x.caller, x.outcome), ', ') from routing.explain(given.lead_id('a')) x), 't Campaign Diwali 2026 campaign:diwali-2026 Asha chosen, t Campaign Diwali 2026 campaign:diwali-2026 Bina later', 'explain() says so');
select is((select string_agg(p ->> 'key', ' ') from jsonb_array_elements(api.list_pools()) p), 'campaign:diwali-2026 state:goa global', 'its pool stands before those of the plan');
select is(routing.held_targets(core.current_workspace(), '{campaign}', (given.campaign('diwali 2026')).id)::text[], '{"(,,,diwali-2026,)"}', 'which is the one that its callers are in');

-- A retry is known though the campaign was made in between.
insert into crm.leads (workspace_id, name, metadata) values (core.current_workspace(), 'early', '{"campaign": "pongal  sale"}');
select is((routing.name_campaign(core.current_workspace(), 'Pongal sale')).name, 'Pongal sale', 'a campaign is made by being named');
insert into crm.leads (workspace_id, name, metadata) values (core.current_workspace(), 'early', '{"campaign": "pongal  sale"}') on conflict do nothing;
select is((select count(*) from crm.leads where name = 'early'), 1::bigint, 'a retry that comes after the campaign was made is known as one');
select is(given.fate('early'), 'Asha: No state or city: global round robin', 'what came before the campaign went by the plan');

-- Nobody works for it, or nobody is free.
select given.lead('nobody', '{"metadata": {"campaign": "Pongal Sale"}}');
select is(given.fate('nobody'), 'Bina: No state or city, No pongal sale callers: global round robin', 'leads of a campaign that nobody works for go by the plan');
select api.set_caller_status(given.caller_id('Asha'), 'paused'), api.set_caller_status(given.caller_id('Bina'), 'paused');
select given.lead('busy', '{"state": "Goa", "metadata": {"campaign": "Diwali 2026"}}');
select is(given.fate('busy'), 'queued: All diwali 2026 callers paused', 'when its callers cannot, its leads wait, though others are free');
select api.update_campaign((given.campaign('Diwali 2026')).id, '{"on_exhausted": "next"}');
select given.lead('on', '{"state": "Goa", "metadata": {"campaign": "Diwali 2026"}}');
select is(given.fate('on'), 'Chitra: All diwali 2026 callers paused: Goa round robin', 'unless it lets them go on');
select api.update_campaign((given.campaign('Diwali 2026')).id, '{"on_exhausted": "queue", "claim_minutes": 5}'), api.set_caller_status(given.caller_id('Asha'), 'active'), api.set_caller_status(given.caller_id('Bina'), 'active'), api.tick();

-- Paused.
create temp table paused_at as select given.at() as seq;
select is(api.update_campaign((given.campaign('Diwali 2026')).id, '{"is_paused": true}') -> 'is_paused', 'true', 'a campaign is paused');
select is(given.news(seq), 'campaign.updated Diwali 2026: is_paused false > true; rule.updated Campaign Diwali 2026: is_paused false > true', 'the log has it') from paused_at;
select given.lead('p1', '{"metadata": {"campaign": "Diwali 2026"}}'), given.lead('p2', '{"state": "Goa", "metadata": {"campaign": "Diwali 2026"}}'), given.lead('free', '{"state": "Goa"}');
select is(given.fate('p1') || ', ' || given.fate('p2'), 'queued: Campaign Diwali 2026 is paused, queued: Campaign Diwali 2026 is paused', 'leads of a paused campaign wait, whoever is free');
select alike(given.fate('free'), '%: Goa round robin', 'others do not');
select api.tick();
select is(given.callers_of('p1 p2'), '- -', 'nor does the tick deal them');
select is((select string_agg(concat_ws(' ', x.rule, x.outcome, x.detail), ', ') from routing.explain(given.lead_id('p2')) x), 'Campaign Diwali 2026 skipped Campaign Diwali 2026 is paused', 'explain() says why, and goes no further');
select is(api.preview_lead('{"metadata": {"campaign": "diwali 2026"}}') ->> 'reason', 'Campaign Diwali 2026 is paused', 'a preview too');
select is((select distinct p ->> 'is_paused' from jsonb_array_elements(api.list_pools()) p where p ->> 'key' = 'campaign:diwali-2026'), 'true', 'and so do the pools');
select is((select s.simulated from routing.simulate(core.current_workspace(), '2026-01-01', '2026-02-01') s where s.caller_id is null), 7::bigint, 'a simulation has campaigns as they are: of this one all leads wait');
select api.set_campaign_callers((given.campaign('Diwali 2026')).id, '{}');
select given.lead('p3', '{"metadata": {"campaign": "Diwali 2026"}}');
select is(given.fate('p3'), 'queued: Campaign Diwali 2026 is paused', 'even while nobody works for it');
select is_empty('select * from routing.verify()', 'verify() finds that right');
select is(given.after(format('update crm.events set data = data || ''{"is_paused": false}'' where seq = %s and workspace_id = %s', (select seq + 2 from paused_at), core.current_workspace()),
  $$select string_agg(distinct violation, ', ') from routing.verify() where violation like 'a rule was%'$$), 'a rule was passed over though its pool had a free caller', 'and finds it when a lead waited that had not to');
select is(given.after(format('update crm.events set data = data || ''{"is_paused": true}'' where kind = ''rule.created'' and data ->> ''campaign_id'' = %L', (given.campaign('Diwali 2026')).id),
  $$select string_agg(distinct violation, ', ') from routing.verify() where violation like 'a lead%'$$), 'a lead went on from a rule that keeps it in the queue', 'or when one was dealt by a paused rule');
select is(given.after(format('update crm.leads set campaign_id = null where id = %L', given.lead_id('a')),
  $$select string_agg(distinct violation, ', ') from routing.verify() where violation like '%rule that was not for it'$$), 'a lead was dealt by a rule that was not for it', 'or when a campaign''s rule dealt what was none of its leads');
select api.set_campaign_callers((given.campaign('Diwali 2026')).id, given.ids('Chitra Bina')), api.update_campaign((given.campaign('Diwali 2026')).id, '{"is_paused": false}'), api.tick();
select is(given.callers_of('p1 p2 p3'), 'Chitra Bina Chitra', 'when it goes on the tick deals them, oldest first');

-- A rule of the plan is paused in the same way.
select api.update_rule(r.id, routing.rule_json(r) || '{"is_paused": true}') from crm.rules r where r.workspace_id = core.current_workspace() and r.name = 'state';
select given.lead('ruled', '{"state": "Goa"}'), given.lead('stateless');
select is(given.fate('ruled'), 'queued: Rule state is paused', 'leads wait at a paused rule of the plan');
select alike(given.fate('stateless'), '%global round robin', 'those it is not for do not');
select is(routing.describe_paused('state', null), 'Rule state is paused', 'in these words');
select api.update_rule(r.id, routing.rule_json(r) || '{"is_paused": false}') from crm.rules r where r.workspace_id = core.current_workspace() and r.name = 'state';
select api.tick();

-- The plan is its own.
select is((select string_agg(concat_ws(' ', r ->> 'step', r ->> 'name'), ', ') from jsonb_array_elements(api.list_rules()) r), '1 state, 2 global', 'the rules of campaigns are not of the plan');
select is((api.create_rule('{"name": "Campaign Diwali 2026"}')) -> 'step', '2',
  'a new one comes among them, and may have the name of one of those');
select is(given.refusal(format('select %s', call)), 'LD404: There is no rule ' || r.id, 'nor changed with it') from crm.rules r, lateral (values
  (format('api.archive_rule(%L)', r.id)), (format('api.update_rule(%L, ''{"name": "x"}'')', r.id)), (format('api.get_rule(%L)', r.id))) t (call)
  where r.workspace_id = core.current_workspace() and r.campaign_id = (given.campaign('Diwali 2026')).id;
select is(core.complete_snapshot('rule', '{"name": "x", "is_paused": true}'),
  '{"name": "x", "is_paused": true, "campaign_id": null, "teams": [], "callers": [], "old_condition": null}',
  'an older event of a rule is completed');

-- Callers name campaigns.
create temp table named_at as select given.at() as seq;
select is(api.update_caller(given.caller_id('Asha'), '{"name": "Asha", "campaigns": ["Onam", " ONAM", "Diwali-2026", "?"]}') -> 'campaigns', '["Diwali 2026", "Onam"]', 'a caller is given campaigns by name');
select is(given.news(seq), 'campaign.created Onam: archived  > false, is_paused  > false, name  > Onam, on_exhausted  > queue, strategy  > random; rule.created Campaign Onam; caller.updated Asha: campaigns [] > ["Diwali 2026", "Onam"], states ["Goa"] > []; campaign.updated Diwali 2026: callers ["Bina", "Chitra"] > ["Asha", "Bina", "Chitra"]; campaign.updated Onam: callers [] > ["Asha"]', 'the one that was not there is made') from named_at;
select is(api.update_caller(given.caller_id('Asha'), '{"name": "Asha", "campaigns": ["onam"]}') -> 'campaigns', '["Onam"]', 'what is not named is given up');
select is(cardinality(routing.read_campaigns(core.current_workspace(), '{"campaigns": ["Onam", "onam"]}')), 1, 'each campaign is read once');
select is(routing.assign_callers(given.campaign('Onam'), given.ids('Asha Bina Bina')), 1, 'assign_callers() counts who is new');
select is(given.works('Bina'), '["Diwali 2026", "Onam"]', 'names are in the order of their keys');
select is(concat_ws(' ', r.step, r.name, r.strategy), concat_ws(' ', -g.id, 'Campaign Onam', 'random'), 'rule_for() is the rule it is made with') from given.campaign('Onam') g, routing.rule_for(g, null) r;
select routing.deal_campaign(given.campaign('Onam'), 'weighted');
select is((select string_agg(r.strategy, ' ') from crm.rules r where r.campaign_id = (given.campaign('Onam')).id), 'weighted', 'deal_campaign() sets the strategy');
select is((routing.name_campaign(core.current_workspace(), 'ONAM', 'random')).name, 'Onam', 'so does whoever names it with another');
select is(api.get_campaign((given.campaign('Onam')).id) ->> 'strategy', 'random', 'from then on');
select given.caller('Deepa'), given.works_for('Deepa', '{Old}');
select is(api.get_campaign((given.campaign('Old')).id) -> 'strategy', 'null', 'a campaign older than their rules has none');
select is(routing.campaign_json(given.campaign('Old')) - '{id,etag,created_at}'::text[], '{"name": "Old", "key": "old", "strategy": null, "on_exhausted": null, "claim_minutes": null, "is_paused": false, "created_by": "cli", "archived_at": null}', 'which is told');
select is((api.set_campaign_callers((given.campaign('Old')).id, given.ids('Asha'))) ->> 'strategy', 'random', 'it gets one with its first callers');

-- Counts.
select api.close_lead(given.lead_id('a')), api.close_lead(given.lead_id('p2'));
select given.now('2026-01-06 12:00+05:30');
select given.lead('today', '{"metadata": {"campaign": "diwali 2026"}}');
select is(given.told('Diwali 2026'), (select concat_ws(' ', count(*), count(*) filter (where l.assignment_status = 'assigned'), count(*) filter (where l.assignment_status = 'queued'), count(*) filter (where l.assignment_status = 'closed'), 1)
  from core.lead_cards l where l.campaign_id = (given.campaign('Diwali 2026')).id), 'the list counts leads where they are');
select is((select count(*) from routing.campaign_counts(core.current_workspace(), (given.campaign('Diwali 2026')).id)), 1::bigint, 'those of one campaign by themselves too');
select is((select string_agg(concat_ws(' ', c ->> 'name', c ->> 'leads', c ->> 'open', c ->> 'closed', c ->> 'leads_today'), ', ') from jsonb_array_elements(routing.campaign_callers(given.campaign('Diwali 2026'))) c),
  (select string_agg(concat_ws(' ', c.name, n.had, n.had - n.closed, n.closed, n.today), ', ' order by c.name)
   from crm.callers c cross join lateral (
     select count(*) as had, count(l.closed_at) as closed, count(*) filter (where l.assigned_at >= '2026-01-06 00:00+05:30') as today
     from core.lead_cards l where l.caller_id = c.id and l.campaign_id = (given.campaign('Diwali 2026')).id) n where c.name in ('Bina', 'Chitra')), 'each caller with the leads had');
select is((select jsonb_agg(d) from jsonb_array_elements(routing.campaign_days(given.campaign('Diwali 2026'))) d where d -> 'leads' <> '0'), '[{"date": "2026-01-05", "leads": 8}, {"date": "2026-01-06", "leads": 1}]', 'and leads by day');
select is(jsonb_array_length(api.get_campaign((given.campaign('Diwali 2026')).id) -> 'per_day'), 30, 'of thirty days');
select is((api.get_campaign(id) ->> 'etag') = (select api.get_campaign(id) ->> 'etag' from given.lead('etag', '{"metadata": {"campaign": "diwali 2026"}}')), true, 'its etag stays while leads come in') from given.campaign('Diwali 2026');
select isnt(api.set_campaign_callers(id, '{}') ->> 'etag', e, 'and changes with its callers') from given.campaign('Diwali 2026') g, lateral (select api.get_campaign(g.id) ->> 'etag' as e) t;

-- Ended.
select api.set_campaign_callers((given.campaign('Diwali 2026')).id, given.ids('Asha Bina')), api.update_campaign((given.campaign('Diwali 2026')).id, '{"is_paused": true}');
select given.lead('last', '{"metadata": {"campaign": "diwali 2026"}}');
create temp table over as select g.id, given.at() as seq from given.campaign('Diwali 2026') g;
select is(api.archive_campaign(id) ->> 'archived_at', '2026-01-06T06:30:00+00:00', 'a campaign is archived') from over;
select alike(given.news(seq), 'campaign.archived Diwali 2026: archived false > true, callers ["Asha", "Bina"] > []; caller.updated Asha: campaigns [%; caller.updated Bina: campaigns [%; rule.archived Campaign Diwali 2026: %', 'nobody works for it any more') from over;
select is((select count(*) from crm.campaign_assignees where campaign_id = id), 0::bigint, 'not even by the table') from over;
select lives_ok(format('select api.archive_campaign(%s)', id), 'twice is once') from over;
select is(given.refusal(format('select api.%s', call)), 'LD409 campaign: The campaign Diwali 2026 is archived', 'it is not changed any more') from over, lateral (values
  (format('update_campaign(%s, ''{}'')', id)), (format('set_campaign_callers(%s, ''{}'')', id))) t (call);
select api.tick();
select alike(given.fate('last'), '%global round robin', 'its leads that waited go by the plan');
select isnt((api.create_campaign('{"name": "Diwali 2026"}') ->> 'id')::int, id, 'its name is free for another') from over;
select given.lead('new', '{"metadata": {"campaign": "diwali 2026"}}');
select is((select campaign_id from crm.leads where name = 'new'), (given.campaign('diwali 2026')).id, 'whose leads are then its own');
select is((select string_agg(j ->> 'name', ' ' order by j ->> 'name') from jsonb_array_elements(api.list_campaigns()) j), 'Diwali 2026 Old Onam Pongal sale', 'the list has those that run');
select is_empty('select * from routing.verify()', 'verify() finds nothing wrong');
update crm.campaigns set name = 'Odd' where name = 'Old';
select is((select e.kind || ' ' || (e.data ->> 'name') from crm.events e where e.kind like 'campaign.%' order by e.seq desc limit 1), 'campaign.updated Odd', 'a plain update is on record too');

select * from finish();
rollback;
