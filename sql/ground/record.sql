-- Records: what people edit (callers, rules, sources ...). A table is a record by one line, core.make_record(). From
-- then on each change of it, by whatever statement, is an event that holds the record as it is now: its snapshot.
-- The number of the last event of a record is its etag, and "before" in the audit is what the event before it says.
-- A statement that changes nothing of the snapshot writes nothing.
--
-- A record below a lead (a note, a task) says in its snapshot whose it is, as "lead_id". Its events name the lead, too:
-- they are in the lead's history, and whoever has the lead sees and hears them.
--
-- The table that a snapshot is made of has the record's id in "id", or is one per workspace. Rows of other tables that
-- belong to a record name it by a key. README.md says how to make a record.
--
-- Locks: the turnstile, after the row locks of the changed rows. Dealing never waits for a row of a record, so the
-- order is safe for one statement; two transactions that each change several records statement by statement may
-- deadlock like any other, and are retried.
create function core.make_record(
  p_table regclass, p_subject text, p_snapshot regprocedure, p_key name default null, p_end text default 'archived',
  p_aside name[] default '{}') returns void
language plpgsql volatile
as $$
declare
  v_of regclass := (
    select t.typrelid from pg_proc p join pg_type t on t.oid = p.proargtypes[0] where p.oid = p_snapshot);
  v_columns name[] := array(
    select a.attname from pg_attribute a where a.attrelid = v_of and a.attnum > 0 and not a.attisdropped);
  v_id name := case when 'id' = any (v_columns) then 'id' else 'workspace_id' end;
  v_calls text := format(
    'execute function core.record_changes(%L, %L, %L, %L)', p_subject, coalesce(p_key, v_id), p_end, format(
      'select array_agg(i.id order by t.%2$I), array_agg(case when t.%2$I is not null then %4$s(t) end order by t.%2$I)
        from unnest($2) i (id) left join %1$s t on t.%3$I = $1 and t.%2$I = i.id::%5$s', v_of, v_id,
      case when 'workspace_id' = any (v_columns) then 'workspace_id' else 'id' end, p_snapshot::regproc,
      (select a.atttypid::regtype from pg_attribute a where a.attrelid = v_of and a.attname = v_id)));
  v_change text;
  v_kept name[] := array(
    select a.attname from pg_attribute a
    where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attname <> all (p_aside));
begin
  foreach v_change in array array['insert', 'update', 'delete'] loop
    execute format('create trigger %I after %s on %s %s %s', 'record_' || p_subject || '_' || v_change, v_change || case
        -- Said twice: the columns are compared at no cost, the condition is made ready for each statement.
        when v_change = 'update' and p_aside <> '{}' then (
          select ' of ' || string_agg(format('%I', k), ', ') from unnest(v_kept) k) else '' end,
      p_table, case when v_change = 'update' and p_aside <> '{}' then (
        select format('for each row when ((%s) is distinct from (%s))',
          string_agg(format('old.%I', k), ', '), string_agg(format('new.%I', k), ', '))
        from unnest(v_kept) k)
      else format('referencing %s table as changed for each statement',
        case v_change when 'delete' then 'old' else 'new' end) end, v_calls);
  end loop;
end
$$;

comment on function core.make_record(regclass, text, regprocedure, name, text, name[]) is
  'Makes a table a record, or a part of one that it names by p_key. The snapshot''s field p_end says that a record is '
  'over, and names the event; columns set aside are no part of it and change often.';

create function core.record_changes() returns trigger
language plpgsql
as $$
declare
  v_changed jsonb[];
  v_workspace_id int;
  v_ids text[];
  v_now jsonb[];
begin
  if tg_level = 'ROW' then
    v_changed := array[to_jsonb(new)];
  else
    v_changed := array(select to_jsonb(c) from changed c);
  end if;
  for v_workspace_id, v_ids in
    select coalesce(c ->> 'workspace_id', c ->> 'id')::int, array_agg(distinct c ->> tg_argv[1])
    from unnest(v_changed) c where c ->> tg_argv[1] is not null group by 1 order by 1
  loop
    perform core.take_turnstile(v_workspace_id);
    execute tg_argv[3] into v_ids, v_now using v_workspace_id, v_ids;
    perform core.write_versions(v_workspace_id, tg_argv[0], v_ids, v_now, tg_argv[2]);
  end loop;
  return null;
end
$$;

comment on function core.record_changes() is
  'Trigger of core.make_record(): writes an event with the record as it now is, for each that a statement changed.';

-- Numbers are taken once for all: each taking is another version of the workspace's row, and reading it passes by all
-- of them.
create function core.write_versions(p_workspace_id int, p_subject text, p_ids text[], p_now jsonb[], p_end text)
returns void
language plpgsql volatile
set plan_cache_mode = force_generic_plan
as $$
declare
  v_before jsonb[] := array(
    select core.complete_snapshot(p_subject, (core.last_event(p_workspace_id, p_subject, i.id)).data)
    from unnest(p_ids) with ordinality i (id, nr) order by i.nr);
  v_changed int[] := array(
    select i.nr from unnest(v_before, p_now) with ordinality i (before, now, nr)
    where core.is_changed(i.before, i.now) order by i.nr);
  v_first bigint;
