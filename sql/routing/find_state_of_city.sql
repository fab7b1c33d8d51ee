-- In which state a city lies, by any of its names. A text that names more than a city is taken apart:
-- "Thane & Outskirts", "Pune, Maharashtra", "Other Cities of Maharashtra". A state named in it counts before a city.
-- Returns the state's one name, or null.
create function routing.find_state_of_city(p_country text, p_city text) returns text
language plpgsql stable
as $$
declare
  v_state text;
begin
  select p.state_name into v_state
  from crm.place_names p
  where p.country = p_country and p.key = routing.place_key(p_city)
  order by p.kind  -- city before state
  limit 1;
  if found or p_city is null or length(p_city) > 200 then
    return v_state;
  end if;

  select p.state_name into v_state
  from regexp_split_to_table(p_city, '\s*[,;/&()|–—-]+\s*|\s+(?:and|of|near|in)\s+', 'i') with ordinality as part (text, nr)
  join crm.place_names p on p.country = p_country and p.key = routing.place_key(part.text)
  order by p.kind = 'state' desc, part.nr
  limit 1;
  return v_state;
end
$$;

comment on function routing.find_state_of_city(text, text) is 'The state a city lies in, by any of its names ("Bombay"), also where the text says more than the city ("Thane & Outskirts"); null when unknown.';
