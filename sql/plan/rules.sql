-- The plan, for the page and the API. All act in core.current_workspace(). The turnstile comes first: the order of
-- rules is one thing, changed by one person at a time, and never while leads are dealt by it. The rules of campaigns
-- are not of the plan: see campaigns.sql.
--
-- Errors: LD404 no such rule; LD409 the rule is archived, the plan has 200 rules already, or (column ids) it has
-- changed meanwhile; LD422 a condition or callers that cannot be used (see record.sql).
create function routing.takes_everything(p_rule crm.rules) returns boolean
language sql immutable parallel safe
return p_rule.is_on and p_rule.archived_at is null and p_rule.campaign_id is null and p_rule.condition is null
  and p_rule.attributes = '{}' and p_rule.teams = '{}' and p_rule.callers = '{}';

comment on function routing.takes_everything(crm.rules) is
  'Whether a rule is for all leads and all callers, so that no lead gets to the rules behind it.';

create function routing.hidden_by(p_rule crm.rules) returns jsonb
language sql stable
return (
  select jsonb_build_object('id', r.id, 'name', r.name) from crm.rules r
  where r.workspace_id = p_rule.workspace_id and r.step < p_rule.step and routing.takes_everything(r)
  order by r.step limit 1);

comment on function routing.hidden_by(crm.rules) is
  'The rule before this one that takes everything, as {"id", "name"}; null while leads may get here.';

create function api.list_rules() returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(routing.rule_json(r) || jsonb_build_object('hidden_by', routing.hidden_by(r))
    order by r.step), '[]')
  from crm.rules r
  where r.workspace_id = core.current_workspace() and r.campaign_id is null and r.archived_at is null
$$;

comment on function api.list_rules() is
  'The plan: its rules in order, as JSON; hidden_by is an earlier rule that takes everything, or null.';

