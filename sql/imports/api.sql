-- Imports, for the page, the API and the command. All act in core.current_workspace(). How rows become leads:
-- staging.sql and advance_import.sql; what gateways do for it without being asked: run_imports.sql.
--
-- A file comes in pieces, each in a transaction of its own, and counts once the last is there.
-- Locks: the import, then, where it is started or cancelled, the turnstile.
-- Errors: LD404 no such import; LD409 it is past that already.
create function api.create_import(p_import jsonb) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_import_id uuid;
begin
  insert into crm.imports (workspace_id, file_name, kind, size, status, sheets, encoding, delimiter,
    created_at, created_by)
  values (core.current_workspace(), p_import ->> 'file_name', p_import ->> 'kind',
    coalesce((p_import ->> 'size')::bigint, 0), 'uploading',
    coalesce(p_import -> 'sheets', '[]'), p_import ->> 'encoding', p_import ->> 'delimiter', core.current_time(),
    core.current_actor())
  returning id into v_import_id;
  return v_import_id;
end
$$;

comment on function api.create_import(jsonb) is
  'Makes an import from {"file_name", "kind", "size", "sheets", "encoding", "delimiter"}; its file is yet to come.';

create function api.add_import_piece(p_import_id uuid, p_number int, p_content bytea) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_import crm.imports := core.lock_import(core.current_workspace(), p_import_id);
begin
  if v_import.status <> 'uploading' then
    raise exception 'The file is there already' using errcode = 'LD409';
  end if;
  insert into crm.import_pieces (workspace_id, import_id, number, content)
  values (v_import.workspace_id, v_import.id, p_number, p_content)
  on conflict do nothing;  -- a piece that was sent again
end
$$;

comment on function api.add_import_piece(uuid, int, bytea) is
  'Keeps a piece of a file: 0 is what it looks like, as JSON. LD404, LD409 once the file is complete.';

create function api.finish_upload(p_import_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_import crm.imports := core.lock_import(core.current_workspace(), p_import_id);
begin
  update crm.imports i set status = 'uploaded'
  where i.workspace_id = v_import.workspace_id and i.id = v_import.id and i.status = 'uploading';
  return api.get_import(p_import_id);
end
$$;

comment on function api.finish_upload(uuid) is 'Says that the file of an import is complete. LD404 when there is none.';

create function api.list_imports(p_filter jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with wanted as (
    select least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200) as most
  ),
  found as (
    select core.import_json(n) as import, n.id, row_number() over (order by n.id desc) as nr
    from (
      select i.* from crm.imports i
      where i.workspace_id = core.current_workspace() and i.status <> 'uploading'
        and (p_filter ->> 'after' is null or i.id < (p_filter ->> 'after')::uuid)
      order by i.id desc limit (select w.most + 1 from wanted w)) n
  )
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(f.import order by f.nr) filter (where f.nr <= w.most), '[]'),
    'next', case
      when count(f.id) > min(w.most) then (array_agg(f.id order by f.nr) filter (where f.nr = w.most))[1] end)
  from wanted w left join found f on true
$$;

comment on function api.list_imports(jsonb) is
  'One page of imports, newest first, {"after", "limit"}: {"items": [...], "next": cursor or null}.';

create function api.get_import(p_import_id uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_import jsonb;
begin
  select core.import_json(i) into v_import from crm.imports i
  where i.workspace_id = core.current_workspace() and i.id = p_import_id;
  if v_import is null then
    raise exception 'There is no import %', p_import_id using errcode = 'LD404';
  end if;
  return v_import;
end
$$;

comment on function api.get_import(uuid) is 'One import as JSON. LD404 when there is none.';

create function api.read_import_outline(p_import_id uuid) returns bytea
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_outline bytea;
begin
  perform api.get_import(p_import_id);
  select p.content into v_outline from crm.import_pieces p
  where p.workspace_id = core.current_workspace() and p.import_id = p_import_id and p.number = 0;
  if not found then
    raise exception 'The file is not kept any more' using errcode = 'LD409',
      hint = 'Once an import is started or ended, its file is forgotten. Upload it again.';
  end if;
  return v_outline;
end
$$;

comment on function api.read_import_outline(uuid) is
  'What the file of an import looks like, as the gateway stored it. LD404 when there is none, LD409 once the file is '
  'forgotten.';

-- What only the database knows of columns, [{heading, samples}]: what they were mapped to the last time, and how many
-- of their values are names of states and of cities.
create function api.recognise_columns(p_columns jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'remembered', (select h.field from crm.import_headings h where h.workspace_id = w.id and h.heading = g.heading),
    'states', (
      select count(*) from jsonb_array_elements_text(g.samples) s
      where core.find_places(w.country, 'state', s) <> '{}'),
    'cities', (
      select count(*) from jsonb_array_elements_text(g.samples) s
      where core.find_places(w.country, 'city', s) <> '{}'))
        order by g.nr), '[]')
  from crm.workspaces w
  cross join lateral (
    select e.item ->> 'heading' as heading, e.item -> 'samples' as samples, e.nr
    from jsonb_array_elements(p_columns) with ordinality as e (item, nr)) g
  where w.id = core.current_workspace()
