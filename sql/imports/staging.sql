-- Imports: files of leads, whose rows are staged in crm.import_rows and then go the way of every lead, by
-- api.ingest_leads().
--
-- Everything that happens to some rows happens in one transaction: leads, outcomes and counts. So a gateway may be
-- killed at any moment: what it had begun is undone, and the next gateway takes the same rows again.
--
-- The same keys as for every lead (routing.keys_of()) tell whose lead a row is; besides, its row id, and for a row with
-- none of these, all that it says.
create function core.staged_lead(p_workspace crm.workspaces, p_timezone text, p_lead jsonb) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := jsonb_populate_record(null::crm.leads, p_lead - 'timestamp' - 'sealed');
begin
  v_lead.workspace_id := p_workspace.id;
  v_lead.timestamp_from_sheet := core.read_lead_time(p_lead ->> 'timestamp', p_timezone, p_workspace.timezone);
  v_lead.metadata := coalesce(p_lead -> 'metadata', '{}');
  v_lead.sealed := decode(p_lead ->> 'sealed', 'base64');
  return v_lead;
end
$$;

comment on function core.staged_lead(crm.workspaces, text, jsonb) is
  'A staged lead, of a source in this timezone, as a row of crm.leads, not normalised yet.';

create function core.spelt_lead(p_lead jsonb, p_country text, p_placeholders text) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads;
begin
  v_lead.phone := p_lead ->> 'phone';
  v_lead.other_phones := array(select jsonb_array_elements_text(p_lead -> 'other_phones'));
  v_lead.metadata := '{}';
  v_lead := core.spell_phones_of(v_lead, p_country);
  v_lead.email := nullif(lower(trim(p_lead ->> 'email')), '');
  v_lead.external_id := nullif(trim(p_lead ->> 'external_id'), '');
  v_lead.source_row_id := nullif(trim(p_lead ->> 'source_row_id'), '');
  v_lead.metadata := coalesce(p_lead -> 'metadata', '{}');
  return core.put_placeholders_aside(v_lead, v_lead, p_placeholders);
end
$$;

comment on function core.spelt_lead(jsonb, text, text) is
  'A staged lead with what tells whose it is and how to reach that person, in one spelling, and nothing else.';

create function core.keys_of_staged(p_lead jsonb, p_spelt crm.leads) returns text[]
language plpgsql stable
as $$
declare
  v_keys text[];
begin
  v_keys := array(select k.kind::text || ':' || k.value from routing.keys_of(p_spelt) k);
  if p_spelt.source_row_id is not null then
    v_keys := v_keys || ('row:' || p_spelt.source_row_id);
  end if;
  if cardinality(v_keys) = 0 then
    v_keys := array['content:' || md5((p_lead - 'sealed')::text)];
  end if;
  return v_keys;
end
$$;

comment on function core.keys_of_staged(jsonb, crm.leads) is
  'What tells whose a staged lead is, each with its kind before it: external_id, phone, email, row or content.';

create function core.said_with(p_key text, p_keys text[]) returns text
language sql immutable parallel safe
return case when p_key ^@ 'email:' or p_key ^@ 'phone:' then (
  select substr(nullif(k.key, p_key), 7) from unnest(p_keys) with ordinality k (key, nr)
  where k.key ^@ 'phone:' order by k.nr limit 1) end;

comment on function core.said_with(text, text[]) is
  'The phone that a row with these keys says together with an e-mail address or a further phone of it; null for none, '
  'and for other keys.';

-- People number the rows of their files 1, 2, ...: one id in two files is one row only if what else the rows say may be
-- of one person.
create function core.is_row_of(p_lead crm.leads, p_keys text[], p_name text) returns boolean
language sql immutable
return ('phone:' || p_lead.phone = any (p_keys)) is true or ('email:' || p_lead.email = any (p_keys)) is true
  or ('external_id:' || p_lead.external_id = any (p_keys)) is true
  or lower(coalesce(p_lead.name, '')) = lower(trim(coalesce(p_name, '')))
    and (coalesce(p_lead.phone, p_lead.email) is null
      or not exists (select from unnest(p_keys) k where k ^@ 'phone:' or k ^@ 'email:'));

