-- Every change of a rule is an event that holds the rule as it is from then on, and a new version of it. Replay reads these
-- to know by which plan a lead was dealt, so the triggers are on the table: a DBA's plain update is checked and recorded
-- like the page's. A statement that changes nothing writes nothing.
--
-- Locks: the turnstile, after the row locks of the changed rules; the functions of api pass it before. Errors: LD422 (column
-- condition) for a condition that says neither yes nor no.
create function routing.rule_snapshot(p_rule crm.rules) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_rule.id, 'version', p_rule.version, 'step', p_rule.step, 'name', p_rule.name, 'condition', p_rule.condition::text,
  'attributes', p_rule.attributes, 'strategy', p_rule.strategy, 'on_exhausted', p_rule.on_exhausted, 'is_on', p_rule.is_on,
  'claim_minutes', p_rule.claim_minutes, 'most_expiries', p_rule.most_expiries, 'archived', p_rule.archived_at is not null,
  'campaign_id', p_rule.campaign_id, 'is_paused', p_rule.is_paused);

comment on function routing.rule_snapshot(crm.rules) is 'A rule as the event log keeps it: all that dealing looks at.';

-- What rules were in respects that their older events do not name yet.
create function routing.complete_rule(p_data jsonb) returns jsonb
language sql immutable parallel safe
return '{"campaign_id": null, "is_paused": false}'::jsonb || p_data;

comment on function routing.complete_rule(jsonb) is 'A rule''s snapshot, with the defaults for what is younger than the event.';

create function routing.rule_json(p_rule crm.rules) returns jsonb
language sql stable
return routing.with_etag(routing.rule_snapshot(p_rule) - 'archived' - 'campaign_id');

comment on function routing.rule_json(crm.rules) is 'A rule as JSON, as the page and the API show it.';

-- A predicate has an answer even for a lead without any field: true, false, or null where it cannot tell. A path or a
-- filter finds nothing there instead, and would let every lead through or none.
create function routing.prepare_rule() returns trigger
language plpgsql
as $$
declare
  v_aside text[] := array['version', 'updated_at'];
begin
  new.name := trim(new.name);
  if coalesce(jsonb_typeof(jsonb_path_query_first('{}', new.condition, silent => true)), '') not in ('boolean', 'null') and new.condition is not null then
    raise exception 'The condition "%" says neither yes nor no', new.condition
      using errcode = 'LD422', column = 'condition', hint = 'Compare something, as in $.city == "Pune" or $.language == "Hindi" && $.state != "Goa".';
  end if;
  if tg_op = 'UPDATE' then
    new.version := old.version;
    new.updated_at := old.updated_at;
    if to_jsonb(new) - v_aside is distinct from to_jsonb(old) - v_aside then
      new.version := old.version + 1;
      new.updated_at := routing.current_time();
    end if;
  end if;
  return new;
end
$$;

comment on function routing.prepare_rule() is 'Trigger: trims a rule''s name, refuses a condition that is no predicate, and counts the version up when anything changed.';

create trigger prepare_rule before insert or update on crm.rules
for each row execute function routing.prepare_rule();

create function routing.record_new_rules() returns trigger
language plpgsql
as $$
declare
  v_rule crm.rules;
begin
  for v_rule in select n.* from changed n order by n.workspace_id, n.step loop
    perform routing.take_turnstile(v_rule.workspace_id);
    perform routing.write_event(v_rule.workspace_id, 'rule.created', null, null, routing.rule_snapshot(v_rule));
  end loop;
  return null;
end
$$;

comment on function routing.record_new_rules() is 'Trigger: writes an event for each rule made.';

create function routing.record_rule_changes() returns trigger
language plpgsql
as $$
declare
  v_change record;
begin
  for v_change in
    select r.workspace_id, routing.rule_snapshot(r) as data, case when n.archived_at is not null and o.archived_at is null then 'rule.archived' else 'rule.updated' end as kind
    from changed n
    join before o on o.workspace_id = n.workspace_id and o.id = n.id
    join crm.rules r on r.workspace_id = n.workspace_id and r.id = n.id
    where n.version <> o.version
    order by r.workspace_id, r.step
  loop
    perform routing.take_turnstile(v_change.workspace_id);
    perform routing.write_event(v_change.workspace_id, v_change.kind, null, null, v_change.data);
  end loop;
  return null;
end
$$;

comment on function routing.record_rule_changes() is 'Trigger: writes an event with the rule as it now is, for each rule a statement really changed.';

create trigger record_rule_insert after insert on crm.rules
referencing new table as changed for each statement execute function routing.record_new_rules();
create trigger record_rule_update after update on crm.rules
referencing old table as before new table as changed for each statement execute function routing.record_rule_changes();
