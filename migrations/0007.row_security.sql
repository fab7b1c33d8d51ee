-- Who a user is among the callers, and in which workspace a login of the database works.
-- depends: 0006.contacts
-- squawk-ignore-file constraint-missing-not-valid, adding-foreign-key-constraint, require-concurrent-index-creation

alter table crm.users
  add column caller_id uuid,
  add constraint users_caller_known foreign key (workspace_id, caller_id) references crm.callers (workspace_id, id);
create unique index users_caller_key on crm.users (caller_id, workspace_id) where caller_id is not null;
comment on column crm.users.caller_id is 'Which caller the person is: with the role caller they see the leads of this one alone.';

-- Somebody's closed leads, and all that are closed, from the newest down.
create index lead_assignments_closed_caller_idx on crm.lead_assignments (caller_id, lead_id) where status = 'closed';
create index leads_closed_idx on crm.leads (id) where closed_at is not null;

create table crm.logins (
  login        name primary key,
  workspace_id int not null references crm.workspaces
);
comment on table crm.logins is 'Logins of people who read with psql or a reporting tool, as members of fairlead_analyst or fairlead_manager. The gateway and the owner need none.';
comment on column crm.logins.login is 'The login, as in pg_roles.';
comment on column crm.logins.workspace_id is 'The one workspace it sees.';