comment on function core.is_row_of(crm.leads, text[], text) is
  'Whether a stored lead may be that of a row with the same id, which has these keys and this name: they share a key, '
  'or have one name and nothing that tells them apart.';

create function core.lead_of_row(p_workspace_id int, p_source_id int, p_row_id text) returns crm.leads
language plpgsql stable
set enable_seqscan = off
as $$
declare
  v_lead crm.leads;
begin
  select l.* into v_lead from crm.leads l
  where hashtextextended(l.source_row_id, coalesce(l.source_id::bigint, l.workspace_id::bigint << 32))
      = hashtextextended(p_row_id, coalesce(p_source_id::bigint, p_workspace_id::bigint << 32))
    and l.source_row_id = p_row_id and l.source_id = p_source_id and l.workspace_id = p_workspace_id
    and not l.is_test;
  return v_lead;
end
$$;

comment on function core.lead_of_row(int, int, text) is
  'The stored lead, tests aside, that has this id of a row of its source; null when there is none.';

create function core.is_further(p_key text, p_keys text[]) returns boolean
language sql immutable parallel safe
return p_key ^@ 'phone:' and core.said_with(p_key, p_keys) is not null;

comment on function core.is_further(text, text[]) is
  'Whether a key is a phone that a row with these keys says beside another.';

create function core.key_told(p_key text, p_is_further boolean, p_is_theirs_further boolean) returns text
language sql immutable
return case
  when p_key ^@ 'phone:' and p_is_further then 'their_'
  when p_key ^@ 'phone:' and p_is_theirs_further then 'further_'
  else '' end || p_key;

comment on function core.key_told(text, boolean, boolean) is
  'A key by which a row is a duplicate, which says in its kind whether that phone is but a further one, of this row or '
  'of the other.';

create function core.known_key(p_workspace_id int, p_source_id int, p_keys text[], p_name text) returns text
language plpgsql stable
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_key text;
  v_kind text;
  v_value text;
  v_lead crm.leads;
  v_is_theirs_further boolean;
begin
  foreach v_key in array p_keys loop
    v_kind := split_part(v_key, ':', 1);
    v_value := substr(v_key, length(v_kind) + 2);
    if v_kind = 'row' then
      v_lead := core.lead_of_row(p_workspace_id, p_source_id, v_value);
      if v_lead.id is not null and core.is_row_of(v_lead, p_keys, p_name) then
        return v_key;
      end if;
    elsif v_kind <> 'content' then
      v_is_theirs_further := not exists (
        select from crm.leads l where l.phone = v_value and l.workspace_id = p_workspace_id);
      if exists (
        select from crm.contact_keys c
        where crm.key_hash(c.workspace_id, c.kind, c.value)
            = crm.key_hash(p_workspace_id, v_kind::crm.contact_key_kind, v_value)
          and c.workspace_id = p_workspace_id and c.kind = v_kind::crm.contact_key_kind and c.value = v_value
          and coalesce(c.phone = core.said_with(v_key, p_keys), true)
          -- Who only says what several people said beside phones of their own is none of them for sure, and stays.
          and not (v_kind = 'phone' and v_is_theirs_further and c.phone is not null
            and core.said_with(v_key, p_keys) is null and exists (
              select from crm.leads l
              where l.other_phones @> array[v_value] and l.workspace_id = p_workspace_id and l.phone <> c.phone))) then
        return core.key_told(v_key, core.is_further(v_key, p_keys), v_is_theirs_further);
      end if;
    end if;
  end loop;
  return null;
end
$$;

comment on function core.known_key(int, int, text[], text) is
  'The first of these keys, of a row with this name, that a stored lead has, as key_told() says it; null when none '
  'has.';

