-- What a request brings about can be found by its id, and how a workspace stands is told in numbers.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.now('2026-01-05 12:00+05:30');
create function given.requests(p_after bigint) returns text language sql
return (select string_agg(concat_ws(' ', e.kind, e.request_id), ', ' order by e.seq) from crm.events e where e.workspace_id = core.current_workspace() and e.seq > p_after);
create function given.ingest(p_leads jsonb) returns bigint language sql
return (
  select count(*) from api.ingest_leads((
    select jsonb_agg(l || jsonb_build_object('source_id', (select s.id from crm.sources s where s.workspace_id = core.current_workspace()))) from jsonb_array_elements(p_leads) l)));
select api.create_source(core.current_workspace(), 'Sheet', 'sheet');
create temp table before as select event_seq as seq from crm.workspaces where id = core.current_workspace();

select is(core.current_request(), null, 'a plain session is in no request');
select api.create_caller('{"name": "Kavita", "daily_limit": 2}');
set local fairlead.request_id = 'ab-1';
select is(core.current_request(), 'ab-1', 'a request has the id the gateway gave it');
select api.set_caller_status(given.caller_id('Kavita'), 'paused');
select api.set_caller_status(given.caller_id('Kavita'), 'active');
select given.leads('form');
set local fairlead.request_id = '';
select is(given.requests(seq), 'caller.created, caller.updated ab-1, caller.updated ab-1, lead.assigned ab-1', 'which its events have, those of leads too') from before;
select is((select request_id from crm.leads where name = 'form'), 'ab-1', 'and its leads');
set local fairlead.request_id = 'x';
select is(length(core.current_request()), 100, 'an endless id is cut off') from set_config('fairlead.request_id', repeat('x', 101), true);
set local fairlead.request_id = '';

-- Many requests in one batch, each with its own.
update before set seq = (select event_seq from crm.workspaces where id = core.current_workspace());
select is(given.ingest('[{"name": "1", "phone": "+911000000001", "request_id": "r1"}, {"name": "2", "email": "b@example.com", "request_id": "r2"},
  {"name": "3", "phone": "+911000000001", "email": "b@example.com", "request_id": "r3"}, {"name": "4"}, {"name": "5", "request_id": "r5"}]'), 5::bigint, 'leads of several requests come in one batch');
select is((select string_agg(concat_ws(' ', l.name, l.request_id), ', ' order by l.name) from crm.leads l where l.workspace_id = core.current_workspace()),
  '1 r1, 2 r2, 3 r3, 4, 5 r5, form ab-1', 'each keeps the request that brought it in');
select is(given.requests(seq), 'lead.assigned r1, lead.queued r2, contact.conflict r3, lead.assigned r3, lead.queued, lead.queued r5', 'and so do its events, whatever is decided') from before;

-- What happens to a lead later is not the doing of the request that brought it in.
update before set seq = (select event_seq from crm.workspaces where id = core.current_workspace());
set local fairlead.request_id = 'ab-2';
select api.update_caller(given.caller_id('Kavita'), (select routing.caller_json(c) from routing.caller_cards c where c.id = given.caller_id('Kavita')) || '{"daily_limit": 3}');
set local fairlead.request_id = '';
select api.tick();
select is(given.requests(seq), 'caller.updated ab-2, lead.assigned, alert.raised', 'a waiting lead dealt by the tick is of no request') from before;
update before set seq = (select event_seq from crm.workspaces where id = core.current_workspace());
set local fairlead.request_id = 'ab-3';
select api.reassign_lead(given.lead_id('2'), null, null);
select is(given.requests(seq), 'lead.reassigned ab-3, lead.assigned ab-3',
  'and one given back is of that which gave it back') from before;
set local fairlead.request_id = '';

-- A failing plan loses no lead, and no request either.
update before set seq = (select event_seq from crm.workspaces where id = core.current_workspace());
create or replace function routing.pick_callers(p_workspace_id int, p_leads crm.leads[], p_now timestamptz,
  p_local timestamp, p_refused uuid[], p_date date default null, p_are_alone boolean default false,
  out pools routing.pool[], out picks routing.pick[])
language plpgsql stable as $$ begin raise 'broken'; end $$;
select is(given.ingest('[{"name": "6", "request_id": "r6"}, {"name": "7", "request_id": "r7"}]'), 2::bigint, 'where routing fails leads are stored');
select is(given.requests(seq), 'lead.queued r6, lead.queued r7', 'with their requests') from before;

-- Numbers for /metrics.
create function given.metrics() returns jsonb language sql
return jsonb_path_query_first(api.read_metrics(), '$[*] ? (@.id == $id)', jsonb_build_object('id', core.current_workspace()));
select is(given.metrics(), (select core.workspace_metrics(w) from crm.workspaces w where w.id = core.current_workspace()), 'workspace_metrics() is what read_metrics() tells of a workspace');
select is(given.metrics() - 'id' - 'last_event',
  '{"waiting": 4, "held": 0, "waiting_since": "2026-01-05T06:30:00+00:00", "last_lead_at": "2026-01-05T06:30:00+00:00",
  "standings": {"at cap": 1}, "open_leads": 4, "assigned_today": 3, "daily_limit": 3}',
    'queue, callers, caps and the newest lead');
select is((given.metrics() ->> 'last_event')::bigint, api.last_event(core.current_workspace()), 'and the newest event');
select api.create_caller('{"name": "Ravi"}'), api.create_caller('{"name": "Gone", "daily_limit": 5}'), api.hold_lead(given.lead_id('4'), true);
select api.archive_caller(given.caller_id('Gone'));
select is(given.metrics() -> 'standings', '{"free": 1, "at cap": 1}', 'who is archived is not counted');
select is(given.metrics() -> 'held', '1', 'a lead held back is counted apart');
select given.workspace();
select is(given.metrics() - 'id' - 'last_event', '{"waiting": 0, "held": 0, "waiting_since": null, "last_lead_at": null, "standings": {}, "open_leads": 0, "assigned_today": 0, "daily_limit": 0}', 'a new workspace is all noughts');

select * from finish();
rollback;
