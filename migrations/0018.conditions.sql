-- Conditions of rules as data in the place of jsonpath that people wrote; rules for teams, and for callers by name.
-- depends: 0017.intake
-- squawk-ignore-file ban-drop-column, constraint-missing-not-valid, ban-drop-function, renaming-column

alter table crm.rules rename column condition to written;
alter table crm.rules
  add column condition     jsonb constraint rules_condition_object check (jsonb_typeof(condition) = 'object'),
  add column compiled      jsonpath,
  add column old_condition text,
  add column teams         text[] not null default '{}' constraint rules_teams_count check (cardinality(teams) <= 20),
  add column callers       uuid[] not null default '{}' constraint rules_callers_count check
    (cardinality(callers) <= 500);
alter table crm.rules
  add constraint rules_old_condition_replaced check (old_condition is null or (condition is null and not is_on)),
  add constraint rules_whom_known check ((attributes <> '{}')::int + (teams <> '{}')::int
    + (callers <> '{}')::int <= 1);
comment on column crm.rules.condition is
  'Which leads it is for: {"match", "terms": [{"field", "operator", "values"} or one more such group]}; null: all.';
comment on column crm.rules.compiled is
  'The condition as dealing asks it, made by a trigger; null for none. Of a form that costs what the lead is long.';
comment on column crm.rules.old_condition is
  'Jsonpath from before conditions were data, where it was not translated; then the rule is off. Never run.';
comment on column crm.rules.attributes is
  'Attributes of a lead that form the key of its pool. With neither these nor teams nor callers: everybody.';
comment on column crm.rules.teams is 'Teams whose callers form its pool.';
comment on column crm.rules.callers is 'The callers who form its pool, by id; archived ones are no members.';

-- What was written, read as jsonpath writes it out: $."city" == "Pune" && ($."a" > 5 || exists($."b")). What cannot be
-- said in the new form is an error. Texts were compared exactly and now are without case, spaces and accents; text that
-- is a number now counts as one, and source may have been asked for by the name senders give it.
--
-- crm.read_condition() takes the words from p_at on and answers {"node": a term or group, "at": the next word}.
create function crm.condition_term(p_path text[], p_sign text, p_value jsonb, p_is_denied boolean) returns jsonb
  language plpgsql immutable as $$
declare
  v_known text[] := array['name', 'phone', 'email', 'external_id', 'city', 'state', 'source', 'language', 'message',
    'campaign', 'team'];
  v_field text := case
    when cardinality(p_path) = 1 and p_path[1] = 'lead_source' then 'source'
    when cardinality(p_path) = 1 and p_path[1] = any (v_known) then p_path[1]
    when cardinality(p_path) = 2 and p_path[1] = 'metadata' and length(p_path[2]) between 1 and 100
      and trim(p_path[2]) <> '' then 'metadata.' || p_path[2] end;
  v_is_metadata boolean := v_field like 'metadata.%';
  v_kind text := jsonb_typeof(p_value);
  v_text text := p_value #>> '{}';
  v_is jsonb := jsonb_build_object('field', v_field, 'operator', 'is', 'values',
    jsonb_build_array(case v_kind when 'number' then p_value else to_jsonb(v_text) end));
  v_empty jsonb := jsonb_build_object('field', v_field, 'operator', 'is_empty', 'values', jsonb_build_array());
  v_bound jsonb := jsonb_build_array(v_is || jsonb_build_object('operator',
    case when p_sign in ('>', '>=') <> p_is_denied then 'more_than' else 'less_than' end));
begin
  if v_field is null then
    raise exception 'no such field';
  elsif p_sign = 'exists' or (v_kind = 'null' and not v_is_metadata and p_sign in ('==', '!=')) then
    return v_empty || jsonb_build_object('operator', case when (p_sign = '==') <> p_is_denied then 'is_empty'
      else 'is_not_empty' end);
  elsif p_sign = '!=' and p_is_denied and v_is_metadata then
    raise exception 'no such comparison';
  elsif v_kind = 'null' or trim(v_text) = '' or length(v_text) > 200 then
    raise exception 'no such value';
  elsif p_sign in ('==', '!=') then
    v_is := v_is || jsonb_build_object('operator', case when (p_sign = '==') <> p_is_denied then 'is'
      else 'is_not' end);
    -- What a lead did not say at all was not something else, unless the whole was denied.
    return case when p_sign = '!=' and not p_is_denied and v_is_metadata
      then jsonb_build_object('match', 'all', 'terms',
        jsonb_build_array(v_is, v_empty || '{"operator": "is_not_empty"}')) else v_is end;
  elsif p_sign in ('begins_with', 'contains') and v_kind = 'string' and not p_is_denied then
    return v_is || jsonb_build_object('operator', p_sign);
  elsif p_sign in ('>', '>=', '<', '<=') and v_is_metadata and (v_kind = 'number' and abs(p_value::numeric) < 1e24
      or v_kind = 'string' and v_text ~ '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d)$' and not p_is_denied) then
    -- The bound itself, and what says nothing, on the side where they were.
    if (p_sign in ('>=', '<=')) <> p_is_denied then
      v_bound := v_bound || jsonb_build_array(v_is);
    end if;
    if p_is_denied then
      v_bound := v_bound || jsonb_build_array(v_empty);
    end if;
    return case when jsonb_array_length(v_bound) = 1 then v_bound -> 0
      else jsonb_build_object('match', 'any', 'terms', v_bound) end;
  end if;
  raise exception 'no such comparison';