create function core.describe_key(p_key text, p_row int default null) returns text
language sql immutable
return case when p_key is not null then
  case when p_row is not null then 'Row ' || p_row else 'A stored lead' end
  || case split_part(p_key, ':', 1)
    when 'phone' then ' has the same phone'
    when 'further_phone' then ' has this phone as a further one'
    when 'their_phone' then ' has a further phone of this row'
    when 'email' then ' has the same e-mail address'
    when 'external_id' then ' has the same id of the person'
    when 'row' then ' has the same id of the row'
    else ' says the same' end end;

comment on function core.describe_key(text, int) is
  'Why a row is a duplicate, for people: of the row of that number, else of a stored lead; null without a key.';

-- Leads of files have a source of their own, so that an id of a row is one of a file's, and the page Sources counts
-- them.
-- Locks: the turnstile, when it has to be made.
create function core.import_source(p_workspace_id int) returns int
language plpgsql volatile
as $$
declare
  v_source_id int := core.find_import_source(p_workspace_id);
begin
  if v_source_id is null then
    perform core.take_turnstile(p_workspace_id);
    v_source_id := core.find_import_source(p_workspace_id);
  end if;
  if v_source_id is null then  -- a key that nobody knows: nothing can be posted as this source
    v_source_id := (core.insert_source(p_workspace_id, '{"name": "File import"}',
      sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))).id;
  end if;
  return v_source_id;
end
$$;

comment on function core.import_source(int) is 'The source of imported leads of a workspace, made when first needed.';

create function core.find_import_source(p_workspace_id int) returns int
language sql stable
return (select s.id from crm.sources s
  where s.workspace_id = p_workspace_id and s.name = 'File import' and s.revoked_at is null);

comment on function core.find_import_source(int) is
  'The source of imported leads of a workspace; null while there is none.';

create function core.lock_import(p_workspace_id int, p_import_id uuid) returns crm.imports
language plpgsql volatile
as $$
declare
  v_import crm.imports;
begin
  select i.* into v_import from crm.imports i where i.workspace_id = p_workspace_id and i.id = p_import_id
  for no key update;
  if not found then
    raise exception 'There is no import %', p_import_id using errcode = 'LD404';
  end if;
  return v_import;
end
$$;

comment on function core.lock_import(int, uuid) is
  'Locks an import''s row until the transaction ends and returns it. LD404 when there is none.';

create function core.import_json(p_import crm.imports) returns jsonb
language sql stable
return jsonb_build_object(
  'id', p_import.id, 'file_name', p_import.file_name, 'kind', p_import.kind, 'size', p_import.size,
  'status', p_import.status,
  'problem', p_import.problem, 'sheets', p_import.sheets, 'encoding', p_import.encoding,
  'delimiter', p_import.delimiter,
  'sheet', p_import.sheet, 'heading_row', p_import.heading_row, 'mapping', p_import.mapping,
  'keep_unmapped', p_import.keep_unmapped,
  'duplicates', p_import.duplicates, 'date_order', p_import.date_order,
  'campaign',
  (select jsonb_build_object('id', c.id, 'name', c.name) from crm.campaigns c
    where c.workspace_id = p_import.workspace_id and c.id = p_import.campaign_id),
  'rows', p_import.rows, 'checked_rows', p_import.checked_rows,
  'counts', jsonb_build_object('ready', p_import.ready, 'duplicates_in_file', p_import.duplicates_in_file,
    'duplicates_stored', p_import.duplicates_stored, 'refused', p_import.refused_at_check,
    'left_out', p_import.left_out, 'empty', p_import.empty_rows),
  'accept', p_import.accept, 'notices', p_import.notices,
  'done_rows', p_import.done_rows, 'imported', p_import.imported, 'assigned', p_import.assigned,
  'queued', p_import.queued,
  'skipped', p_import.skipped, 'refused', p_import.refused,
  'created_at', p_import.created_at, 'created_by', core.name_actor(p_import.created_by),
  'started_at', p_import.started_at, 'ended_at', p_import.ended_at);

comment on function core.import_json(crm.imports) is 'An import as JSON, as the page and the API show it.';

