-- Which leads pass a filter: {"state", "campaign_id", "caller_id", "status": "assigned", "queued", "closed" or "test",
-- "lead_status": how far they have come, "source", "called": "no", "yes" or "in_time", "lacks", "since", "until",
-- "search", "hashes", "after", "limit"}, all optional. "lacks" names what they do not have: "state", "source",
-- "campaign", "caller", or several with commas between. Newest first; ids sort by arrival, so the id of the last row
-- seen is the cursor. A plain date in since or until begins at midnight in the workspace's timezone. What is searched
-- for: core.search_condition().
--
-- Row security lets no index be used for what is not leakproof (ilike, lower()): it would read every lead. So the
-- search itself runs as the owner, gives out ids alone, and keeps to the own leads of whom core.own_leads_only() holds;
-- the leads are then read under row security.
--
-- What is frequent is soon found from the newest lead down; what is rare, all at once by an index. No statistics tell
-- which of both a filter is, least of all one of several parts. So the newest few thousand are looked at first, however
-- many of them pass, and only where they are not enough is everything asked.
--
-- With "until" the order is that of created_at, which is the same but where somebody inserted leads with another time:
-- an index leads to the end of the period.
create function core.find_leads(p_filter jsonb, p_limit int, p_in_order boolean default true) returns setof uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_hashjoin = off  -- of a given number of leads, each is looked up
set enable_mergejoin = off
set enable_nestloop = on
as $$
declare
  v_filter jsonb := jsonb_strip_nulls(p_filter);
  v_workspace crm.workspaces;
  v_own_only boolean := core.own_leads_only();
  v_caller_id uuid := coalesce(case when v_own_only then core.current_caller() end, (v_filter ->> 'caller_id')::uuid);
  v_order text := case when not p_in_order then '' when v_filter ? 'until' then 'order by l.created_at desc, l.id desc'
    else 'order by l.id desc' end;
  v_after uuid := (v_filter ->> 'after')::uuid;
  v_after_at timestamptz;
  v_query text;
  v_found uuid[] := array[]::uuid[];
  v_more uuid[];
begin
  if v_own_only and (v_caller_id is null or v_caller_id <> (v_filter ->> 'caller_id')::uuid) then
    return;
  end if;
  select w.* into v_workspace from crm.workspaces w where w.id = core.current_workspace();
  if v_filter ? 'until' then
    select l.created_at into v_after_at from crm.leads l where l.workspace_id = v_workspace.id and l.id = v_after;
  end if;
  if p_limit > core.newest_looked_at() then  -- so many are not looked up one by one
    perform set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
      set_config('enable_nestloop', 'off', true);
  end if;
  foreach v_query in array core.lead_queries(v_filter, v_caller_id is not null, p_limit, p_in_order,
    (select c.calling_code from crm.countries c where c.code = v_workspace.country))
  loop
    execute format('select array(select l.id from %s %s limit $8)', v_query, v_order) into v_more
      using v_workspace.id, v_caller_id, v_filter ->> 'state', lower(v_filter ->> 'source'),
        core.read_timestamp(v_filter ->> 'since', v_workspace.timezone),
        core.read_timestamp(v_filter ->> 'until', v_workspace.timezone),
        v_after, p_limit, (v_filter ->> 'campaign_id')::int, v_after_at,
        nullif(v_filter ->> 'lead_status', 'new');
    if v_found <> '{}' and v_filter ? 'search' then  -- of short words, each finds what the other does not
      execute format(
        'select array(select l.id from crm.leads l where l.workspace_id = $1 and l.id = any ($2) %s limit $3)',
        v_order) into v_more using v_workspace.id, v_found || v_more, p_limit;
    end if;
    v_found := v_more;
    exit when cardinality(v_found) >= p_limit;
    perform set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true);
  end loop;
  return query select i.id from unnest(v_found) with ordinality as i (id, nr) order by i.nr;
end
$$;

comment on function core.find_leads(jsonb, int, boolean) is
  'Ids of the leads in sight that pass a filter, newest first, or so many of them in any order, to be counted.';

create function core.newest_looked_at() returns int
language sql immutable
return 10000;

