-- Who is acting, where, and in which request, for the event log and the api functions. The gateway says so per transaction
-- with set_config('fairlead.actor', ...) and the like; a plain psql session is its login, and no request.
create function routing.current_actor() returns text
language sql stable
return coalesce(nullif(current_setting('fairlead.actor', true), ''), session_user::text);

comment on function routing.current_actor() is 'Who is acting: user:<id>, intake, cli, or the login of a plain session.';

create function routing.current_request() returns text
language sql stable
return left(nullif(current_setting('fairlead.request_id', true), ''), 100);

comment on function routing.current_request() is 'The id of the request that is being answered, as in the gateway''s log; null when there is none.';

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
