-- The words of an assignment's reason, for managers.
create function routing.describe_exhausted(p_subject text, p_standings text[]) returns text
language sql stable parallel safe
return case
  when p_standings is null then 'No ' || coalesce(p_subject || ' ', '') || 'callers'
  when p_standings[1] = all (p_standings) then 'All ' || coalesce(p_subject || ' ', '') || 'callers '
    || replace(p_standings[1], 'at ', 'at their ')
  else 'No ' || coalesce(p_subject || ' ', '') || 'caller free (' || (
    select string_agg(s.callers || ' ' || s.standing, ', ' order by s.callers desc, s.standing desc)
    from (select standing, count(*) as callers from unnest(p_standings) standing group by standing) s) || ')'
end;

comment on function routing.describe_exhausted(text, text[]) is
  'Why a pool has no free caller, given how each of its callers stands, in words: "All Goa callers at their cap".';

create function routing.describe_paused(p_rule text, p_campaign_id int) returns text
language sql stable parallel safe
return case when p_campaign_id is null then 'Rule ' else '' end || p_rule || ' is paused';

comment on function routing.describe_paused(text, int) is
  'Why leads wait at a paused rule, in words: "Campaign Diwali is paused".';

-- "Bihar and Maharashtra", "Bihar, Goa and Kerala", and of many only the first.
create function routing.describe_states(p_states text[]) returns text
language sql immutable parallel safe
return case
  when cardinality(p_states) > 4
    then array_to_string(p_states[:3], ', ') || ' and ' || cardinality(p_states) - 3 || ' other states'
  when cardinality(p_states) > 1
    then array_to_string(p_states[:cardinality(p_states) - 1], ', ') || ' and ' || p_states[cardinality(p_states)]
  else p_states[1]
end;

comment on function routing.describe_states(text[]) is 'States that a place may be in, in words.';

-- What is worth saying of how a lead's state was found, or why it stands open; null when it simply was given. It is
-- plpgsql so that it is not inlined: nearly all leads say a state, and an expression costs by its length, run or not.
create function routing.describe_place(
  p_state text, p_state_from text, p_city text, p_state_given text, p_possible_states text[] default null,
  p_postal_code text default null) returns text
language plpgsql stable parallel safe
as $$
begin
  return case
    when p_state_from = 'state' then
      case when p_state is null then p_state_given || ' is in ' || routing.describe_states(p_possible_states) end
    when p_state_from is not null then
      case when p_state_given is null then 'No state' else 'Unknown state ' || p_state_given end
        || case p_state_from when 'city' then ': city ' || p_city else ': postal code ' || p_postal_code end
        || ' is in ' || coalesce(p_state, routing.describe_states(p_possible_states))
    when p_state_given is not null and p_city is not null
      then 'Unknown state ' || p_state_given || ', unknown city ' || p_city
    when p_state_given is not null then 'Unknown state ' || p_state_given
    when p_city is not null then 'No state, unknown city ' || p_city
    else 'No state or city'
  end;
end
$$;

comment on function routing.describe_place(text, text, text, text, text[], text) is
  'How a lead''s state was found, in words: "No state: city Pune is in Maharashtra", "Aurangabad is in Bihar and '
  'Maharashtra"; null when it was given.';

-- The whole reason: how the place was found, why the rules before did not apply, which rule did.
-- p_label is null for a queued lead, p_state_from for one whose state is not known.
create function routing.describe_pick(p_place text, p_state_from text, p_why_not text[], p_label text) returns text
language sql stable parallel safe
return case
  when p_label is null then coalesce(p_why_not[cardinality(p_why_not)], 'No rule applies')
  when p_state_from in ('city', 'postal_code') and cardinality(p_why_not) = 0 then p_place
  when p_state_from in ('city', 'postal_code')
    then p_place || '. ' || array_to_string(p_why_not, ', ') || ': ' || p_label
  else concat_ws(': ', nullif(concat_ws(', ', p_place, nullif(array_to_string(p_why_not, ', '), '')), ''), p_label)
end;

comment on function routing.describe_pick(text, text, text[], text) is
  'Why a lead went to a pool, or why it waits, in words.';

create function routing.describe_duplicate() returns text
language sql immutable parallel safe
return 'Duplicate: this caller has an open lead of the same contact';

comment on function routing.describe_duplicate() is 'Why a lead went to a caller past the plan, in words.';
