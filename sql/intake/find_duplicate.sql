-- Which stored lead a refused one repeats: normalised as the insert did it, looked for under each of the three keys.
create function core.find_duplicate(p_lead crm.leads) returns uuid
language plpgsql stable
as $$
declare
  v_lead crm.leads;
  v_seed bigint := coalesce(p_lead.source_id::bigint, p_lead.workspace_id::bigint << 32);
begin
  if p_lead.workspace_id is null then
    return null;
  end if;
  v_lead := core.normalize_lead(p_lead);
  return (
    select d.id
    from (
      select l.id from crm.leads l
      where l.phone = v_lead.phone and v_lead.source_row_id is null and v_lead.idempotency_key is null
        and l.timestamp_from_sheet = v_lead.timestamp_from_sheet
        and l.source_row_id is null and l.idempotency_key is null
        and coalesce(l.external_id, '') = coalesce(v_lead.external_id, '') and l.workspace_id = v_lead.workspace_id
      union all
      select l.id from crm.leads l
      where hashtextextended(l.source_row_id, coalesce(l.source_id::bigint, l.workspace_id::bigint << 32))
          = hashtextextended(v_lead.source_row_id, v_seed)
        and l.source_row_id = v_lead.source_row_id and l.source_id is not distinct from v_lead.source_id
        and l.workspace_id = v_lead.workspace_id and not l.is_test and v_lead.is_test is not true
      union all
      select l.id from crm.leads l
      where hashtextextended(l.idempotency_key, coalesce(l.source_id::bigint, l.workspace_id::bigint << 32))
          = hashtextextended(v_lead.idempotency_key, v_seed)
        and l.idempotency_key = v_lead.idempotency_key and l.source_id is not distinct from v_lead.source_id
        and l.workspace_id = v_lead.workspace_id
    ) d
    order by d.id limit 1);
end
$$;

comment on function core.find_duplicate(crm.leads) is
  'The stored lead that the given one, not yet normalised, repeats; null when there is none.';
