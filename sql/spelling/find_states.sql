-- Which states a text may mean that should name a city, or a state: none, one, or several. What it says is taken apart:
-- "Thane & Outskirts", "Pune, Maharashtra", "Bangalore Urban", "Mumbai Maharashtra India", "Maharashtra - 411001".
--
-- "/", "&", "and" part what are alternatives, commas and brackets what says it more exactly. Of these, a state's name
-- counts before a postal code, that before a city, and two cities that agree before one; else the last, which is the
-- larger: "Gandhi Nagar, Pune". Names that several states have, or alternatives that differ, give all of these states.
-- A region that reaches beyond its state leaves it to a city in it which state is meant: "Noida, Delhi NCR".
create type core.meant_states as (named text[], cities text[]);
comment on type core.meant_states is 'The states that a text names, and those that have a city of a name in it.';

create function core.look_up(p_country text, p_text text) returns core.meant_states
language plpgsql stable
as $$
declare
  v_meant core.meant_states;
begin
  v_meant.named := core.find_places(p_country, 'state', p_text);
  v_meant.cities := core.find_places(p_country, 'city', p_text);
  return v_meant;
end
$$;

comment on function core.look_up(text, text) is 'The states that a state or city of exactly this name is or lies in.';

-- Words that say what kind of place it is, or which end of it, and not which.
create function core.leave_out_kinds(p_text text) returns text
language sql immutable parallel safe
return trim(regexp_replace(' ' || regexp_replace(p_text, '[\s.]+', ' ', 'g') || ' ',
  ' (east|west|north|south|central|northeast|northwest|southeast|southwest|upper|lower|outer|inner|greater|urban|rural'
  '|suburban|suburb|suburbs|outskirts|city|cities|town|towns|village|district|distt?|dt|zilla|jilla|taluka?|tehsil'
  '|tq|tal|mandal|block|division|cantonment|cantt|camp|municipality|municipal|corporation|metro|metropolitan|region'
  '|area|zone'
  '|state|province|territory|union|ut|emirate|county|borough|of|in|near|nearby|around|other|others|all|tier|pin|pincode'
  '|zip|postcode|code|india|bharat|usa|germany|deutschland|brasil|brazil|indonesia|uae'
  '|stadt|kreis|landkreis|land|freistaat|bundesland|nord|ost|west|s[uü]d|umgebung|raum|region'
  '|cidade|munic[ií]pio|regi[aã]o|metropolitana|grande|zona|norte|sul|leste|oeste|centro|interior|estado|de|da|do'
  '|kota|kabupaten|kab|provinsi|propinsi|prov|barat|timur|utara|selatan|tengah|pusat'
  '|जिला|ज़िला|जिल्हा|शहर|राज्य|पूर्व|पश्चिम|उत्तर|दक्षिण|ग्रामीण|જિલ્લો|શહેર|જિલ્લા|জেলা'
  '|শহর|மாவட்டம்|நகரம்|జిల్లా|నగరం|ಜಿಲ್ಲೆ|ನಗರ|ജില്ല|ਜ਼ਿਲ੍ਹਾ|ਸ਼ਹਿਰ'
  '|مدينة|إمارة|امارة|ضلع|شہر)(?= )', '', 'gi'));

comment on function core.leave_out_kinds(text) is
  'A text without words such as West, Urban, District, Landkreis, Kota: "Thane West" becomes "Thane".';

create function core.is_sure(p_words text[]) returns boolean
language sql immutable parallel safe
return length(array_to_string(p_words, '')) >= 4 and lower(array_to_string(p_words, '')) <> all (
  '{nagar,colony,road,gate,park,market,station,junction,cross,circle,layout,phase,sector,street,ganj,bazar,bazaar,'
  'chowk,garden,society,apartment,apartments,puram,pura,palli,kota,hill,hills,lake,port,fort,church,school,college,'
  'university,hospital,hotel,house,tower,plaza,mall,village,garh,wadi,gaon,gram,main,line,lines,bridge,'
  'valley,beach,springs,falls}');

comment on function core.is_sure(text[]) is
  'Whether words at an end of a text, if they are a name, are meant as one: not a syllable, and not Road or Nagar.';

