-- In which state a city lies, by any of its names. A text that names more than a city is taken apart:
-- "Thane & Outskirts", "Pune, Maharashtra", "Other Cities of Maharashtra". A state named in it counts before a city.
-- Returns the state's one name, or null.
create function routing.find_state_of_city(p_country text, p_city text) returns text
language plpgsql stable
as $$
declare
  v_state text;
begin
  v_state := coalesce(routing.find_place(p_country, 'city', p_city), routing.find_place(p_country, 'state', p_city));
  if v_state is not null or p_city is null or length(p_city) > 200 then
    return v_state;
  end if;
  select coalesce(found.as_state, found.as_city) into v_state
  from regexp_split_to_table(p_city, '\s*[,;/&()|–—-]+\s*|\s+(?:and|of|near|in)\s+', 'i') with ordinality as part (text, nr)
  cross join lateral (
    select routing.find_place(p_country, 'state', part.text) as as_state, routing.find_place(p_country, 'city', part.text) as as_city
    offset 0) found
  order by found.as_state is null, found.as_city is null, part.nr
  limit 1;
  return v_state;
end
$$;

comment on function routing.find_state_of_city(text, text) is 'The state a city lies in, by any of its names ("Bombay"), also where the text says more than the city ("Thane & Outskirts"); null when unknown.';