-- Staging. The gateway that reads the file hands in its rows, some hundred at a time, and learns whether it may go on.
-- Locks: the import.
create function core.stage_rows(p_workspace_id int, p_import_id uuid, p_rows jsonb, p_empty int) returns void
language plpgsql volatile
set enable_seqscan = off
as $$
declare
  v_source_id int := core.find_import_source(p_workspace_id);
  v_country text := (select w.country from crm.workspaces w where w.id = p_workspace_id);
  v_placeholders text := (select w.placeholder_pattern from crm.workspaces w where w.id = p_workspace_id);
  v_ready int;
  v_duplicates int;
  v_refused int;
  v_left_out int;
begin
  with staged as (
    insert into crm.import_rows (workspace_id, import_id, row_number, outcome, reason, lead, keys, cells, notes)
    select p_workspace_id, p_import_id, r."row",
      case when r.left_out then 'left_out' when r.lead is null then 'refused' when d.key is not null then 'duplicate'
        else 'ready' end,
      coalesce(r.reason, core.describe_key(d.key)), r.lead, k.keys, r.cells,
      nullif(coalesce(r.notes, '{}') || core.notes_on_staged(r.lead, k.keys, k.is_reachable), '{}')
    from jsonb_to_recordset(p_rows) as r (
      "row" int, lead jsonb, reason text, cells jsonb, left_out boolean, notes text[])
    left join lateral (
      select core.keys_of_staged(r.lead, s.lead) as keys, core.is_reachable(s.lead) as is_reachable
      from (select core.spelt_lead(r.lead, v_country, v_placeholders) as lead offset 0) s
      where r.lead is not null and r.left_out is not true offset 0) k on true
    left join lateral (select core.known_key(p_workspace_id, v_source_id, k.keys, r.lead ->> 'name') as key
      where k.keys is not null offset 0) d on true
    returning outcome, reason
  )
  select count(*) filter (where s.outcome = 'ready'), count(*) filter (where s.outcome = 'duplicate'),
    count(*) filter (where s.outcome = 'refused'), count(*) filter (where s.outcome = 'left_out')
  into v_ready, v_duplicates, v_refused, v_left_out from staged s;
  update crm.imports i
  set checked_rows = i.checked_rows + v_ready + v_duplicates + v_refused + v_left_out,
    rows = greatest(i.rows, i.checked_rows + v_ready + v_duplicates + v_refused + v_left_out),
    left_out = i.left_out + v_left_out,
    ready = i.ready + v_ready, duplicates_stored = i.duplicates_stored + v_duplicates,
    refused_at_check = i.refused_at_check + v_refused,
    empty_rows = i.empty_rows + p_empty, turn_ends_at = core.current_time() + interval '30 seconds'
  where i.workspace_id = p_workspace_id and i.id = p_import_id;
end
$$;

comment on function core.stage_rows(int, uuid, jsonb, int) is
  'Stages rows, [{row, lead, reason, cells, left_out, notes}], and finds those of people of whom a lead is stored. A '
  'row without a lead is refused, one that is left_out is not imported. p_empty: how many rows were passed over '
  'because they are empty.';

-- What a gateway cannot tell of a row: a sealed phone, say, is known by its key alone.
create function core.notes_on_staged(p_lead jsonb, p_keys text[], p_is_reachable boolean) returns text[]
language sql immutable
return case when p_keys is null then '{}'::text[] else array(
  select n.kind from (values
    ('nothing_to_call', not p_is_reachable),
    ('phone_not_understood', p_lead -> 'metadata' ? 'phone_given'
      or p_lead ->> 'phone' is not null and not exists (select from unnest(p_keys) k where k ^@ 'phone:')),
    ('email_not_understood', p_lead -> 'metadata' ? 'email_given'
      or p_lead ->> 'email' is not null and not exists (select from unnest(p_keys) k where k ^@ 'email:')),
    ('timestamp_not_understood', p_lead -> 'metadata' ?| '{timestamp_given,time_of_day_given}')) n (kind, is_told)
  where n.is_told) end;

