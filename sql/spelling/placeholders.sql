-- What people and programs write where they know nothing: 9999999999, na@na.com, "undefined". It identifies nobody, so
-- it is neither a key of a contact nor evidence of a retry, and reaches nobody: prepare_lead() puts it aside.
-- Each workspace has its own list, and an expression that is made of it here whenever the list changes. The gateway,
-- which has to know before it seals, reads by the same expression: only use what means the same in Python.
--
-- An entry of at least five digits stands for a phone, also with a country's calling code before it; one digit repeated
-- stands for more of it, too. Any other is an e-mail address, or a word in the place of an id: "0", or what a template
-- leaves unfilled, {{*}}. * stands for anything; a phone with it needs six digits, or it would be many a real number.
-- An address without a dot behind its @ has any ending: na@na is also na@na.com.
--
-- Looking at each lead by an expression would cost a tenth of all that it costs. So signs are looked at first: how a
-- phone ends and how anything else begins; what begins as templates do is always looked at.
create function core.is_phone_entry(p_entry text) returns boolean
language sql immutable parallel safe
return p_entry ~ '^[+(). /*-]*(?:[0-9][+(). /*-]*){5,}$';

comment on function core.is_phone_entry(text) is 'Whether an entry of the list of placeholders is a phone.';

create function core.is_like_template(p_text text) returns boolean
language sql immutable parallel safe
return position(left(p_text, 1) in '{[<$%=') > 0;

comment on function core.is_like_template(text) is
  'Whether a text begins as templates do. Also true of an empty one, null of null.';

create function core.placeholder_body(p_entry text) returns text
language sql immutable parallel safe
return case
  when not core.is_phone_entry(p_entry)
    then replace(regexp_replace(p_entry, '([.^$|(){}+?\\]|\[|\])', '\\\1', 'g'), '*', '.*')
      || case when p_entry ~ '@[^.*]+$' then '(?:\..*)?' else '' end
  when p_entry ~ '^([0-9])\1{4,}$' then left(p_entry, 1) || '{' || length(p_entry) || ',}'
  else replace(regexp_replace(p_entry, '[^0-9*]', '', 'g'), '*', '[0-9]*') end;

comment on function core.placeholder_body(text) is
  'What an entry of the list of placeholders is in a regular expression.';

-- The calling codes as ITU-T E.164 assigns them: of one, two or three digits.
create function core.placeholder_pattern(p_entries text[]) returns text
language sql immutable parallel safe
return (
  select '^(?:' || concat_ws('|',
    '\+(?:1|7|2(?:[07]|[^07][0-9])|3(?:[0-469]|[578][0-9])|4(?:2[0-9]|[^2])|5(?:[1-8]|[09][0-9])|6(?:[0-6]|[789][0-9])'
      || '|8(?:[1246]|[03578][0-9])|9(?:[0-58]|[679][0-9]))?0*(?:'
      || string_agg(core.placeholder_body(e), '|' order by e) filter (where core.is_phone_entry(e))
      || ')',
    string_agg(core.placeholder_body(e), '|' order by e) filter (where not core.is_phone_entry(e)))
    || ')$'
  from unnest(p_entries) e having count(*) > 0);

comment on function core.placeholder_pattern(text[]) is
  'The list of placeholders as one regular expression, for values in their one spelling; null for an empty list.';

create function core.placeholder_signs(p_entries text[]) returns text[]
language sql immutable parallel safe
return (
  select case when bool_and(s.is_sure) then array_agg(distinct s.sign) end
  from unnest(p_entries) e
  cross join lateral (
    select d.sign, length(d.sign) = 5 as is_sure
    from (select right(regexp_replace(e, '[^0-9*]', '', 'g'), 5) as sign) d
    where core.is_phone_entry(e) and d.sign !~ '[*]'
    union all
    select w.sign, length(w.sign) = 3 or w.sign = e and e !~ '@'
    from (select left(substring(e from '^[^*]*'), 3) as sign) w
    where not core.is_phone_entry(e) and not core.is_like_template(e)
    union all
    select null, false where core.is_phone_entry(e) and e ~ '[*][^0-9]*[0-9]{0,4}$') s);

comment on function core.placeholder_signs(text[]) is
  'The last five digits of phones and the first three letters of anything else in the list of placeholders: what has '
  'none of them is none. Null where that cannot be said.';

create function core.check_placeholders(p_entries text[]) returns text[]
language plpgsql immutable
as $$
declare
  v_entry text;
  v_entries text[] := array[]::text[];
