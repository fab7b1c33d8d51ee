-- The event log for reading with SQL: as the page Audit shows it.
create view report.audit_log with (security_invoker = true) as
select e.workspace_id, e.seq, e.at, e.kind, core.name_actor(e.actor) as actor, a.about, a.about_id,
  a.about_name, a.reason, a.changes
from crm.events e
cross join lateral core.audit_of(e) a;

comment on view report.audit_log is
  'Every event: when, what, who, about whom or what, why, and what it changed ([{field, before, after}]).';
comment on column report.audit_log.about is
  'What it is about: lead, caller, rule, source ...; null for an event about nothing of these.';

-- What to note elsewhere: a log that is rewritten as a whole no longer has this seal.
create view report.newest_seals with (security_invoker = true) as
select w.id as workspace_id, w.name as workspace, s.seq, encode(s.hash, 'hex') as hash, s.sealed_at,
  w.event_seq - coalesce(s.seq, 0) as unsealed
from crm.workspaces w
left join lateral (select n.* from crm.event_seals n where n.workspace_id = w.id order by n.seq desc limit 1) s on true;

comment on view report.newest_seals is
  'The newest seal of each workspace''s event log, and how many events came after it.';
