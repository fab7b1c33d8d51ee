-- The next rows of a running import become leads: inserted and dealt, their outcomes and the counts written, all of it
-- here. With duplicates to be skipped it is asked once more, right before, who is known: others came since the check.
-- Locks: the caller holds the import, and the advisory lock of the workspace's imports, so that of two imports of one
-- person the second sees the first; then the unique keys of the leads, then the turnstile.
create function core.advance_import(p_import crm.imports, p_most int) returns void
language plpgsql volatile
set enable_seqscan = off
set jit = off
as $$
declare
  v_source_id int := core.import_source(p_import.workspace_id);
  v_campaign jsonb := (select jsonb_build_object('campaign', c.name) from crm.campaigns c
    where c.workspace_id = p_import.workspace_id and c.id = p_import.campaign_id);
  v_rows crm.import_rows[];
  v_known crm.import_rows[] := array[]::crm.import_rows[];
  v_new crm.import_rows[];
begin
  select array_agg(row(n.*)::crm.import_rows order by n.row_number) into v_rows
  from (
    select r.* from crm.import_rows r
    where r.workspace_id = p_import.workspace_id and r.import_id = p_import.id and r.row_number > p_import.position
      and (r.outcome = 'ready' or (r.outcome = 'duplicate' and p_import.duplicates = 'keep'))
    order by r.row_number limit p_most) n;
  if v_rows is null then
    perform core.finish_import(p_import);
    return;
  end if;
  if p_import.duplicates = 'skip' then
    v_known := array(
      select core.with_outcome(r, 'duplicate', core.describe_key(d.key), p_lead => r.lead)
      from unnest(v_rows) r
      cross join lateral (select core.known_key(
        p_import.workspace_id, v_source_id, r.keys, r.lead ->> 'name') as key offset 0) d
      where d.key is not null);
  end if;
  v_new := core.without_known(v_rows, v_known);
  perform core.store_outcomes(p_import, v_rows[cardinality(v_rows)].row_number, v_known || array(
    select core.with_outcome(
      v_new[o.ordinal],
      case when o.assignment_status = 'refused' then 'refused' when o.duplicate then 'duplicate' else 'imported' end,
      case when o.assignment_status = 'refused' then coalesce(o.reason, 'The source of imported leads was revoked')
        when o.duplicate then 'This very lead is stored already'
        when o.assignment_status = 'closed' then o.reason end,
      p_lead => case when o.assignment_status = 'refused' then v_new[o.ordinal].lead end,
      p_lead_id => o.lead_id, p_caller_id => case when not o.duplicate then o.caller_id end)
    from core.ingest_staged((
      select jsonb_agg(g.lead || jsonb_build_object('source_id', v_source_id, 'request_id', 'import:' || p_import.id)
        || case when v_campaign is not null
          then jsonb_build_object('metadata', coalesce(g.lead -> 'metadata', '{}') || v_campaign) else '{}' end
        order by r.row_number)
      from unnest(v_new) r
      cross join lateral (
        select r.lead || core.row_id_aside(r, v_source_id, v_new) as lead offset 0) g)) o));
end
$$;

comment on function core.advance_import(crm.imports, int) is
  'Imports the next rows, up to so many, or ends the import when there are none.';

-- An id that another person's lead has, or another's row before it: it would make this row a repeat of that one.
create function core.row_id_aside(p_row crm.import_rows, p_source_id int, p_rows crm.import_rows[]) returns jsonb
language plpgsql stable
as $$
declare
  v_row_id text := p_row.lead ->> 'source_row_id';
  v_lead crm.leads;
  v_before crm.import_rows;
begin
  if v_row_id is null or not ('row:' || trim(v_row_id)) = any (p_row.keys) then
    return '{}'::jsonb;
  end if;
  v_lead := core.lead_of_row(p_row.workspace_id, p_source_id, trim(v_row_id));
  if v_lead.id is null then
    select r.* into v_before from unnest(p_rows) r
    where r.row_number < p_row.row_number and ('row:' || trim(v_row_id)) = any (r.keys)
    order by r.row_number limit 1;
    if not found then
      return '{}'::jsonb;
    end if;
    v_lead := jsonb_populate_record(null::crm.leads, jsonb_build_object(
      'name', v_before.lead ->> 'name',
      'phone', (select substr(k, 7) from unnest(v_before.keys) k where k ^@ 'phone:' limit 1),
      'email', (select substr(k, 7) from unnest(v_before.keys) k where k ^@ 'email:' limit 1)));
  end if;
  if core.is_row_of(v_lead, p_row.keys, p_row.lead ->> 'name') then
    return '{}'::jsonb;
  end if;
  return jsonb_build_object('source_row_id', null, 'metadata',
    jsonb_build_object('source_row_id_given', v_row_id) || coalesce(p_row.lead -> 'metadata', '{}'));
