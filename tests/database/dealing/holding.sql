-- New leads that nobody is to call yet are held for a manager.
begin;
\ir ../given.psql
select * from no_plan();

select is(core.is_reachable(jsonb_populate_record(null::crm.leads, '{"metadata": {}}'::jsonb || lead::jsonb)), is_reachable, lead) from (values
  ('{"phone": "+919812300001"}', true), ('{"phone": "sealed:1"}', true), ('{"phone": "sealed-1"}', false), ('{"phone": "98100"}', false), ('{"phone": "+12"}', false), ('{"phone": "NA"}', false),
  ('{"email": "a@b.in"}', true), ('{"email": "sealed:1"}', true), ('{"email": "sealed-1"}', false), ('{"email": "none"}', false), ('{}', false), ('{"external_id": "7", "name": "Asha"}', false),
  ('{"metadata": {"WhatsApp Number": "98100 00001"}}', true), ('{"metadata": {"wa_id": 919810000001}}', true), ('{"metadata": {"telegram_username": "@asha_k"}}', true), ('{"metadata": {"Instagram": "asha.k"}}', true),
  ('{"metadata": {"psid": "24681357"}}', true), ('{"metadata": {"whatsapp": "none"}}', false), ('{"metadata": {"whatsapp": ""}}', false), ('{"metadata": {"whatsapp": true}}', false), ('{"metadata": {"whatsapp": {"id": "98100"}}}', false),
  ('{"metadata": {"whatsapp_consent": "9810000001"}}', false), ('{"metadata": {"phone_given": "9999999999"}}', false)) g (lead, is_reachable);
select is(core.is_reachable_by('+919812300001', null) and not core.is_reachable_by(null, null), true, 'is_reachable_by() phone or e-mail');
select is(core.forbids_calls(metadata::jsonb) and core.may_forbid_calls(metadata::jsonb), forbids, metadata) from (values
  ('{"Do not call": "yes"}', true), ('{"do_not_call": true}', true), ('{"DND": 1}', true), ('{"dnc": "X"}', true), ('{"DoNotCall": " YES "}', true), ('{"do_not_contact": "1"}', true),
  ('{"Do not call": "no"}', false), ('{"do_not_call": false}', false), ('{"do_not_call": null}', false), ('{"dnd": ""}', false), ('{"message": "do not call"}', false), ('{}', false)) g (metadata, forbids);

create function given.held() returns text language sql return (
  select string_agg(l.name || ' ' || coalesce(c.name, case when q.is_held then 'held: ' else 'queued: ' end || q.reason), ', ' order by l.id)
  from crm.leads l left join crm.queue q on q.workspace_id = l.workspace_id and q.lead_id = l.id
  left join crm.lead_assignments a on a.workspace_id = l.workspace_id and a.lead_id = l.id and a.ended_at is null
  left join crm.callers c on c.workspace_id = a.workspace_id and c.id = a.caller_id
  where l.workspace_id = core.current_workspace());
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha'), given.caller('Bina');
select api.update_workspace('{"holds_unreachable": true}');
insert into crm.leads (workspace_id, name, phone, email, external_id, metadata)
select core.current_workspace(), g.name, g.phone, g.email, g.external_id, g.metadata::jsonb from (values
  ('a', null::text, null::text, null::text, '{}'), ('b', '9812300001', null, '7', '{}'), ('c', 'NA', 'none', null, '{}'), ('d', null, null, '7', '{}'), ('e', null, null, '8', '{}'),
  ('f', null, 'f@y.in', null, '{"Do not call": "Yes"}'), ('g', null, 'g@y.in', null, '{}'), ('h', '9999999999', null, null, '{"telegram": "@haseeb"}')) g (name, phone, email, external_id, metadata) order by name;
select is(given.held(), 'a held: Nothing to call: no phone, e-mail or message address, b Asha, c held: Nothing to call: no phone, e-mail or message address, d Asha, e held: Nothing to call: no phone, e-mail or message address, '
  'f held: Not to be called, says the sender, g Bina, h Asha', 'who is reached by what the contact is known by is not held');
select results_eq($$select e.data ->> 'held', e.data ->> 'reason' from crm.events e where e.lead_id in (given.lead_id('a'), given.lead_id('f')) order by e.seq$$,
  $$values ('nothing_to_call', core.nothing_to_call()), ('do_not_call', 'Not to be called, says the sender')$$, 'the event says why');
select is((select string_agg(w.code, ' ') from crm.workspaces k cross join lateral routing.why_held(k, (select l from crm.leads l where l.id = given.lead_id('a'))) w where k.id = core.current_workspace()), 'nothing_to_call', 'why_held()');
select is((select core.status_after(e) from crm.events e where e.lead_id = given.lead_id('a')), 'held', 'the audit says held');
select is_empty('select * from routing.explain(given.lead_id(''a''))', 'nobody was considered');
select is_empty('select violation, detail from routing.verify()', 'and the record is right');

-- No tick deals them; a manager does.
select routing.drain_queue(core.current_workspace());
select is((select count(*) from crm.queue where is_held), 4::bigint, 'a tick leaves them');
select api.reassign_lead(given.lead_id('a'), given.caller_id('Bina')), api.hold_lead(given.lead_id('c'), false), api.reassign_lead(given.lead_id('e'), null);
select routing.drain_queue(core.current_workspace());
select matches(given.held(), 'a Bina, b Asha, c \w+, d Asha, e \w+, f held', 'a manager assigns one, releases one, sends one through routing');
select is_empty('select violation, detail from routing.verify()', 'which is right, too');

-- The setting.
select api.update_workspace('{"holds_unreachable": false}');
insert into crm.leads (workspace_id, name, metadata) values (core.current_workspace(), 'i', '{}'), (core.current_workspace(), 'j', '{"dnd": "yes"}');
select matches(given.held(), 'i \w+, j held: Not to be called', 'a workspace may have them assigned all the same');

-- Behind a conflict, and with nobody free.
select api.update_workspace('{"holds_unreachable": true}');
update crm.callers set status = 'paused' where workspace_id = core.current_workspace();
insert into crm.leads (workspace_id, name, phone, email, external_id) values (core.current_workspace(), 'k', null, null, null), (core.current_workspace(), 'l', '9812300041', null, null), (core.current_workspace(), 'm', null, 'm@y.in', null),
  (core.current_workspace(), 'n', '9812300041', 'm@y.in', null), (core.current_workspace(), 'o', null, null, null);
select matches(given.held(), 'k held: Nothing to call.*, l queued: .*, m queued: .*, n queued: .*, o held: Nothing', 'each has its own reason');
select is_empty('select violation, detail from routing.verify()', 'to the end');
select is((select routing.hold_doubtful(w, '{}'::crm.leads[], '{}') from crm.workspaces w where w.id = core.current_workspace()), '{}'::crm.leads[], 'hold_doubtful() of nothing is nothing');
select lives_ok(format('select routing.hold_new_leads(core.current_workspace(), %L, %L, %L, %L)', '{}', '{}', '{}', '{}'), 'hold_new_leads() neither');

select * from finish();
rollback;
