-- Roles and the schema of the migration tool's own tables: what must exist before the first migration.
--
-- Run by `fairlead migrate` as the user of FAIRLEAD_DATABASE_URL, who needs CREATEROLE and CREATE on the database
-- (a superuser has both). Safe to run at every deploy and from several deployments of one server at once.
--
-- fairlead_owner    owns every object and cannot log in; migrations, sql/install.sql and the commands run as it
-- fairlead_gateway  the login of the gateway: may do nothing by itself, and become
--   fairlead_admin, fairlead_manager, fairlead_caller, fairlead_analyst   for a person's transaction
--   fairlead_intake   to hand leads in
--   fairlead_keeper   for what no person asks for: recognise people and senders, tick, read events for viewers
-- An admin is a manager who may do more.
-- fairlead_phones   may see phones and e-mail addresses in full; grant it to an analyst who should
-- grants.sql says what each may do, policies.sql which rows each sees.

do $$
declare
  v_role text;
begin
  foreach v_role in array array[
    'fairlead_owner', 'fairlead_gateway', 'fairlead_admin', 'fairlead_manager', 'fairlead_caller',
    'fairlead_analyst', 'fairlead_intake',
    'fairlead_keeper', 'fairlead_phones']
  loop
    begin
      if not exists (select from pg_roles where rolname = v_role) then
        execute format('create role %I', v_role);
      end if;
    exception when duplicate_object or unique_violation then
      null;  -- another deployment on this server made it a moment ago
    end;
    -- from 16 on, who made a role is a member of it by name only
    if not pg_has_role(current_user, v_role, 'usage') then
      execute format('grant %I to current_user', v_role);
    end if;
  end loop;
  if exists (select from pg_roles where rolname = 'fairlead_gateway' and (rolinherit or not rolcanlogin)) then
    alter role fairlead_gateway login noinherit;
  end if;
  for v_role in
    select r
    from unnest(
      '{fairlead_admin,fairlead_manager,fairlead_caller,fairlead_analyst,fairlead_intake,fairlead_keeper}'::text[]) r
    where not pg_has_role('fairlead_gateway', r, 'member')
  loop
    execute format('grant %I to fairlead_gateway', v_role);
  end loop;
  if not pg_has_role('fairlead_admin', 'fairlead_manager', 'member') then
    grant fairlead_manager to fairlead_admin;
  end if;
  for v_role in select r from unnest('{fairlead_manager,fairlead_caller}'::text[]) r
    where not pg_has_role(r, 'fairlead_phones', 'member') loop
    execute format('grant fairlead_phones to %I', v_role);
  end loop;
  execute format('grant create on database %I to fairlead_owner', current_database());
end
$$;

create schema if not exists yoyo authorization fairlead_owner;
