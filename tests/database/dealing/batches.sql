-- A batch is dealt as if its leads came one by one: pools that share callers, under every strategy, with limits that are
-- reached in the middle. Both are tried from the same state, each undone again.
begin;
\ir ../given.psql
select * from no_plan();

create function given.mixed(p_leads int) returns table (nr int, name text, lead jsonb) language sql as $$
  select n, 'mix' || n, (array['{"state": "Goa"}', '{"source": "Site"}', '{"language": "Hindi"}', '{"metadata": {"campaign": "Diwali"}}', '{}', '{"state": "Kerala", "language": "hindi"}'])[1 + abs(hashint4(n)) % 6]::jsonb
  from generate_series(1, p_leads) n
$$;
create function given.mixed_callers(p_at_once boolean, p_leads int) returns text language plpgsql as $$
declare
  v_callers text;
begin
  begin
    if p_at_once then
      insert into crm.leads (workspace_id, name, state, lead_source, language, metadata)
      select core.current_workspace(), m.name, m.lead ->> 'state', m.lead ->> 'source', m.lead ->> 'language', coalesce(m.lead -> 'metadata', '{}') from given.mixed(p_leads) m order by m.nr;
    else
      perform given.lead(m.name, m.lead) from given.mixed(p_leads) m order by m.nr;
    end if;
    select string_agg(coalesce(l.caller_name, '-') || '(' || l.assignment_reason || ')', ' ' order by l.id) into v_callers from core.lead_cards l where l.workspace_id = core.current_workspace();
    if exists (select from routing.verify()) then
      v_callers := (select string_agg(v::text, ' ') from routing.verify() v);
    end if;
    raise exception using errcode = 'UNDO0';
  exception when sqlstate 'UNDO0' then
    return v_callers;
  end;
end $$;
create function given.mixed_plan(p_strategies text[]) returns void language plpgsql as $$
begin
  perform given.workspace(), given.no_rules();
  perform given.rule(a || ' rule', array_remove(array[nullif(a, 'all')], null), s, p_on_exhausted => case a when 'campaign' then 'queue' else 'next' end)
  from unnest(array['state', 'source', 'language', 'campaign', 'all'], p_strategies) with ordinality as t (a, s, nr) order by nr;
  perform given.caller(n, case when n in ('Asha', 'Bina', 'Chitra') then '{Goa}'::text[] else '{}' end, l) from unnest('{Asha,Bina,Chitra,Deepa,Esha,Farah}'::text[], '{0,9,0,6,0,0}'::int[]) t (n, l);
  perform given.competence('Asha', 'Site', 3), given.competence('Bina', 'Site', 1), given.competence('Deepa', 'Site', 2);
  perform given.change(n, format('languages = %L, max_load = %s, weight = %s', case when n in ('Bina', 'Chitra', 'Esha') then '{Hindi}' else '{}' end,
    m, w)) from unnest('{Asha,Bina,Chitra,Deepa,Esha,Farah}'::text[], '{12,20,7,0,11,5}'::int[], '{5,1,2,3,1,4}'::int[]) t (n, m, w);
  perform given.works_for('Chitra', '{Diwali}'), given.works_for('Farah', '{Diwali}');
end $$;
select given.now('2026-01-05 12:00+05:30');
select is((select given.mixed_callers(true, 60) from given.mixed_plan(s)), given.mixed_callers(false, 60), 'sure_picks() makes a batch what one by one would be: ' || s::text)
from (values
  ('{round_robin,round_robin,round_robin,round_robin,round_robin}'::text[]), ('{weighted,weighted,weighted,weighted,weighted}'), ('{weighted_random,weighted_random,weighted_random,weighted_random,weighted_random}'),
  ('{random,random,random,random,random}'), ('{least_loaded,least_loaded,least_loaded,least_loaded,least_loaded}'), ('{round_robin,weighted,random,weighted_random,least_loaded}'), ('{least_loaded,random,weighted_random,round_robin,weighted}')
) as t (s);
select matches(given.mixed_callers(true, 30), '^((Asha|Bina|Chitra|Deepa|Esha|Farah|-)\(([^()]|\([^)]*\))+\) ?){30}$', 'of thirty leads each went to somebody or waits');

-- The last turn of a caller may come in a pool while the turns before it came in another: whose odds change then.
create function given.shared(p_at_once boolean) returns text language plpgsql as $$
declare
  v_callers text;
begin
  begin
    if p_at_once then
      insert into crm.leads (workspace_id, name, state) select core.current_workspace(), n, case n when 'b1' then 'Goa' end from unnest('{b1,a1,a2,a3,a4,a5,a6,a7,a8,a9}'::text[]) n;
    else
      perform given.leads(n, case n when 'b1' then 'Goa' end) from unnest('{b1,a1,a2,a3,a4,a5,a6,a7,a8,a9}'::text[]) n;
    end if;
    v_callers := given.callers_of('b1 a1 a2 a3 a4 a5 a6 a7 a8 a9');
    raise exception using errcode = 'UNDO0';
  exception when sqlstate 'UNDO0' then
    return v_callers;
  end;
end $$;
create function given.shared_plan(p_strategy text) returns void language plpgsql as $$
begin
  perform given.workspace(), given.no_rules();
  perform given.rule('b', '{state}'), given.rule('a', '{}', p_strategy);
  perform given.caller('Asha', '{Goa}', 2), given.caller('Bina'), given.caller('Chitra'), given.caller('Deepa');
end $$;
select is((select given.shared(true) from given.shared_plan(s)), given.shared(false), s || ' minds who used up the last turn, wherever the turns before were')
from unnest('{weighted,random,weighted_random}'::text[]) s, generate_series(1, 12);

select * from finish();
rollback;
