-- DROP SCHEMA ... CASCADE silently takes along a column default, CHECK, generated column or index that uses a function
-- of the code schemas. So refuse to rebuild while anything outside them hangs on them; triggers and the policies of
-- schema crm, made again below, aside.
do $$
declare
  v_code oid[] := array(select oid from pg_namespace where nspname in ('core', 'routing', 'api', 'report'));
  v_dependents text;
begin
  with inside (classid, objid) as (
    select 'pg_proc'::regclass::oid, oid from pg_proc where pronamespace = any (v_code)
    union all select 'pg_class'::regclass::oid, oid from pg_class where relnamespace = any (v_code)
    union all select 'pg_type'::regclass::oid, oid from pg_type where typnamespace = any (v_code)
    union all select 'pg_rewrite'::regclass::oid, r.oid from pg_rewrite r join pg_class c on c.oid = r.ev_class
    where c.relnamespace = any (v_code)
    union all select 'pg_operator'::regclass::oid, oid from pg_operator where oprnamespace = any (v_code)
  )
  select string_agg(distinct pg_describe_object(d.classid, d.objid, d.objsubid), '; ')
  into v_dependents
  from pg_depend d
  join inside i on i.classid = d.refclassid and i.objid = d.refobjid
  where d.deptype in ('n', 'a')
    and d.classid <> 'pg_trigger'::regclass
    and not exists (
      select from pg_policy p join pg_class c on c.oid = p.polrelid
      where d.classid = 'pg_policy'::regclass and p.oid = d.objid and c.relnamespace = 'crm'::regnamespace)
    and not exists (select from inside x where x.classid = d.classid and x.objid = d.objid)
    and d.classid <> 'pg_namespace'::regclass;
  if v_dependents is not null then
    raise exception 'Rebuilding the code would drop what depends on it: %', v_dependents
      using hint = 'Drop or change these first; tables must not use functions of core, routing, api or report.';
  end if;
end
$$;
