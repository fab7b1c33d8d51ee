-- Leads handed out as a file. begin_export() writes to the log who takes which leads along, then export_leads() gives
-- them out piece by piece, as list_leads() does. A phone that was searched for, and is sealed, does not stand in the
-- log. A file is no snapshot: it goes from the newest lead down, so nothing that was there at the beginning is missing,
-- and nothing comes twice.
--
-- Locks: the turnstile, for the event.
create function api.begin_export(p_filter jsonb, p_format text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform core.take_turnstile(core.current_workspace());
  perform core.write_event(core.current_workspace(), 'leads.exported', null, null,
    jsonb_build_object('format', p_format, 'filter',
      p_filter - 'hashes' || case when p_filter ? 'hashes' then '{"search": "sealed"}' else '{}' end::jsonb));
end
$$;

comment on function api.begin_export(jsonb, text) is
  'Writes to the log who exports the leads of a filter, as a file of this format.';

create function api.export_leads(p_filter jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select core.page_of_leads(p_filter, 1000, true)
$$;

comment on function api.export_leads(jsonb)
is 'The next thousand leads that pass a filter, newest first, metadata as text: {"items", "next": cursor or null}.';
