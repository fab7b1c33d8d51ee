-- One phone number, read as libphonenumber reads it. crm.phone_plans says how numbers of a region are written and
-- crm.phone_ranges which there are; both come from the package phonenumbers, with which the gateway itself reads what
-- it seals. A test compares both for every region.
--
-- A number is one that the package calls valid: of any kind, service numbers too, but no short code such as 112. A
-- number that names its country by a plus need only have the length of that country's landlines and mobiles: ranges are
-- opened every month, and its sender knew where it is. Without a plus a text of digits could be anything, and only what
-- is valid counts.
--
-- Two checks in place of one with {6,14}, which takes three times as long.
create function core.is_international(p_phone text) returns boolean
language sql immutable parallel safe
return p_phone ~ '^\+[1-9]\d+$' and octet_length(p_phone) between 8 and 16;

comment on function core.is_international(text) is
  'Whether a phone is in international form: a plus and 7 to 15 digits.';

create function core.is_valid_number(p_calling_code text, p_national text) returns boolean
language sql stable
return coalesce((
  select r.last >= p_national::bigint
  from crm.phone_ranges r
  where r.calling_code = p_calling_code and r.digits = length(p_national) and r.first <= p_national::bigint
  order by r.first desc limit 1), false);

comment on function core.is_valid_number(text, text) is 'Whether there is a number of these digits, 2 to 17, there.';

-- 098100 00001 without the 0. What is a number only with its prefix keeps it.
create function core.strip_prefix(p_number text, p_plan crm.phone_plans) returns text
language plpgsql immutable
as $$
declare
  v_found text[] := regexp_match(p_number, p_plan.prefix);
  v_rest text;
begin
  if v_found is null then
    return p_number;
  end if;
  v_rest := substr(p_number, length(v_found[1]) + 1);
  if p_plan.prefix_rule is not null and v_found[cardinality(v_found)] is not null then
    v_rest := replace(replace(p_plan.prefix_rule, '\1', v_found[2]), '\2', coalesce(v_found[3], '')) || v_rest;
  end if;
  return case when v_rest !~ p_plan.shape and p_number ~ p_plan.shape then p_number else v_rest end;
end
$$;

comment on function core.strip_prefix(text, crm.phone_plans) is
  'Digits without what is dialled before a national number.';

create function core.find_plan(p_number text) returns crm.phone_plans
language sql stable
return (
  select p from crm.phone_plans p
  where p.calling_code in (left(p_number, 1), left(p_number, 2), left(p_number, 3)) and p.is_main);

comment on function core.find_plan(text) is 'The plan of the calling code that digits begin with.';

create function core.read_number(p_digits text, p_region text) returns text
language plpgsql stable
as $$
declare
  v_plan crm.phone_plans;
  v_number text := ltrim(p_digits, '+');
  v_names_country boolean := p_digits ^@ '+';
  v_rest text;
begin
  if not v_names_country then
    select p.* into v_plan from crm.phone_plans p where p.region = p_region;
    v_rest := substr(v_number, length(substring(v_number, v_plan.abroad)) + 1);
    if not v_rest ^@ '0' then
      v_names_country := true;
      v_number := v_rest;
    end if;
  end if;
  if v_names_country then
    v_plan := core.find_plan(v_number);
    if v_plan.region is null or length(v_number) <= 2 then
      return case
        when v_plan.region is not null or not p_digits ^@ '+' then null
        -- Until a deploy has filled the tables, as when the code was installed from psql.
        when not exists (select from crm.phone_plans) then substring(p_digits, '^\+[1-9]\d{6,14}$')
        -- A plus before a number that has no calling code: +098100 00001.
        else core.read_number(v_number, p_region) end;
    end if;
    v_number := substr(v_number, length(v_plan.calling_code) + 1);
  elsif v_number ^@ v_plan.calling_code then
    v_rest := core.strip_prefix(substr(v_number, length(v_plan.calling_code) + 1), v_plan);
    if (v_number !~ v_plan.shape and v_rest ~ v_plan.shape)
        or (length(v_number) > v_plan.lengths[cardinality(v_plan.lengths)]
          and length(v_number) <> all (v_plan.local_lengths)) then
      v_number := v_rest;
      if not v_plan.is_main then
        v_plan := core.find_plan(v_plan.calling_code);
      end if;
    end if;
  end if;

  v_rest := core.strip_prefix(v_number, v_plan);
  if length(v_rest) <> all (v_plan.local_lengths)
      and (length(v_rest) = any (v_plan.lengths) or length(v_rest) > v_plan.lengths[cardinality(v_plan.lengths)]) then
    v_number := v_rest;
  end if;
  if length(v_number) between 2 and 14 and core.is_international('+' || v_plan.calling_code || v_number)
      and ((p_digits ^@ '+' and length(v_number) = any (v_plan.usual_lengths))
        or core.is_valid_number(v_plan.calling_code, v_number)) then
    return '+' || v_plan.calling_code || v_number;
  end if;
  return null;
end
$$;

comment on function core.read_number(text, text) is
  'The number that digits, with a plus in front or without, are in a region, in international form; null for none.';
