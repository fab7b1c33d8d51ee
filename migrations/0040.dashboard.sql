-- The dashboard: figures of whole days, so that a month of a million leads need not be read again for every look.
-- depends: 0039.bulk

-- What is read of a day that is over. Any of it can be thrown away at any time: what is missing is read from the leads.
create table crm.figure_days (
  workspace_id int not null references crm.workspaces,
  day          date not null,
  began_at     timestamptz not null,
  ended_at     timestamptz not null,
  primary key (workspace_id, day)
);
comment on table crm.figure_days is
  'Days that are over, of whose leads crm.day_figures has the figures. A copy of what the leads say, for speed alone.';
comment on column crm.figure_days.workspace_id is 'Workspace of the leads.';
comment on column crm.figure_days.day is 'The date in the workspace''s timezone.';
comment on column crm.figure_days.began_at is 'Its midnight.';
comment on column crm.figure_days.ended_at is 'The next midnight.';

create table crm.day_figures (
  workspace_id   int not null,
  day            date not null,
  kind           text not null,
  key            text collate "C" not null,
  name           text,
  received       int not null,
  assigned       int not null,
  waiting        int not null,
  closed         int not null,
  claimed        int not null,
  called         int not null,
  called_in_time int not null,
  contacted      int not null,
  qualified      int not null,
  converted      int not null,
  lost           int not null,
  junk           int not null,
  claim_waits    int[],
  call_waits     int[],
  primary key (workspace_id, day, kind, key),
  foreign key (workspace_id, day) references crm.figure_days
);
comment on table crm.day_figures is
  'What became of the leads received on a day: in all, and by source, campaign, state and caller. See core.figure.';
comment on column crm.day_figures.workspace_id is 'Workspace of the leads.';
comment on column crm.day_figures.day is 'The day on which they were received.';
comment on column crm.day_figures.kind is 'By what they are counted: all, source, campaign, state, caller.';
comment on column crm.day_figures.key is 'Which source, campaign, state or caller; empty for those of none.';
comment on column crm.day_figures.name is 'The name of a source, as its leads spell it; null for others.';
comment on column crm.day_figures.received is 'How many there are, without tests.';
comment on column crm.day_figures.assigned is 'Of these: are with a caller.';
comment on column crm.day_figures.waiting is 'Of these: are in the queue.';
comment on column crm.day_figures.closed is 'Of these: are closed.';
comment on column crm.day_figures.claimed is 'Of these: were claimed by the caller who has or closed them.';
comment on column crm.day_figures.called is 'Of these: were called.';
comment on column crm.day_figures.called_in_time is 'Of these: were called within five minutes.';
comment on column crm.day_figures.contacted is 'Of these: have the status contacted.';
comment on column crm.day_figures.qualified is 'Of these: have the status qualified.';
comment on column crm.day_figures.converted is 'Of these: have the status converted.';
comment on column crm.day_figures.lost is 'Of these: have the status lost.';
comment on column crm.day_figures.junk is 'Of these: have the status junk.';
comment on column crm.day_figures.claim_waits is
  'Seconds from being assigned to being claimed, of each that was: core.rounded_wait(). Only of kind all.';
comment on column crm.day_figures.call_waits is
  'Seconds from being received to the first call, of each that was called: core.rounded_wait(). Only of kind all.';

create table crm.figure_positions (
  workspace_id int primary key references crm.workspaces,
  seq          bigint not null
);
comment on table crm.figure_positions is 'Up to which event crm.day_figures says what happened.';
comment on column crm.figure_positions.workspace_id is 'The workspace.';
comment on column crm.figure_positions.seq is
  'Number of the event. Days of leads that a later event is about are read from the leads.';
