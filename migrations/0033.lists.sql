-- Searching takes one index: any part of the name, city, e-mail and phone.
-- depends: 0032.disk
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
--
-- With a million leads the index takes about a minute to make, during which leads wait.

drop index crm.leads_name_idx, crm.leads_phone_end_idx;

-- core.search_text() is this expression. What is sealed is not in it. New leads are put aside in the index until the
-- tick sorts them in, so that neither a lead nor a search pays for it.
create index leads_search_idx on crm.leads using gin ((
  (' ' || coalesce(name, '') || ' ' || coalesce(city, '')
    || case when email like '%@%' then ' ' || email else '' end
    || case when phone ^@ '+' then ' ' || substr(phone, 2) else '' end) collate "default") crm.gin_trgm_ops)
  with (gin_pending_list_limit = 16384);

-- Test leads are few.
create index leads_test_idx on crm.leads (workspace_id, id) where is_test;

-- From the newest closed lead down, past all that are open, in a workspace that may be the smallest of many.
drop index crm.leads_closed_idx;
create index leads_closed_idx on crm.leads (workspace_id, id) where closed_at is not null;
