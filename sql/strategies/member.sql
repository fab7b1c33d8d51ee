-- A caller who may get a lead from a pool at this moment: all that a strategy may look at.
create type routing.member as (caller_id uuid, weight int, turns int, given int, load int, max_load int);

comment on type routing.member is
  'A free member of a pool: weight in it, how many leads more may be taken (unlimited: the largest int), how many '
  'were given today, open leads, and the most open ones (0 = unlimited).';