end $$;

-- One kind of joint: terms of the same kind are taken in, groups may stand one deep.
create function crm.join_conditions(p_match text, p_nodes jsonb) returns jsonb language plpgsql immutable as $$
declare
  v_terms jsonb := '[]';
  v_node jsonb;
begin
  if jsonb_array_length(p_nodes) = 1 then
    return p_nodes -> 0;
  end if;
  for v_node in select n.value from jsonb_array_elements(p_nodes) n loop
    v_terms := v_terms || case when v_node ->> 'match' = p_match then v_node -> 'terms'
      else jsonb_build_array(v_node) end;
  end loop;
  return jsonb_build_object('match', p_match, 'terms', v_terms);
end $$;

create function crm.read_condition(p_words text[], p_at int, p_how text, p_is_denied boolean) returns jsonb
  language plpgsql immutable as $$
declare
  v_at int := p_at;
  v_path text[] := '{}';
  v_nodes jsonb;
  v_part jsonb;
  v_sign text;
begin
  if p_how in ('any', 'all') then
    v_nodes := '[]';
    loop
      v_part := crm.read_condition(p_words, v_at, case p_how when 'any' then 'all' else 'one' end, false);
      v_nodes := v_nodes || jsonb_build_array(v_part -> 'node');
      v_at := (v_part ->> 'at')::int;
      exit when p_words[v_at] is distinct from case p_how when 'any' then '||' else '&&' end;
      v_at := v_at + 1;
    end loop;
    return jsonb_build_object('node', crm.join_conditions(p_how, v_nodes), 'at', v_at);
  elsif p_words[v_at] = '!' and not p_is_denied then
    return crm.read_condition(p_words, v_at + 1, 'one', true);
  elsif p_words[v_at] = '(' and p_is_denied then  -- one comparison can be denied, several cannot
    v_part := crm.read_condition(p_words, v_at + 1, 'one', true);
    if p_words[(v_part ->> 'at')::int] is distinct from ')' then
      raise exception 'no single comparison';
    end if;
    return v_part || jsonb_build_object('at', (v_part ->> 'at')::int + 1);
  elsif p_words[v_at] = '(' then
    v_part := crm.read_condition(p_words, v_at + 1, 'any', false);
    if p_words[(v_part ->> 'at')::int] is distinct from ')' then
      raise exception 'no such form';
    end if;
    return v_part || jsonb_build_object('at', (v_part ->> 'at')::int + 1);
  end if;

  if p_words[v_at] = 'exists' and p_words[v_at + 1] = '(' then
    v_sign := 'exists';
    v_at := v_at + 2;
  end if;
  if p_words[v_at] is distinct from '$' then
    raise exception 'no field';
  end if;
  v_at := v_at + 1;
  while p_words[v_at] = '.' loop
    v_path := v_path || (p_words[v_at + 1]::jsonb #>> '{}');
    v_at := v_at + 2;
  end loop;
  if v_sign = 'exists' then
    if p_words[v_at] is distinct from ')' then
      raise exception 'no such form';
    end if;
    return jsonb_build_object('node', crm.condition_term(v_path, v_sign, null, p_is_denied), 'at', v_at + 1);
  elsif p_words[v_at] = 'starts' and p_words[v_at + 1] = 'with' then
    return jsonb_build_object('node', crm.condition_term(v_path, 'begins_with', p_words[v_at + 2]::jsonb, p_is_denied),
      'at', v_at + 3);
  elsif p_words[v_at] = 'like_regex' and p_words[v_at + 2] = 'flag' and p_words[v_at + 3] ~ '^"i?q"$' then
    return jsonb_build_object('node', crm.condition_term(v_path, 'contains', p_words[v_at + 1]::jsonb, p_is_denied),
      'at', v_at + 4);
  -- A pattern of letters alone is what it says.
  elsif p_words[v_at] = 'like_regex' and p_words[v_at + 1] ~ '^"\^?[[:alnum:] ]+"$' then
    v_sign := case when p_words[v_at + 1] like '"^%' then 'begins_with' else 'contains' end;
    v_part := crm.condition_term(v_path, v_sign, to_jsonb(trim(both '"^' from p_words[v_at + 1])), p_is_denied);
    if p_words[v_at + 2] = 'flag' then
      if p_words[v_at + 3] is distinct from '"i"' then
        raise exception 'no such pattern';
      end if;
      v_at := v_at + 2;
    end if;
    return jsonb_build_object('node', v_part, 'at', v_at + 2);
  elsif p_words[v_at] in ('==', '!=', '>', '>=', '<', '<=') then
    return jsonb_build_object('node', crm.condition_term(v_path, p_words[v_at], p_words[v_at + 1]::jsonb, p_is_denied),
      'at', v_at + 2);
  end if;
  raise exception 'no such form';
end $$;

create function crm.translate_condition(p_written text) returns jsonb language plpgsql immutable as $$
declare
  v_words text[] := array(
    select w[1]
    from regexp_matches(p_written, '"(?:[^"\\]|\\.)*"|&&|\|\||==|!=|<=|>=|[a-z_]+|-?\d[\d.eE+-]*|\S', 'g') w);
  v_read jsonb;
  v_terms int;
begin
  v_read := crm.read_condition(v_words, 1, 'any', false);
  if (v_read ->> 'at')::int <> cardinality(v_words) + 1 then
    return null;
  end if;
  v_read := v_read -> 'node';
  if not v_read ? 'match' then
    v_read := jsonb_build_object('match', 'all', 'terms', jsonb_build_array(v_read));
  end if;
  v_terms := (select sum(case when t.value ? 'terms' then jsonb_array_length(t.value -> 'terms') else 1 end)
    from jsonb_array_elements(v_read -> 'terms') t);
  return case when v_terms <= 20 and length(v_read::text) <= 20000
    and not exists (select from jsonb_array_elements(v_read -> 'terms') t
      cross join jsonb_array_elements(t.value -> 'terms') i where i.value ? 'terms')
    then v_read end;
exception when others then
  return null;
end $$;

-- By hand, without the triggers of the code that is there: it does not know the new columns yet.
alter table crm.rules disable trigger user;
update crm.rules r
set version = r.version + 1, condition = t.condition, old_condition = case when t.condition is null
  then r.written::text end,
  is_on = r.is_on and t.condition is not null, updated_at = now()
from (
  select k.workspace_id, k.id, crm.translate_condition(k.written::text) as condition from crm.rules k
  where k.written is not null) t
where r.workspace_id = t.workspace_id and r.id = t.id;

-- The log says what each of them is from now on.
with change as (
  select r.workspace_id, row_number() over (partition by r.workspace_id order by r.step, r.id) as nr,
    last.data || jsonb_build_object(
      'version', r.version, 'condition', r.condition, 'old_condition', r.old_condition, 'is_on', r.is_on,
      'teams', jsonb_build_array(), 'callers', jsonb_build_array()) - 'from_seq' as data
  from crm.rules r
  cross join lateral (
    select e.data from crm.events e
    where (case when e.kind like 'rule.%' then e.data ->> 'id' when e.kind like 'source.%' then e.data ->> 'source_id'
             when e.kind like 'user.%' then e.data ->> 'user_id' when e.kind like 'workspace.%'
               then '' end) = r.id::text
      and e.kind like any (array['rule.%', 'source.%', 'user.%', 'workspace.%']) and e.workspace_id = r.workspace_id
        and e.kind like 'rule.%'
    order by e.seq desc limit 1) last
  where r.written is not null
),
numbered as (
  update crm.workspaces w set event_seq = w.event_seq + c.changes
  from (select n.workspace_id, count(*) as changes from change n group by n.workspace_id) c
  where c.workspace_id = w.id returning w.id, w.event_seq - c.changes as before
)
insert into crm.events (workspace_id, seq, at, kind, actor, data)
select c.workspace_id, b.before + c.nr, now(), 'rule.updated', 'migration', c.data
from change c join numbered b on b.id = c.workspace_id;

alter table crm.rules enable trigger user;
drop function crm.translate_condition(text);
drop function crm.read_condition(text[], int, text, boolean);
drop function crm.join_conditions(text, jsonb);
drop function crm.condition_term(text[], text, jsonb, boolean);

-- With the views of code on it, which is rebuilt now.
alter table crm.rules drop column written cascade;