create function api.get_rule(p_rule_id uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return routing.rule_json(routing.find_rule(core.current_workspace(), p_rule_id));
end
$$;

comment on function api.get_rule(uuid) is 'One rule as JSON, archived ones too. LD404 when there is none.';

create function api.create_rule(p_rule jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_rule crm.rules;
  v_step int;
  v_count int;
begin
  perform core.take_turnstile(v_workspace_id);
  v_rule := routing.read_rule(p_rule);
  select coalesce(min(r.step) filter (where routing.takes_everything(r)), max(r.step) + 1, 1), count(*)
  into v_step, v_count
  from crm.rules r where r.workspace_id = v_workspace_id and r.campaign_id is null and r.archived_at is null;
  if v_count >= 200 then
    raise exception 'The plan has % rules, and there is no room for another', v_count
      using errcode = 'LD409', hint = 'Archive a rule that is not needed any more, or join two rules into one.';
  end if;
  update crm.rules r set step = r.step + 1 where r.workspace_id = v_workspace_id and r.step >= v_step;
  insert into crm.rules (workspace_id, step, name, condition, attributes, teams, callers, strategy, on_exhausted, is_on,
    claim_minutes, most_expiries, is_paused)
  values (v_workspace_id, v_step, v_rule.name, v_rule.condition, v_rule.attributes, v_rule.teams,
    v_rule.callers, v_rule.strategy,
    v_rule.on_exhausted, v_rule.is_on, v_rule.claim_minutes, v_rule.most_expiries, v_rule.is_paused)
  returning * into v_rule;
  return routing.rule_json(v_rule);
end
$$;

comment on function api.create_rule(jsonb) is
  'Puts a rule before the first one that takes everything, else at the end. LD409 for more than 200, LD422 as above.';

create function api.update_rule(p_rule_id uuid, p_rule jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_rule crm.rules;
begin
  perform core.take_turnstile(v_workspace_id);
  v_rule := routing.find_rule(v_workspace_id, p_rule_id);
  if v_rule.archived_at is not null then
    raise exception 'The rule % is archived', v_rule.name using errcode = 'LD409', hint = 'Make a new rule instead.';
  end if;
  v_rule := routing.read_rule(p_rule);
  update crm.rules r
  set name = v_rule.name, condition = v_rule.condition, attributes = v_rule.attributes, teams = v_rule.teams,
    callers = v_rule.callers, strategy = v_rule.strategy, on_exhausted = v_rule.on_exhausted, is_on = v_rule.is_on,
    claim_minutes = v_rule.claim_minutes, most_expiries = v_rule.most_expiries,
    is_paused = v_rule.is_paused
  where r.workspace_id = v_workspace_id and r.id = p_rule_id
  returning * into v_rule;
  return routing.rule_json(v_rule);
end
$$;

comment on function api.update_rule(uuid, jsonb) is
  'Replaces a rule but for its place. LD404 when there is none, LD409 when archived, LD422 as create_rule().';

create function api.archive_rule(p_rule_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_rule crm.rules;
begin
  perform core.take_turnstile(v_workspace_id);
  v_rule := routing.find_rule(v_workspace_id, p_rule_id);
  update crm.rules r
  set step = case when r.id <> p_rule_id then r.step - 1 end,
    archived_at = case when r.id = p_rule_id then core.current_time() end
  where r.workspace_id = v_workspace_id and r.step >= v_rule.step;
  return routing.rule_json(routing.find_rule(v_workspace_id, p_rule_id));
end
$$;

comment on function api.archive_rule(uuid) is
  'Takes a rule out of the plan; those after it move up. LD404 when there is none.';

-- To where it was; if the plan has become shorter, to its end.
create function api.restore_rule(p_rule_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_rule crm.rules;
  v_archived crm.events;
  v_step int;
  v_count int;
begin
  perform core.take_turnstile(v_workspace_id);
  v_rule := routing.find_rule(v_workspace_id, p_rule_id);
  if v_rule.archived_at is null then
    raise exception 'The rule % is in the plan', v_rule.name using errcode = 'LD409';
  end if;
  select count(*) into v_count
  from crm.rules r where r.workspace_id = v_workspace_id and r.campaign_id is null and r.archived_at is null;
  if v_count >= 200 then
    raise exception 'The plan has % rules, and there is no room for another', v_count
      using errcode = 'LD409', hint = 'Archive a rule that is not needed any more.';
  end if;
  v_archived := core.last_event(v_workspace_id, 'rule', p_rule_id::text);
  v_step := least(v_count + 1, coalesce(
    ((core.last_event(v_workspace_id, 'rule', p_rule_id::text, v_archived.seq)).data ->> 'step')::int, v_count + 1));
  update crm.rules r
  set step = case when r.id = p_rule_id then v_step else r.step + 1 end,
    archived_at = case when r.id <> p_rule_id then r.archived_at end
  where r.workspace_id = v_workspace_id and (r.id = p_rule_id or r.step >= v_step);
  return routing.rule_json(routing.find_rule(v_workspace_id, p_rule_id));
end
$$;

comment on function api.restore_rule(uuid) is
  'Puts an archived rule back into the plan, where it was. LD404 when there is none, LD409 when it is in the plan.';

create function api.order_rules(p_rule_ids uuid[]) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
begin
  perform core.take_turnstile(v_workspace_id);
  if array(select i from unnest(p_rule_ids) i order by i)
    <> array(select r.id from crm.rules r
      where r.workspace_id = v_workspace_id and r.campaign_id is null and r.archived_at is null order by r.id) then
    raise exception 'The plan has changed meanwhile' using errcode = 'LD409', column = 'ids',
      hint = 'Load it again, then put it in order.';
  end if;
  update crm.rules r set step = n.step
  from unnest(p_rule_ids) with ordinality as n (id, step)
  where r.workspace_id = v_workspace_id and r.id = n.id and r.step <> n.step;
  return api.list_rules();
end
$$;

comment on function api.order_rules(uuid[]) is
  'Puts the plan in this order and returns it. LD409 unless these are exactly its rules.';

create function routing.find_rule(p_workspace_id int, p_rule_id uuid) returns crm.rules
language plpgsql stable
as $$
declare
  v_rule crm.rules;
begin
  select r.* into v_rule from crm.rules r
  where r.workspace_id = p_workspace_id and r.id = p_rule_id and r.campaign_id is null;
  if not found then
    raise exception 'There is no rule %', p_rule_id using errcode = 'LD404';
  end if;
  return v_rule;
end
$$;

comment on function routing.find_rule(int, uuid) is
  'A rule of the workspace''s plan, archived or not; that of a campaign goes with the campaign. LD404 when there is '
  'none.';

-- Attributes are a set; in one order, so that the same set always forms the same key.
create function routing.read_rule(p_rule jsonb) returns crm.rules
language plpgsql stable
as $$
declare
  v_known text[] := array['state', 'source', 'language', 'campaign', 'team'];
  v_rule crm.rules := jsonb_populate_record(null::crm.rules, p_rule - '{compiled,old_condition}'::text[]);
begin
  v_rule.attributes := array(select distinct a from unnest(v_rule.attributes) a);
  v_rule.attributes := array(select a from unnest(v_rule.attributes) a order by array_position(v_known, a), a);
  v_rule.teams := coalesce(v_rule.teams, '{}');
  v_rule.callers := coalesce(v_rule.callers, '{}');
  v_rule.strategy := coalesce(v_rule.strategy, 'round_robin');
  v_rule.on_exhausted := coalesce(v_rule.on_exhausted, 'next');
  v_rule.is_on := coalesce(v_rule.is_on, true);
  v_rule.is_paused := coalesce(v_rule.is_paused, false);
  v_rule.most_expiries := coalesce(v_rule.most_expiries, 3);
  return v_rule;
end
$$;

comment on function routing.read_rule(jsonb) is
  'A rule from JSON, with defaults. Its condition and callers are checked when it is stored.';
