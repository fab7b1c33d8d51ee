-- Postal codes, where crm.place_names has them: India's pin codes, ZIP codes, postcodes, CEPs. They are found in a
-- text by the pattern of their country, with digits of any script.
create function core.plain_digits(p_text text) returns text
language sql immutable parallel safe
return translate(p_text,
  '०१२३४५६७८९০১২৩৪৫৬৭৮৯੦੧੨੩੪੫੬੭੮੯૦૧૨૩૪૫૬૭૮૯୦୧୨୩୪୫୬୭୮୯'
  '௦௧௨௩௪௫௬௭௮௯౦౧౨౩౪౫౬౭౮౯೦೧೨೩೪೫೬೭೮೯൦൧൨൩൪൫൬൭൮൯٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹',
  repeat('0123456789', 11));

comment on function core.plain_digits(text) is
  'A text with the digits 0 to 9 for those of the scripts of India and Arabia.';

create function core.find_postal_code(p_country text, p_text text) returns text
language sql stable
return substring(upper(core.plain_digits(p_text)) from
  '(?:^|[^[:alnum:]])(' || (select c.postal_pattern from crm.countries c where c.code = p_country collate "default")
    || ')(?![[:alnum:]]|[ -]?[0-9])');

comment on function core.find_postal_code(text, text) is
  'The first postal code in a text, as it is written there, in capitals; null where there is none, or none is known.';

create function core.find_states_of_code(p_country text, p_code text) returns text[]
language plpgsql stable
as $$
declare
  v_key text := core.place_key(p_code);
begin
  return array(
    select l.state_name
    from (
      select p.state_name, rank() over (order by length(p.key) desc) as nr
      from crm.place_names p
      where p.country = p_country collate "default" and p.kind = 'postal_code'
        and p.key = any (array(select left(v_key, n) from generate_series(1, length(v_key)) n) collate "C")) l
    where l.nr = 1
    order by l.state_name);
end
$$;

comment on function core.find_states_of_code(text, text) is
  'The states in which a postal code is, by the longest beginning of it that is known.';

-- Senders call it what they like, and it stays in the metadata under their name for it. A spreadsheet may have taken
-- its first zero.
create function core.postal_code_of(p_country text, p_metadata jsonb) returns text
language sql stable
return (
  select c.code
  from jsonb_each_text(p_metadata) e
  cross join lateral (
    select coalesce(core.find_postal_code(p_country, e.value), core.find_postal_code(p_country, '0' || e.value)) as code
    offset 0) c
  where core.place_key(e.key) ~ (
    '^(pin|plz|cep|postal)$|(pincode|zip|zipcode|zippostalcode|ziporpostalcode|postalcode|postcode|postleitzahl'
    '|codigopostal|kodepos|codepostal|पिन|पिनकोड)(no|number)?$')
    and c.code is not null
  order by e.key
  limit 1);

comment on function core.postal_code_of(text, jsonb) is
  'The postal code in a lead''s metadata, whatever it is called there; null without one.';

create function core.postal_code_of(p_lead crm.leads) returns text
language plpgsql stable
as $$
begin
  return core.postal_code_of(
    (select w.country from crm.workspaces w where w.id = p_lead.workspace_id), p_lead.metadata);
end
$$;

comment on function core.postal_code_of(crm.leads) is 'The postal code among a lead''s metadata; null without one.';