-- A state's name that only another country has. What only says where in a city it is, is no such name.
create function core.is_state_abroad(p_country text, p_text text) returns boolean
language sql stable
return length(p_text) between 5 and 60
  and core.slug(p_text) <> all (
    '{central,capital,center,centre,northern,southern,eastern,western,north-central,upper,lower,coast,highlands'
    ',santa-cruz,river,lake,islands,victoria,bagh,nagar}')
  and exists (
    select from crm.states s where s.slug = core.slug(p_text) and s.country <> p_country collate "default")
  and core.find_places(p_country, 'state', p_text) = '{}' and core.find_places(p_country, 'city', p_text) = '{}';

comment on function core.is_state_abroad(text, text) is
  'Whether a text is the name of a state of another country, and of no place of this one: Sindh, Ontario.';

-- A country that is named last, or a state of one, tells that the place is there. What is a place of the own country,
-- too, is that: Georgia, Peru in Indiana, New Jersey.
create function core.is_abroad(p_country text, p_text text) returns boolean
language plpgsql stable
as $$
declare
  v_parts text[] := regexp_split_to_array(trim(p_text, E' \t\n.,;:-–—/()[]{}'), '[,;:()\[\]{}/&|+–—\n]|\s-|-\s');
  v_words text[] := regexp_split_to_array(trim(v_parts[cardinality(v_parts)]), '\s+');
  v_last int := cardinality(v_words);
  v_ends text[] := array(
    select array_to_string(v_words[nr:], ' ') from generate_series(greatest(1, v_last - 3), v_last) nr order by nr);
  v_end text;
begin
  if not exists (
    select from crm.countries c
    where c.keys && array(select core.place_key(e) from unnest(v_ends) e) collate "C"
      and c.code <> p_country collate "default")
  then
    return cardinality(v_parts) > 1 and core.is_state_abroad(p_country, v_ends[1]);
  end if;
  foreach v_end in array v_ends loop
    if core.find_places(p_country, 'state', v_end) <> '{}' or core.find_places(p_country, 'city', v_end) <> '{}' then
      return false;
    elsif exists (select from crm.countries c where c.keys @> array[core.place_key(v_end)] collate "C") then
      return true;
    end if;
  end loop;
  return false;
end
$$;

comment on function core.is_abroad(text, text) is
  'Whether a text ends with the name of another country, or of a state of one: "Hyderabad, Pakistan". Never for names '
  'of places of its own.';

-- Patiala House is in Delhi, and a Pune Road leads to Pune.
create function core.is_named_after(p_word text) returns boolean
language sql immutable parallel safe
return lower(p_word) = any (
  '{house,gate,road,rd,highway,expressway,bypass,street,marg,chowk,naka,darwaza,bhavan,bhawan,niwas}');

comment on function core.is_named_after(text) is
  'Whether a word after the name of a place says that this is something called after it, which may be anywhere.';

-- Words of which the last or the first may be a name: "MG Road Pune", "Delhi Dwarka". States go before cities, and the
-- last words, which in an address are the larger place, before the first.
create function core.read_words(p_country text, p_words text[], p_cities boolean) returns core.meant_states
language plpgsql stable
as $$
declare
  v_meant core.meant_states := row('{}', '{}');
  v_last int := least(cardinality(p_words), 8);
begin
  for v_nr in 2 .. v_last loop
    exit when v_meant.named <> '{}' or v_meant.cities <> '{}';
    if core.is_sure(p_words[v_nr:]) then
      v_meant.named := core.find_places(p_country, 'state', array_to_string(p_words[v_nr:], ' '));
      if p_cities then
        v_meant.cities := core.find_places(p_country, 'city', array_to_string(p_words[v_nr:], ' '));
      end if;
    end if;
    if v_meant.named = '{}' and core.is_sure(p_words[:v_last + 1 - v_nr])
      and not core.is_named_after(p_words[v_last])
    then
      v_meant.named := core.find_places(p_country, 'state', array_to_string(p_words[:v_last + 1 - v_nr], ' '));
    end if;
  end loop;
  for v_nr in reverse v_last - 1 .. 1 loop
    exit when not p_cities or v_meant.named <> '{}' or v_meant.cities <> '{}' or core.is_named_after(p_words[v_last]);
    if core.is_sure(p_words[:v_nr]) then
      v_meant.cities := core.find_places(p_country, 'city', array_to_string(p_words[:v_nr], ' '));
    end if;
  end loop;
  return v_meant;
