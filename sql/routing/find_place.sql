-- The look-up behind both: a place by exactly its name, under one key of crm.place_names.
create function routing.find_place(p_country text, p_kind text, p_name text) returns text
language plpgsql stable
as $$
declare
  v_key text := routing.place_key(p_name);
begin
  return (select p.state_name from crm.place_names p where p.country = p_country and p.kind = p_kind and p.key = v_key);
end
$$;

comment on function routing.find_place(text, text, text) is 'The state that the state or city of exactly this name is or lies in; null when none is known.';
