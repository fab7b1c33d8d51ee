-- A batch of leads from sources: stored, dealt and answered in one call, one transaction.
--
-- One INSERT ... ON CONFLICT DO NOTHING for the whole batch; the triggers of crm.leads do the rest. Ids are given out
-- in the order of the batch, so dealing follows arrival, while rows are inserted in the order of their keys: two
-- batches with the same retried leads in different order would otherwise wait for each other's keys in a circle. Who
-- was not stored repeats a stored lead, and is answered what the first was answered. So it is safe to repeat a call.
--
-- A lead: {"source_id", "generation", "name", "phone", "email", "external_id", "source_row_id", "timestamp",
-- "lead_source", "city", "state", "language", "message", "metadata", "idempotency_key", "request_id", "sealed",
-- "other_phones", "first_name", "last_name", "company", "job_title", "country", "medium", "term", "product",
-- "budget", "authority", "timeline_months"}, all but source_id optional. A budget is a range as PostgreSQL writes it.
-- sealed is base64, and phones and email are hashes then, as spelling/sealed.sql says. Only then are there
-- other_phones: else phone is the text with all of them.
-- generation is that of the source's key by which the sender was recognised, perhaps some seconds ago: whether it still
-- holds is decided here. Without it the source is taken at its word. Answers one row per lead: duplicate says that this
-- very one was stored before, duplicate_of names the open lead of its contact, with the same caller, that it came
-- after. A lead of an unknown or revoked source, or one that came by a key that has expired, is not stored and answered
-- 'refused', and so is one of a source that needs competence while nobody has any: then the answer says so.
-- Locks: unique keys in key order, then the turnstile of each workspace in order. Errors: the constraints of crm.leads.
--
-- No row of crm.leads is built here: a column that a migration adds is none of a sender's, and gets its default.
create type core.arriving as (
  workspace_id int, id uuid, source_id int, source_row_id text, external_id text, name text, phone text, email text,
  timestamp_from_sheet timestamptz, lead_source text, city text, state text,
  language text, message text, metadata jsonb,
  idempotency_key text, request_id text, sealed bytea, other_phones text[], is_test boolean,
  first_name text, last_name text, company text, job_title text, country text, medium text, term text, product text,
  budget numrange, authority text, timeline_months int);
comment on type core.arriving is 'A lead on its way into crm.leads.';

-- A condition has phones and states in their one spelling, so the lead is read as it will be stored. But a placeholder
-- is kept: it is just what a test may be known by.
create function core.is_marked(p_lead crm.leads, p_test_when jsonb, p_compiled jsonpath) returns boolean
language plpgsql stable
as $$
declare
  v_lead crm.leads := core.normalize_lead(p_lead);
begin
  v_lead.phone := coalesce(v_lead.phone, core.normalize_phone(p_lead.phone, (
    select w.country from crm.workspaces w where w.id = p_lead.workspace_id)), p_lead.phone);
  v_lead.email := coalesce(v_lead.email, p_lead.email);
  v_lead.external_id := coalesce(v_lead.external_id, p_lead.external_id);
  return routing.meets(routing.lead_facts(v_lead, routing.fields_of(p_test_when)), p_compiled);
end
$$;

comment on function core.is_marked(crm.leads, jsonb, jsonpath) is
  'Whether a lead as it came is a test by the condition of its source.';

create function core.read_leads(p_leads jsonb) returns core.arriving[]
language plpgsql volatile
as $$
declare
  v_now timestamptz := core.current_time();
