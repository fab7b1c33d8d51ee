-- Where each gateway writes to find out whether leads can be stored.
-- depends: 0020.identity

create table crm.heartbeats (
  gateway uuid        not null primary key,
  at      timestamptz not null
);
comment on table crm.heartbeats is
  'When each gateway last tried whether leads can be stored, by writing here. Forgotten after a day.';
comment on column crm.heartbeats.gateway is 'The gateway: an id that it gives itself at its start.';
comment on column crm.heartbeats.at is 'When that was.';
