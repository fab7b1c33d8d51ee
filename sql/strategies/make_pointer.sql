-- What a pool remembers, made by the names of its columns, so that a column which crm.rr_pointers or a field which
-- crm.turn gets later breaks nothing.
create function routing.make_pointer(
  p_workspace_id int, p_key text, p_last_caller_id uuid default null, p_strategy text default null,
  p_dealt bigint default 0,
  p_circle_since bigint default null, p_circle crm.turn[] default null)
returns crm.rr_pointers
language plpgsql immutable parallel safe
as $$
declare
  v_pointer crm.rr_pointers;
begin
  v_pointer.workspace_id := p_workspace_id;
  v_pointer.key := p_key;
  v_pointer.last_caller_id := p_last_caller_id;
  v_pointer.strategy := p_strategy;
  v_pointer.dealt := p_dealt;
  v_pointer.circle_since := p_circle_since;
  v_pointer.circle := p_circle;
  return v_pointer;
end
$$;

comment on function routing.make_pointer(int, text, uuid, text, bigint, bigint, crm.turn[]) is
  'A pointer of a pool that is stored nowhere: at the beginning, or as it once stood.';

create function routing.make_turn(p_caller_id uuid, p_weight int, p_lag numeric, p_turns int) returns crm.turn
language plpgsql immutable parallel safe
as $$
declare
  v_turn crm.turn;
begin
  v_turn.caller_id := p_caller_id;
  v_turn.weight := p_weight;
  v_turn.lag := p_lag;
  v_turn.turns := p_turns;
  return v_turn;
end
$$;

comment on function routing.make_turn(uuid, int, numeric, int) is 'A caller in a circle, with the turns had in it.';
