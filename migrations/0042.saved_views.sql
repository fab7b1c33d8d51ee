-- Saved views: the filters, order and columns of a list under a name, of one person or shared with all.
-- depends: 0041.staff
create table crm.saved_views (
  workspace_id int not null references crm.workspaces,
  id           int generated always as identity,
  user_id      uuid not null,
  list         text not null constraint saved_views_list_known check (list in ('leads', 'mine')),
  name         text not null constraint saved_views_name_length check (length(trim(name)) between 1 and 100),
  query        text not null constraint saved_views_query_length check (length(query) <= 2000),
  sort         text constraint saved_views_sort_length check (length(sort) <= 100),
  hides        text[] not null constraint saved_views_hides_count check (cardinality(hides) <= 50),
  is_shared    boolean not null,
  created_at   timestamptz not null,
  archived_at  timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id)
);
create unique index saved_views_name_key on crm.saved_views (user_id, list, lower(name), workspace_id)
  where archived_at is null;
comment on table crm.saved_views is
  'Lists as people like to see them. Never deleted: a view taken out is archived.';
comment on column crm.saved_views.workspace_id is 'Workspace of the list.';
comment on column crm.saved_views.id is 'Number of the view.';
comment on column crm.saved_views.user_id is 'Whose view it is.';
comment on column crm.saved_views.list is 'Which list it is of: leads, or mine, a caller''s own leads.';
comment on column crm.saved_views.name is 'What it is called.';
comment on column crm.saved_views.query is
  'The filters, as they stand in the page''s address behind the question mark.';
comment on column crm.saved_views.sort is
  'The column it is sorted by, with "-" before it if downwards; null: as the list comes.';
comment on column crm.saved_views.hides is 'The columns that are not shown.';
comment on column crm.saved_views.is_shared is 'Whether all who see the list see the view.';
comment on column crm.saved_views.created_at is 'When it was saved.';
comment on column crm.saved_views.archived_at is 'Since when it is gone; null while there.';