$$;

comment on function api.recognise_columns(jsonb) is
  'Of columns, [{heading, samples}]: the field that each was mapped to the last time (empty: none; null: not known), '
  'and how many values are states and cities.';

create function api.check_import(p_import_id uuid, p_check jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_import crm.imports := core.lock_import(core.current_workspace(), p_import_id);
begin
  if v_import.status not in ('uploaded', 'checking', 'checked', 'failed') then
    raise exception 'The import is %', v_import.status using errcode = 'LD409',
      hint = 'Upload the file again to import it another way.';
  end if;
  perform api.read_import_outline(p_import_id);
  update crm.imports i
  set status = 'checking', problem = null, ended_at = null, sheet = (p_check ->> 'sheet')::int,
    heading_row = (p_check ->> 'heading_row')::int,
    headings = p_check -> 'headings', mapping = p_check -> 'mapping',
    keep_unmapped = (p_check ->> 'keep_unmapped')::boolean,
    duplicates = p_check ->> 'duplicates', date_order = p_check ->> 'date_order',
    accept = array(select jsonb_array_elements_text(coalesce(p_check -> 'accept', '[]'))), notices = '[]',
    turn = i.turn + 1, turn_ends_at = null, checked_rows = 0, left_out = 0,
    ready = 0, duplicates_in_file = 0, duplicates_stored = 0, refused_at_check = 0, empty_rows = 0,
    rows = coalesce(
      (select (s ->> 'rows')::int from jsonb_array_elements(i.sheets) s where s -> 'number' = p_check -> 'sheet'), 0)
  where i.workspace_id = v_import.workspace_id and i.id = v_import.id;
  insert into crm.import_headings (workspace_id, heading, field)
  select v_import.workspace_id, left(r.key, 200), r.value from jsonb_each_text(p_check -> 'remembered') r
  on conflict (workspace_id, heading) do update set field = excluded.field;
  return api.get_import(p_import_id);
end
$$;

comment on function api.check_import(uuid, jsonb) is
  'Has the rows of an import checked, {sheet, heading_row, headings, mapping, keep_unmapped, duplicates, date_order, '
  'accept, remembered: {heading: field}}; a check before is forgotten. LD404, LD409 once it is started or ended.';

create function api.start_import(p_import_id uuid, p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.start_import(core.lock_import(core.current_workspace(), p_import_id), p_request);
  return api.get_import(p_import_id);
end
$$;

comment on function api.start_import(uuid, jsonb) is
  'Starts a checked import, {campaign, callers, strategy}; gateways import its rows. Errors as core.start_import().';

create function api.cancel_import(p_import_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_import crm.imports := core.lock_import(core.current_workspace(), p_import_id);
begin
  if v_import.status = 'done' then
    raise exception 'The import is done' using errcode = 'LD409';
  elsif v_import.status <> 'cancelled' then
    delete from crm.import_pieces p where p.workspace_id = v_import.workspace_id and p.import_id = v_import.id;
    update crm.imports i
    set status = 'cancelled', ended_at = core.current_time(), turn = i.turn + 1,
      excluded = case when i.started_at is not null then core.excluded_callers(i) end
    where i.workspace_id = v_import.workspace_id and i.id = v_import.id;
    if v_import.status = 'running' then
      perform core.write_import_event('import.cancelled', v_import.workspace_id, v_import.id);
    end if;
  end if;
  return api.get_import(p_import_id);
end
$$;

comment on function api.cancel_import(uuid) is
  'Ends an import; the leads that came of it stay. LD404 when there is none, LD409 when it is done.';

-- {"outcome", "note": a kind of what is told, "after": the last row seen, "limit"}, all optional. A lead is shown as it
-- is stored, or would be.
create function api.list_import_rows(p_import_id uuid, p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace crm.workspaces := (select w from crm.workspaces w where w.id = core.current_workspace());
  v_most int := least(greatest(coalesce((p_filter ->> 'limit')::int, 50), 1), 200);
  v_timezone text := (select s.timezone from crm.sources s
    where s.workspace_id = v_workspace.id and s.id = core.find_import_source(v_workspace.id));
begin
  perform api.get_import(p_import_id);
  return (
    with found as (
      select r.*, row_number() over (order by r.row_number) as nr
      from (
        select n.* from crm.import_rows n
        where n.workspace_id = v_workspace.id and n.import_id = p_import_id
          and n.row_number > coalesce((p_filter ->> 'after')::int, 0)
          and (p_filter ->> 'outcome' is null or n.outcome = p_filter ->> 'outcome')
          and (p_filter ->> 'note' is null or p_filter ->> 'note' = any (n.notes) and n.outcome <> 'duplicate')
        order by n.row_number limit v_most + 1) r
    )
    select jsonb_build_object(
      'items', coalesce(jsonb_agg(jsonb_build_object(
        'row', f.row_number, 'outcome', f.outcome, 'reason', f.reason, 'notes', coalesce(f.notes, '{}'),
        'lead_id', f.lead_id, 'caller_id', f.caller_id,
        'caller_name', (select c.name from crm.callers c where c.workspace_id = f.workspace_id and c.id = f.caller_id),
        'status',
        case when f.outcome = 'imported' then
          case when f.caller_id is not null then 'assigned' when f.reason is not null then 'test' else 'queued' end end,
        'lead', case when f.lead_id is not null then (
            select core.row_json(l) from crm.leads l where l.workspace_id = f.workspace_id and l.id = f.lead_id)
          when f.lead is not null then
            core.row_json(core.normalize_lead(core.staged_lead(v_workspace, v_timezone, f.lead))) end)
            order by f.nr)
        filter (where f.nr <= v_most), '[]'),
      'next', case when count(*) > v_most then max(f.row_number) filter (where f.nr = v_most) end)
    from found f);
end
$$;

comment on function api.list_import_rows(uuid, jsonb) is
  'One page of the rows of an import in their order: {"items": [{row, outcome, reason, notes, lead, lead_id, '
  'caller_id, caller_name, status}], "next": cursor or null}. LD404 when there is no such import.';

create function core.row_json(p_lead crm.leads) returns jsonb
language sql stable
return jsonb_build_object(
  'name', p_lead.name, 'phone', p_lead.phone, 'other_phones', coalesce(to_jsonb(p_lead.other_phones), '[]'),
  'email', p_lead.email, 'city', p_lead.city, 'state', p_lead.state,
  'state_given', p_lead.state_given, 'lead_source', p_lead.lead_source, 'language', p_lead.language,
  'message', p_lead.message,
  'timestamp', p_lead.timestamp_from_sheet, 'external_id', p_lead.external_id, 'source_row_id', p_lead.source_row_id,
  'metadata', p_lead.metadata) || core.details_json(p_lead) || core.sealed_json(p_lead.sealed);

comment on function core.row_json(crm.leads) is 'What a lead says as JSON, for the rows of an import.';

create function api.list_refused_rows(p_import_id uuid, p_after int, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform api.get_import(p_import_id);
  return (
    select jsonb_build_object('headings', i.headings, 'items', (
      select coalesce(
        jsonb_agg(jsonb_build_object('row', n.row_number, 'cells', n.cells, 'lead', n.lead, 'reason', n.reason)
          order by n.row_number), '[]')
      from (
        select r.* from crm.import_rows r
        where r.workspace_id = i.workspace_id and r.import_id = i.id and r.row_number > p_after
          and r.outcome = 'refused'
        order by r.row_number limit p_limit) n))
    from crm.imports i where i.workspace_id = core.current_workspace() and i.id = p_import_id);
end
$$;

comment on function api.list_refused_rows(uuid, int, int) is
  'The refused rows of an import after that number, with their cells, and what the columns are headed. LD404 when '
  'there is no such import.';

-- In the words of the customer who asked for it first: a caller is an assignee here.
create function api.summarize_import(p_import_id uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_import crm.imports;
  v_candidates uuid[];
begin
  perform api.get_import(p_import_id);
  select i.* into v_import from crm.imports i where i.workspace_id = core.current_workspace() and i.id = p_import_id;
  v_candidates := core.candidates_of_import(v_import);
  return (
    with given as (
      select r.caller_id, c.name, count(*)::int as leads
      from crm.import_rows r join crm.callers c on c.workspace_id = r.workspace_id and c.id = r.caller_id
      where r.workspace_id = v_import.workspace_id and r.import_id = v_import.id and r.outcome = 'imported'
      group by r.caller_id, c.name
    ),
    counted as (
      select coalesce(
        jsonb_agg(jsonb_build_object('caller_id', g.caller_id, 'name', g.name, 'leads', g.leads)
          order by g.leads desc, g.name), '[]') as callers,
        greatest(count(*)::int, cardinality(v_candidates)) as number, coalesce(max(g.leads), 0) as most,
        coalesce(min(g.leads), 0) as fewest
      from given g
    )
    select jsonb_build_object(
      'success', v_import.status = 'done' and v_import.refused = 0, 'status', v_import.status,
      'inserted_count', v_import.imported, 'error_count', v_import.refused, 'skipped_count', v_import.skipped,
      'left_out_count', v_import.left_out, 'notices', v_import.notices,
      'errors', (
        select coalesce(
          jsonb_agg(jsonb_build_object('row', e.row_number, 'reason', e.reason) order by e.row_number), '[]')
        from (
          select r.row_number, r.reason from crm.import_rows r
          where r.workspace_id = v_import.workspace_id and r.import_id = v_import.id and r.outcome = 'refused'
          order by r.row_number limit 100) e),
      'assignees_added', cardinality(v_import.added), 'assignee_ids', to_jsonb(v_candidates),
      'lead_assignments', (
        select coalesce(
          jsonb_agg(jsonb_build_object('lead_id', a.lead_id, 'assignee_id', a.caller_id, 'assignee_name', c.name)
            order by a.row_number), '[]')
        from (
          select r.* from crm.import_rows r
          where r.workspace_id = v_import.workspace_id and r.import_id = v_import.id and r.caller_id is not null
          order by r.row_number limit 100) a
        join crm.callers c on c.workspace_id = a.workspace_id and c.id = a.caller_id),
      'distribution_summary', jsonb_build_object(
        'total_leads', v_import.imported, 'total_callers', k.number,
        'leads_per_caller', case when k.number > 0 then ceil(v_import.assigned::numeric / k.number)::int else 0 end,
        'most', k.most, 'fewest', k.fewest, 'queued', v_import.queued),
      'callers', k.callers, 'excluded', coalesce(v_import.excluded, core.excluded_callers(v_import)))
    from counted k);
end
$$;

comment on function api.summarize_import(uuid) is
  'What came of an import: how many leads, which rows were refused, who was added to the campaign, who got how many '
  'leads and who none. LD404 when there is none.';

-- Leads in one request: an import of no file, from its first row to its last in one transaction, dealt by one insert.
-- Locks: the advisory lock of the workspace's imports first, since what follows takes the turnstile; then as an import.
create function api.import_leads(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_workspace_id int := core.current_workspace();
  v_import_id uuid;
  v_request text := coalesce(current_setting('fairlead.request_id', true), '');
begin
  perform pg_advisory_xact_lock(hashtext('fairlead import'), v_workspace_id);
  insert into crm.imports (workspace_id, kind, size, status, duplicates, created_at, created_by)
  values (v_workspace_id, 'api', 0, 'checking', coalesce(p_request ->> 'duplicates', 'skip'), core.current_time(),
    core.current_actor())
  returning id into v_import_id;
  perform core.stage_rows(v_workspace_id, v_import_id, p_request -> 'leads', 0);
  perform core.finish_staging(v_workspace_id, v_import_id);
  perform core.start_import(core.lock_import(v_workspace_id, v_import_id), p_request);
  perform core.advance_import(core.lock_import(v_workspace_id, v_import_id), jsonb_array_length(p_request -> 'leads'));
  perform core.finish_import(core.lock_import(v_workspace_id, v_import_id))
  from crm.imports i where i.workspace_id = v_workspace_id and i.id = v_import_id and i.status = 'running';
  perform set_config('fairlead.request_id', v_request, true);
  return api.summarize_import(v_import_id) || jsonb_build_object('import_id', v_import_id);
end
$$;

comment on function api.import_leads(jsonb) is
  'Imports leads, {campaign, callers, strategy, duplicates, leads: [{row, lead} or {row, reason}]}, all in one '
  'transaction, and says what came of them as summarize_import() does. Errors as core.start_import().';
