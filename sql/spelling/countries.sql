-- In which country a lead says that it is. Senders call it what they like, and it stays in the metadata under their
-- name for it. Hyderabad and Punjab are in Pakistan, too.
--
-- Of every lead it is asked first whether a name is there at all, which costs next to nothing.
create function core.may_name_country(p_metadata jsonb) returns boolean
language sql immutable parallel safe
return p_metadata <> '{}' and p_metadata ?| array['country', 'Country', 'COUNTRY', 'country_code', 'countryCode',
  'country_name', 'countryName', 'Country Name', 'Country/Region', 'SENDER_COUNTRY_ISO', 'sender_country',
  'billing_country', 'your-country', 'Land', 'País', 'pais', 'negara', 'देश'];

comment on function core.may_name_country(jsonb) is
  'Whether there may be a country in a lead''s metadata: asked first, of every lead.';

create function core.find_country(p_text text) returns text
language sql stable
return (
  select c.code from crm.countries c
  where upper(trim(p_text)) = any (c.codes) or c.keys @> array[core.place_key(p_text)] collate "C"
  order by upper(trim(p_text)) = any (c.codes) desc, c.code
  limit 1);

comment on function core.find_country(text) is
  'The ISO code of the country of this code, of two or three letters, or of this name in any of its languages.';

create function core.country_of(p_metadata jsonb) returns text
language sql stable
return (
  select core.find_country(m.value) as country
  from jsonb_each_text(p_metadata) m
  where core.may_name_country(jsonb_build_object(m.key, 0)) and core.find_country(m.value) is not null
  order by m.key collate "C"
  limit 1);

comment on function core.country_of(jsonb) is
  'The ISO code of the country that a lead''s metadata name; null without one. A calling code is none.';

-- Forms begin with a country that nobody chose: a state''s whole name that the other country has not counts for more.
create function core.is_elsewhere(p_lead crm.leads, p_country text) returns boolean
language plpgsql stable
as $$
declare
  v_country text := core.country_of(p_lead.metadata);
begin
  return v_country <> p_country and not coalesce(
    p_lead.state is not null and length(coalesce(p_lead.state_given, p_lead.state)) > 3
      and core.find_places(v_country, 'state', p_lead.state) = '{}', false);
end
$$;

comment on function core.is_elsewhere(crm.leads, text) is
  'Whether a lead, its state found if its text is exactly one, says that it is in another country than this.';
