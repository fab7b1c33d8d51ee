-- Phones as people and their tools write them: "Mob: 098100-00001 / 098100-00002 (office)", p:+91..., wa.me/91...,
-- digits of any script, marks that nobody sees. What is between the digits tells where a number begins and ends, not
-- what it says: labels need not be known. gateway/sealing/phones.py does the same, for phones that are sealed; a test
-- compares both.
--
-- The first number is the lead's phone, up to five others are further keys of its contact. What is no number, or not
-- all of it, is kept as it was given in metadata.phone_given; it identifies nobody.
create function core.plain_character(p_character text) returns text
language sql immutable parallel safe
return case
  when ascii(p_character) between 32 and 126 then p_character
  -- Fullwidth forms of ASCII.
  when ascii(p_character) between 65281 and 65374 then chr(ascii(p_character) - 65248)
  when ascii(p_character) in (10, 11, 12, 13, 133, 8232, 8233) then ';'
  when ascii(p_character) in (9, 160, 5760, 8239, 8287, 12288) or ascii(p_character) between 8192 and 8202 then ' '
  -- Marks of direction, joiners and others that are not seen.
  when ascii(p_character) in (173, 847, 1564, 6158, 65279) or ascii(p_character) between 8203 and 8207
    or ascii(p_character) between 8234 and 8238 or ascii(p_character) between 8288 and 8303
    or ascii(p_character) between 65024 and 65039 then ''
  when ascii(p_character) in (8314, 8330, 65122) then '+'
  -- Dashes and dots in the middle.
  when ascii(p_character) in (183, 1418, 1470, 8226, 8259, 8722, 8729, 11799, 11834, 11835, 12316, 12336, 12448, 12539,
    12540, 65112, 65123) or ascii(p_character) between 8208 and 8213 then '-'
  when ascii(p_character) in (8260, 8725) then '/'
  else coalesce((
    -- The zero of each script that has digits.
    select (ascii(p_character) - z)::text from unnest(array[
      1632, 1776, 1984, 2406, 2534, 2662, 2790, 2918, 3046, 3174, 3302, 3430, 3558, 3664, 3792, 3872, 4160, 4240, 6112,
      6160, 6470, 6608, 6784, 6800, 6992, 7088, 7232, 7248, 42528, 43216, 43264, 43472, 43504, 43600, 44016, 66720,
      68912, 69734, 69872, 69942, 70096, 70384, 70736, 70864, 71248, 71360, 71472, 71904, 72016, 72784, 73040, 73120,
      92768, 92864, 93008, 120782, 120792, 120802, 120812, 120822, 123200, 123632, 125264, 130032]) z
    where ascii(p_character) between z and z + 9), '?')
end;

comment on function core.plain_character(text) is
  'What a character means in a phone: itself, a digit, space, dash or plus; nothing if it is not seen, else "?".';

-- Also undone here: what spreadsheets do to numbers. 9.198E+11 has lost digits and 986680002.6 never was a phone.
create function core.plain_phone(p_text text) returns text
language plpgsql immutable parallel safe
as $$
declare
  v_text text := left(p_text, 500);
  v_character text;
  v_found text[];
begin
  if v_text ~ '[^ -~]' then
    foreach v_character in array array(
      select distinct c.found[1] from regexp_matches(v_text, '[^ -~]', 'g') c (found)) loop
      v_text := replace(v_text, v_character, core.plain_character(v_character));
    end loop;
  end if;
  v_text := trim(both ' ="''' from v_text);
  v_found := regexp_match(v_text, '^([0-9])(?:[.,]([0-9]+))?[Ee]\+?([0-9]{1,2})$');
  if v_found is not null then
    return case when length(v_found[1] || coalesce(v_found[2], '')) = v_found[3]::int + 1
      then v_found[1] || coalesce(v_found[2], '') else '' end;
  end if;
  v_text := regexp_replace(v_text, '(^|[;,] *)(\+?[0-9]{7,})[.,]0{1,6}(?=[;,] |$)', '\1\2', 'g');
  v_text := regexp_replace(v_text, '(^|[;,] *)\+?[0-9]{7,}[.,][0-9]{1,6}(?=[;,] |$)', '\1;e;', 'g');
  -- tel:98100-00001;phone-context=+91
  v_text := regexp_replace(v_text, '^(?:[^;+]*:)?([0-9][^;+]*);.*phone-context=(\+[0-9]+).*$', '\2\1');
  -- Extensions.
  return regexp_replace(v_text,
    '(^|[^A-Za-z])(?:ext|extn|extension|x|xt|xtn|#|int|anexo|durchwahl|dw)[ .:=]*[0-9]{1,7}(?![ .-]?[0-9])', '\1;e;',
    'gi');