begin
  return (
    select array_agg(
      row(l.workspace_id, crm.new_id(), l.source_id, l.source_row_id, l.external_id, l.name, l.phone, l.email,
      core.read_lead_time(l.timestamp, l.source_timezone, l.timezone), l.lead_source, l.city, l.state, l.language,
      l.message, coalesce(l.metadata, '{}'), l.idempotency_key, l.request_id,
      decode(l.sealed, 'base64'), l.other_phones,
      case when l.test_compiled is null then false else core.is_marked(
        jsonb_populate_record(null::crm.leads, to_jsonb(l) - '{timestamp,sealed}'::text[]),
        l.test_when, l.test_compiled) end,
      l.first_name, l.last_name, l.company, l.job_title, l.country, l.medium, l.term, l.product, l.budget, l.authority,
      l.timeline_months)::core.arriving)
    from (  -- sorted first, so that ids are made in the order of the batch, whichever way the tables are joined
      select g.*, s.workspace_id, s.timezone as source_timezone, w.timezone, s.test_when, s.test_compiled
      from rows from (jsonb_to_recordset(p_leads) as (
        source_id int, generation int, source_row_id text, external_id text, name text, phone text, email text,
        "timestamp" text, lead_source text,
        city text, state text, language text, message text, metadata jsonb, idempotency_key text, request_id text,
        sealed text, other_phones text[], first_name text, last_name text, company text, job_title text, country text,
        medium text, term text, product text, budget numrange, authority text, timeline_months int))
        with ordinality as g
      left join crm.sources s on s.id = g.source_id and s.revoked_at is null
        and (not s.needs_competence or core.is_served(s))
        and (g.generation is null or exists (
          select from crm.source_keys k
          where k.workspace_id = s.workspace_id and k.source_id = s.id and k.generation = g.generation
            and (k.expires_at is null or k.expires_at > v_now)))
      left join crm.workspaces w on w.id = s.workspace_id
      order by g.ordinality) l);
end
$$;

comment on function core.read_leads(jsonb) is
  'Leads from a JSON array, in its order, each with a new id; without a workspace where the source is unknown or '
  'revoked, its key has expired, or it needs competence that nobody has.';

create function api.is_test(p_source_id int, p_lead jsonb) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(bool_or(l.is_test or core.says_yes(l.metadata ->> 'is_test')), false)
  from crm.sources s
  cross join lateral unnest(core.read_leads(jsonb_build_array(p_lead || jsonb_build_object('source_id', s.id)))) l
  where s.workspace_id = core.current_workspace() and s.id = p_source_id
$$;

comment on function api.is_test(int, jsonb) is
  'Whether a lead such as ingest_leads() takes would be stored as a test, if this source brought it. Stores nothing.';

create function core.is_served(p_source crm.sources) returns boolean
language sql stable
return exists (
  select from crm.caller_sources k
  join crm.callers c on c.workspace_id = k.workspace_id and c.id = k.caller_id
  where k.workspace_id = p_source.workspace_id and k.weight > 0 and c.archived_at is null
    and core.slug(k.source) = core.slug(p_source.name));

comment on function core.is_served(crm.sources) is 'Whether any caller, free or not, is competent for a source.';

create function core.describe_refusal(p_source_id int) returns text
language sql stable
return (
  select 'No caller is competent for the source ' || s.name from crm.sources s
  where s.id = p_source_id and s.revoked_at is null and s.needs_competence and not core.is_served(s));

comment on function core.describe_refusal(int) is
  'Why a live source''s leads are refused; null where source or key are not what they were taken for.';

create function core.as_lead(p_lead core.arriving) returns crm.leads
language plpgsql immutable
as $$
declare
  v_lead crm.leads;
begin
  v_lead.workspace_id := p_lead.workspace_id;
  v_lead.source_id := p_lead.source_id;
  v_lead.source_row_id := p_lead.source_row_id;
  v_lead.external_id := p_lead.external_id;
  v_lead.name := p_lead.name;
  v_lead.phone := p_lead.phone;
  v_lead.other_phones := p_lead.other_phones;
  v_lead.email := p_lead.email;
  v_lead.timestamp_from_sheet := p_lead.timestamp_from_sheet;
  v_lead.lead_source := p_lead.lead_source;
  v_lead.city := p_lead.city;
  v_lead.state := p_lead.state;
  v_lead.language := p_lead.language;
  v_lead.message := p_lead.message;
  v_lead.metadata := p_lead.metadata;
  v_lead.idempotency_key := p_lead.idempotency_key;
  v_lead.is_test := p_lead.is_test;
  v_lead.first_name := p_lead.first_name;
  v_lead.last_name := p_lead.last_name;
  v_lead.company := p_lead.company;
  v_lead.job_title := p_lead.job_title;
  v_lead.country := p_lead.country;
  v_lead.medium := p_lead.medium;
  v_lead.term := p_lead.term;
  v_lead.product := p_lead.product;
  v_lead.budget := p_lead.budget;
  v_lead.authority := p_lead.authority;
  v_lead.timeline_months := p_lead.timeline_months;
  return v_lead;
end
$$;

comment on function core.as_lead(core.arriving) is
  'The lead as a row of crm.leads before it is normalised, with the columns that find_duplicate() reads.';

