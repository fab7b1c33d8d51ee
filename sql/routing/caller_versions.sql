-- Callers through time, read from the event log alone: each row is a caller as it was from one event to the next.
create view routing.caller_versions as
select e.workspace_id, e.caller_id, e.seq as from_seq,
  lead(e.seq) over (partition by e.workspace_id, e.caller_id order by e.seq) as to_seq,
  e.data ->> 'name' as name, e.data ->> 'status' as status, (e.data ->> 'daily_limit')::int as daily_limit,
  (e.data ->> 'archived')::boolean as archived,
  array(select routing.pool_key(s.state) from jsonb_array_elements_text(e.data -> 'states') s (state)) || routing.pool_key(null) as pools
from crm.events e
where e.kind like 'caller.%';

comment on view routing.caller_versions is 'Each caller as it was between two events, from the event log: [from_seq, to_seq).';
comment on column routing.caller_versions.pools is 'Keys of the pools the caller was a member of.';