end
$$;

comment on function core.plain_phone(text) is
  'What is written as a phone, in ASCII, without what a spreadsheet added; ";e;" where an extension was, or what never '
  'was a phone.';

create function core.digits_of(p_text text) returns text
language sql immutable parallel safe
return case when ltrim(p_text, ' (') ^@ '+' then '+' else '' end || regexp_replace(p_text, '[^0-9]', '', 'g');

comment on function core.digits_of(text) is 'The digits in a text, with a plus if they begin with one.';

-- Most numbers are told by one look-up: those that name their country and fit what is usual there, and valid ones of
-- the region. The same comes of core.read_number(), which is tested.
create function core.find_number(p_digits text, p_region text) returns text
language plpgsql stable
as $$
begin
  if p_digits ^@ '+' then
    return (
      select p_digits
      from (  -- offset 0: only this plan's pattern is to be looked at, as each takes a tenth of a millisecond to read
        select p.usual from crm.phone_plans p
        where p.calling_code in (substr(p_digits, 2, 1), substr(p_digits, 2, 2), substr(p_digits, 2, 3)) and p.is_main
        offset 0) p
      where p_digits ~ p.usual);
  end if;
  return (
    select '+' || p.calling_code || p_digits from crm.phone_plans p
    where p.region = p_region and '+' || p.calling_code || p_digits ~ p.usual
      and (p_digits ~ p.abroad) is not true and core.is_valid_number(p.calling_code, p_digits));
end
$$;

comment on function core.find_number(text, text) is
  'The number that digits are where that takes no further reading; else null.';

create function core.read_digits(p_digits text, p_region text) returns text
language plpgsql stable
as $$
declare
  v_number text;
begin
  if length(p_digits) between 5 and 22 then
    v_number := coalesce(core.find_number(p_digits, p_region), core.read_number(p_digits, p_region));
    if v_number is null and p_digits ~ '^00[1-9]' then  -- dialled as from most countries, though not from this one
      v_number := core.read_number('+' || substr(p_digits, 3), p_region);
    elsif v_number is null and p_digits ~ '^\+?521[0-9]{10}$' and (p_digits ^@ '+' or p_region = 'MX') then
      v_number := core.read_number('+52' || right(p_digits, 10), p_region);  -- as WhatsApp writes Mexico's mobiles
    end if;
  end if;
  return v_number;
end
$$;

comment on function core.read_digits(text, text) is
  'As core.read_number(), with 00 for a plus in every region, and with Mexico''s mobiles as WhatsApp writes them.';

-- Several numbers with nothing but spaces or dashes between them: each is as long as it can be, and none is left over.
create function core.split_numbers(p_text text, p_region text) returns text[]
language plpgsql stable
as $$
declare
  v_parts text[] := string_to_array(trim(both '-' from regexp_replace(p_text, '[^0-9+]+', '-', 'g')), '-');
  v_count int := cardinality(v_parts);
  v_from int := 1;
  v_to int;
  v_number text;
  v_numbers text[] := array[]::text[];
begin
  while v_from <= v_count loop
    v_to := v_count;
    loop
      v_number := core.read_digits(array_to_string(v_parts[v_from : v_to], ''), p_region);
      exit when v_number is not null or v_to = v_from;
      v_to := v_to - 1;
    end loop;
    if v_number is null and v_from = 1 and v_parts[1] ~ '^[0-9]$' then  -- the 1 of "Mobile 1 98100 00001"
      return core.split_numbers(array_to_string(v_parts[2 :], '-'), p_region);
    elsif v_number is null then
      return array[]::text[];
    end if;
    v_numbers := v_numbers || v_number;
    v_from := v_to + 1;
  end loop;
  return v_numbers;
end
$$;

