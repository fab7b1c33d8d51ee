-- The way of a lead: its state's callers in turn, else everybody, else the queue, with the reason in words.
begin;
\ir ../given.psql
select * from no_plan();

select given.workspace();
select given.leads('Early');
select is(given.fate('Early'), 'queued: No callers', 'a lead waits when there is nobody at all');

select given.caller('Asha', '{Maharashtra,Goa}'), given.caller('Bina', '{Maharashtra}'), given.caller('Chitra', '{Karnataka}');

select given.leads('m1 m2 m3', 'Maharashtra');
select is(given.callers_of('m1 m2 m3'), 'Asha Bina Asha', 'a state''s leads go round its callers');
select is(given.fate('m1'), 'Asha: Maharashtra round robin', 'the reason names the state');
select given.leads('m4', 'Maharashtra');
select is(given.callers_of('m4'), 'Bina', 'the circle goes on where the last statement left it');
select given.leads('g1', 'Goa');
select is(given.callers_of('g1'), 'Asha', 'each pool has its own circle');

select given.leads('n1 n2 n3 n4');
select is(given.callers_of('n1 n2 n3 n4'), 'Asha Bina Chitra Asha', 'leads without a state go round everybody');
select is(given.fate('n1'), 'Asha: No state or city: global round robin', 'the reason says that nothing told the state');
select given.leads('k1', 'Kerala');
select is(given.fate('k1'), 'Bina: No Kerala callers: global round robin', 'a state without callers falls to everybody, whose circle goes on');
select given.leads('p1', null, 'Pune');
select is(given.fate('p1'), 'Asha: No state: city Pune is in Maharashtra', 'a missing state is told by the city');
select given.leads('a1', 'Atlantis', 'Lost City');
select is(given.fate('a1'), 'Chitra: Unknown state Atlantis, unknown city Lost City: global round robin', 'what stays unresolved goes to everybody');

select api.set_caller_status(given.caller_id('Asha'), 'paused');
select given.leads('g2', 'Goa');
select is(given.fate('g2'), 'Bina: All Goa callers paused: global round robin', 'without its paused callers a state falls to everybody');
select * from finish();
rollback;
