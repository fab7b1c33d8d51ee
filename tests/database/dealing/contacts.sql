-- A lead finds its contact, and the caller who has an open lead of it. Contacts are merged, and unmerged.
begin;
\ir ../given.psql
select * from no_plan();

-- Leads of one insert, in this order: "a 9812345678", "b x@y.in", "c #7", "d 9812345678 x@y.in #7 Goa".
create function given.people(variadic p_people text[]) returns void language sql as $$
  insert into crm.leads (workspace_id, name, phone, email, external_id, state)
  select core.current_workspace(), split_part(p.words, ' ', 1), substring(p.words from ' (\d+)'), substring(p.words from ' ([^ ]+@[^ ]*)'),
    substring(p.words from '#([^ ]+)'), substring(p.words from ' ([A-Z]\w+)')
  from unnest(p_people) with ordinality as p (words, nr) order by p.nr
$$;
-- For each of these leads the first lead of its contact: "a a c".
create function given.contacts_of(p_names text) returns text language sql
return (select string_agg(l.name, ' ' order by n.nr)
        from string_to_table(p_names, ' ') with ordinality as n (name, nr)
        join crm.leads l on l.workspace_id = core.current_workspace()
          and l.id = routing.root_of(l.workspace_id, routing.contact_of(l.workspace_id, given.lead_id(n.name))));
-- The lead that brought each of these to its caller, "-" for none.
create function given.brought_by(p_names text) returns text language sql
return (select string_agg(coalesce(o.name, '-'), ' ' order by n.nr)
        from string_to_table(p_names, ' ') with ordinality as n (name, nr)
        join core.lead_cards l on l.id = given.lead_id(n.name) left join crm.leads o on o.id = l.duplicate_of);
create function given.conflicts() returns text language sql
return (select string_agg(concat_ws(' ', l.name, w.name, (select string_agg(k.key || '=' || o.name, ' ' order by k.key) from jsonb_each_text(e.data -> 'keys') k join crm.leads o on o.id = k.value::uuid)), ', ' order by e.seq)
        from crm.events e join crm.leads l on l.id = e.lead_id join crm.leads w on w.id = (e.data ->> 'contact_id')::uuid
        where e.workspace_id = core.current_workspace() and e.kind = 'contact.conflict');
create function given.why(p_name text) returns text language sql
return (select string_agg(concat_ws(' ', x.step, x.rule, x.caller, x.outcome, x.detail), ', ' order by x.step, x.place) from routing.explain(given.lead_id(p_name)) x);

-- Who is who.
select given.workspace(), given.now('2026-01-05 12:00+05:30'), given.caller('Asha');
select given.people('p 9812300001', 'e x@y.in', 'i #7');
select given.people('p2 9812300001'), given.people('e2 X@Y.in'), given.people('i2 #7'), given.people('n');
select is(given.contacts_of('p e i p2 e2 i2 n'), 'p e i p e i n', 'a contact is known by phone, by e-mail in any case, by external id; a lead without any is its own');
select given.people('q 9812300001 q@y.in');
select given.people('q2 q@y.in');
select is(given.contacts_of('q q2'), 'p p', 'what a lead brings along its contact is known by from then on');
select given.people('j 9812300001 #8', 'j2 #8');
select is(given.contacts_of('j j2'), 'p p', 'in the same insert, too');
select given.people('h #9 9812300009', 'h2 9812300009 h@y.in', 'h3 h@y.in', 'x 9812300010', 'h4 #9 9812300011', 'h5 9812300011');
select is(given.contacts_of('h h2 h3 x h4 h5'), 'h h h x h h', 'and so on from lead to lead');
select given.people('b1 123', 'b2 123', 'b3 no@', 'b4 no@');
select is(given.contacts_of('b1 b2 b3 b4'), 'b1 b2 b3 b4', 'a phone that is none identifies nobody, nor does an address that is none');
select results_eq($$select k.kind::text, k.value from routing.keys_of((select l from crm.leads l where l.id = given.lead_id('j'))) k$$, $$values ('external_id', '8'), ('phone', '+919812300001')$$, 'keys_of() are in the order of rank');
select results_eq($$select k.kind, k.value, k.rank from unnest(routing.main_keys_of((select l from crm.leads l where l.id = given.lead_id('j')))) k order by k.rank$$,
  $$select k.* from routing.keys_of((select l from crm.leads l where l.id = given.lead_id('j'))) k order by k.rank$$, 'main_keys_of() are the same where there are no further phones');
