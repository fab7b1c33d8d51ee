-- Deliveries: every event that a destination wants, at least once, in the order of each lead, until delivered or given up.
begin;
\ir ../given.psql
select * from no_plan();

create function given.at(p_time text) returns void language sql as $$
  select given.now('2026-01-05 ' || p_time || '+05:30');
  select api.tick();
$$;
create function given.destination(p_name text, p_events text[] default '{*}', p_kind text default 'webhook', p_address text default 'https://example.com/hook') returns int language sql
return (api.create_destination(jsonb_build_object('name', p_name, 'kind', p_kind, 'address', p_address, 'events', p_events)) ->> 'id')::int;
create function given.destination_id(p_name text) returns int language sql
return (select id from crm.destinations where name = p_name and workspace_id = core.current_workspace());
create function given.event(p_kind text, p_lead text default null) returns void language sql as $$
  select core.write_event(core.current_workspace(), p_kind, given.lead_id(p_lead), null, '{}')
$$;
-- "a lead.assigned waiting, - alert.raised delivered": deliveries to a destination in the order of events.
create function given.deliveries(p_name text) returns text language sql
return (select string_agg(concat_ws(' ', coalesce(l.name, '-'), e.kind, d.status), ', ' order by d.seq)
        from crm.deliveries d join crm.events e on e.workspace_id = d.workspace_id and e.seq = d.seq
        left join crm.leads l on l.workspace_id = e.workspace_id and l.id = e.lead_id
        where d.destination_id = given.destination_id(p_name));
-- What a gateway gets to deliver by now: "a lead.assigned 1" is the first try.
create function given.claimed(p_most int default 100) returns text language sql as $$
  select string_agg(concat_ws(' ', coalesce(c.payload -> 'lead' ->> 'name', '-'), c.payload ->> 'kind', c.try), ', ' order by c.destination_id, c.seq)
  from api.claim_deliveries(p_most, '{}') c where c.workspace_id = core.current_workspace()
$$;
create function given.finished(p_lead text, p_outcome text, p_answer text default 'said so', p_wait int default null) returns text language sql as $$
  select api.finish_delivery(d.workspace_id, d.destination_id, d.seq, d.tries, p_outcome, p_answer, p_wait)
  from crm.deliveries d join crm.events e on e.workspace_id = d.workspace_id and e.seq = d.seq
  where d.workspace_id = core.current_workspace() and d.status = 'waiting' and d.tries > 0 and e.lead_id is not distinct from given.lead_id(p_lead);
  select string_agg(concat_ws(' ', d.status, d.tries, d.answer), ', ' order by d.seq)
  from crm.deliveries d join crm.events e on e.workspace_id = d.workspace_id and e.seq = d.seq
  where d.workspace_id = core.current_workspace() and d.tries > 0 and e.lead_id is not distinct from given.lead_id(p_lead)
$$;

-- Which events.
select is(core.is_wanted(kind, wanted), said, kind || ' for ' || wanted::text) from (values
  ('lead.assigned', '{lead.assigned}'::text[], true), ('lead.assigned', '{lead.*}', true), ('lead.assigned', '{*}', true),
  ('lead.assigned', '{lead.queued,alert.*}', false), ('leader.chosen', '{lead.*}', false), ('lead.assigned', '{lead}', false)) t (kind, wanted, said);

select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha');
select given.leads('before');
select given.destination('All'), given.destination('Alerts', '{alert.*}', 'email', 'asha@example.com'), given.destination('Two', '{lead.assigned,lead.closed}');
select given.leads('a b');
select is(given.deliveries('Two'), null, 'nothing is on its way at once: inserting a lead costs nothing for it');
select given.at('12:00');
select is(given.deliveries('Two'), 'a lead.assigned waiting, b lead.assigned waiting', 'the tick puts on their way what is wanted, from the making of the destination on');
select is(given.deliveries('Alerts'), null, 'and nothing else');
select is(given.deliveries('All'), '- destination.created waiting, - destination.created waiting, a lead.assigned waiting, b lead.assigned waiting', 'or all of it');
select api.tick();
select is((select count(*) from crm.deliveries where workspace_id = core.current_workspace()), 6::bigint, 'once');
select is(core.enqueue_deliveries(core.current_workspace()), false, 'there is no more');
select is((select distinct position from crm.destinations where workspace_id = core.current_workspace()), (select event_seq from crm.workspaces where id = core.current_workspace()), 'every destination stands at the newest event');
select api.archive_destination(given.destination_id('All')), api.archive_destination(given.destination_id('Alerts'));

