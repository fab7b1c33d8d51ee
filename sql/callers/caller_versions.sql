-- Callers through time, read from the event log alone: each row is a caller as it was from one event to the next.
create view routing.caller_versions with (security_invoker = true) as
select v.workspace_id, v.caller_id, v.from_seq, v.to_seq,
  v.data ->> 'name' as name, (v.data ->> 'status')::crm.caller_status as status,
  (v.data ->> 'daily_limit')::int as daily_limit,
  (v.data ->> 'max_load')::int as max_load, (v.data ->> 'hours')::int4multirange as hours,
  (v.data ->> 'time_off')::tstzmultirange as time_off,
  (v.data ->> 'archived')::boolean as archived, (v.data ->> 'weight')::int as weight,
  array(
    select 'state:' || core.slug(s.value) from jsonb_array_elements_text(v.data -> 'states') s
    union all select 'source:' || core.slug(s.key) from jsonb_each_text(v.data -> 'sources') s where s.value::int > 0
    union all select 'language:' || core.slug(s.value) from jsonb_array_elements_text(v.data -> 'languages') s
    union all select 'campaign:' || core.slug(s.value) from jsonb_array_elements_text(v.data -> 'campaigns') s
    union all select 'team:' || core.slug(v.data ->> 'team') where v.data ->> 'team' is not null) as keys,
  (select coalesce(jsonb_object_agg('source:' || core.slug(s.key), s.value::int order by s.value::int), '{}')
    from jsonb_each_text(v.data -> 'sources') s) as source_weights,
  (v.data ->> 'disabled')::boolean as is_disabled
from (
  select e.workspace_id, e.caller_id, e.seq as from_seq, core.complete_snapshot('caller', e.data) as data,
    lead(e.seq) over (partition by e.workspace_id, e.caller_id order by e.seq) as to_seq
  from crm.events e
  where e.subject = 'caller'
) v;

comment on view routing.caller_versions is
  'Each caller as it was between two events, from the event log: [from_seq, to_seq).';
comment on column routing.caller_versions.keys is
  'What the caller had of what pools are made of: a member of every pool whose key has no other parts.';
comment on column routing.caller_versions.source_weights is 'Weight in the pools of each source.';

create function routing.is_member(p_keys text[], p_pool text) returns boolean
language sql immutable parallel safe
return p_pool = 'global' or case when strpos(p_pool, '|') > 0 then string_to_array(p_pool, '|') && p_keys
  else string_to_array(p_pool, ',') <@ p_keys end;

comment on function routing.is_member(text[], text) is
  'Whether a caller with these keys is in the pool of this key; not for pools of callers by name.';

-- The source's weight in a pool of a source, else the caller's own.
create function routing.weight_in(p_weight int, p_source_weights jsonb, p_pool text) returns int
language sql immutable parallel safe
return coalesce((p_source_weights ->> substring(p_pool from 'source:[^,]*'))::int, p_weight);

comment on function routing.weight_in(int, jsonb, text) is 'A caller''s weight in a pool.';