select is(given.conflicts(), null, 'so far nothing was in conflict');

-- Conflicts.
select given.people('c1 #7 9812300001');
select is(given.contacts_of('c1'), 'i', 'of two contacts the external id''s wins');
select given.people('c2 9812300001 x@y.in');
select is(given.contacts_of('c2'), 'p', 'the phone''s over the e-mail''s');
select given.people('g g@y.in'), given.people('c3 9812300010 g@y.in', 'c4 #new 9812300010 g@y.in', 'c5 #new');
select is(given.contacts_of('c3 c4 c5'), 'x x x', 'a new key goes to the contact that won');
select is(given.conflicts(), 'c1 i external_id=i phone=p, c2 p email=e phone=p, c3 x email=g phone=x, c4 x email=g phone=x', 'and each conflict is an event that names all of them');
select is(given.contacts_of('p i e x h'), 'p i e x h', 'no contact was merged by it');
select is((select string_agg(distinct n.next, ' ') from (select e.kind, lead(e.kind || ' ' || (e.lead_id = lead_id)) over (order by seq) as next from crm.events e where e.workspace_id = core.current_workspace()) n where n.kind = 'contact.conflict'),
  'lead.assigned true', 'the event stands right before the lead''s own');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- The same caller.
select given.workspace(), given.now('2026-01-05 12:00+05:30');
select given.caller('Asha', '{Goa}', 2), given.caller('Bina', '{Goa}');
select given.people('a 9812300001 Goa', 'a2 9812300001 Kerala', 'b 9812300002 Goa', 'a3 9812300001 Goa', 'c 9812300003 Goa', 'd 9812300004 Goa', 'c2 9812300003');
select is(given.callers_of('a a2 b a3 c d c2'), 'Asha Asha Bina Asha Asha Bina Asha', 'a contact''s further lead goes to the caller of the first, whatever pool it is for');
select is(given.brought_by('a a2 b a3 c d c2'), '- a - a - - c', 'and is flagged as its duplicate');
select is(given.fate('a2'), 'Asha: Duplicate: this caller has an open lead of the same contact', 'with the reason');
select is((select array_agg(concat_ws(' ', c.assigned_today, c.duplicates_today, c.open_leads, c.standing) order by c.id) from routing.caller_cards c where c.workspace_id = core.current_workspace()),
  '{2 3 5 at cap,2 0 2 free}', 'a duplicate counts for load and for no cap');