-- Claiming: each once, and in the order of the lead.
select api.close_lead(given.lead_id('a'));
select given.at('12:01');
select is(given.deliveries('Two'), 'a lead.assigned waiting, b lead.assigned waiting, a lead.closed waiting', 'a lead has two events on their way');
select is(given.claimed(), 'a lead.assigned 1, b lead.assigned 1', 'the first ones of each lead may go');
select is(given.claimed(), null, 'nobody else gets them meanwhile');
select given.now('2026-01-05 12:01:59+05:30');
select is(given.claimed(), null, 'for a minute');
select given.now('2026-01-05 12:02+05:30');
select is(given.claimed(1), 'a lead.assigned 2', 'whoever says nothing for a minute is taken to be dead');
select is(given.claimed(), 'b lead.assigned 2', 'as many as are asked for');
select is(given.finished('a', 'failed', '500 no'), 'waiting 2 500 no', 'one that failed waits');
select is(given.finished('b', 'delivered', '204 yes'), 'delivered 2 204 yes', 'one that was delivered is done');
select is(given.claimed(), null, 'and what comes after the failed one waits for it');
select is((select bool_and(d.next_try_at = f.next_try_at) from crm.deliveries d, crm.deliveries f where d.destination_id = given.destination_id('Two') and f.destination_id = d.destination_id and d.status = 'waiting' and f.tries = 2 and f.status = 'waiting'),
  true, 'as long as it takes');
select ok(extract(epoch from d.next_try_at - core.current_time()) between 24 and 36, 'half a minute, more or less, after two tries') from crm.deliveries d where d.tries = 2 and d.status = 'waiting' and d.workspace_id = core.current_workspace();
select given.now('2026-01-05 12:03+05:30');
select is(given.claimed(), 'a lead.assigned 3', 'then it is its turn again');
select is(given.finished('a', 'delivered'), 'delivered 3 said so', 'if it is delivered now');
select is(given.claimed(), 'a lead.closed 1', 'the next of the lead goes');
select is((select c.payload from (select d.seq, (r).payload from crm.deliveries d cross join lateral api.read_events(d.workspace_id, d.seq - 1, 1) r where d.destination_id = given.destination_id('Two') order by d.seq desc limit 1) c) -> 'lead' ->> 'assignment_status',
  'closed', 'what is delivered is what the feed shows');

-- Who is late: delivered counts, failed does not.
select given.now('2026-01-05 12:05+05:30');
select is(given.claimed(), 'a lead.closed 2', 'another gateway has taken over');
select api.finish_delivery(d.workspace_id, d.destination_id, d.seq, 1, 'failed', 'too late', null) from crm.deliveries d where d.tries = 2 and d.status = 'waiting' and d.workspace_id = core.current_workspace();
select is(given.deliveries('Two'), 'a lead.assigned delivered, b lead.assigned delivered, a lead.closed waiting', 'that the first one failed is not heard');
select is((select d.answer from crm.deliveries d where d.workspace_id = core.current_workspace() and d.destination_id = given.destination_id('Two') and d.status = 'waiting'), null, 'at all');
select api.finish_delivery(d.workspace_id, d.destination_id, d.seq, 1, 'delivered', '200', null) from crm.deliveries d where d.tries = 2 and d.status = 'waiting' and d.workspace_id = core.current_workspace();
select is(given.deliveries('Two'), 'a lead.assigned delivered, b lead.assigned delivered, a lead.closed delivered', 'that it delivered is');
select is(given.finished('a', 'failed'), 'delivered 3 said so, delivered 2 200', 'what is delivered stays so');

-- Events of no lead are a lane of their own, leads do not wait for them.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha'), given.destination('D', '{thing.*,lead.*}');
select given.event('thing.one'), given.event('thing.two'), given.leads('a'), given.at('12:00');
select is(given.claimed(), '- thing.one 1, a lead.assigned 1', 'they go in their order');
select is(given.finished(null, 'failed'), 'waiting 1 said so', 'when one fails');
select is(given.finished('a', 'delivered'), 'delivered 1 said so', 'leads go on');
select given.now('2026-01-05 12:00:04+05:30');
select is(given.claimed(), null, 'and the next of them waits');
select given.now('2026-01-05 12:00:07+05:30');
select is(given.claimed(), '- thing.one 2', 'for a few seconds');

