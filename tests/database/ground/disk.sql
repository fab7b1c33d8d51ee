-- What is in an index as a hash, or with many rows behind one key, is found by it.
begin;
\ir ../given.psql
select * from no_plan();

create function given.plan(p_query text) returns setof text language plpgsql as $$
begin
  return query execute 'explain (costs off) ' || p_query;
end
$$;
set enable_seqscan = off;
set plan_cache_mode = force_generic_plan;
select isnt_empty(format($$select from given.plan(%L) p where p ~ %L$$, query, 'Index.* ' || index), index || ' finds ' || what)
from (values
  ('contact_keys_key', 'the contact of a key', $$select * from routing.keys_brought(1, array[row('01a22d7d-e7cb-73bb-b7e5-f9c5116aa8b9', 'email', 'a@y.in', 1, null)::routing.lead_key])$$),
  ('leads_source_row_key', 'the row of a source', $$select from crm.leads l
    where hashtextextended(l.source_row_id, coalesce(l.source_id::bigint, l.workspace_id::bigint << 32)) = hashtextextended('row 1', 7) and l.source_row_id = 'row 1' and not l.is_test$$),
  ('leads_idempotency_key', 'what was said before', $$select from crm.leads l
    where hashtextextended(l.idempotency_key, coalesce(l.source_id::bigint, l.workspace_id::bigint << 32)) = hashtextextended('k', 7) and l.idempotency_key = 'k'$$),
  ('leads_phone_timestamp_key', 'who said the same at the same moment', $$select from crm.leads l
    where l.phone = '+919812345678' and l.timestamp_from_sheet = '2026-01-05' and coalesce(l.external_id, '') = '' and l.workspace_id = 1
      and l.source_row_id is null and l.idempotency_key is null$$),
  ('leads_state_idx', 'the leads of a state', $$select from crm.leads l where l.state = 'Goa' and l.workspace_id = 1$$),
  ('lead_assignments_open_caller_idx', 'what a caller has open', $$select from crm.lead_assignments a where a.caller_id = '01a22d7d-e7cb-73bb-b7e5-f9c5116aa8b9' and a.workspace_id = 1 and a.ended_at is null$$))
  as t (index, what, query);

select is((select count(distinct crm.key_hash(w, k, v, h))
  from unnest('{1,2,-1}'::int[]) w, unnest(enum_range(null::crm.contact_key_kind)) k, unnest('{x,y}'::text[]) v, unnest('{0,1}'::int[]) h), 36::bigint,
  'key_hash() tells workspaces, kinds and values apart, and has two halves');

select * from finish();
rollback;
