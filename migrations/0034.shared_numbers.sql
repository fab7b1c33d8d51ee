-- Who is who where numbers are shared, and tests apart from leads.
-- depends: 0033.lists
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- Of a mobile and a landline the mobile is the person's. Filled at deploy, as the loader is another one.
alter table crm.phone_ranges add column is_mobile boolean not null default false;
comment on column crm.phone_ranges.is_mobile is
  'Whether these may be mobiles; in some countries landlines and mobiles look alike.';

-- A test tells nothing of a lead that comes later, so it has no part in what tells a retry.
drop index crm.leads_source_row_key;
create unique index leads_source_row_key on crm.leads (
  hashtextextended(source_row_id, coalesce(source_id::bigint, workspace_id::bigint << 32)),
  hashtextextended(source_row_id, ~coalesce(source_id::bigint, workspace_id::bigint << 32)))
  where source_row_id is not null and not is_test;
-- Tests that have neither key nor row id are known by phone and time, as a lead must not be by them.
alter table crm.leads disable trigger user;
update crm.leads set idempotency_key = 'test:' || id where is_test and idempotency_key is null;
alter table crm.leads enable trigger user;