select is(given.count_of('Asha', '2026-01-05'), 2, 'so it is counted apart');
select given.people('a4 9812300001');
select is(given.callers_of('a4'), 'Asha', 'a caller at the cap gets it all the same');
select is((select count(*) from crm.lead_assignments a where a.duplicate_of is not null and (a.deal_id is not null or a.claim_by is not null)), 0::bigint, 'no deal decides it, and nobody need claim it');
select given.change('Asha', $$hours = '{[0,1)}', max_load = 1$$);
select given.people('a5 9812300001');
select is(given.callers_of('a5'), 'Asha', 'one off hours or at max load, too');
select is(given.why('a5'), '0 same contact Asha chosen has an open lead of the contact', 'explain() says so');
select given.change('Asha', $$hours = null, max_load = 0$$);
select api.set_caller_status(given.caller_id('Asha'), 'paused');
select given.people('a6 9812300001 Goa', 'a7 9812300001');
select is(given.callers_of('a6 a7'), 'Bina Bina', 'a paused caller gets none: the lead is dealt afresh');
select is(given.brought_by('a6 a7'), '- a6', 'and the next goes to who got it');
select alike(given.why('a6'), '0 same contact Asha skipped paused, 1 state Bina chosen%', 'explain() tells why it did not go to the other');
select api.set_caller_status(given.caller_id('Asha'), 'active');
select given.change('Asha', $$time_off = '{[2026-01-05,2026-01-06)}'$$);
select given.people('c3 9812300003');
select is(given.callers_of('c3'), 'Bina', 'nor does one who is away');
select given.now('2026-01-07 12:00+05:30');
select given.people('c4 9812300003'), given.people('a8 9812300001');
select is(given.callers_of('c4 a8') || ', ' || given.brought_by('c4 a8'), 'Asha Asha, c a', 'of several who may the one with the first lead gets it');
select api.close_lead(given.lead_id(n)) from string_to_table('d b', ' ') n;
select given.people('d2 9812300004 Goa'), given.people('b2 9812300002 Goa');
select is(given.brought_by('d2 b2'), '- -', 'once a contact''s leads are closed, the next is dealt afresh');
select is((core.lead_json(l)) -> 'duplicate_of', 'null', 'which its JSON says') from core.lead_cards l where l.id = given.lead_id('d2');
select api.close_lead(given.lead_id('c4'));
select is((core.lead_json(l)) ->> 'duplicate_of', given.lead_id('c')::text, 'a closed duplicate stays one') from core.lead_cards l where l.id = given.lead_id('c4');
select api.archive_caller(given.caller_id('Asha'), 'keep');
select given.people('c5 9812300003');
select is(given.callers_of('c5'), 'Bina', 'nor does an archived one');
select is((select o ->> 'assigned' from (select api.get_overview() -> 'today' as o) t), '5', 'the day''s leads are all counted, duplicates too');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- In the queue, unclaimed, given back.
select given.workspace(), given.no_rules(), given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_claim_minutes => 10);
select given.caller('Asha', '{}', 1), given.caller('Bina', '{}', 1);
select given.people('x', 'y');
select api.claim_lead(l.id, l.caller_id) from core.lead_cards l where l.workspace_id = core.current_workspace();
select given.people('a 9812300001', 'a2 9812300001', 'b 9812300002');
select is(given.fate('a') || ', ' || given.fate('a2'), 'queued: All callers at their cap, queued: All callers at their cap', 'an open lead that waits has no caller to go to');
select given.now('2026-01-06 12:00+05:30');
select api.tick();
select is(given.callers_of('a a2 b') || ', ' || given.brought_by('a a2 b'), 'Asha Asha Bina, - a -', 'from the queue the second follows the first');
select given.now('2026-01-06 12:10+05:30');
select given.change('Bina', 'daily_limit = 9');
select api.tick();
select is(given.callers_of('a a2'), 'Bina Asha', 'a lead that its caller let expire goes elsewhere, whoever has the contact''s others');
select given.people('a3 9812300001');
select is(given.callers_of('a3') || given.brought_by('a3'), 'Binaa', 'the first of them decides again');
select api.reassign_lead(given.lead_id('a3'), null);
select is(given.callers_of('a3'), 'Bina', 'given back through routing it goes to the contact''s caller again');
select api.close_lead(given.lead_id('a3')), api.set_caller_status(given.caller_id('Bina'), 'paused');
select api.reopen_lead(given.lead_id('a3'));
select is(given.callers_of('a3') || given.brought_by('a3'), 'Ashaa2', 'reopened, with its caller gone, too');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Limits on load: as one by one.
select given.workspace(), given.no_rules(), given.now('2026-01-05 12:00+05:30');
select given.rule('all', p_strategy => 'least_loaded');
select given.caller('Asha'), given.caller('Bina'), given.change('Asha', 'max_load = 3'), given.change('Bina', 'max_load = 6');
select given.people('a 9812300001'), given.people('b', 'a2 9812300001', 'c', 'd', 'e', 'f', 'a3 9812300001', 'g', 'h');
select is(c, 'queued', 'no caller gets more by turns than the load leaves, duplicates counted') from (select assignment_status as c from core.lead_cards where id = given.lead_id('h')) t;
select is_empty('select violation, detail from routing.verify()', 'and every pick is what dealing one by one gives');

-- Who waits is dealt once somebody has another lead of the contact.
select given.workspace(), given.no_rules(), given.now('2026-01-05 12:00+05:30');
select given.rule('by state', '{state}');
select given.caller('Asha', '{Goa}');
select given.people('w 9812300001 Kerala');
select api.tick();
create temp table looked as select event_seq as seq from crm.workspaces where id = core.current_workspace();
select given.people('n 9812300002 Goa');
select is(routing.is_awaited(core.current_workspace(), seq), false, 'a lead of somebody else opens no way') from looked;
select is(routing.may_drain(core.current_workspace(), core.current_time()), false, 'so the queue is not looked through for it');
select given.people('g 9812300001 Goa');
select is(routing.is_awaited(core.current_workspace(), seq), true, 'one of the contact does') from looked;
select api.tick();
select is(given.callers_of('w g') || ' ' || given.brought_by('w'), 'Asha Asha g', 'and its caller gets the one that waited');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Merging.
select given.workspace(), given.now('2026-01-05 12:00+05:30');
select given.caller('Asha'), given.caller('Bina'), given.caller('Chitra'), given.caller('Deepa');
select given.people('a 9812300001', 'b 9812300002', 'c 9812300003', 'd 9812300004');
select is(given.callers_of('a b c d'), 'Asha Bina Chitra Deepa', 'four contacts, four callers');
select is(api.merge_contacts(given.lead_id('b'), given.lead_id('a'), 'keep') -> 'contact' ->> 'id',
  given.lead_id('a')::text, 'a merged contact counts as the other');
