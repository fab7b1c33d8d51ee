-- Everything says what it is. What an extension brought is its own to explain.
begin;
select plan(5);

create temp view object as
select n.nspname || '.' || c.relname as name, case when relkind = 'v' then 'view' else 'table' end as kind, obj_description(c.oid, 'pg_class') as comment,
  'pg_class'::regclass as catalog, c.oid
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('crm', 'core', 'routing', 'api', 'report') and relkind in ('r', 'p', 'v', 'm', 'f')
union all
select p.oid::regprocedure::text, 'function', obj_description(p.oid, 'pg_proc'), 'pg_proc', p.oid
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('crm', 'core', 'routing', 'api', 'report')
union all
select format_type(t.oid, null), 'type', obj_description(t.oid, 'pg_type'), 'pg_type', t.oid
from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
where n.nspname in ('crm', 'core', 'routing', 'api', 'report') and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
union all
select nspname, 'schema', obj_description(oid, 'pg_namespace'), 'pg_namespace', oid from pg_namespace where nspname in ('crm', 'core', 'routing', 'api', 'report');

create temp view our_object as
select o.* from object o where not exists (select from pg_depend d where d.classid = o.catalog and d.objid = o.oid and d.deptype = 'e');

select is_empty('select kind, name from our_object where comment is null', 'every schema, table, view, type and function has a comment');
select is_empty($$
  select format('%s.%s', o.name, a.attname) from our_object o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
  where o.kind = 'table' and col_description(o.oid, a.attnum) is null$$, 'every column of every table has a comment');
select is_empty($$select name, comment from our_object where comment !~ '^[[:alnum:]].*[.]$'$$, 'a comment is a sentence');
select cmp_ok((select count(*) from our_object where kind = 'function'), '>', 50::bigint, 'functions were looked at');
select cmp_ok((select count(*) from our_object where kind = 'table'), '>', 15::bigint, 'tables were looked at');

select * from finish();
rollback;
