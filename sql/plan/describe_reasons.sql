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

-- What is worth saying of how a lead's state was found; null when it simply was given.
create function routing.describe_place(p_state text, p_state_from text, p_city text, p_state_given text) returns text
language sql stable parallel safe
return case
  when p_state_from = 'state' then null
  when p_state_from = 'city' then
    case when p_state_given is null then 'No state' else 'Unknown state ' || p_state_given end
      || ': city ' || p_city || ' is in ' || p_state
  when p_state_given is not null and p_city is not null
    then 'Unknown state ' || p_state_given || ', unknown city ' || p_city
  when p_state_given is not null then 'Unknown state ' || p_state_given
  when p_city is not null then 'No state, unknown city ' || p_city
  else 'No state or city'
end;

comment on function routing.describe_place(text, text, text, text) is
  'How a lead''s state was found, in words: "No state: city Pune is in Maharashtra"; null when it was given.';

-- The whole reason: how the place was found, why the rules before did not apply, which rule did.
-- p_label is null for a queued lead.
create function routing.describe_pick(p_place text, p_state_from text, p_why_not text[], p_label text) returns text
language sql stable parallel safe
return case
  when p_label is null then coalesce(p_why_not[cardinality(p_why_not)], 'No rule applies')
  when p_state_from = 'city' and cardinality(p_why_not) = 0 then p_place
  when p_state_from = 'city' then p_place || '. ' || array_to_string(p_why_not, ', ') || ': ' || p_label
  else concat_ws(': ', nullif(concat_ws(', ', p_place, nullif(array_to_string(p_why_not, ', '), '')), ''), p_label)
end;

comment on function routing.describe_pick(text, text, text[], text) is
  'Why a lead went to a pool, or why it waits, in words.';

create function routing.describe_duplicate() returns text
language sql immutable parallel safe
return 'Duplicate: this caller has an open lead of the same contact';

comment on function routing.describe_duplicate() is 'Why a lead went to a caller past the plan, in words.';