comment on function core.newest_looked_at() is
  'How many of the newest leads are looked at one by one before an index is asked.';

create function core.lead_queries(
  p_filter jsonb, p_by_caller boolean, p_limit int, p_in_order boolean, p_calling_code text) returns text[]
language plpgsql immutable
as $$
declare
  v_where text := core.filter_condition(
    case when p_by_caller and p_filter ->> 'status' = 'assigned' then p_filter - 'status' else p_filter end);
  v_search text := core.search_condition(p_filter ->> 'search', p_calling_code, p_filter -> 'hashes');
  v_known text := core.search_condition(p_filter ->> 'search', p_calling_code, p_filter -> 'hashes', true);
  v_is_loose boolean := v_search is not null and core.newest_searched(p_filter ->> 'search') is not null;
  v_newest int := greatest(core.newest_looked_at(), p_limit);
  v_is_plain boolean := p_filter - '{caller_id,status,after,limit}'::text[] = '{}';
  v_leads text := 'crm.leads l where ' || v_where;
  v_said text := case when v_search is not null
    then format('cross join lateral (select l.id, lower(%s) as said offset 0) s ', core.search_text()) else '' end;
  v_is_own text := case when p_by_caller then format('exists (%s)', core.own_leads_query(p_filter, 'l.id')) end;
  v_by_search text := case when p_in_order then format('(select l.* from %s and %s offset 0) l', v_leads, v_known)
    else format('%s and %s', v_leads, v_known) end;
  -- that very assignment: asked last, of what passes the rest
  v_is_ones constant text := 'exists (select from core.own_leads a where a.workspace_id = $1 and a.seq = o.seq'
    ' and a.lead_id = %s offset 0)';
  v_first text;
  v_all text;
begin
  if p_by_caller and p_filter ->> 'status' in ('queued', 'test') then
    return array[]::text[];  -- nobody has these
  elsif v_is_plain and not p_by_caller and not p_filter ? 'status' then
    return array[v_leads];
  elsif p_filter ->> 'status' = 'queued' and not p_by_caller and v_known is null then
    return array[format(case when v_is_plain then '%s' else '(select l.* from %s offset 0) l' end,
      format('crm.leads l %swhere ', v_said) || concat_ws(' and ', v_where, v_search))];
  end if;
  v_first := case
    when p_by_caller and not p_filter ? 'until' then
      format('(%s) o join crm.leads l on l.id = o.lead_id %swhere ',
        core.callers_leads_query(p_filter, v_newest), v_said)
      || concat_ws(' and ', v_where, v_search,
        format(v_is_ones, case when v_search is null then 'l.id' else 's.id' end))
    else format('(%s limit %s) l %swhere ', core.newest_query(p_filter), v_newest, v_said)
      || concat_ws(' and ', v_where, v_is_own, v_search) end;
  v_all := case
    when v_known is not null then concat_ws(case when p_in_order then ' where ' else ' and ' end, v_by_search, v_is_own)
    when v_search is not null then null
    when p_by_caller then format(
      '(select l.*, o.seq from (%s) o join crm.leads l on l.id = o.lead_id where %s offset 0) o'
        ' cross join lateral (select o.id, o.created_at) l where %s',
      core.callers_leads_query(p_filter, null), v_where, format(v_is_ones, 'o.id'))
    else v_leads end;
  return case when p_in_order or v_is_loose or p_by_caller and v_known is null
    then array_remove(array[v_first, v_all], null) else array[v_all] end;
end
$$;

comment on function core.lead_queries(jsonb, boolean, int, boolean, text) is
  'What core.find_leads() selects l from, one after the other until enough are found; the last finds all there is.';

create function core.own_leads_query(p_filter jsonb, p_id text) returns text
language sql immutable
return concat_ws(' union all ',
  case when coalesce(p_filter ->> 'status', 'assigned') = 'assigned' then format('select from core.own_open_leads a'
    ' where a.workspace_id = $1 and a.caller_id = $2 and a.lead_id = %s', p_id) end,
  case when coalesce(p_filter ->> 'status', 'closed') <> 'assigned' then format('select from core.own_closed_leads a'
    ' where a.workspace_id = $1 and a.caller_id = $2 and a.lead_id = %s', p_id) end);

