-- The one search box: what is called by some words, of everything that has a page. Each is found by the words in any
-- order; leads as core.find_leads() finds them, everything else by any part of its name. It runs as the role that asks,
-- so row security says what is in sight; a few of each are enough, since who wants all of them has the list.
create function core.is_called(p_name text, p_words text[]) returns boolean
language sql immutable
return (select bool_and(position(lower(w.word) in lower(p_name)) > 0) from unnest(p_words) w (word));

comment on function core.is_called(text, text[]) is 'Whether each of some words is any part of a name, in any case.';

create function core.first_named(p_search text, p_most int)
returns table (kind text, items jsonb)
language sql stable
as $$
  with named as (
    select 'callers' as kind, c.id::text as id, c.name from crm.callers c
    where c.workspace_id = core.current_workspace() and c.archived_at is null
    union all
    select 'campaigns', g.id::text, g.name from crm.campaigns g
    where g.workspace_id = core.current_workspace() and g.archived_at is null
    union all
    select 'sources', s.id::text, s.name from crm.sources s
    where s.workspace_id = core.current_workspace() and s.revoked_at is null
  ),
  found as (
    select n.*, row_number() over (
      partition by n.kind order by position(lower(p_search) in lower(n.name)) <> 1, lower(n.name), n.id) as nr
    from named n where core.is_called(n.name, core.search_words(p_search))
  )
  select f.kind, jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name) order by f.nr)
  from found f where f.nr <= p_most group by f.kind
$$;

comment on function core.first_named(text, int) is
  'Callers, campaigns and sources in sight by their names, so many of each, those first whose names begin so.';

create function api.search_all(p_search text, p_hashes jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('callers', '[]'::jsonb, 'campaigns', '[]'::jsonb, 'sources', '[]'::jsonb,
      'leads', core.page_of_leads(jsonb_build_object('search', p_search, 'hashes', p_hashes), 8, false) -> 'items')
    || coalesce((select jsonb_object_agg(f.kind, f.items) from core.first_named(p_search, 5) f), '{}')
$$;

comment on function api.search_all(text, jsonb) is
  'What is called by some words: {"leads", "callers", "campaigns", "sources"}, the newest eight leads and five of each '
  'other. p_hashes: what the searched phone or e-mail would be if it is sealed.';
