-- What managers may do beside what their role lets them: an admin says so in the settings of the workspace. Functions
-- that managers may call only then begin with core.refuse_unless_may().
create function core.admins_to_ask() returns text
language sql stable
as $$
  select case count(*) when 0 then 'Ask your admin' when 1 then 'Ask ' || min(a.name) || ', who is an admin'
    else 'Ask ' || string_agg(a.name, ' or ' order by a.name, a.id) || ', who are admins' end
  from (
    select u.id, u.name from crm.users u
    where u.workspace_id = core.current_workspace() and u.role = 'admin' and u.disabled_at is null
      and u.password_hash is not null
    order by u.created_at, u.id limit 2) a
$$;

comment on function core.admins_to_ask() is 'Whom to ask in this workspace for what only admins may: a sentence.';

create function core.is_admin() returns boolean
language sql stable
return core.may_act_as('fairlead_admin') or core.may_act_as('fairlead_owner');

comment on function core.is_admin() is 'Whether the acting role may do what admins may.';

create function core.may(p_what text) returns boolean
language sql stable
return core.is_admin() or exists (
  select from crm.workspaces w where w.id = core.current_workspace() and p_what = any (w.managers_may));

comment on function core.may(text) is
  'Whether the acting role may change sources, destinations or people: an admin, or a manager where managers may.';

create function core.refuse_unless_may(p_what text) returns void
language plpgsql stable
as $$
begin
  if not core.may(p_what) then
    raise exception using errcode = 'LD403', hint = core.admins_to_ask(),
      message = case p_what when 'people' then 'Only admins may add people here'
        else format('Only admins may add and change %s here', p_what) end;
  end if;
end
$$;

comment on function core.refuse_unless_may(text) is 'LD403 with whom to ask, unless the acting role may.';

-- A manager makes nobody who may do more than callers and analysts.
create function core.refuse_unless_may_invite(p_role text) returns void
language plpgsql stable
as $$
begin
  perform core.refuse_unless_may('people');
  if not core.is_admin() and p_role not in ('caller', 'analyst') then
    raise exception 'Managers invite callers and analysts only'
      using errcode = 'LD403', column = 'role', hint = core.admins_to_ask();
  end if;
end
$$;

comment on function core.refuse_unless_may_invite(text) is 'LD403 unless the acting role may invite a person as this.';

create function api.get_rights() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('sources', core.may('sources'), 'destinations', core.may('destinations'),
    'people', core.may('people'), 'is_admin', core.is_admin(), 'ask', core.admins_to_ask() || '.')
$$;

comment on function api.get_rights() is
  'What the acting person may change of what admins look after, and whom to ask for the rest.';
