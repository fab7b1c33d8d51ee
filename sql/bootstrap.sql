-- Roles and the schema of the migration tool's own tables: what must exist before the first migration.
--
-- Run by `fairlead migrate` as the user of FAIRLEAD_DATABASE_URL, who needs CREATEROLE and CREATE on the database
-- (a superuser has both). Safe to run at every deploy and from several deployments of one server at once.
--
-- fairlead_owner    owns every object and cannot log in; migrations and sql/install.sql run as it
-- fairlead_gateway  what the gateway's connections become; it may use schema api and nothing else

do $$
declare
  v_role text;
begin
  foreach v_role in array array['fairlead_owner', 'fairlead_gateway'] loop
    begin
      if not exists (select from pg_roles where rolname = v_role) then
        execute format('create role %I nologin', v_role);
      end if;
    exception when duplicate_object or unique_violation then
      null;  -- another deployment on this server made it a moment ago
    end;
    if not pg_has_role(current_user, v_role, 'usage') then  -- from 16 on, who made a role is a member of it by name only
      execute format('grant %I to current_user', v_role);
    end if;
  end loop;
  execute format('grant create on database %I to fairlead_owner', current_database());
end
$$;

create schema if not exists yoyo authorization fairlead_owner;