begin
  if v_changed = '{}' then
    return;
  end if;
  v_first := core.reserve_events(p_workspace_id, cardinality(v_changed));
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id, subject, subject_id)
  select p_workspace_id, v_first + n.place - 1, core.current_time(),
    p_subject || '.' || core.name_change(n.before, n.now, p_end), core.current_actor(), (n.data ->> 'lead_id')::uuid,
    case p_subject when 'caller' then n.id::uuid end, n.data, core.current_request(), p_subject, n.id
  from (
    select p_ids[c.nr] as id, v_before[c.nr] as before, p_now[c.nr] as now, c.place,
      coalesce(p_now[c.nr], v_before[c.nr]) as data
    from unnest(v_changed) with ordinality c (nr, place)) n;
end
$$;

comment on function core.write_versions(int, text, text[], jsonb[], text) is
  'Writes an event for each of some records with it as it now is (null: it was deleted), unless its last event says '
  'the same.';

-- What a field does not say, it says nothing of: older events lack what came later.
create function core.is_changed(p_before jsonb, p_after jsonb) returns boolean
language sql immutable parallel safe
return case when p_before is null or p_after is null then p_before is distinct from p_after
  else exists (
    select from jsonb_each(p_after) a
    where nullif(a.value, 'null') is distinct from nullif(p_before -> a.key, 'null')) end;

comment on function core.is_changed(jsonb, jsonb) is 'Whether two snapshots of a record differ.';

create function core.name_change(p_before jsonb, p_after jsonb, p_end text) returns text
language sql immutable parallel safe
return case
  when p_before is null then 'created'
  when p_after is null then 'deleted'
  when (p_after ->> p_end)::boolean and not (p_before ->> p_end)::boolean then p_end
  when (p_before ->> p_end)::boolean and not (p_after ->> p_end)::boolean and p_end in ('disabled', 'done')
    then case p_end when 'done' then 'reopened' else 'enabled' end
  when p_end <> 'archived' and (p_after ->> 'archived')::boolean and not (p_before ->> 'archived')::boolean
    then 'archived'
  when (p_after ->> 'generation')::int > (p_before ->> 'generation')::int then 'rotated'
  else 'updated' end;

comment on function core.name_change(jsonb, jsonb, text) is
  'What became of a record, as the kinds of events name it: created, updated, archived, rotated ...';

-- What records were in respects that their older events do not name yet. Alert settings are there without an event.
create function core.complete_snapshot(p_subject text, p_data jsonb) returns jsonb
language sql immutable parallel safe
return case when p_data is not null or p_subject = 'alert_settings' then coalesce('{
    "caller": {"disabled": false, "team": null, "campaigns": [], "weight": 1, "max_load": 0, "hours": null,
      "time_off": "{}", "sources": {}},
    "rule": {"campaign_id": null, "is_paused": false, "teams": [], "callers": [], "old_condition": null},
    "source": {"revoked": false, "generation": 1, "kind": "plain"},
    "workspace": {"leads_of_gone": "route", "leads_of_away": "keep", "requires_factor": false, "managers_may": [],
      "holds_unreachable": true, "placeholders": [
      "0000000", "1111111", "2222222", "3333333", "4444444", "5555555", "6666666", "7777777", "8888888",
      "9999999", "0123456789", "123456789", "1234567890", "a@a", "abc@abc",
      "abc@xyz", "test@test", "none@none", "na@na", "no@no", "nil@nil", "null@null", "xyz@xyz",
      "email@email", "noemail@*", "no-email@*", "nomail@*", "no-mail@*", "notprovided@*",
      "notavailable@*", "donotreply@*", "noreply@*", "no-reply@*", "na", "n/a", "none", "nil", "null",
      "undefined", "unknown", "nan", "-", "--", "#n/a", "#ref!", "#value!", "#name?", "not available",
      "not provided", "0", "{{*}}", "={{*}}", "${*}", "<%=*", "[field *", "[your-*", "[_*", "{field*", "{entry*",
      "{lead*", "{row*", "{submission*", "%lead*", "%contact*", "%row*", "[object object]", "[]", "{}"]},
    "destination": {"archived": false},
    "alert_settings": {"alerts": ["all_at_cap", "caller_gone", "claims_ran_out", "nothing_arrived"],
      "quiet_minutes": null, "hours": null}}'::jsonb -> p_subject, '{}') || coalesce(p_data, '{}') end;

comment on function core.complete_snapshot(text, jsonb) is
  'A record''s snapshot, with the defaults for what is younger than the event. Null for none.';

-- Events about a lead name it in lead_id and have no subject: nearly all events are, and they have that index already.
-- Those with a subject are about a record below the lead.
-- Some old events about users have no snapshot, so no name, and are left aside.
-- Written so that the primary key cannot give the order: on a young table the planner may prefer it, and read a million
-- newer events of others first.
create function core.last_event(p_workspace_id int, p_subject text, p_id text, p_before bigint default null)
  returns crm.events