select is(given.contacts_of('a b'), 'a a', 'so do its leads');
select is(given.callers_of('a b'), 'Asha Bina', 'who has what stays as it is');
select given.people('b2 9812300002');
select is(given.callers_of('b2') || ' ' || given.brought_by('b2'), 'Asha a', 'what comes next is dealt as for one contact');
select given.people('ab 9812300001 #5'), given.people('cf 9812300002 #5');
select is(given.conflicts(), null, 'keys of merged contacts are not in conflict');
select is(given.refusal(format('select api.merge_contacts(%L, %L)', given.lead_id('a'), given.lead_id('b2'))), 'LD409 into: Both leads are of one contact already', 'what is one is not merged');
select alike(given.refusal(format('select api.merge_contacts(%L, %L)', given.lead_id('a'), '00000000-0000-7000-8000-000000000000')), 'LD422 into: There is no lead %', 'nor with nothing');
select api.merge_contacts(given.lead_id('d'), given.lead_id('c'), 'keep'),
  api.merge_contacts(given.lead_id('ab'), given.lead_id('d'), 'keep');
select is(given.contacts_of('a b c d b2'), 'c c c c c', 'contacts merged before come along');
select is((select count(*) from crm.contact_merges m where m.root_id <> given.lead_id('c')), 0::bigint, 'each knows what it is now');
select is(given.refusal(format('select api.unmerge_contact(%L)', given.lead_id('c'))), 'LD409: The contact of this lead is not merged into another', 'the one merged into cannot be unmerged');
create temp table seen as select api.get_lead(given.lead_id('b2')) -> 'contact' as contact;
select is(contact -> 'known_by', '[{"kind": "external_id", "value": "5"}, {"kind": "phone", "value": "+919812300001"}, {"kind": "phone", "value": "+919812300002"}, {"kind": "phone", "value": "+919812300003"}, {"kind": "phone", "value": "+919812300004"}]', 'a contact shows what it is known by') from seen;
select is(jsonb_path_query_array(contact, '$.leads[*].name'), '["cf", "ab", "b2", "d", "c", "b", "a"]', 'and its leads, newest first') from seen;
select is(contact ->> 'is_merged', 'true', 'and that it was merged') from seen;
select is(contact -> 'leads' -> 2 -> 'duplicate_of', to_jsonb(given.lead_id('a')), 'and which are duplicates') from seen;
select is(api.unmerge_contact(given.lead_id('a')) -> 'contact' ->> 'is_merged', 'false', 'a merge is undone by a lead of the contact merged');
select is(given.contacts_of('a b c d b2 ab'), 'a a c c a a', 'what had been merged into it before goes with it');
select given.people('b3 9812300002'), given.people('d3 9812300004');
select is(given.callers_of('b3 d3'), 'Asha Chitra', 'and is dealt so');
select api.unmerge_contact(given.lead_id('b2'));
select given.people('b4 9812300002'), given.people('k 9812300001 #5 9812300002');
select is(given.callers_of('b4'), 'Bina', 'two contacts are two again');
select results_eq($$select v.from_seq is not null, l.name, r.name from routing.contact_versions v join crm.leads l on l.id = v.contact_id join crm.leads r on r.id = v.root_id where v.workspace_id = core.current_workspace() and v.to_seq is null order by l.name$$,
  $$values (true, 'a', 'a'), (true, 'b', 'b'), (true, 'd', 'c')$$, 'the log knows which counts as which');
