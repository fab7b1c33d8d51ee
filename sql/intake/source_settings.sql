-- What an admin says of a source's mapping and form, in one spelling and free of mistakes;
-- record.sql and sources.sql build on it. The gateway reads mappings (gateway/intake/mapping.py)
-- and says more of a path that is none.
--
-- Errors: LD422 with the column mapping, form.sites or form.thanks_url, or the path of a mistake in test_when.
create function core.check_mapping(p_mapping jsonb) returns jsonb
language plpgsql stable
as $$
declare
  v_fields constant text[] := array['name', 'phone', 'email', 'external_id', 'source_row_id', 'timestamp',
    'lead_source', 'city', 'state', 'language', 'message', 'first_name', 'last_name', 'company', 'job_title',
    'country', 'medium', 'term', 'product', 'budget', 'authority', 'timeline_months', 'campaign', 'team', 'is_test'];
  v_field text;
  v_places jsonb;
begin
  if jsonb_typeof(p_mapping) <> 'object' then
    raise exception 'A mapping says for fields of a lead what the sender calls them'
      using errcode = 'LD422', column = 'mapping', hint = 'Give an object such as {"phone": "Mobile No."}.';
  end if;
  for v_field, v_places in select m.key, m.value from jsonb_each(p_mapping) m loop
    if v_field <> all (v_fields) then
      raise exception 'A lead has no field %', v_field
        using errcode = 'LD422', column = 'mapping', hint = 'There are: ' || array_to_string(v_fields, ', ') || '.';
    elsif not coalesce(jsonb_path_match(v_places, 'strict
        ($.type() == "string" && $ != "")
          || ($.type() == "array" && $.size() > 0 && $.size() <= 10 && !exists (
            $[*] ? (@.type() != "string" || @ == "")))',
        silent => true), false) then
      raise exception 'What the sender calls % cannot be read', v_field
        using errcode = 'LD422', column = 'mapping',
          hint = 'Give the name of a field, a path such as $.contact.phone, or a list of up to 10.';
    end if;
  end loop;
  return nullif(p_mapping, '{}');
end
$$;

comment on function core.check_mapping(jsonb) is
  'The mapping of a source as it is stored, null for an empty one. LD422 (column mapping) for an unknown field, or '
  'places that are neither text nor a list of texts.';

create function core.prepare_source() returns trigger
language plpgsql
as $$
declare
  v_at text;
  v_hint text;
begin
  new.test_when := routing.read_condition(new.workspace_id, new.test_when);
  new.test_compiled := routing.compile_condition(new.test_when);
  return new;
exception when sqlstate 'LD422' then
  get stacked diagnostics v_at = column_name, v_hint = pg_exception_hint;
  raise exception '%', sqlerrm using errcode = 'LD422', column = regexp_replace(v_at, '^condition', 'test_when'),
    hint = replace(v_hint, 'Split it into two rules.', 'Say less in it.');
end
$$;

comment on function core.prepare_source() is
  'Trigger: gives the condition by which a source''s leads are tests its one spelling, and compiles it. LD422 (column '
  'test_when and the path in it) for one that cannot be read.';

create trigger prepare_source before insert or update of test_when on crm.sources
for each row execute function core.prepare_source();

create function core.check_form_sites(p_sites text[]) returns text[]
language plpgsql stable
as $$
declare
  v_sites text[];
  v_wrong text;
begin
  select array_agg(s.site order by s.first) into v_sites
  from (
    select o.site, min(g.ordinality) as first
    from unnest(p_sites) with ordinality g
    cross join lateral (
      select regexp_replace(regexp_replace(lower(btrim(g.g)), '/+$', ''),
        '^(http://.*):80$|^(https://.*):443$', '\1\2') as site) o
    group by o.site) s;
  if v_sites is null or cardinality(v_sites) > 20 then
    raise exception 'A form is sent from 1 to 20 sites' using errcode = 'LD422', column = 'form.sites',
      hint = 'Give origins such as https://example.com.';
  end if;
  select s into v_wrong from unnest(v_sites) s
  where s !~ '^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$' or s is null limit 1;
  if found then
    raise exception '% is not the address of a site', coalesce(v_wrong, 'null')
      using errcode = 'LD422', column = 'form.sites',
        hint = 'Give scheme and host and nothing behind it, such as https://example.com.';
  end if;
  return v_sites;
end
$$;

comment on function core.check_form_sites(text[]) is
  'Origins as browsers write them: lower case, no slash at the end, no port that goes without saying, each once. '
  'LD422 (column form.sites) for none, too many, or what is no origin.';

-- A form that is given replaces the one there was; null switches it off. Its key stays, so that pages which carry it
-- work again when it is switched on again.
create function core.with_form(p_source crm.sources, p_form jsonb) returns crm.sources
language plpgsql volatile
as $$
begin
  if p_form is null or jsonb_typeof(p_form) = 'null' then
    p_source.form_sites := null;
    return p_source;
  end if;
  p_source.form_sites := core.check_form_sites(array(select jsonb_array_elements_text(p_form -> 'sites')));
  p_source.form_thanks_url := nullif(btrim(p_form ->> 'thanks_url'), '');
  if p_source.form_thanks_url !~ '^https?://[^[:space:][:cntrl:]/]+[^[:space:][:cntrl:]]*$' then
    raise exception 'It is not the address of a page'
      using errcode = 'LD422', column = 'form.thanks_url',
        hint = 'Give the whole of it, such as https://example.com/thanks.';
  end if;
  p_source.form_key := coalesce(p_source.form_key, core.new_form_key());
  return p_source;
end
$$;

comment on function core.with_form(crm.sources, jsonb) is
  'A source with the form {"sites", "thanks_url"}, or without one. LD422 as check_form_sites(), and (column '
  'form.thanks_url) for what is no address.';

create function core.new_form_key() returns text
language sql volatile
return replace(gen_random_uuid()::text, '-', '');

comment on function core.new_form_key() is 'A key for a form, which nobody guesses.';
