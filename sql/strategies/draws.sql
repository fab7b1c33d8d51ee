-- Chance that can be replayed: a hash of what is drawn for takes the place of random numbers, so that the same deal
-- comes out the same for ever, in batches of any size, on every version and machine. Hence md5: hashtext and random may
-- change. Names are made with ||, because concat and casts of dates depend on settings.
create function routing.draw(p_name text) returns double precision
language sql immutable parallel safe
return ('x' || left(md5(p_name), 13))::bit(52)::bigint / 4503599627370496::double precision;

comment on function routing.draw(text) is
  'A number in [0, 1), evenly spread over names and always the same for one name: 52 bits of its hash.';

create function routing.shuffle(p_name text) returns uuid
language sql immutable parallel safe
return md5(p_name)::uuid;

comment on function routing.shuffle(text) is 'What to sort by for a random order: always the same for one name.';
