-- Every change of a source or of its keys is an event that holds the source as it is from then on, without any secret.
-- The triggers are on the tables, as for callers, so a DBA's plain update is recorded too; what changes nothing writes
-- nothing. Of a form's key only the end is told: enough to see that it was remade.
--
-- Locks: the turnstile, after the row locks of the changed sources.
create function core.source_snapshot(p_source crm.sources) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_build_object(
    'source_id', p_source.id, 'name', p_source.name, 'needs_competence', p_source.needs_competence,
    'leads_per_minute', p_source.leads_per_minute, 'burst', p_source.burst, 'revoked', p_source.revoked_at is not null,
    'generation', max(k.generation), 'old_keys_until', max(k.expires_at),
    'mapping', p_source.mapping, 'form', case when p_source.form_sites is not null then
      jsonb_build_object('sites', p_source.form_sites, 'thanks_url', p_source.form_thanks_url, 'key',
        '…' || right(p_source.form_key, 6)) end)
  from crm.source_keys k where k.workspace_id = p_source.workspace_id and k.source_id = p_source.id
$$;

comment on function core.source_snapshot(crm.sources) is
  'A source as the event log keeps it; old_keys_until is when the last key but the newest ends or ended.';

create function core.record_source_changes() returns trigger
language plpgsql
as $$
declare
  v_workspace_id int;
  v_sources int[];
begin
  for v_workspace_id, v_sources in
    select c.workspace_id,
      array_agg(
        distinct case when tg_table_name = 'sources' then c.changed ->> 'id' else c.changed ->> 'source_id' end)::int[]
    from (select (to_jsonb(t) ->> 'workspace_id')::int as workspace_id, to_jsonb(t) as changed from changed t) c
    group by 1 order by 1
  loop
    perform core.take_turnstile(v_workspace_id);
    perform core.write_event(v_workspace_id,
      case when last.data is null then 'source.created'
           when (now.data ->> 'revoked')::boolean
             and not coalesce((last.data ->> 'revoked')::boolean, false) then 'source.revoked'
           when (now.data ->> 'generation')::int > coalesce((last.data ->> 'generation')::int, 1) then 'source.rotated'
           else 'source.updated' end,
      null, null, now.data)
    from crm.sources s
    cross join lateral (select core.source_snapshot(s) as data) now
    left join lateral (
      select e.data from crm.events e
      where e.workspace_id = s.workspace_id and e.data ->> 'source_id' = s.id::text and e.kind like 'source.%'
      order by e.seq desc limit 1) last on true
    where s.workspace_id = v_workspace_id and s.id = any (v_sources)
      -- What an older event did not say yet was nothing.
      and jsonb_strip_nulls(now.data) is distinct from jsonb_strip_nulls(last.data)
    order by s.id;
  end loop;
  return null;
end
$$;

comment on function core.record_source_changes() is
  'Trigger: writes an event with the source as it now is, for each source a statement really changed.';

create trigger record_source_insert after insert on crm.sources
referencing new table as changed for each statement execute function core.record_source_changes();
create trigger record_source_update after update on crm.sources
referencing new table as changed for each statement execute function core.record_source_changes();
create trigger record_source_keys_insert after insert on crm.source_keys
referencing new table as changed for each statement execute function core.record_source_changes();
create trigger record_source_keys_update after update on crm.source_keys
referencing new table as changed for each statement execute function core.record_source_changes();
