-- Who is acting and where, for the event log and the api functions. The gateway says so per transaction with
-- set_config('fairlead.actor', ...) and set_config('fairlead.workspace_id', ...); a plain psql session is its login.
create function routing.current_actor() returns text
language sql stable
return coalesce(nullif(current_setting('fairlead.actor', true), ''), session_user::text);

comment on function routing.current_actor() is 'Who is acting: user:<id>, intake, cli, or the login of a plain session.';

create function routing.current_workspace() returns int
language plpgsql stable
as $$
declare
  v_workspace_id int := nullif(current_setting('fairlead.workspace_id', true), '')::int;
begin
  if v_workspace_id is null then
    raise exception 'No workspace is chosen'
      using errcode = 'LD401', hint = 'Sign in, or in psql: set fairlead.workspace_id = 1';
  end if;
  return v_workspace_id;
end
$$;

comment on function routing.current_workspace() is 'The workspace the caller of an api function acts in. LD401 when none is chosen.';
