-- The seals, made again. Each is checked on the stored hash before it, so a break is found where it is, to 1,000
-- events. What cannot be seen from inside is a chain rewritten as a whole from some event on: for that a seal is noted
-- elsewhere, and has_seal() tells whether it is still there.
create function routing.verify_seals() returns setof routing.violation
language sql stable
set jit = off
as $$
  select s.workspace_id,
    case when s.events <> s.seq - s.before then 'a seal does not follow the one before'
         when found.events < s.events then 'an event was removed after it was sealed'
         else 'an event or its seal was altered' end,
    null::uuid, null::uuid, null::bigint, s.before + 1, 'up to ' || s.seq
  from (
    select n.*, coalesce(lag(n.seq) over chain, 0) as before, coalesce(lag(n.hash) over chain, '') as hash_before
    from crm.event_seals n
    window chain as (partition by n.workspace_id order by n.seq)
  ) s
  join crm.workspaces w on w.id = s.workspace_id
  cross join lateral (
    select count(*) as events, sha256(s.hash_before || coalesce(string_agg(e.digest, '' order by e.seq), '')) as hash
    from (
      select n.seq, core.event_digest(n, w.subjects_since_seq) as digest from crm.events n
      where n.workspace_id = s.workspace_id and n.seq > s.before and n.seq <= s.seq order by n.seq offset 0
    ) e
  ) found
  where s.events <> s.seq - s.before or found.events <> s.events or found.hash <> s.hash
$$;

comment on function routing.verify_seals() is
  'Events that were altered or removed after they were sealed, and seals that do not follow each other.';

create function routing.has_seal(p_workspace_id int, p_seq bigint, p_hash text) returns boolean
language sql stable
as $$
  select exists (
    select from crm.event_seals s
    where s.workspace_id = p_workspace_id and s.seq = p_seq and encode(s.hash, 'hex') = lower(p_hash))
$$;

comment on function routing.has_seal(int, bigint, text) is
  'Whether a seal that was noted elsewhere, its hash in hex, is still part of the chain.';
