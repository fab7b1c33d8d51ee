-- The compiled form of conditions is code as well: what another version made of them, or a migration, is made anew.
-- A statement that changes nothing, where nothing is to be changed.
update crm.rules r set condition = r.condition
where r.condition is not null and r.compiled::text is distinct from routing.compile_condition(r.condition)::text;
