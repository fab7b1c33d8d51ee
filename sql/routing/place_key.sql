-- How a place name is compared: without case, accents, spaces and punctuation. gateway/places.py makes the same keys.
create function routing.place_key(p_name text) returns text
language sql immutable parallel safe
return regexp_replace(
  regexp_replace(lower(normalize(p_name, nfkd)), '[\u0300-\u036f]', '', 'g'),
  '[[:space:][:punct:]]', '', 'g');

comment on function routing.place_key(text) is 'A place name reduced to what matters when names are compared: "Tamil Nādu" and "tamilnadu" give the same key.';