comment on function core.split_numbers(text, text) is
  'The numbers that a text of digits, spaces and dashes is made of; none if anything would be left over.';

-- Beside digits of something else: "98100 00001 (2 bhk)", "1) 98100 00001 2) 98100 00002". Only what stands apart, or
-- is written without a gap, and is long enough: all else could be put together wrongly.
create function core.numbers_beside_others(p_text text, p_region text) returns text[]
language plpgsql stable
as $$
declare
  v_part text;
  v_word text;
  v_found text[];
  v_numbers text[] := array[]::text[];
begin
  foreach v_part in array regexp_split_to_array(
    regexp_replace(
      regexp_replace(p_text, '(^|[^0-9])[1-9](?:\)|\. )', '\1;', 'g'), '^ *\(([0-9]{2,5})\) *', '\1 '),
    ' *[();] *| +- +|\. +|  +') loop
    if length(regexp_replace(v_part, '[^0-9]', '', 'g')) >= 10 then
      v_found := core.split_numbers(v_part, p_region);
      if v_found = '{}' then
        foreach v_word in array regexp_split_to_array(v_part, '[^0-9+]+') loop
          if length(v_word) >= 10 then
            v_found := array_remove(v_found || core.read_digits(v_word, p_region), null);
          end if;
        end loop;
      end if;
      v_numbers := v_numbers || v_found;
    end if;
  end loop;
  return v_numbers;
end
$$;

comment on function core.numbers_beside_others(text, text) is
  'The numbers in a text of digits, spaces, dashes and brackets that has digits of something else, too.';

-- A slash is within a number (030/123456) or between two of them.
create function core.numbers_in(p_segment text, p_region text, out numbers text[], out is_whole boolean)
language plpgsql stable
as $$
declare
  v_part text;
  v_found text[];
begin
  numbers := '{}';
  is_whole := true;
  foreach v_part in array string_to_array(p_segment, '/') loop
    if v_part ~ '[0-9]' then
      v_found := core.split_numbers(v_part, p_region);
      is_whole := is_whole and v_found <> '{}';
      if v_found = '{}' then
        v_found := core.numbers_beside_others(v_part, p_region);
      end if;
      numbers := numbers || v_found;
    end if;
  end loop;
  if not is_whole and p_segment ~ '/' then
    v_found := core.split_numbers(p_segment, p_region);
    if v_found <> '{}' then
      numbers := v_found;
      is_whole := true;
    end if;
  end if;
end
$$;

comment on function core.numbers_in(text, text) is
  'The numbers in a text of digits, spaces, dashes and slashes, and whether all of it belongs to them.';

-- A number that several people have is a landline more often than not, and the first of a contact's numbers tells most
-- of who it is. In the order of rows; asked only where there are several numbers.
create function core.is_mobile(p_number text) returns boolean
language sql stable
return coalesce((
  select n.is_mobile
  from (
    select g.is_mobile, g.last, substr(p_number, length(p.calling_code) + 2)::bigint as number
    from crm.phone_plans p
    join crm.phone_ranges g on g.calling_code = p.calling_code
      and g.digits = length(p_number) - length(p.calling_code) - 1
      and g.first <= substr(p_number, length(p.calling_code) + 2)::bigint
    where p.calling_code in (substr(p_number, 2, 1), substr(p_number, 2, 2), substr(p_number, 2, 3)) and p.is_main
    order by g.first desc limit 1) n
  where n.last >= n.number), false);

comment on function core.is_mobile(text) is 'Whether a number in international form may be a mobile.';

create function core.mobile_first(p_numbers text[]) returns text[]
language plpgsql stable
as $$
declare
  v_first int;
begin
  if cardinality(p_numbers) > 1 then
    v_first := (
      select n.nr from unnest(p_numbers) with ordinality n (number, nr)
      where core.is_mobile(n.number) order by n.nr limit 1);
    if v_first > 1 then
      return p_numbers[v_first : v_first] || p_numbers[: v_first - 1] || p_numbers[v_first + 1 :];
    end if;
  end if;
  return p_numbers;
end
$$;

comment on function core.mobile_first(text[]) is
  'Numbers with the first mobile, which is the person''s, before those that others may share.';