comment on function core.notes_on_staged(jsonb, text[], boolean) is
  'Kinds of what is to be told of a staged lead with these keys; none without keys.';

create function core.notices_of_import(p_workspace_id int, p_import_id uuid) returns jsonb
language sql stable
return (
  select coalesce(jsonb_agg(jsonb_build_object('kind', g.kind, 'rows', g.rows, 'examples', g.examples)
    order by g.rows desc, g.kind), '[]')
  from (
    select n.kind, count(*) as rows,
      to_jsonb((array_agg(r.row_number order by r.row_number))[:5]) as examples
    from crm.import_rows r cross join lateral unnest(r.notes) n (kind)
    where r.workspace_id = p_workspace_id and r.import_id = p_import_id and r.notes is not null
      and r.outcome <> 'duplicate'
    group by n.kind) g);

comment on function core.notices_of_import(int, uuid) is
  'What there is to be told of the rows of an import, [{kind, rows, examples: [row, ...]}], the most frequent first.';

create function core.finish_staging(p_workspace_id int, p_import_id uuid) returns void
language plpgsql volatile
set jit = off
as $$
declare
  v_duplicates int;
begin
  -- As core.said_with() says, and the phone that each key is first said with, as contacts know it. An id of a row
  -- counts for one person alone: core.is_row_of(). Who only says what several people said beside phones of their own
  -- is none of them for sure, and stays.
  with said as (
    select r.row_number, n.key, k.nr, p.phone, core.is_further(k.key, r.keys) as is_further,
      first_value(p.phone) over (partition by n.key order by p.phone is null, r.row_number) as first_phone,
      min(p.phone) over before <> max(p.phone) over before and bool_and(p.phone is not null) over before as is_shared
    from crm.import_rows r cross join lateral unnest(r.keys) with ordinality as k (key, nr)
    cross join lateral (
      select k.key || case when k.key ^@ 'row:' then ' ' || lower(coalesce(r.lead ->> 'name', '')) else '' end as key) n
    left join lateral (
      select nullif(o.key, k.key) as phone from unnest(r.keys) with ordinality o (key, nr)
      where o.key ^@ 'phone:' and (k.key ^@ 'email:' or k.key ^@ 'phone:')
        or k.key ^@ 'row:' and (o.key ^@ 'phone:' or o.key ^@ 'email:') order by o.nr limit 1) p on true
    where r.workspace_id = p_workspace_id and r.import_id = p_import_id and r.keys is not null
    window before as (partition by n.key order by r.row_number rows between unbounded preceding and 1 preceding)
  ),
  keyed as (
    select s.*, min(s.row_number) over (partition by s.key) as first,
      min(s.row_number) filter (where not s.is_further) over (partition by s.key) as first_main
    from said s
    where coalesce(s.phone = s.first_phone, true)
  ),
  repeated as (
    select distinct on (k.row_number) k.row_number,
      core.key_told(k.key, k.is_further, coalesce(k.first_main >= k.row_number, true)) as key,
      case when k.first_main < k.row_number and not k.is_further then k.first_main else k.first end as first
    from keyed k where k.first < k.row_number and (k.phone is null and k.is_shared) is not true
    order by k.row_number, k.nr
  )
  update crm.import_rows r set outcome = 'duplicate', reason = core.describe_key(p.key, p.first)
  from repeated p
  where r.workspace_id = p_workspace_id and r.import_id = p_import_id and r.row_number = p.row_number
    and r.outcome = 'ready';
  get diagnostics v_duplicates = row_count;
  update crm.imports i
  set status = 'checked', rows = i.checked_rows, ready = i.ready - v_duplicates,
    duplicates_in_file = v_duplicates, turn_ends_at = null,
    notices = core.notices_of_import(p_workspace_id, p_import_id)
  where i.workspace_id = p_workspace_id and i.id = p_import_id;
end
$$;