language plpgsql stable
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_before bigint := coalesce(p_before, 9223372036854775807);
  v_event crm.events;
begin
  if p_subject = 'lead' then
    select e.* into v_event from crm.events e
    where e.lead_id = p_id::uuid and e.workspace_id + 0 = p_workspace_id and e.seq < v_before and e.subject is null
    order by e.seq desc limit 1;
  else
    select e.* into v_event from crm.events e
    where e.subject is not null
      and (e.subject, e.subject_id, e.workspace_id) >= (p_subject, p_id, p_workspace_id)
      and (e.subject, e.subject_id, e.workspace_id, e.seq) < (p_subject, p_id, p_workspace_id, v_before)
      and (e.subject <> 'user' or e.data ? 'name')
    order by e.subject desc, e.subject_id desc, e.workspace_id desc, e.seq desc limit 1;
  end if;
  return v_event;
end
$$;

comment on function core.last_event(int, text, text, bigint) is
  'The last event about something, or the last one before event p_before; null when there is none.';

create function core.etag_of(p_workspace_id int, p_subject text, p_id text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return case when core.sees_workspace(p_workspace_id)
    then coalesce((core.last_event(p_workspace_id, p_subject, p_id)).seq, 0)::text end;
end
$$;

comment on function core.etag_of(int, text, text) is
  'The version of a record or lead, for If-Match: the number of its last event; 0 for what was never changed.';

-- If-Match. The comparison is made where the edit passes the turnstile, which every edit does before it writes its
-- event and after which nobody else writes one. So it needs no lock of its own and nobody comes between.
create function api.expect_etag(p_subject text, p_id text, p_etags text[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('fairlead.expected', jsonb_build_object(
    'subject', p_subject, 'id', coalesce(nullif(p_id, ''), core.current_workspace()::text),
    'etags', p_etags)::text, true);
end
$$;

comment on function api.expect_etag(text, text, text[]) is
  'Has the edit in the same transaction refused (LD412) unless the etag of the record or lead is one of these. '
  'The id is empty for the workspace and its alert settings.';

-- What is not there, or not in sight, the edit itself says.
create function core.check_expected(p_workspace_id int) returns void
language plpgsql volatile
as $$
declare
  v_expected jsonb := current_setting('fairlead.expected')::jsonb;
  v_subject text := v_expected ->> 'subject';
  v_id text := v_expected ->> 'id';
  v_etag text := core.etag_of(p_workspace_id, v_subject, v_id);
begin
  perform set_config('fairlead.expected', '', true);
  if v_etag <> '0' and not v_expected -> 'etags' ? v_etag and (v_subject <> 'lead' or core.sees_lead(v_id::uuid)) then
    raise exception 'Somebody has changed this % meanwhile', translate(v_subject, '_', ' ')
      using errcode = 'LD412', column = 'If-Match', hint = 'Load it again, and repeat your change on what it is now.';
  end if;
end
$$;

comment on function core.check_expected(int) is
  'LD412 if somebody has changed what api.expect_etag() names. Asked once a transaction, behind the turnstile.';

-- What reading and editing a record begins with. p_of is of the record's type: null::crm.rules.
create function core.find_record(p_of anyelement, p_subject text, p_id text, p_lock boolean default false)
returns anyelement
language plpgsql volatile
as $$
declare
  v_rows int;
begin
  execute format('select t.* from %s t where t.workspace_id = $1 and t.id = %L %s', pg_typeof(p_of), p_id,
    case when p_lock then 'for no key update' else '' end) into p_of using core.current_workspace();
  get diagnostics v_rows = row_count;
  if v_rows = 0 then
    raise exception 'There is no % %', p_subject, p_id using errcode = 'LD404';
  end if;
  return p_of;
end
$$;

comment on function core.find_record(anyelement, text, text, boolean) is
  'A record of the workspace acted in, archived or not. LD404 when there is none.';

create function core.lock_record(p_of anyelement, p_subject text, p_id text, p_stays boolean default true)
returns anyelement
language plpgsql volatile
as $$
declare
  v_record jsonb;
begin
  perform core.take_turnstile(core.current_workspace());
  p_of := core.find_record(p_of, p_subject, p_id, true);
  v_record := to_jsonb(p_of);
  if v_record ->> 'archived_at' is not null and p_stays then
    raise exception using errcode = 'LD409',
      message = concat_ws(' ', 'The', p_subject, v_record ->> 'name', 'is archived'),
      hint = format('Make a new %s instead.', p_subject);
  elsif v_record ->> 'archived_at' is not null then
    raise exception 'There is no % %', p_subject, p_id using errcode = 'LD404';
  end if;
  return p_of;
end
$$;

comment on function core.lock_record(anyelement, text, text, boolean) is
  'A record of the workspace acted in, locked for a change behind the turnstile. LD404 when there is none, LD409 when '
  'it is archived; LD404, too, if nobody sees archived ones (not p_stays).';
