-- The event log as an audit: seals that an altered or removed event breaks, and indexes to look things up by.
-- depends: 0008.people
-- squawk-ignore-file require-concurrent-index-creation

create table crm.event_seals (
  workspace_id int not null,
  seq          bigint not null,
  hash         bytea not null constraint event_seals_hash_length check (length(hash) = 32),
  events       int not null constraint event_seals_events_range check (events between 1 and 1000),
  sealed_at    timestamptz not null,
  primary key (workspace_id, seq)
);
comment on table crm.event_seals is 'The hash chain over the event log: each seal is a hash of the one before and of the events since. Append-only.';
comment on column crm.event_seals.workspace_id is 'Workspace of the events. No foreign key: workspaces are never deleted.';
comment on column crm.event_seals.seq is 'Number of the last event it seals; the first is the one after the seal before.';
comment on column crm.event_seals.hash is 'SHA-256 of the hash before and the digests of the events, in their order: see routing.event_digest().';
comment on column crm.event_seals.events is 'How many events it seals, 1,000 at most, so that a break is found to that many.';
comment on column crm.event_seals.sealed_at is 'When it was made.';

-- None of them is written when a lead that a source hands in is assigned: what most events are, one finds by number or by lead.
create index events_kind_idx on crm.events (kind, workspace_id, seq) where kind <> 'lead.assigned';
create index events_actor_idx on crm.events (actor, workspace_id, seq) where actor <> 'intake';
-- The versions of one thing; routing.thing_of() is this expression.
create index events_thing_idx on crm.events (
  (case when kind like 'rule.%' then data ->> 'id' when kind like 'source.%' then data ->> 'source_id'
        when kind like 'user.%' then data ->> 'user_id' when kind like 'workspace.%' then '' end), workspace_id, seq)
  where kind like any (array['rule.%', 'source.%', 'user.%', 'workspace.%']);

comment on column crm.events.kind is 'What happened to what: lead.assigned, lead.updated, caller.created, rule.archived, workspace.updated ...';
comment on column crm.events.data is 'The particulars. For caller, rule, source, user and workspace: the thing as it was from then on, which is what replay reads and what "before" is taken from. For lead.updated: {field: {before, after}}. Empty for lead.assigned: the assignment with the same seq says it all.';
