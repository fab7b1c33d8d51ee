-- What gateways do for imports without being asked. Any number of them call this at once.
--
-- A file is read by one gateway at a time, which has 30 seconds from one batch of rows to the next; of one that says
-- nothing for so long another takes over, from the first row. Rows that become leads need no such turn: see
-- advance_import.sql.
create function api.claim_check() returns table (workspace_id int, import_id uuid, turn int, size bigint, wanted jsonb)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := core.current_time();
  v_import crm.imports;
begin
  select i.* into v_import from crm.imports i
  where i.status = 'checking' and (i.turn_ends_at is null or i.turn_ends_at <= v_now)
  order by i.turn_ends_at nulls first, i.id limit 1 for no key update skip locked;
  if not found then
    return;
  end if;
  delete from crm.import_rows r where r.workspace_id = v_import.workspace_id and r.import_id = v_import.id;
  update crm.imports i
  set turn = i.turn + 1, turn_ends_at = v_now + interval '30 seconds', checked_rows = 0,
    ready = 0, duplicates_in_file = 0, duplicates_stored = 0, refused_at_check = 0, empty_rows = 0, left_out = 0
  where i.workspace_id = v_import.workspace_id and i.id = v_import.id;
  return query
  select v_import.workspace_id, v_import.id, v_import.turn + 1, v_import.size, jsonb_build_object(
    'sheet', v_import.sheet, 'heading_row', v_import.heading_row, 'mapping', v_import.mapping,
    'keep_unmapped', v_import.keep_unmapped, 'accept', v_import.accept, 'date_order', v_import.date_order,
    'country', w.country, 'timezone', coalesce(s.timezone, w.timezone))
  from crm.workspaces w
  left join crm.sources s on s.workspace_id = w.id and s.id = core.find_import_source(w.id)
  where w.id = v_import.workspace_id;
end
$$;

comment on function api.claim_check() is
  'An import whose file is to be read, for the caller to read; no row when there is none. turn: to be said with '
  'whatever comes of it.';

create function api.read_import_piece(p_workspace_id int, p_import_id uuid, p_number int) returns table (content bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select p.content from crm.import_pieces p
  where p.workspace_id = p_workspace_id and p.import_id = p_import_id and p.number = p_number
$$;

comment on function api.read_import_piece(int, uuid, int) is 'A piece of a file; no row after the last.';

create function api.stage_rows(p_workspace_id int, p_import_id uuid, p_turn int, p_rows jsonb, p_empty int)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not core.has_turn(p_workspace_id, p_import_id, p_turn) then
    return false;
  end if;
  perform core.stage_rows(p_workspace_id, p_import_id, p_rows, p_empty);
  return true;
end
$$;

comment on function api.stage_rows(int, uuid, int, jsonb, int) is
  'Stages the next rows of a file; false when another gateway reads it by now, or nobody is to.';

create function api.finish_check(p_workspace_id int, p_import_id uuid, p_turn int, p_problem text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not core.has_turn(p_workspace_id, p_import_id, p_turn) then
    return false;
  elsif p_problem is null then
    perform core.finish_staging(p_workspace_id, p_import_id);
  else
    delete from crm.import_rows r where r.workspace_id = p_workspace_id and r.import_id = p_import_id;
    update crm.imports i set status = 'failed', problem = p_problem, ended_at = core.current_time(), turn_ends_at = null
    where i.workspace_id = p_workspace_id and i.id = p_import_id;
  end if;
  return true;
end
$$;

comment on function api.finish_check(int, uuid, int, text) is
  'Says that all rows are staged, or why they cannot be; false when another gateway reads the file by now, or nobody '
  'is to.';

create function core.has_turn(p_workspace_id int, p_import_id uuid, p_turn int) returns boolean
language plpgsql volatile
as $$
declare
  v_import crm.imports := core.lock_import(p_workspace_id, p_import_id);
begin
  return v_import.status = 'checking' and v_import.turn = p_turn;
end
$$;

comment on function core.has_turn(int, uuid, int) is
  'Whether it is this turn in which an import is checked; locks the import.';

-- An import whose workspace's turnstile is held for long, or which another gateway advances, is passed by, so that it
-- does not keep the others waiting.
-- Locks: one running import (skip locked), the advisory lock of its workspace's imports (never waited for), then as
-- advance_import().
create function api.advance_imports(p_most int) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
as $$
declare
  v_import crm.imports;
  v_busy int[] := array[]::int[];
  v_actor text := coalesce(current_setting('fairlead.actor', true), '');
  v_advanced boolean := false;
begin
  loop
    select i.* into v_import from crm.imports i
    where i.status = 'running' and i.workspace_id <> all (v_busy)
    order by i.advanced_at nulls first, i.id limit 1 for no key update skip locked;
    if not found then
      perform set_config('fairlead.actor', v_actor, true);
      perform core.forget_imports();
      exit;
    end if;
    if pg_try_advisory_xact_lock(hashtext('fairlead import'), v_import.workspace_id) then
      begin
        perform set_config('fairlead.actor', v_import.started_by, true);
        perform core.advance_import(v_import, p_most);
        perform set_config('fairlead.actor', v_actor, true);
        v_advanced := true;
      exception when lock_not_available then
        null;
      end;
      exit when v_advanced;
    end if;
    v_busy := v_busy || v_import.workspace_id;
  end loop;
  return v_advanced;
end
$$;

comment on function api.advance_imports(int) is
  'Imports the next rows, at most p_most, of the import that has waited longest. False when none can advance.';
