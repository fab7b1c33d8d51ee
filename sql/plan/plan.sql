-- A new workspace deals from its first lead on: to callers of the lead's state in turn, and if there are none, to
-- everybody in turn.
create function routing.make_default_plan() returns trigger
language plpgsql
as $$
begin
  insert into crm.rules (workspace_id, step, name, attributes)
  values (new.id, 1, 'state', array['state']), (new.id, 2, 'global', array[]::text[]);
  return null;
end
$$;

comment on function routing.make_default_plan() is
  'Trigger: gives a new workspace the default plan, state and then global, both round robin.';

create trigger make_default_plan after insert on crm.workspaces
for each row execute function routing.make_default_plan();

-- The plan: the rules in the order they are tried, those of campaigns first. Each names the leads it is for, the
-- callers who form its pool (those who share attributes of the lead, teams, callers by name, or everybody) and the
-- strategy that orders the pool's slots. A pool without callers does not apply. A pool whose callers are all busy
-- passes the lead on to the next rule, or to the queue, as the rule says. A paused rule keeps all of its leads in the
-- queue.
create view routing.plan with (security_invoker = true) as
select r.*
from crm.rules r
where r.is_on and r.archived_at is null;

comment on view routing.plan is
  'The rules by which leads are dealt, to be taken in the order of step. After the last comes the queue.';

-- Rules through time, read from the event log alone.
create view routing.rule_versions with (security_invoker = true) as
select e.workspace_id, (e.data ->> 'id')::uuid as rule_id, (e.data ->> 'version')::int as version,
  -- a rule older than the rules' log says since when it was there
  coalesce((e.data ->> 'from_seq')::bigint, e.seq) as from_seq,
  lead(e.seq) over (partition by e.workspace_id, e.data ->> 'id' order by e.seq) as to_seq,
  (e.data ->> 'step')::int as step, e.data ->> 'name' as name, nullif(e.data -> 'condition', 'null') as condition,
  array(select jsonb_array_elements_text(e.data -> 'attributes')) as attributes, e.data ->> 'strategy' as strategy,
  array(select jsonb_array_elements_text(e.data -> 'teams')) as teams,
  array(select c::uuid from jsonb_array_elements_text(e.data -> 'callers') c) as callers,
  routing.compile_any_condition(e.data -> 'condition') as compiled, e.data ->> 'on_exhausted' as on_exhausted,
  (e.data ->> 'is_on')::boolean and not (e.data ->> 'archived')::boolean as is_used,
  (e.data ->> 'campaign_id')::int as campaign_id, coalesce((e.data ->> 'is_paused')::boolean, false) as is_paused,
  core.complete_snapshot('rule', e.data - 'from_seq') as snapshot
from crm.events e
where e.subject = 'rule';

comment on view routing.rule_versions is
  'Each rule as it was between two events, from the event log: [from_seq, to_seq).';
comment on column routing.rule_versions.snapshot is 'The whole rule as the log has it.';
comment on column routing.rule_versions.is_used is 'Whether leads were dealt by it: on, and in the plan.';
comment on column routing.rule_versions.condition is
  'Which leads it was for; a text is jsonpath, as conditions once were.';
comment on column routing.rule_versions.compiled is
  'The condition as dealing asks it; null for none, and for one that is not run.';