end
$$;

comment on function core.row_id_aside(crm.import_rows, int, crm.import_rows[]) is
  'What changes in the lead of a row whose id another person''s lead has, or a row of these before it: the id is kept '
  'in the metadata.';

create function core.with_outcome(
  p_row crm.import_rows, p_outcome text, p_reason text, p_lead jsonb default null, p_lead_id uuid default null,
  p_caller_id uuid default null)
returns crm.import_rows
language plpgsql immutable
as $$
declare
  v_row crm.import_rows := p_row;
begin
  v_row.outcome := p_outcome;
  v_row.reason := p_reason;
  v_row.lead := p_lead;
  v_row.lead_id := p_lead_id;
  v_row.caller_id := p_caller_id;
  return v_row;
end
$$;

comment on function core.with_outcome(crm.import_rows, text, text, jsonb, uuid, uuid) is
  'The row, as it is once this became of it.';

create function core.without_known(p_rows crm.import_rows[], p_known crm.import_rows[]) returns crm.import_rows[]
language sql immutable
return array(
  select r from unnest(p_rows) r
  where not exists (select from unnest(p_known) k where k.row_number = r.row_number) order by r.row_number);

comment on function core.without_known(crm.import_rows[], crm.import_rows[]) is
  'The rows that are not among the known ones.';

-- What the database cannot store although it could be read is found by halves, so that it harms no other row. Anything
-- else that goes wrong is not the row's fault: it is raised, and the same rows are tried again later.
create type core.ingested as (ordinal int, lead_id uuid, caller_id uuid, assignment_status text,
  duplicate boolean, reason text);
comment on type core.ingested is 'What became of a staged lead.';

create function core.ingest_staged(p_leads jsonb, p_before int default 0) returns setof core.ingested
language plpgsql volatile
as $$
declare
  v_count int := coalesce(jsonb_array_length(p_leads), 0);
  v_done core.ingested[];
begin
  if v_count = 0 then
    return;
  end if;
  begin
    v_done := array(
      select row(p_before + i.ordinal, i.lead_id, i.caller_id, i.assignment_status, i.duplicate,
        i.assignment_reason)::core.ingested
      from api.ingest_leads(p_leads) i);
  exception when others then
    if sqlstate !~ '^(22|23|54|LD)' then
      raise;
    elsif v_count = 1 then
      v_done := array[row(p_before + 1, null, null, 'refused', false,
        'It could not be stored: ' || sqlerrm)::core.ingested];
    end if;
  end;
  if v_done is not null then
    return query select d.* from unnest(v_done) d;
  else
    return query
    select i.* from (values (0, v_count / 2), (v_count / 2, v_count)) h (since, until)
    cross join lateral core.ingest_staged((
      select jsonb_agg(l.lead order by l.nr) from jsonb_array_elements(p_leads) with ordinality as l (lead, nr)
      where l.nr > h.since and l.nr <= h.until), p_before + h.since) i;
  end if;
end
$$;

comment on function core.ingest_staged(jsonb, int) is
  'api.ingest_leads(), but a lead that cannot be stored fails no other.';

