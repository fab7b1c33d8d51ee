-- How a place name is compared: without case, accents, spaces, punctuation and what is not seen, and with one letter
-- for those that Arabic and Persian keyboards tell apart. gateway/database/place_names.py makes the same keys. The
-- characters are named one by one, as locales do not agree on which signs of Indic scripts are [:punct:].
create function core.place_key(p_name text) returns text
language sql immutable parallel safe
return translate(
  regexp_replace(lower(normalize(p_name, nfkd)),
    '[\u0300-\u036f\u093c\u09bc\u0a3c\u0abc\u0b3c\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed'
    '\ufeff\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u060c\u061b\u061f\u066a-\u066d\u06d4'
    '\u0964\u0965\u0970\u2000-\u206f\u3000-\u303f]', '', 'g'),
  'ىیةہھۃکە', 'ييههههكه');

comment on function core.place_key(text) is
  'A place name reduced to what matters when names are compared: "Tamil Nādu" and "tamilnadu" give the same key.';

-- The look-up behind all others: a place by exactly its name, under one key of crm.place_names. The collations are
-- those of the table's key: a caller that compares by "C", as a lead's state does, would have it read whole.
create function core.find_places(p_country text, p_kind text, p_name text) returns text[]
language plpgsql stable
as $$
declare
  v_key text := core.place_key(p_name);
begin
  return array(
    select p.state_name from crm.place_names p
    where p.country = p_country collate "default" and p.kind = p_kind collate "default" and p.key = v_key collate "C");
end
$$;

comment on function core.find_places(text, text, text) is
  'The states that the state or city of exactly this name is or lies in: none, one, or several.';

create function core.find_place(p_country text, p_kind text, p_name text) returns text
language plpgsql stable
as $$
declare
  v_states text[] := core.find_places(p_country, p_kind, p_name);
begin
  return case when cardinality(v_states) = 1 then v_states[1] end;
end
$$;

comment on function core.find_place(text, text, text) is
  'The state that the state or city of exactly this name is or lies in; null when none is known, or several.';

-- Which state is meant by a text that should name a state: its name in any language, ISO code or older name, or a small
-- misspelling of one. Misspelt: at most one wrong letter in 5 to 7, two from 8 on, and one state alone comes nearest.
-- Only names in the same kind of letters are compared, Latin or not. Both return the state's one name, or null.
create function core.find_misspelt_state(p_country text, p_key text) returns text
language plpgsql stable
as $$
declare
  v_from text := case when p_key collate "C" < '{' then '' else '{' end;
  v_to text := case when p_key collate "C" < '{' then '{' else U&'\+10FFFF' end;
  v_state text;
begin
  if length(p_key) not between 5 and 60 then
    return null;
  end if;
  with near as (
    select p.state_name, min(crm.levenshtein_less_equal(p.key, p_key, 2)) as distance
    from crm.place_names p
    where p.country = p_country collate "default" and p.kind = 'state'
      and p.key >= v_from collate "C" and p.key < v_to collate "C"
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

-- Of a long name only, as there are many cities: one wrong letter in 8 or more, not among the first two; and only if
-- all that are so near are in one state.
create function core.find_misspelt_city(p_country text, p_key text) returns text
language plpgsql stable
as $$
declare
  v_states text[];
begin
  if length(p_key) not between 8 and 60 or p_key !~ '^[a-z]+$' then
    return null;
  end if;
  v_states := array(
    select distinct p.state_name
    from crm.place_names p
    where p.country = p_country collate "default" and p.kind = 'city'
      and p.key >= left(p_key, 2) collate "C" and p.key < (left(p_key, 2) || '{') collate "C"
      and length(p.key) between length(p_key) - 1 and length(p_key) + 1
      and crm.levenshtein_less_equal(p.key, p_key, 1) = 1);
  return case when cardinality(v_states) = 1 then v_states[1] end;
end
$$;

comment on function core.find_misspelt_city(text, text) is
  'The one state in which the cities of almost this key are, if it is a long one; null otherwise.';

create function core.find_state(p_country text, p_state text) returns text
language sql stable
return coalesce(
  core.find_place(p_country, 'state', p_state),
  core.find_misspelt_state(p_country, core.place_key(p_state)));

comment on function core.find_state(text, text) is
  'The state meant by a text, in its one spelling, forgiving case, accents, languages, ISO codes, older names and '
  'small misspellings; null when none is.';

create function core.slug(p_text text) returns text
language sql immutable parallel safe
return trim(both '-' from regexp_replace(lower(p_text), '[\s!-/:-@[-`{-~]+', '-', 'g'));

comment on function core.slug(text) is 'A value as it stands in pool keys: lower case,
  everything between words a hyphen.';
