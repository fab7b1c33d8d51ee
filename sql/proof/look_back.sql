-- The past, for the page and the API: whether it was fair, and what it would have been under other settings.
-- A date without an offset begins at midnight in the workspace's timezone; "until" is not part of the period.
-- Errors: LD404 no workspace; LD422 as for rules; 22007 for what is no date, which the gateway has checked.
create function routing.read_period(p_period jsonb, out since timestamptz, out until timestamptz)
language sql stable
as $$
  select coalesce(core.read_timestamp(p_period ->> 'from', w.timezone), core.current_time() - interval '7 days'),
    coalesce(core.read_timestamp(p_period ->> 'until', w.timezone), core.current_time())
  from crm.workspaces w where w.id = core.current_workspace()
$$;

comment on function routing.read_period(jsonb) is
  'A period from {"from", "until"}, both optional: the last seven days.';

create function api.get_fairness(p_period jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('from', p.since, 'until', p.until, 'items', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', f.caller_id, 'name', f.caller, 'eligible', f.eligible, 'expected', f.expected, 'given', f.given,
      'difference', f.difference) order by f.caller_id), '[]')
    from report.fairness(core.current_workspace(), p.since, p.until) f))
  from routing.read_period(p_period) p
$$;

comment on function api.get_fairness(jsonb) is 'Each caller''s leads in a period compared with the share due, as JSON.';

create function api.simulate(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_period record := routing.read_period(p_request);
begin
  -- 200,000 take half a minute, and keep a core busy.
  if (
    select count(*) > 200000 from (
      select from crm.leads l
      where l.workspace_id = core.current_workspace()
        and l.created_at >= v_period.since and l.created_at < v_period.until limit 200001) n)
  then
    raise exception 'The period has more than 200,000 leads' using errcode = 'LD422', column = 'from',
      hint = 'Choose a shorter period.';
  end if;
  return jsonb_build_object('from', v_period.since, 'until', v_period.until, 'items', (
    select coalesce(
      jsonb_agg(
        jsonb_build_object('id', s.caller_id, 'name', s.caller, 'happened', s.happened, 'simulated', s.simulated)
        order by s.caller_id nulls last), '[]')
    from routing.simulate(core.current_workspace(), v_period.since, v_period.until, p_request - 'from' - 'until') s));
end
$$;

comment on function api.simulate(jsonb) is
  'The leads of a period dealt again under other "rules" and "callers", and undone: per caller (id null: the queue) '
  'what happened and what would have, as JSON.';
