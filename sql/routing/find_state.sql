-- Which state is meant by a text that should name a state: its name, ISO code or older name, or a small misspelling of one.
-- Misspelt: at most one wrong letter in 5 to 7, two from 8 on, and one state alone comes nearest.
-- Returns the state's one name, or null.
create function routing.find_state(p_country char(2), p_state text) returns text
language plpgsql stable
as $$
declare
  v_key text := routing.place_key(p_state);
  v_state text;
begin
  if v_key is null or v_key = '' then
    return null;
  end if;
  select p.state_name into v_state
  from crm.place_names p
  where p.country = p_country and p.kind = 'state' and p.key = v_key;
  if found or length(v_key) not between 5 and 60 then
    return v_state;
  end if;

  with near as (
    select p.state_name, min(crm.levenshtein_less_equal(p.key, v_key, 2)) as distance
    from crm.place_names p
    where p.country = p_country and p.kind = 'state' and abs(length(p.key) - length(v_key)) <= 2 and length(p.key) >= 5
    group by p.state_name
  )
  select min(n.state_name) into v_state
  from near n
  where n.distance = (select min(distance) from near)
    and n.distance <= case when length(v_key) >= 8 then 2 else 1 end
  having count(*) = 1;
  return v_state;
end
$$;

comment on function routing.find_state(char, text) is 'The state meant by a text, in its one spelling, forgiving case, accents, ISO codes, older names and small misspellings; null when none is.';