-- "7911 123456 [+44]", as gateway/core/phone_countries.py writes it where the sender says in another field of which
-- calling code a phone is, or in which country somebody lives ([GB]). A number's own prefix wins, and a number that
-- there is not in that country may be of the region all the same. Who only lives there may have a mobile of the
-- region.
create function core.read_told_phones(
  p_text text, p_code text, p_country text, p_region text, out numbers text[], out is_whole boolean)
language plpgsql stable
as $$
declare
  v_told text := (
    select n.region from crm.phone_plans n
    where n.region = p_country or n.calling_code = p_code and n.is_main and not n.region ^@ '+');
  v_home record;
begin
  if v_told is not null then
    select r.numbers, r.is_whole into numbers, is_whole from core.read_phones(p_text, v_told) r;
  end if;
  if p_code is not null and coalesce(numbers, '{}') = '{}' and p_text ~ '^[ (]*[0-9]' then
    select r.numbers, r.is_whole into numbers, is_whole
    from core.read_phones('+' || p_code || ' ' || p_text, p_region) r;
  end if;
  if coalesce(numbers, '{}') = '{}' or p_code is null and not core.is_mobile(numbers[1]) then
    select r.numbers, r.is_whole into v_home from core.read_phones(p_text, p_region) r;
    if coalesce(numbers, '{}') = '{}' or core.is_mobile(v_home.numbers[1]) then
      numbers := v_home.numbers;
      is_whole := v_home.is_whole;
    end if;
  end if;
  is_whole := is_whole and (
    p_code is null or not exists (select from unnest(numbers) n where not n ^@ ('+' || p_code)));
end
$$;

comment on function core.read_told_phones(text, text, text, text) is
  'As core.read_phones(), of a calling code or of somebody in a country; all of it is read only if the numbers are of '
  'that code.';

create function core.read_phones(p_text text, p_region text, out numbers text[], out is_whole boolean)
language plpgsql stable
as $$
declare
  v_text text;
  v_segment text;
  v_number text;
  v_found record;
  v_told text[];
begin
  if p_text ~ '^[+(]?[0-9][0-9 ()-]{5,24}$' then
    numbers := array[core.read_digits(core.digits_of(p_text), p_region)];
    is_whole := true;
    if numbers[1] is not null then
      return;
    end if;
  end if;
  v_told := regexp_match(p_text, '^(.*[0-9].*) \[(?:\+([1-9][0-9]{0,2})|([A-Z]{2}))\]$');
  if v_told is not null then
    select r.numbers, r.is_whole into numbers, is_whole
    from core.read_told_phones(v_told[1], v_told[2], v_told[3], p_region) r;
    return;
  end if;
  numbers := '{}';
  v_text := core.plain_phone(coalesce(p_text, ''));
  is_whole := v_text !~ ';e;' and length(p_text) <= 500;
  foreach v_segment in array regexp_split_to_array(replace(v_text, '+', ';+'), '[^0-9+ ()./-]+') loop
    if v_segment ~ '[0-9][^0-9]*[0-9]' then  -- not the 1 of "Phone 1: 98100 00001"
      v_found := core.numbers_in(v_segment, p_region);
      is_whole := is_whole and v_found.is_whole;
      foreach v_number in array v_found.numbers loop
        if v_number <> all (numbers) then
          numbers := numbers || v_number;
        end if;
      end loop;
    end if;
  end loop;
  if numbers = '{}' then
    -- 9,810,000,001: nothing in it is a number, but all of it. What was said apart is not: "12345, 12345".
    v_number := case when v_text !~ '[A-Za-z?;]|, ' then core.read_digits(core.digits_of(v_text), p_region) end;
    is_whole := v_number is not null;
    numbers := array_remove(array[v_number], null);
  elsif cardinality(numbers) > 6 then
    numbers := numbers[: 6];
    is_whole := false;
  end if;
  numbers := core.mobile_first(numbers);
end
$$;

comment on function core.read_phones(text, text) is
  'The numbers in what was given as a phone, at most six, in international form, the first mobile before the others, '
  'and whether nothing else with digits is in it.';

create function core.normalize_phone(p_phone text, p_region text) returns text
language sql stable
return (core.read_phones(p_phone, p_region)).numbers[1];

comment on function core.normalize_phone(text, text) is
  'The first number in what was given as a phone, in international form; null for none.';
