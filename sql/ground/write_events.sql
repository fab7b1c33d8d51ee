-- The one event log: how anything gets a number in it.
--
-- reserve_events() takes the next p_count numbers under the turnstile and rings the doorbell. write_event() takes the
-- next number unless it is given one that was taken.
-- Locks: the turnstile (the update takes the same row lock). Errors: LD404 when there is no such workspace.
-- PostgreSQL folds equal notices of one transaction into one, and readers know the number they have read up to, so the
-- payload is the workspace alone.
create function core.ring(p_workspace_id int) returns boolean
language sql volatile
return pg_notify('fairlead', p_workspace_id::text) is not null;

comment on function core.ring(int) is 'Rings the doorbell of a workspace when the transaction commits.';

create function core.reserve_events(p_workspace_id int, p_count int) returns bigint
language plpgsql volatile
as $$
declare
  v_last bigint;
begin
  update crm.workspaces set event_seq = event_seq + p_count where id = p_workspace_id returning event_seq into v_last;
  if v_last is null then
    raise exception 'There is no workspace %', p_workspace_id using errcode = 'LD404';
  end if;
  return case when core.ring(p_workspace_id) then v_last - p_count + 1 end;
end
$$;

comment on function core.reserve_events(int, int) is
  'Takes the next event numbers of a workspace, returns the first, and rings the doorbell for the feed.';

create function core.write_event(
  p_workspace_id int, p_kind text, p_lead_id uuid, p_caller_id uuid, p_data jsonb, p_subject text default null,
  p_subject_id text default null, p_request_id text default core.current_request(), p_seq bigint default null)
returns bigint
language sql volatile
as $$
  insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data, request_id, subject, subject_id)
  values (p_workspace_id, coalesce(p_seq, core.reserve_events(p_workspace_id, 1)), core.current_time(),
          p_kind, core.current_actor(), p_lead_id, p_caller_id, p_data, p_request_id, p_subject, p_subject_id)
  returning seq
$$;

comment on function core.write_event(int, text, uuid, uuid, jsonb, text, text, text, bigint) is
  'Writes one event, numbered next, and returns its number. One about a lead has no subject.';
