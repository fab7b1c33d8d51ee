-- How a place name is compared: without case, accents, spaces and punctuation. gateway/database/places.py makes the
-- same keys.
create function core.place_key(p_name text) returns text
language sql immutable parallel safe
return regexp_replace(
  regexp_replace(lower(normalize(p_name, nfkd)), '[\u0300-\u036f]', '', 'g'),
  '[[:space:][:punct:]]', '', 'g');

comment on function core.place_key(text) is
  'A place name reduced to what matters when names are compared: "Tamil Nādu" and "tamilnadu" give the same key.';

-- The look-up behind both: a place by exactly its name, under one key of crm.place_names.
create function core.find_place(p_country text, p_kind text, p_name text) returns text
language plpgsql stable
as $$
declare
  v_key text := core.place_key(p_name);
begin
  return (select p.state_name from crm.place_names p where p.country = p_country and p.kind = p_kind and p.key = v_key);
end
$$;

comment on function core.find_place(text, text, text) is
  'The state that the state or city of exactly this name is or lies in; null when none is known.';

-- Which state is meant by a text that should name a state: its name, ISO code or older name, or a small misspelling of
-- one. Misspelt: at most one wrong letter in 5 to 7, two from 8 on, and one state alone comes nearest. Both return the
-- state's one name, or null.
create function core.find_misspelt_state(p_country text, p_key text) returns text
language plpgsql stable
as $$
declare
  v_state text;
begin
  if length(p_key) not between 5 and 60 then
    return null;
  end if;
  with near as (
    select p.state_name, min(crm.levenshtein_less_equal(p.key, p_key, 2)) as distance
    from crm.place_names p
    where p.country = p_country and p.kind = 'state'
      and length(p.key) between greatest(5, length(p_key) - 2) and length(p_key) + 2
    group by p.state_name
  )
  select min(n.state_name) into v_state
  from near n
  where n.distance = (select min(distance) from near)
    and n.distance <= case when length(p_key) >= 8 then 2 else 1 end
  having count(*) = 1;
  return v_state;
end
$$;

comment on function core.find_misspelt_state(text, text) is
  'The one state whose name is nearest to a misspelt key, if near enough; null otherwise.';

create function core.find_state(p_country text, p_state text) returns text
language sql stable
return coalesce(
  core.find_place(p_country, 'state', p_state),
  core.find_misspelt_state(p_country, core.place_key(p_state)));

comment on function core.find_state(text, text) is
  'The state meant by a text, in its one spelling, forgiving case, accents, ISO codes, older names and small '
  'misspellings; null when none is.';

-- In which state a city lies, by any of its names. A text that names more than a city is taken apart:
-- "Thane & Outskirts", "Pune, Maharashtra", "Other Cities of Maharashtra". A state named in it counts before a city.
-- Returns the state's one name, or null.
create function core.find_state_of_city(p_country text, p_city text) returns text
language plpgsql stable
as $$
declare
  v_state text;
begin
  v_state := coalesce(core.find_place(p_country, 'city', p_city), core.find_place(p_country, 'state', p_city));
  if v_state is not null or p_city is null or length(p_city) > 200 then
    return v_state;
  end if;
  select coalesce(found.as_state, found.as_city) into v_state
  from regexp_split_to_table(p_city, '\s*[,;/&()|–—-]+\s*|\s+(?:and|of|near|in)\s+', 'i')
    with ordinality as part (text, nr)
  cross join lateral (
    select core.find_place(p_country, 'state', part.text) as as_state,
      core.find_place(p_country, 'city', part.text) as as_city
    offset 0) found
  order by found.as_state is null, found.as_city is null, part.nr
  limit 1;
  return v_state;
end
$$;

comment on function core.find_state_of_city(text, text) is
  'The state a city lies in, by any of its names ("Bombay"), also where the text says more than the city ("Thane & '
  'Outskirts"); null when unknown.';

create function core.slug(p_text text) returns text
language sql immutable parallel safe
return trim(both '-' from regexp_replace(lower(p_text), '[\s!-/:-@[-`{-~]+', '-', 'g'));

comment on function core.slug(text) is 'A value as it stands in pool keys: lower case,
  everything between words a hyphen.';
