-- Which state is meant by a text that should name a state: its name, ISO code or older name, or a small misspelling of one.
-- Misspelt: at most one wrong letter in 5 to 7, two from 8 on, and one state alone comes nearest.
-- Both return the state's one name, or null.
create function routing.find_misspelt_state(p_country text, p_key text) returns text
language plpgsql stable
as $$
declare
  v_state text;
begin
  if length(p_key) not between 5 and 60 then
    return null;
  end if;
  with near as (
    select p.state_name, min(crm.levenshtein_less_equal(p.key, p_key, 2)) as distance
    from crm.place_names p
    where p.country = p_country and p.kind = 'state' and length(p.key) between greatest(5, length(p_key) - 2) and length(p_key) + 2
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

comment on function routing.find_misspelt_state(text, text) is 'The one state whose name is nearest to a misspelt key, if near enough; null otherwise.';

create function routing.find_state(p_country text, p_state text) returns text
language sql stable
return coalesce(
  routing.find_place(p_country, 'state', p_state),
  routing.find_misspelt_state(p_country, routing.place_key(p_state)));

comment on function routing.find_state(text, text) is 'The state meant by a text, in its one spelling, forgiving case, accents, ISO codes, older names and small misspellings; null when none is.';