comment on function core.own_leads_query(jsonb, text) is
  'Finds a row if the lead with an id is of the caller $2, as SQL. Open and closed leads apart, so that each part goes '
  'along an index of its own.';

-- Whose a lead is, is dear to find out. So what the caller once closed is taken from an index alone, and only what
-- passes the filter is asked whether it was reopened since.
create function core.callers_leads_query(p_filter jsonb, p_limit int) returns text
language sql immutable
return (
  select string_agg(format('(select a.lead_id, a.seq from crm.lead_assignments a where a.caller_id = $2 and %s%s'
      ' order by a.lead_id desc limit %L::bigint)', q.condition,
      case when p_filter ? 'after' and not p_filter ? 'until' then ' and a.lead_id < $7' else '' end, p_limit),
    ' union all ') || case when count(*) > 1 then format(' order by 1 desc limit %L::bigint', p_limit) else '' end
  from (values ('assigned', 'a.ended_at is null'), ('closed', $q$a.status = 'closed'$q$)) q (status, condition)
  where q.status = coalesce(p_filter ->> 'status', q.status));

comment on function core.callers_leads_query(jsonb, int) is
  'The newest leads that the caller $2 has or closed, so many or (null) all, by their assignments, as SQL: the '
  'caller''s own, and what was reopened since.';

create function core.is_lacking(p_filter jsonb, p_what text) returns boolean
language sql immutable
return p_what = any (string_to_array(p_filter ->> 'lacks', ','));

comment on function core.is_lacking(jsonb, text) is
  'Whether a filter asks for leads without a state, source, campaign or caller.';