comment on function core.finish_staging(int, uuid) is
  'Finds the rows of people who were in the file before; the import is checked then.';

-- Starting. The campaign is found, or made, and the callers are added to it.
-- Locks: the import, the campaign and its callers, then the turnstile. Errors: LD409 when it is not checked; LD422
-- (campaign, callers).
create function core.start_import(p_import crm.imports, p_request jsonb) returns void
language plpgsql volatile
as $$
declare
  v_callers uuid[] := array(select distinct c::uuid
    from jsonb_array_elements_text(coalesce(nullif(p_request -> 'callers', 'null'), '[]')) c order by 1);
  v_given jsonb := coalesce(nullif(p_request -> 'campaign', 'null'), '""');
  v_duplicates int := p_import.duplicates_in_file + p_import.duplicates_stored;
  v_campaign crm.campaigns;
  v_added uuid[] := array[]::uuid[];
begin
  if p_import.status <> 'checked' then
    raise exception 'The import cannot be started: it is %', p_import.status using errcode = 'LD409',
      hint = 'Check it first; an import is started once.';
  elsif jsonb_typeof(v_given) = 'number' then
    v_campaign := routing.find_campaign(p_import.workspace_id, (v_given #>> '{}')::int, 'LD422');
    if p_request ->> 'strategy' is not null then
      perform routing.deal_campaign(v_campaign, p_request ->> 'strategy');
    end if;
  elsif trim(v_given #>> '{}') <> '' then
    v_campaign := routing.name_campaign(p_import.workspace_id, v_given #>> '{}', p_request ->> 'strategy');
  elsif cardinality(v_callers) > 0 then
    raise exception 'Callers are chosen for a campaign' using errcode = 'LD422', column = 'campaign',
      hint = 'Choose a campaign or name a new one, or leave the callers out: then the plan assigns the leads.';
  end if;
  if cardinality(v_callers) > 0 then
    v_added := array(
      select c from unnest(v_callers) c
      except
      select a.caller_id from crm.campaign_assignees a
      where a.workspace_id = p_import.workspace_id and a.campaign_id = v_campaign.id);
    perform routing.assign_callers(v_campaign, v_callers);
  end if;
  perform core.import_source(p_import.workspace_id);
  update crm.imports i
  set status = 'running', campaign_id = v_campaign.id, callers = v_callers, added = v_added,
    started_at = core.current_time(), started_by = core.current_actor(),
    refused = i.refused_at_check, skipped = case i.duplicates when 'skip' then v_duplicates else 0 end,
    done_rows = i.refused_at_check + i.left_out + case i.duplicates when 'skip' then v_duplicates else 0 end
  where i.workspace_id = p_import.workspace_id and i.id = p_import.id;
  delete from crm.import_pieces p where p.workspace_id = p_import.workspace_id and p.import_id = p_import.id;
  perform core.write_import_event('import.started', p_import.workspace_id, p_import.id);
end
$$;

comment on function core.start_import(crm.imports, jsonb) is
  'Starts a checked import, {campaign: number, name or null, callers: [...], strategy}: the campaign is found or '
  'made, its callers added. LD409 when it is not checked.';

create function core.write_import_event(p_kind text, p_workspace_id int, p_import_id uuid) returns void
language plpgsql volatile
as $$
begin
  perform core.take_turnstile(p_workspace_id);
  perform core.write_event(p_workspace_id, p_kind, null, null, (
    select jsonb_build_object(
      'import_id', i.id, 'name', i.file_name, 'campaign', (
        select c.name from crm.campaigns c where c.workspace_id = i.workspace_id and c.id = i.campaign_id),
      'status', i.status, 'rows', i.rows, 'imported', i.imported, 'assigned', i.assigned, 'queued', i.queued,
      'skipped', i.skipped, 'refused', i.refused)
    from crm.imports i where i.workspace_id = p_workspace_id and i.id = p_import_id), 'import', p_import_id::text);
end
$$;

comment on function core.write_import_event(text, int, uuid) is 'Writes an event that holds an import as it is now.';
