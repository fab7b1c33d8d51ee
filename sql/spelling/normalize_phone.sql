-- A phone number in international form, read by the rules of the workspace's country: 098123 45678 -> +919812345678.
-- What can't be a number of that country or an international one stays as it was given, trimmed: a lead is not lost
-- over its phone. Excel's 9812345678.0 is a number with a stray fraction.
-- Two checks in place of one with {6,14}, which takes three times as long.
create function core.is_international(p_phone text) returns boolean
language sql immutable parallel safe
return p_phone ~ '^\+[1-9]\d+$' and octet_length(p_phone) between 8 and 16;

comment on function core.is_international(text) is
  'Whether a phone is in international form: a plus and 7 to 15 digits.';

create function core.normalize_phone(p_phone text, p_country crm.countries) returns text
language plpgsql immutable
as $$
declare
  v_given text := nullif(regexp_replace(trim(p_phone), '^(\d+)\.0$', '\1'), '');
  v_trunk text := coalesce(p_country.trunk_prefix, '');
  v_digits text;
begin
  if p_phone is null or core.is_international(p_phone) then
    return p_phone;
  end if;
  v_digits := regexp_replace(regexp_replace(v_given, '[\s().\-/]', '', 'g'), '^00(?=[1-9])', '+');  -- 0091 98123 45678
  return case
    when core.is_international(v_digits) then v_digits
    when v_digits !~ '^\d{6,15}$' then v_given
    when length(v_digits) = any (p_country.phone_lengths) and (v_trunk = '' or not starts_with(v_digits, v_trunk))
      then '+' || p_country.calling_code || v_digits
    when v_trunk <> '' and starts_with(v_digits, v_trunk)
      and length(v_digits) - length(v_trunk) = any (p_country.phone_lengths)
      then '+' || p_country.calling_code || substr(v_digits, length(v_trunk) + 1)
    when starts_with(v_digits, p_country.calling_code)
         and length(v_digits) - length(p_country.calling_code) = any (p_country.phone_lengths)
      then '+' || v_digits
    else v_given
  end;
end
$$;

comment on function core.normalize_phone(text, crm.countries) is
  'A phone number in international form by the country''s rules, or as it was given where it cannot be understood.';