create function core.filter_condition(p_filter jsonb) returns text
language sql immutable
return concat_ws(' and ', 'l.workspace_id = $1',
  case when p_filter ->> 'state' is not null then 'l.state = $3' end,
  case when p_filter ->> 'source' is not null then 'lower(l.lead_source) = $4' end,
  case when p_filter ->> 'campaign_id' is not null then 'l.campaign_id = $9' end,
  case when p_filter ->> 'lead_status' = 'new' then 'coalesce(l.status, ''new'') = ''new'''
    when p_filter ? 'lead_status' then 'l.status = $11::crm.lead_status' end,
  case when core.is_lacking(p_filter, 'state') then 'l.state is null' end,
  case when core.is_lacking(p_filter, 'source') then 'l.lead_source is null' end,
  case when core.is_lacking(p_filter, 'campaign') then 'l.campaign_id is null' end,
  case when core.is_lacking(p_filter, 'caller')
    then 'not exists (select from core.own_leads n where n.workspace_id = $1 and n.lead_id = l.id)' end,
  case when p_filter ? 'called' then format(
    'core.is_called(l.created_at, core.first_call_at(l.workspace_id, l.id), %L)', p_filter ->> 'called') end,
  case when p_filter ->> 'since' is not null then 'l.created_at >= $5' end,
  case when p_filter ->> 'until' is not null then 'l.created_at < $6' end,
  case when p_filter ? 'after' then
    case when p_filter ? 'until' then '(l.created_at, l.id) < ($10, $7)' else 'l.id < $7' end end,
  case p_filter ->> 'status' when 'closed' then 'l.closed_at is not null and not l.is_test'
    when 'test' then 'l.is_test'
    when 'queued' then 'exists (select from crm.queue q where q.workspace_id = $1 and q.lead_id = l.id)'
    when 'assigned'
      then 'l.closed_at is null
        and not exists (select from crm.queue q where q.workspace_id = $1 and q.lead_id = l.id)' end);

comment on function core.filter_condition(jsonb) is
  'A filter without its search and its caller as SQL about l, with the parameters of core.find_leads().';

-- Each part of a filter that an index has in order.
create function core.newest_query(p_filter jsonb) returns text
language sql immutable
return 'select l.* from crm.leads l where ' || core.filter_condition(jsonb_strip_nulls(jsonb_build_object(
      'after', p_filter -> 'after', 'until', p_filter -> 'until')))
    || case
      when p_filter ->> 'status' = 'test' then ' and l.is_test'
      when p_filter ? 'until' then ''
      when p_filter ? 'campaign_id' then ' and l.campaign_id = $9'
      when p_filter ->> 'status' = 'closed' then ' and l.closed_at is not null' else '' end
    || ' order by ' || case when p_filter ? 'until' then 'l.created_at desc, l.id desc' else 'l.id desc' end;

comment on function core.newest_query(jsonb) is
  'The newest leads that pass the part of a filter which an index has in order, as SQL.';

-- Each word must be somewhere in what a lead says of itself: in any order, in any case, as any part of it. What looks
-- like a phone is one word, however it is spaced.
create function core.search_words(p_search text) returns text[]
language sql immutable
return (
  select array_agg(case
    when w.word ~ '^[\d().+/-]*\d[\d().+/-]*$' then regexp_replace(w.word, '\D', '', 'g') else w.word end order by w.nr)
  from regexp_split_to_table(
    case when p_search ~ '^[\d\s().+/-]*$' then regexp_replace(p_search, '\s', '', 'g') else trim(p_search) end, '\s+')
    with ordinality w (word, nr)
  where w.word <> '' and w.nr <= 10);

comment on function core.search_words(text) is
  'The first ten words of a search, phones as their digits; null when nothing is searched for.';

create function core.search_text() returns text
language sql immutable
return $$(' ' || coalesce(l.name, '') || ' ' || coalesce(l.city, '')
  || case when l.email like '%@%' then ' ' || l.email else '' end
  || case when l.phone ^@ '+' then ' ' || substr(l.phone, 2) else '' end) collate "default"$$;

comment on function core.search_text() is
  'What is searched of a lead, as SQL about l: the expression of leads_search_idx. What is sealed is not in it.';

-- Words that are looked for as any part only among the newest leads.
create function core.newest_searched(p_search text) returns int
language sql immutable
return (
  select core.newest_looked_at() from unnest(core.search_words(p_search)) w (word)
  having bool_or(w.word !~ '[[:alnum:]]{3}'));

comment on function core.newest_searched(text) is
  'Among how many of the newest leads alone a search finds every part of a word: where a word is shorter than three '
  'letters; null where it finds all there are.';

-- The index knows three letters or digits in a row, and the beginning of a word. So p_by_index asks for shorter words
-- at the beginning of words; null when even that is of no use to the index.
create function core.search_condition(
  p_search text, p_calling_code text, p_hashes jsonb default null, p_by_index boolean default false) returns text
language sql immutable
as $$
  select case when bool_or(s.is_known) or not p_by_index or p_hashes is not null then '(' || concat_ws(' or ',
    case when bool_or(s.is_known) or not p_by_index then string_agg(format(
      case when s.word ~ '^0+[1-9]' then '(%1$slike %2$L or %1$slike %3$L)' else '%1$slike %2$L' end,
      case when p_by_index then core.search_text() || ' i' else 's.said ' end, lower(s.pattern),
      '%' || ltrim(s.word, '0') || '%'), ' and ' order by s.nr) end,
    case when count(*) = 1 and max(s.word) ~ '^\d{7,}$' then format('l.other_phones && %L::text[]',
      array['+' || max(s.word), '+' || p_calling_code || ltrim(max(s.word), '0')]) end,
    (select string_agg(format(
      'l.phone = %L or l.other_phones && array[%1$L] or (l.email = %1$L and l.sealed is not null)', h.hash), ' or ')
      from jsonb_array_elements_text(p_hashes) h (hash))) || ')' end
  from (
    select w.word, w.nr,
      case when p_by_index and w.word !~ '[[:alnum:]]{3}' then '% ' else '%' end
        || regexp_replace(w.word, '([\\%_])', '\\\1', 'g') || '%' as pattern,
      w.word ~ '[[:alnum:]]{3}|^[[:alnum:]]' as is_known
    from unnest(core.search_words(p_search)) with ordinality w (word, nr)) s
  having count(*) > 0
$$;

comment on function core.search_condition(text, text, jsonb, boolean) is
  'A search as SQL about l, and s.said in small letters; null when nothing is searched for. p_hashes: what the '
  'searched phone or e-mail would be if it is sealed. p_by_index: as the index finds it, null where it cannot.';