end
$$;

comment on function core.read_words(text, text[], boolean) is
  'The states that the last or first words name or, if p_cities, have cities of.';

-- One part of a text. If it is no name as a whole, words at its ends may be one, or what is left without words that
-- only say what kind of place it is. A code at the end is one where the rest agrees ("AUSTIN TX"), or where it alone
-- is in capitals ("Smallville Ks" is not).
create function core.read_part(p_country text, p_part text) returns core.meant_states
language plpgsql stable
as $$
declare
  v_meant core.meant_states := core.look_up(p_country, p_part);
  v_words text[];
  v_plain text[];  -- without what only says what kind of place it is
  v_last int;
  v_region text[];
  v_before core.meant_states;
  v_coded text[];
begin
  if v_meant.named <> '{}' or v_meant.cities <> '{}' then
    return v_meant;
  end if;
  v_words := regexp_split_to_array(trim(p_part), '[\s.-]+');
  v_plain := regexp_split_to_array(core.leave_out_kinds(array_to_string(v_words, ' ')), '\s+');
  v_last := cardinality(v_words);
  for v_nr in greatest(2, v_last - 2) .. v_last loop
    v_region := core.find_places(p_country, 'region', array_to_string(v_words[v_nr:], ' '));
    if v_region <> '{}' then
      v_before := core.read_part(p_country, array_to_string(v_words[:v_nr - 1], ' '));
      exit when not (v_before.named || v_before.cities) && v_region;
      v_meant.cities := core.narrow(v_before.named || v_before.cities, v_region);
      return v_meant;
    end if;
  end loop;
  if v_last > 1 and v_words[v_last] ~ '^[A-Za-z]{2,3}$' then
    v_coded := core.find_places(p_country, 'state', v_words[v_last]);
    if v_coded <> '{}' and ((v_words[v_last] = upper(v_words[v_last]) and p_part <> upper(p_part))
      or v_coded && core.find_places(p_country, 'city', array_to_string(v_words[:v_last - 1], ' '))) then
      v_meant.named := v_coded;
      return v_meant;
    end if;
  end if;
  if v_plain <> '{""}' and v_plain <> v_words then
    v_meant := core.read_words(p_country, v_words, false);
    if v_meant.named = '{}' then
      v_meant := core.look_up(p_country, array_to_string(v_plain, ' '));
    end if;
  end if;
  if v_plain <> '{""}' and v_meant.named = '{}' and v_meant.cities = '{}' then
    v_meant := core.read_words(p_country, v_plain, true);
  end if;
  return v_meant;
end
$$;

comment on function core.read_part(text, text) is
  'The states that a part of a text names, or has cities of, by the whole of it, its last or its first words.';

create function core.read_parts(p_country text, p_text text) returns core.meant_states
language plpgsql stable
as $$
declare
  v_meant core.meant_states;
begin
  with part as (
    select a.nr as alternative, p.nr, f.named, f.cities,
      case when f.named = '{}' then array[]::text[] else core.find_places(p_country, 'region', p.text) end as region
    from regexp_split_to_table(p_text, '\s*[/&|;+]+\s*|\s+(?:and|or)\s+', 'i') with ordinality a (text, nr)
    cross join lateral regexp_split_to_table(
      a.text, '\s*[,:()\[\]{}–—\n]+\s*|\s+-+\s*|\s*-+\s+') with ordinality p (text, nr)
    cross join lateral (select * from core.read_part(p_country, p.text) offset 0) f
  ),
  meant as (
    select p.alternative, s.state, bool_or(s.is_named and p.region = '{}') as is_named, bool_or(s.is_named) as is_alone,
      count(distinct p.nr) as parts, max(p.nr) as last
    from part p
    cross join lateral (
      select unnest(p.named) as state, true as is_named union all select unnest(p.cities || p.region), false) s
    group by p.alternative, s.state
  ),
  ranked as (
    select m.state, m.is_named, rank() over (
      partition by m.alternative
      order by m.is_named desc, m.parts desc, m.last desc, m.is_alone desc) as nr
    from meant m
  )
  select coalesce(array_agg(distinct r.state) filter (where r.is_named), '{}'),
    coalesce(array_agg(distinct r.state) filter (where not r.is_named), '{}')
  into v_meant.named, v_meant.cities
  from ranked r where r.nr = 1;
  return v_meant;
