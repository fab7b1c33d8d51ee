-- Rules as the log keeps them: replay reads it to know by which plan a lead was dealt. Each change is a new version.
-- The triggers are on the table: a DBA's plain update is checked and recorded like the page's.
--
-- Errors: LD422 for a condition with a mistake (with the path of it), for callers who are not there, for more than one
-- of attributes, teams and callers, and for switching on a rule whose old condition was not replaced.
create function routing.rule_snapshot(p_rule crm.rules) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_rule.id, 'version', p_rule.version, 'step', p_rule.step, 'name', p_rule.name, 'condition', p_rule.condition,
  'attributes', p_rule.attributes, 'teams', p_rule.teams, 'callers', p_rule.callers,
  'old_condition', p_rule.old_condition, 'strategy', p_rule.strategy, 'on_exhausted', p_rule.on_exhausted,
  'is_on', p_rule.is_on,
  'claim_minutes', p_rule.claim_minutes, 'most_expiries', p_rule.most_expiries,
  'archived', p_rule.archived_at is not null,
  'campaign_id', p_rule.campaign_id, 'is_paused', p_rule.is_paused);

comment on function routing.rule_snapshot(crm.rules) is 'A rule as the event log keeps it: all that dealing looks at.';

create function routing.rule_json(p_rule crm.rules) returns jsonb
language sql stable
return routing.rule_snapshot(p_rule) - 'archived' - 'campaign_id'
  || jsonb_build_object('etag', core.etag_of(p_rule.workspace_id, 'rule', p_rule.id::text),
    'sentence', case when p_rule.old_condition is null then routing.describe_condition(p_rule.condition)
    else 'No leads, until it has a new condition' end);

comment on function routing.rule_json(crm.rules) is 'A rule as JSON, as the page and the API show it.';

-- Teams and callers are sets; in one order, so that the same set always forms the same key. A team goes by its slug.
create function routing.prepare_whom(p_rule crm.rules) returns crm.rules
language plpgsql stable
as $$
declare
  v_rule crm.rules := p_rule;
  v_stranger uuid;
begin
  v_rule.teams := array(
    select min(trim(t)) from unnest(p_rule.teams) t where core.slug(t) <> '' group by core.slug(t)
      order by core.slug(t) collate "C");
  v_rule.callers := array(select distinct c from unnest(p_rule.callers) c where c is not null order by c);
  if (cardinality(v_rule.attributes) > 0)::int + (cardinality(v_rule.teams) > 0)::int
    + (cardinality(v_rule.callers) > 0)::int > 1 then
    raise exception 'A rule is for callers who share attributes of the lead, for teams, or for callers by name'
      using errcode = 'LD422', column = case when v_rule.callers = '{}' then 'teams' else 'callers' end,
        hint = 'Choose one of them, and leave the others empty.';
  elsif octet_length(routing.pool_key_of(v_rule.id, v_rule.teams, '{}', null)) > 2000 then
    raise exception 'The names of these teams are too long together'
      using errcode = 'LD422', column = 'teams', hint = 'Split the rule into two, each with fewer teams.';
  end if;
  select c into v_stranger from unnest(v_rule.callers) c
  where not exists (select from crm.callers k where k.workspace_id = v_rule.workspace_id and k.id = c) limit 1;
  if found then
    raise exception 'There is no caller %', v_stranger using errcode = 'LD422', column = 'callers',
      hint = 'Choose callers of this workspace.';
  end if;
  return v_rule;
end
$$;

comment on function routing.prepare_whom(crm.rules) is
  'A rule with its teams and callers as sets. LD422 for strangers, and for more than one way to say whom.';

create function routing.prepare_rule() returns trigger
language plpgsql
as $$
declare
  v_aside text[] := array['version', 'updated_at', 'compiled'];
begin
  new.name := trim(new.name);
  if tg_op = 'INSERT' or new.condition is distinct from old.condition then
    new.condition := routing.read_condition(new.workspace_id, new.condition);
  end if;
  new.compiled := routing.compile_condition(new.condition);
  if new.condition is not null then
    new.old_condition := null;
  end if;
  if tg_op = 'INSERT' or (new.attributes, new.teams, new.callers) is distinct from (old.attributes,
    old.teams, old.callers) then
    new := routing.prepare_whom(new);
  end if;
  if new.old_condition is not null and new.is_on then
    raise exception 'The old condition of the rule % cannot be used any more: %', new.name, left(new.old_condition, 500)
      using errcode = 'LD422', column = 'condition', hint = 'Give the rule a new condition, then switch it on.';
  end if;
  if tg_op = 'UPDATE' then
    new.version := old.version;
    new.updated_at := old.updated_at;
    if to_jsonb(new) - v_aside is distinct from to_jsonb(old) - v_aside then
      new.version := old.version + 1;
      new.updated_at := core.current_time();
    end if;
  end if;
  return new;
end
$$;

comment on function routing.prepare_rule() is
  'Trigger: checks a rule, puts it into one spelling, compiles its condition, and counts the version of a change.';

create trigger prepare_rule before insert or update on crm.rules
for each row execute function routing.prepare_rule();

select core.make_record('crm.rules', 'rule', 'routing.rule_snapshot(crm.rules)');