select is(routing.root_at(core.current_workspace(), given.lead_id('b'), e.seq + 1), given.lead_id('a'), 'root_at() says which counted as which then') from crm.events e where e.kind = 'contact.merged' and e.lead_id = given.lead_id('b');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- The pieces.
select is((select array_agg(l.name order by l.id) from routing.leads_of_contact(core.current_workspace(), given.lead_id('c')) o (id) join crm.leads l on l.id = o.id), '{c,d,d3}', 'leads_of_contact() come with those of what was merged');
select is((select array_agg(l.name || ' ' || c.name) from routing.find_holder(core.current_workspace(), given.lead_id('c'), core.current_time(), array[given.caller_id('Chitra')]) h join crm.leads l on l.id = h.lead_id join crm.callers c on c.id = h.caller_id),
  '{"d Deepa"}', 'find_holder() passes over who let the lead expire');
select is((select count(*) from routing.find_holders(core.current_workspace(), given.rows('a c d3'), core.current_time(), '{}') h where h.caller_id = given.caller_id('Chitra')), 2::bigint, 'find_holders() looks for many');
select is((select string_agg(h.name || ' ' || h.standing, ', ' order by h.lead_id) from crm.events e cross join lateral routing.holders_at(e.workspace_id, e.lead_id, e.seq, e.at, '{}') h where e.lead_id = given.lead_id('b4') and e.kind = 'lead.assigned'),
  'Bina free, Asha free, Asha free', 'holders_at() names everybody who had a lead of the contact');
select is(routing.presence(s.status, s.off, '2026-01-05 12:00Z', false), s.expected,
  format('a caller %s with %s is %s', s.status, s.off, s.expected))
from (values ('active'::crm.caller_status, '{}'::tstzmultirange, 'free'), ('paused', '{}', 'paused'), ('active', '{[2026-01-05,)}', 'away'), ('active', '{[2026-01-06,)}', 'free')) s (status, off, expected);
select is(routing.holder_standing(given.caller_id('Asha'), s.archived, 'active', '{}', now(), s.refused, false),
  s.expected, format('a holder is %s', s.expected))
from (values (false, '{}'::uuid[], 'free'), (true, '{}', 'archived'), (false, array[given.caller_id('Asha')], 'let it expire')) s (archived, refused, expected);
select is((select string_agg(l.name || ' ' || c.name, ', ' order by l.id) from crm.events e cross join lateral routing.open_leads_at(e.workspace_id, e.lead_id, e.seq, given.lead_id('b')) h join crm.leads l on l.id = h.lead_id join crm.callers c on c.id = h.caller_id where e.lead_id = given.lead_id('b4') and e.kind = 'lead.assigned'),
  'b Bina', 'open_leads_at() look no further than asked');
select is((select count(*) from routing.contacts_of(core.current_workspace(), given.lead_id('c'))), 2::bigint, 'contacts_of() has those merged into one');
select is(routing.join_contacts(core.current_workspace(), '{}')::text, '(t,{})', 'join_contacts() of nothing is nothing');
select is(routing.link_leads(core.current_workspace(), '{}'), '{}', 'link_leads() neither');
select is((select string_agg(concat_ws(' ', l.name, b.brought_by = b.lead_id), ', ' order by l.id) from routing.keys_brought(core.current_workspace(), array(select row(l.id, k.kind, k.value, k.rank, null)::routing.lead_key from unnest(given.rows('c d3')) l cross join lateral routing.keys_of(l) k)) b join crm.leads l on l.id = b.lead_id),
  'c t, d3 f', 'keys_brought() knows which lead brought a key');
select lives_ok(format('select routing.deal_contacts(%s, %L::crm.leads[])', core.current_workspace(), '{}'), 'nor is there anything to deal_contacts()');
select is(core.contact_json(given.lead_id('d3')) ->> 'id', given.lead_id('c')::text, 'contact_json() is the contact of any of its leads');

