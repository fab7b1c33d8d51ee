-- Sources that change: keys that are rotated with an overlap, a limit on the rate, a look at what came in lately.
-- depends: 0010.requests
-- squawk-ignore-file ban-drop-column, ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation

create table crm.source_keys (
  workspace_id int not null,
  source_id    int not null,
  generation   int not null constraint source_keys_generation_range check (generation > 0),
  token_hash   bytea not null constraint source_keys_token_hash_key unique,
  created_at   timestamptz not null,
  expires_at   timestamptz,
  primary key (workspace_id, source_id, generation),
  foreign key (workspace_id, source_id) references crm.sources (workspace_id, id)
);
comment on table crm.source_keys is 'What a source proves itself by: a token and a signing secret. Each rotation makes a new generation of both; the ones before work on until they expire.';
comment on column crm.source_keys.workspace_id is 'Workspace of the source.';
comment on column crm.source_keys.source_id is 'The source.';
comment on column crm.source_keys.generation is '1 for the first key of a source, 2 for the next. The signing secret is derived from it, so it is never used twice.';
comment on column crm.source_keys.token_hash is 'SHA-256 of the token; the token itself is shown once and not kept.';
comment on column crm.source_keys.created_at is 'Since when it works.';
comment on column crm.source_keys.expires_at is 'From when on it does not work any more; null for the newest, which works until it is rotated.';

insert into crm.source_keys (workspace_id, source_id, generation, token_hash, created_at)
select s.workspace_id, s.id, 1, s.token_hash, s.created_at from crm.sources s;

-- A revoked source lends its name to the one that takes its place.
alter table crm.sources
  drop column token_hash,
  drop constraint sources_name_key,
  add column leads_per_minute int constraint sources_leads_per_minute_range check (leads_per_minute between 1 and 1000000),
  add column burst int constraint sources_burst_range check (burst between 1 and 1000000);
create unique index sources_name_key on crm.sources (name, workspace_id) where revoked_at is null;
comment on table crm.sources is 'Where leads come from: a sheet, a form, a bot. Each has keys of its own.';
comment on column crm.sources.id is 'Number of the source; its signing secrets are derived from it.';
comment on column crm.sources.revoked_at is 'Since when it may no longer hand leads in, for good; null while it may.';
comment on column crm.sources.leads_per_minute is 'The most leads a minute that each gateway takes from it in the long run; null = no limit.';
comment on column crm.sources.burst is 'How many leads may come at once after a quiet time; null = as many as leads_per_minute.';

-- How much came of a source today, and when the last.
create index leads_source_idx on crm.leads (source_id, created_at, workspace_id) where source_id is not null;
-- A source's last event: what it was before a change.
create index events_source_change_idx on crm.events ((data ->> 'source_id'), seq) where kind like 'source.%';
