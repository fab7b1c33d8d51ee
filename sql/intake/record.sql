-- Sources as the log keeps them, without any secret. Of a form's key only the end is told: enough to see that it was
-- remade.
create function core.source_snapshot(p_source crm.sources) returns jsonb
language sql stable
set timezone = 'UTC'  -- times as text must not depend on who asks
as $$
  select jsonb_build_object(
    'source_id', p_source.id, 'name', p_source.name, 'kind', p_source.kind,
    'needs_competence', p_source.needs_competence,
    'leads_per_minute', p_source.leads_per_minute, 'burst', p_source.burst,
    'timezone', p_source.timezone, 'date_order', p_source.date_order, 'revoked', p_source.revoked_at is not null,
    'sender_key_set_at', (
      select x.set_at from crm.sender_secrets x
      where x.workspace_id = p_source.workspace_id and x.source_id = p_source.id),
    'generation', max(k.generation), 'old_keys_until', max(k.expires_at),
    'mapping', p_source.mapping, 'test_when', p_source.test_when, 'form', case when p_source.form_sites is not null then
      jsonb_build_object('sites', p_source.form_sites, 'thanks_url', p_source.form_thanks_url,
        'key', '…' || right(p_source.form_key, 6)) end)
  from crm.source_keys k where k.workspace_id = p_source.workspace_id and k.source_id = p_source.id
$$;

comment on function core.source_snapshot(crm.sources) is
  'A source as the event log keeps it; old_keys_until is when the last key but the newest ends or ended.';

select core.make_record('crm.sources', 'source', 'core.source_snapshot(crm.sources)', p_end => 'revoked'),
  core.make_record('crm.source_keys', 'source', 'core.source_snapshot(crm.sources)', 'source_id'),
  core.make_record('crm.sender_secrets', 'source', 'core.source_snapshot(crm.sources)', 'source_id');