-- An e-mail address that people with different phones share makes them no one person, in whatever order and batches.
select given.workspace(), given.caller('Asha'), given.caller('Bina');
select given.people('a 9812300001 fam@y.in', 'b 9812300002 fam@y.in', 'c fam@y.in'), given.people('d 9812300003 fam@y.in', 'e 9812300002', 'f 9812300001 fam@y.in');
select is(given.contacts_of('a b c d e f'), 'a b a d b a', 'the address is of whose phone it was first said with, and finds leads without a phone');
select given.people('g late@y.in', 'h 9812300011 late@y.in', 'i 9812300012 late@y.in', 'j 9812300011', 'k late@y.in');
select is(given.contacts_of('g h i j k'), 'g g i g g', 'one that was said without a phone is of whose phone comes first');
select given.people('l 9812300021 #9 two@y.in'), given.people('m 9812300022 #9 two@y.in', 'n 9812300022', 'o #10 two@y.in', 'p 9812300023 #10 two@y.in');
select is(given.contacts_of('l m n o p'), 'l l l l l', 'an id of the person links whatever phones there are');
select given.people('q 9812300031 q@y.in'), given.people('r q@y.in', 's 9812300032 q@y.in', 't 9812300032 r@y.in'), given.people('u 9812300031 r@y.in', 'v r@y.in');
select is(given.contacts_of('q r s t u v'), 'q q s s q s', 'a phone that is known counts, its other address is the other''s');
select is(given.conflicts(), null, 'and no address is told as a conflict that says nothing');
select is_empty('select violation, detail from routing.verify()', 'the record is right');
select is((select string_agg(k.value || ' ' || right(k.phone, 2), ', ' order by k.value) from crm.contact_keys k where k.workspace_id = core.current_workspace() and k.kind = 'email'),
  'fam@y.in 01, late@y.in 11, q@y.in 31, r@y.in 32, two@y.in 21', 'each address has the phone it was first said with');
select is(routing.phone_said(jsonb_populate_record(null::crm.leads, lead::jsonb)), phone, 'phone_said() by ' || lead)
from (values ('{"phone": "+919812300001"}', '+919812300001'), ('{"phone": "call me"}', null), ('{"phone": "sealed:1"}', 'sealed:1'), ('{"phone": "sealed-1"}', null), ('{}', null)) g (lead, phone);
select is(routing.first_seq(core.current_workspace(), given.lead_id('a')), (select min(seq) from crm.events where lead_id = given.lead_id('a')), 'first_seq() is when a lead came');
select is(routing.without_shared_keys(core.current_workspace(), array[row(given.lead_id('a'), 'email', 'fam@y.in', 7, phone)::routing.lead_key]) = '{}', is_shared, 'without_shared_keys() with ' || coalesce(phone, 'no phone'))
from (values ('+919812300001', false), ('+919812300002', true), (null, false)) g (phone, is_shared);
update crm.contact_keys set phone = '+919812300002' where value = 'fam@y.in';
select isnt_empty($$select from routing.verify_contacts() where violation = 'a key was not first said with the phone that is noted' and lead_id = given.lead_id('a')$$, 'verify() finds a phone that was not the first');
update crm.contact_keys set phone = null where value = 'fam@y.in';
select isnt_empty($$select from routing.verify_contacts() where violation = 'a key was not first said with the phone that is noted' and lead_id = given.lead_id('a')$$, 'and one that is missing');
update crm.contact_keys set phone = '+919812300001' where value = 'fam@y.in';
update crm.workspaces set emails_since_seq = event_seq where id = core.current_workspace();
select isnt_empty($$select from routing.verify_contacts() where violation = 'a lead is not of the contact its keys name' and lead_id = given.lead_id('d')$$, 'and a lead that an address should have linked, by the rule of its time');
select is_empty($$select from routing.verify_contacts() where violation like 'a key was not first%'$$, 'of which nobody asks what it was said with first');
update crm.workspaces set emails_since_seq = 0 where id = core.current_workspace();

-- A further phone that people with different phones share, an office's or a family's, makes them no one person either.
select given.workspace(), given.caller('Asha'), given.caller('Bina');
create function given.calls(variadic p_people text[]) returns void language sql as $$
  insert into crm.leads (workspace_id, name, phone, external_id)
  select core.current_workspace(), split_part(p.words, ' ', 1), substring(p.words from ' (\d.*\d)'), substring(p.words from '#([^ ]+)')
  from unnest(p_people) with ordinality as p (words, nr) order by p.nr