-- Back-off, and giving up.
select is(array(select core.pause_after(n) from generate_series(1, 8) n), '{5 s,30 s,2 min,10 min,1 h,6 h,6 h,6 h}'::interval[], 'pauses grow');
update crm.deliveries set tries = 15 where tries = 2 and workspace_id = core.current_workspace();
select given.now('2026-01-08 11:30+05:30');
select is(given.finished(null, 'failed'), 'failed 15 said so', 'what cannot be delivered for three days is given up');
select is(given.claimed(), '- thing.two 1', 'so that the next can go');
select given.now('2026-01-08 12:00+05:30');
select is(given.finished(null, 'failed', repeat('x', 1001)), 'failed 15 said so, failed 1 ' || repeat('x', 1000), 'as old as it is, it is given up too');
select is(api.retry_delivery(given.destination_id('D'), (select min(seq) from crm.deliveries where destination_id = given.destination_id('D'))) ->> 'status', 'waiting', 'an admin may have it tried again');
select is(given.claimed(), '- thing.one 16', 'which happens at once');
select is(given.finished(null, 'delivered', 'ok'), 'delivered 16 ok, failed 1 ' || repeat('x', 1000), 'and may succeed');
select is(given.refusal(format('select api.retry_delivery(%s, %s)', given.destination_id('D'), (select min(seq) from crm.deliveries where destination_id = given.destination_id('D')))), 'LD409: It is delivered already', 'what is delivered is not sent again');
select is(given.refusal(format('select api.retry_delivery(%s, 0)', given.destination_id('D'))), 'LD404: There is no delivery of event 0 to this destination', 'nor what is not there');

-- Retry-After, and 410 Gone.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha'), given.destination('D');
select given.leads('a b'), given.at('12:00'), given.claimed();
select is(given.finished('a', 'failed', '429', 100), 'waiting 1 429', 'a destination may ask for time');
select given.leads('c'), given.at('12:01');
select is(given.claimed(), null, 'nothing is sent there meanwhile, not even of others');
select given.now('2026-01-05 12:01:41+05:30');
select is(given.claimed(), 'a lead.assigned 2, b lead.assigned 2, c lead.assigned 1', 'afterwards all of it');
select is(given.finished('a', 'gone', '410 Gone'), 'failed 2 410 Gone', 'one that is gone for ever');
select is(api.list_destinations() -> 0 ->> 'off_reason', 'It answered 410 Gone', 'is switched off');
select is((select e.data ->> 'is_on' from crm.events e where e.workspace_id = core.current_workspace() and e.kind = 'destination.updated'), 'false', 'which the log tells');
select given.now('2026-01-05 13:00+05:30');
select is(given.claimed(), null, 'and gets nothing');
select is(given.refusal(format('select api.test_destination(%s)', given.destination_id('D'))), 'LD409: The destination is off', 'not even a test');
select is(given.refusal(format('select api.retry_delivery(%s, 1)', given.destination_id('D'))), 'LD409: The destination is off', 'nor once more what failed');
select given.leads('d'), api.tick();
select is(api.update_destination(given.destination_id('D'), '{"is_on": true, "address": "https://example.com/new"}') - '{id,etag,created_at}'::text[],
  '{"name": "D", "kind": "webhook", "template": null, "address": "https://example.com/new", "events": ["*"], "template": null, "is_on": true, "off_reason": null, "generation": 1, "rotated_at": null}', 'until somebody switches it on');
select api.tick();
select is(given.claimed(), 'b lead.assigned 3, c lead.assigned 2, - destination.updated 1', 'what waited goes on; what happened meanwhile does not come');

-- Destinations.
select is((select e.data ->> 'address' from crm.events e where e.workspace_id = core.current_workspace() and e.kind = 'destination.created'), 'https://example.com/…', 'the log knows where to, but not the secret in an address');
select is(api.test_destination(given.destination_id('D')) - '{seq,created_at,next_try_at,destination}'::text[],
  '{"event": "destination.tested", "lead": null, "status": "waiting", "tries": 0, "answer": null, "finished_at": null}', 'a test is a delivery');