end
$$;

comment on function core.read_parts(text, text) is
  'The states that a text of several parts names, or has cities of: what all of it together most likely means.';

create function core.narrow(p_states text[], p_further text[]) returns text[]
language sql immutable parallel safe
return case
  when p_states = '{}' then coalesce(p_further, '{}')
  when p_states && p_further then array(select s from unnest(p_states) s where s = any (p_further) order by s)
  else p_states
end;

comment on function core.narrow(text[], text[]) is
  'The states that both say; where they agree in none, or the first says nothing, the first that says some.';

-- What forms say where nothing was chosen. gateway/database/places.toml has the same words, and knows no place by them.
create function core.is_no_place(p_key text) returns boolean
language sql immutable parallel safe
return p_key = any (
  '{"",any,central,city,district,east,na,nagar,nil,none,north,northeast,northwest,notapplicable,"null",other,others,'
  'select,south,southeast,southwest,state,test,town,unknown,west}');

comment on function core.is_no_place(text) is 'Whether a key is that of a value that names no place: "Select", "N/A".';

-- What is asked is what costs: a text that cannot be more than one name is not taken apart.
create function core.find_states(p_country text, p_text text, p_is_state boolean default false) returns text[]
language plpgsql stable
as $$
declare
  v_states text[];
  v_key text;
  v_text text;
  v_code text;
  v_meant core.meant_states;
begin
  v_states := core.find_places(p_country, 'city', p_text);
  if v_states = '{}' then
    v_states := core.find_places(p_country, 'state', p_text);
  end if;
  if v_states <> '{}' or p_text is null or length(p_text) > 200 then
    return v_states;
  end if;
  v_key := core.place_key(p_text);
  if core.is_no_place(v_key) then
    return v_states;
  elsif p_is_state and p_text ~* '[/&|;+]|\s(?:and|or)\s' then
    v_meant := core.read_parts(p_country, p_text);
    if cardinality(v_meant.named) > 1 then  -- it is between these, however much it looks like one misspelt
      return v_meant.named;
    end if;
  end if;
  if p_is_state then
    v_states := array_remove(array[core.find_misspelt_state(p_country, v_key)], null);
    if v_states <> '{}' then
      return v_states;
    end if;
  end if;
  v_states := array_remove(array[core.find_misspelt_city(p_country, v_key)], null);
  if v_states <> '{}' then
    return v_states;
  end if;
  v_text := core.plain_digits(p_text);
  if v_text ~ '[0-9]' then
    v_code := core.find_postal_code(p_country, v_text);
    if v_code is not null then
      v_text := overlay(v_text placing ' ' from position(v_code in upper(v_text)) for length(v_code));
    end if;
  end if;
  if v_code is null and v_text ~ '[[:alpha:]][\s,;:()/-]+[[:alpha:]]' and core.is_abroad(p_country, v_text) then
    return array[]::text[];
  elsif v_text ~* '[,;:()/&|+{}–—\n[\]]|\s-|-\s|\s(?:and|or)\s' then
    v_meant := core.read_parts(p_country, v_text);
  elsif v_text ~ '[\s.-]' then
    v_meant := core.read_part(p_country, v_text);
  end if;
  return case
    when v_meant.named <> '{}' then v_meant.named
    when v_code is not null then core.narrow(core.find_states_of_code(p_country, v_code), v_meant.cities)
    else coalesce(v_meant.cities, '{}')
  end;
end
$$;

comment on function core.find_states(text, text, boolean) is
  'All states that a text may mean which names a place; of a text that should name a state, p_is_state, also a '
  'misspelt one.';

-- In which state a city lies, by any of its names. Returns the state's one name, or null, also where it could be one
-- of several.
create function core.find_state_of_city(p_country text, p_city text) returns text
language plpgsql stable
as $$
declare
  v_states text[] := core.find_states(p_country, p_city);
begin
  return case when cardinality(v_states) = 1 then v_states[1] end;
end
$$;

comment on function core.find_state_of_city(text, text) is
  'The state a city lies in, by any of its names ("Bombay"), also where the text says more than the city ("Thane & '
  'Outskirts"); null when unknown, or one of several.';
