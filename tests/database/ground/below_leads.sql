-- A record below a lead: who has the lead hears of it and sees it, and the lead itself stays as it was.
begin;
\ir ../given.psql
select * from no_plan();

select given.now('2026-01-05 12:00+05:30'), given.workspace(), given.no_rules();
select given.rule('State', '{state}'), given.caller('Ravi', '{Goa}');
select given.leads('Bina', 'Goa'), given.leads('Waits');
select is(given.callers_of('Bina Waits'), 'Ravi -', 'one lead is with Ravi, one with nobody');
select set_config('given.ravi', 'user:' || api.create_user(core.current_workspace(), 'ravi@fairlead.example', 'Ravi', 'caller', 'x'), true);
update crm.users set caller_id = given.caller_id('Ravi') where name = 'Ravi';
select set_config('given.etag', core.etag_of(core.current_workspace(), 'lead', given.lead_id('Bina')::text), true);
create function given.last() returns bigint language sql return (select event_seq from crm.workspaces where id = core.current_workspace());

-- A record made for this test.
create table crm.errands (workspace_id int, id int generated always as identity, lead_id uuid, title text, primary key (workspace_id, id));
create function core.errand_snapshot(p_errand crm.errands) returns jsonb language sql stable
return jsonb_build_object('id', p_errand.id, 'lead_id', p_errand.lead_id, 'title', p_errand.title);
select core.make_record('crm.errands', 'errand', 'core.errand_snapshot(crm.errands)');
insert into crm.errands (workspace_id, lead_id, title) select workspace_id, id, 'Call ' || name from crm.leads where workspace_id = core.current_workspace() order by name;

select is((select string_agg(concat_ws(' ', a.kind, a.about, a.about_name, a.changes), ', ' order by a.seq) from report.audit_log a where a.seq > given.last() - 2),
  'errand.created errand Call Bina [{"after": "Bina", "field": "lead", "before": null}, {"after": "Call Bina", "field": "title", "before": null}], '
  'errand.created errand Call Waits [{"after": "Waits", "field": "lead", "before": null}, {"after": "Call Waits", "field": "title", "before": null}]',
  'it is audited with the name of its lead');
select is(core.etag_of(core.current_workspace(), 'lead', given.lead_id('Bina')::text), current_setting('given.etag'), 'the etag of the lead stays');
select is(core.etag_of(core.current_workspace(), 'errand', id::text), (given.last() - 1)::text, 'its own is the number of its event') from crm.errands where title = 'Call Bina';
select is((select h -> 'data' ->> 'title' from jsonb_array_elements(api.get_lead(given.lead_id('Bina')) -> 'history') h where h ->> 'kind' = 'errand.created'), 'Call Bina',
  'the history of the lead has it');
select is((select string_agg(concat_ws(' ', e.payload ->> 'kind', e.payload ->> 'subject', e.payload -> 'data' ->> 'title', e.payload -> 'lead' ->> 'name',
    (select string_agg(c.name, ' ') from crm.callers c where c.id = any (e.callers))), ', ' order by e.seq)
  from api.read_events(core.current_workspace(), given.last() - 2, 10) e), 'errand.created errand Call Bina Bina Ravi, errand.created errand Call Waits Waits',
  'who has the lead hears of it');

select routing.drain_queue(core.current_workspace());
update crm.errands set title = title || '!';
select ok(not routing.may_drain(core.current_workspace(), core.current_time()), 'the queue is not looked through for it');
delete from crm.errands where title = 'Call Waits!';
select is((select concat_ws(' ', e.kind, e.lead_id = given.lead_id('Waits')) from crm.events e where e.seq = given.last()), 'errand.deleted t', 'its end is of the same lead');
update crm.leads set language = 'Hindi' where name = 'Bina';
select is((select c.name from api.read_events(core.current_workspace(), given.last() - 1, 1) e join crm.callers c on c.id = any (e.callers)), 'Ravi',
  'who has a lead hears that it was edited, too');
select is_empty('select * from routing.verify()', 'the log is whole');

grant usage on schema crm, given to fairlead_caller;
grant select on crm.events to fairlead_caller;
select set_config('fairlead.actor', current_setting('given.ravi'), true);
set local role fairlead_caller;
select is((select string_agg(e.data ->> 'title', ', ' order by e.seq) from crm.events e where e.subject = 'errand'), 'Call Bina, Call Bina!',
  'a caller sees the events of records below the own leads, and of no others');
reset role;

select * from finish();
rollback;