$$;
select given.calls('a 9812300001/9812300009', 'b 9812300002/9812300009', 'c 9812300009'), given.calls('d 9812300003/9812300009', 'e 9812300002', 'f 9812300001/9812300009');
select is(given.contacts_of('a b c d e f'), 'a b a d b a', 'the number is of whose phone it was first said with, and finds who calls from it');
select given.calls('g 9812300019', 'h 9812300011/9812300019', 'i 9812300012/9812300019', 'j 9812300019', 'k 9812300011');
select is(given.contacts_of('g h i j k'), 'g g i g g', 'one that was somebody''s phone before is of who says it first beside another');
select given.calls('l 9812300021/9812300022'), given.calls('m 9812300022/9812300021', 'n 9812300023/9812300021/9812300022');
select is(given.contacts_of('l m n'), 'l l n', 'both numbers the other way round are the same person; a third number with both is not');
select is(given.conflicts(), null, 'and no shared number is told as a conflict');
select is((select string_agg(right(k.value, 2) || ' ' || right(k.phone, 2), ', ' order by k.value) from crm.contact_keys k where k.workspace_id = core.current_workspace() and k.kind = 'phone' and k.phone is not null),
  '09 01, 19 11, 21 22, 22 21', 'each has the phone it was first said with');
select is_empty('select violation, detail from routing.verify()', 'the record is right');
update crm.contact_keys set phone = '+919812300002' where value = '+919812300009';
select isnt_empty($$select from routing.verify_contacts() where violation = 'a key was not first said with the phone that is noted' and lead_id = given.lead_id('a')$$, 'verify() finds a phone that was not the first');
update crm.contact_keys set phone = '+919812300001' where value = '+919812300009';
update crm.workspaces set phones_since_seq = event_seq where id = core.current_workspace();
select isnt_empty($$select from routing.verify_contacts() where violation = 'a lead is not of the contact its keys name' and lead_id = given.lead_id('d')$$, 'and a lead that a number should have linked, by the rule of its time');
update crm.workspaces set phones_since_seq = 0 where id = core.current_workspace();

-- Phones that older code stored as text are read again; tests/database/test_migrations.py has the whole of it.
select given.workspace(), given.caller('Asha');
select is(row(r.phone, r.other_phones, r.metadata ->> 'phone_given')::text, expected, 'reread_lead() ' || said)
from (values ('p:+919812300041', '(+919812300041,,)'), ('98123 00041 / 98123 00042', '(+919812300041,{+919812300042},)'), ('call me', '(,,"call me")'), ('+91981230', '(+91981230,,)'), ('Tel 9999999999', '(,,"Tel 9999999999")')) g (said, expected)
cross join lateral routing.reread_lead(jsonb_populate_record(null::crm.leads, jsonb_build_object('phone', said, 'metadata', '{}'::jsonb)), 'IN', '^\+919+$') r;
alter table crm.leads disable trigger prepare_lead;
insert into crm.leads (workspace_id, name, phone, created_at) values (core.current_workspace(), 'told', '+919812300041', now()), (core.current_workspace(), 'text', 'Mob: 98123 00041', now());
alter table crm.leads enable trigger prepare_lead;
select lives_ok(format('select routing.store_reread(w, %L::crm.leads[]) from crm.workspaces w where w.id = %s', '{}', core.current_workspace()), 'store_reread() of nothing is nothing');
select is(routing.learn_reread(core.current_workspace(), '{}')::text, '(0,0)', 'nor has learn_reread() anything to say of it');
select routing.reread_phones(core.current_workspace());
select is(given.contacts_of('told text'), 'told told', 'reread_phones() has both be one contact, by merge_contact()');
select is((select string_agg(e.kind || ' ' || e.actor, ', ' order by e.seq) from crm.events e where e.lead_id = given.lead_id('text')), 'lead.assigned cli, lead.reread migration, contact.merged migration', 'which the log says');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

-- Handed in.
select given.workspace(), given.caller('Asha'), given.caller('Bina');
select api.create_source(core.current_workspace(), 'Sheet', '\x01');
create function given.handed_in(p_row text) returns text language sql volatile as $$
  select concat_ws(' ', o.caller_name, o.duplicate, (select l.name from crm.leads l where l.id = o.duplicate_of)) from crm.sources s
  cross join lateral api.ingest_leads(jsonb_build_array(jsonb_build_object('source_id', s.id, 'name', p_row, 'phone', '9812300009', 'source_row_id', p_row))) o
  where s.workspace_id = core.current_workspace()
$$;
select is(given.handed_in('one'), 'Asha f', 'a new lead is no duplicate');
select is(given.handed_in('two'), 'Asha f one', 'a second one is answered with the open lead it came after');
select is(given.handed_in('two'), 'Asha t one', 'and a retry as the first time');
select is_empty('select violation, detail from routing.verify()', 'the record is right');

select * from finish();
rollback;