begin
  foreach v_entry in array p_entries loop
    v_entry := lower(trim(v_entry));
    if v_entry is null or v_entry !~ '^[^[:cntrl:]]{1,100}$' or v_entry !~ '[^*. @]' and v_entry ~ '[*@]' then
      raise exception '"%" would fit too much, or nothing', coalesce(v_entry, 'null')
        using errcode = 'LD422', column = 'placeholders',
          hint = 'Write a number, an address or a word, up to 100 characters; * stands for anything in it.';
    elsif v_entry ~ '^[0-9+(). /*-]*$' and v_entry ~ '[*]' and v_entry !~ '([0-9][^0-9]*){6}' then
      raise exception '"%" would fit very many numbers', v_entry
        using errcode = 'LD422', column = 'placeholders', hint = 'A number with * in it needs at least 6 digits.';
    elsif v_entry <> all (v_entries) then
      v_entries := v_entries || v_entry;
    end if;
  end loop;
  return v_entries;
end
$$;

comment on function core.check_placeholders(text[]) is
  'A list of placeholders as it is stored: lower case, each once. LD422 (column placeholders) for one that would fit '
  'everything, or very many numbers.';

create function core.prepare_placeholders() returns trigger
language plpgsql
as $$
begin
  new.placeholders := core.check_placeholders(new.placeholders);
  new.placeholder_pattern := core.placeholder_pattern(new.placeholders);
  new.placeholder_signs := core.placeholder_signs(new.placeholders);
  return new;
end
$$;

comment on function core.prepare_placeholders() is
  'Trigger: keeps the expression and the signs of a workspace''s placeholders those of its list.';

create trigger prepare_placeholders before insert or update of placeholders on crm.workspaces
for each row execute function core.prepare_placeholders();

create function core.put_phones_aside(p_lead crm.leads, p_given crm.leads, p_pattern text) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := p_lead;
  v_all text[] := array_remove(p_lead.phone || p_lead.other_phones, null);
  v_phones text[] := array(
    select n.number from unnest(v_all) with ordinality n (number, nr)
    where (n.number ^@ '+' and n.number ~ p_pattern) is not true order by n.nr);
begin
  if v_phones <> v_all then
    v_lead.phone := v_phones[1];
    v_lead.other_phones := nullif(v_phones[2 :], '{}');
    v_lead.metadata := jsonb_build_object('phone_given',
      array_to_string(array_remove(p_given.phone || p_given.other_phones, null), ', ')) || p_lead.metadata;
  end if;
  return v_lead;
end
$$;

comment on function core.put_phones_aside(crm.leads, crm.leads, text) is
  'A lead without the placeholders among its phones; all that was given as phones stands in the metadata then.';

-- What routing.keys_of() takes for nobody's, seen without a pattern.
create function core.is_no_address(p_email text) returns boolean
language sql immutable parallel safe
return position('@' in p_email) < 2 and not p_email ^@ 'sealed' or position(' ' in p_email) > 0
  or right(p_email, 1) = '@';

comment on function core.is_no_address(text) is 'Whether what was given as an e-mail address is none.';

create function core.put_placeholders_aside(p_lead crm.leads, p_given crm.leads, p_pattern text) returns crm.leads
language plpgsql stable
as $$
declare
  v_lead crm.leads := core.put_phones_aside(p_lead, p_given, p_pattern);
begin
  v_lead.metadata := (
    select coalesce(jsonb_object_agg(f.name || '_given', f.given), '{}')
    from (values
      ('email', p_lead.email, p_given.email),
      ('external_id', lower(p_lead.external_id), p_given.external_id),
      ('source_row_id', lower(p_lead.source_row_id), p_given.source_row_id)) f (name, value, given)
    where f.value ~ p_pattern or f.name = 'email' and core.is_no_address(f.value)) || v_lead.metadata;
  v_lead.email := case
    when v_lead.email ~ p_pattern or core.is_no_address(v_lead.email) then null else v_lead.email end;
  v_lead.external_id := case when lower(v_lead.external_id) ~ p_pattern then null else v_lead.external_id end;
  v_lead.source_row_id := case when lower(v_lead.source_row_id) ~ p_pattern then null else v_lead.source_row_id end;
  return v_lead;
end
$$;

comment on function core.put_placeholders_aside(crm.leads, crm.leads, text) is
  'A lead without its placeholders and without what is no e-mail address, which stand in the metadata as they were '
  'given. A text in the place of the phone that is none identifies nobody anyway.';
