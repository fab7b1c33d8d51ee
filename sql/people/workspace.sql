-- The settings of a workspace, for the page and the API. Both act in core.current_workspace().
create function api.get_workspace() returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace jsonb;
begin
  select core.workspace_json(w) || jsonb_build_object('etag', core.etag_of(w.id, 'workspace', w.id::text))
  into v_workspace
  from crm.workspaces w where w.id = core.current_workspace();
  if v_workspace is null then
    raise exception 'There is no workspace %', core.current_workspace() using errcode = 'LD404';
  end if;
  return v_workspace;
end
$$;

comment on function api.get_workspace() is 'The workspace''s settings as JSON.';

-- Locks: the turnstile, which is the row that changes.
create function api.update_workspace(p_settings jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := (core.take_turnstile(core.current_workspace())).id;
begin
  if p_settings ? 'timezone' then
    perform core.refuse_unknown_timezone(p_settings ->> 'timezone');
  end if;
  update crm.workspaces w
  set name = coalesce(trim(p_settings ->> 'name'), w.name), timezone = coalesce(p_settings ->> 'timezone', w.timezone),
    drains_queue = coalesce((p_settings ->> 'drains_queue')::boolean, w.drains_queue),
    leads_of_gone = coalesce(p_settings ->> 'leads_of_gone', w.leads_of_gone),
    leads_of_away = coalesce(p_settings ->> 'leads_of_away', w.leads_of_away),
    requires_factor = coalesce((p_settings ->> 'requires_factor')::boolean, w.requires_factor),
    holds_unreachable = coalesce((p_settings ->> 'holds_unreachable')::boolean, w.holds_unreachable),
    managers_may = case when p_settings ? 'managers_may'
      then array(select distinct e.value from jsonb_array_elements_text(p_settings -> 'managers_may') e order by 1)
      else w.managers_may end,
    placeholders = case when p_settings ? 'placeholders'
      then array(select jsonb_array_elements_text(p_settings -> 'placeholders')) else w.placeholders end
  where w.id = v_workspace_id;
  return api.get_workspace();
end
$$;

comment on function api.update_workspace(jsonb)
is 'Changes the settings that are given (see crm.workspaces). LD422 for an unknown timezone, or a placeholder that '
'would fit everything.';

create function core.refuse_unknown_timezone(p_timezone text) returns void
language plpgsql stable
as $$
begin
  if not exists (select from pg_timezone_names where name = p_timezone) then
    raise exception '"%" is no timezone', p_timezone
      using errcode = 'LD422', column = 'timezone', hint = 'Write an IANA name such as Asia/Kolkata.';
  end if;
end
$$;

comment on function core.refuse_unknown_timezone(text) is 'LD422 unless it is the IANA name of a timezone.';