select is(given.claimed(), '- destination.tested 1', 'past whatever waits');
select given.destination('Other'), api.test_destination(given.destination_id('D')), api.tick();
select is(given.deliveries('Other'), null, 'and to nobody else');
select is((select c.generations from api.claim_deliveries(100, '{}') c where c.workspace_id = core.current_workspace() limit 1), '{1}', 'one secret signs');
select is(api.rotate_destination(given.destination_id('D')) ->> 'generation', '2', 'until the next one does');
select api.test_destination(given.destination_id('D'));
select is((select c.generations from api.claim_deliveries(100, '{}') c where c.workspace_id = core.current_workspace() and c.payload ->> 'kind' = 'destination.tested'), '{2,1}', 'for a day both');
select given.now('2026-01-06 13:00+05:30'), api.test_destination(given.destination_id('D'));
select is((select distinct c.generations from api.claim_deliveries(100, '{}') c where c.workspace_id = core.current_workspace() and c.payload ->> 'kind' = 'destination.tested'), '{2}', 'then the new one alone');
select is((select count(*) from api.claim_deliveries(100, array[given.destination_id('D')]) c where c.workspace_id = core.current_workspace()), 0::bigint, 'who is busy is left alone');
select is(given.refusal(format('select api.rotate_destination(%s)', given.destination('Mail', '{*}', 'email', 'a@example.com'))), 'LD409: Only webhooks are signed', 'an e-mail has no secret');
select alike(given.refusal(format('select given.destination(%s)', v)), k || ': %', why) from (values
  ($$' '$$, '23514 destinations_name_length', 'a destination has a name'), ($$'d'$$, '23505 destinations_name_key', 'of its own'),
  ($$'X', '{*}', 'pigeon'$$, '23514 destinations_kind_known', 'it is a webhook or an e-mail'),
  ($$'X', '{*}', 'webhook', 'ftp://example.com'$$, '23514 destinations_address_form', 'a webhook has a URL'),
  ($$'X', '{*}', 'webhook', 'https://user:secret@example.com/'$$, '23514 destinations_address_form', 'without a password in it'),
  ($$'X', '{*}', 'webhook', 'https://example.com/' || repeat('x', 2000)$$, '23514 destinations_address_length', 'of some length'),
  ($$'X', '{*}', 'email', 'a@example.com, b@example.com'$$, '23514 destinations_address_form', 'an e-mail has one address'),
  ($$'X', '{*}', 'email', E'a@example.com\nBcc: b@example.com'$$, '23514 destinations_address_form', 'and no headers'),
  ($$'X', '{}'$$, '23514 destinations_events_count', 'it wants some events'), ($$'X', '{Lead Assigned}'$$, '23514 destinations_events_form', 'by their kinds')
) as t (v, k, why);
select is(api.list_destinations() @? '$[*] ? (@.name == "D" && @.waiting > 0 && @.last.answer == "410 Gone")', true, 'a list tells how each is doing');
select api.archive_destination(given.destination_id('D'));
select is(jsonb_path_query_array(api.list_destinations(), '$[*].name'), '["Other", "Mail"]', 'one that is archived is gone');
select is(given.refusal(format('select api.update_destination(%s, ''{}'')', given.destination_id('D'))), 'LD404: There is no destination ' || given.destination_id('D'), 'for good');
select given.destination('d');
select isnt(given.destination('Odd', p_address => 'https://example.com/a\q'), null, 'a path may have a backslash');

-- The list of deliveries, page by page.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha'), given.destination('D', '{lead.*}'), given.destination('E', '{lead.*}');
select given.leads('a b'), given.at('12:00');
select is((select string_agg(i -> 'lead' ->> 'name' || ' to ' || (i -> 'destination' ->> 'name'), ', ') from jsonb_array_elements(api.list_deliveries('{"limit": 3}') -> 'items') i), 'b to E, b to D, a to E', 'newest first');
select is((select string_agg(i -> 'lead' ->> 'name' || ' to ' || (i -> 'destination' ->> 'name'), ', ') from jsonb_array_elements(api.list_deliveries(jsonb_build_object('after', api.list_deliveries('{"limit": 3}') -> 'next')) -> 'items') i), 'a to D', 'and on from where a page ends');
select is(api.list_deliveries('{"status": "delivered"}'), '{"items": [], "next": null}', 'by status');
select is(jsonb_array_length(api.list_deliveries(jsonb_build_object('destination_id', given.destination_id('E'))) -> 'items'), 2, 'by destination');
select given.workspace();
select is(jsonb_array_length(api.list_deliveries('{}') -> 'items'), 0, 'another workspace sees none of it');

-- Forgetting.
select given.caller('Asha'), given.destination('D', '{lead.*}'), given.leads('a'), given.at('12:00');
select given.now('2026-02-04 11:59+05:30'), api.tick();
select is(given.deliveries('D'), 'a lead.assigned waiting', 'for 30 days it is known');
select given.now('2026-02-04 12:01+05:30'), api.tick();
select is(given.deliveries('D'), null, 'then it is forgotten');
select is(core.forget_deliveries(), 0, 'once');
select is(core.tell_workspace(core.current_workspace()), false, 'there is nothing more to tell');

-- delivery_json, destination_json, destination_snapshot, switch_off_destination and move_lane are what the functions above are made of.
select * from finish();
rollback;