create function api.ingest_leads(p_leads jsonb)
returns table (ordinal int, lead_id uuid, caller_id uuid, caller_name text, assignment_status text,
  assignment_reason text, duplicate boolean, duplicate_of uuid)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  v_leads core.arriving[] := core.read_leads(p_leads);
  v_now timestamptz := core.current_time();
  v_stored uuid[];
  v_answered int;
begin
  perform set_config('fairlead.actor', coalesce(nullif(current_setting('fairlead.actor', true), ''), 'intake'), true);
  with stored as (
    insert into crm.leads (workspace_id, id, source_id, source_row_id, external_id, name, phone, email,
      timestamp_from_sheet, lead_source, city, state, language, message, metadata, idempotency_key, request_id, sealed,
      other_phones, is_test, first_name, last_name, company, job_title, country, medium, term, product, budget,
      authority, timeline_months, created_at)
    select l.workspace_id, l.id, l.source_id, l.source_row_id, l.external_id, l.name, l.phone, l.email,
      l.timestamp_from_sheet, l.lead_source, l.city, l.state, l.language, l.message, l.metadata, l.idempotency_key,
      l.request_id, l.sealed, l.other_phones, l.is_test, l.first_name, l.last_name, l.company, l.job_title, l.country,
      l.medium, l.term, l.product, l.budget, l.authority, l.timeline_months, v_now
    from unnest(v_leads) l
    where l.workspace_id is not null
    order by l.workspace_id, l.source_id, l.source_row_id, l.phone, l.timestamp_from_sheet, l.idempotency_key,
      case when l.source_row_id is null  -- such a lead may be known by its content
        then concat_ws('|', l.external_id, l.name, l.email, l.lead_source, l.city, l.state, l.language,
          l.message, l.metadata, l.first_name, l.last_name, l.company, l.job_title, l.country, l.medium, l.term,
          l.product, l.budget, l.authority, l.timeline_months) end,
      l.id
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(stored.id), '{}') into v_stored from stored;

  -- Nearly all were assigned, so the others are asked for only if there are some: each table that a statement could
  -- read costs it some 10 us, read or not. offset 0 keeps each look-up a look-up by key: a join could be planned, while
  -- the tables are small, to read them whole.
  return query
  select given.ordinality::int, given.id, a.caller_id, c.name, 'assigned', a.assignment_reason, false, a.duplicate_of
  from unnest(v_leads) with ordinality as given
  cross join lateral (
    select l.caller_id, l.assignment_reason, l.duplicate_of from crm.lead_assignments l
    where l.lead_id = given.id and l.workspace_id = given.workspace_id and l.ended_at is null offset 0) a
  cross join lateral (
    select l.name from crm.callers l where l.workspace_id = given.workspace_id and l.id = a.caller_id offset 0) c;
  get diagnostics v_answered = row_count;
  if v_answered = cardinality(v_leads) then
    return;
  end if;

  return query
  select given.ordinality::int, given.id, null::uuid, null::text,
    case when q.reason is not null then 'queued' else 'closed' end, coalesce(q.reason, routing.describe_test()),
    false, null::uuid
  from unnest(v_leads) with ordinality as given
  left join lateral (
    select l.reason from crm.queue l
    where l.workspace_id = given.workspace_id and l.lead_id = given.id offset 0) q on true
  left join lateral (
    select l.id from crm.leads l
    where q.reason is null and l.workspace_id = given.workspace_id and l.id = given.id and l.is_test offset 0) t on true
  where q.reason is not null or t.id is not null;

  if cardinality(v_stored) < cardinality(v_leads) then
    return query
    select given.ordinality::int, first.id, o.caller_id, o.caller_name, coalesce(o.status, 'refused'),
      coalesce(o.reason, case when given.workspace_id is null then core.describe_refusal(given.source_id) end),
      first.id is not null, o.duplicate_of
    from unnest(v_leads) with ordinality as given
    cross join lateral (
      select core.find_duplicate(core.as_lead(v_leads[given.ordinality])) as id offset 0) first
    left join lateral routing.first_outcome(given.workspace_id, first.id) o on true
    where given.id <> all (v_stored);
  end if;
end
$$;

comment on function api.ingest_leads(jsonb) is
  'Stores and deals a batch of leads and answers each with its caller or its place in the queue; repeats are answered '
  'as the first time.';