create function core.store_outcomes(p_import crm.imports, p_position int, p_rows crm.import_rows[]) returns void
language plpgsql volatile
set enable_seqscan = off
as $$
begin
  update crm.import_rows r
  set outcome = n.outcome, reason = n.reason, lead = n.lead, keys = null, lead_id = n.lead_id, caller_id = n.caller_id
  from unnest(p_rows) n
  where r.workspace_id = p_import.workspace_id and r.import_id = p_import.id and r.row_number = n.row_number;
  update crm.imports i
  set position = p_position, advanced_at = core.current_time(),
    done_rows = i.done_rows + cardinality(p_rows), imported = i.imported + n.imported,
    assigned = i.assigned + n.assigned,
    queued = i.queued + n.imported - n.assigned - n.tests, skipped = i.skipped + n.skipped,
    refused = i.refused + n.refused
  from (
    select count(*) filter (where r.outcome = 'imported') as imported, count(r.caller_id) as assigned,
      count(*) filter (where r.outcome = 'imported' and r.reason is not null) as tests,
      count(*) filter (where r.outcome = 'duplicate') as skipped,
      count(*) filter (where r.outcome = 'refused') as refused
    from unnest(p_rows) r) n
  where i.workspace_id = p_import.workspace_id and i.id = p_import.id;
end
$$;

comment on function core.store_outcomes(crm.imports, int, crm.import_rows[]) is
  'Writes what became of rows, and counts it.';

create function core.finish_import(p_import crm.imports) returns void
language plpgsql volatile
as $$
begin
  update crm.imports i set status = 'done', ended_at = core.current_time(), excluded = core.excluded_callers(i)
  where i.workspace_id = p_import.workspace_id and i.id = p_import.id;
  perform core.write_import_event('import.finished', p_import.workspace_id, p_import.id);
end
$$;

comment on function core.finish_import(crm.imports) is 'Ends an import of which every row is done with.';

-- Who might have got its leads: the callers who were chosen, else those who work for its campaign.
create function core.candidates_of_import(p_import crm.imports) returns uuid[]
language sql stable
return case when cardinality(p_import.callers) > 0 then p_import.callers
  else array(select a.caller_id from crm.campaign_assignees a
    where a.workspace_id = p_import.workspace_id and a.campaign_id = p_import.campaign_id order by 1) end;

comment on function core.candidates_of_import(crm.imports) is
  'The callers that an import''s leads are for; none where the plan deals them.';

create function core.excluded_callers(p_import crm.imports) returns jsonb
language plpgsql stable
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('caller_id', c.id, 'name', c.name,
      'why', case when c.archived_at is not null then 'archived'
        when c.standing = 'free' then 'no lead was left' else c.standing end) order by c.name), '[]')
    from routing.caller_cards c
    where c.workspace_id = p_import.workspace_id and c.id = any (core.candidates_of_import(p_import)) and not exists (
      select from crm.import_rows r
      where r.workspace_id = p_import.workspace_id and r.import_id = p_import.id and r.caller_id = c.id));
end
$$;

comment on function core.excluded_callers(crm.imports) is
  'The callers who might have had leads of an import and got none, and why, as it is now: [{caller_id, name, why}].';

-- What was uploaded and not started within a day, and after 30 days what is left of a file, is forgotten; the outcomes
-- stay. One import at a time. Locks: the import.
create function core.forget_imports() returns void
language plpgsql volatile
as $$
declare
  v_import crm.imports;
  v_now timestamptz := core.current_time();
begin
  select i.* into v_import from crm.imports i
  where i.cleared_at is null and i.created_at < v_now - interval '1 day'
    and (case when i.started_at is null then i.status <> 'checking' else i.ended_at < v_now - interval '30 days' end)
  order by i.created_at limit 1 for no key update skip locked;
  if not found then
    return;
  end if;
  delete from crm.import_pieces p where p.workspace_id = v_import.workspace_id and p.import_id = v_import.id;
  if v_import.started_at is null then
    delete from crm.import_rows r where r.workspace_id = v_import.workspace_id and r.import_id = v_import.id;
  else
    update crm.import_rows r set lead = null, keys = null, cells = null
    where r.workspace_id = v_import.workspace_id and r.import_id = v_import.id
      and coalesce(r.lead, r.cells) is not null;
  end if;
  update crm.imports i
  set cleared_at = v_now,
    status = case when i.status in ('uploading', 'uploaded', 'checked') then 'cancelled' else i.status end,
    ended_at = coalesce(i.ended_at, v_now),
    problem = case when i.ended_at is null then 'It was not started within a day' else i.problem end
  where i.workspace_id = v_import.workspace_id and i.id = v_import.id;
end
$$;

comment on function core.forget_imports() is
  'Forgets what one import still holds of its file, once that is old enough.';
