-- The compiled form of conditions is code as well, so install.sql compiles again what another version or a migration
-- has compiled. If nothing differs, the statement changes nothing. Locks: those of an update of crm.rules.
update crm.rules r set condition = r.condition
where r.condition is not null and r.compiled::text is distinct from routing.compile_condition(r.condition)::text;

update crm.sources s set test_when = s.test_when
where s.test_when is not null and s.test_compiled::text is distinct from routing.compile_condition(s.test_when)::text;
